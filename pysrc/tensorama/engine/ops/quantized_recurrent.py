"""An LSTM as onnxruntime's quantizer leaves it: its products are of 8-bit numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.quantization import dequantize_linear, dynamic_quantize_linear
from tensorama.engine.ops.recurrence import Record
from tensorama.engine.ops.recurrent import lstm_slices
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("DynamicQuantizeLSTM", since=1, domain="com.microsoft", needs=("record",))
@contract.sliced
def dynamic_quantize_lstm(
    x: Array,
    w: Array,
    r: Array,
    b: Array | None,
    sequence_lens: Array | None,
    initial_h: Array | None,
    initial_c: Array | None,
    p: Array | None,
    w_scale: Array,
    w_zero_point: Array,
    r_scale: Array,
    r_zero_point: Array,
    *,
    activation_alpha: Sequence[float] = (),
    activation_beta: Sequence[float] = (),
    activations: Sequence[str] = (),
    clip: float | None = None,
    direction: str = "forward",
    hidden_size: int | None = None,
    input_forget: int = 0,
    record: Record,
) -> contract.Slices[tuple[Array, ...]]:
    """Read a sequence with an LSTM whose weights, and what meets them, are rounded to 8 bits.

    x (T,N,I), w (D,I,4H), r (D,H,4H) stored as integers, the rest as in LSTM
    → y (T,D,N,H), y_h (D,N,H), y_c (D,N,H)
    Scales and zero points are one for each direction (D), or for each column of it (D,4H). The
    whole of x, and each state h before it meets r, is rounded to 256 steps between its smallest
    and its largest value.
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    w, r = _real("W", w, w_scale, w_zero_point), _real("R", r, r_scale, r_zero_point)
    return (
        yield from lstm_slices(
            _read(x, sequence_lens), w, r, b, sequence_lens, initial_h, initial_c, p,
            activation_alpha=activation_alpha, activation_beta=activation_beta,
            activations=activations, clip=clip, direction=direction, hidden_size=hidden_size,
            input_forget=input_forget, record=record, seen=_in_steps,
        )
    )  # fmt: skip


def _real(name: str, stored: Array, scale: Array, zero_point: Array) -> Array:
    """Stored weights (D,K,4H) as real ones in the order of LSTM: (D,4H,K)"""
    if stored.ndim != 3:
        raise OperatorError(f"{name} must have 3 dimensions, {stored.ndim} came")
    shapes = {stored.shape[:1], (stored.shape[0], stored.shape[2])}
    for what, values in (("scale", scale), ("zero point", zero_point)):
        if values.shape not in shapes:
            raise OperatorError(
                f"{name}'s {what} must have one value for each direction or for each of its "
                f"columns, shape {values.shape} came for {stored.shape}"
            )
    shift, unit = (
        values.reshape(len(stored), 1, -1).astype(np.float32) for values in (zero_point, scale)
    )
    return ((stored.astype(np.float32) - shift) * unit).swapaxes(1, 2)


def _read(x: Array, sequence_lens: Array | None) -> Array:
    """The sequences in 256 steps, as far as one of them counts."""
    longest = len(x) if sequence_lens is None else int(sequence_lens.max(initial=0))
    read = np.zeros_like(x)
    read[:longest] = _in_steps(x[:longest])
    return read


def _in_steps(x: Array) -> Array:
    """Values rounded to the 256 that DynamicQuantizeLinear can store."""
    return dequantize_linear(*dynamic_quantize_linear(x))
