"""Whole networks: random cells computed again, and the way back from the answer to the input."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tensorama as tr
from explain.cells import fault, some_cells
from explain.networks import FOUND, LARGE, QUICK, ran, run
from tensorama.explain import explain, why
from tensorama.explain.declare import declared

_SLOW = [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in LARGE]


def _cells(trace: tr.Trace, most: int, each: int = 3) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A few cells of recorded tensors, those inside of operators included, at random."""
    values = {**{name: trace[name] for name in trace if name not in trace.feeds}, **trace.inner}
    cells = [(name, index) for name, value in values.items() for index in some_cells(value, each)]
    order = np.random.default_rng(0).permutation(len(cells))
    yield from (cells[place] for place in order[:most])


def _answers(trace: tr.Trace) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The winning cell of each output."""
    for name, value in trace.outputs.items():
        if isinstance(value, np.ndarray) and value.size:
            numbers = value if value.dtype.kind in "iufb" else np.zeros(value.shape)
            place = np.unravel_index(int(np.argmax(numbers)), value.shape)
            yield name, tuple(int(part) for part in place)


def _declared(trace: tr.Trace) -> tr.Trace:
    """The run, if how each of its operators computes is declared."""
    domains = {"ai.onnx": ""}
    for step in trace.steps:
        domain, op = domains.get(step.node.domain, step.node.domain), step.node.op
        if (domain, op) not in declared():
            pytest.skip(f"{op} is not declared yet")
    return trace


def _faults(trace: tr.Trace, most: int) -> list[str]:
    found = [fault(trace, name, index, 1e-4, 1e-5) for name, index in _cells(trace, most)]
    return [text for text in found if text]


def _leads_to_an_input(trace: tr.Trace) -> None:
    for name, index in _answers(trace):
        way = why(trace, name, index)
        assert way.arrived, f"{name}{index}: {way.sentence}"
        here = explain(trace, name, index)
        for hop in way.hops:  # each is an operand of the one before
            assert hop.source in [source for term in here.terms for source in term.sources]
            assert hop.sentence
            here = explain(trace, hop.source.tensor, hop.source.index)
        assert here.body == "input"


@pytest.mark.parametrize("name", FOUND)
def test_cells_of_a_network_are_computed_again_from_their_operands(name: str) -> None:
    assert not _faults(_declared(ran(name)), 400)


@pytest.mark.parametrize("name", FOUND)
def test_from_the_answer_the_strongest_operands_lead_to_an_input(name: str) -> None:
    _leads_to_an_input(_declared(ran(name)))


@pytest.mark.parametrize("name", _SLOW)
def test_an_architecture_is_explained_down_to_its_picture(name: str) -> None:
    trace = run(name)
    assert not _faults(trace, 200)
    _leads_to_an_input(trace)
