"""A mixture of experts: through those that each token asked, and to the router that chose them.

Which experts were asked does not change by a little; how much each counts does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tensorama.engine.contract import Slices, matmul_slices, sliced
from tensorama.engine.ops.activations import gelu, sigmoid, softmax
from tensorama.explain.gradients.activations import gelu_slope
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray
_BENDS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype)),
    "gelu": (lambda x: gelu(x, approximate="tanh"), lambda x: gelu_slope(x, likeness=True)),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "identity": (lambda x: x, np.ones_like),
}


@dataclass(frozen=True, slots=True)
class _Bent:
    """What comes between the layers of an expert, and its slopes by the first and third one."""

    inner: Array
    by_first: Array
    by_third: Array | None = None


def _bent(at: Backward, first: Array, third: Array | None) -> _Bent:
    given = at.attributes
    if given["activation_type"] != "swiglu":
        bend, slope = _BENDS[given["activation_type"]]
        shown = bend(first)
        if third is None:
            return _Bent(shown, slope(first))
        return _Bent(shown * third, slope(first) * third, shown)
    fusion, kind = given["swiglu_fusion"], first.dtype.type
    if fusion == 1:
        gate, linear = first[:, 0::2], first[:, 1::2]
    elif fusion == 2:
        gate, linear = np.split(first, 2, axis=1)
    else:
        assert third is not None
        gate, linear = first, third
    free = opened = np.True_
    limit = given["swiglu_limit"]
    if limit is not None:
        free, opened = gate < limit, np.abs(linear) < limit
        gate, linear = np.minimum(gate, kind(limit)), np.clip(linear, -kind(limit), kind(limit))
    alpha, added = kind(given["activation_alpha"]), linear + kind(given["activation_beta"])
    share = sigmoid(alpha * gate)
    by_gate = added * share * (1 + alpha * gate * (1 - share)) * free
    by_linear = gate * share * opened
    if fusion == 0:
        return _Bent(gate * share * added, by_gate, by_linear)
    both = np.empty_like(first)
    if fusion == 1:
        both[:, 0::2], both[:, 1::2] = by_gate, by_linear
    else:
        both[:, : gate.shape[1]], both[:, gate.shape[1] :] = by_gate, by_linear
    return _Bent(gate * share * added, both)


def _doubled(at: Backward, by_inner: Array) -> Array:
    """The change of what lies between the layers, for each number of the first that went in."""
    if at.attributes["activation_type"] != "swiglu" or not at.attributes["swiglu_fusion"]:
        return by_inner
    if at.attributes["swiglu_fusion"] == 1:
        return np.repeat(by_inner, 2, axis=1)
    return np.concatenate((by_inner, by_inner), axis=1)


@differentiates("MoE", domain="com.microsoft")
@sliced
def mixture_of_experts(at: Backward) -> Slices[Gradients]:
    """To the tokens, to the scores of the router, to the weights of the experts that were asked."""
    names = ("x", "router", "w1", "b1", "w2", "b2", "w3", "b3")
    given = dict(zip(names, [*at.inputs, *[None] * len(names)], strict=False))
    found = {n: None if v is None else np.zeros(v.shape, at.dy.dtype) for n, v in given.items()}
    tokens = given["x"].reshape(-1, given["x"].shape[-1])
    dy = at.dy.reshape(tokens.shape)
    best, chosen, shares = _asked(at, given["router"])
    gates = np.zeros_like(given["router"])
    np.put_along_axis(gates, best, chosen, axis=1)
    asked = np.zeros(gates.shape, bool)
    np.put_along_axis(asked, best, True, axis=1)
    by_gates, by_tokens = np.zeros_like(gates), np.zeros(tokens.shape, dy.dtype)

    def layer(number: int, expert: int, x: Array) -> Slices[Array]:
        bias = given[f"b{number}"]
        y = yield from matmul_slices(x, given[f"w{number}"][expert].T)
        return y if bias is None else y + bias[expert]

    def back(number: int, expert: int, x: Array, change: Array) -> Slices[Array]:
        by_w, by_b = found[f"w{number}"], found[f"b{number}"]
        if by_w is not None and at.wants(names.index(f"w{number}")):
            by_w[expert] = yield from matmul_slices(np.ascontiguousarray(change.T), x)
        if by_b is not None:
            by_b[expert] = change.sum(axis=0)
        return (yield from matmul_slices(change, given[f"w{number}"][expert]))

    for expert in np.flatnonzero(asked.any(axis=0)).tolist():
        rows = np.flatnonzero(asked[:, expert])
        x, counts = tokens[rows], gates[rows, expert, None]
        first = yield from layer(1, expert, x)
        third = None if given["w3"] is None else (yield from layer(3, expert, x))
        bent = _bent(at, first, third)
        said = yield from layer(2, expert, bent.inner)
        by_gates[rows, expert] = (dy[rows] * said).sum(axis=1)
        by_inner = yield from back(2, expert, bent.inner, dy[rows] * counts)
        by_x = yield from back(1, expert, x, _doubled(at, by_inner) * bent.by_first)
        if bent.by_third is not None:
            by_x = by_x + (yield from back(3, expert, x, by_inner * bent.by_third))
        by_tokens[rows] += by_x
        yield
    found["x"] = by_tokens.reshape(given["x"].shape)
    found["router"] = _by_scores(at, best, chosen, shares, by_gates)
    return [found[name] for name in names][: len(at.inputs)]


def _asked(at: Backward, scores: Array) -> tuple[Array, Array, Array]:
    """Which experts each token asked, how much each counts, and the shares of all."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, : at.attributes["k"]]
    shares = softmax(scores)
    chosen = np.take_along_axis(shares, best, axis=1)
    if at.attributes["normalize_routing_weights"]:
        chosen = chosen / chosen.sum(axis=1, keepdims=True)
    return best, chosen, shares


def _by_scores(at: Backward, best: Array, chosen: Array, shares: Array, by_gates: Array) -> Array:
    """The gradient of the router's scores."""
    by_chosen = np.take_along_axis(by_gates, best, axis=1)
    if at.attributes["normalize_routing_weights"]:
        total = np.take_along_axis(shares, best, axis=1).sum(axis=1, keepdims=True)
        by_chosen = (by_chosen - (by_chosen * chosen).sum(axis=1, keepdims=True)) / total
    by_shares = np.zeros_like(shares)
    np.put_along_axis(by_shares, best, by_chosen, axis=1)
    weighed = shares * by_shares
    scores: Array = weighed - shares * weighed.sum(axis=1, keepdims=True)
    return scores
