"""The markup of what is told of a layer: what it does, its sizes, its costs, its attributes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tensorama.app.amounts import count_words, size_words, time_words
from tensorama.app.inspect.dictionary import Dictionary, name_of, value_words
from tensorama.app.inspect.layered import Layered, Member, measure_of
from tensorama.app.inspect.sheet import more, section
from tensorama.app.inspect.wording import escape
from tensorama.onnxfile import Node
from tensorama.phrases import Phrase, counted, phrase
from tensorama.scene.run.costs import BYTES, MULTIPLY_ADDS, PARAMETERS, SECONDS
from tensorama.scene.words import shape_in_words, tail

_OPERATORS = 4  # that are told before the rest is folded away
_MEMBERS = 12
_ENDS = 6  # layers that are read from
_LETTERS = 26  # of a name
_MEASURES = {  # columns of the costs, how they are written, what they are called
    PARAMETERS: (count_words, phrase("Parameters")),
    MULTIPLY_ADDS: (count_words, phrase("Multiply-adds")),
    SECONDS: (time_words, phrase("Time")),
    BYTES: (size_words, phrase("Memory")),
}
_BY = {
    PARAMETERS: phrase("What is in it, by parameters"),
    MULTIPLY_ADDS: phrase("What is in it, by multiply-adds"),
    SECONDS: phrase("What is in it, by time"),
}


def heading(facts: Layered) -> str:
    """Which layer this is."""
    layer = facts.layer
    op = "" if layer.kind == "input" else layer.op
    below = f'<p class="tr-about-op">{escape(op)}</p>' if op else ""
    return f'<h2 tabindex="-1">{escape(layer.name)}</h2>{below}'


def words(facts: Layered, dictionary: Dictionary, language: str) -> str:
    """What it does: of a group what this kind is, of a layer what its operators do."""
    layer = facts.layer
    if facts.is_group or not facts.nodes:
        said = dictionary.group(layer.kind, language) or dictionary.group("group", language)
        parts = [_paragraphs(said)]
        if facts.is_group:
            parts.append(_paragraphs([_counts(facts)]))
        return f'<div class="tr-about-words">{"".join(parts)}</div>'
    nodes = list({name_of(node): node for node in facts.nodes}.values())
    told = [
        _told(node, dictionary, language, first=not number) for number, node in enumerate(nodes)
    ]
    aside = (
        counted(
            "{count} more operator only arranges values or reckons with sizes.",
            "{count} more operators only arrange values or reckon with sizes.",
            facts.aside,
        )
        if facts.aside
        else ""
    )
    rest = more(told[_OPERATORS:])
    note = f'<p class="tr-in-note">{escape(aside)}</p>' if aside else ""
    return f'<div class="tr-about-words">{"".join(told[:_OPERATORS])}{rest}{note}</div>'


def _told(node: Node, dictionary: Dictionary, language: str, first: bool) -> str:
    """One operator: of the first both sentences and the formula, of others that follow it one."""
    name = name_of(node)
    said = dictionary.sentences(name, language)
    title = "" if first else f"<h3>{escape(phrase('then {operator}', operator=node.op))}</h3>"
    if not dictionary.families:  # they could not be fetched
        return ""
    if not said:
        own = phrase(
            "“{operator}” is an operator of this model's own, or of its exporter: "
            "nothing is known of it but what it computed.", operator=node.op,
        )  # fmt: skip
        return f"<div>{title}{_paragraphs([own])}</div>"
    formula = dictionary.formula(name)
    line = f'<p class="tr-about-formula">{escape(formula)}</p>' if formula else ""
    return f"<div>{title}{_paragraphs(said if first else said[:1])}{line}</div>"


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _counts(facts: Layered) -> Phrase:
    """How many layers a group has, and what share of the network's work they do."""
    count = len(facts.layer.leaves)
    column = measure_of(facts)
    share = _share(facts.costs[column], facts.whole[column])
    layers = counted("{count:,} layer", "{count:,} layers", count=count)
    says = {
        SECONDS: lambda **of: phrase("{layers}, {share} of the network's time.", **of),
        MULTIPLY_ADDS: lambda **of: phrase(
            "{layers}, {share} of the network's multiply-adds.", **of
        ),
        PARAMETERS: lambda **of: phrase("{layers}, {share} of the network's parameters.", **of),
    }
    return says[column](layers=layers, share=share or "0 %")


def sizes(facts: Layered) -> str:
    """What comes in and what goes out, each with its shape; what comes in leads there."""
    reads = [_end(member) for member in facts.reads]
    shown = "".join(reads[:_ENDS])
    if len(reads) > _ENDS:
        words = phrase("{count:,} more", count=len(reads) - _ENDS)
        shown += f"<span>{escape(words)}</span>"
    array = facts.array
    kind = str(array.dtype) if isinstance(array, np.ndarray) else ""
    out = f"{shape_in_words(facts.picture.shape)}"
    rows = []
    if reads:
        rows.append(_row(phrase("In"), f'<span class="tr-about-ends">{shown}</span>'))
    rows.append(
        _row(phrase("Out"), f"{escape(out)} <span>{escape(kind.replace('object', 'text'))}</span>")
    )
    return section(phrase("Shapes"), f'<dl class="tr-about-list">{"".join(rows)}</dl>')


def _row(name: str, markup: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{markup}</dd>"


def _end(member: Member) -> str:
    name = member.name if isinstance(member.name, Phrase) else tail(member.name, _LETTERS)
    return (
        f'<button type="button" data-to="{member.number}" '
        f'title="{escape(phrase("Go to {cell}", cell=member.name))}">{escape(name)}</button>'
        f"<span>{escape(shape_in_words(member.shape))}</span>"
    )


def figures(facts: Layered) -> str:
    """Parameters, multiply-adds, time, memory, and which share of the network's these are."""
    rows = []
    for column, (written, called) in _MEASURES.items():
        value, all_of_it = float(facts.costs[column]), float(facts.whole[column])
        share = _share(value, all_of_it)
        small = f"<small>{share}</small>" if share else ""
        text = written(value) if value or column != SECONDS else "0"
        rows.append(f"<div><dt>{escape(called)}</dt><dd>{escape(text)}{small}</dd></div>")
    return f'<dl class="tr-about-figures">{"".join(rows)}</dl>'


def _share(value: float, whole: float) -> str:
    """A share of the network in percent; "" of nothing."""
    if not value or not whole:
        return ""
    percent = 100 * value / whole
    return (
        f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %" if percent >= 0.1 else "< 0.1 %"
    )


def attributes(facts: Layered, dictionary: Dictionary, language: str) -> str:
    """What the file sets, as it stands there and in words."""
    rows = []
    for node in facts.nodes:
        for attribute, value in node.attributes.items():
            words = dictionary.attribute(name_of(node), attribute, value, language)
            if words:
                title = f'title="{escape(node.op)}"'
                shown = escape(value_words(attribute, value))
                rows.append(
                    f"<dt {title}>{escape(attribute)} = {shown}</dt><dd>{escape(words)}</dd>"
                )
    rows = list(dict.fromkeys(rows))
    if not rows:
        return ""
    return section(
        phrase("Attributes"), f'<dl class="tr-about-list tr-about-attributes">{"".join(rows)}</dl>'
    )


def members(facts: Layered) -> str:
    """What is in a group, in its order, each with its share; each leads there."""
    if not facts.members:
        return ""
    column = measure_of(facts)
    costs = np.array([member.costs[column] for member in facts.members])
    most, whole = costs.max() or 1.0, costs.sum()
    rows = [
        f'<button type="button" data-to="{member.number}" '
        f'title="{escape(phrase("Go to {cell}", cell=member.name))}">'
        f"<span>{escape(member.name)}</span><span>{escape(member.op)}</span>"
        f'<i class="tr-up" style="--share:{cost / most:.3f}"></i>'
        f"<b>{_share(cost, whole) or '0'}</b></button>"
        for member, cost in zip(facts.members, costs.tolist(), strict=True)
    ]
    return section(
        _BY[column], *rows[:_MEMBERS], more(rows[_MEMBERS:]), kind="tr-in-terms tr-about-members"
    )
