"""An explanation as plain data, for those who ask by JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.explain import Explanation, Source, Term
from tensorama.scene.words import plain

MOST = 1000  # terms that are given; `count` tells how many there are


def as_data(explained: Explanation, say: Callable[[str], str]) -> dict[str, Any]:
    """What JSON can hold of an explanation, the strongest terms first.

    say: says a sentence in the language of who asks. Numbers that JSON has no way to write
    (infinities, NaN) are texts.
    """
    node = explained.node
    return {
        "tensor": explained.tensor,
        "index": [*explained.index],
        "value": plain(explained.value),
        "recorded": plain(explained.recorded),
        "sentence": say(explained.sentence),
        "op": node.op if node else explained.body,
        "node": node.label if node else "",
        "count": explained.count,
        "terms": [_term(term) for term in explained.strongest(MOST)],
        "stages": [
            {"name": say(stage.name), "value": plain(stage.value)} for stage in explained.steps
        ],
        "formula": explained.formula,
        "numbers": explained.numbers,
        "source": explained.source,
    }


def _term(term: Term) -> dict[str, Any]:
    told = {"share": plain(term.share), "sources": [*map(_source, term.sources)]}
    return told if term.measure is None else {**told, "measure": plain(term.measure)}


def _source(source: Source) -> dict[str, Any]:
    return {
        "tensor": source.tensor if source.inside else None,
        "index": [*source.index] if source.inside else None,
        "value": plain(source.value),
        "role": source.role,
    }
