"""Every operator of the standard, at every opset from 7 on: its inputs and attributes are known."""

from __future__ import annotations

import onnx.defs
import pytest

import tensorama  # noqa: F401  (registers the operators)
from tensorama.engine import REGISTRY

NEWEST = onnx.defs.onnx_opset_version()
MISSING = {"ImageDecoder": "pictures are decoded by the page, not by the engine"}
_ALL = [s for s in onnx.defs.get_all_schemas_with_history() if s.domain == ""]
NAMES = sorted({s.name for s in _ALL if s.name not in MISSING})


def _versions(name: str) -> list[onnx.defs.OpSchema]:
    """The operator's versions that a model of opset 7 or later can mean."""
    rising = sorted((s for s in _ALL if s.name == name), key=lambda s: s.since_version)
    ends = [s.since_version for s in rising[1:]] + [NEWEST + 1]
    return [s for s, end in zip(rising, ends, strict=True) if end > 7 and not s.deprecated]


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_takes_what_the_standard_gives_it(name: str) -> None:
    for schema in _versions(name):
        opset = max(7, schema.since_version)
        operator = REGISTRY.find(name, "", opset)
        assert schema.attributes.keys() <= operator.attributes.keys(), opset
        required = {key for key, attribute in schema.attributes.items() if attribute.required}
        assert operator.required_attributes <= required, opset
        assert operator.required_inputs <= schema.min_input, opset
        assert operator.variadic or len(operator.inputs) >= schema.max_input, opset
