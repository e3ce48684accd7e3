"""Sums of products: window × kernel = products, channel by channel."""

from __future__ import annotations

import math

import numpy as np

from tensorama.app.inspect.grids import Grid, laid, laid_index, scale_of, strip, strip_index
from tensorama.app.inspect.sheet import Sheet, operands, section, signed, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation, Group
from tensorama.explain.painting import REACHING
from tensorama.phrases import counted, joined, phrase

_BESIDE = 148.0  # CSS pixels of a row that are not its three grids
_LARGEST = 13.0  # of a cell
_IN_LINE = 40  # products that stand side by side
_MARGIN = 138.0  # CSS pixels of such a line that are not its cells
_SHOWN = 3  # channels whose grids stand there at once
_DRAWN = 24  # channels more that have grids; the others have their subtotals only


def body(sheet: Sheet, explained: Explanation) -> str:
    """The strongest channels as grids, and the others folded, with their subtotal."""
    group = max(explained.groups, key=lambda g: g.share.size)
    share = group.share
    if len(group.tensors) < 2 or not share.ndim:
        return operands(sheet, explained)
    title = phrase("{operands} = products, summed", operands=joined(" × ", group.roles))
    window = share.ndim > 1 and math.prod(share.shape[1:]) > 1
    if not window:
        return section(title, dotted(sheet, group), kind="tr-in-products")
    totals = share.reshape(len(share), -1).sum(axis=1)
    order = np.argsort(-np.abs(totals), kind="stable").tolist()
    rows = [multiplied(sheet, group, channel) for channel in order[: _SHOWN + _DRAWN]]
    most = float(np.abs(totals).max())
    rows += [
        _subtotal(_number(group, channel), totals[channel], most)
        for channel in order[_SHOWN + _DRAWN :]
    ]
    return section(
        title,
        *rows[:_SHOWN],
        _folded(rows[_SHOWN:], float(totals[order[_SHOWN:]].sum())),
        _padding(explained, group),
        kind="tr-in-products",
    )


BODIES = {"products": body}


def dotted(sheet: Sheet, group: Group) -> str:
    """Two rows of cells, their products, and what these add up to."""
    short = group.share.ndim == 1 and group.share.size <= _IN_LINE
    return _in_lines(sheet, group) if short else multiplied(sheet, group, None)


def _in_lines(sheet: Sheet, group: Group) -> str:
    """Few products: one line for each operand, so that what is multiplied stands in a column."""
    count = group.share.size
    wide = float(min(_LARGEST, (sheet.room - _MARGIN) // count))
    lines = []
    for k, (tensor, role) in enumerate(zip(group.tensors, group.roles, strict=True)):
        values, beyond = group.values[k], strip(~group.inside[k], count) > 0
        grid = Grid(
            strip(values, count), sheet.pinned.scale_of(tensor) or scale_of(values), wide,
            beyond if beyond.any() else None, None, tensor, strip_index(group.indices[k], count),
        )  # fmt: skip
        words = phrase("{role}: cells of {name}", role=role, name=tensor) if tensor else role
        lines.append(_line("×" if k else "", role, sheet.grid(grid, words)))
    products = Grid(
        strip(group.share, count), scale_of(group.share), wide, None, None, group.tensors[0],
        strip_index(group.indices[0], count),
    )  # fmt: skip
    drawn = sheet.grid(products, phrase("their products"))
    lines.append(_line("=", phrase("products"), drawn, _sum(float(group.share.sum()))))
    return f'<div class="tr-in-lines">{"".join(lines)}</div>'


def _line(sign: str, name: str, grid: str, total: str = "") -> str:
    return f'<div class="tr-in-row"><span>{escape(name)}</span><i>{sign}</i>{grid}{total}</div>'


def multiplied(sheet: Sheet, group: Group, channel: int | None) -> str:
    """One channel: its window, its kernel, their products, and what they add up to."""
    at = slice(None) if channel is None else channel
    share = group.share[at]
    values = laid(share)
    room = (sheet.room - _BESIDE) / len([*group.tensors, "products"])
    wide = min(_LARGEST, room / values.shape[1], 2 * room / values.shape[0])
    wide = max(1.0, math.floor(wide)) if wide >= 1 else wide
    parts = []
    for k, (tensor, role) in enumerate(zip(group.tensors, group.roles, strict=True)):
        beyond = ~group.inside[k][at]
        grid = Grid(
            laid(group.values[k][at]),
            sheet.pinned.scale_of(tensor) or scale_of(group.values[k]),
            wide,
            (laid(beyond) > 0) if beyond.any() else None,
            None,
            tensor,
            laid_index([axis[at] for axis in group.indices[k]]),
        )
        parts.append(sheet.grid(grid, phrase("{role}: cells of {name}", role=role, name=tensor)))
    products = Grid(
        values,
        scale_of(group.share),
        wide,
        None,
        None,
        group.tensors[0],
        laid_index([axis[at] for axis in group.indices[0]]),
    )
    name = "" if channel is None else f"<span>{_map(_number(group, channel))}</span>"
    total = float(share.sum())
    return (
        f'<div class="tr-in-row">{name}{"<i>×</i>".join(parts)}<i>=</i>'
        f"{sheet.grid(products, phrase('their products'))}{_sum(total)}</div>"
    )


def _number(group: Group, channel: int) -> int:
    """Which map of its tensor a channel of the window is: a group of a convolution sees some."""
    for axis in group.indices[0] if len(group.share) > 1 else ():
        rows = axis.reshape(len(axis), -1)
        if (rows == rows[:, :1]).all() and rows[0, 0] != rows[-1, 0]:
            return int(rows[channel, 0])
    index = group.indices[0]
    return int(index[1].flat[0]) if len(group.share) == 1 and len(index) > 2 else channel


def _map(channel: int) -> str:
    return escape(phrase("map {number}", number=channel))


def _sum(total: float) -> str:
    return f'<b class="{tinge(total)}">{escape(signed(total))}</b>'


def _subtotal(channel: int, total: float, most: float) -> str:
    """A channel without grids."""
    sort = tinge(total)
    size = abs(total) / most if most else 0.0
    return (
        f'<div class="tr-in-row tr-in-brief"><span>{_map(channel)}</span>'
        f'<i class="{sort}" style="--share:{size:.3f}"></i>{_sum(total)}</div>'
    )


def _folded(rows: list[str], total: float) -> str:
    if not rows:
        return ""
    words = counted("{count:,} more map", "{count:,} more maps", len(rows))
    return (
        f"<details><summary><span>{escape(words)}</span>{_sum(total)}</summary>"
        f"{''.join(rows)}</details>"
    )


def _padding(explained: Explanation, group: Group) -> str:
    beyond = ~group.inside[0]
    if not beyond.any():
        return ""
    per = int(beyond[0].sum())
    painted = explained.groups[0].roles[:1] == (REACHING,)
    words = phrase(
        "{count} of {all} cells of the kernel meet nothing here: the places it is painted from lie "
        "apart, or beyond the edge.", count=per, all=beyond[0].size,
    ) if painted else phrase(
        "{count} of {all} cells of the window lie beyond the edge: padding, which counts as 0.",
        count=per, all=beyond[0].size,
    )  # fmt: skip
    return f'<p class="tr-in-note">{escape(words)}</p>'
