"""Cutting texts into words, as scikit-learn's vectorizers do when they are exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import numpy as np

from tensorama.engine.contract.slices import Pace, Slices, sliced
from tensorama.engine.ops.patterns import Finder, finder
from tensorama.engine.ops.strings import strings
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
Words = Callable[[str], Iterator[str]]
_FIRST, _LAST = "\x02", "\x03"  # ASCII's marks for the start and the end of a text
_texts = Pace(1e4)  # per second


@op("Tokenizer", since=1, domain="com.microsoft")
@sliced
def tokenizer(
    x: Array,
    *,
    mark: int,
    mincharnum: int,
    pad_value: str,
    separators: Sequence[str] = (),
    tokenexp: str | None = None,
) -> Slices[Array]:
    """Cut each text into words. x (C) or (N,C) → (…,most), filled up with pad_value

    tokenexp is a pattern that words follow; separators are patterns of what stands between words,
    one "" takes texts apart into letters. Words of fewer than mincharnum letters are left out.
    mark puts a sign before the first word and behind the last.
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    if x.ndim not in (1, 2):
        raise OperatorError(f"x has {x.ndim} dimensions, 1 or 2 were expected")
    if mincharnum < 1:
        raise OperatorError(f"mincharnum is {mincharnum}, at least 1 was expected")
    if not x.size:
        return x
    words = _by(separators, tokenexp, mincharnum)
    texts = [str(text) for text in x.ravel()]
    found: dict[str, list[str]] = {}  # each text once
    for text in dict.fromkeys(texts):
        started = perf_counter()
        found[text] = list(words(text))
        if _texts.learn(1, perf_counter() - started):
            yield
    most = max(map(len, found.values()))
    if not most:
        return strings((), (*x.shape, 0))
    if mark:
        found, most = {text: [_FIRST, *row, _LAST] for text, row in found.items()}, most + 2
    rows = {text: [*row, *[pad_value] * (most - len(row))] for text, row in found.items()}
    yield
    return strings((word for text in texts for word in rows[text]), (*x.shape, most))


def _by(separators: Sequence[str], tokenexp: str | None, fewest: int) -> Words:
    """What gives the words of a text."""
    if bool(separators) == bool(tokenexp):
        raise OperatorError("either separators or tokenexp is needed, and not both")
    if tokenexp == "." or list(separators) == [""]:
        return iter
    if tokenexp:
        word = finder(tokenexp)
        return lambda text: _following(word, text, fewest)
    between = [finder(separator) for separator in separators]

    def apart(text: str) -> Iterator[str]:
        pieces = [text]
        for separator in between:
            pieces = [part for piece in pieces for part in _between(separator, piece, fewest)]
        return iter(pieces)

    return apart


def _following(word: Finder, text: str, fewest: int) -> Iterator[str]:
    """All that is a word; where one is too short, the next is sought one letter further on."""
    found = word(text, 0)
    while found:
        begin, end = found
        long_enough = end - begin >= fewest
        if long_enough:
            yield text[begin:end]
        start = end if long_enough else begin + 1
        found = word(text, start) if start <= len(text) else None


def _between(separator: Finder, text: str, fewest: int) -> Iterator[str]:
    """What stands between what separates."""
    start, found = 0, separator(text, 0)
    while found and start < len(text):
        begin, end = found
        if begin - start >= fewest:
            yield text[start:begin]
        start = end if end > begin else begin + 1
        found = separator(text, start)
    if len(text) - start >= fewest:
        yield text[start:]
