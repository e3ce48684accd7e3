"""Gates and norms that recent language models put around attention, fused as onnxruntime does.

https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine.ops.activations import sigmoid, softplus
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


def _wide(x: Array) -> Array:
    return x.astype(np.float32, copy=False)


def _grouped(x: Array, branches: int) -> Array:
    """(…,C·H) → (…,C,H), unless it comes so (branches 0)."""
    if not branches:
        if x.ndim < 2:
            raise OperatorError(f"X has {x.ndim} dimensions, at least 2 were expected")
        return x
    if not x.ndim or branches < 0 or x.shape[-1] % branches:
        raise OperatorError(f"{x.shape[-1:]} values do not split into {branches} branches")
    return x.reshape(*x.shape[:-1], branches, x.shape[-1] // branches)


def _root_normalized(x: Array, epsilon: float) -> Array:
    mean = np.square(x).mean(axis=-1, keepdims=True)
    return np.asarray(x / np.sqrt(mean + np.float32(epsilon)))


@op("ScaledSiLU", since=1, domain=MICROSOFT)
def scaled_silu(x: Array, scale: Array | None = None, *, alpha: float = 1.0) -> Array:
    """z · sigmoid(z) of z = scale·x; the scale is an input or alpha."""
    if scale is not None and scale.size != 1:
        raise OperatorError(f"scale must be one number, {scale.size} came")
    factor = np.float32(alpha) if scale is None else _wide(scale).reshape(())
    z = (_wide(x) * factor).astype(x.dtype)
    return z * sigmoid(_wide(z)).astype(x.dtype)


@op("GatedAdd", since=1, domain=MICROSOFT)
def gated_add(x: Array, y: Array, gate: Array, gate_weight: Array | None = None) -> Array:
    """Add y, scaled by one number for each row: x + y·gate

    x, y (…,C), gate (…,1) → (…,C)
    """
    if gate_weight is not None:
        raise OperatorError("gate_weight is for bfloat16 on graphics cards only")
    if x.shape != y.shape or gate.shape != (*x.shape[:-1], 1):
        raise OperatorError("X and Y must have one shape, and gate one number for each row of it")
    return x + y * gate


@op("GatedRMSNorm", since=1, domain=MICROSOFT)
def gated_rms_norm(
    x: Array, scale: Array, gate: Array, *, activation: str = "silu", epsilon: float = 1e-5
) -> Array:
    """Bring groups of C values to a mean square of 1, scale them, and let a gate through.

    x, gate (…,H·C), scale (C) → (…,H·C).  y = x/√(mean(x²) + ε)·scale·activation(gate)
    """
    if activation not in ("silu", "swish", "sigmoid"):
        raise OperatorError(f'activation is "{activation}"; it can be silu, swish or sigmoid')
    whole = scale.ndim == 1 and scale.size and x.ndim and not x.shape[-1] % scale.size
    if x.shape != gate.shape or not whole:
        raise OperatorError(
            "gate must be like X, whose rows must be made of groups as long as scale"
        )
    groups = _wide(x).reshape(*x.shape[:-1], -1, scale.size) if x.size else _wide(x)[..., None]
    y = (_root_normalized(groups, epsilon) * _wide(scale)).reshape(x.shape) if x.size else _wide(x)
    open_ = _wide(gate)
    shown = sigmoid(open_) if activation == "sigmoid" else open_ * sigmoid(open_)
    return np.asarray(y * shown).astype(x.dtype)


@op("BranchwiseRMSNorm", since=1, domain=MICROSOFT)
def branchwise_rms_norm(
    x: Array, scale: Array | None = None, *, epsilon: float = 1e-5, num_branches: int = 0
) -> Array:
    """Bring each branch to a mean square of 1. x (…,C,H), or (…,C·H) with num_branches"""
    grouped = _grouped(x, num_branches)
    y = _root_normalized(_wide(grouped), epsilon)
    if scale is not None:
        shape = grouped.shape[-2:]
        if scale.size not in (shape[1], math.prod(shape)):
            raise OperatorError(f"scale must have {shape[1]} or {math.prod(shape)} values")
        y = y * _wide(scale).reshape(-1, shape[1])
    return y.astype(x.dtype).reshape(x.shape)


@op("LinearAttentionGate", since=1, domain=MICROSOFT)
def linear_attention_gate(
    a: Array, dt_bias: Array, decay_scale: Array, b: Array | None = None
) -> tuple[Array, ...]:
    """How fast LinearAttention forgets, and how much it writes: for each head at each step.

    a, b (N,T,H), dt_bias, decay_scale (H) → decay = decay_scale·softplus(a + dt_bias),
    beta = sigmoid(b)
    """
    if a.shape[-1:] != dt_bias.shape or dt_bias.shape != decay_scale.shape:
        raise OperatorError("dt_bias and decay_scale must have one value for each head of a")
    decay = (decay_scale * softplus(_wide(a) + dt_bias)).astype(a.dtype)
    return (decay,) if b is None else (decay, sigmoid(_wide(b)).astype(a.dtype))


@op("HyperConnectionPreMix", since=1, domain=MICROSOFT)
def hyper_connection_pre_mix(
    streams: Array, pre_mix: Array, *, num_branches: int = 0, reduction_scale: float = 1.0
) -> Array:
    """Mix several streams into one: Σ_c streams_c · pre_mix_c (https://arxiv.org/abs/2409.19606)

    streams (…,C,H), or (…,C·H) with num_branches; pre_mix (…,C), (…,C,1) or like streams → (…,H)
    """
    x = _wide(_grouped(streams, num_branches))
    mixed = (x * _gate(pre_mix, x, "pre_mix")).sum(axis=-2) * np.float32(reduction_scale)
    return mixed.astype(streams.dtype)


@op("HyperConnectionPostMix", since=1, domain=MICROSOFT)
def hyper_connection_post_mix(
    streams: Array,
    block_output: Array,
    post_mix: Array,
    stream_mix: Array | None = None,
    *,
    num_branches: int = 0,
) -> Array:
    """Mix streams among each other, and add what a block says to each of them.

    streams (…,C,H), block_output (…,H), post_mix as pre_mix, stream_mix (…,C,C) → like streams
    """
    x = _wide(_grouped(streams, num_branches))
    if block_output.shape != (*x.shape[:-2], x.shape[-1]):
        raise OperatorError(f"block_output must be {(*x.shape[:-2], x.shape[-1])}")
    kept = x
    if stream_mix is not None:
        if stream_mix.shape != (*x.shape[:-1], x.shape[-2]):
            raise OperatorError(f"stream_mix must be {(*x.shape[:-1], x.shape[-2])}")
        kept = np.matmul(_wide(stream_mix).swapaxes(-1, -2), x)
    y = kept + _gate(post_mix, x, "post_mix") * _wide(block_output)[..., None, :]
    return np.asarray(y).astype(streams.dtype).reshape(streams.shape)


def _gate(mix: Array, x: Array, name: str) -> Array:
    """A gate for each stream, or for each value, in a shape that meets x (…,C,H)."""
    each = (*x.shape[:-1], 1)
    for shape in (each, x.shape):
        if mix.size == math.prod(shape) and mix.shape[: x.ndim - 2] == x.shape[:-2]:
            return _wide(mix).reshape(shape)
    raise OperatorError(f"{name} must have one value for each stream, or one for each value")


@op("EngramGate", since=1, domain=MICROSOFT)
def engram_gate(
    key: Array,
    query: Array,
    value: Array,
    key_norm_scale: Array,
    query_norm_scale: Array,
    conv_norm_scale: Array | None = None,
    *,
    epsilon: float = 1e-5,
) -> tuple[Array, ...]:
    """Let a remembered value through as far as its key fits the query.

    key, query (N,S,C,H), value (N,S,H), scales (C,H) → gate·value (N,S,C,H), and that normalized
    gate = sigmoid(sign(d)·√max(|d|, 1e-6)),  d = Σ norm(key)·norm(query) / √H
    """
    if key.ndim != 4 or key.shape != query.shape or value.shape != (*key.shape[:2], key.shape[3]):
        raise OperatorError("key and query must be (N,S,C,H), value (N,S,H)")
    for scale in (key_norm_scale, query_norm_scale, conv_norm_scale):
        if scale is not None and scale.shape != key.shape[2:]:
            raise OperatorError(f"scales must be {key.shape[2:]}, {scale.shape} came")
    keys = _root_normalized(_wide(key), epsilon) * _wide(key_norm_scale)
    queries = _root_normalized(_wide(query), epsilon) * _wide(query_norm_scale)
    fit = (keys * queries).sum(axis=-1, keepdims=True) / np.float32(math.sqrt(key.shape[3]))
    gate = sigmoid(np.sign(fit) * np.sqrt(np.maximum(np.abs(fit), np.float32(1e-6))))
    y = gate * _wide(value)[:, :, None, :]
    if conv_norm_scale is None:
        return (y.astype(key.dtype),)
    normed = _root_normalized(y, epsilon) * _wide(conv_norm_scale)
    return y.astype(key.dtype), normed.astype(key.dtype)


@op("MoEGroupRouter", since=1, domain=MICROSOFT, needs=("outputs",))
def moe_group_router(
    logits: Array,
    expert_bias: Array,
    projection_weight: Array | None = None,
    *,
    group_topk: int = 2,
    n_group: int = 1,
    router_sentinel: float = -10000.0,
    top_k: int,
    topk_group: int = 1,
    outputs: int,
) -> tuple[Array | None, ...]:
    """Choose experts for each token: first the best groups of them, then the best therein.

    logits (…,E), expert_bias (E) → scores for MoE (T,E): log sigmoid(logits) of the chosen, the
    sentinel for all others; or (the second and third output) the scores with and without bias.
    https://arxiv.org/abs/2412.19437 (DeepSeek-V3)
    """
    if projection_weight is not None:
        raise OperatorError("projection_weight is computed on graphics cards only")
    count = logits.shape[-1] if logits.ndim else 0
    if expert_bias.shape != (count,):
        raise OperatorError(f"expert_bias must have one value for each of {count} experts")
    if n_group < 1 or count % n_group or not 1 <= topk_group <= n_group or not 1 <= top_k <= count:
        raise OperatorError(f"top_k, n_group and topk_group do not fit {count} experts")
    shares = sigmoid(_wide(logits).reshape(-1, count))
    scores = shares + _wide(expert_bias)
    if outputs > 1:
        return None, scores, shares
    groups = scores.reshape(len(scores), n_group, count // n_group)
    most = min(group_topk, groups.shape[2])
    strength = -np.sort(-groups, axis=2)[:, :, :most].sum(axis=2)
    within = np.zeros((len(scores), n_group), bool)
    np.put_along_axis(within, np.argsort(-strength, 1, "stable")[:, :topk_group], True, axis=1)
    open_ = np.where(np.repeat(within, groups.shape[2], axis=1), scores, -np.inf)
    best = np.argsort(-open_, 1, "stable")[:, :top_k]
    y = np.full(scores.shape, router_sentinel, np.float32)
    told = np.log(np.maximum(shares, np.float32(1e-20)))
    np.put_along_axis(y, best, np.take_along_axis(told, best, 1), axis=1)
    return (y.astype(logits.dtype),)
