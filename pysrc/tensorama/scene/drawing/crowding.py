"""How much each label can say without running into its neighbours."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tensorama.scene.camera.camera import Room

_MOST = 0.7  # of the labels of a line say equally much
_APART = 3.0  # CSS pixels between neighbours
_TALL = (50.0, 33.0, 15.0)  # CSS pixels that each form needs under its block
LOWEST = _TALL[-1]
_HANG = 7.0  # CSS pixels from a block to its label
_INTO = 4.0  # CSS pixels that a label may reach into a block
_ASLANT = 0.12  # part of its width that a box is higher than its block, seen aslant
_HEIGHT = 46.0  # CSS pixels; labels further apart in height do not meet
_BESIDE = 80.0  # CSS pixels beside the window in which a label may hang
_EDGE = 4.0  # CSS pixels between a label and what covers the sides of the picture


def candidates(points: np.ndarray, room: Room) -> np.ndarray:
    """Which labels could be seen at all, (L,): before the eye, near the window, and not under what
    stands above and below the picture.

    points (L,3): where labels hang, x and y in CSS pixels and the distance.
    """
    x, y, distance = points.T
    seen = (distance > 0) & (x > -_BESIDE) & (x < room.width + _BESIDE)
    low = room.height - max(0, room.bottom - LOWEST)
    return np.asarray(seen & (y + _HANG > room.top - _INTO) & (y < low))


def inwards(x: np.ndarray, widths: np.ndarray, room: Room) -> np.ndarray:
    """Where labels hang, (L,) in CSS pixels, moved until none is cut off at the sides while the
    place that it hangs from is seen; a label whose place leaves the window leaves after it.

    widths (L,): how wide each is drawn.
    """
    half = widths / 2 + _EDGE
    low, high = room.left - x + half, x + half - (room.width - room.right)
    return np.asarray(x + np.clip(low, 0, half) - np.clip(high, 0, half))


def label_forms(
    points: np.ndarray,
    widths: np.ndarray,
    line: np.ndarray,
    room: float,
    height: float = np.inf,
    kept: Collection[int] = (),
) -> np.ndarray:
    """Choose a form for each label: 0 is the fullest, -1 none at all.

    points (L,3): where labels hang, x and y in CSS pixels and the distance. widths (L,F): of each
    form, falling. line (L,): most labels on one line of the layout say equally much, and those that
    do not fit less.
    room: the width of the window. height: what is free under each block, in CSS pixels. `kept` come
    before all others: where they are before the eye they are shown, however crowded it is.
    """
    forms = np.full(len(points), -1)
    first = int(np.searchsorted(-np.array(_TALL), -height))  # the fullest form that is low enough
    shortest = widths.shape[1] - 1
    before = points[:, 2] > 0
    keep = [label for label in kept if before[label]]
    forms[keep] = shortest
    is_kept = np.zeros(len(points), bool)
    is_kept[keep] = True
    if first == len(_TALL):
        return forms
    inside = before & (points[:, 0] > -_BESIDE) & (points[:, 0] < room + _BESIDE)
    members = np.flatnonzero(inside)
    order = members[np.lexsort((points[members, 0], line[members]))]
    starts = np.flatnonzero(np.diff(line[order], prepend=-2))
    for own in np.split(order, starts[1:]) if len(order) else ():
        places, free = points[own].tolist(), is_kept[own].copy()
        x = points[own, 0]  # what hangs outside is no reason for others to say less
        outside = (x < 0) | (x > room)
        for form in range(first, shortest + 1):
            wide = np.where(free, widths[own, forms[own]], widths[own, form])
            fits = np.array(_free(places, wide.tolist(), free.tolist(), room))
            enough = fits[~outside].sum() >= _MOST * (~outside).sum()
            if enough or form == shortest:
                forms[own[fits & ~free]] = form
                free |= fits  # the others of the line say less, if that helps
                if (free | outside).all():
                    break
        for place in np.flatnonzero(~free & ~outside):
            _make_room(int(place), own, x, widths, forms, is_kept)
    _clear_overlaps(points, widths, forms, is_kept)
    return forms


def _make_room(
    place: int,
    own: np.ndarray,
    x: np.ndarray,
    widths: np.ndarray,
    forms: np.ndarray,
    is_kept: np.ndarray,
) -> None:
    """Let the neighbours of a label without room say no more than their names, if that gives it
    room for its own. `place`: which label of the line, whose labels are `own`, from left to right.
    """
    beside = [other for other in (place - 1, place + 1) if 0 <= other < len(own)]
    near = own[[other for other in beside if forms[own[other]] >= 0 and not is_kept[own[other]]]]
    half = widths[own, -1] / 2
    clear = all(abs(x[other] - x[place]) >= half[other] + half[place] + _APART for other in beside)
    if clear and len(near):
        forms[near] = forms[own[place]] = widths.shape[1] - 1


def beside_blocks(
    points: np.ndarray,
    widths: np.ndarray,
    forms: np.ndarray,
    own: np.ndarray,
    boxes: np.ndarray,
) -> np.ndarray:
    """Shorten labels that lie on blocks, and take away those that still do: the new forms (L,).

    points, widths, forms: as in `label_forms`. own (L,): the block under which each one hangs.
    boxes (B,4): left, top, right, bottom of the blocks in CSS pixels.
    """
    forms = forms.copy()
    margin = np.full((len(boxes), 2), _INTO)
    margin[:, 1] += _ASLANT * (boxes[:, 2] - boxes[:, 0])
    margin = np.minimum(margin, (boxes[:, 2:] - boxes[:, :2]) / 3)
    low, high = boxes[:, :2] + margin, boxes[:, 2:] - margin
    for form in range(widths.shape[1]):
        here = np.flatnonzero(forms == form)
        x, top, half = points[here, 0], points[here, 1] + _HANG, widths[here, form] / 2
        meets = (x + half)[:, None] > low[:, 0]
        meets &= (x - half)[:, None] < high[:, 0]
        meets &= (top + _TALL[form])[:, None] > low[:, 1]
        meets &= top[:, None] < high[:, 1]
        meets[np.arange(len(here)), own[here]] = False
        on_one = here[meets.any(axis=1)]
        forms[on_one] = form + 1 if form + 1 < widths.shape[1] else -1
    return forms


def _clear_overlaps(
    points: np.ndarray, widths: np.ndarray, forms: np.ndarray, is_kept: np.ndarray
) -> None:
    """Take away labels that lie on an earlier one of another line, or on one that is kept."""
    shown = np.flatnonzero(forms >= 0)
    certain = is_kept[shown]
    shown = np.concatenate([shown[certain], shown[~certain]])
    half = widths[shown, forms[shown]] / 2
    x, top = points[shown, 0], points[shown, 1]
    tall = np.array(_TALL)[np.minimum(forms[shown], len(_TALL) - 1)]
    meets = np.abs(x[:, None] - x[None]) < half[:, None] + half[None]
    meets &= (top[:, None] < top[None] + tall[None]) & (top[None] < top[:, None] + tall[:, None])
    for place in np.flatnonzero(np.tril(meets, k=-1).any(axis=1)):
        if place >= certain.sum() and (meets[place, :place] & (forms[shown[:place]] >= 0)).any():
            forms[shown[place]] = -1


def _free(
    points: list[list[float]], widths: list[float], certain: list[bool], room: float
) -> list[bool]:
    """Which labels of a line have room, from left to right, if the earlier ones keep theirs.

    Those that are certain have theirs before all others.
    """
    free = list(certain)
    placed = [label for label, sure in enumerate(certain) if sure]
    for label, ((x, y, _), width) in enumerate(zip(points, widths, strict=True)):
        if certain[label]:
            continue
        left, right = x - width / 2, x + width / 2
        if (right > room or left < 0) and not (width < 90 and 0 < x < room):
            continue
        if not any(
            left < points[other][0] + widths[other] / 2 + _APART
            and points[other][0] - widths[other] / 2 - _APART < right
            and abs(y - points[other][1]) < _HEIGHT
            for other in placed
        ):
            free[label] = True
            placed.append(label)
    return free
