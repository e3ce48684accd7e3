"""Cells that compete: the largest of a window, the shares of a softmax."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tensorama.app.inspect.grids import Grid, laid, laid_index, scale_of, strip, strip_index
from tensorama.app.inspect.sheet import Sheet, bar, going, more, operands, section, way
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation
from tensorama.explain.mathml import written
from tensorama.phrases import counted, phrase
from tensorama.scene.pictures.picture import EMPTY, as_numbers

_WIDE, _LARGEST = 160.0, 34.0  # CSS pixels of a window, of a cell of it
_IN_LINE, _LEAST = 20.0, 9.0  # of a cell among a few in one line, of many in lines
_ROWS = 12  # competitors that are listed
_LISTED = 50  # cells of a window
_SHOWN = 5  # of these at once


def winner(sheet: Sheet, explained: Explanation) -> str:
    """The cells with the one that was taken marked, and the way to that."""
    group = explained.groups[0]
    share = group.share
    if share.size < 2:
        source = group.term(0).sources[0]
        return section(
            phrase("Made from"),
            f'<div class="tr-in-row tr-in-window">{way(source, source.role)}</div>',
        )
    place = int(np.argmax(np.abs(share))) if share.any() else _first_of(group.values[0], explained)
    values = as_numbers(group.values[0])
    beyond = ~group.inside[0]
    grid = cells(
        sheet, np.where(beyond, 0, values), beyond, group.tensors[0], group.indices[0], place
    )
    source = group.term(place).sources[0]
    flat = values.reshape(-1)
    there = np.flatnonzero(~beyond.reshape(-1))
    above, below = (int(n.sum()) for n in (flat[there] > flat[place], flat[there] < flat[place]))
    rising = below < above  # a smallest one, or one near to it
    order = there[np.argsort(flat[there] if rising else -flat[there], kind="stable")].tolist()
    if place in order[_SHOWN:]:
        order = [*order[: _SHOWN - 1], place, *(n for n in order[_SHOWN - 1 :] if n != place)]
    shown = order[:_LISTED]
    ranked = [group.term(int(n)).sources[0] for n in shown]
    most = max(abs(float(source.value)) for source in ranked)
    rows = [bar(s, "", s.value, most, own=n == place) for n, s in zip(shown, ranked, strict=True)]
    return section(
        _title(explained, above, below),
        f'<div class="tr-in-row tr-in-window">{sheet.grid(grid, phrase("the window"))}'
        f"{way(source, phrase('from'))}</div>",
    ) + section(
        phrase("Its cells, the smallest first")
        if rising
        else phrase("Its cells, the largest first"),
        *rows[:_SHOWN], more(rows[_SHOWN:]), kind="tr-in-terms",
    )  # fmt: skip


def _title(explained: Explanation, above: int, below: int) -> str:
    """What was taken of the cells, of which so many are larger and smaller."""
    if explained.node and "Pool" in explained.node.op and not above:
        return phrase("The window, and its largest cell")
    if not above:
        return phrase("The cells, and the largest of them")
    if not below:
        return phrase("The cells, and the smallest of them")
    return phrase("The cells, and the one that was taken")


def _first_of(values: np.ndarray, explained: Explanation) -> int:
    """Where in a window of zeros, or so, the value stands."""
    same = np.flatnonzero(values.reshape(-1) == explained.value)
    return int(same[0]) if len(same) else 0


def softmax(sheet: Sheet, explained: Explanation) -> str:
    """Scores, what e to their power is, and each one's share of the whole, as bars."""
    group = explained.groups[0]
    scores = group.values[0].reshape(-1).astype(np.float64)
    shares = np.asarray(group.measure).reshape(-1)
    powers = np.exp(scores - scores.max())
    own = int(np.flatnonzero(group.share.reshape(-1))[0]) if group.share.any() else -1
    order = list(range(len(scores)))
    if len(order) > _ROWS:
        largest = np.argsort(-shares, kind="stable")[:_ROWS].tolist()
        order = sorted(n for n in largest if shares[n] > 0)  # not what a mask hides
        if own >= 0 and own not in order:
            order = sorted([*order[: _ROWS - 1], own])
    labels = sheet.pinned.labels
    rows = []
    for n in order:
        label = labels[n] if len(labels) == len(scores) else str(n)
        rows.append(
            f'<button type="button" {going(group.term(n).sources[0])}'
            f' class="{"tr-in-own" if n == own else ""}"><span>{escape(label)}</span>'
            f"<span>{escape(written(scores[n]))}</span><span>{escape(written(powers[n]))}</span>"
            f'<i class="tr-up" style="--share:{shares[n]:.4f}"></i>'
            f"<b>{percent(shares[n])}</b></button>"
        )
    rest = len(scores) - len(order)
    words = counted(
        "{count:,} more has a smaller share.", "{count:,} more have smaller shares.", rest
    )
    note = f'<p class="tr-in-note">{escape(words)}</p>' if rest else ""
    head = (
        f'<p class="tr-in-head"><span></span><span>{escape(phrase("score"))}</span>'
        f"<span>e<sup>{escape(phrase('score − max'))}</sup></span><span></span>"
        f"<span>{escape(phrase('share'))}</span></p>"
    )
    return section(phrase("Scores → exponentials → shares"), head, *rows, note, kind="tr-in-shares")


def percent(share: float) -> str:
    """A share as a person says it."""
    return f"{100 * share:.1f} %" if share >= 0.001 or not share else "< 0.1 %"


def reduction(sheet: Sheet, explained: Explanation) -> str:
    """All cells that were brought down to one."""
    group = max(explained.groups, key=lambda g: g.share.size)
    if group.share.size < 2 or not group.tensors:
        return operands(sheet, explained)
    grid = cells(sheet, group.values[0], ~group.inside[0], group.tensors[0], group.indices[0])
    size = group.share.size
    title = phrase("{name}: {count:,} cells", name=group.name, count=size)
    words = phrase("{count:,} cells of {name}", count=size, name=group.tensors[0])
    return section(title, sheet.grid(grid, words))


def cells(
    sheet: Sheet,
    values: np.ndarray,
    beyond: np.ndarray,
    tensor: str,
    index: Sequence[np.ndarray],
    own: int | None = None,
) -> Grid:
    """Cells of one tensor as a grid, as large as there is room; a row of them as lines of text.

    own: which of them is marked, counted along the flattened values.
    """
    scale = sheet.pinned.scale_of(tensor) or scale_of(values)
    if values.ndim < 2:
        wide = min(_IN_LINE, max(sheet.room / values.size, _LEAST))
        wide = max(1.0, math.floor(min(wide, math.sqrt(sheet.room * _WIDE / values.size))))
        columns = min(values.size, int(sheet.room // wide))
        lines = strip(beyond, columns)
        return Grid(
            strip(values, columns), scale, wide,
            (lines > 0) & (lines < EMPTY) if beyond.any() else None,
            None if own is None else divmod(own, columns), tensor, strip_index(index, columns),
        )  # fmt: skip
    shown = laid(values)
    wide = min(_LARGEST, _WIDE / min(shown.shape), sheet.room / shown.shape[1])
    wide = float(math.floor(wide)) if wide >= 1 else wide
    return Grid(
        shown, scale, wide, laid(beyond) > 0 if beyond.any() else None,
        None if own is None else divmod(own, shown.shape[1]), tensor, laid_index(index),
    )  # fmt: skip


BODIES = {"winner": winner, "softmax": softmax, "reduction": reduction}
