"""Numbers that were drawn: what the draw followed can be told, the draw itself only recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell, widened
from tensorama.explain.declare import declares
from tensorama.explain.quantised import written
from tensorama.phrases import phrase


@declares("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")
def drawn(cell: Cell) -> Account:
    """Noise of a distribution."""
    given = cell.attributes
    value = widened(cell.result)[cell.at] if cell.one else None
    seed = (
        phrase("no seed: a fixed one was used") if given["seed"] is None
        else phrase("seed {number:g}", number=given["seed"])
    )  # fmt: skip
    if "Normal" in cell.op:
        text = (
            "Drawn from a bell curve around {mean} of width {scale} ({seed}): {apart} widths "
            "from its middle."
        )
        apart = (value - given["mean"]) / (given["scale"] or 1) if cell.one else 0
        numbers = written(mean=given["mean"], scale=given["scale"], apart=apart)
        formula = m.row(m.name("x"), m.op("∼"), m.call("N", m.name("mu"), m.name("sigma")))
    else:
        text = "Drawn evenly between {low} and {high} ({seed}): it fell {percent} % of the way up."
        wide = (given["high"] - given["low"]) or 1
        way = (value - given["low"]) / wide if cell.one else 0
        numbers = written(low=given["low"], high=given["high"], percent=100 * way)
        formula = m.row(m.name("x"), m.op("∼"), m.call("U", m.name("low"), m.name("high")))
    said = Said(text, {**numbers, "seed": seed})
    return _recorded(cell, [], said, formula)


def _recorded(cell: Cell, operands: list[Operand], said: Said, formula: str) -> Account:
    """A draw: the value is the recorded one, for nothing but the draw made it."""

    def work(values: Values) -> Worked:
        value: Any = widened(cell.result)[cell.at]
        terms = [Terms((), np.asarray(value), "drawn")]
        return Worked([Stage("drawn", value)], terms, said, formula)

    return Account(operands, work, "chance")


@declares("Bernoulli")
def thrown(cell: Cell) -> Account:
    """A coin that was thrown with the probability that stands at the same place."""
    chance = Operand(0, cell.at, "probability")
    if not cell.one:
        return _recorded(cell, [chance], Said(""), "")
    share = float(widened(cell.array(0))[cell.at])
    hit = bool(widened(cell.result)[cell.at])
    said = Said(
        "Thrown like a coin that shows 1 with a probability of {share} %: 1 it is."
        if hit
        else "Thrown like a coin that shows 1 with a probability of {share} %: 0 it is.",
        {"share": m.percent(share), "shown": int(hit)},
    )

    def work(values: Values) -> Worked:
        terms = [Terms((chance,), np.asarray(float(hit)), "drawn", np.asarray(share))]
        formula = m.row(m.name("y"), m.op("∼"), m.call("Bernoulli", m.name("p")))
        return Worked([Stage("probability", share), Stage("drawn", float(hit))], terms, said,
                      formula)  # fmt: skip

    return Account([chance], work, "chance")


@declares("Multinomial")
def picked(cell: Cell) -> Account:
    """A class that was drawn by the probabilities of its row."""
    (n, _), (along,) = cell.spread(cell.shape(0)[1])
    row = Operand(0, (n, along), "row")
    if not cell.one:
        return _recorded(cell, [row], Said(""), "")
    drawn_class = int(cell.result[cell.at])

    def work(values: Values) -> Worked:
        scores = np.asarray(values(row), float)
        powers = np.exp(scores - scores.max())
        shares = powers / powers.sum()
        made = np.zeros(shares.shape)
        made[drawn_class] = drawn_class
        said = Said(
            "Class {label} was drawn; it had {percent} % of the chance, the most likely one "
            "{most} %.",
            {"label": drawn_class, "percent": m.percent(shares[drawn_class]),
             "most": m.percent(shares.max())},
        )  # fmt: skip
        stages = [Stage("its chance", shares[drawn_class]), Stage("drawn", drawn_class)]
        formula = m.row(m.name("y"), m.op("∼"), m.call("softmax", m.name("x")))
        return Worked(stages, [Terms((row,), made, "drawn", shares)], said, formula)

    return Account([row], work, "chance")
