"""Heat: what each layer and group takes, as a share of the most among all that is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tensorama.app.amounts import count_words, size_words, time_words
from tensorama.app.choices import HEAT
from tensorama.app.desk import Desk
from tensorama.app.state import HEATS
from tensorama.phrases import Phrase, joined, phrase

# by the column of the costs: what is said of an amount
_WORDS: tuple[Callable[[float], str], ...] = (
    time_words, size_words, lambda count: f"{count:,.0f}", count_words,
)  # fmt: skip
_AMOUNTS: tuple[Callable[[str], Phrase], ...] = (
    lambda amount: phrase("{amount} measured", amount=amount),
    lambda amount: phrase("{amount} recorded", amount=amount),
    lambda amount: phrase("{amount} parameters", amount=amount),
    lambda amount: phrase("{amount} multiply-adds", amount=amount),
)


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """`shares` (I,) of the most, 0..1; `total` in words; `words(item)`: what an item takes."""

    shares: np.ndarray
    total: Phrase
    words: Callable[[int], Phrase]


def heat_of(desk: Desk) -> Heat | None:
    """The heat that the State asks for; None where it asks for none or nothing is to be seen."""
    items = desk.stage.player.items
    if not desk.state.heat or desk.session.trace is None or not len(items):
        return None
    column = HEATS.index(desk.state.heat) - 1
    words, said = _WORDS[column], _AMOUNTS[column]
    costs = desk.session.costs[:, column]
    total = float(costs[: len(desk.stage.scene.blocks)].sum())
    return Heat(
        np.minimum(1.0, costs / (costs[items].max() or 1.0)),
        phrase("{measure}: {amount}", measure=HEAT[desk.state.heat], amount=words(total)),
        lambda n: joined(", ", [said(words(costs[n])), f"{costs[n] / (total or 1.0):.0%}"]),
    )
