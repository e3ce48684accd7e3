"""Colour means value: the two ramps, from zero up (warm) and from zero down (cool).

The corner colours are the product's palette; between them the ramp runs straight in OKLab, so that
equal steps of value look like equal steps of colour. https://bottosson.github.io/posts/oklab/
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

STEPS = 256  # per side of the ramp
_NAME_ON_DARK, _NAME_ON_LIGHT, _NAME_CHROMA = 0.78, 0.72, 0.11  # in OKLab


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one appearance, as "#rrggbb"."""

    ground: str
    ink: str
    quiet: str
    hairline: str
    zero: str
    up: tuple[str, str, str]
    down: tuple[str, str, str]
    odd: str  # NaN
    heat: tuple[str, str]  # the least and the most of time, memory, …

    @property
    def way(self) -> np.ndarray:
        """Of a line from layer to layer, sRGB 0..1 (3,)."""
        middle: np.ndarray = (rgb(self.hairline) + rgb(self.quiet)) / 2
        return middle

    @property
    def threads(self) -> tuple[str, str, str]:
        """Of a thread from what adds, from what takes away, and from what only competed."""
        return self.up[1], self.down[1], self.quiet


DARK = Theme(
    "#0e1116", "#d9dee7", "#848e9d", "#232a35", "#181d24",
    ("#9e4d1f", "#ffb04d", "#fff5db"), ("#1a4f80", "#4da6eb", "#dbf5ff"), "#c13bd6",
    ("#1d4a45", "#a6ffdf"),
)  # fmt: skip
LIGHT = Theme(
    "#f6f4ef", "#20242b", "#6b6f76", "#d5d1c7", "#ece9e3",
    ("#edb373", "#c2541a", "#5c1a08"), ("#94c2db", "#216ba6", "#082652"), "#a3159c",
    ("#b9d9cc", "#044a3c"),
)  # fmt: skip
THEMES = {"dark": DARK, "light": LIGHT}


def rgb(colour: str) -> np.ndarray:
    """A "#rrggbb" as three numbers 0..1 (sRGB)."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


@cache
def ramp(theme: Theme) -> np.ndarray:
    """The whole scale from the most negative to the most positive value.

    → uint8 (2·STEPS+1, 3); the middle entry is zero.
    """
    up = _through([theme.zero, *theme.up])
    down = _through([theme.zero, *theme.down])
    return np.concatenate([down[:0:-1], up])


@cache
def hues(theme: Theme) -> np.ndarray:
    """A circle of hues for names, all equally light, so that none looks like more than another.

    → uint8 (2·STEPS+1, 3)
    """
    light = _NAME_ON_LIGHT if rgb(theme.ground).mean() > 0.5 else _NAME_ON_DARK
    turn = np.linspace(0, 2 * np.pi, 2 * STEPS + 1)
    a, b = _NAME_CHROMA * np.cos(turn), _NAME_CHROMA * np.sin(turn)
    lab = np.column_stack([np.full_like(turn, light), a, b])
    return np.round(_from_oklab(lab) * 255).astype(np.uint8)


def palette(theme: Theme) -> np.ndarray:
    """All colours of cells: the scale of values, and below it the hues of names.

    → uint8 (2, 2·STEPS+1, 3)
    """
    return np.stack([ramp(theme), hues(theme)])


def colour_of(value: float, scale: float, theme: Theme) -> str:
    """The "#rrggbb" that a value is drawn in, when ±scale are the ends of the ramp.

    Minus infinity, as masked scores have it, is no strong value: nothing comes from it.
    """
    if np.isnan(value):
        return theme.odd
    if value == -np.inf:
        return theme.ground
    part = 0.0 if scale <= 0 else max(-1.0, min(1.0, value / scale))
    r, g, b = ramp(theme)[round((part + 1) * STEPS)]
    return f"#{r:02x}{g:02x}{b:02x}"


def _through(colours: list[str]) -> np.ndarray:
    corners = np.array([_to_oklab(rgb(colour)) for colour in colours])
    at = np.linspace(0, len(colours) - 1, STEPS + 1)
    mixed = np.stack([np.interp(at, range(len(colours)), corners[:, k]) for k in range(3)], axis=1)
    return np.round(_from_oklab(mixed) * 255).astype(np.uint8)


_TO_LMS = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_TO_LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


def _to_oklab(srgb: np.ndarray) -> np.ndarray:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def _from_oklab(lab: np.ndarray) -> np.ndarray:
    linear = (lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
