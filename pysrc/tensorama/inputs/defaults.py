"""Something to feed a model with when nobody has given anything: seeded, so always the same."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.boundary import told
from tensorama.engine.contract import Slices, whole
from tensorama.errors import FeedError, UnsupportedError
from tensorama.inputs.meaning import Wanted, meant
from tensorama.inputs.sizes import Axis, Key, concrete, free_axes
from tensorama.inputs.uses import Uses, shape_by_use
from tensorama.onnxfile import Graph, Model, ValueInfo
from tensorama.onnxfile.types import DTYPES, NARROW, to_type
from tensorama.phrases import joined, phrase

LARGEST = 2**28  # numbers in one made-up input; more is refused
_SMALL = 64  # numbers of an input that may decide over shapes
_TEXT = "text"

_found: WeakKeyDictionary[Graph, dict[tuple[tuple[Key, int], ...], dict[Key, int]]]
_found = WeakKeyDictionary()


def default_feeds(
    model: Model, seed: int = 0, sizes: Mapping[Key, int] | None = None
) -> dict[str, Any]:
    """Make up a value for each input of the model: mapping input name -> array, list or dict.

    What names, types and the graph tell is kept: a mask is all ones, a length the full length, a
    sample rate one that the graph asks for, positions count up, an id names a row of the table that
    it chooses from, states are zero, caches empty, pictures of bytes 0-255. Other floats are noise
    around zero (a standard normal distribution), other whole numbers 0 and 1. A sequence has two
    members, a map one entry; an optional input is left out where the graph lets it.

    sizes: sizes of free axes that are chosen already: by the name that the file gives to a
    dimension, or by (input, axis). The others are found: usual ones (a batch of 1, pictures of
    224×224, lengths of 16, as their names suggest), or what the weights and windows of the graph
    want (see `trying`); once per model.

    Raises SizesError if no sizes fit (its `axes` says which are free and its `failed` why),
    FeedError if `sizes` names none of the axes or is no size, UnsupportedError for an input that
    would be too large.
    """
    return whole(default_feeds_slices(model, seed, sizes))


@told("Making up inputs for this model")
def default_feeds_slices(
    model: Model,
    seed: int = 0,
    sizes: Mapping[Key, int] | None = None,
    hollow: Container[str] = (),
) -> Slices[dict[str, Any]]:
    """As `default_feeds`, with pauses, so that a page can breathe; to cancel it, close it.

    hollow: tensors of which only shape and type are wanted; these are zeros that take no room.
    """
    making = _Making(model, seed)
    given = _by_axis(making.axes, sizes or {})
    key = tuple(sorted(given.items(), key=str))
    known = _found.setdefault(model.graph, {})
    if key not in known:
        known[key] = yield from making.sizes(given)
    return making.feeds(known[key], hollow)


def free_sizes(model: Model) -> list[Axis]:
    """The sizes of inputs that the file leaves open, with what would be tried first."""
    return _Making(model, 0).axes


def _by_axis(axes: list[Axis], sizes: Mapping[Key, int]) -> dict[Key, int]:
    """Sizes by the keys of axes; they may be given by any place of an axis."""
    found: dict[Key, int] = {}
    for said, size in sizes.items():
        axis = next((a for a in axes if said == a.key or said in a.places), None)
        if axis is None:
            names = joined(", ", [phrase('"{name}"', name=a.name) for a in axes]) or phrase("none")
            raise FeedError(
                phrase("There is no free size {said!r}; free are: {names}.", said=said, names=names)
            )
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise FeedError(phrase(
                'The size of "{name}" must be a whole number, {size!r} came.',
                name=axis.name, size=size,
            ))  # fmt: skip
        found[axis.key] = size
    return found


class _Making:
    def __init__(self, model: Model, seed: int) -> None:
        self.model, self.seed, self.uses = model, seed, Uses(model)
        self.declared = {
            value.name: shape_by_use(self.uses, value.name) if value.shape is None else value.shape
            for value in model.graph.inputs
            if value.kind == "tensor"
        }
        uses = self.uses
        self.axes = free_axes(model, self.declared, uses.has_colours_last, uses.is_kernel)
        self.free: dict[str, tuple[int, ...]] = {}
        for axis in self.axes:
            for name, place in axis.places:
                self.free[name] = (*self.free.get(name, ()), place)

    def sizes(self, given: Mapping[Key, int]) -> Slices[dict[Key, int]]:
        """The sizes of all free axes."""
        chosen = {axis.key: given.get(axis.key, axis.size) for axis in self.axes}
        if all(axis.is_only_batch or axis.key in given for axis in self.axes):
            return chosen
        from tensorama.inputs.trying import Choices, fitting  # rarely needed

        choices = Choices(self.shapes, self._small, self.feeds)
        return (yield from fitting(self.model, self.axes, choices, given))

    def shapes(self, sizes: Mapping[Key, int]) -> dict[str, tuple[int, ...]]:
        return {name: concrete(shape, name, sizes) for name, shape in self.declared.items()}

    def _small(self, sizes: Mapping[Key, int]) -> dict[str, np.ndarray]:
        """The whole numbers that may decide over shapes."""
        return {
            name: self._tensor(value, shapes, np.random.default_rng(self.seed))
            for shapes in [self.shapes(sizes)]
            for name, value in ((v.name, v) for v in self.model.graph.inputs if v.name in shapes)
            if math.prod(shapes[name]) <= _SMALL and _dtype(value).kind in "iub"
        }

    def feeds(self, sizes: Mapping[Key, int], hollow: Container[str] = ()) -> dict[str, Any]:
        random, shapes = np.random.default_rng(self.seed), self.shapes(sizes)
        made = {}
        for value in self.model.graph.inputs:
            if value.kind == "tensor":
                wanted = None if value.name in hollow else random
                made[value.name] = self._tensor(value, shapes, wanted)
            elif value.kind != "optional" or self._is_needed(value):
                made[value.name] = self._other(value, random)
        return made

    def _is_needed(self, optional: ValueInfo) -> bool:
        """Whether what is inside of it is taken without asking."""
        takers = {node.op for node, _ in self.uses.of(optional.name)}
        return "OptionalGetElement" in takers and "OptionalHasElement" not in takers

    def _other(self, value: ValueInfo, random: np.random.Generator) -> Any:
        element = value.element or ValueInfo("", 1, ())
        if value.kind == "sequence":
            if element.shape == () and self._are_joined(value):
                element = replace(element, shape=None)  # some write this where they know no rank
            return [self._inside(element, random) for _ in range(2)]
        if value.kind == "map":
            inside = self._inside(element, random)
            single = inside.item() if isinstance(inside, np.ndarray) and not inside.ndim else inside
            return {self._key(value): single}
        if value.kind == "optional":
            return self._inside(element, random)
        raise UnsupportedError(phrase(
            'Input "{name}" is a {kind}; give one in Python: model.run({{…}}).',
            name=value.name, kind=value.kind,
        ))  # fmt: skip

    def _are_joined(self, sequence: ValueInfo) -> bool:
        """Whether the members of a sequence are laid one after another: numbers cannot be."""
        takers = (node for node, _ in self.uses.of(sequence.name))
        return any(
            node.op == "ConcatFromSequence" and not node.attributes.get("new_axis")
            for node in takers
        )

    def _inside(self, element: ValueInfo, random: np.random.Generator) -> Any:
        """One member of a sequence, of an optional or of a map."""
        if element.kind != "tensor":
            return self._other(element, random)
        shape = (None, None) if element.shape is None else element.shape
        sizes = tuple(size if isinstance(size, int) else 2 for size in shape)
        return self._tensor(element, {element.name: sizes}, random)

    def _key(self, value: ValueInfo) -> Any:
        """A key of a map: one that the graph knows."""
        for node, _ in self.uses.of(value.name):
            for name in ("string_vocabulary", "int64_vocabulary"):
                known = node.attributes.get(name)
                if isinstance(known, tuple) and known:
                    return known[0]
        return _TEXT if value.key_type == _STRING else 0

    def _tensor(
        self,
        value: ValueInfo,
        shapes: Mapping[str, tuple[int, ...]],
        random: np.random.Generator | None,
    ) -> np.ndarray:
        """What is made up for one input; without `random` only of its shape and type."""
        shape, dtype = shapes[value.name], _dtype(value)
        count = math.prod(shape)
        if count > LARGEST:
            raise UnsupportedError(phrase(
                'Input "{name}" would need {count:,} numbers, too many for a page.',
                name=value.name, count=count,
            ))  # fmt: skip
        if dtype.kind == "O":
            return np.full(shape, _TEXT, dtype=object)
        if random is None:
            empty = np.zeros((), dtype)
            narrow = value.elem_type in NARROW
            return np.broadcast_to(to_type(empty, value.elem_type) if narrow else empty, shape)
        wanted = Wanted(value, shape, dtype.kind, self.uses, shapes, self.free, random)
        made = meant(wanted)
        if made is None:
            made = random.integers(0, 2, shape) if dtype.kind == "b" else _noise(shape, random)
        if dtype.kind in "iu":  # a page's Python makes whole numbers of 32 bits
            most = min(np.iinfo(dtype).max, np.iinfo(np.int64).max)
            made = np.minimum(made.astype(np.int64), np.int64(most))
        made = np.asarray(made)
        return to_type(made, value.elem_type) if value.elem_type in NARROW else made.astype(dtype)


_STRING = 8


def _dtype(value: ValueInfo) -> np.dtype:
    return DTYPES.get(value.elem_type, np.dtype("float32"))


def _noise(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    return np.asarray(random.standard_normal(shape))
