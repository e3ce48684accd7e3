"""The recursive why: from a number to the operand that counted most, again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.errors import UnsupportedError
from tensorama.explain.account import Scalar, numbered
from tensorama.explain.explained import Explanation, Source, Term, explain
from tensorama.explain.mathml import written
from tensorama.explain.origin import Origins, origins
from tensorama.explain.receptive import regions
from tensorama.phrases import counted, phrase

_MOST = 4000  # numbers that are explained before the search gives up
_TERMS = 200  # operands of one number that are tried


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the way: the operand that counted most of those that lead to an input.

    share: how much it gave of the number before. instead: the one that counted more but leads to no
    input (a weight, a constant), if there was one.
    """

    source: Source
    share: Scalar
    instead: Source | None = None

    @property
    def sentence(self) -> str:
        """What a learner reads."""
        here = f"{self.source.tensor}[{', '.join(map(str, self.source.index))}]"
        text = (
            numbered("{cell} gave {share}.", cell=here, share=self.share)
            if self.share is not None else phrase("{cell}.", cell=here)
        )  # fmt: skip
        if self.instead is None:
            return text
        other = f"{self.instead.tensor}[{', '.join(map(str, self.instead.index))}]"
        return phrase(
            "{cell} counted more, but leads to no input; of what does, {rest}",
            cell=other,
            rest=text,
        )


@dataclass(frozen=True, slots=True)
class Why:
    """The way back from a number. `arrived` says whether it ends at a cell of an input."""

    tensor: str
    index: tuple[int, ...]
    hops: Sequence[Hop]
    arrived: bool

    @property
    def sentence(self) -> str:
        """Where the way ends."""
        if not self.hops:
            if self.arrived:
                return phrase("This number is part of the input.")
            return phrase(
                "No number of an input had a part in it: it follows from weights and sizes alone."
            )
        last = self.hops[-1].source
        where = f"{last.tensor}[{', '.join(map(str, last.index))}]"
        if self.arrived:
            return counted(
                "In one step to {cell} of the input, which is {value}.",
                "In {count} steps to {cell} of the input, which is {value}.",
                count=len(self.hops), cell=where, value=written(last.value),
            )  # fmt: skip
        return phrase(
            "The way ends at {cell}: nothing that leads to an input had a part in it.", cell=where
        )


@told("Following this number back")
def why(trace: Trace, tensor: str, index: Sequence[int]) -> Why:
    """From a number to the operand that counted most, again and again, to a cell of an input.

    Of weights and constants, which lead to no input, it is said where they counted more. Where an
    operand turns out to lead nowhere, the next one is taken.
    """
    known = origins(trace)
    start = explain(trace, tensor, index)
    if start.tensor in trace.feeds:
        return Why(tensor, start.index, (), True)
    ways = [_Way(start, _leading(known, start))]
    seen = {(start.tensor, start.index)}
    longest: list[Hop] = []
    while ways and len(seen) < _MOST:
        hop = next(ways[-1].hops, None)
        if hop is None:
            ways.pop()
            continue
        source = hop.source
        if (source.tensor, source.index) in seen:
            continue
        seen.add((source.tensor, source.index))
        ways[-1].taken = hop
        path = [way.taken for way in ways if way.taken is not None]
        if source.tensor in trace.feeds:
            return Why(tensor, start.index, path, True)
        try:
            made = explain(trace, source.tensor, source.index)
        except UnsupportedError:
            continue
        ways.append(_Way(made, _leading(known, made)))
        longest = path if len(path) > len(longest) else longest
    return Why(tensor, start.index, longest, False)


@dataclass(slots=True)
class _Way:
    explained: Explanation
    hops: Iterator[Hop]
    taken: Hop | None = None


def strongest_source(trace: Trace, tensor: str, index: Sequence[int]) -> Source | None:
    """The operand that counted most in a number, of those that lead to an input; None: no such.

    A cell of a tensor that leads to one need not do so itself: it may be a learned one that was
    joined to others.
    """
    leading = _leading(origins(trace), explain(trace, tensor, index))
    return next((hop.source for hop in leading if _sees(trace, hop.source)), None)


def _sees(trace: Trace, source: Source) -> bool:
    """Whether any cell of an input had a part in this one."""
    if source.tensor in trace.feeds:
        return True
    inputs = {name: np.asarray(value) for name, value in trace.feeds.items()}
    found = regions(trace, source.tensor, source.index, inputs).values()
    return any(all(first < last for first, last in region) for region in found)


def _leading(known: Origins, made: Explanation) -> Iterator[Hop]:
    """The operands that may lead to an input, those that counted most first."""
    instead: Source | None = None
    for term in made.strongest(_TERMS):
        sources = _by_rank(known, term)
        leading = [source for source in sources if known.leads(source.tensor)]
        for source in leading:
            yield Hop(source, term.share, instead)
        if not leading and sources and instead is None:
            instead = sources[0]


def _by_rank(known: Origins, term: Term) -> list[Source]:
    """The cells of a term that are there, those that lead to an input first."""
    there = [source for source in term.sources if source.inside]
    return sorted(there, key=lambda source: not known.leads(source.tensor))
