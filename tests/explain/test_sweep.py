"""Every operator: cells of every case of the engine's tests, computed again from their operands."""

from __future__ import annotations

import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.reference import feeds_of, model_of
from explain import thin
from explain.cells import fault, some_cells
from tensorama.explain.declare import declared, speaks_of


def _spoken(case: Case) -> bool:
    return (case.domain, case.op) in declared()


@pytest.mark.parametrize(
    "case", list(filter(_spoken, [*all_cases(), *thin.CASES])), ids=lambda case: case.name
)
def test_cells_of_an_operator_are_computed_again_from_their_operands(case: Case) -> None:
    trace = tr.load(model_of(case).SerializeToString()).run(feeds_of(case))
    rtol, atol = max(1e-4, case.rtol), max(1e-6, case.atol)
    step = trace.steps[-1]
    inner = [
        name for name in trace.inner if speaks_of(case.domain, case.op, name.rpartition("/")[2])
    ]
    faults = [
        fault(trace, name, index, rtol, atol)
        for name in [*filter(None, step.node.outputs), *inner]
        for index in some_cells(trace[name] if name in trace else trace.inner[name], 6)
    ]
    assert not [text for text in faults if text]
