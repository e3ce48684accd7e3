"""Mixtures of experts: many small networks, of which each token asks only a few.

A router gives every token a score for each expert; the best k answer, and their answers are mixed
by those scores. https://arxiv.org/abs/2101.03961
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.activations import gelu, sigmoid, softmax
from tensorama.engine.ops.few_bits import FewBits, unpacked
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
Record = Callable[[str, Array], None]
_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: gelu(x, approximate="tanh"),
    "silu": lambda x: x * sigmoid(x),
    "identity": lambda x: x,
}


class _Layer(NamedTuple):
    """One layer of all experts: what multiplies by expert e's weights, and the biases (E,N)."""

    times: Callable[[int, Array], contract.Slices[Array]]
    outputs: int
    bias: Array | None

    def of(self, expert: int, x: Array) -> contract.Slices[Array]:
        y = yield from self.times(expert, x)
        return y if self.bias is None else y + self.bias[expert].astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Experts:
    """What every expert does: activation(first)·second, gated by a third layer or within the first.

    fusion: how "swiglu" finds its two halves, 0 in first and third, 1 in turns, 2 one after the
    other.
    """

    first: _Layer
    second: _Layer
    third: _Layer | None
    activation: str
    fusion: int
    alpha: float
    beta: float
    limit: float | None

    def answer(self, expert: int, x: Array) -> contract.Slices[Array]:
        """x (T,D) → (T,D)"""
        inner = yield from self.first.of(expert, x)
        if self.activation == "swiglu":
            if self.fusion == 1:
                gate, linear = inner[:, 0::2], inner[:, 1::2]
            elif self.fusion == 2:
                gate, linear = np.split(inner, 2, axis=1)
            else:
                assert self.third is not None
                gate, linear = inner, (yield from self.third.of(expert, x))
            inner = self._gated(gate, linear)
        else:
            inner = _ACTIVATIONS[self.activation](inner)
            if self.third is not None:
                inner = inner * (yield from self.third.of(expert, x))
        return (yield from self.second.of(expert, inner))

    def _gated(self, gate: Array, linear: Array) -> Array:
        if self.limit is not None:
            gate = np.minimum(gate, np.float32(self.limit))
            linear = np.clip(linear, -self.limit, self.limit)
        shown = gate * sigmoid(np.float32(self.alpha) * gate)
        return shown * (linear + np.float32(self.beta))


def _checked(
    x: Array,
    router: Array,
    weights: tuple[Array, Array, Array | None],
    activation: str,
    fusion: int,
) -> None:
    """Complain unless layers, router and tokens belong together."""
    first, second, third = weights
    if activation != "swiglu" and activation not in _ACTIVATIONS:
        raise OperatorError(
            f'activation_type is "{activation}"; it can be {", ".join(_ACTIVATIONS)} or swiglu'
        )
    if activation == "swiglu" and not fusion and third is None:
        raise OperatorError("swiglu without swiglu_fusion needs the weights of fc3")
    if x.ndim not in (2, 3):
        raise OperatorError(f"input has {x.ndim} dimensions, 2 or 3 were expected")
    tokens, experts = x.size // max(1, x.shape[-1]), len(first)
    if router.shape != (tokens, experts):
        raise OperatorError(
            f"router_probs must be ({tokens},{experts}), one score for each token and expert; "
            f"{router.shape} came"
        )
    for name, layer in (("fc1", first), ("fc2", second), ("fc3", third)):
        if layer is not None and (layer.ndim != 3 or len(layer) != experts):
            raise OperatorError(
                f"the weights of {name} must have 3 dimensions, the first for {experts} experts; "
                f"{layer.shape} came"
            )
    if second.shape[1] != x.shape[-1]:
        raise OperatorError(f"fc2 gives {second.shape[1]} values, tokens have {x.shape[-1]}")


def _mixed(
    x: Array, router: Array, shares: Array | None, k: int, normalize: int, experts: _Experts,
    record: Record,
) -> contract.Slices[Array]:  # fmt: skip
    """Ask the best k experts of each token, and mix what they say."""
    tokens = x.reshape(-1, x.shape[-1]).astype(np.float32)
    count = router.shape[1]
    if not 1 <= k <= count:
        raise OperatorError(f"k is {k}, there are {count} experts")
    scores = router.astype(np.float32)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    of_best = softmax(scores) if shares is None else shares.astype(np.float32)
    chosen = np.take_along_axis(of_best, best, axis=1)
    if normalize:
        chosen = chosen / chosen.sum(axis=1, keepdims=True)
    gates = np.zeros_like(scores)
    np.put_along_axis(gates, best, chosen, axis=1)
    asked = np.zeros(scores.shape, bool)
    np.put_along_axis(asked, best, True, axis=1)
    record("gates", gates)
    y = np.zeros_like(tokens)
    for expert in np.flatnonzero(asked.any(axis=0)).tolist():
        rows = np.flatnonzero(asked[:, expert])
        said = yield from experts.answer(expert, tokens[rows])
        y[rows] += gates[rows, expert, None] * said
        yield
    return y.reshape(x.shape).astype(x.dtype, copy=False)


@op("MoE", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def mixture_of_experts(
    x: Array,
    router_probs: Array,
    fc1_weights: Array,
    fc1_bias: Array | None,
    fc2_weights: Array,
    fc2_bias: Array | None = None,
    fc3_weights: Array | None = None,
    fc3_bias: Array | None = None,
    *,
    activation_alpha: float = 1.0,
    activation_beta: float = 0.0,
    activation_type: str = "relu",
    k: int = 1,
    normalize_routing_weights: int = 0,
    swiglu_fusion: int = 0,
    swiglu_limit: float | None = None,
    swiglu_limit_after_activation: int = 0,
    use_sparse_mixer: int = 0,
    record: Record,
) -> contract.Slices[Array]:
    """Let the k experts that the router prefers for a token answer it, and mix their answers.

    x (T,D) or (N,S,D), router_probs (T,E), fc1_weights (E,I,D), fc2_weights (E,D,I), biases (E,·)
    y = Σ_e softmax(router)_e · fc2_e(activation(fc1_e(x)));  with normalize_routing_weights the
    shares of the k sum to 1.  swiglu(g, l) = g·sigmoid(alpha·g)·(l + beta), cut at swiglu_limit
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    _complain_of_special(use_sparse_mixer, swiglu_limit_after_activation)
    weights = (fc1_weights, fc2_weights, fc3_weights)
    _checked(x, router_probs, weights, activation_type, swiglu_fusion)
    first, second, third = (
        None if w is None else _plain(name, w, bias)
        for name, w, bias in zip(
            ("fc1", "fc2", "fc3"), weights, (fc1_bias, fc2_bias, fc3_bias), strict=True
        )
    )
    assert first is not None
    assert second is not None
    experts = _Experts(
        first, second, third, activation_type, swiglu_fusion, activation_alpha, activation_beta,
        swiglu_limit,
    )  # fmt: skip
    return (yield from _mixed(x, router_probs, None, k, normalize_routing_weights, experts, record))


def _complain_of_special(sparse_mixer: int, limit_after: int) -> None:
    if sparse_mixer or limit_after:
        raise OperatorError(
            "use_sparse_mixer and swiglu_limit_after_activation are computed on graphics cards only"
        )


def _plain(name: str, weights: Array, bias: Array | None) -> _Layer:
    """A layer of real weights (E,N,K)."""
    _complain_of_bias(name, bias, weights.shape[:2])

    def times(expert: int, x: Array) -> contract.Slices[Array]:
        own = weights[expert]
        if x.shape[1] != own.shape[1]:
            raise OperatorError(f"{name} takes {own.shape[1]} values, {x.shape[1]} come to it")
        return (yield from contract.matmul_slices(x, own.astype(np.float32, copy=False).T))

    return _Layer(times, weights.shape[1], bias)


def _complain_of_bias(name: str, bias: Array | None, shape: tuple[int, ...]) -> None:
    if bias is not None and bias.shape != shape:
        raise OperatorError(f"the bias of {name} must have shape {shape}, {bias.shape} came")


@op("QMoE", since=1, domain=MICROSOFT, needs=("record",))
@contract.sliced
def mixture_of_quantized_experts(
    x: Array,
    router_probs: Array,
    fc1_weights: Array,
    fc1_scales: Array | None,
    fc1_bias: Array | None,
    fc2_weights: Array,
    fc2_scales: Array | None = None,
    fc2_bias: Array | None = None,
    fc3_weights: Array | None = None,
    fc3_scales: Array | None = None,
    fc3_bias: Array | None = None,
    fc1_zero_points: Array | None = None,
    fc2_zero_points: Array | None = None,
    fc3_zero_points: Array | None = None,
    router_weights: Array | None = None,
    *special: Array | None,
    accuracy_level: int = 0,
    activation_alpha: float = 1.0,
    activation_beta: float = 0.0,
    activation_type: str = "relu",
    block_size: int = 0,
    expert_weight_bits: int = 4,
    fc1_expert_weight_bits: int | None = None,
    fc2_expert_weight_bits: int | None = None,
    fc3_expert_weight_bits: int | None = None,
    k: int = 1,
    normalize_routing_weights: int = 0,
    quant_type: str = "int",
    swiglu_fusion: int = 0,
    swiglu_limit: float | None = None,
    swiglu_limit_after_activation: int = 0,
    use_sparse_mixer: int = 0,
    weights_prepacked: int = -1,
    record: Record,
) -> contract.Slices[Array]:
    """MoE whose weights are stored in 2, 4 or 8 bits: w = (stored − zero point)·scale.

    fc weights (E,N,K·bits/8), scales (E,N), or (E,N,K/block_size) one for each block; zero points
    packed likewise. router_weights (T,E): the shares to mix by, where they are not the softmax of
    the scores by which experts are chosen.
    """
    _complain_of_special(use_sparse_mixer, swiglu_limit_after_activation)
    if quant_type != "int" or any(extra is not None for extra in special):
        raise OperatorError(f'quant_type "{quant_type}" is computed on graphics cards only')
    weights = (fc1_weights, fc2_weights, fc3_weights)
    _checked(x, router_probs, weights, activation_type, swiglu_fusion)
    if router_weights is not None and router_weights.shape != router_probs.shape:
        raise OperatorError("router_weights must have the shape of router_probs")
    given = zip(
        ("fc1", "fc2", "fc3"),
        weights,
        (fc1_scales, fc2_scales, fc3_scales),
        (fc1_zero_points, fc2_zero_points, fc3_zero_points),
        (fc1_bias, fc2_bias, fc3_bias),
        (fc1_expert_weight_bits, fc2_expert_weight_bits, fc3_expert_weight_bits),
        strict=True,
    )
    first, second, third = (
        None
        if w is None
        else _stored(name, w, scales, zeros, bias, bits or expert_weight_bits, block_size)
        for name, w, scales, zeros, bias, bits in given
    )
    assert first is not None
    assert second is not None
    experts = _Experts(
        first, second, third, activation_type, swiglu_fusion, activation_alpha, activation_beta,
        swiglu_limit,
    )  # fmt: skip
    # onnxruntime takes the softmax over the scores of the chosen alone, here
    normalize = normalize_routing_weights if router_weights is not None else 1
    return (yield from _mixed(x, router_probs, router_weights, k, normalize, experts, record))


def _stored(
    name: str, weights: Array, scales: Array | None, zero_points: Array | None, bias: Array | None,
    bits: int, block_size: int,
) -> _Layer:  # fmt: skip
    """A layer of weights of few bits."""
    if bits not in (2, 4, 8):
        raise OperatorError(f"weights of {bits} bits are not known here")
    if scales is None:
        raise OperatorError(f"the scales of {name} are missing")
    _complain_of_bias(name, bias, weights.shape[:2])
    experts, rows, packed = weights.shape
    columns = packed * 8 // bits
    block = block_size if block_size > 0 else max(1, columns)
    blocks = -(-columns // block)
    if scales.size != experts * rows * blocks:
        raise OperatorError(
            f"the scales of {name} must be ({experts},{rows},{blocks}), {scales.shape} came"
        )
    scales = scales.reshape(experts, rows, blocks)
    if zero_points is not None:
        packed_rows = (
            (-(-rows * bits // 8),) if zero_points.ndim == 2 else (rows, -(-blocks * bits // 8))
        )
        if zero_points.shape != (experts, *packed_rows) or (blocks > 1 and zero_points.ndim == 2):
            raise OperatorError(
                f"the zero points of {name} must be {(experts, rows, -(-blocks * bits // 8))}, "
                f"{zero_points.shape} came"
            )

    def zeros_of(expert: int) -> Array | None:
        if zero_points is None:
            return None
        if zero_points.ndim == 2:  # one for each row, packed along the rows
            from_rows = unpacked(zero_points[expert], bits)[:rows]
            return from_rows.reshape(rows, 1).astype(np.float32)
        return zero_points[expert]

    def times(expert: int, x: Array) -> contract.Slices[Array]:
        if x.shape[1] != columns:
            raise OperatorError(f"{name} takes {columns} values, {x.shape[1]} come to it")
        own = FewBits(
            weights[expert], scales[expert], zeros_of(expert), bits, block, max(1, columns)
        )
        return (yield from own.times(x))

    return _Layer(times, rows, bias)
