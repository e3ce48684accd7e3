"""How much each label can say without running into its neighbours."""

from __future__ import annotations

import numpy as np

_APART = 3.0  # CSS pixels between neighbours
_TALL = (50.0, 33.0, 15.0)  # CSS pixels that each form needs under its block
_HEIGHT = 46.0  # CSS pixels; labels further apart in height do not meet


def label_forms(
    points: np.ndarray,
    widths: np.ndarray,
    line: np.ndarray,
    room: float,
    height: float = np.inf,
) -> np.ndarray:
    """Choose a form for each label: 0 is the fullest, -1 none at all.

    points (L,3): where labels hang, x and y in CSS pixels and the distance. widths (L,F): of each
    form, falling. line (L,): labels on one line of the layout say equally much, if they fit at all.
    room: the width of the window. height: what is free under each block, in CSS pixels.
    """
    forms = np.full(len(points), -1)
    first = int(np.searchsorted(-np.array(_TALL), -height))  # the fullest form that is low enough
    if first == len(_TALL):
        return forms
    for number in np.unique(line):
        members = np.flatnonzero((line == number) & (points[:, 2] > 0))
        members = members[(points[members, 0] > -80) & (points[members, 0] < room + 80)]
        order = members[np.argsort(points[members, 0], kind="stable")]
        for form in range(first, widths.shape[1]):
            free = _free(points[order], widths[order, form], room)
            if free.all() or form == widths.shape[1] - 1:
                forms[order[free]] = form
                break
    _clear_overlaps(points, widths, forms)
    return forms


def _clear_overlaps(points: np.ndarray, widths: np.ndarray, forms: np.ndarray) -> None:
    """Take away labels that lie on an earlier one of another line."""
    shown = np.flatnonzero(forms >= 0)
    half = widths[shown, forms[shown]] / 2
    x, top = points[shown, 0], points[shown, 1]
    tall = np.array(_TALL)[np.minimum(forms[shown], len(_TALL) - 1)]
    meets = np.abs(x[:, None] - x[None]) < half[:, None] + half[None]
    meets &= (top[:, None] < top[None] + tall[None]) & (top[None] < top[:, None] + tall[:, None])
    for place in np.flatnonzero(np.tril(meets, k=-1).any(axis=1)):
        if (meets[place, :place] & (forms[shown[:place]] >= 0)).any():
            forms[shown[place]] = -1


def _free(points: np.ndarray, widths: np.ndarray, room: float) -> np.ndarray:
    """Which labels of a line have room, from left to right, if the earlier ones keep theirs."""
    left, right = points[:, 0] - widths / 2, points[:, 0] + widths / 2
    free = np.ones(len(points), bool)
    placed: list[int] = []
    for label in range(len(points)):
        if right[label] > room or left[label] < 0:
            free[label] = widths[label] < 90 and 0 < points[label, 0] < room
        for other in reversed(placed):
            if left[label] >= right[other] + _APART:
                if points[label, 0] - points[other, 0] > 400:
                    break
                continue
            if abs(points[label, 1] - points[other, 1]) < _HEIGHT:
                free[label] = False
                break
        if free[label]:
            placed.append(label)
    return free
