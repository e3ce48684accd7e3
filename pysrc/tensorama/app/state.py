"""What a person sees, as one frozen value: what can be shared, taken back, and shown again.

    State
    ├── model                       which file
    ├── reading                     what an output is read as, and which
    ├── strokes, sample, seed, sizes, given     what it is fed with
    ├── opened, at, shelf, ways     what is open, where one is, what is looked into
    ├── about                       whether it is told what stands where one is
    ├── selected, descent           the pinned cell, and those that led down to it
    ├── stepping                    how far its map or its sum is stepped through
    ├── camera, near                from where it is seen
    ├── position, speed, loop       where in the run one is
    ├── depends                     of which number is shown what it depends on, and how
    ├── summary, console            the table of the network, Python over it
    └── heat, scale, theme, outline, overview, gallery, hidden, language

Layers and groups stand in it by their names (see `items`), never by numbers: a name survives
another version of this program. Everything that changes a State is an action (`actions`), and
everything that shows one is a panel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import accumulate, pairwise
from typing import Any

from tensorama.inputs import sample_digit
from tensorama.scene import Camera

__all__ = [
    "HEATS",
    "LANGUAGES",
    "METHODS",
    "READINGS",
    "SCALES",
    "SHELVES",
    "SPEEDS",
    "STEPPINGS",
    "THEMES",
    "CellName",
    "Depends",
    "Origin",
    "State",
    "Stepping",
    "from_json",
    "pen",
    "to_json",
]

HEATS = ("", "time", "memory", "parameters", "multiply-adds")  # what colours the layers
SCALES = ("map", "layer", "network")  # what shares one scale of colours
SHELVES = ("", "weights", "inside")  # what of a layer stands on the shelf
STEPPINGS = ("map", "cell")  # what is stepped through
METHODS = (  # by which it is found out what a number depends on
    "gradient", "gradient_times_value", "integrated_gradients", "smoothgrad", "grad_cam",
    "occlusion",
)  # fmt: skip
READINGS = (  # "": as the file says
    "", "bars", "scores", "picture", "heat", "boxes", "cosine", "distance", "numbers",
)  # fmt: skip
SPEEDS = (0.5, 1.0, 2.0, 4.0)
THEMES = ("", "dark", "light")  # "": as the system wishes
LANGUAGES = ("", "en", "zh")  # "": as the browser wishes
_DIGITS = 6  # significant ones of a camera; more cannot be seen
_FINE = 1000  # places on the pad from edge to edge
_MOST_POINTS = 20_000
_DEEPEST = 1000  # cells of a descent

_LONGEST_GIFT = 20_000  # letters and numbers of what is given to an input

Strokes = tuple[tuple[tuple[float, float], ...], ...]
Gift = tuple[Any, ...]  # what is given to an input: a kind, then plain values of that kind
CellName = tuple[str, tuple[int, ...]]  # tensor, index


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file a model came from: its address, or for a local one its name, size and hash."""

    address: str = ""
    name: str = ""
    size: int = 0
    digest: str = ""  # the first sixteen letters of its SHA-256


@dataclass(frozen=True, slots=True)
class Stepping:
    """A map or one number is stepped through.

    "map": cell by cell, as far as the pinned one. "cell": what the pinned one was computed from, as
    many steps as `done`. `began`: the cell that was pinned before.
    """

    what: str
    began: CellName
    done: int = 0


@dataclass(frozen=True, slots=True)
class Depends:
    """What the number `target` depends on is shown instead of the values.

    against: another number, whose map stands beside that of the first. layer: the tensor of
    Grad-CAM, "" for the last that has places. shuffled: also with all weights shuffled.
    """

    target: CellName
    method: str = "gradient_times_value"
    against: CellName | None = None
    layer: str = ""
    shuffled: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a person sees and could share; see the module."""

    model: Origin = Origin()
    strokes: Strokes = ()
    sample: int | None = None  # the sample digit that the strokes are
    seed: int = 0  # of the noise, for a model that takes no drawing
    sizes: tuple[tuple[Any, int], ...] = ()  # of axes that the file leaves open, as a person said
    given: tuple[tuple[str, Gift], ...] = ()  # to inputs, by their names in order
    reading: tuple[str, str] = ("", "")  # what an output is read as, and its name
    opened: frozenset[str] = frozenset()
    at: str = ""  # the layer or group that one is at; "": the network as a whole
    shelf: str = ""  # what of it stands on the shelf
    about: bool = False  # it is told in words and figures what `at` is
    ways: str = ""  # "up": all that `at` comes from stands out; "down": all that comes of it
    selected: CellName | None = None  # the pinned cell
    descent: tuple[CellName, ...] = ()  # from where one came down to it, each a source of the last
    stepping: Stepping | None = None
    camera: Camera | None = None  # None: all is in view, or what one is near to
    near: str = ""  # the layer or group that was brought close
    position: float = 1.0  # in the run, as a share of its blocks; 1: all is computed
    speed: float = 1.0
    loop: bool = False
    depends: Depends | None = None
    summary: bool = False
    console: bool = False
    heat: str = ""
    scale: str = "layer"
    theme: str = ""
    outline: bool = False
    overview: bool | None = None  # None: it comes and goes by itself
    gallery: bool = False  # one looks for another network
    hidden: frozenset[str] = frozenset()  # parts of the page that a teacher took away
    language: str = ""  # "": as the browser wishes


def to_json(state: State) -> dict[str, Any]:
    """A State as plain data; what is as in a fresh State is left out."""
    plain = State()
    return {
        field.name: _WRITTEN.get(field.name, _same)(getattr(state, field.name))
        for field in fields(state)
        if getattr(state, field.name) != getattr(plain, field.name)
        and not (field.name == "strokes" and state.sample is not None)
    }


def from_json(data: object) -> State:
    """The State that plain data describe; what is no part of one is left out, whatever it is."""
    if not isinstance(data, Mapping):
        return State()
    state = State()
    for name, read in _READ.items():
        if name in data:
            try:
                state = replace(state, **{name: read(data[name])})
            except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
                continue
    if state.sample is not None:
        state = replace(state, strokes=pen(sample_digit(state.sample)))
    return state


def pen(strokes: Iterable[Iterable[tuple[float, float]]]) -> Strokes:
    """Strokes with as many digits as a State keeps, so that a link brings back the very same."""
    return tuple(
        tuple((round(x * _FINE) / _FINE, round(y * _FINE) / _FINE) for x, y in line)
        for line in strokes
    )


def _same(value: Any) -> Any:
    return value


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names)


def _origin(origin: Origin) -> dict[str, Any]:
    plain = Origin()
    return {
        field.name: getattr(origin, field.name)
        for field in fields(origin)
        if getattr(origin, field.name) != getattr(plain, field.name)
    }


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _camera(camera: Camera) -> list[float]:
    numbers = (*camera.target, camera.yaw, camera.pitch, camera.distance)
    return [_rounded(number) for number in numbers]


def _cell(cell: CellName | None) -> list[Any] | None:
    return [cell[0], [*cell[1]]] if cell else None


def _pen(strokes: Strokes) -> list[list[int]]:
    """Each stroke as x, y, and then how far each point is from the one before."""
    written = []
    for stroke in strokes:
        places = [(round(x * _FINE), round(y * _FINE)) for x, y in stroke]
        steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(places)]
        written.append([n for point in (*places[:1], *steps) for n in point])
    return written


def _stepping(stepping: Stepping | None) -> list[Any] | None:
    return [stepping.what, _cell(stepping.began), stepping.done] if stepping else None


def _depends(asked: Depends | None) -> list[Any] | None:
    if asked is None:
        return None
    return [_cell(asked.target), asked.method, _cell(asked.against), asked.layer, asked.shuffled]


_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "model": _origin,
    "strokes": _pen,
    "opened": _sorted,
    "hidden": _sorted,
    "camera": _camera,
    "selected": _cell,
    "descent": lambda cells: [*map(_cell, cells)],
    "stepping": _stepping,
    "depends": _depends,
}


# how each part is read: each raises for what it is not ------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number was expected")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("a number was expected")
    return float(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false was expected")
    return value


def _one_of(*choices: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        return choices[choices.index(value)]

    return read


def _names(value: Any) -> frozenset[str]:
    return frozenset(map(_text, _list(value)))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list was expected")
    return list(value)


def _read_origin(value: Any) -> Origin:
    texts = {name: _text(value.get(name, "")) for name in ("address", "name", "digest")}
    return Origin(**texts, size=max(0, _whole(value.get("size", 0))))


def _read_strokes(value: Any) -> Strokes:
    strokes = []
    for numbers in map(_list, _list(value)):
        ways = [accumulate(map(_whole, numbers[start::2])) for start in (0, 1)]
        places = [[min(2.0, max(-1.0, n / _FINE)) for n in way] for way in ways]
        if numbers:
            strokes.append(tuple(zip(*places, strict=True)))
    if sum(map(len, strokes)) > _MOST_POINTS:
        raise ValueError("too many points")
    return tuple(strokes)


def _read_sizes(value: Any) -> tuple[tuple[Any, int], ...]:
    """Names of sizes, or a tensor's name and an axis, each with a number."""
    sizes = []
    for key, number in map(_list, _list(value)):
        if not isinstance(key, str):
            name, axis = _list(key)
            key = _text(name), _whole(axis)
        sizes.append((key, max(0, _whole(number))))
    return tuple(sizes)


def _read_given(value: Any) -> tuple[tuple[str, Gift], ...]:
    """Names of inputs, each with a kind and plain values; what they mean the kind knows."""
    given = {}
    left = [_LONGEST_GIFT]
    for name, gift in map(_list, _list(value)):
        kind, *values = _list(gift)
        given[_text(name)] = (_text(kind), *(_plain(part, left) for part in values))
    return tuple(sorted(given.items()))


def _plain(value: Any, left: list[int]) -> Any:
    """Plain data as tuples in tuples; `left`: how much more there may be."""
    left[0] -= len(value) if isinstance(value, str) else 1
    if left[0] < 0:
        raise ValueError("too much")
    if isinstance(value, list | tuple):
        return tuple(_plain(part, left) for part in value)
    if value is None or isinstance(value, bool | str | int):
        return value
    return _number(value)


def _read_reading(value: Any) -> tuple[str, str]:
    kind, tensor = _list(value)
    return _one_of(*READINGS)(kind), _text(tensor)


def _read_camera(value: Any) -> Camera:
    x, y, z, yaw, pitch, distance = map(_number, _list(value))
    if not 0 < distance < 1e7 or max(map(abs, (x, y, z))) > 1e7:
        raise ValueError("too far away")
    return Camera((x, y, z), math.remainder(yaw, math.tau), max(-1.55, min(1.55, pitch)), distance)


def _read_cell(value: Any) -> CellName:
    tensor, index = _list(value)
    return _text(tensor), tuple(map(_whole, _list(index)))


def _read_stepping(value: Any) -> Stepping:
    what, began, done = _list(value)
    return Stepping(_one_of(*STEPPINGS)(what), _read_cell(began), max(0, _whole(done)))


def _read_depends(value: Any) -> Depends:
    target, method, against, layer, shuffled = _list(value)
    return Depends(
        _read_cell(target), _one_of(*METHODS)(method), _read_cell(against) if against else None,
        _text(layer), _switch(shuffled),
    )  # fmt: skip


_READ: dict[str, Callable[[Any], Any]] = {
    "model": _read_origin,
    "strokes": _read_strokes,
    "sample": _one_of(None, *range(10)),
    "seed": _whole,
    "sizes": _read_sizes,
    "given": _read_given,
    "reading": _read_reading,
    "opened": _names,
    "at": _text,
    "shelf": _one_of(*SHELVES),
    "about": _switch,
    "ways": _one_of("", "up", "down"),
    "selected": _read_cell,
    "descent": lambda value: tuple(map(_read_cell, _list(value)[-_DEEPEST:])),
    "stepping": _read_stepping,
    "camera": _read_camera,
    "near": _text,
    "position": lambda value: min(1.0, max(0.0, _number(value))),
    "speed": _one_of(*SPEEDS),
    "loop": _switch,
    "depends": _read_depends,
    "summary": _switch,
    "console": _switch,
    "heat": _one_of(*HEATS),
    "scale": _one_of(*SCALES),
    "theme": _one_of(*THEMES),
    "outline": _switch,
    "overview": _one_of(None, True, False),
    "gallery": _switch,
    "hidden": _names,
    "language": _one_of(*LANGUAGES),
}
