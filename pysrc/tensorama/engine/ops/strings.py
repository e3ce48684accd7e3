"""Text: cleaning, joining, splitting and matching strings, and counting n-grams.

String tensors are numpy arrays of Python strings (dtype object).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from tensorama.engine.ops.patterns import follower
from tensorama.engine.registry import op
from tensorama.engine.work import Work
from tensorama.errors import OperatorError

Array = np.ndarray
_LETTERS = 16  # of a text that are written in a unit of work
_CASES: dict[str, Callable[[str], str]] = {"NONE": str, "LOWER": str.lower, "UPPER": str.upper}


def strings(values: Iterable[object], shape: Sequence[int]) -> Array:
    """An array of strings; numpy must not guess their length or look inside."""
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = list(values)
    return array


@op("StringNormalizer", since=10)
def string_normalizer(
    x: Array,
    *,
    case_change_action: str = "NONE",
    is_case_sensitive: int = 0,
    locale: str = "",
    stopwords: Sequence[str] = (),
) -> Array:
    """Drop stop words and change the case. x (C) or (1,C); when all go, one empty string stays.

    https://onnx.ai/onnx/operators/onnx__StringNormalizer.html
    """
    if case_change_action not in _CASES:
        raise OperatorError(
            f'case_change_action is "{case_change_action}", not {", ".join(_CASES)}'
        )
    if x.ndim not in (1, 2) or (x.ndim == 2 and x.shape[0] != 1):
        raise OperatorError("x must have the shape (C) or (1,C)")
    same = str if is_case_sensitive else str.lower
    stop = {same(word) for word in stopwords}
    change = _CASES[case_change_action]
    kept = [change(str(word)) for word in x.ravel() if same(str(word)) not in stop] or [""]
    return strings(kept, (len(kept),) if x.ndim == 1 else (1, len(kept)))


@op("StringConcat", since=20, needs=("work",))
def string_concat(x: Array, y: Array, *, work: Work) -> Array:
    """Write each string of y behind that of x, broadcasting."""
    x, y = np.broadcast_arrays(x, y)

    def written(a: str, b: str) -> str:
        work.spend(1 + (len(a) + len(b)) // _LETTERS)
        return a + b

    texts = (written(str(a), str(b)) for a, b in zip(x.ravel(), y.ravel(), strict=True))
    return strings(texts, x.shape)


@op("StringSplit", since=20, needs=("work",))
def string_split(
    x: Array, *, delimiter: str = "", maxsplit: int | None = None, work: Work
) -> tuple[Array, Array]:
    """Cut strings at a delimiter, or at runs of white space.

    x (any shape) → pieces (…,most), filled up with empty strings, and how many there are (…);
    an empty string has none, as onnxruntime counts.
    https://onnx.ai/onnx/operators/onnx__StringSplit.html
    """
    most = -1 if maxsplit is None else max(-1, min(maxsplit, sys.maxsize))
    pieces = [str(text).split(delimiter or None, most) if text else [] for text in x.ravel()]
    if delimiter == "" and maxsplit is not None:
        pieces = [[*p[:-1], p[-1].rstrip()] if p else p for p in pieces]
    counts = [len(p) for p in pieces]
    width = max(counts, default=0)
    work.spend(width * len(pieces))
    filled = (piece for p in pieces for piece in [*p, *[""] * (width - len(p))])
    return strings(filled, (*x.shape, width)), np.array(counts, np.int64).reshape(x.shape)


@op("RegexFullMatch", since=20)
def regex_full_match(x: Array, *, pattern: str = "") -> Array:
    """Does the whole string follow the pattern?"""
    follows = follower(pattern)
    matches = [follows(str(text)) for text in x.ravel()]
    return np.array(matches, dtype=bool).reshape(x.shape)


@op("TfIdfVectorizer", since=9, needs=("work",))
def tf_idf_vectorizer(
    x: Array,
    *,
    max_gram_length: int,
    max_skip_count: int,
    min_gram_length: int,
    mode: str,
    ngram_counts: Sequence[int],
    ngram_indexes: Sequence[int],
    pool_int64s: Sequence[int] = (),
    pool_strings: Sequence[str] = (),
    weights: Sequence[float] = (),
    work: Work,
) -> Array:
    """Count the n-grams of a text that stand in a pool, and weigh the counts.

    x (C) or (N,C), of numbers or strings → (columns) or (N,columns), float32
    TF counts, IDF gives the weight of what is there, TFIDF counts times weight. The items of an
    n-gram stand up to max_skip_count places apart.
    https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html
    """
    if mode not in ("TF", "IDF", "TFIDF"):
        raise OperatorError(f'mode is "{mode}"; it can be TF, IDF or TFIDF')
    if x.ndim > 2:
        raise OperatorError(f"x has {x.ndim} dimensions, 1 or 2 were expected")
    places = _places(pool_strings or pool_int64s, ngram_counts)
    counts = np.zeros((1 if x.ndim < 2 else len(x), max(ngram_indexes, default=-1) + 1), np.float32)
    for row, items in zip(counts, x.reshape(len(counts), -1).tolist(), strict=True):
        for gram in _grams(items, min_gram_length, max_gram_length, max_skip_count):
            work.spend(len(gram))
            if gram in places:
                row[ngram_indexes[places[gram]]] += 1
    if mode != "TF":
        scale = np.ones(counts.shape[1], np.float32)
        if weights:
            scale[list(ngram_indexes)] = weights
        counts = (np.minimum(counts, 1) if mode == "IDF" else counts) * scale
    return counts if x.ndim == 2 else counts[0]


def _places(pool: Sequence[Hashable], starts: Sequence[int]) -> dict[tuple[Hashable, ...], int]:
    """Where each n-gram stands among all n-grams of the pool, the short ones first."""
    places: dict[tuple[Hashable, ...], int] = {}
    place = 0
    ends = [*starts[1:], len(pool)]
    for n, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        for first in range(max(0, start), min(end, len(pool)), n):
            places[tuple(pool[first : first + n])] = place
            place += 1
    return places


def _grams(
    items: Sequence[Hashable], shortest: int, longest: int, skips: int
) -> Iterable[tuple[Hashable, ...]]:
    """All n-grams of a row; single items have nothing to skip between them."""
    for n in range(max(1, shortest), min(longest, len(items)) + 1):
        widest = (len(items) - 1) // (n - 1) if n > 1 else 1  # beyond it no n-gram fits
        for step in range(1, 2 if n == 1 else min(skips + 1, widest) + 1):
            reach = (n - 1) * step
            for first in range(len(items) - reach):
                yield tuple(items[first : first + reach + 1 : step])
