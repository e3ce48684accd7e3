"""Picking rows out of a table that is stored in few bits, as small language models keep words."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.few_bits import unpacked
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import narrow_type, unmarked

Array = np.ndarray


@op("GatherBlockQuantized", since=1, domain="com.microsoft", own_types=True)
def gather_block_quantized(
    data: Array,
    indices: Array,
    scales: Array,
    zero_points: Array | None = None,
    *,
    bits: int = 4,
    block_size: int = 128,
    gather_axis: int = 0,
    quantize_axis: int = 1,
) -> Array:
    """Pick slices along an axis and read them as real numbers: (stored - zero point) · scale.

    data (…), scales and zero_points one for each block_size values along quantize_axis
    → Gather's shape, in the type of scales. uint8 data hold several values of few bits along their
    last axis, the lowest bits first. What lies outside of the axis gives zeros.
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    packed = data.dtype == np.uint8 and not narrow_type(data)
    if packed and bits not in (2, 4, 8):
        raise OperatorError(f"values of {bits} bits are not known here")
    default = 1 << (bits - 1) if packed else 0
    axis, along = axis_of(gather_axis, data.ndim), axis_of(quantize_axis, data.ndim)
    size = data.shape[axis]
    _complain_unless_fitting(
        data, scales, zero_points, 8 // bits if packed else 1, along, block_size
    )
    if not size and indices.size:
        raise OperatorError("there is nothing to pick from in a table without rows")
    inside = (indices >= -size) & (indices < size)
    places = np.where(inside, indices, 0)

    def picked(table: Array) -> Array:
        """The slices of a table whose gathered axis may be 1 for all, taken apart if need be."""
        plain = unmarked(table)
        several = packed and table is not scales and bits < 8
        if several and axis == plain.ndim - 1:  # what is picked lies within the bytes
            plain, several = unpacked(plain, bits), False
        if plain.shape[axis] == 1 != size:
            plain = np.take(plain, np.zeros_like(places), axis=axis)
        else:
            plain = np.take(plain, places, axis=axis)
        return unpacked(plain, bits) if several else plain

    stored = picked(data).astype(np.float32)
    if along > axis:
        along += indices.ndim - 1
    elif along == axis:
        raise OperatorError("the axis to pick along cannot be the one that is cut into blocks")
    block = np.arange(stored.shape[along]) // (block_size or max(1, stored.shape[along]))
    zero: Array = np.array(default, np.float32)
    if zero_points is not None:
        zero = np.take(picked(zero_points), block, axis=along).astype(np.float32)
    y = (stored - zero) * np.take(picked(scales), block, axis=along).astype(np.float32)
    seen = inside.reshape(*[1] * axis, *indices.shape, *[1] * (y.ndim - axis - indices.ndim))
    return np.where(seen, y, 0).astype(scales.dtype)


def _complain_unless_fitting(
    data: Array, scales: Array, zero_points: Array | None, each: int, along: int, block: int
) -> None:
    """data holds `each` values in every cell of its last axis; along an axis they are in blocks."""
    wanted = [*data.shape[:-1], data.shape[-1] * each]
    wanted[along] = -(-wanted[along] // (block or max(1, wanted[along])))
    sizes = zip(scales.shape, wanted, strict=False)
    if scales.ndim != data.ndim or any(came not in (1, size) for came, size in sizes):
        raise OperatorError(f"scales must be {tuple(wanted)}, {scales.shape} came")
    if zero_points is not None:
        wanted[-1] = -(-wanted[-1] // each)
        if zero_points.shape != tuple(wanted):
            raise OperatorError(f"zero_points must be {tuple(wanted)}, {zero_points.shape} came")
