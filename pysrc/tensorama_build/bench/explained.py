"""What `explain` times, in a page or here: cells of one run, pointed at, pinned, followed back."""

import io
import random
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

import tensorama as tr

Index = tuple[int, ...]
CELLS = 80
REPEATS = 6  # of the way back through all layers, the first of which warms up
TERMS = 12  # operands that an inspector lists


def milliseconds(work: Callable[..., object], *arguments: object) -> float:
    """How long a call takes."""
    started = perf_counter()
    work(*arguments)
    return 1000 * (perf_counter() - started)


def measured(data: bytes, feeds_npz: bytes) -> dict[str, Any]:
    """Times in ms of random cells of a network: of each work the median and the longest of 20."""
    model = tr.load(data)
    trace = model.run(dict(np.load(io.BytesIO(feeds_npz))))
    from tensorama.explain import regions
    from tensorama.explain.origin import origins

    started = perf_counter()
    known = origins(trace)
    chosen = random.Random(0)
    tensors = [
        name for name, value in trace.items()
        if name not in trace.feeds and name not in known.still and np.ndim(value) > 1
    ]  # fmt: skip
    cells = []
    for _ in range(CELLS):
        name = chosen.choice(tensors)
        cells.append((name, tuple(chosen.randrange(size) for size in trace[name].shape)))
    pinned(trace, *cells[0])
    first = 1000 * (perf_counter() - started)
    everything = frozenset(trace)
    works: dict[str, Callable[[str, Index], object]] = {
        "operands": lambda name, index: regions(trace, name, index, everything - {name}),
        "explanation": lambda name, index: pinned(trace, name, index),
        "input": lambda name, index: regions(trace, name, index, trace.feeds.keys()),
    }
    row: dict[str, Any] = {"cells": len(cells), "first_ms": round(first, 1)}
    for work, function in works.items():
        for name, index in cells[:8]:
            function(name, index)
        times = sorted(milliseconds(function, name, index) for name, index in cells)
        row[f"{work}_ms"] = round(statistics.median(times), 2)
        row[f"{work}_95_ms"] = round(times[int(0.95 * len(times))], 2)
    return row | influenced(trace)


def influenced(trace: tr.Trace) -> dict[str, Any]:
    """How long the influence of everything on the largest number of the answer takes, the first
    time and in the median, and its longest piece between two pauses."""
    from tensorama.explain.gradients import influence_slices

    answer = next(reversed(trace.outputs))
    index = np.unravel_index(np.argmax(trace[answer]), trace[answer].shape)
    whole, pieces = [], []
    for _ in range(REPEATS):
        started = last = perf_counter()
        longest = 0.0
        for _ in influence_slices(trace, answer, [*map(int, index)], weights=False):
            now = perf_counter()
            longest, last = max(longest, now - last), now
        whole.append(1000 * (perf_counter() - started))
        pieces.append(1000 * max(longest, perf_counter() - last))
    return {
        "influence_first_ms": round(whole[0], 2),
        "influence_ms": round(statistics.median(whole[1:]), 2),
        "influence_piece_ms": round(statistics.median(pieces[1:]), 2),
    }


def pinned(trace: tr.Trace, name: str, index: Index) -> object:
    """All that an inspector shows of a number."""
    from tensorama.explain import explain

    made = explain(trace, name, index)
    return made.sentence, made.formula, made.numbers, list(made.strongest(TERMS)), made.steps
