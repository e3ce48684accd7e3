"""From pen strokes to a picture as MNIST's were made: scaled into a box, centred by mass."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.inputs.kinds import Drawing

Strokes = Sequence[Sequence[tuple[float, float]]]  # polylines of (x, y), y down, in any unit

PEN = 1.3  # radius of the pen in pixels of a picture whose box is 20 pixels
_SMALLEST = 0.1  # a dot is not blown up: ink smaller than this part of the pad keeps its scale


def rasterize(strokes: Strokes, drawing: Drawing) -> np.ndarray:
    """Draw the strokes as the model wants to see them.

    → float32 (1,1,H,W). The ink's longer side becomes `drawing.box` pixels, pen width included, and
    its centre of mass comes to the middle. Without strokes the picture is empty ground. A scene
    stays where it is, its coordinates being parts of the pad.
    http://yann.lecun.com/exdb/mnist
    """
    height, width = drawing.size
    lines = [np.array(stroke, float).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not lines:
        return np.full((1, 1, height, width), drawing.ground, np.float32)
    if drawing.scene:
        placed = [line * (width, height) for line in lines]
        return coloured(_ink(placed, height, width, PEN * drawing.box / 20), drawing)
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    pen = PEN * drawing.box / 20
    extent = max(float((high - low).max()), _SMALLEST)
    scale = (drawing.box - 2 * pen) / extent
    middle = np.array([width, height]) / 2
    placed = [(line - (low + high) / 2) * scale + middle for line in lines]
    ink = _ink(placed, height, width, pen)
    placed = [line + middle - mass_centre(ink) for line in placed]
    ink = _ink(placed, height, width, pen)
    return coloured(ink, drawing)


def coloured(ink: np.ndarray, drawing: Drawing) -> np.ndarray:
    """Ink 0..1 as the model's values: (1,1,H,W)."""
    values = drawing.ground + (drawing.ink - drawing.ground) * ink
    return values.astype(np.float32)[None, None]


def _ink(lines: Sequence[np.ndarray], height: int, width: int, pen: float) -> np.ndarray:
    """How much each pixel is covered by a round pen that runs along the lines, 0..1."""
    rows, cols = np.mgrid[0:height, 0:width] + 0.5
    nearest = np.full((height, width), math.inf)
    for line in lines:
        starts = line[:-1] if len(line) > 1 else line
        ends = line[1:] if len(line) > 1 else line
        for (x0, y0), (x1, y1) in zip(starts, ends, strict=True):
            dx, dy = x1 - x0, y1 - y0
            length = dx * dx + dy * dy
            part = ((cols - x0) * dx + (rows - y0) * dy) / length if length > 0 else 0.0
            part = np.clip(part, 0, 1)
            apart = (cols - x0 - part * dx) ** 2 + (rows - y0 - part * dy) ** 2
            np.minimum(nearest, apart, out=nearest)
    return np.clip(pen - np.sqrt(nearest) + 0.5, 0, 1)


def mass_centre(ink: np.ndarray) -> np.ndarray:
    """The middle of the ink, (x, y) in pixels; that of the picture where there is none."""
    total = ink.sum()
    if total <= 0:
        return np.array([ink.shape[1], ink.shape[0]]) / 2
    rows, cols = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]] + 0.5
    return np.array([(cols * ink).sum(), (rows * ink).sum()]) / total
