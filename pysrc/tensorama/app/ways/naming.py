"""Names for the classes of a network of pictures whose file has none: a guess, said to be one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import home
from tensorama.engine import Trace
from tensorama.errors import FetchError
from tensorama.inputs.ways import Picture, ways_of
from tensorama.onnxfile.notes import read_json
from tensorama.outputs import labels_of
from tensorama.outputs.labels import guess, guessed
from tensorama.outputs.readings.lists import Listed, listed


def begin(desk: Desk) -> None:
    """Look for names for the network that is shown, and fetch them where they are not here."""
    trace = desk.session.trace
    wanted = None if trace is None else _wanted(trace)
    if trace is not None and wanted is not None:
        desk.session.background(_name(desk, trace, wanted))


def _wanted(trace: Trace) -> Listed | None:
    ways = [way for way in ways_of(trace.model) if isinstance(way, Picture)]
    fed = trace.feeds.get(ways[0].tensor) if ways else None
    if not isinstance(fed, np.ndarray) or fed.ndim != 4:
        return None
    for count in _counts(trace):
        found = listed(count, ways[0].channels, max(ways[0].edges(fed.shape)))
        if found is not None and not labels_of(trace.model, count):
            return None if guessed(trace.model, count) else found
    return None


def _counts(trace: Trace) -> Iterator[int]:
    """How many classes there may be: of rows, of boxes with scores beside or behind them."""
    for value in trace.outputs.values():
        if isinstance(value, np.ndarray) and value.ndim in (2, 4):
            yield int(np.prod(value.shape[1:]))
        elif isinstance(value, np.ndarray) and value.ndim == 3:
            yield from (value.shape[2], value.shape[2] - 5, value.shape[1] - 4)


async def _name(desk: Desk, trace: Trace, found: Listed) -> None:
    names = found.names
    if found.file:
        try:
            said = read_json(bytes(await fetch_bytes(f"{home()}{found.file}")).decode("utf-8"))
        except (FetchError, UnicodeDecodeError):
            return  # numbers tell them apart as well
        if not isinstance(said, list):
            return
        names = (*found.first, *map(str, said))
    guess(trace.model, found.whose, names)
    if desk.session.model is trace.model:
        desk.session.name_anew()
