"""Linear attention as onnxruntime's exporters of Qwen3-Next, Kimi and Mamba write it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.activations import sigmoid, softplus
from tensorama.engine.ops.attend import Record, join_heads, split_heads
from tensorama.engine.ops.linear_attention import RULES, causal_conv_with_state, read_and_write
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


def _terms(rule: str, decay: Array | None, beta: Array | None) -> tuple[Array | None, Array | None]:
    """The inputs that an update rule uses."""
    if rule not in RULES:
        raise OperatorError(f'update_rule is "{rule}"; it can be {", ".join(RULES)}')
    decays, writes = RULES[rule]
    for name, given, wanted in (("decay", decay, decays), ("beta", beta, writes)):
        if wanted and given is None:
            raise OperatorError(f'update_rule "{rule}" needs {name}')
    return decay if decays else None, beta if writes else None


def _complain_unless_all(names: str, *shapes: tuple[object, object]) -> None:
    if any(came != wanted for came, wanted in shapes):
        told = "; ".join(f"{came} came, {wanted} was expected" for came, wanted in shapes)
        raise OperatorError(f"{names} do not fit each other: {told}")


@op("LinearAttention", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def linear_attention_microsoft(
    query: Array,
    key: Array,
    value: Array,
    past_state: Array | None = None,
    decay: Array | None = None,
    beta: Array | None = None,
    *,
    chunk_size: int = 64,
    kv_num_heads: int,
    q_num_heads: int,
    scale: float = 0.0,
    state_window: int = 0,
    update_rule: str = "gated_delta",
    record: Record,
) -> contract.Slices[tuple[Array, Array]]:
    """LinearAttention whose query heads may be fewer than those of keys and values, too.

    query (N,T,H·E), key (N,T,G·E), value (N,T,G·V), decay (N,T,G·E) or (N,T,G), beta (N,T,G or 1)
    → (N,T,max(H,G)·V), state (N,G,E,V)
    """
    _complain_of_windows(state_window)
    decay, beta = _terms(update_rule, decay, beta)
    groups = kv_num_heads
    q = split_heads(query, q_num_heads, "query").astype(np.float32)
    n, _, steps, e = q.shape
    k = split_heads(key, max(1, key.shape[-1] // max(1, e)), "key").astype(np.float32)
    v = split_heads(value, groups, "value").astype(np.float32)
    q, k = _shared(q, groups, "query"), _shared(k, groups, "key")
    if k.shape[1] != groups or k.shape[3] != e or not k.shape[2] == v.shape[2] == steps:
        raise OperatorError("query, key and value do not have the same steps and values per head")
    shape = (n, groups, e, v.shape[3])
    state = np.zeros(shape, np.float32)
    if past_state is not None:
        _complain_unless_all("past_state and the heads", (past_state.shape, shape))
        state = past_state.astype(np.float32)
    kept = None
    if decay is not None:
        kept = np.exp(split_heads(decay, groups, "decay").astype(np.float32))
    rate = None if beta is None else split_heads(beta, beta.shape[-1], "beta").astype(np.float32)
    y, state = yield from read_and_write(
        q.reshape(n, groups, q.shape[1] // groups, steps, e), k, v, state, kept, rate,
        scale or 1 / math.sqrt(max(1, e)),
    )  # fmt: skip
    record("state", state)
    joined = join_heads(y.reshape(n, q.shape[1], steps, v.shape[3])).astype(query.dtype)
    kind = query.dtype if past_state is None else past_state.dtype
    return joined, state.astype(kind)


def _complain_of_windows(state_window: int) -> None:
    if state_window:
        raise OperatorError("states of single steps (state_window) are not computed here")


def _shared(x: Array, heads: int, name: str) -> Array:
    """Heads (N,H,T,E) repeated until there are as many as those of the values."""
    if x.shape[1] >= heads:
        if x.shape[1] % heads:
            raise OperatorError(f"{x.shape[1]} heads of {name} cannot share {heads} evenly")
        return x
    if heads % x.shape[1]:
        raise OperatorError(f"{heads} heads of value cannot share {x.shape[1]} of {name} evenly")
    return np.repeat(x, heads // x.shape[1], axis=1)


@op("GatedDeltaNet", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def gated_delta_net(
    query: Array,
    key: Array | None = None,
    value: Array | None = None,
    cu_seqlens: Array | None = None,
    decay: Array | None = None,
    beta: Array | None = None,
    initial_state: Array | None = None,
    a_log: Array | None = None,
    dt_bias: Array | None = None,
    capture_count: Array | None = None,
    state_update_active: Array | None = None,
    *,
    beta_activation: str = "none",
    chunk_size: int = 64,
    gate_activation: str = "none",
    gate_lower_bound: float = -5.0,
    qk_l2_norm: int = 0,
    scale: float = 0.0,
    state_update_capacity: int = 0,
    update_rule: str = "gated_delta",
    record: Record,
) -> contract.Slices[tuple[Array, Array]]:
    """Linear attention over texts that are joined token after token, gates and norms included.

    query, key (T,H,E), value (T,G,V) with G a multiple of H, decay (T,G) or (T,G,E), beta (T,G),
    initial_state (N,G,V,E), cu_seqlens (N+1): where each text begins; or with (N,S,…) in place of T
    → (T,G,V), state (N,G,V,E)
    gate_activation "softplus": decay = −exp(a_log)·softplus(decay + dt_bias); "sigmoid":
    gate_lower_bound·sigmoid(exp(a_log)·(decay + dt_bias)).  https://arxiv.org/abs/2412.06464
    """
    if state_update_capacity or capture_count is not None:
        raise OperatorError("states of single steps (state_update_capacity) are not computed here")
    decay, beta = _terms(update_rule, decay, beta)
    if key is None or value is None:
        query, key, value = _taken_apart(query, initial_state)
    if min(query.ndim, key.ndim, value.ndim) < 3 or not math.prod(query.shape[-2:]):
        raise OperatorError("query, key and value must be (T,H,E) or (N,S,H,E)")
    leading = query.shape[:-2]
    q, k, v = (x.reshape(-1, *x.shape[-2:]).astype(np.float32) for x in (query, key, value))
    tokens, heads, e = q.shape
    groups, width = v.shape[1:]
    if len(v) != tokens or k.shape != q.shape or not heads or groups % heads:
        raise OperatorError("query, key and value do not have the same tokens, or heads that share")
    if qk_l2_norm:
        q, k = _of_length_one(q), _of_length_one(k)
    bounds = _bounds(cu_seqlens, initial_state, tokens)
    n = len(bounds) - 1
    states = np.zeros((n, groups, width, e), np.float32)
    if initial_state is not None:
        _complain_unless_all("initial_state and the heads", (initial_state.shape, states.shape))
        states = initial_state.astype(np.float32)
    kept = _remaining(decay, (tokens, groups), e, gate_activation, a_log, dt_bias, gate_lower_bound)
    rate = None
    if beta is not None:
        _complain_unless_all("beta and the heads", (beta.size, tokens * groups))
        rate = beta.reshape(tokens, groups, 1).astype(np.float32)
        rate = sigmoid(rate) if beta_activation == "sigmoid" else rate
    q, k = (np.repeat(x, groups // heads, axis=1) for x in (q, k))
    factor = scale or 1 / math.sqrt(max(1, e))
    y, ends = np.empty((tokens, groups, width), np.float32), np.empty_like(states)
    for text, (first, last) in enumerate(pairwise(bounds)):
        own = [
            None if x is None else x[first:last].swapaxes(0, 1)[None] for x in (q, k, v, kept, rate)
        ]
        own_q, own_k, own_v, own_kept, own_rate = own
        assert own_q is not None
        assert own_k is not None
        assert own_v is not None
        start = states[text : text + 1].swapaxes(2, 3)
        said, after = yield from read_and_write(
            own_q[:, :, None], own_k, own_v, start, own_kept, own_rate, factor
        )
        y[first:last] = said[0, :, 0].swapaxes(0, 1)
        ends[text] = after[0].swapaxes(1, 2)
    record("state", ends)
    return y.reshape(*leading, groups, width).astype(query.dtype), ends


def _taken_apart(packed: Array, state: Array | None) -> tuple[Array, Array, Array]:
    """Query, key and value out of one tensor (…, 2·H·E + G·V); the state tells G, V and E."""
    if state is None or state.ndim != 4:
        raise OperatorError("queries, keys and values in one tensor need initial_state (N,G,V,E)")
    groups, width, e = state.shape[1:]
    rest = packed.shape[-1] - groups * width
    if rest < 0 or not e or rest % (2 * e):
        raise OperatorError(f"{packed.shape[-1]} values are not those of heads as in initial_state")
    parts = np.split(packed, [rest // 2, rest], axis=-1)
    widths = (e, e, width)
    q, k, v = (p.reshape(*p.shape[:-1], -1, each) for p, each in zip(parts, widths, strict=True))
    return q, k, v


def _of_length_one(x: Array) -> Array:
    return x / np.sqrt(np.square(x).sum(axis=-1, keepdims=True) + np.float32(1e-6))


def _bounds(cu_seqlens: Array | None, state: Array | None, tokens: int) -> list[int]:
    """Where each text begins, and behind the last."""
    if cu_seqlens is not None:
        bounds = [int(place) for place in cu_seqlens.reshape(-1)]
        if len(bounds) < 2 or bounds[0] or bounds[-1] != tokens or bounds != sorted(bounds):
            raise OperatorError(f"cu_seqlens must rise from 0 to the {tokens} tokens")
        return bounds
    if state is None or not len(state) or tokens % len(state):
        raise OperatorError("without cu_seqlens, initial_state must tell how many texts there are")
    return list(range(0, tokens + 1, tokens // len(state))) if tokens else [0] * (len(state) + 1)


def _remaining(
    decay: Array | None, shape: tuple[int, int], e: int, activation: str, a_log: Array | None,
    bias: Array | None, lowest: float,
) -> Array | None:  # fmt: skip
    """What remains of the state after each step: (T,G,1) or (T,G,E)."""
    if decay is None:
        return None
    if decay.size not in (math.prod(shape), math.prod(shape) * e):
        raise OperatorError(f"decay must have one value for each of {shape} tokens and heads")
    raw = decay.reshape(*shape, -1).astype(np.float32)
    if activation == "none":
        return np.exp(raw)
    if activation not in ("softplus", "qwen", "sigmoid", "kda"):
        raise OperatorError(f'gate_activation is "{activation}"; it can be none, softplus, sigmoid')
    if a_log is None or a_log.size != shape[1]:
        raise OperatorError(f'gate_activation "{activation}" needs an a_log for each head')
    strength = np.exp(a_log.astype(np.float32)).reshape(-1, 1)
    if bias is not None:
        if bias.size not in (shape[1], shape[1] * e):
            raise OperatorError("dt_bias must have one value for each head, or for each key value")
        raw = raw + bias.reshape(shape[1], -1).astype(np.float32)
    if activation in ("sigmoid", "kda"):
        return np.exp(np.float32(lowest) * sigmoid(strength * raw))
    return np.exp(-strength * softplus(raw))


@op("CausalConvWithState", since=1, domain=MICROSOFT)
def causal_conv_with_state_microsoft(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    past_state: Array | None = None,
    *,
    activation: str = "none",
    channels_last: int = 0,
    dilation: int = 1,
    input_channel_offset: int = 0,
    input_channels: int = 0,
    ndim: int = 1,
    state_channels_last: int = -1,
    state_length: int = 0,
    state_update_capacity: int = 0,
    state_window: int = 0,
) -> tuple[Array, Array]:
    """CausalConvWithState whose places may lie `dilation` apart, and whose channels may come last.

    x (N,C,T), weight (C,1,K), bias (C), past_state (N,C,(K−1)·dilation) → (N,C,T), state;
    channels last (N,T,…) and (N,(K−1)·dilation,…).
    """
    _complain_of_windows(state_window)
    special = (input_channel_offset, input_channels, state_length, state_update_capacity)
    if any(special) or ndim != 1 or state_channels_last != -1:
        raise OperatorError("this form of CausalConvWithState is computed on graphics cards only")
    if dilation < 1 or weight.ndim != 3 or weight.shape[1] != 1 or not weight.size or x.ndim < 3:
        raise OperatorError("x must be (N,C,T), weight (C,1,K), and dilation positive")
    channels, carried = len(weight), (weight.shape[2] - 1) * dilation
    tail = x.shape[2:] if channels_last else ()

    def first(array: Array) -> Array:
        """Channels before places, as one axis."""
        if not channels_last:
            return array
        return array.reshape(*array.shape[:2], math.prod(tail)).swapaxes(1, 2)

    def like_x(array: Array) -> Array:
        if not channels_last:
            return array
        return array.swapaxes(1, 2).reshape(len(array), array.shape[2], *tail)

    seen = first(x)
    if seen.shape[1] != channels:
        raise OperatorError(f"weight is for {channels} channels, X has {seen.shape[1]}")
    before = np.zeros((len(x), channels, carried), x.dtype)
    if past_state is not None:
        before = first(past_state)
    apart = np.zeros((channels, 1, carried + 1), weight.dtype)
    apart[:, :, ::dilation] = weight
    y, state = causal_conv_with_state(seen, apart, bias, before, activation=activation)
    return like_x(y), like_x(state)
