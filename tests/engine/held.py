"""The memory that tensors lie in, and the most that is held meanwhile."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

import tensorama as tr


def distinct(values: Iterable[Any]) -> int:
    """The bytes that lie under all these arrays; what several share counts once."""
    total = end = 0
    for low, high in sorted(byte_bounds(array) for array in _arrays(values) if array.size):
        total += max(0, high - max(low, end))
        end = max(end, high)
    return total


def _arrays(values: Iterable[Any]) -> Iterator[np.ndarray]:
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _arrays(value)


def run_and_peak(model: tr.Model, feeds: dict[str, Any]) -> tuple[tr.Trace, int]:
    """A first run, and the most bytes that were held meanwhile beside the model and its feeds.

    Nobody can write to these feeds, so that the run needs no copies of them.
    """
    feeds = {name: _frozen(value) for name, value in feeds.items()}
    gc.collect()
    tracemalloc.start()
    try:
        trace = model.run(feeds)
        return trace, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _frozen(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    copy = value.copy()
    copy.setflags(write=False)
    return copy


def computed(trace: tr.Trace) -> int:
    """The bytes of what a run computed: without feeds and weights."""
    given = [*trace.feeds.values(), *trace.model.graph.weights.values()]
    return distinct([*trace.values(), *trace.inner.values(), *given]) - distinct(given)


def loaded(load: Callable[[], tr.Model]) -> tr.Model:
    """A model whose operators have been imported by a model before it."""
    from tensorama import engine

    engine.check(load())
    return load()
