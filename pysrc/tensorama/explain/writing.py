"""Rules of writing a text token by token, and two sequences laid along each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.movement import copied, unworked
from tensorama.explain.quantised import MICROSOFT, all_of, written


@declares("NGramRepeatBlock", domain=MICROSOFT)
def unrepeated(cell: Cell) -> Account:
    """The score of a token, or minus infinity if it would repeat a row of tokens."""
    size = int(cell.attributes["ngram_size"])
    score = Operand(1, cell.at, "score")
    written_so_far = all_of(cell, 0, "tokens", [cell.at[0]])
    if not cell.one:
        return Account([score, written_so_far], unworked, "look-up")
    tokens = cell.array(0)[int(cell.at[0])].tolist()
    last = tokens[len(tokens) - size + 1 :]
    token = int(cell.at[1])
    repeats = [
        i for i in range(len(tokens) - size + 1)
        if tokens[i : i + size - 1] == last and tokens[i + size - 1] == token
    ] if len(tokens) >= size else []  # fmt: skip

    def work(values: Values) -> Worked:
        value = -np.inf if repeats else np.float64(values(score))
        said = Said(
            "Token {token} would repeat {size} tokens that stand at place {place}: it is forbidden."
            if repeats else "Token {token} would repeat no row of {size} tokens: its score stays.",
            {"token": token, "size": size, "place": repeats[0] if repeats else ""},
        )  # fmt: skip
        terms = [Terms((score,), np.asarray(value), "score", np.asarray(1.0))]
        return Worked([Stage("forbidden" if repeats else "score", value)], terms, said,
                      m.name("score"))  # fmt: skip

    return Account([score, written_so_far], work, "look-up")


@declares("BifurcationDetector", domain=MICROSOFT)
def guessed(cell: Cell) -> Account:
    """Tokens that were guessed right, and from where to guess on."""
    names = ("source", "tokens", "place", "predicted")
    everything = [all_of(cell, p, name) for p, name in enumerate(names) if cell.has(p)]
    if not cell.one:
        return Account(everything, unworked, "look-up")
    source, tokens = (np.ravel(cell.array(p)).tolist() for p in (0, 1))
    said_next, kept = [], 0
    if cell.has(3):
        said_next = np.ravel(cell.array(3)).tolist()
        for guess in source[int(np.ravel(cell.array(2))[0]) :]:
            if said_next[kept] != guess:
                break
            kept += 1
        kept += 1
    if cell.output == 0:
        place = int(cell.at[0])
        if place < len(tokens):
            said = Said("Token {place}, which was there before.", {"place": place})
            return copied(Operand(1, _one(cell, 1, place), "token"), said)
        number = place - len(tokens)
        said = Said(
            "The guess was right here: the network says the same."
            if number < kept - 1
            else "What the network says where the guesses end.",
        )
        return copied(Operand(3, _one(cell, 3, number), "predicted"), said)
    tokens = tokens + said_next[:kept]
    value = _suffix(cell, source, tokens)
    said = Said(
        "The last tokens stand once in the source: guessing goes on at place {value}."
        if value >= 0 else "The last tokens do not stand in the source just once: no guess.",
        {"value": value},
    )  # fmt: skip

    def work(values: Values) -> Worked:
        return Worked([Stage("place", value)], [Terms((), np.asarray(value), "place")], said,
                      m.call("find", m.name("tokens")))  # fmt: skip

    return Account(everything, work, "look-up")


def _one(cell: Cell, position: int, place: int) -> tuple[np.ndarray, ...]:
    return tuple(map(np.asarray, np.unravel_index(place, cell.shape(position))))


def _suffix(cell: Cell, source: list[int], tokens: list[int]) -> int:
    """Where in the source the last tokens end, if they stand there once; else -1."""
    given, place = cell.attributes, -1
    for size in range(int(given["min_ngram_size"]), int(given["max_ngram_size"]) + 1):
        found = []
        if 0 < size <= len(tokens):
            last = tokens[len(tokens) - size :]
            found = [i for i in range(len(source) - size + 1) if source[i : i + size] == last]
        place = found[0] + size if len(found) == 1 and found[0] + size < len(source) else -1
        if len(found) <= 1:
            break
    return place


@declares("CDist", domain=MICROSOFT)
def distance(cell: Cell) -> Account:
    """The distance of a row of one matrix from a row of another."""
    (row, other), (along,) = cell.spread(cell.shape(0)[1])
    a, b = Operand(0, (row, along), "a"), Operand(1, (other, along), "b")
    root = cell.attributes["metric"] == "euclidean"

    def work(values: Values) -> Worked:
        apart = np.asarray(values(a) - values(b), float)
        shares = apart**2
        square = shares.sum()
        value = np.sqrt(square) if root else square
        far = int(np.abs(apart).argmax())
        said = Said(
            "Row {row} of a and row {other} of b are {value} apart; most along axis {far}, by "
            "{most}.",
            {"row": int(cell.at[0]), "other": int(cell.at[1]), "far": far,
             **written(value=value, most=apart[far])},
        )  # fmt: skip
        formula = m.total("k", m.power(m.row(m.op("("), m.name("a", "k"), m.op("−"),
                          m.name("b", "k"), m.op(")")), m.number(2)))  # fmt: skip
        stages = [Stage("sum of squares", square)]
        if root:
            stages.append(Stage("root", value))
        return Worked(stages, [Terms((a, b), shares, "squares")], said,
                      m.root(formula) if root else formula)  # fmt: skip

    return Account([a, b], work, "elements")


@declares("DynamicTimeWarping", domain=MICROSOFT)
def warped(cell: Cell) -> Account:
    """A step of the cheapest way through a matrix of costs: its row, or its column."""
    everywhere = all_of(cell, 0, "costs")
    if not cell.one:
        return Account([everywhere], unworked, "winner")
    costs = cell.array(0)
    matrix = costs[0] if costs.ndim == 3 else costs
    way, cheapest = _way(matrix)
    step = int(cell.at[1])
    i, j = way[step]
    index = (0, i, j) if costs.ndim == 3 else (i, j)
    own = Operand(0, tuple(map(np.asarray, index)), "cost")

    def work(values: Values) -> Worked:
        value: Any = (i, j)[int(cell.at[0])]
        said = Said(
            "Step {step} of the {count} of the cheapest way, which costs {total}: row {row}, "
            "column {column}.",
            {"step": step + 1, "count": len(way), "row": i, "column": j,
             **written(total=cheapest)},
        )  # fmt: skip
        terms = [Terms((own,), np.asarray(value), "cost", np.asarray(float(values(own))))]
        stages = [Stage("cost of the way", cheapest), Stage("place", value)]
        return Worked(stages, terms, said, m.row(m.op("min"), m.total("k", m.name("c", "k"))))

    return Account([own, everywhere], work, "winner")


def _way(costs: np.ndarray) -> tuple[list[tuple[int, int]], float]:
    """The cells of the cheapest way from the first to the last, and what it costs."""
    rows, columns = costs.shape
    best = np.full((rows + 1, columns + 1), np.inf, costs.dtype)
    best[0, 0] = 0
    for total in range(2, rows + columns + 1):  # the cells of a diagonal do not need each other
        i = np.arange(max(1, total - columns), min(rows, total - 1) + 1)
        j = total - i
        ways = np.stack((best[i - 1, j - 1], best[i - 1, j], best[i, j - 1]))
        best[i, j] = costs[i - 1, j - 1] + ways.min(axis=0)
    i, j = rows, columns
    way = []
    while i > 0 and j > 0:
        way.append((i - 1, j - 1))
        both, up, left = best[i - 1, j - 1], best[i - 1, j], best[i, j - 1]
        if both < up and both < left:
            i, j = i - 1, j - 1
        elif up < both and up < left:
            i -= 1
        else:
            j -= 1
    return way[::-1], float(best[-1, -1])
