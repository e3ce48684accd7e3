"""A map of what a number depends on, laid over the input that it is of. No page.

The input is a picture in greys below; where a cell speaks for the number it takes the warm colour,
where it speaks against it the cool one, the stronger the more.
"""

from __future__ import annotations

import numpy as np

from tensorama.explain.gradients import Attribution
from tensorama.scene.pictures.colour import Theme, rgb
from tensorama.scene.pictures.picture import LARGEST, Picture
from tensorama.scene.pictures.summary import summary

_GREY = 0.55  # how far the input may stand out from the ground
_CURVE = 0.6  # what is weak is still seen

Array = np.ndarray


def flat_map(made: Attribution, name: str, picture: Picture) -> Array:
    """One number for each place of a tensor → (rows, cols): of shares the sum over its maps, of
    how sensitive it is the strongest."""
    values = picture.values(made.maps[name])
    return values.sum(axis=0) if made.shares and len(values) > 1 else summary(values)


def stretched(spoken: Array, shape: tuple[int, ...]) -> Array:
    """A map of few places (N,1,h,w) over a tensor of more (N,C,H,W), each cell from the place that
    it lies in."""
    index = [
        np.arange(size) * few // size if few > 1 else np.zeros(size, int)
        for size, few in zip(shape, spoken.shape, strict=True)
    ]
    return np.ascontiguousarray(spoken[np.ix_(*index)])


def over(picture: Picture, value: Array, spoken: Array, scale: float, theme: Theme) -> Array:
    """The map (rows, cols) over the input that it is of → an image, uint8 (rows, cols, 4)."""
    below = picture.values(value).mean(axis=0)
    there = np.abs(below) <= LARGEST
    shown = np.where(there, below, 0)
    low, high = float(shown.min(initial=0)), float(shown.max(initial=0))
    grey = (shown - low) / ((high - low) or 1.0) * _GREY
    ground, ink = rgb(theme.zero), rgb(theme.quiet)
    base = ground + (ink - ground) * grey[..., None]
    part = np.clip(np.where(there, spoken, 0) / (scale or 1.0), -1, 1)
    strength = (np.abs(part) ** _CURVE)[..., None]
    ends = np.where(part[..., None] < 0, rgb(theme.down[1]), rgb(theme.up[1]))
    image = np.empty((*spoken.shape, 4), np.uint8)
    image[..., :3] = np.round((base + (ends - base) * strength) * 255)
    image[..., 3] = np.where(there, 255, 0)
    return image


def row_of(value: Array, spoken: Array) -> tuple[Picture, Array, Array]:
    """Words as they were looked up (1,T,D), in one row, with one number for each."""
    count = value.shape[1]
    picture = Picture("", (1, count), "sheet", 1, 1, count, count)
    return picture, np.abs(value[:1]).sum(axis=-1), spoken[:1].sum(axis=-1)


def scale_of(*maps: Array) -> float:
    """The largest magnitude in some maps."""
    return max((float(np.abs(m[np.abs(m) <= LARGEST]).max(initial=0)) for m in maps), default=0.0)
