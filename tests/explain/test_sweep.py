"""Every operator: cells of every case of the engine's tests, computed again from their operands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.reference import feeds_of, model_of
from explain import thin
from explain.cells import fault, some_cells
from tensorama.engine.registry import REGISTRY
from tensorama.explain.declare import declared, speaks_of
from tensorama.explain.inside import LOCAL

_swept: dict[str, int] = {}  # cells of each case


def _spoken(case: Case) -> bool:
    return (case.domain, case.op) in declared()


CASES = [case for case in [*all_cases(), *thin.CASES] if _spoken(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cells_of_an_operator_are_computed_again_from_their_operands(case: Case) -> None:
    trace = tr.load(model_of(case).SerializeToString()).run(feeds_of(case))
    rtol, atol = max(1e-4, case.rtol), max(1e-6, case.atol)
    step = trace.steps[-1]
    inner = [
        name for name in trace.inner if speaks_of(case.domain, case.op, name.rpartition("/")[2])
    ]
    cells = [(n, i) for n in filter(None, step.node.outputs) for i in some_cells(trace[n], 6)]
    cells += [(n, i) for n in inner for i in some_cells(trace.inner[n], 2)]
    faults = [fault(trace, name, index, rtol, atol) for name, index in cells]
    _swept[case.name] = len(cells)
    assert not [text for text in faults if text]


def test_every_operator_says_how_its_cells_come_about_and_has_a_case() -> None:
    known = {key for key in declared() if key[0] != LOCAL}
    assert set(REGISTRY.names()) == known
    tried = {(case.domain, case.op) for case in [*all_cases(), *thin.CASES]}
    assert known - tried == ELSEWHERE


# what no case can hold (graphs inside, maps): tried in test_control, test_attention and test_maps
ELSEWHERE = {
    ("", "If"), ("", "Loop"), ("", "Scan"), ("", "SequenceMap"), ("", "Optional"),
    ("", "OptionalGetElement"), ("", "OptionalHasElement"), ("ai.onnx.preview", "FlexAttention"),
    ("ai.onnx.ml", "DictVectorizer"), ("ai.onnx.ml", "CastMap"),
}  # fmt: skip


def test_the_readme_counts_what_is_swept() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    found = re.search(
        r"more than ([\d,]+) cells of (\d+) operators again", " ".join(readme.split())
    )
    assert found is not None
    assert int(found[2]) == len(REGISTRY.names())
    if len(_swept) == len({case.name for case in CASES}):  # all ran here
        assert sum(_swept.values()) > int(found[1].replace(",", ""))
