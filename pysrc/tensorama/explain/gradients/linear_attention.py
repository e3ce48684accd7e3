"""Linear attention: through what was read and written at each step, the last step first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensorama.engine.contract import Slices, matmul, sliced
from tensorama.engine.ops.activations import sigmoid
from tensorama.engine.ops.attend import join_heads, split_heads
from tensorama.engine.ops.linear_attention import RULES
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray
_MOST = 1 << 28  # bytes of states that are kept at once


@dataclass(frozen=True, slots=True)
class Steps:
    """What the loop of linear attention works on, as `engine.ops.linear_attention` has it.

    q (N,G,R,T,E), k (N,G,T,E), v (N,G,T,V), state (N,G,E,V); kept (N,G,T,E or 1) and rate (N,G or
    1,T,1) where the update rule has them.
    """

    q: Array
    k: Array
    v: Array
    state: Array
    kept: Array | None
    rate: Array | None

    def written(self, t: int, state: Array) -> tuple[Array, Array, Array]:
        """What remains of a state at a step, what is new of the value, what is written of that."""
        left = state if self.kept is None else state * self.kept[:, :, t, :, None]
        new = write = self.v[:, :, t]
        if self.rate is not None:
            new = new - matmul(self.k[:, :, t, None, :], left)[:, :, 0]
            write = self.rate[:, :, t] * new
        return left, new, write

    def states(self) -> Slices[list[Array]]:
        """The state before each step, and the last one."""
        found = [self.state]
        for t in range(self.k.shape[2]):
            left, _, write = self.written(t, found[-1])
            found.append(left + self.k[:, :, t, :, None] * write[:, :, None, :])
            yield
        return found


def _back(steps: Steps, factor: float, dy: Array, by_state: Array) -> Slices[Steps]:
    """The gradients of all that the loop works on; dy (N,G,R,T,V)."""
    states = yield from steps.states()
    q, k, v, kept, rate = steps.q, steps.k, steps.v, steps.kept, steps.rate
    by_q, by_k, by_v = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    by_kept = None if kept is None else np.empty_like(kept)
    by_rate = None if rate is None else np.empty_like(rate)
    scaled = dy * dy.dtype.type(factor)
    for t in reversed(range(k.shape[2])):
        left, new, write = steps.written(t, states[t])
        by_q[:, :, :, t] = matmul(scaled[:, :, :, t], states[t + 1].swapaxes(2, 3))
        by_state = by_state + matmul(q[:, :, :, t].swapaxes(2, 3), scaled[:, :, :, t])
        key = k[:, :, t]
        by_key = matmul(by_state, write[..., None])[..., 0]
        by_write = matmul(key[:, :, None, :], by_state)[:, :, 0]
        if rate is not None and by_rate is not None:
            by_rate[:, :, t] = summed_to(
                rate[:, :, t].shape, (by_write * new).sum(axis=2, keepdims=True)
            )
            by_write = by_write * rate[:, :, t]
            by_key -= matmul(left, by_write[..., None])[..., 0]
            by_state = by_state - key[..., None] * by_write[:, :, None, :]
        by_k[:, :, t], by_v[:, :, t] = by_key, by_write
        if kept is not None and by_kept is not None:
            lost = (by_state * states[t]).sum(axis=3)
            by_kept[:, :, t] = summed_to(kept[:, :, t].shape, lost)
            by_state = by_state * kept[:, :, t, :, None]
        yield
    return Steps(by_q, by_k, by_v, by_state, by_kept, by_rate)


@differentiates("LinearAttention", outputs=2)
@sliced
def linear_attention(at: Backward) -> Slices[Gradients]:
    """To queries, keys and values, to what decays and what is written, to the state before."""
    given, groups = at.attributes, at.attributes["kv_num_heads"]
    decays, writes = RULES[given["update_rule"]]
    q = split_heads(at.inputs[0], given["q_num_heads"], "query")
    n, _, count, e = q.shape
    k = split_heads(at.inputs[1], max(1, at.inputs[1].shape[-1] // max(1, e)), "key")
    v = split_heads(at.inputs[2], groups, "value")
    past, decay, beta = at.input(3), at.input(4), at.input(5)
    if count * n * groups * e * v.shape[3] * at.dy.itemsize > _MOST:
        said = phrase(
            "The states of all {count:,} steps of {node} together are too many to go back through.",
            count=count, node=at.call.node.label,
        )  # fmt: skip
        raise UnsupportedError(said)
    wide_q, wide_k = _repeated(q, groups), _repeated(k, groups)
    shape = (n, groups, e, v.shape[3])
    state = np.zeros(shape, at.dy.dtype) if past is None else past
    logs = split_heads(decay, groups, "decay") if decays else None
    rate = split_heads(beta, beta.shape[-1], "beta") if writes else None
    steps = Steps(
        wide_q.reshape(n, groups, -1, count, e), wide_k, v, state,
        None if logs is None else np.exp(logs), rate,
    )  # fmt: skip
    dy = split_heads(at.dy, wide_q.shape[1], "output").reshape(n, groups, -1, count, v.shape[3])
    last = at.dys[1] if len(at.dys) > 1 and at.dys[1] is not None else np.zeros_like(state)
    found = yield from _back(steps, given["scale"] or 1 / math.sqrt(max(1, e)), dy, last)
    by_q = found.q.reshape(wide_q.shape)
    gradients: list[Array | None] = [
        _as_given(at.inputs[0], _together(by_q, q)), _as_given(at.inputs[1], _together(found.k, k)),
        _as_given(at.inputs[2], found.v), found.state,
    ]  # fmt: skip
    by_logs = None if found.kept is None else _as_given(decay, found.kept * steps.kept)
    by_rate = None if found.rate is None else _as_given(beta, found.rate)
    return [*gradients, by_logs, by_rate][: len(at.inputs)]


@differentiates("LinearAttention", domain="com.microsoft", outputs=2)
@sliced
def linear_attention_microsoft(at: Backward) -> Slices[Gradients]:
    """As that of the standard; heads that are fewer than those of the values are repeated."""
    work = linear_attention.slices  # type: ignore[attr-defined]
    return (yield from work(at))


def _repeated(x: Array, heads: int) -> Array:
    return x if x.shape[1] >= heads else np.repeat(x, heads // x.shape[1], axis=1)


def _together(by: Array, x: Array) -> Array:
    """The shares of heads that were repeated add up."""
    if by.shape == x.shape:
        return by
    total: Array = by.reshape(x.shape[0], x.shape[1], -1, *x.shape[2:]).sum(axis=2)
    return total


def _as_given(given: Array, by: Array) -> Array:
    """A gradient of heads taken apart, as the input came."""
    return by if given.ndim == 4 else join_heads(by).reshape(given.shape)


@differentiates("CausalConvWithState", outputs=2)
def causal_conv(at: Backward) -> Gradients:
    """To the positions that each one was mixed from, to the kernel, to what was carried over."""
    x, w, gap = _places_last(at, at.x), at.inputs[1], at.attributes.get("dilation", 1)
    count, carried, past = x.shape[2], (w.shape[2] - 1) * gap, at.input(3)
    before = np.zeros((*x.shape[:2], carried), x.dtype) if past is None else _places_last(at, past)
    whole = np.concatenate((before, x), axis=2)
    seen = [slice(tap * gap, tap * gap + count) for tap in range(w.shape[2])]
    dy = _places_last(at, at.dy)
    if at.attributes["activation"] != "none":
        parts = [whole[:, :, part] * w[:, :, tap] for tap, part in enumerate(seen)]
        total = np.add.reduce(parts)
        bias = at.input(2)
        total = total if bias is None else total + bias[:, None]
        share = sigmoid(total)
        dy = dy * share * (1 + total * (1 - share))
    by_whole, by_w = np.zeros_like(whole), np.empty_like(w)
    for tap, part in enumerate(seen):
        by_whole[:, :, part] += dy * w[:, :, tap]
        by_w[:, 0, tap] = (dy * whole[:, :, part]).sum(axis=(0, 2))
    if len(at.dys) > 1 and at.dys[1] is not None:
        by_whole[:, :, count:] += _places_last(at, at.dys[1])
    by_x = _as_came(at, by_whole[:, :, carried:], at.x.shape)
    by_past = None if past is None else _as_came(at, by_whole[:, :, :carried], past.shape)
    return (by_x, by_w, dy.sum(axis=(0, 2)), by_past)[: len(at.inputs)]


@differentiates("CausalConvWithState", domain="com.microsoft", outputs=2)
def causal_conv_microsoft(at: Backward) -> Gradients:
    """As that of the standard, with places apart and channels last."""
    return causal_conv(at)


def _places_last(at: Backward, x: Array) -> Array:
    """(N,C,T) of what may have its channels last."""
    if not at.attributes.get("channels_last"):
        return x
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:])).swapaxes(1, 2)


def _as_came(at: Backward, x: Array, shape: tuple[int, ...]) -> Array:
    return x.swapaxes(1, 2).reshape(shape) if at.attributes.get("channels_last") else x
