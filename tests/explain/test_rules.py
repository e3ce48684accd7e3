"""Every rule of reverse mode: gradients of every case of the engine's tests, by differences."""

from __future__ import annotations

import numpy as np
import pytest

from engine.cases import Case, all_cases, case, normal
from explain import thin
from explain.differences import Turned, faults, floats
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.rule import rules

_MORE = [
    *(case(op, normal(3, 4)) for op in ("Abs", "Neg", "Reciprocal", "Identity")),
    case("Cast", normal(3, 4), to=11),
    case("CastLike", normal(3, 4), normal(1, dtype="float64")),
    # broadcasting by attributes
    *(
        case(op, normal(2, 3, 4) ** 2 + 1, normal(3, seed=1) ** 2 + 1, opset=6, axis=1, broadcast=1)
        for op in ("Add", "Sub", "Mul", "Div", "Pow")
    ),
    case("Add", normal(2, 3), normal(2, 3, seed=1), opset=6),
    case("PRelu", normal(2, 3, 4), normal(3, seed=1), opset=6),
    case("Gemm", normal(2, 3), normal(3, 4, seed=1), normal(4, seed=2), opset=6, broadcast=1),
    case("AveragePool", normal(1, 2, 5, 5), opset=6, kernel_shape=[2, 2], strides=[2, 2]),
    case("Dropout", normal(2, 3), opset=6, is_test=1),
]
CASES = [one for one in [*all_cases(), *thin.CASES, *_MORE] if (one.domain, one.op) in rules()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradients_of_an_operator_are_those_of_finite_differences(case: Case) -> None:
    if not any(map(floats, case.inputs)) or _coarse(case):
        return
    if _refused(case):
        with pytest.raises(UnsupportedError, match=r"is not known|as in training"):
            Turned(case)
        return
    assert not [text for text in faults(Turned(case)) if text]


def _coarse(case: Case) -> bool:
    """What makes floats of fewer digits, or whole numbers, which tiny steps do not move."""
    if case.op == "Cast":
        return case.attributes["to"] != 11
    return case.op == "CastLike" and case.inputs[1].dtype != np.float64


def _refused(case: Case) -> bool:
    """What is said to have no gradient here: training's statistics, products that are written."""
    training = case.op == "BatchNormalization" and case.outputs != 1
    written = case.op.startswith("Scatter")
    return training or (written and case.attributes.get("reduction") in ("mul", "max", "min"))


def test_every_rule_is_compared_on_cells_that_change_something() -> None:
    """A rule that gave nothing for every case, or a case whose every cell is a corner, hides."""
    compared: dict[tuple[str, str], bool] = {}
    for one in CASES:
        key = one.domain, one.op
        if compared.get(key) or _coarse(one) or _refused(one):
            continue
        if any(map(floats, one.inputs)):
            turned = Turned(one)
            moves = any(g is not None and np.any(g) for g in turned.gradients.values())
            compared[key] = moves and "" in faults(turned)
    silent = {key for key in rules() if not compared.get(key)}
    assert silent == _SILENT


_SILENT = {
    # what is flat between its steps
    *(("", op) for op in ("Sign", "Ceil", "Floor", "Round", "Hardmax")),
    ("local", "slice"),  # in test_inside_gradients
    # what takes only sequences, or what may be missing: in test_influence
    *(("", op) for op in ("SequenceAt", "SequenceErase", "ConcatFromSequence")),
    *(("", op) for op in ("Optional", "OptionalGetElement")),
}
