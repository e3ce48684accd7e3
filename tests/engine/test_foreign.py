"""Operators outside of the standard: the list of them tells what is so, and so do the sentences."""

from __future__ import annotations

import re
from pathlib import Path

import onnxruntime.capi.onnxruntime_pybind11_state as onnxruntime
import pytest

import tensorama
from tensorama.engine import REGISTRY, foreign
from tensorama.onnxfile import Node

MICROSOFT = "com.microsoft"
LIST = (Path(tensorama.__file__).parent / "engine/ops/OPERATORS.md").read_text("utf-8")
ROWS = {
    name: (here == "has", on_cpu == "yes", why)
    for name, here, on_cpu, why in re.findall(
        r"^\| (\w+) \| (has|lacks) \| (yes|no) \| (.+) \|$", LIST, re.MULTILINE
    )
}
DOMAINS = set(re.findall(r"^\| ([a-z][\w.]*(?:, \w+)*) \| (?!has|lacks)", LIST, re.MULTILINE))
SCHEMAS = {s.name: s for s in onnxruntime.get_all_operator_schema() if s.domain == MICROSOFT}
KERNELS = [k for k in onnxruntime.get_all_opkernel_def() if k.provider == "CPUExecutionProvider"]
KNOWN = {name for domain, name in REGISTRY.names() if domain == MICROSOFT}
NO_SCHEMA = {"QLinearConvTranspose"}  # of other quantizers


def test_the_list_is_that_of_onnxruntime() -> None:
    assert ROWS.keys() == SCHEMAS.keys()
    on_cpu = {kernel.op_name for kernel in KERNELS if kernel.domain == MICROSOFT}
    assert {name for name, (_, cpu, _) in ROWS.items() if cpu} == on_cpu


def test_the_list_tells_what_is_computed_here() -> None:
    assert {name for name, (here, _, _) in ROWS.items() if here} == KNOWN - NO_SCHEMA


@pytest.mark.parametrize("name", sorted(KNOWN - NO_SCHEMA))
def test_an_operator_takes_what_onnxruntime_gives_it(name: str) -> None:
    schema, operator = SCHEMAS[name], REGISTRY.find(name, MICROSOFT, 1)
    assert schema.attributes.keys() <= operator.attributes.keys()
    required = {key for key, attribute in schema.attributes.items() if attribute.required}
    assert operator.required_attributes <= required
    assert operator.required_inputs <= schema.min_input
    assert operator.variadic or len(operator.inputs) >= len(schema.inputs)


def test_of_the_standard_nothing_is_lacking_that_onnxruntime_computes() -> None:
    copies = {"MemcpyFromHost", "MemcpyToHost"}  # between devices
    for domain in ("", "ai.onnx.ml"):
        theirs = {kernel.op_name for kernel in KERNELS if kernel.domain == domain}
        assert theirs - copies <= {name for of, name in REGISTRY.names() if of == domain}


@pytest.mark.parametrize(
    "name", sorted(name for name, (here, cpu, _) in ROWS.items() if not (here or cpu))
)
def test_what_no_processor_computes_is_told_with_what_to_do(name: str) -> None:
    node = Node(
        op=name, domain=MICROSOFT, name="n", inputs=(), outputs=("y",), attributes={}, index=0
    )
    assert foreign.advice(node)


def test_every_domain_of_the_list_is_told_with_what_to_do() -> None:
    named = {domain for row in DOMAINS for domain in row.split(", ")} - {"domain", "operator"}
    assert named == foreign.DOMAINS.keys()
    theirs = {schema.domain for schema in onnxruntime.get_all_operator_schema()}
    assert {d for d in theirs if d not in ("", "ai.onnx.ml", MICROSOFT)} <= named
