"""A way to give one input of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.errors import FeedError
from tensorama.inputs.sizes import terms
from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

Gift = tuple[Any, ...]
SEEDS = range(1, 6)  # of random numbers that are samples
DIGITS = 8  # of a file's hash, before its name in the key of what it held
NUMBERS, FILE = "numbers", "file"  # how the gift begins that names numbers out of a file


@dataclass(frozen=True, slots=True)
class Way:
    """An input and how a person can give it. `tensor`: its name; `shape`: as the file says it."""

    kind: ClassVar[str] = ""
    makes_all: ClassVar[bool] = False  # whatever the gift: of the default it takes shape and type
    tensor: str
    shape: tuple[int | str | None, ...]

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """The way for an input of which the file's notes say this; None if it is another's."""
        raise NotImplementedError

    def sizes(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[Any, int]:
        """The sizes that a gift has where the file leaves them open, by (tensor, axis)."""
        return {}

    def beside(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[str, Any]:
        """What a gift means for other inputs, by their names."""
        return {}

    def make(
        self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]
    ) -> np.ndarray | None:
        """The tensor, of the shape and type of `default`; None to take that."""
        raise NotImplementedError

    def taken(self, array: np.ndarray, like: np.ndarray) -> tuple[str, np.ndarray]:
        """What an array out of a file is for this input, whose tensor is of the type of `like`: a
        kind of gift, and what that names.

        As a rule "numbers": those that the network gets, as they are. Raises FeedError with one
        sentence where neither shape nor type fit.
        """
        return NUMBERS, fitted(self, array, like)

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """Samples that it can be given, by what a person calls them. `own`: what it is given now,
        whose preparation stays; pictures: what was given before, by the names that gifts have for
        it."""
        yield from ()

    def said(self, gift: Gift, place: int, other: Any) -> Any:
        """One value of a gift of this kind, if it is of the type of `other`; else that."""
        if len(gift) <= place or gift[0] != self.kind:
            return other
        value = gift[place]
        if isinstance(other, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        return value if type(value) is type(other) else other

    def free(self, axis: int) -> bool:
        """Whether the file leaves the size of this axis open."""
        return not isinstance(self.shape[axis], int)


def given_before(pictures: Mapping[str, Any], axes: int, dtype: Any) -> Iterator[tuple[str, str]]:
    """Of the arrays of this sort that a person gave out of files: the key, and the file's name."""
    for key, value in pictures.items():
        if isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == axes:
            digest, is_file, name = key.partition(" ")
            if is_file and len(digest) == DIGITS:
                yield key, name


def handed(gift: Gift, pictures: Mapping[str, Any]) -> np.ndarray | None:
    """The numbers out of a file that a gift names, to be taken as they are; None if it names none,
    or they are not here."""
    if len(gift) < 3 or gift[:2] != (NUMBERS, FILE) or not isinstance(gift[2], str):
        return None
    found = pictures.get(gift[2])
    return found if isinstance(found, np.ndarray) else None


def fitted(way: Way, array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """An array in the shape and type of an input, axes of length 1 aside; what the file leaves open
    is as large as the array is. Raises FeedError with one sentence where it does not fit."""
    shape = shaped(way.shape or like.shape, array.shape)
    if array.dtype.kind not in "biuf" or shape is None:
        raise FeedError(phrase(
            "“{name}” takes {wanted} numbers; the file has {came}. Give one of that shape.",
            name=way.tensor, wanted=edges(way.shape or like.shape), came=edges(array.shape),
        ))  # fmt: skip
    if like.dtype.kind in "iub" and array.dtype.kind == "f" and not _is_whole(array):
        raise FeedError(phrase(
            "“{name}” takes whole numbers; the file has fractions.", name=way.tensor
        ))  # fmt: skip
    if like.dtype.kind in "iu" and array.size:
        least, most = np.iinfo(like.dtype).min, np.iinfo(like.dtype).max
        if array.min() < least or array.max() > most:
            raise FeedError(phrase(
                "“{name}” takes whole numbers from {least} to {most}; the file has others.",
                name=way.tensor, least=str(least), most=str(most),
            ))  # fmt: skip
    return array.reshape(shape).astype(like.dtype)


@lru_cache(1 << 13)  # many axes of length 1 can go in very many orders
def shaped(wanted: tuple[int | str | None, ...], came: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that an array of the shape `came` has in one with open sizes; None if none.

    Axes of length 1 come and go, from the front before from the back.
    """
    if not wanted:
        return () if all(size == 1 for size in came) else None
    *rest, last = wanted
    is_open = not isinstance(last, int)
    if came and (is_open or came[-1] == last):
        found = shaped(tuple(rest), came[:-1])
        if found is not None:
            return (*found, came[-1])
    if is_open or last == 1:
        found = shaped(tuple(rest), came)
        if found is not None:
            return (*found, 1)
    return shaped(wanted, came[:-1]) if came and came[-1] == 1 else None


def open_sizes(way: Way, shape: tuple[int, ...]) -> dict[Any, int]:
    """The sizes that a tensor of this shape has where the file leaves them open."""
    if len(way.shape) != len(shape):
        return {}
    return {
        (way.tensor, axis): size
        for axis, (said, size) in enumerate(zip(way.shape, shape, strict=True))
        if not isinstance(said, int) and not (said and terms(said))
    }


def _is_whole(array: np.ndarray) -> bool:
    return bool(np.isfinite(array).all() and (array == np.rint(array)).all())


def edges(shape: tuple[int | str | None, ...]) -> str:
    """A shape in words: 1 × 3 × 224 × 224."""
    return " × ".join(str(size or "?") if size != 0 else "0" for size in shape) or "1"
