"""Texts: joined, cut, cleaned, matched and counted. Where letters go, and which words count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tensorama.engine.ops.patterns import finder, follower
from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import MICROSOFT, all_of, written
from tensorama.phrases import counted as numerous

_CASES: dict[str, Callable[[str], str]] = {"NONE": str, "LOWER": str.lower, "UPPER": str.upper}


def text(value: Any) -> np.ndarray:
    """A text as the share of a term."""
    made = np.empty((), object)
    made[()] = value
    return made


def _shown(value: str) -> str:
    short = value if len(value) <= 40 else value[:39] + "…"
    return m.written(short)


def _of_one(operand: Operand, name: str, value: Any, said: Said, formula: str) -> Worked:
    """One text became a value."""
    share = text(value) if isinstance(value, str) else np.asarray(value)
    terms = [Terms((operand,), share, name, np.asarray(1.0))]
    return Worked([Stage(name, value)], terms, said, formula)


@declares("StringConcat")
def joined(cell: Cell) -> Account:
    """One text behind another."""
    a, b = Operand(0, cell.same(0), "first"), Operand(1, cell.same(1), "second")

    def work(values: Values) -> Worked:
        x, y = str(values(a)), str(values(b))
        said = Said("{a}, and behind it {b}.", {"a": _shown(x), "b": _shown(y)})
        terms = [Terms((a, b), text(x + y), "text")]
        return Worked([Stage("joined", x + y)], terms, said,
                      m.row(m.name("x"), m.op("+"), m.name("y")))  # fmt: skip

    return Account((a, b), work, "text")


@declares("StringSplit")
def cut(cell: Cell) -> Account:
    """One piece of a text, or how many there are."""
    given = cell.attributes
    x = Operand(0, cell.at if cell.output else cell.at[:-1], "text")

    def work(values: Values) -> Worked:
        whole = str(values(x))
        delimiter, most = given["delimiter"], given["maxsplit"]
        pieces = whole.split(delimiter or None, -1 if most is None else int(most)) if whole else []
        if not delimiter and most is not None and pieces:
            pieces[-1] = pieces[-1].rstrip()
        numbers = {
            "text": _shown(whole),
            "count": len(pieces),
            "many": numerous("{count} piece", "{count} pieces", count=len(pieces)),
        }
        formula = m.call("split", m.name("x"))
        if cell.output:
            said = Said("{text} has {many}.", numbers)
            return _of_one(x, "pieces", len(pieces), said, formula)
        place = int(cell.at[-1])
        there = place < len(pieces)
        said = Said(
            "Piece {place} of the {count} that {text} was cut into." if there
            else "{text} has only {many}: an empty text fills the row.",
            {"place": place + 1, **numbers},
        )  # fmt: skip
        return _of_one(x, "piece", pieces[place] if there else "", said, formula)

    return Account((x,), work, "text")


@declares("RegexFullMatch")
def matched(cell: Cell) -> Account:
    """Whether a text follows a pattern from its first to its last letter."""
    x, pattern = Operand(0, cell.at, "text"), cell.attributes["pattern"]

    def work(values: Values) -> Worked:
        whole = str(values(x))
        follows = follower(pattern)(whole)
        said = Said(
            "{text} follows the pattern {pattern} from its first to its last letter." if follows
            else "{text} does not follow the pattern {pattern}.",
            {"text": _shown(whole), "pattern": _shown(pattern)},
        )  # fmt: skip
        return _of_one(x, "follows", bool(follows), said, m.call("match", m.name("x")))

    return Account((x,), work, "comparison")


@declares("StringNormalizer")
def cleaned(cell: Cell) -> Account:
    """A word that is left when stop words are dropped, in the case that is asked for."""
    given, x = cell.attributes, cell.array(0)
    everywhere = all_of(cell, 0, "words")
    if not cell.one:
        return Account([everywhere], unworked, "text")
    same = str if given["is_case_sensitive"] else str.lower
    stop = {same(word) for word in given["stopwords"]}
    left = [i for i, word in enumerate(np.ravel(x)) if same(str(word)) not in stop]
    if not left:
        said = Said("Every word was a stop word: one empty text stays.")
        share = Terms((everywhere,), np.full(np.ravel(x).shape, "", object).reshape(x.shape))
        return Account([everywhere], lambda values: Worked([Stage("empty", "")], [share], said),
                       "text")  # fmt: skip
    place = left[int(cell.at[-1])]
    word = Operand(0, tuple(map(np.asarray, np.unravel_index(place, x.shape))), "word")

    def work(values: Values) -> Worked:
        before = str(values(word))
        value = _CASES[given["case_change_action"]](before)
        said = Said(
            "Word {place}, {before}, is no stop word and stays; {dropped} others were dropped.",
            {"place": place + 1, "before": _shown(before), "dropped": x.size - len(left)},
        )
        return _of_one(word, "word", value, said, m.name("x"))

    return Account([word, everywhere], work, "text")


@declares("Tokenizer", domain=MICROSOFT)
def words(cell: Cell) -> Account:
    """A word of a text, or what fills the row."""
    x, given = Operand(0, cell.at[:-1], "text"), cell.attributes

    def work(values: Values) -> Worked:
        whole = str(values(x))
        found = [*_words(whole, given["separators"], given["tokenexp"], given["mincharnum"])]
        if given["mark"]:
            found = ["\x02", *found, "\x03"]
        place = int(cell.at[-1])
        there = place < len(found)
        said = Said(
            "Word {place} of the {count} in {text}." if there
            else "{text} has only {many}: the row is filled up.",
            {"place": place + 1, "count": len(found), "text": _shown(whole),
             "many": numerous("{count} word", "{count} words", count=len(found))},
        )  # fmt: skip
        value = found[place] if there else given["pad_value"]
        return _of_one(x, "word", value, said, m.call("words", m.name("x")))

    return Account((x,), work, "text")


def _words(
    whole: str, separators: Sequence[str], pattern: str | None, fewest: int
) -> Iterator[str]:
    if pattern == "." or list(separators) == [""]:
        yield from whole
    elif pattern:
        find, start = finder(pattern), 0
        while start <= len(whole) and (found := find(whole, start)):
            begin, end = found
            if end - begin < fewest:
                start = begin + 1
                continue
            yield whole[begin:end]
            start = end
    else:
        pieces = [whole]
        for separator in separators:
            pieces = [part for piece in pieces for part in _apart(piece, separator, fewest)]
        yield from pieces


def _apart(whole: str, separator: str, fewest: int) -> Iterator[str]:
    """What stands between separators, if it is long enough."""
    find, start = finder(separator), 0
    while start < len(whole) and (found := find(whole, start)):
        begin, end = found
        if begin - start >= fewest:
            yield whole[start:begin]
        start = max(end, begin + 1) if end == begin else end
    if len(whole) - start >= fewest:
        yield whole[start:]


@declares("TfIdfVectorizer")
def counted(cell: Cell) -> Account:
    """How often an n-gram stands in a row, weighed."""
    given, x = cell.attributes, cell.array(0)
    row = all_of(cell, 0, "items", [cell.at[0]] if x.ndim == 2 else [])
    if not cell.one:
        return Account([row], unworked, "look-up")
    items = (x[int(cell.at[0])] if x.ndim == 2 else np.ravel(x)).tolist()
    column = int(cell.at[-1])
    grams = _pool(given)
    mine = [number for number, where in enumerate(given["ngram_indexes"]) if where == column]
    wanted = {grams[number] for number in mine}
    found = [places for places in _rows(given, len(items))
             if tuple(items[i] for i in places) in wanted]  # fmt: skip
    weight = 1.0
    if given["mode"] != "TF" and given["weights"] and mine:
        weight = float(np.float32(given["weights"][mine[-1]]))
    gram = " ".join(map(str, grams[mine[0]])) if mine else ""

    def work(values: Values) -> Worked:
        shares = np.zeros(len(items))
        for number, places in enumerate(found):
            if given["mode"] != "IDF" or not number:
                shares[places[0]] += weight
        measure = np.zeros(len(items))
        for places in found:
            measure[list(places)] = 1
        said = Said(
            "The words {gram} stand {times} in this row, which counts {weight}."
            if found else "The words {gram} do not stand in this row.",
            {"gram": _shown(gram), **written(weight=shares.sum()),
             "times": numerous("{count} time", "{count} times", count=len(found))},
        )  # fmt: skip
        terms = [Terms((row,), shares.reshape(np.shape(row.index[-1])), "found",
                       measure.reshape(np.shape(row.index[-1])))]  # fmt: skip
        stages = [Stage("count", len(found)), Stage("weighed", np.float64(shares.sum()))]
        return Worked(stages, terms, said, m.row(m.name("n"), m.op("·"), m.name("w")))

    return Account([row], work, "look-up")


def _pool(given: Any) -> list[tuple[Any, ...]]:
    """All n-grams that are counted, the short ones first."""
    pool, starts = given["pool_strings"] or given["pool_int64s"], given["ngram_counts"]
    made: list[tuple[Any, ...]] = []
    for n, (begin, end) in enumerate(zip(starts, [*starts[1:], len(pool)], strict=True), start=1):
        made += [tuple(pool[i : i + n]) for i in range(begin, end, n)]
    return made


def _rows(given: Any, length: int) -> Iterator[tuple[int, ...]]:
    """The places of all n-grams of a row, with gaps of equal size."""
    for n in range(max(1, given["min_gram_length"]), min(given["max_gram_length"], length) + 1):
        for step in range(1, 2 if n == 1 else given["max_skip_count"] + 2):
            for first in range(length - (n - 1) * step):
                yield tuple(range(first, first + (n - 1) * step + 1, step))


@declares("MurmurHash3", domain=MICROSOFT)
def hashed(cell: Cell) -> Account:
    """A number that looks like chance and is the same each time."""
    x, given = Operand(0, cell.at, "x"), cell.attributes

    def work(values: Values) -> Worked:
        raw: Any = cell.array(0)[cell.at]
        data = raw.encode() if isinstance(raw, str) else raw.tobytes()
        mixed = _murmur(data, int(given["seed"]) % 2**32)
        value = mixed if given["positive"] or mixed < 2**31 else mixed - 2**32
        said = Said(
            "The {count} bytes of {x} are mixed to {value}; a value beside it ends up far away.",
            {"count": len(data), "x": m.written(raw), "value": value},
        )
        return _of_one(x, "mixed", value, said, m.call("hash", m.name("x")))

    return Account((x,), work, "look-up")


def _murmur(data: bytes, seed: int) -> int:
    """MurmurHash3, x86, 32 bits: https://en.wikipedia.org/wiki/MurmurHash"""
    mask, h = 2**32 - 1, seed
    tail = len(data) - len(data) % 4
    for start in range(0, tail + 4, 4):
        k = int.from_bytes(data[start : start + 4], "little") * 0xCC9E2D51 & mask
        k = (k << 15 | k >> 17) & mask
        h ^= k * 0x1B873593 & mask
        if start < tail:
            h = ((h << 13 | h >> 19) & mask) * 5 + 0xE6546B64 & mask
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    return h ^ h >> 16


@declares("WordConvEmbedding", domain=MICROSOFT)
def of_letters(cell: Cell) -> Account:
    """The strongest answer of a kernel that slides over the letters of a word."""
    places = cell.shape(0)[1]
    _, _, window, width = cell.shape(1)
    (word, kernel), (at, offset, e) = cell.spread(places - window + 1, window, width)
    letters = cell.array(0)[word, at + offset]
    letter = Operand(0, (word, at + offset), "letter")
    vector = Operand(3, (letters, e), "vector of the letter")
    weights = Operand(1, (kernel, np.zeros_like(kernel), offset, e), "kernel")
    bias = Operand(2, (cell.at[1],), "bias")
    if not cell.one:
        return Account([letter, vector, weights, bias], unworked, "products")

    def work(values: Values) -> Worked:
        row = cell.array(0)[int(cell.at[0])]
        ends = np.flatnonzero(row == 0)
        length = int(ends[0]) if ends.size else places
        answers = np.tanh((values(vector) * values(weights)).sum(axis=(1, 2)) + values(bias))
        inside = np.arange(places - window + 1) < max(length - window + 1, 1)
        best = int(np.where(inside, answers, -np.inf).argmax())
        products = np.zeros((places - window + 1, window, width))
        products[best] = (values(vector) * values(weights))[best]
        value = np.float64(answers[best] if length else 0.0)
        said = Said(
            "Kernel {kernel} answers most strongly at letter {best} of a word of {length}."
            if length else "The word has no letters: 0.",
            {"kernel": int(cell.at[1]), "best": best, "length": length},
        )  # fmt: skip
        sums = products[best].sum() + values(bias)
        terms = [Terms((vector, weights), products, "products"),
                 Terms((bias,), np.asarray(values(bias)), "bias")]  # fmt: skip
        return Worked([Stage("sum", sums), Stage("tanh", value)], terms, said,
                      m.row(m.op("max"), m.call("tanh", m.name("sum"))))  # fmt: skip

    return Account([letter, vector, weights, bias], work, "products")
