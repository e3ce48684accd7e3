"""Decision trees: the path of a row, question by question, to a leaf; and all trees' leaves."""

from __future__ import annotations

from tensorama.app.inspect.sheet import Sheet, going, more, operands, section, signed, tinge
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation, Source
from tensorama.explain.account import Path, Turn
from tensorama.explain.mathml import written
from tensorama.phrases import counted, phrase

_SHOWN = 5  # trees that are listed at once
_MORE = 195  # of them, when they are asked for


def body(sheet: Sheet, explained: Explanation) -> str:
    """The path through the tree that says most, and what each other tree gave, with its path."""
    if not explained.paths:
        return operands(sheet, explained)
    paths = sorted(explained.paths, key=lambda path: -abs(path.share))
    first = paths[0]
    title = (
        phrase("The path through tree {tree}, which says most", tree=first.tree)
        if len(paths) > 1
        else phrase("The path through the tree")
    )
    parts = [section(title, _path(explained, first), kind="tr-in-tree")]
    if len(paths) > 1:
        most = abs(first.share)
        rows = [_tree(explained, path, most) for path in paths]
        rest = rows[_SHOWN : _SHOWN + _MORE]
        left = paths[_SHOWN + _MORE :]
        if left:
            rest.append(_left(left))
        parts.append(
            section(
                phrase("{count:,} trees, summed", count=len(paths)), *rows[:_SHOWN], more(rest),
                kind="tr-in-forest",
            )
        )  # fmt: skip
    return "".join(parts)


BODIES = {"tree": body}


def _path(explained: Explanation, path: Path) -> str:
    """Each question with its answer, and the leaf at the end."""
    turns = "".join(_turn(explained, turn) for turn in path.turns)
    leaf = escape(phrase("leaf"))
    return (
        f'<ol class="tr-in-path">{turns}<li class="tr-in-leaf"><span>{leaf}</span>'
        f'<b class="{tinge(path.share)}">{escape(signed(path.share))}</b></li></ol>'
    )


def _turn(explained: Explanation, turn: Turn) -> str:
    limit = (
        counted("{count:,} value", "{count:,} values", len(turn.limit))
        if isinstance(turn.limit, tuple)
        else written(turn.limit)
    )
    words = phrase("yes: left") if turn.yes else phrase("no: right")
    feature = phrase("feature {number}", number=turn.feature)
    source = _feature(explained, turn)
    inner = (
        f"<small>{escape(feature)}</small> {escape(written(turn.value))} "
        f"<i>{escape(turn.sign)}</i> {escape(limit)}"
    )
    button = (
        f'<button type="button" {going(source)}>{inner}</button>'
        if source
        else f"<span>{inner}</span>"
    )
    side = "tr-in-yes" if turn.yes else "tr-in-no"
    return f'<li class="{side}">{button}<em>{escape(words)}</em></li>'


def _feature(explained: Explanation, turn: Turn) -> Source | None:
    """The cell that was asked about: the row is the one that all features are of."""
    for group in explained.groups:
        if group.tensors and group.share.size:
            first = group.term(0).sources[0]
            index = (*first.index[:-1], turn.feature)
            return Source(first.tensor, index, turn.value, first.role)
    return None


def _tree(explained: Explanation, path: Path, most: float) -> str:
    """A tree with its share; its path unfolds."""
    sort, size = tinge(path.share), abs(path.share) / most if most else 0.0
    name = phrase("tree {number}", number=path.tree)
    return (
        f"<details><summary><span>{escape(name)}</span>"
        f'<i class="{sort}" style="--share:{size:.3f}"></i>'
        f'<b class="{sort}">{escape(signed(path.share))}</b></summary>'
        f"{_path(explained, path)}</details>"
    )


def _left(paths: list[Path]) -> str:
    total = sum(path.share for path in paths)
    words = counted(
        "{count:,} tree more says {total}.", "{count:,} trees more say {total} together.",
        len(paths), total=signed(total),
    )  # fmt: skip
    return f'<p class="tr-in-note">{escape(words)}</p>'
