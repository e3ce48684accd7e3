"""Runs: the trace, steps as they come, single nodes, types that numpy lacks, the registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama import engine
from tensorama.engine.ops import families
from tensorama.engine.registry import Registry
from tensorama.errors import UnsupportedError
from tensorama.onnxfile.types import element_type

ROOT = Path(__file__).parents[2]
X = np.array([[-1, 0, 2]], np.float32)
SMALL = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,3] x) => (float[N,3] y) { h = Relu (x) [out] y = Add (h, h) }
"""
HALF = """
<ir_version: 10, opset_import: ["" : 21]>
g (bfloat16[3] x) => (bfloat16[3] y, bool[3] z) {
    y = Mul (x, x)
    z = Equal (x, y)
}
"""


def model_of(text: str = SMALL) -> tr.Model:
    return tr.load(onnx.parser.parse_model(text).SerializeToString())


def test_a_trace_has_every_tensor_in_the_order_of_execution() -> None:
    trace = model_of().run({"x": X})
    assert list(trace) == ["x", "h", "y"]
    np.testing.assert_array_equal(trace["h"], [[0, 0, 2]])
    assert list(trace.outputs) == ["y"]
    assert [step.node.op for step in trace.steps] == ["Relu", "Add"]
    assert trace.steps[1].inputs["h"] is trace["h"]
    assert trace.seconds >= 0


def test_what_is_recorded_cannot_be_written_to() -> None:
    trace = model_of().run({"x": X})
    for name in trace:
        with pytest.raises(ValueError, match="read-only"):
            trace[name][0, 0] = 7
    assert X.flags.writeable


def test_steps_come_one_by_one() -> None:
    steps = model_of().steps({"x": X})
    assert next(steps).node.op == "Relu"
    assert next(steps).node.op == "Add"
    assert next(steps, None) is None


def test_a_page_can_breathe_before_the_first_node() -> None:
    model = model_of()
    parts = engine.steps_with_pauses(model, {"x": X})
    pauses = next(number for number, part in enumerate(parts) if part is not None)
    assert pauses > len(model.graph.nodes), "one for each node that is planned"


def test_one_node_can_be_computed_alone() -> None:
    model = model_of()
    step = engine.compute(model, model.graph.nodes[1], {"h": np.float32([[1, 2, 3]])})
    np.testing.assert_array_equal(step.outputs["y"], [[2, 4, 6]])


def test_bfloat16_is_rounded_after_each_node_and_keeps_its_name() -> None:
    x = np.array([1.0078125, 3.0, -1.5], ml_dtypes.bfloat16)
    trace = model_of(HALF).run({"x": x})
    assert trace["y"].dtype == np.float32
    assert element_type(trace["y"]) == 16
    assert element_type(trace["z"]) == 9
    np.testing.assert_array_equal(trace["y"], (x * x).astype(np.float32))


def test_float32_feeds_are_rounded_to_what_the_model_takes() -> None:
    trace = model_of(HALF).run({"x": np.float32([1.001, 2, 3])})
    np.testing.assert_array_equal(trace["x"], [1, 2, 3])


def test_a_registry_gives_the_newest_version_that_is_not_above_the_opset() -> None:
    registry = Registry()
    for since in (13, 1, 7):
        registry.op("Twice", since=since)(lambda x: x)
    assert [registry.find("Twice", "", opset).since for opset in (6, 7, 12, 13, 99)] == [
        1, 7, 7, 13, 13,
    ]  # fmt: skip
    assert registry.names() == {("", "Twice"): (1, 7, 13)}


def test_a_registry_takes_no_operator_twice() -> None:
    registry = Registry()
    registry.op("Twice", since=1)(lambda x: x)
    with pytest.raises(ValueError, match=r"^Twice since 1 is registered twice\.$"):
        registry.op("Twice", since=1)(lambda x: x)


def test_a_registry_refuses_what_a_run_cannot_give() -> None:
    with pytest.raises(ValueError, match="needs"):
        Registry().op("Twice", since=1, needs=("luck",))(lambda x: x)


def test_a_registry_seeks_each_name_once_before_it_gives_up() -> None:
    asked: list[str | None] = []
    registry = Registry(asked.append)
    for _ in range(2):
        with pytest.raises(UnsupportedError):
            registry.find("Twice", "", 13)
    assert registry.names() == {}
    assert asked == ["Twice", None]


def test_each_operator_is_found_in_the_text_of_its_families() -> None:
    for (domain, name), versions in engine.REGISTRY.names().items():
        found = {engine.REGISTRY.find(name, domain, since).function for since in versions}
        modules = {function.__module__.rpartition(".")[2] for function in found}
        assert modules <= set(families(name)), (domain, name)


def test_opening_lenet_imports_its_own_families_alone() -> None:
    script = (
        "import sys, tensorama as tr; from tensorama.engine.run import check;"
        "check(tr.load(sys.argv[1]));"
        "print(*sorted(m for m in sys.modules if m.startswith('tensorama.engine.ops.')))"
    )
    command = [sys.executable, "-c", script, str(ROOT / "models" / "lenet" / "lenet.onnx")]
    done = subprocess.run(command, cwd=ROOT / "pysrc", capture_output=True, text=True, check=True)
    modules = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert {"convolution", "pooling", "linear"} <= modules
    assert not modules & {"ml_trees", "recurrent", "qlinear", "fused_attention"}


def test_every_operator_has_a_sentence_about_what_it_does() -> None:
    silent = []
    for (domain, name), versions in engine.REGISTRY.names().items():
        for since in versions:
            operator = engine.REGISTRY.find(name, domain, since)
            if not (operator.function.__doc__ or "").strip():
                silent.append(f"{name} {since}")
    assert not silent
