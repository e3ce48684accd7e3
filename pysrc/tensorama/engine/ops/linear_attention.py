"""Layers that remember in a state of fixed size: linear attention and its causal convolution.

Gated DeltaNet and Mamba layers consist of these two; both hand their state on to the next call.
"""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.limits import complain_of_steps
from tensorama.engine.contract.slices import Pace
from tensorama.engine.ops.attend import Record, join_heads, split_heads
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

_steps = Pace(1e3)  # per second
RULES = {"linear": (False, False), "gated": (True, False),
          "delta": (False, True), "gated_delta": (True, True)}  # fmt: skip


@op("LinearAttention", since=27, needs=("record",))
@contract.sliced
def linear_attention(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    past_state: np.ndarray | None = None,
    decay: np.ndarray | None = None,
    beta: np.ndarray | None = None,
    *,
    chunk_size: int = 64,
    kv_num_heads: int,
    q_num_heads: int,
    scale: float = 0.0,
    update_rule: str = "gated_delta",
    record: Record,
) -> contract.Slices[tuple[np.ndarray, np.ndarray]]:
    """Write each key and value into a matrix, and read it with the query, step by step.

    query (N,T,H·E), key (N,T,G·E), value (N,T,G·V), decay (N,T,G·E) or (N,T,G), beta (N,T,G or 1)
    → (N,T,H·V), state (N,G,E,V)
    S ← exp(decay)·S;  S ← S + k ⊗ beta·(v - Sᵀk);  o = scale·qᵀS
    "linear" and "gated" add k ⊗ v instead; "linear" and "delta" have no decay.
    https://onnx.ai/onnx/operators/onnx__LinearAttention.html
    """
    if update_rule not in RULES:
        raise OperatorError(f'update_rule is "{update_rule}"; it can be {", ".join(RULES)}')
    for name, given, wanted in zip(
        ("decay", "beta"), (decay, beta), RULES[update_rule], strict=True
    ):
        if (given is not None) != wanted:
            raise OperatorError(
                f'update_rule "{update_rule}" takes {"" if wanted else "no "}{name}'
            )
    q, k, v = (
        split_heads(x, heads, name).astype(np.float32)
        for x, heads, name in (
            (query, q_num_heads, "query"),
            (key, kv_num_heads, "key"),
            (value, kv_num_heads, "value"),
        )
    )
    if q_num_heads % kv_num_heads:
        raise OperatorError(
            f"{q_num_heads} query heads cannot share {kv_num_heads} key heads evenly"
        )
    n, groups, steps, e = k.shape
    shape = (n, groups, e, v.shape[3])
    state = np.zeros(shape, np.float32) if past_state is None else past_state.astype(np.float32)
    if state.shape != shape:
        raise OperatorError(f"past_state must have shape {shape}, {state.shape} came")
    kept = None
    if decay is not None:  # (N,G,T,E or 1)
        kept = np.exp(split_heads(decay, kv_num_heads, "decay").astype(np.float32))
    rate = None if beta is None else split_heads(beta, beta.shape[2], "beta").astype(np.float32)
    q = q.reshape(n, groups, q_num_heads // groups, steps, e)
    factor = scale or 1 / math.sqrt(e)
    y, state = yield from read_and_write(q, k, v, state, kept, rate, factor)
    record("state", state)
    joined = join_heads(y.reshape(n, q_num_heads, steps, v.shape[3])).astype(query.dtype)
    return joined, state.astype(query.dtype if past_state is None else past_state.dtype)


def read_and_write(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    state: np.ndarray,
    kept: np.ndarray | None,
    rate: np.ndarray | None,
    factor: float,
) -> contract.Slices[tuple[np.ndarray, np.ndarray]]:
    """The loop of linear attention: at each step decay, write, read.

    q (N,G,R,T,E), k (N,G,T,E), v (N,G,T,V), state (N,G,E,V); kept (N,G,T,E or 1): what remains of
    the state, rate (N,G,T,1): how much of what is new is written
    → y (N,G,R,T,V), the last state
    """
    steps, scale = k.shape[2], np.float32(factor)
    complain_of_steps(steps)
    y = np.empty((*q.shape[:4], v.shape[3]), np.float32)
    for t in range(steps):
        started = perf_counter()
        if kept is not None:
            state = state * kept[:, :, t, :, None]
        write = v[:, :, t]
        if rate is not None:
            known = contract.matmul(k[:, :, t, None, :], state)[:, :, 0]
            write = rate[:, :, t] * (write - known)
        state = state + k[:, :, t, :, None] * write[:, :, None, :]
        y[:, :, :, t] = scale * contract.matmul(q[:, :, :, t], state)
        if _steps.learn(1, perf_counter() - started):
            yield
    return y, state


@op("CausalConvWithState", since=27)
def causal_conv_with_state(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    past_state: np.ndarray | None = None,
    *,
    activation: str = "none",
) -> tuple[np.ndarray, np.ndarray]:
    """Mix each channel with its own last k positions, never with later ones.

    x (N,C,T), weight (C,1,K), bias (C), past_state (N,C,K-1) → (N,C,T), state (N,C,K-1)
    https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html
    """
    if activation not in ("none", "silu", "swish"):
        raise OperatorError(f'activation is "{activation}"; it can be none, silu or swish')
    if x.ndim != 3 or weight.ndim != 3:
        raise OperatorError(f"x must be (N,C,T), weight (C,1,K); {x.shape}, {weight.shape} came")
    n, channels, _ = x.shape
    carried = weight.shape[-1] - 1
    if weight.shape != (channels, 1, carried + 1) or carried < 0:
        raise OperatorError(
            f"weight must have shape {(channels, 1, max(1, carried + 1))}, {weight.shape} came"
        )
    if bias is not None and bias.shape != (channels,):
        raise OperatorError(f"bias must have shape {(channels,)}, {bias.shape} came")
    before = np.zeros((n, channels, carried), x.dtype) if past_state is None else past_state
    if before.shape != (n, channels, carried):
        raise OperatorError(
            f"past_state must have shape {(n, channels, carried)}, {before.shape} came"
        )
    whole = np.concatenate((before, x), axis=2)
    dtype = np.float64 if x.dtype == np.float64 else np.float32
    y = contract.conv(whole.astype(dtype), weight.astype(dtype), (1,), (1,), channels)
    if bias is not None:
        y = y + bias.astype(dtype)[:, None]
    if activation != "none":
        y = y / (1 + np.exp(-y))
    return y.astype(x.dtype, copy=False), whole[:, :, whole.shape[2] - carried :]
