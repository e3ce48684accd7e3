"""The raw grid of a YOLOv2 as boxes: such files leave the last steps to whoever reads them."""

from __future__ import annotations

import numpy as np

from tensorama.engine import Trace

# of Tiny YOLOv2 for Pascal VOC, in cells of the grid: width, height
_ANCHORS = np.array([(1.08, 1.19), (3.42, 4.41), (6.63, 11.38), (9.42, 5.11), (16.62, 10.52)])
KINDS = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
)  # fmt: skip
_STRIDE = 32  # pixels of the input that a cell stands for


def grid_of(trace: Trace) -> str | None:
    """The output that by its shape is such a grid: 5 × (4 + 1 + 20) maps, each cell 32 pixels."""
    graph = trace.model.graph
    pictures = {
        np.shape(trace[one.name])[2:] for one in graph.inputs if np.ndim(trace[one.name]) == 4
    }
    for output in graph.outputs:
        value = trace.get(output.name)
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or value.ndim != 4:
            continue
        _, maps, rows, cols = value.shape
        if (
            maps == len(_ANCHORS) * (5 + len(KINDS))
            and (rows * _STRIDE, cols * _STRIDE) in pictures
        ):
            return output.name
    return None


def decoded(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A grid (125,S,S) → left, top, right, bottom in pixels (B,4) and scores (B,20).

    B counts anchor by anchor, row by row. https://arxiv.org/abs/1612.08242, section 2
    """
    _, rows, cols = grid.shape
    raw = grid.astype(np.float64).reshape(len(_ANCHORS), 5 + len(KINDS), rows, cols)
    x = (_sigmoid(raw[:, 0]) + np.arange(cols)) * _STRIDE
    y = (_sigmoid(raw[:, 1]) + np.arange(rows)[:, None]) * _STRIDE
    wide, high = np.exp(np.clip(raw[:, 2:4], -50, 50)).swapaxes(0, 1)
    wide = wide * _ANCHORS[:, 0, None, None] * _STRIDE / 2
    high = high * _ANCHORS[:, 1, None, None] * _STRIDE / 2
    powers = np.exp(raw[:, 5:] - raw[:, 5:].max(1, keepdims=True))
    scores = _sigmoid(raw[:, 4])[:, None] * powers / powers.sum(1, keepdims=True)
    edges = np.stack([x - wide, y - high, x + wide, y + high], -1)
    return edges.reshape(-1, 4), scores.transpose(0, 2, 3, 1).reshape(-1, len(KINDS))


def cell_of(number: int, kind: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The cell of the raw grid (1,125,S,S) that speaks for a box being of this kind."""
    anchor, row, col = np.unravel_index(number, (len(_ANCHORS), *shape[-2:]))
    return 0, int(anchor) * (5 + len(KINDS)) + 5 + kind, int(row), int(col)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -50, 50))))
