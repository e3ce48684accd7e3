"""Which parts of the window must be drawn again where only lines lie on the picture anew.

A frame costs by the pixel where a processor draws. When the pointer goes from cell to cell, a mark
and some lines change and nothing else does: a few small rectangles around them are enough.
"""

from __future__ import annotations

import numpy as np

from tensorama.scene.camera.camera import Room

_STEP = 16.0  # CSS pixels between the places of a line that are looked at
_ASIDE = _STEP / 2 + 4  # around them: what lies between two, and how wide a line may be
_MOST = 256  # places of one line
_DEEP = 3  # halvings, so at most eight patches
_GAIN = 0.8  # halves are worth while that take less than this share of the whole


def patches(segments: np.ndarray, room: Room) -> np.ndarray:
    """Rectangles that hold what is in the window of these segments and the width of their lines,
    (R,4): left, top, right, bottom in CSS pixels. They may overlap.

    segments (S,2,3): both ends as `project` gives them. If one lies behind the eye, it is the whole
    window.
    """
    if not len(segments):
        return np.zeros((0, 4))
    window = np.array([room.width, room.height] * 2)
    if segments[..., 2].min() <= 0:
        return np.array([[0, 0, *window[2:]]])
    segments = segments[..., :2]
    start, way = segments[:, 0], segments[:, 1] - segments[:, 0]
    steps = np.ceil(np.abs(way).max(axis=1) / _STEP).clip(1, _MOST).astype(int)
    own = np.repeat(np.arange(len(segments)), steps + 1)
    number = np.arange(len(own)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
    places = start[own] + way[own] * (number / steps[own])[:, None]
    found = np.array(_halved(places, _DEEP)).clip(0, window)
    return found[(found[:, 2:] > found[:, :2]).all(axis=1)]


def _halved(places: np.ndarray, deep: int) -> list[np.ndarray]:
    """One rectangle around places (P,2), or those of its halves if they take much less."""
    whole = _around(places)
    if not deep:
        return [whole]
    along = int(whole[3] - whole[1] > whole[2] - whole[0])
    first = places[:, along] < (whole[along] + whole[along + 2]) / 2
    if first.all() or not first.any():
        return [whole]
    halves = _halved(places[first], deep - 1) + _halved(places[~first], deep - 1)
    return halves if area(np.array(halves)) < _GAIN * area(whole[None]) else [whole]


def _around(places: np.ndarray) -> np.ndarray:
    return np.concatenate([places.min(axis=0) - _ASIDE, places.max(axis=0) + _ASIDE])


def area(rectangles: np.ndarray) -> float:
    """The area of rectangles (R,4), what overlaps counted twice."""
    return float(np.prod(rectangles[:, 2:] - rectangles[:, :2], axis=1).sum())
