"""Every operator against onnxruntime: values, shapes and dtypes, over attributes and opsets."""

from __future__ import annotations

import pytest

from engine.bundle import check_bundle
from engine.cases import Case, all_cases
from engine.reference import write_bundle


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_an_operator_gives_what_onnxruntime_gives(case: Case) -> None:
    failures = check_bundle(write_bundle([case]))
    assert not failures, failures[0]
