"""The markup of the inspector, from the heading down to what a number can see of the input."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np

from tensorama.app.inspect import taking
from tensorama.app.inspect.grids import Canvases
from tensorama.app.inspect.pinned import Pinned, compared, named, placed, ranked
from tensorama.app.inspect.wording import escape
from tensorama.app.inspect.wording import said as in_words
from tensorama.explain import Explanation, Source, Term
from tensorama.explain.account import Stage
from tensorama.explain.mathml import rounded, written
from tensorama.explain.mixing import Mixture, mixture_of
from tensorama.phrases import phrase, sentences
from tensorama.scene.words import remark
from tensorama.scene.words import written as exactly

_BODIES = {  # `Explanation.body` → the module of this folder that draws it
    "products": "products",
    "winner": "competing",
    "softmax": "competing",
    "movement": "copied",
    "normalisation": "spread",
    "gates": "gated",
    "reduction": "competing",
    "attention": "attending",
    "look-up": "looked_up",
    "tree": "branching",
}
_TOLD = ("softmax", "movement", "winner", "gates", "attention", "look-up", "tree")
_OPERANDS = 6  # that stand side by side
_TERMS = 5  # that weighed most
_BESIDE = {"spread", "input gate", "forget gate", "output gate", "reset gate", "candidate", "scale"}
_MORE = 45  # of them, when they are asked for


class Sheet(Canvases):
    """Markup, and the grids that its canvases show, by their numbers."""

    def __init__(self, pinned: Pinned, room: float = 328.0) -> None:
        super().__init__()
        self.pinned = pinned
        self.room = room  # CSS pixels from edge to edge

    @cached_property
    def mixture(self) -> Mixture | None:
        """The attention that the number is the result of, if it is one."""
        trace, explained = self.pinned.trace, self.pinned.explained
        return mixture_of(trace, explained) if trace and explained else None

    @cached_property
    def kind(self) -> str:
        """Which of the bodies tells of it."""
        explained = self.pinned.explained
        if explained is None or self.mixture:
            return "attention" if explained else ""
        first = next(iter(explained.groups), None)
        if explained.body == "movement" and first and first.roles[:1] == ("table",):
            return "look-up"
        return explained.body

    def markup(self) -> str:
        """All of it but what the number sees of the input, which takes longer to find out."""
        pinned = self.pinned
        explained = pinned.explained
        parts = [heading(pinned), story(pinned)]
        if explained:
            parts += [body(self, explained), chain(explained), formula(explained)]
            parts += [] if self.kind in _TOLD else [terms(explained)]
        return "".join(filter(None, [*parts, ways(pinned), taking.markup(pinned)]))


def heading(pinned: Pinned, instead: str = "") -> str:
    """Which number this is, and the number, or what stands instead of it."""
    crumbs = "".join(
        f'<button type="button" data-up="{n}" title="{escape(named(*cell))}">'
        f"{escape(named(*cell))}</button>"
        for n, cell in enumerate(pinned.descent)
    )
    down = (
        f'<nav class="tr-in-way" aria-label="{escape(phrase("The way down"))}">{crumbs}</nav>'
        if crumbs
        else ""
    )
    where = placed(pinned.picture, pinned.index)
    value = instead or exactly(pinned.recorded)
    sizes = "tr-in-longest" if len(value) > 14 else "tr-in-long" if len(value) > 9 else ""
    label = _label(pinned)
    return (
        f'{down}<h2 tabindex="-1">{escape(pinned.layer)}'
        f"{f' <span>{escape(where)}</span>' if where else ''}{label}</h2>"
        f'<p class="tr-in-cell" title="{escape(phrase("Indices count from 0"))}">'
        f"{escape(named(pinned.tensor, pinned.index))}</p>"
        f'<p class="tr-in-value"><output class="{sizes}">{escape(value)}</output></p>'
    )


def _label(pinned: Pinned) -> str:
    if not pinned.labels or pinned.picture.kind != "vector":
        return ""
    _, row, col = pinned.picture.place(pinned.index)
    place = col * pinned.picture.rows + row
    if not 0 <= place < len(pinned.labels) or pinned.labels[place] == str(place):
        return ""
    return f" <em>{escape(pinned.labels[place])}</em>"


def story(pinned: Pinned) -> str:
    """The sentences for a learner."""
    said = pinned.explained.sentence if pinned.explained else pinned.unexplained
    words = [said, ranked(pinned)]
    odd = in_words(remark(pinned.recorded))
    if odd:
        words.insert(0, phrase("{sentence}.", sentence=f"{odd[0].upper()}{odd[1:]}"))
    return f'<p class="tr-in-said">{escape(sentences(filter(None, words)))}</p>'


def body(sheet: Sheet, explained: Explanation) -> str:
    """What stands for the operator: grids, bars, a way to go."""
    module = _BODIES.get(sheet.kind)
    if module is None or not explained.groups:
        return operands(sheet, explained)
    found: dict[str, Callable[[Sheet, Explanation], str]]
    found = import_module(f"tensorama.app.inspect.{module}").BODIES
    return found[sheet.kind](sheet, explained)


def operands(sheet: Sheet, explained: Explanation) -> str:
    """The few cells that a number was made from, side by side; "" if they are many."""
    if not _few(explained):
        return ""
    each = [group.term(n) for group in explained.groups for n in range(group.share.size)]
    sources = [source for term in each for source in term.sources if source.inside]
    if not sources:
        return ""
    ways = [way(source, source.role or phrase("from")) for source in dict.fromkeys(sources)]
    return section(
        phrase("Made from"), f'<div class="tr-in-row tr-in-window">{"".join(ways)}</div>'
    )


def _few(explained: Explanation) -> bool:
    return explained.count <= _OPERANDS and all(not g.share.ndim for g in explained.groups)


def ways(pinned: Pinned) -> str:
    """Buttons that lead on from here."""
    lead = {
        "why": phrase("Why? ↓"),
        "whereTo": phrase("What of it? ↑"),
        "depends": phrase("What does it depend on?"),
        "about": phrase("What is this layer?"),
    }
    titles = {
        "why": phrase("To the cell that weighed most (Y)"),
        "whereTo": phrase("To the cell that would change most if this were 0 (Shift + Y)"),
        "depends": phrase("Show its influence in the picture instead of the values (B)"),
        "about": phrase("What it is and does (A)"),
    }
    explained = pinned.explained
    if explained is None or not any(group.tensors for group in explained.groups):
        del lead["why"]
    buttons = "".join(
        f'<button type="button" data-do="{name}" title="{escape(titles[name])}">'
        f"{escape(words)}</button>"
        for name, words in lead.items()
    )
    return f'<p class="tr-in-ways">{buttons}</p>'


def section(title: str, *parts: str, kind: str = "") -> str:
    """A part of the inspector with a heading."""
    return f'<section class="{kind}"><h3>{escape(title)}</h3>{"".join(parts)}</section>'


def chain(explained: Explanation) -> str:
    """The stages from the first sum to the value, and whether that is the recorded one."""
    steps = _distinct(explained.steps) if explained.node else ()
    same, words = compared(explained.recorded, explained.value)
    mark = "✓" if same else "≠"
    check = (
        f'<p class="tr-in-check{"" if same else " tr-in-off"}"><b aria-hidden="true">{mark}</b> '
        f"{escape(words)}</p>"
        if explained.node
        else ""
    )
    if len(steps) < 2:
        return check
    return f'<div class="tr-in-chain">{"".join(_stages(steps))}</div>{check}'


def _distinct(steps: Sequence[Stage]) -> list[Stage]:
    """The stages, without those that do nothing to what was there before."""
    return [
        stage
        for number, stage in enumerate(steps)
        if not number or stage.name != steps[number - 1].name
    ]


def _stages(steps: Sequence[Stage]) -> list[str]:
    found, before = [], ""
    for number, stage in enumerate(steps):
        sign = _joint(stage.name, before) if number else ""
        name = sentences((steps[number - 2].name, stage.name)) if sign == "=" else stage.name
        before = stage.name
        last = ' class="tr-in-last"' if number == len(steps) - 1 else ""
        joint = f"<i>{sign}</i>" if sign else ""
        found.append(
            f"<div>{joint}<span{last}><small>{escape(name)}</small>"
            f"{escape(written(stage.value))}</span></div>"
        )
    return found


def _joint(name: str, before: str) -> str:
    """The sign between one stage and the next: some are found beside each other."""
    if name == "bias":
        return "+"
    if before == "bias":
        return "="
    return "" if name in _BESIDE else "→"


def formula(explained: Explanation) -> str:
    """The formula with names, and with numbers, and where the specification tells it."""
    if not explained.formula:
        return ""
    numbers = explained.numbers if explained.body == "products" else ""
    node = explained.node
    link = (
        f'<a href="{escape(explained.source)}" target="_blank" rel="noopener">'
        f"{escape(phrase('{name} in the specification', name=node.op))}</a>"
        if explained.source and node
        else ""
    )
    return f'<section class="tr-in-formula">{explained.formula}{numbers}{link}</section>'


def terms(explained: Explanation) -> str:
    """What weighed most; each is a way to go there."""
    count = explained.count
    if not count or _few(explained):  # the body leads there
        return ""
    strongest = [t for t in explained.strongest(_TERMS + _MORE) if _size(t.share) or count == 1]
    most = max((_size(term.share) for term in strongest), default=0.0)
    rows = [row(term, most) for term in strongest]
    if count == 1:
        return section(phrase("What it was computed from"), *rows, kind="tr-in-terms")
    title = (
        phrase("What weighed most, of {count:,} products and biases", count=count)
        if explained.body == "products"
        else phrase("What weighed most, of {count:,} terms", count=count)
    )
    return section(
        title,
        *rows[:_TERMS],
        more(rows[_TERMS:]),
        "" if rows else f'<p class="tr-in-note">{escape(phrase("All of them are 0."))}</p>',
        kind="tr-in-terms",
    )


def more(rows: Sequence[str]) -> str:
    """Rows that are folded away at first."""
    if not rows:
        return ""
    words = phrase("{count:,} more", count=len(rows))
    return f"<details><summary>{escape(words)}</summary>{''.join(rows)}</details>"


def row(term: Term, most: float) -> str:
    """One term: where it is from, what it was made of, how much it is."""
    source = next((s for s in term.sources if s.inside), None)
    made = " × ".join(_brief(s.value) for s in term.sources) if len(term.sources) > 1 else ""
    instead = phrase("beyond the edge") if term.sources else term.name or phrase("a constant")
    return bar(source, made, term.share, most, instead)


def bar(
    source: Source | None, made: str, value: Any, most: float, instead: str = "", own: bool = False
) -> str:
    """A number as a bar, as long as the largest of its kind wants, and the way to its cell.

    instead: what it is called if it is of no cell.
    """
    size = _size(value) / most if most else 0.0
    sort = tinge(value)
    text = named(source.tensor, source.index, 16 if made else 21) if source else instead
    inner = (
        f"<span>{escape(text)}</span><span>{escape(made)}</span>"
        f'<i class="{sort}" style="--share:{size:.3f}"></i>'
        f'<b class="{sort}">{escape(signed(value))}</b>'
    )
    if source is None:
        return f"<p>{inner}</p>"
    kind = ' class="tr-in-own"' if own else ""
    return f'<button type="button"{kind} {going(source)}>{inner}</button>'


def _brief(value: Any) -> str:
    """A factor in a narrow column: three digits are enough to see what it does."""
    kind = np.asarray(value).dtype.kind
    short = kind == "f" and np.isfinite(value)
    return written(float(rounded(float(value), 3)) if short else value)


def tinge(value: Any) -> str:
    """The class of what is coloured by the sign of a number."""
    return "" if not _size(value) else "tr-down" if value.real < 0 else "tr-up"


def going(source: Source) -> str:
    """The attribute of what leads to a cell."""
    data = json.dumps([source.tensor, [*source.index]])
    words = phrase("Go to {cell}", cell=f"{source.tensor}{list(source.index)}")
    return f'data-go="{escape(data)}" title="{escape(words)}"'


def way(source: Source, said: str) -> str:
    """A way to go to one cell, with what stands there."""
    return (
        f'<button type="button" {going(source)}><small>{escape(said)}</small>'
        f"{escape(named(source.tensor, source.index))}"
        f"<b>{escape(written(source.value))}</b></button>"
    )


def signed(value: Any) -> str:
    """A number with its sign, also if that is a plus."""
    text = written(value)
    if text == "−0":
        return "0"
    return f"+{text}" if _size(value) and text[0].isdigit() else text


def _size(value: Any) -> float:
    """The magnitude of a number, 0 of what has none."""
    kind = np.asarray(value).dtype.kind
    if kind not in "biufc":
        return 0.0
    size = abs(complex(value))
    return size if size == size else 0.0
