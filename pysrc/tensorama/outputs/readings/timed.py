"""An output that goes along with a sound: one number for each moment, or one for each note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json

_NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_SHORTEST = 3  # moments that a note must last


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """Numbers (T,K) for T moments, `seconds` apart; `called`: what each of K stands for, if it is
    more than one."""

    tensor: str
    values: np.ndarray
    seconds: float
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A note: from which second to which, how sure the network is at most, and in which cell."""

    name: str
    begin: float
    end: float
    share: float
    cell: tuple[int, ...]


def timed(trace: Trace) -> Timed | None:
    """The output that the file's notes say goes along with time; None if they say none.

    The notes name the `tensor`, (T) or (1,T,K), and the `seconds` from moment to moment; `note` is
    the first of K notes, as MIDI numbers them.
    """
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "over time":
        return None
    name, seconds = said.get("tensor", trace.model.graph.outputs[0].name), said.get("seconds")
    value = trace.outputs.get(name) if isinstance(name, str) else None
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.size:
        return None
    if not isinstance(seconds, int | float) or not 0 < seconds < 3600:
        return None
    if value.ndim == 3:
        value = value[0]
    if value.ndim > 2:
        return None
    rows = value.reshape(len(value), -1)
    first = said.get("note")
    called = tuple(
        note(first + k) if type(first) is int and 0 <= first < 128 else str(k)
        for k in range(rows.shape[1])
    )
    return Timed(name, rows, float(seconds), called if rows.shape[1] > 1 else ())


def note(number: int) -> str:
    """What a note is called: 60 is C4, 69 is A4."""
    return f"{_NOTES[number % 12]}{number // 12 - 1}"


def heard(found: Timed, least: float = 0.5) -> list[Heard]:
    """The notes that sound: for some moments on end at least so sure; in the order they begin."""
    notes = []
    for k, name in enumerate(found.called):
        sure = np.concatenate([[False], found.values[:, k] >= least, [False]])
        edges = np.flatnonzero(np.diff(sure.astype(int)))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if end - begin >= _SHORTEST:
                at = begin + int(found.values[begin:end, k].argmax())
                share, cell = float(found.values[at, k]), (0, at, k)
                by = found.seconds
                notes.append(Heard(name, begin * by, end * by, share, cell))
    return sorted(notes, key=lambda each: (each.begin, each.cell))
