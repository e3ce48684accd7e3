"""Waves: a signal taken apart into them, windows made of them, and the scale of an ear."""

from __future__ import annotations

import math

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.indices import alone
from tensorama.explain.quantised import written
from tensorama.phrases import phrase


def _clean(value: float) -> float:
    """A value for a sentence: what is nothing but rounding counts as 0 there."""
    return 0.0 if abs(value) < 1e-12 else value


@declares("DFT")
def transformed(cell: Cell) -> Account:
    """How much of one wave is in a signal: its values times a cosine, or a sine."""
    given, shape = cell.attributes, cell.shape(0)
    axis = cell.number(2, -2) if "axis" not in given else int(given["axis"])
    axis %= len(shape)
    inverse, one_sided = bool(given["inverse"]), bool(given["onesided"])
    size, parts = shape[axis], shape[-1]
    length = cell.number(1, 2 * (size - 1) if inverse and one_sided else size)
    asked = [alone(cell, p, name) for p, name in ((1, "length"), (2, "axis")) if cell.has(p)]
    seen = min(size, length // 2 + 1 if inverse and one_sided else length)
    return _wave(cell, axis, length, seen, parts, inverse, one_sided, asked)


def _wave(
    cell: Cell, axis: int, length: int, seen: int, parts: int, inverse: bool, one_sided: bool,
    asked: list[Operand],
) -> Account:  # fmt: skip
    at, (along, part) = cell.spread(seen, parts)
    signal = Operand(0, (*at[:axis], along, *at[axis + 1 : -1], part), "signal")
    turn = 2 * math.pi * at[axis] * along / length * (1 if inverse else -1)
    imaginary = at[-1] == 1
    # (a + ib)·(cos + i·sin): the real part is a·cos − b·sin, the imaginary one a·sin + b·cos
    factor = np.where(
        imaginary, np.where(part == 0, np.sin(turn), np.cos(turn)),
        np.where(part == 0, np.cos(turn), -np.sin(turn)),
    )  # fmt: skip
    if inverse and one_sided:  # the other half mirrors this one
        edge = (along == 0) | ((along == length // 2) & (length % 2 == 0))
        factor = np.where(edge, 1, 2) * np.where(edge & (part == 1), 0, factor)
    factor = factor / length if inverse else factor

    def work(values: Values) -> Worked:
        shares = np.asarray(values(signal) * factor, float)
        value = shares.sum()
        said = Said(
            "How much of the wave that turns {turns} times in {length} steps is in the signal: its "
            "{kind} part is {value}.",
            {"turns": int(cell.at[axis]), "length": length,
             "kind": phrase("sine") if int(cell.at[-1]) else phrase("cosine"),
             **written(value=_clean(value))},
        ) if not inverse else Said(
            "{count} waves, put together again at step {step}.",
            {"count": seen, "step": int(cell.at[axis])},
        )  # fmt: skip
        power = m.power(m.name("e"), m.row(m.op("" if inverse else "−"), m.name("2πi"),
                                           m.name("kn/N")))  # fmt: skip
        formula = m.total("n", m.row(m.name("x", "n"), m.op("·"), power))
        return Worked([Stage("sum", value)], [Terms((signal,), shares, "waves")], said, formula)

    return Account([signal, *asked], work, "products")


@declares("STFT")
def short(cell: Cell) -> Account:
    """The same for a short stretch of the signal, seen through a window."""
    shape = cell.shape(0)
    length = cell.number(3, cell.shape(2)[0] if cell.has(2) else shape[1])
    step = cell.number(1)
    (n, frame, wave, kind), (along, part) = cell.spread(length, shape[2])
    signal = Operand(0, (n, frame * step + along, part), "signal")
    window = [Operand(2, (along,), "window")] if cell.has(2) else []
    turn = -2 * math.pi * wave * along / length
    factor = np.where(
        kind == 1, np.where(part == 0, np.sin(turn), np.cos(turn)),
        np.where(part == 0, np.cos(turn), -np.sin(turn)),
    )  # fmt: skip

    def work(values: Values) -> Worked:
        shares = np.asarray(values(signal) * factor, float)
        for operand in window:
            shares = shares * values(operand)
        said = Said(
            "How much of the wave that turns {turns} times in {length} steps is in the stretch "
            "from {begin} on: its {kind} part is {value}.",
            {"turns": int(cell.at[2]), "length": length, "begin": int(cell.at[1]) * step,
             "kind": phrase("sine") if int(cell.at[3]) else phrase("cosine"),
             **written(value=_clean(shares.sum()))},
        )  # fmt: skip
        power = m.power(m.name("e"), m.row(m.op("−"), m.name("2πi"), m.name("kn/N")))
        formula = m.total("n", m.row(m.name("x", "n"), m.op("·"), m.name("w", "n"), m.op("·"),
                                     power))  # fmt: skip
        terms = [Terms((signal, *window), shares, "waves")]
        return Worked([Stage("sum", shares.sum())], terms, said, formula)

    asked = [alone(cell, p, "number") for p in (1, 3) if cell.has(p)]
    return Account([signal, *window, *asked], work, "products")


_WINDOWS = {
    "HannWindow": (0.5, -0.5, 0.0),
    "HammingWindow": (25 / 46, -21 / 46, 0.0),
    "BlackmanWindow": (0.42, -0.5, 0.08),
}


@declares("HannWindow", "HammingWindow", "BlackmanWindow")
def window(cell: Cell) -> Account:
    """A sum of cosines over one period."""
    size, weights = alone(cell, 0, "size"), _WINDOWS[cell.op]

    def work(values: Values) -> Worked:
        count, place = int(values(size)), int(cell.at[0])
        period = max(1, count if cell.attributes["periodic"] else count - 1)
        turn = 2 * math.pi * place / period
        shares = np.array([w * math.cos(k * turn) for k, w in enumerate(weights)])
        value = shares.sum()
        said = Said(
            "Place {place} of {count}: {percent} % of a turn through the window, which lets "
            "{value} through here.",
            {"place": place, "count": count, "percent": m.percent(place / period),
             **written(value=_clean(value))},
        )  # fmt: skip
        terms = [Terms((), shares, "cosines"),
                 Terms((size,), np.asarray(0.0), "size", np.asarray(1.0))]  # fmt: skip
        parts = [m.number(weights[0])]
        for k, w in enumerate(weights[1:], start=1):
            if w:
                wave = m.call("cos", m.row(m.number(2 * k), m.name("π"), m.fraction(
                    m.name("n"), m.name("N"))))  # fmt: skip
                parts += [m.op("−" if w < 0 else "+"), m.number(abs(w)), m.op("·"), wave]
        return Worked([Stage("sum", value)], terms, said, m.row(*parts))

    return Account([size], work, "fixed")


@declares("MelWeightMatrix")
def mel(cell: Cell) -> Account:
    """How much of a wave belongs to one of the bands of an ear: a triangle."""
    names = ("bands", "length", "samples a second", "lowest", "highest")
    asked = [alone(cell, p, name) for p, name in enumerate(names)]

    def work(values: Values) -> Worked:
        bands, length, rate, low, high = (float(values(o)) for o in asked)
        ends = [2595 * math.log10(1 + edge / 700) for edge in (low, high)]
        wave, band = int(cell.at[0]), int(cell.at[1])

        def place(number: int) -> int:
            at = ends[0] + number * (ends[1] - ends[0]) / (bands + 2)
            return math.floor((length + 1) * 700 * (10 ** (at / 2595) - 1) / rate)

        lower, middle, upper = (place(band + k) for k in range(3))
        value = 0.0
        if lower <= wave <= middle:
            value = 1.0 if middle == lower else (wave - lower) / (middle - lower)
        if middle <= wave < upper:
            value = (upper - wave) / max(upper - middle, 1)
        said = Said(
            "Band {band} of the ear reaches from wave {lower} over {middle} to {upper}; wave "
            "{wave} belongs to it by {value}." if value
            else "Band {band} of the ear reaches from wave {lower} over {middle} to {upper}; wave "
            "{wave} lies outside of it.",
            {"band": band, "lower": lower, "middle": middle, "upper": upper, "wave": wave,
             **written(value=_clean(value))},
        )  # fmt: skip
        terms = [Terms((), np.asarray(value), "triangle")]
        terms += [Terms((o,), np.asarray(0.0), o.role, np.asarray(1.0)) for o in asked]
        formula = m.fraction(m.row(m.name("k"), m.op("−"), m.name("lower")),
                             m.row(m.name("middle"), m.op("−"), m.name("lower")))  # fmt: skip
        return Worked([Stage("share", value)], terms, said, formula)

    return Account(asked, work, "fixed")
