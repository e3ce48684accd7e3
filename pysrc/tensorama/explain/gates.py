"""Gates and norms that recent language models put around attention: what is let through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import alone, flat
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import MICROSOFT, written
from tensorama.explain.squashes import sigmoid, silu, softplus
from tensorama.phrases import phrase, word

Array = np.ndarray


@declares("ScaledSiLU", domain=MICROSOFT)
def swish(cell: Cell) -> Account:
    """z · sigmoid(z) of z = scale · x"""
    x = Operand(0, cell.at, "x")
    asked = [alone(cell, 1, "scale")] if cell.has(1) else []

    def work(values: Values) -> Worked:
        scale = values(asked[0]) if asked else float(cell.attributes["alpha"])
        z = np.float64(values(x) * scale)
        value = np.float64(silu(z))
        said = Said("Scaled to {z}, of which the gate lets {open} % through.",
                    {"z": m.written(z), "open": m.percent(sigmoid(z))})  # fmt: skip
        stages = [Stage("scaled", z), Stage("let through", value)]
        terms = [Terms((x, *asked), np.asarray(value), "gated")]
        return Worked(stages, terms, said, m.row(m.name("z"), m.op("·"), m.call("σ", m.name("z"))))

    return Account([x, *asked], work, "elements")


@declares("GatedAdd", domain=MICROSOFT)
def added(cell: Cell) -> Account:
    """x + y · gate"""
    x, y = Operand(0, cell.at, "x"), Operand(1, cell.at, "y")
    gate = Operand(2, cell.same(2), "gate")

    def work(values: Values) -> Worked:
        more = np.float64(values(y) * values(gate))
        value = np.float64(values(x) + more)
        said = Said("{x}, and of {y} the gate adds {gate} times as much: {more}.",
                    written(x=values(x), y=values(y), gate=values(gate), more=more))  # fmt: skip
        terms = [Terms((x,), np.asarray(values(x)), "x"), Terms((y, gate), np.asarray(more), "y")]
        formula = m.row(m.name("x"), m.op("+"), m.name("g"), m.op("·"), m.name("y"))
        return Worked([Stage("sum", value)], terms, said, formula)

    return Account([x, y, gate], work, "elements")


def _rooted(row: Any, epsilon: float) -> Any:
    """The root of a mean square."""
    return np.sqrt(np.square(np.asarray(row, float)).mean(axis=-1) + epsilon)


def _brought(
    x: Operand, row: Operand, factors: Sequence[Operand], epsilon: float, gate: Any, text: str
) -> Account:
    """x / √(mean square of its row) · factors; gate: (values) → a factor more."""

    def work(values: Values) -> Worked:
        size = _rooted(values(row), epsilon)
        normed = np.float64(values(x) / size)
        stages, value = [Stage("root mean square", size), Stage("normalised", normed)], normed
        for factor in factors:
            value = np.float64(value * values(factor))
            stages.append(Stage(phrase("· {role}", role=word(factor.role)), value))
        numbers = written(x=values(x), size=size, normed=normed)
        if gate is not None:
            shown = np.float64(gate(values))
            value = np.float64(value * shown)
            stages.append(Stage("· gate", value))
            numbers |= written(gate=shown)
        squares = np.asarray(values(row), float) ** 2
        terms = [Terms((x, *factors), np.asarray(value), "value"),
                 Terms((row,), np.zeros(squares.shape), "row", squares)]  # fmt: skip
        formula = m.row(m.fraction(m.name("x"), m.root(m.row(m.name("mean"), m.name("x²"),
                        m.op("+"), m.name("epsilon")))), m.op("·"), m.name("s"))  # fmt: skip
        return Worked(stages, terms, Said(text, numbers), formula)

    return Account([x, row, *factors], work, "normalisation")


@declares("GatedRMSNorm", domain=MICROSOFT)
def gated_norm(cell: Cell) -> Account:
    """A group of values at a mean square of 1, scaled, and let through by a gate."""
    given, size = cell.attributes, cell.shape(1)[0]
    at, (along,) = cell.spread(size)
    row = Operand(0, (*at[:-1], at[-1] // size * size + along), "row")
    x, scale = Operand(0, cell.at, "x"), Operand(1, (cell.at[-1] % size,), "scale")
    gate = Operand(2, cell.at, "gate")
    bend = sigmoid if given["activation"] == "sigmoid" else silu
    made = _brought(
        x, row, [scale], float(given["epsilon"]), lambda values: bend(values(gate)),
        "{x} is {normed} root mean squares of its group, of which the gate lets {gate} through.",
    )  # fmt: skip
    return Account([*made.operands, gate], made.work, made.body)


@declares("BranchwiseRMSNorm", domain=MICROSOFT)
def branch_norm(cell: Cell) -> Account:
    """A branch at a mean square of 1."""
    given, shape = cell.attributes, cell.shape(0)
    branches = int(given["num_branches"])
    width = shape[-1] // branches if branches else shape[-1]
    at, (along,) = cell.spread(width)
    place = cell.at[-1] % width
    branch = cell.at[-1] // width if branches else cell.at[-2]
    row = Operand(0, (*at[:-1], at[-1] // width * width + along), "row")
    factors = []
    if cell.has(1):
        number = place if cell.array(1).size == width else branch * width + place
        factors = [flat(cell, 1, number, "scale")]
    text = "{x} is {normed} root mean squares ({size}) of its branch."
    return _brought(Operand(0, cell.at, "x"), row, factors, float(given["epsilon"]), None, text)


@declares("LinearAttentionGate", domain=MICROSOFT)
def forgetting(cell: Cell) -> Account:
    """How fast a head forgets at a step, or how much it writes."""
    if cell.output == 1:
        b = Operand(3, cell.at, "b")

        def wrote(values: Values) -> Worked:
            value = np.float64(sigmoid(values(b)))
            said = Said("This head writes {share} % of what is new.", {"share": m.percent(value)})
            return Worked([Stage("beta", value)], [Terms((b,), np.asarray(value), "gate")], said,
                          m.call("σ", m.name("b")))  # fmt: skip

        return Account([b], wrote, "elements")
    a = Operand(0, cell.at, "a")
    bias, scale = Operand(1, cell.at[-1:], "dt_bias"), Operand(2, cell.at[-1:], "decay_scale")

    def work(values: Values) -> Worked:
        z = np.float64(values(a) + values(bias))
        value = np.float64(values(scale) * softplus(z))
        said = Said("After this step {share} % of what this head remembers is left.",
                    {"share": m.percent(np.exp(value))})  # fmt: skip
        stages = [Stage("a + bias", z), Stage("decay", value)]
        terms = [Terms((a, bias, scale), np.asarray(value), "decay")]
        formula = m.row(m.name("s"), m.op("·"), m.call("softplus", m.row(m.name("a"), m.op("+"),
                        m.name("b"))))  # fmt: skip
        return Worked(stages, terms, said, formula)

    return Account([a, bias, scale], work, "elements")


def _stream(cell: Cell, position: int, lead: Sequence[Array], c: Array, h: Array) -> Operand:
    """A value of a stream: (…,C,H), or (…,C·H)."""
    if int(cell.attributes["num_branches"]):
        width = cell.shape(position)[-1] // int(cell.attributes["num_branches"])
        return Operand(position, (*lead, c * width + h), "stream")
    return Operand(position, (*lead, c, h), "stream")


def _mix(cell: Cell, position: int, lead: Sequence[Array], c: Array, h: Array, width: int,
         streams: int, role: str) -> Operand:  # fmt: skip
    """A gate of a stream: one for all its values, or one for each."""
    sizes = cell.shape(0)[: len(lead)]
    row: Any = 0
    for part, size in zip(lead, sizes, strict=True):
        row = row * size + part
    each = cell.array(position).size // max(1, int(np.prod(sizes)))
    number = row * each + (c * width + h if each == streams * width else c)
    return flat(cell, position, number, role)


def _streams(cell: Cell) -> tuple[int, int]:
    """How many streams there are, and how many values each has."""
    branches, shape = int(cell.attributes["num_branches"]), cell.shape(0)
    return (branches, shape[-1] // branches) if branches else (shape[-2], shape[-1])


@declares("HyperConnectionPreMix", domain=MICROSOFT)
def mixed_before(cell: Cell) -> Account:
    """Σ over the streams of a value, each times its gate."""
    streams, width = _streams(cell)
    at, (c,) = cell.spread(streams)
    *lead, h = at
    x = _stream(cell, 0, lead, c, h + 0 * c)
    gate = _mix(cell, 1, lead, c, h, width, streams, "gate")

    def work(values: Values) -> Worked:
        shares = np.asarray(values(x) * values(gate), float)
        shares = shares * float(cell.attributes["reduction_scale"])
        best = int(np.abs(shares).argmax())
        said = Said("{count} streams are mixed into one; stream {best} gives most, {share}.",
                    {"count": streams, "best": best, **written(share=shares[best])})  # fmt: skip
        formula = m.total("c", m.row(m.name("x", "c"), m.op("·"), m.name("g", "c")))
        return Worked([Stage("mixed", shares.sum())], [Terms((x, gate), shares, "streams")], said,
                      formula)  # fmt: skip

    return Account([x, gate], work, "products")


@declares("HyperConnectionPostMix", domain=MICROSOFT)
def mixed_after(cell: Cell) -> Account:
    """Streams mixed among each other, and what a block says added."""
    streams, width = _streams(cell)
    if int(cell.attributes["num_branches"]):
        *lead, joined = cell.at
        c, h = joined // width, joined % width
    else:
        *lead, c, h = cell.at
    block = Operand(1, (*lead, h), "block")
    gate = _mix(cell, 2, lead, c, h, width, streams, "gate")
    if cell.has(3):
        _, (other,) = cell.spread(streams)
        wide = [np.asarray(part)[..., None] for part in (*lead, c, h)]
        *row, mine, value = wide
        x = _stream(cell, 0, row, other, value + 0 * other)
        mix = [Operand(3, (*row, other, mine), "mix")]
    else:
        x, mix = _stream(cell, 0, lead, c, h), []

    def work(values: Values) -> Worked:
        shares = np.asarray(values(x), float)
        for operand in mix:
            shares = shares * values(operand)
        more = np.float64(values(gate) * values(block))
        value = shares.sum() + more
        said = Said("The streams leave {kept}; what the block says adds {more}.",
                    written(kept=shares.sum(), more=more))  # fmt: skip
        terms = [Terms((x, *mix), shares, "streams"),
                 Terms((block, gate), np.asarray(more), "block")]  # fmt: skip
        formula = m.row(m.total("c", m.row(m.name("x", "c"), m.op("·"), m.name("m", "c"))),
                        m.op("+"), m.name("g"), m.op("·"), m.name("y"))  # fmt: skip
        return Worked([Stage("kept", shares.sum()), Stage("+ block", value)], terms, said, formula)

    return Account([x, *mix, block, gate], work, "products")


@declares("EngramGate", domain=MICROSOFT)
def remembered(cell: Cell) -> Account:
    """A remembered value, let through as far as its key fits the query; or that normalised."""
    (n, s, c, _), (along,) = cell.spread(cell.shape(0)[3])
    rows = [Operand(p, (n, s, c, along), name) for p, name in ((0, "key"), (1, "query"))]
    scales = [Operand(p, (c, along), "scale") for p in (3, 4)]
    value = Operand(2, (*cell.at[:2], cell.at[3]), "value")
    whole = Operand(2, (n, s, along), "values")
    last = [Operand(5, cell.at[2:], "scale of the result")] if cell.output == 1 else []
    epsilon = float(cell.attributes["epsilon"])
    every = [*rows, *scales, value, *last, *([whole] if last else [])]
    if not cell.one:
        return Account(every, unworked, "elements")

    def work(values: Values) -> Worked:
        key, query = (
            values(row) / _rooted(values(row), epsilon) * values(scale)
            for row, scale in zip(rows, scales, strict=True)
        )
        fits = np.asarray(key * query, float) / math.sqrt(key.size)
        fit = fits.sum()
        gate = sigmoid(np.sign(fit) * math.sqrt(max(abs(fit), 1e-6)))
        made = np.float64(gate * values(value))
        stages = [Stage("fit", fit), Stage("gate", np.float64(gate)), Stage("let through", made)]
        terms = [Terms((value,), np.asarray(made), "value"),
                 Terms((*rows, *scales), np.zeros(fits.shape), "fit", fits)]  # fmt: skip
        if last:
            made = np.float64(made / _rooted(gate * values(whole), epsilon) * values(last[0]))
            stages.append(Stage("normalised", made))
        said = Said("Key and query fit by {fit}: {open} % of the remembered {value} come through.",
                    {"open": m.percent(gate), **written(fit=fit, value=values(value))})  # fmt: skip
        formula = m.row(m.call("σ", m.row(m.name("k"), m.op("·"), m.name("q"))), m.op("·"),
                        m.name("v"))  # fmt: skip
        return Worked(stages, terms, said, formula)

    return Account(every, work, "elements")
