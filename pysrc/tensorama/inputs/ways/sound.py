"""A sound, as the samples or the stretches of samples that a network listens to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.errors import FeedError
from tensorama.inputs.sizes import SOUND
from tensorama.inputs.uses import Uses
from tensorama.inputs.ways.synthetic import SAMPLES, sample_sound
from tensorama.inputs.ways.way import (
    NUMBERS,
    Gift,
    Way,
    edges,
    fitted,
    given_before,
    handed,
    shaped,
)
from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

MICROPHONE = "microphone"  # the name of what was heard last
HEARD = "microphone:heard"  # the name of how many stretches it heard before these
LIVE = 8  # stretches that are heard in one run
_RATE = re.compile(r"sr|sample_?rate|sampling_?rate|fs")
_FLOATS = (1, 10, 11)
_USUAL = 16000  # samples in a second
_RATES = range(1000, 192_001)
_KNOWN = {256: 8000, 512: 16000, 576: 16000, 1536: 16000, 15600: 16000, 43844: 22050,
          480_000: 16000}  # what windows of so many samples are sampled at # fmt: skip
_SHORTEST = 256  # samples; less is no sound
_LONGEST = {True: 10, False: 2}  # seconds that are heard at once: in stretches, or as one
_MOST_CHANNELS = 2  # of a sound in a file of numbers
_OVER = 2.0  # above this no sample of a sound -1…1 is
_WINDOW = 512  # samples, for a network that remembers and says no length


@dataclass(frozen=True, slots=True)
class Sound(Way):
    """A sound → samples along one axis, or (T, before + stretch): each stretch of samples with some
    from before it.

    `guessed`: the rate is. `memories`: inputs, and the outputs that hold what they are to be fed
    with where the sound goes on. A gift: "sound", its name, and the sample that is heard first.
    """

    kind: ClassVar[str] = "sound"
    rate: int = _USUAL
    guessed: bool = True
    along: int = 0
    stretch: int = 0
    before: int = 0
    high: float = 1.0  # the number of the loudest sample
    sample: str = "notes"
    memories: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call a sound, or what is named like one and has its shape."""
        shape = value.shape
        if value.elem_type not in _FLOATS or not shape or len(shape) > 3:
            return None
        asked = next((v.name for v in model.graph.inputs if _RATE.fullmatch(v.name.lower())), "")
        named = re.fullmatch(SOUND, value.name.lower()) or (asked and len(shape) <= 2)
        if said.get("kind") != "sound" and (said.get("kind") is not None or not named):
            return None
        stretch, before = (_count(said.get(name)) for name in ("stretch", "before"))
        if stretch and (len(shape) != 2 or shape[1] != stretch + before):
            return None
        along = 0 if stretch else _long_axis(shape)
        if along is None:
            return None
        known, size = _count(said.get("rate")) in _RATES, shape[along]
        rate = _KNOWN.get(size if isinstance(size, int) else 0, _USUAL)
        if known:
            rate = _count(said.get("rate"))
        elif asked:
            wanted = [int(n) for n in Uses(model).compared(asked) if n in _RATES]
            rate = _USUAL if not wanted or _USUAL in wanted else wanted[-1]
        sample = said.get("sample")
        if sample not in [*SAMPLES]:
            sample = "notes"
        return cls(
            value.name, shape, rate, not known, along, stretch, before, _loudest(said),
            sample, _memories(model, value.name),
        )  # fmt: skip

    def taken(self, array: np.ndarray, like: np.ndarray) -> tuple[str, np.ndarray]:
        """One row of samples is a sound, of two or more channels their mean; what has the shape of
        the tensor are the numbers that the network gets."""
        row = array.squeeze()
        if row.ndim > 1 and shaped(self.shape, array.shape) is not None:
            return NUMBERS, fitted(self, array, like)
        if row.ndim == 2 and min(row.shape) <= _MOST_CHANNELS:
            row = row.mean(axis=int(row.shape[1] < row.shape[0]), dtype=np.float64)
        if row.ndim != 1 or row.dtype.kind not in "biuf":
            raise FeedError(phrase(
                "“{name}” takes a sound: its samples in one row, or in two for left and right. The "
                "file has {came}.", name=self.tensor, came=edges(array.shape),
            ))  # fmt: skip
        if row.dtype == np.uint8:
            row = row.astype(np.float64) - 128  # as eight bits of a sound are written
        loud = _loud(row, array.dtype, self.high)
        return self.kind, (row / loud).astype(np.float32)

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """Sounds of ours, and those that a person gave."""
        for name, words in SAMPLES.items():
            yield words, (self.kind, name, 0)
        for key, name in given_before(pictures, 1, np.float32):
            yield name, (self.kind, key, 0)

    def source(self, gift: Gift) -> str:
        """The name of the sound."""
        return str(self.said(gift, 1, self.sample))

    def sound(self, gift: Gift, pictures: Mapping[str, Any]) -> np.ndarray:
        """All of it, float32 -1…1; a sample where it is not here."""
        numbers = handed(gift, pictures)
        if numbers is not None:
            return self._heard(numbers)
        name = self.source(gift)
        found = pictures.get(name)
        if isinstance(found, np.ndarray):
            return found
        return sample_sound(name if name in SAMPLES else self.sample, self.rate)

    def _heard(self, numbers: np.ndarray) -> np.ndarray:
        """The sound that the first row of numbers is, each sample of it once."""
        if self.stretch:
            row = np.append(numbers[0, : self.before], numbers[:, self.before :])
        else:
            row = np.moveaxis(numbers, self.along, -1).reshape(-1, numbers.shape[self.along])[0]
        return (row / self.high).astype(np.float32)

    def length(self, gift: Gift, pictures: Mapping[str, Any]) -> int:
        """How many samples are heard at once."""
        if handed(gift, pictures) is not None:
            return len(self.sound(gift, pictures))
        size = self.shape[self.along]
        if isinstance(size, int):
            return size * (self.stretch or 1)
        if self.memories and not self.stretch:
            return _WINDOW
        most = _LONGEST[bool(self.stretch)] * self.rate
        count = min(most, len(self.sound(gift, pictures)) - self.start(gift, pictures))
        rows = max(1, math.ceil(count / (self.stretch or _SHORTEST)))
        return rows * (self.stretch or _SHORTEST)

    def start(self, gift: Gift, pictures: Mapping[str, Any]) -> int:
        """The sample that is heard first."""
        last = max(0, len(self.sound(gift, pictures)) - (self.stretch or 1))
        return min(max(0, self.said(gift, 2, 0)), last)

    def sizes(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[Any, int]:
        """As long as the sound is, within bounds."""
        found: dict[Any, int] = {}
        for axis in range(len(self.shape)):
            if self.free(axis):
                length = self.length(gift, pictures) // (self.stretch or 1)
                found[self.tensor, axis] = length if axis == self.along else 1
        return found

    def beside(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[str, Any]:
        """What the network remembers of what the microphone heard before."""
        if self.source(gift) != MICROPHONE:
            return {}
        kept = {name: pictures.get(memory_of(name)) for name, _ in self.memories}
        return {name: value for name, value in kept.items() if value is not None}

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The samples, silence where the sound is over, the same for each of a batch."""
        sound, start = self.sound(gift, pictures), self.start(gift, pictures)
        rows = default.shape[self.along]
        length = rows * (self.stretch or 1)
        heard = np.zeros(self.before + length)
        begin = start - self.before
        part = sound[max(0, begin) : start + length]
        at = max(0, -begin)
        heard[at : at + len(part)] = part
        heard *= self.high
        if self.stretch:
            every = np.lib.stride_tricks.sliding_window_view(heard, self.stretch + self.before)
            return every[:: self.stretch].astype(default.dtype)
        shape = [1] * default.ndim
        shape[self.along] = length
        return np.broadcast_to(heard.reshape(shape), default.shape).astype(default.dtype)


def _loud(row: np.ndarray, dtype: np.dtype[Any], high: float) -> float:
    """The number of the loudest sample that such a row can have: by its type, or by its numbers."""
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        return float(1 << (8 * dtype.itemsize - 1))
    loudest = float(np.abs(np.nan_to_num(row)).max(initial=0))
    if loudest <= _OVER:
        return 1.0
    if dtype.kind == "f" and high > 1:
        return high
    return float(1 << 15 if loudest <= 1 << 15 else 1 << 31)


def memory_of(name: str) -> str:
    """Under which name it is kept what an input remembers."""
    return f"{MICROPHONE} {name}"


def _count(said: object) -> int:
    return said if isinstance(said, int) and 0 < said <= 1 << 20 else 0


def _long_axis(shape: tuple[int | str | None, ...]) -> int | None:
    """The axis of time: the last that is long or open; no other may be long."""
    long = [k for k, n in enumerate(shape) if (n if isinstance(n, int) else _SHORTEST) >= _SHORTEST]
    if len(long) > 1 and not isinstance(shape[0], int):
        long = long[1:]  # a batch
    rest = [n for k, n in enumerate(shape) if k not in long and isinstance(n, int) and n > 2]
    return long[0] if len(long) == 1 and not rest else None


def _loudest(said: Mapping[str, Any]) -> float:
    """The number of the loudest sample, as the notes say."""
    try:
        high = float(said.get("range", (-1, 1))[1])
    except (TypeError, ValueError, LookupError):
        return 1.0
    return high if math.isfinite(high) and high > 0 else 1.0


def _memories(model: Model, sound: str) -> tuple[tuple[str, str], ...]:
    """Inputs that an output continues, by their names: h and hn, state and stateN."""
    outputs = {value.name: value.shape for value in model.graph.outputs}
    found = []
    for value in model.graph.inputs:
        near = [
            name
            for name, shape in outputs.items()
            if name != value.name and name.startswith(value.name) and value.name != sound
            and len(name) - len(value.name) <= 4 and len(shape or ()) == len(value.shape or ())
        ]  # fmt: skip
        found += [(value.name, name) for name in near[:1]]
    return tuple(found)
