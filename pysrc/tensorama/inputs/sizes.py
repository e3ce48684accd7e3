"""The axes of a model's inputs that have no size of their own, and what their names suggest.

Axes of the same name are one choice. What exporters write where they know no name ("?", "") is no
name: two of these may differ. A name that is a sum or product of others ("past + 1") follows them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

Place = tuple[str, int]  # an input's name and one of its axes
Key = str | Place  # a dimension's name, or the place of one that has none
PICTURE, LENGTH, CHANNELS, SECOND, KERNEL = 224, 16, 3, 16000, 3
# what is tried where a size stays open, the usual ones first
CANDIDATES = (16, 32, 48, 64, 128, 224, 256, 320, 512, 576, 28, 80, 96, 112, 160, 192, 299, 384,
              400, 416, 640, 768, 1024, 2048, 4096, 8000, 16000, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12,
              20, 24)  # fmt: skip
_UINT8 = 2
_HELD = "past|cache"  # what is held from earlier steps: nothing at first
_NAMED = (  # what a dimension's name says of its size
    (rf"(?!.*(total|[+*])).*({_HELD}).*", 0),
    (r"(num_?)?samples|audio_?(len|length|samples)", SECOND),
    (r"n|b|bs|batch\w*|num_?(items|beams)|\w*batch_?size|beam\w*", 1),
    (r"(\w*[_.])?(h|w|height|width|rows?|cols?|hauteur|largeur)\d*", PICTURE),
    (r"(\w*[_.])?(c|ch|channels?|num_channels)", CHANNELS),
)
_WITH_PAST = re.compile(r"(\w*past\w*)\s*\+\s*1")
SOUND = r"(.*[^a-z])?(input_values|wave(form)?s?|audios?|speech|wavs?|pcm|samples)"
_RECKONED = re.compile(r"\s*[\w.]+(\s*[+*]\s*[\w.]+)+\s*")


@dataclass(frozen=True, slots=True)
class Axis:
    """One size that is free: its key, where it stands, and what it is at first.

    `sort` is "batch", "picture" (a height or width; all of these are tried together), "channels",
    "past" (how much a cache holds) or "length".
    """

    key: Key
    places: tuple[Place, ...]
    size: int
    sort: str

    @property
    def name(self) -> str:
        """How to speak of it: `height`, or `x, axis 2` where the file has no name."""
        if isinstance(self.key, str):
            return self.key
        return phrase("{tensor}, axis {axis}", tensor=self.key[0], axis=self.key[1])

    @property
    def is_only_batch(self) -> bool:
        """Whether it stands first everywhere, where it hardly meets a weight."""
        return self.sort == "batch" and all(axis == 0 for _, axis in self.places)


def free_axes(
    model: Model,
    shapes: Mapping[str, tuple[int | str | None, ...]],
    colours_last: Callable[[str], bool] = lambda name: False,
    slides: Callable[[str], bool] = lambda name: False,
) -> list[Axis]:
    """The sizes that are to be chosen, in the order of the inputs.

    shapes: what is known of each input, as the file says it or as its use tells. `colours_last`
    says of an input whether the graph takes its last axis for the channels, `slides` whether it is
    a kernel that a convolution moves over a picture.
    """
    places: dict[Key, list[Place]] = {}
    for value in model.graph.inputs:
        for axis, size in enumerate(shapes.get(value.name, ())):
            if not isinstance(size, int) and not (size and terms(size)):
                key: Key = size or (value.name, axis)
                places.setdefault(key, []).append((value.name, axis))
    values = {value.name: value for value in model.graph.inputs}
    return [
        _axis(key, where, values, shapes, colours_last(where[0][0]), slides(where[0][0]))
        for key, where in places.items()
    ]


def terms(name: str) -> bool:
    """Whether a dimension's name is reckoned from others: `past + 1`, `2*batch`."""
    return bool(_RECKONED.fullmatch(name))


def size_of(name: str, sizes: Mapping[Key, int]) -> int:
    """What a name comes to; names in it that are no axis of their own count as their guess."""
    total = 0
    past = _WITH_PAST.fullmatch(name)
    if past:  # of a mask: what was before, and what is fed
        name = past.group(1)
        others = [size for key, size in sizes.items() if "seq" in str(key) and key != name]
        total = max(others, default=1)
    for summand in name.split("+"):
        words = [word.strip() for word in summand.split("*")]
        total += math.prod(int(w) if w.isdecimal() else _part(w, sizes) for w in words)
    return total


def _part(name: str, sizes: Mapping[Key, int]) -> int:
    said = _said(name)
    return sizes.get(name, LENGTH if said is None else said)


def concrete(
    shape: tuple[int | str | None, ...], name: str, sizes: Mapping[Key, int]
) -> tuple[int, ...]:
    """An input's shape with every size chosen."""
    found = []
    for axis, size in enumerate(shape):
        if isinstance(size, int):
            found.append(max(0, size))
        elif size and terms(size):
            found.append(size_of(size, sizes))
        else:
            found.append(sizes[size or (name, axis)])
    return tuple(found)


def _axis(
    key: Key,
    where: list[Place],
    values: Mapping[str, ValueInfo],
    shapes: Mapping[str, tuple[int | str | None, ...]],
    colours_last: bool,
    slides: bool,
) -> Axis:
    name, axis = where[0]
    said = _said(key, axis, len(shapes[name])) if isinstance(key, str) else None
    if said is None:
        said = _by_place(values[name], shapes[name], axis, colours_last)
    size = said
    if size == PICTURE and len(shapes[name]) > 4:
        size = LENGTH  # a volume or a film: more would be too much
    if slides and axis > 1:
        size = KERNEL
    if size == LENGTH and re.search(_HELD, name.lower()):
        size = 0
    sorts = {0: "past", 1: "batch", PICTURE: "picture", CHANNELS: "channels"}
    sort = "length" if slides and axis > 1 else sorts.get(size, "length")
    return Axis(key, tuple(where), size, sort)


def _said(name: str, axis: int = 0, rank: int = 0) -> int | None:
    """The size that a dimension's name suggests, if it does; a letter only in its usual place."""
    if len(name) == 1 and rank and axis not in _USUAL_PLACES.get(name.lower(), ()):
        return None
    return next((size for words, size in _NAMED if re.fullmatch(words, name.lower())), None)


_USUAL_PLACES = {"n": (0,), "b": (0,), "c": (1, 3), "h": (0, 1, 2), "w": (1, 2, 3)}


def _by_place(
    value: ValueInfo, shape: tuple[int | str | None, ...], axis: int, colours_last: bool
) -> int:
    """What a size is by its place alone: a batch first, then the axes of a picture, or a length."""
    is_last = shape[-1] in (1, 3, 4) and not isinstance(shape[1 % len(shape)], int)
    if len(shape) == 3 and is_last and value.elem_type == _UINT8:
        return PICTURE
    if axis == 0 and len(shape) > 1:
        return 1
    if len(shape) != 4:
        mono = len(shape) < 3 or shape[1] in (1, 2)
        sound = mono and axis == len(shape) - 1 and re.fullmatch(SOUND, value.name.lower())
        return SECOND if sound else LENGTH if axis else 1
    return CHANNELS if axis == (3 if is_last or colours_last else 1) else PICTURE
