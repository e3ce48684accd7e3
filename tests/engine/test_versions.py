"""Every case again at every other opset whose version of the operator takes it.

What changed between two versions shows where onnxruntime's values change; where it refuses the
combination there is nothing to compare.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import onnx.defs
import onnxruntime
import pytest

from engine.bundle import check_bundle
from engine.cases import Case, all_cases
from engine.reference import write_bundle

OLDEST = {"": 7, "ai.onnx.ml": 1}
NEWEST = {"": 25, "ai.onnx.ml": 3}  # what onnxruntime promises to know
SCHEMAS: dict[tuple[str, str], dict[int, onnx.defs.OpSchema]] = defaultdict(dict)
for _schema in onnx.defs.get_all_schemas_with_history():
    SCHEMAS[_schema.domain, _schema.name][_schema.since_version] = _schema
CASES: dict[str, list[Case]] = defaultdict(list)
for _case in all_cases():
    if (_case.domain, _case.op) in SCHEMAS and _case.expected is None:
        CASES[_case.op].append(_case)


def elsewhere(case: Case) -> Iterator[Case]:
    """The case at each opset that gives the operator another version which takes it."""
    versions = SCHEMAS[case.domain, case.op]
    own = max(since for since in versions if since <= case.opset)
    opsets = {max(since, OLDEST[case.domain]) for since in versions}
    for opset in sorted(o for o in opsets if o <= NEWEST[case.domain]):
        since = max(since for since in versions if since <= opset)
        schema = versions[since]
        takes = schema.min_input <= len(case.inputs) <= schema.max_input
        if since != own and takes and case.attributes.keys() <= schema.attributes.keys():
            yield replace(case, opset=opset)


@pytest.mark.slow
@pytest.mark.parametrize("op", sorted(CASES))
def test_an_operator_agrees_at_every_opset_that_takes_the_case(op: str) -> None:
    failures = []
    for case in (other for one in CASES[op] for other in elsewhere(one)):
        try:
            bundle = write_bundle([case])
        except Exception as error:
            if type(error).__module__.startswith(onnxruntime.__name__):
                continue  # onnxruntime does not take it
            raise
        failures += check_bundle(bundle)
    assert not failures, "\n".join(failures)
