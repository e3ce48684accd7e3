"""What each channel of a layer made of the input: its largest value and where, what is silent.

A channel is a map; of a sheet it is a column, of a vector a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.app.inspect.measuring import SLICE
from tensorama.engine.contract.slices import Slices
from tensorama.phrases import Phrase, phrase
from tensorama.scene.pictures.picture import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """The channels of one tensor in one run.

    `most` (C,): the largest value of each, -inf where there is no number at all. `place` (C,): its
    cell. `silent` (C,): whether all of its values are 0.
    """

    picture: Picture
    most: np.ndarray
    place: np.ndarray
    silent: np.ndarray

    def __len__(self) -> int:
        return len(self.most)

    def index(self, channel: int) -> tuple[int, ...]:
        """The index in the tensor of a channel's largest value."""
        found = self.picture.index(*self._cell(channel, int(self.place[channel])))
        assert found is not None
        return found

    def _cell(self, channel: int, place: int) -> tuple[int, int, int]:
        picture = self.picture
        if picture.kind == "maps":
            return (channel, *divmod(place, picture.cols))
        if picture.kind == "sheet":
            return 0, place, channel
        return 0, channel % picture.rows, channel // picture.rows

    def called(self, channel: int) -> Phrase:
        """What a person calls it, counted from 0 as its index is."""
        if self.picture.kind == "maps":
            return channel_name(self.picture.reading.called, channel)
        return phrase("unit {number}", number=channel)

    @property
    def strongest(self) -> np.ndarray:
        """The channels by their largest value, the largest first; those without a number last."""
        return np.argsort(-self.most, kind="stable")


def channel_name(called: str, number: int) -> Phrase:
    """What a map is called; `called`: as a `Reading` has it."""
    if called == "head":
        return phrase("head {number}", number=number)
    if called == "direction":
        return phrase("direction {number}", number=number)
    return phrase("channel {number}", number=number)


def channel_slices(array: np.ndarray, picture: Picture) -> Slices[Channels]:
    """Look at every channel of what a tensor's picture shows."""
    ordered = array.transpose(picture.reading.axes) if picture.reading.axes else array
    if picture.kind == "maps":
        return (yield from _maps(ordered, picture))
    if picture.kind == "sheet":
        return (yield from _sheet(ordered, picture))
    flat = ordered.reshape(-1)[: picture.cells].astype(np.float64)
    yield
    place = np.zeros(flat.size, np.int64)
    return Channels(picture, _numbers(flat), place, flat == 0)


def _maps(ordered: np.ndarray, picture: Picture) -> Slices[Channels]:
    most = np.full(picture.maps, -np.inf)
    place = np.zeros(picture.maps, np.int64)
    silent = np.zeros(picture.maps, bool)
    outer = ordered.shape[:-2] if ordered.shape[-2:] == (picture.rows, picture.cols) else None
    flat = ordered.reshape(-1) if outer is None else None
    seen = 0
    for channel in range(picture.maps):
        if outer is None:
            assert flat is not None
            part = flat[channel * picture.cells : (channel + 1) * picture.cells]
        else:
            part = ordered[np.unravel_index(channel, outer)].reshape(-1)
        numbers = _numbers(part)
        place[channel] = int(numbers.argmax())
        most[channel] = numbers[place[channel]]
        silent[channel] = not part.any()
        seen += part.size
        if seen >= SLICE:
            seen = 0
            yield
    return Channels(picture, most, place, silent)


def _sheet(ordered: np.ndarray, picture: Picture) -> Slices[Channels]:
    sheet = ordered.reshape(-1)[: picture.cells].reshape(picture.rows, picture.cols)
    most = np.full(picture.cols, -np.inf)
    place = np.zeros(picture.cols, np.int64)
    fires = np.zeros(picture.cols, bool)
    step = max(1, SLICE // picture.cols)
    for start in range(0, picture.rows, step):
        numbers = _numbers(sheet[start : start + step])
        top = numbers.argmax(axis=0)
        value = numbers[top, np.arange(picture.cols)]
        better = value > most
        most[better], place[better] = value[better], top[better] + start
        fires |= sheet[start : start + step].any(axis=0)
        yield
    return Channels(picture, most, place, ~fires)


def _numbers(part: np.ndarray) -> np.ndarray:
    """Numbers to compare: what is none, or infinite, is less than all others."""
    numbers = part.astype(np.float64)
    odd = ~np.isfinite(numbers)
    if odd.any():
        numbers[odd] = -np.inf
    return numbers
