"""What of the input a number can see, drawn on the input itself."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tensorama.app.inspect.wording import escape
from tensorama.engine import Trace
from tensorama.explain import Region, regions
from tensorama.phrases import phrase
from tensorama.scene.build import Block
from tensorama.scene.pictures.colour import STEPS, Theme, ramp, rgb
from tensorama.scene.pictures.picture import EMPTY, LARGEST, Picture
from tensorama.scene.pictures.summary import summary

_EDGE = 132  # CSS pixels of the longer side
_AWAY = 0.72  # how far what is not seen recedes


def seen(trace: Trace, tensor: str, index: tuple[int, ...]) -> tuple[str, Region] | None:
    """The largest input that a number can see anything of, and what of it; None if it sees none."""
    inputs = {name: np.asarray(array) for name, array in trace.feeds.items()}
    found: Mapping[str, Region] = regions(trace, tensor, index, inputs)
    if not found:
        return None
    name = max(found, key=lambda name: inputs[name].size)
    return name, found[name]


def told(name: str, shape: tuple[int, ...], region: Region) -> str:
    """What is seen, in words."""
    sizes = [last - first for first, last in region]
    if tuple(sizes) == shape:
        return phrase("It can see all of {name}.", name=name)
    axes = [n for n, size in enumerate(shape) if size > 1]
    part = " × ".join(str(sizes[n]) for n in axes)
    whole = " × ".join(str(shape[n]) for n in axes)
    return phrase(
        "It can see {part} of the {whole} cells of {name}.", part=part, whole=whole, name=name
    )


def markup(name: str, shape: tuple[int, ...], region: Region) -> str:
    """The part of the inspector for it; its canvas is painted after."""
    return (
        f"<h3>{escape(phrase('What it can see of the input'))}</h3>"
        '<div class="tr-in-row tr-in-window">'
        '<canvas class="tr-in-input" role="img" '
        f'aria-label="{escape(phrase("The input"))}"></canvas>'
        f"<p>{escape(told(name, shape, region))}</p></div>"
    )


def painted(
    block: Block | None, picture: Picture, array: np.ndarray, region: Region, theme: Theme
) -> tuple[np.ndarray, float]:
    """The input, what is not seen receding → uint8 (height, width, 4), CSS pixels of one."""
    values = picture.values(array)
    if block is not None and block.image:
        image = in_colours(values)
    else:
        image = on_ramp(summary(values) if len(values) > 1 else values[0], theme)
    low = picture.place(tuple(first for first, _ in region))
    high = picture.place(tuple(max(first, last - 1) for first, last in region))
    inside = np.zeros(image.shape[:2], bool)
    if picture.kind == "vector" and low[2] != high[2]:
        inside[:, low[2] : high[2] + 1] = True
    else:
        inside[low[1] : high[1] + 1, low[2] : high[2] + 1] = True
    if image.shape[1] == 1:  # a row reads better than a column
        image, inside = image.swapaxes(0, 1), inside.T
    side = max(1, math.floor(2 * _EDGE / max(image.shape[:2]))) if max(image.shape) < _EDGE else 1
    mixed = image.astype(float)
    mixed[~inside, :3] += _AWAY * (rgb(theme.ground) * 255 - mixed[~inside, :3])
    image = mixed.astype(np.uint8).repeat(side, axis=0).repeat(side, axis=1)
    if not inside.all():
        _frame(image, inside, side, theme)
    return image, min(2.0, _EDGE / max(image.shape[:2]))


def _frame(image: np.ndarray, inside: np.ndarray, side: int, theme: Theme) -> None:
    rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, bottom = rows[0] * side, (rows[-1] + 1) * side
    left, right = cols[0] * side, (cols[-1] + 1) * side
    ink, thick = np.round(rgb(theme.ink) * 255), 2 if side > 1 else 1
    image[top : top + thick, left:right, :3] = ink
    image[bottom - thick : bottom, left:right, :3] = ink
    image[top:bottom, left : left + thick, :3] = ink
    image[top:bottom, right - thick : right, :3] = ink


def in_colours(values: np.ndarray) -> np.ndarray:
    """Three channels as red, green and blue, as the scene shows them."""
    numbers = np.where(np.abs(values) < LARGEST, values, 0)
    most = float(np.abs(numbers).max()) or 1.0
    part = numbers / most
    if numbers.min() < 0:
        part = part * 0.5 + 0.5
    image = np.full((*values.shape[1:], 4), 255, np.uint8)
    image[..., :3] = np.round(np.clip(part, 0, 1).transpose(1, 2, 0) * 255)
    return image


def on_ramp(values: np.ndarray, theme: Theme) -> np.ndarray:
    numbers = np.where(np.abs(values) < LARGEST, values, 0)
    part = numbers / (float(np.abs(numbers).max()) or 1.0)
    image = np.full((*values.shape, 4), 255, np.uint8)
    image[..., :3] = ramp(theme)[np.round(part * STEPS).astype(int) + STEPS]
    image[..., 3] = np.where(values >= EMPTY, 0, 255)
    return image
