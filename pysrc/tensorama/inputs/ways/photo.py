"""A photo of a drawing, for a network that is drawn for: the ink is found on whatever ground it
has, and laid where the pad would lay it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.drawing import PEN, coloured, mass_centre
from tensorama.inputs.kinds import Drawing, input_kind
from tensorama.inputs.ways.picture import Picture
from tensorama.inputs.ways.preparing import Preparing, cut
from tensorama.inputs.ways.way import Gift
from tensorama.onnxfile import Model, ValueInfo

_LOOKED_AT = 224  # pixels of the longer edge in which ink is looked for
_FAINTEST = 0.08  # of all brightness: less contrast is no ink
_FAINT, _FULL = 0.3, 0.6  # of the strongest ink: what is none, and what is all
_SPECKS = 0.003  # of the ink, that may lie outside of what is looked at, at each side
_THIN = 0.7  # of a pen's width: thinner lines are made broader
_ROUNDS = 4  # in which the ground is found, each without what stood out in the one before


@dataclass(frozen=True, slots=True)
class Photo(Picture):
    """A photo of a drawing → ink on ground (N,1,H,W).

    A gift: "photo" and the picture's name.
    """

    kind: ClassVar[str] = "photo"
    drawing: Drawing | None = None

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """The input of a network that is drawn for."""
        drawing = input_kind(model)
        if drawing is None or value.shape is None:
            return None
        fit = "crop" if drawing.scene else "stretch"
        first = Preparing(fit)
        return cls(drawing.tensor, value.shape, channels=1, first=first, drawing=drawing)

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """None: the digits of the pad are samples."""
        yield from ()

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The drawing, the same for each of a batch."""
        assert self.drawing
        made = coloured(inked(self.pixels(gift, pictures), self.drawing), self.drawing)
        return np.broadcast_to(made, default.shape).astype(default.dtype)


def inked(pixels: np.ndarray, drawing: Drawing) -> np.ndarray:
    """How much ink each pixel of a drawing gets, 0…1 (H,W), from a photo, uint8 (h,w,3).

    Ink is what differs from a ground that may be unevenly lit, dark on bright or bright on dark.
    What is found is scaled into the box and centred by its mass, as strokes are; a scene stays
    where it is. Lines much thinner than the pen of the pad are made as broad as that.
    """
    high, wide = drawing.size
    if drawing.scene:
        part = max(high, wide) / _LOOKED_AT
        ink = _found(cut(pixels, round(high / part), round(wide / part), "crop").mean(axis=2))
        return _made(_broadened(ink, 2 * PEN * drawing.box / 20 / part), high, wide)
    part = min(1.0, _LOOKED_AT / max(pixels.shape[:2]))
    rows, columns = (max(1, round(size * part)) for size in pixels.shape[:2])
    ink = _found(cut(pixels, rows, columns, "stretch").mean(axis=2))
    if not ink.any():
        return np.zeros((high, wide))
    top, bottom = _reach(ink.sum(axis=1))
    left, right = _reach(ink.sum(axis=0))
    part = drawing.box / max(bottom - top, right - left)  # pixels of the drawing for one of these
    margin = math.ceil(2 * PEN / part)
    ink = np.pad(ink[top:bottom, left:right], margin)
    ink = _broadened(ink, 2 * PEN * drawing.box / 20 / part)
    small = _made(ink, *(max(1, round(size * part)) for size in ink.shape))
    return _centred(small, high, wide)


def _found(grey: np.ndarray) -> np.ndarray:
    """Ink, 0…1, on a ground whose brightness changes evenly from one side to the other."""
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]].reshape(2, -1)
    plane = np.stack([rows, columns, np.ones(grey.size)], axis=1)
    flat, ground = grey.ravel(), np.ones(grey.size, bool)
    left = flat
    for _ in range(_ROUNDS):
        slope, *_ = np.linalg.lstsq(plane[ground], flat[ground], rcond=None)
        left = flat - plane @ slope
        ground = np.abs(left) <= np.quantile(np.abs(left), 0.7)
    dark, bright = -np.quantile(left, 0.002), np.quantile(left, 0.998)
    most = max(dark, bright)
    if most < _FAINTEST:
        return np.zeros(grey.shape)
    strength = (left if bright > dark else -left) / most
    return np.clip((strength - _FAINT) / (_FULL - _FAINT), 0, 1).reshape(grey.shape)


def _reach(ink: np.ndarray) -> tuple[int, int]:
    """From where to where there is ink along an axis, but for specks."""
    along = np.cumsum(ink) / ink.sum()
    return int(np.searchsorted(along, _SPECKS)), int(np.searchsorted(along, 1 - _SPECKS)) + 1


def _broadened(ink: np.ndarray, pen: float) -> np.ndarray:
    """The same with lines that are about as broad as a pen, if they were much thinner."""
    edges = sum(float(np.abs(np.diff(ink, axis=axis)).sum()) for axis in (0, 1))
    width = 2 * float(ink.sum()) / (edges * math.pi / 4) if edges else pen
    for _ in range(round((pen - width) / 2) if width < _THIN * pen else 0):
        wide = np.pad(ink, 1)
        ink = np.max(
            [wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:], ink], axis=0
        )
    return ink


def _made(ink: np.ndarray, high: int, wide: int) -> np.ndarray:
    """Ink at this size."""
    pixels = np.round(255 * ink).astype(np.uint8)[:, :, None]
    return np.minimum(cut(np.repeat(pixels, 3, axis=2), high, wide, "stretch")[..., 0], 1)


def _centred(ink: np.ndarray, high: int, wide: int) -> np.ndarray:
    """Ink with its centre of mass in the middle of a drawing; what sticks out is lost."""
    x, y = mass_centre(ink)
    top, left = round(high / 2 - y), round(wide / 2 - x)
    made = np.zeros((high, wide))
    rows = slice(max(0, top), min(high, top + ink.shape[0]))
    columns = slice(max(0, left), min(wide, left + ink.shape[1]))
    made[rows, columns] = ink[rows.start - top : rows.stop - top,
                              columns.start - left : columns.stop - left]  # fmt: skip
    return made
