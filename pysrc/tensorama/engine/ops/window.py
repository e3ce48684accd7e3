"""Where a kernel may stand: padding, strides and the sizes that follow. For Conv and pools."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tensorama.engine.contract import padded
from tensorama.errors import OperatorError

__all__ = ["Window", "cells", "padded", "per_axis", "reach_of", "stretched", "window"]

Array = np.ndarray
_MOST = 1 << 36  # cells that a kernel may meet at all its places together, in a channel


@dataclass(frozen=True, slots=True)
class Window:
    """A kernel's sizes, steps and spacing, and the border it needs, per spatial axis.

    `pads` has (before, after) per axis; `sizes` is how many places it has along each axis.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]


def window(
    spatial: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    pads: Sequence[int] | None,
    auto_pad: str,
    ceil_mode: int = 0,
) -> Window:
    """Work out where the kernel stands. OperatorError if it does not fit into the input."""
    given = (strides and tuple(strides), dilations and tuple(dilations), pads and tuple(pads))
    return _window(tuple(spatial), tuple(kernel), *given, auto_pad, ceil_mode)


@lru_cache(maxsize=1024)
def _window(
    spatial: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int] | None,
    dilations: Sequence[int] | None,
    pads: Sequence[int] | None,
    auto_pad: str,
    ceil_mode: int,
) -> Window:
    rank = len(spatial)
    if len(kernel) != rank:
        raise OperatorError(f"a kernel of {len(kernel)} axes does not fit {rank} spatial axes")
    if min(kernel, default=1) < 1:
        raise OperatorError(f"a kernel of {' × '.join(map(str, kernel))} cells sees nothing")
    steps = per_axis("strides", strides, rank)
    gaps = per_axis("dilations", dilations, rank)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, gaps, strict=True)]
    border = _border(spatial, reach, steps, pads, auto_pad)
    sizes = []
    for size, need, step, (before, after) in zip(spatial, reach, steps, border, strict=True):
        room = size + before + after - need
        if room < 0 and not ceil_mode:
            raise OperatorError(
                f"the kernel reaches over {need} cells, only {size + before + after} are there"
            )
        count = -(-room // step) + 1 if ceil_mode and auto_pad == "NOTSET" else room // step + 1
        if ceil_mode and (count - 1) * step >= size + before:
            count -= 1  # a window may not begin in the border behind the input
        sizes.append(max(count, 0))
    if math.prod(kernel) * math.prod(sizes) > _MOST:
        raise OperatorError(
            f"kernels of {math.prod(kernel):,} cells at {math.prod(sizes):,} places are more "
            "than can be computed"
        )
    return Window(tuple(kernel), steps, gaps, border, tuple(sizes))


def per_axis(name: str, values: Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Strides or dilations: one for each spatial axis, 1 if none are given."""
    if not values:
        return (1,) * rank
    if len(values) != rank:
        raise OperatorError(f"{name} has {len(values)} values, {rank} were expected")
    if min(values) < 1:
        raise OperatorError(f"{name} must be positive, {list(values)} came")
    return tuple(int(value) for value in values)


def _border(
    spatial: Sequence[int],
    reach: Sequence[int],
    steps: Sequence[int],
    pads: Sequence[int] | None,
    auto_pad: str,
) -> tuple[tuple[int, int], ...]:
    rank = len(spatial)
    if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        border = []
        for size, need, step in zip(spatial, reach, steps, strict=True):
            total = max(0, (-(-size // step) - 1) * step + need - size)
            small = total // 2
            border.append((small, total - small))
        return tuple(border if auto_pad == "SAME_UPPER" else [(a, b) for b, a in border])
    if auto_pad == "VALID" or not pads:
        return ((0, 0),) * rank
    if auto_pad not in ("NOTSET", ""):
        raise OperatorError(
            f'auto_pad "{auto_pad}" is not one of NOTSET, SAME_UPPER, SAME_LOWER, VALID'
        )
    if len(pads) != 2 * rank:
        raise OperatorError(f"pads has {len(pads)} values, {2 * rank} were expected")
    return tuple((int(a), int(b)) for a, b in zip(pads[:rank], pads[rank:], strict=True))


def cells(x: Array, place: Window) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For each cell of the kernel the values of x (padded) that it meets: (cell, (N,C,*D'))."""
    for cell in np.ndindex(*place.kernel):
        where = (
            slice(k * d, k * d + s * (size - 1) + 1, s)
            for k, d, s, size in zip(cell, place.dilations, place.strides, place.sizes, strict=True)
        )
        yield cell, x[(slice(None), slice(None), *where)]


def reach_of(place: Window) -> tuple[int, ...]:
    """How many cells of the padded input the windows span in all, per axis."""
    return tuple(
        (k - 1) * d + s * (size - 1) + 1
        for k, d, s, size in zip(
            place.kernel, place.dilations, place.strides, place.sizes, strict=True
        )
    )


def stretched(spatial: Sequence[int], place: Window) -> tuple[tuple[int, int], ...]:
    """The border that lets every window stand inside: with `ceil_mode` it may exceed the pads."""
    return tuple(
        (before, max(after, need - size - before))
        for size, need, (before, after) in zip(spatial, reach_of(place), place.pads, strict=True)
    )
