"""Every rule of reverse mode: gradients of every case of the engine's tests, by differences."""

from __future__ import annotations

import pytest

from engine.cases import Case, all_cases
from explain.differences import Turned, faults, floats
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.rule import rules

CASES = [case for case in all_cases() if (case.domain, case.op) in rules()]


_NARROWER = {"Cast", "CastLike"}  # what comes out of them is too coarse for tiny steps


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradients_of_an_operator_are_those_of_finite_differences(case: Case) -> None:
    if not any(map(floats, case.inputs)) or case.op in _NARROWER:
        return
    if _refused(case):
        with pytest.raises(UnsupportedError, match=r"is not known|as in training"):
            Turned(case)
        return
    assert not [text for text in faults(Turned(case)) if text]


def _refused(case: Case) -> bool:
    """What is said to have no gradient here: training's statistics, products that are written."""
    training = case.op == "BatchNormalization" and case.outputs != 1
    written = case.op.startswith("Scatter")
    return training or (written and case.attributes.get("reduction") in ("mul", "max", "min"))
