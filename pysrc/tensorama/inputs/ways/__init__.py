"""How each input of a model can be given: as a text, a choice, noise, a sound, a picture, numbers.

A way knows an input and makes its tensor from a gift, which is a kind and plain values (see
`app.state`). What a gift does not say, or says wrongly, is as in the way's first one; what a person
gave that does not fit the input raises FeedError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.contract import Slices
from tensorama.errors import FeedError
from tensorama.inputs.defaults import default_feeds_slices
from tensorama.inputs.ways.anyfile import AnyFile
from tensorama.inputs.ways.choice import OneOf
from tensorama.inputs.ways.noise import Noise
from tensorama.inputs.ways.numbers import Numbers
from tensorama.inputs.ways.photo import Photo
from tensorama.inputs.ways.picture import Picture
from tensorama.inputs.ways.plane import Plane
from tensorama.inputs.ways.sound import Sound
from tensorama.inputs.ways.text import Text
from tensorama.inputs.ways.way import Gift, Way, handed
from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.notes import read_json
from tensorama.phrases import phrase

__all__ = [
    "AnyFile",
    "Gift",
    "Noise",
    "Numbers",
    "OneOf",
    "Photo",
    "Picture",
    "Plane",
    "Sound",
    "Text",
    "Way",
    "feeds_slices",
    "handed",
    "taken",
    "way_of",
    "ways_of",
]

# the first that knows an input has it
_KINDS: tuple[type[Way], ...] = (Text, OneOf, Plane, Noise, Sound, AnyFile, Photo, Picture,
                                 Numbers)  # fmt: skip
_known: WeakKeyDictionary[Model, tuple[Way, ...]] = WeakKeyDictionary()


def ways_of(model: Model) -> tuple[Way, ...]:
    """A way for each input of the model that has one."""
    if model not in _known:
        found = (way_of(model, value) for value in model.graph.inputs)
        _known[model] = tuple(way for way in found if way is not None)
    return _known[model]


def way_of(model: Model, value: ValueInfo) -> Way | None:
    """The way to give one input; None where it is only made up."""
    said = _said(model, value)
    for kind in _KINDS:
        way = kind.of(model, value, said)
        if way is not None:
            return way
    return None


def _said(model: Model, value: ValueInfo) -> Mapping[str, Any]:
    """What the file's notes say of an input: of each, or of the only one."""
    each = read_json(model.metadata.get("inputs", ""))
    said = each.get(value.name) if isinstance(each, Mapping) else None
    if said is None and model.graph.inputs[0].name == value.name:
        said = read_json(model.metadata.get("input", ""))
    return said if isinstance(said, Mapping) else {}


def feeds_slices(
    model: Model,
    given: Mapping[str, Gift],
    seed: int = 0,
    sizes: Mapping[Any, int] | None = None,
    pictures: Mapping[str, Any] | None = None,
) -> Slices[dict[str, Any]]:
    """The inputs of a model from what is given to each; the rest is made up as by default.

    `pictures`: those that gifts name. Raises FeedError as the ways do, and as `default_feeds`.
    """
    chosen = dict(sizes or {})
    ways = [_as_it_is(way, given.get(way.tensor, ()), pictures or {}) for way in ways_of(model)]
    for way in ways:
        chosen.update(way.sizes(given.get(way.tensor, ()), pictures or {}))
    own = frozenset(way.tensor for way in ways if way.makes_all)
    feeds = yield from default_feeds_slices(model, seed, chosen, own)
    for way in ways:
        made = way.make(given.get(way.tensor, ()), feeds[way.tensor], pictures or {})
        if made is not None:
            feeds[way.tensor] = made
        yield
    for way in ways:
        along = way.beside(given.get(way.tensor, ()), pictures or {})
        feeds |= {name: value for name, value in along.items() if name not in given}
    return feeds


def _as_it_is(way: Way, gift: Gift, pictures: Mapping[str, Any]) -> Way:
    """The way, or that of plain numbers where such out of a file were given to its input."""
    return way if handed(gift, pictures) is None else Numbers(way.tensor, way.shape)


def taken(
    model: Model, fed: Mapping[str, Any], found: Mapping[str, np.ndarray]
) -> dict[str, tuple[str, str, np.ndarray]]:
    """What the arrays in a file are for the inputs of a model: by the input's name the array's, a
    kind of gift, and what that names (see `Way.taken`).

    Arrays that are called like inputs are theirs; else the first one that fits an input is that
    one's. fed: what the inputs are fed with, for their types. Raises FeedError where nothing fits.
    """
    ways = {
        way.tensor: way for way in ways_of(model) if isinstance(fed.get(way.tensor), np.ndarray)
    }
    own = {name: array for name, array in found.items() if name in ways}
    if own:
        return {name: (name, *ways[name].taken(a, fed[name])) for name, a in own.items()}
    refused: FeedError | None = None
    for way in ways.values():
        for name, array in found.items():
            try:
                return {way.tensor: (name, *way.taken(array, fed[way.tensor]))}
            except FeedError as error:
                refused = refused or error
    raise refused or FeedError(phrase("The network has no input that takes numbers."))
