"""The colours of cells as the live picture has them: of values, and what lies over these.

The same arithmetic as in the shader (`view.shaders`), in the same order: the run, heat, depth in a
stack, and what recedes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Block
from tensorama.scene.pictures.colour import STEPS, Theme, hues, ramp, rgb
from tensorama.scene.pictures.order import numbers_of
from tensorama.scene.pictures.picture import BEYOND, EMPTY, NAN
from tensorama.scene.pictures.picture import LARGEST as REAL
from tensorama.scene.pictures.summary import summary

_SILENT = 0.35  # how far what is not computed lies between zero and the ground
_DEEP = 0.42  # how much dimmer the last map of a stack is than the first
_FLARE, _GREY = 0.35, 0.3
_READ = 14.0, 34.0  # pixels of a cell between which heat gives way to values
_LUMA = np.array([0.3, 0.59, 0.11])

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Look:
    """What lies over the colours of a block's values, each 0..1.

    lit: how far it is computed; flare: of what has just been; heat: below 0 for none; away: how far
    it recedes to the ground; deep: how far back in its stack.
    """

    lit: float = 1.0
    flare: float = 0.0
    heat: float = -1.0
    away: float = 0.0
    deep: float = 0.0

    def over(self, colours: Array, pixels: float, theme: Theme) -> Array:
        """Colours 0..1 (…,3) with all of it; pixels: how large a cell is."""
        ground = rgb(theme.ground)
        seen = silent(theme) * (1 - self.lit) + colours * self.lit
        seen = seen + (seen - ground) * self.flare * _FLARE
        if self.heat >= 0:
            cold, hot = map(rgb, theme.heat)
            hue = cold + (hot - cold) * self.heat
            grey = (seen @ _LUMA)[..., None]
            warm = self.lit * (1 - smooth(*_READ, pixels))
            seen = seen + ((1 - _GREY) * hue + _GREY * grey - seen) * warm
        seen = seen + (ground - seen) * (_DEEP * self.deep)
        seen = seen + (ground - seen) * self.away
        return np.clip(seen, 0, 1)


def silent(theme: Theme) -> Array:
    """The colour of what is not computed yet."""
    return mixed(theme.zero, theme.ground, _SILENT)


def mixed(one: str, other: str, part: float) -> Array:
    """A colour that lies so far from one to the other."""
    return rgb(one) * (1 - part) + rgb(other) * part


def smooth(low: float, high: float, x: float) -> float:
    """0 below, 1 above, and no corner between."""
    part = max(0.0, min(1.0, (x - low) / (high - low)))
    return part * part * (3 - 2 * part)


def written(colour: Array) -> str:
    """A colour 0..1 (3,) as "#rrggbb"."""
    r, g, b = np.rint(colour * 255).astype(int).tolist()
    return f"#{r:02x}{g:02x}{b:02x}"


def colours_of(
    block: Block, chart: int, values: Array, scale: float, theme: Theme, lens: bool = False
) -> Array:
    """The colours of a map's cells, uint8 (rows, cols, 4); of chart -1 those of the summary. lens:
    the numbers are something else than the values, so that three channels are no picture."""
    if block.image and chart < 0 and not lens:
        return _photo(values)
    maps = summary(values) if chart < 0 else values[chart]
    names = block.picture.reading.sort in ("label", "text")
    part = np.where(np.abs(maps) <= REAL, maps / (scale or 1), np.sign(maps))
    part = np.clip(part * 2 - 1 if names else part, -1, 1)
    image = np.full((*maps.shape, 4), 255, np.uint8)
    image[..., :3] = (hues(theme) if names else ramp(theme))[
        np.rint((part + 1) * STEPS).astype(int)
    ]
    image[np.abs(maps) == NAN, :3] = np.rint(rgb(theme.odd) * 255)
    image[(maps >= EMPTY) | (maps <= -BEYOND), 3] = 0  # as masked scores have it, nothing
    return image


def darkened(image: Array, block: Block, first: int, last: int, theme: Theme) -> Array:
    """The colours of a map with the cells first … last of it as if they were not computed."""
    rows, cols = np.indices(image.shape[:2])
    number = numbers_of(block.picture, np.asarray(rows), np.asarray(cols))
    dark = image.copy()
    dark[(number >= first) & (number <= last), :3] = np.rint(silent(theme) * 255)
    return dark


def _photo(values: Array) -> Array:
    """Three channels as one picture, as light as the live one."""
    most = float(np.abs(values).max(initial=0)) or 1.0
    part = values / most / 2 + 0.5 if values.min(initial=0) < 0 else values / most
    image = np.full((*values.shape[1:], 4), 255, np.uint8)
    image[..., :3] = np.rint(np.clip(part, 0, 1) * 255).transpose(1, 2, 0)
    return image
