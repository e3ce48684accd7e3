"""The recursive why: from the answer, the strongest operand again and again ends at an input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from explain.networks import FOUND, ran
from models.test_shipped import FILES, feeds_of
from tensorama.explain import strongest_source
from tensorama.explain.origin import origins

_FAR = 400  # steps; the deepest way among these has 150


def answer(trace: tr.Trace) -> tuple[str, tuple[int, ...]]:
    """The largest number of the network's answer, or its first cell where that is no number."""
    name = trace.model.graph.outputs[-1].name
    if not isinstance(trace[name], np.ndarray):  # a list of tables, made of the tensor before
        name = next(n for n in reversed([*trace]) if isinstance(trace[n], np.ndarray))
    array = trace[name]
    numbers = np.nan_to_num(array) if array.dtype.kind in "iuf" else np.zeros(array.shape)
    return name, tuple(map(int, np.unravel_index(int(numbers.argmax()), array.shape)))


def arrives(trace: tr.Trace) -> None:
    """All at once, as a person who presses Y again and again goes, and each hop is recorded."""
    tensor, index = answer(trace)
    way = tr.why(trace, tensor, index)
    assert way.arrived, way.sentence
    known = origins(trace)
    for hop in way.hops:
        source = hop.source
        value = known.array(source.tensor)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            assert float(value[source.index]) == pytest.approx(float(source.value), nan_ok=True)
    cell = tensor, index
    for _ in range(_FAR):
        if cell[0] in trace.feeds:
            return
        found = strongest_source(trace, *cell)
        assert found, f"{cell} is a dead end"
        cell = found.tensor, found.index
    pytest.fail(f"still at {cell}")


@pytest.mark.parametrize("name", FOUND)
def test_of_every_fixture(name: str) -> None:
    arrives(ran(name))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_of_every_shipped_network(file: Path) -> None:
    model = tr.load(file)
    arrives(model.run(feeds_of(model)))
