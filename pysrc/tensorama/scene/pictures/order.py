"""The cells of a map one after the other, as a line is read: row by row, of a vector downwards."""

from __future__ import annotations

import numpy as np

from tensorama.scene.pictures.picture import Picture


def number_of(picture: Picture, row: int, col: int) -> int:
    """Which of the cells of its map this one is, from 0 on."""
    return int(numbers_of(picture, np.asarray(row), np.asarray(col)))


def numbers_of(picture: Picture, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """Which of the cells of their map these are, from 0 on."""
    if picture.kind in ("vector", "scalar"):
        return cols * picture.rows + rows
    return rows * picture.cols + cols


def cell_of(picture: Picture, chart: int, number: int) -> tuple[int, ...] | None:
    """The tensor's own index of such a cell; None where a map has no such number."""
    if not 0 <= number < picture.cells:
        return None
    if picture.kind in ("vector", "scalar"):
        return picture.index(chart, number % picture.rows, number // picture.rows)
    return picture.index(chart, number // picture.cols, number % picture.cols)
