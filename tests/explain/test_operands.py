"""The operands of a cell: what is not among them has no say, and many cells ask as each alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.reference import feeds_of, model_of
from explain.cells import some_cells
from tensorama.explain import receptive
from tensorama.explain.declare import account, declared
from tensorama.explain.origin import origins

CASES = [case for case in all_cases() if (case.domain, case.op) in declared()]
# inputs that say where or how large, and are no operands
_SIZES = {
    "Resize": {1, 2, 3}, "Upsample": {1}, "OneHot": {1}, "Pad": {2}, "Dropout": {1}, "Range": {1},
}  # fmt: skip
# a cell alone names what was recorded inside of the operator, or the winners of all
_ALONE_OTHERWISE = {"LSTM", "GRU", "RNN", "DynamicQuantizeLSTM", "Attention", "QAttention"}
# one cell of a tree names its path, one of a search the tokens that it met
_WINNERS = {"TreeEnsembleClassifier", "TreeEnsembleRegressor", "BifurcationDetector"}


def _masks(trace: tr.Trace, tensor: str, cells: list[tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Which cells of each input are operands of some cells of an output, asked at once."""
    at = tuple(np.array(part) for part in zip(*cells, strict=True))
    cell = origins(trace).cell(tensor, at if len(cells) > 1 else tuple(p.reshape(()) for p in at))
    assert cell is not None
    masks: dict[str, np.ndarray] = {}
    for operand in account(cell).operands:
        name = cell.named(operand)
        value = cell.whole(operand)
        if isinstance(operand.input, str) or not isinstance(value, np.ndarray | np.generic):
            continue
        mask = masks.setdefault(name, np.zeros(np.shape(value), bool))
        *index, there = np.broadcast_arrays(*operand.index, operand.there)
        mask[tuple(part[there] for part in index)] = True
    return masks


def _outputs(trace: tr.Trace) -> list[str]:
    names = [name for name in trace.steps[-1].node.outputs if name]
    return [name for name in names if isinstance(trace[name], np.ndarray)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_many_cells_are_asked_at_once_as_each_alone(case: Case) -> None:
    if case.op in _ALONE_OTHERWISE | _WINNERS:
        return
    trace = tr.load(model_of(case).SerializeToString()).run(feeds_of(case))
    for name in _outputs(trace):
        cells = list(some_cells(trace[name], 5))
        if not cells:
            continue
        together = _masks(trace, name, cells)
        alone = [_masks(trace, name, [cell]) for cell in cells]
        for tensor in {*together, *(t for masks in alone for t in masks)}:
            union = sum(masks[tensor] for masks in alone if tensor in masks)
            np.testing.assert_array_equal(together.get(tensor, 0), union > 0, f"{tensor} of {name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_no_operand_of_a_cell_does_not_change_it(case: Case) -> None:
    model, feeds = tr.load(model_of(case).SerializeToString()), feeds_of(case)
    trace = model.run(feeds)
    for name in _outputs(trace):
        for index in list(some_cells(trace[name], 3))[-2:]:
            others = _nudged(case, trace, feeds, receptive(trace, name, index))
            try:
                came = model.run(others)[name] if others else None
            except tr.OperatorError:  # other numbers that it does not take
                continue
            if came is None or np.shape(came) != np.shape(trace[name]):
                continue
            one, other = trace[name][index], came[index]
            assert one == other or np.isclose(one, other, 1e-5, 1e-6, equal_nan=True), (
                f"{name}{index} was {one}, became {other}"
            )


def _nudged(
    case: Case, trace: tr.Trace, feeds: dict[str, Any], masks: dict[str, np.ndarray]
) -> dict[str, Any]:
    """The same inputs, other numbers wherever no operand lies; none if there is no such place."""
    random, others, changed = np.random.default_rng(5), dict(feeds), False
    for position, name in enumerate(trace.steps[-1].node.inputs):
        value = feeds.get(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        if position in _SIZES.get(case.op, ()) or value.dtype.metadata:
            continue
        free = ~masks.get(name, np.zeros(value.shape, bool))
        noise = random.uniform(0.1, 0.9, value.shape).astype(value.dtype)
        others[name] = np.where(free, noise, value)
        changed = changed or bool(free.any())
    return others if changed else {}
