"""What a run will need is said before it begins, and is what the run then needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnx.parser
import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.held import computed
from engine.reference import feeds_of, model_of
from engine.test_architectures import LIGHT, picture
from engine.test_architectures import NAMES as ARCHITECTURES
from engine.test_exports import EXPORTS, feeds_for
from engine.test_exports import NAMES as EXPORTED
from tensorama import engine
from tensorama.engine import memory
from tensorama.engine.forecast import Forecast, forecast
from tensorama.engine.shapes import RULES

CASES = [case for case in all_cases() if case.domain in ("", "com.microsoft")]
# whose shapes depend on the values of an input, which the cases feed
FED = {"ConstantOfShape", "Expand", "Range", "Reshape", "Tile"}
MOST = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,1000] x) => (float[N,1000] y) {
    a = Exp (x)  b = Add (a, x)  t = Transpose (b)  y = MatMul (a, m)
}
"""


def foretold(model: tr.Model, feeds: dict[str, Any]) -> Forecast:
    return forecast(model, engine.check_feeds(model, feeds))


def complain_if_wrong(coming: Forecast, trace: tr.Trace) -> None:
    """No shape may be wrong, and never may more be told than all tensors together have."""
    for name, shape in coming.shapes.items():
        if name in trace:
            assert trace[name].shape == shape, name
    made = [*(x for name, x in trace.items() if name not in trace.feeds), *trace.inner.values()]
    assert coming.bytes <= sum(x.nbytes for x in made if isinstance(x, np.ndarray))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_nothing_is_told_wrongly(case: Case) -> None:
    model, feeds = tr.load(model_of(case).SerializeToString()), feeds_of(case)
    complain_if_wrong(foretold(model, feeds), model.run(feeds))


def test_every_rule_tells_something() -> None:
    told = set()
    for case in CASES:
        model = tr.load(model_of(case).SerializeToString())
        if foretold(model, feeds_of(case)).complete:
            told.add(case.op)
    spoken_of = {case.op for case in CASES} - FED
    assert {name for name in RULES if name in spoken_of} - told == set()


@pytest.mark.parametrize("name", EXPORTED)
def test_an_export_is_told_in_full(name: str) -> None:
    model = tr.load(EXPORTS / f"{name}.onnx")
    feeds = feeds_for(model)
    coming, trace = foretold(model, feeds), model.run(feeds)
    complain_if_wrong(coming, trace)
    assert coming.complete or name == "detector"  # how many boxes are kept depends on their values
    assert coming.shapes.keys() >= trace.keys() or name == "detector"


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_needs_what_is_told(name: str) -> None:
    model = tr.load(LIGHT / f"{name}.onnx")
    feeds = picture(model)
    coming, trace = foretold(model, feeds), model.run(feeds)
    complain_if_wrong(coming, trace)
    assert coming.complete
    assert abs(coming.bytes - computed(trace)) < 0.02 * computed(trace)


def large() -> tr.Model:
    proto = onnx.parser.parse_model(MOST)
    matrix = np.zeros((1000, 1000), np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(matrix, "m"))
    return tr.load(proto.SerializeToString())


def test_a_run_that_does_not_fit_is_refused_before_it_begins() -> None:
    model, x = large(), np.zeros((50_000, 1000), np.float32)
    sentence = (
        "This run needs 600.0 MB of memory; 599.9 MB are free. "
        "Take a smaller input or a smaller model."
    )
    with memory.limited(599_900_000):
        for attempt in (model.run, model.steps):
            with pytest.raises(tr.TooLargeError) as caught:
                attempt({"x": x})
            assert str(caught.value) == sentence
        assert model.run({"x": x[:10]})["y"].shape == (10, 1000)  # less fits


def test_what_cannot_be_told_is_a_lower_bound() -> None:
    text = MOST.replace("y = MatMul (a, m)", "n = NonZero (a)  y = MatMul (a, m)")
    proto = onnx.parser.parse_model(text.replace("MatMul (a, m)", "Neg (a)"))
    model = tr.load(proto.SerializeToString())
    with memory.limited(1000), pytest.raises(tr.TooLargeError) as caught:
        model.run({"x": np.zeros((2, 1000), np.float32)})
    assert str(caught.value).startswith("This run needs at least 24 kB of memory; 1 kB are free.")


def test_a_node_for_which_the_memory_ends_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (int64[K] s) => (float[A,B] y) { y = ConstantOfShape (s) }
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    with memory.limited(2_000_000), pytest.raises(tr.OperatorError) as caught:
        model.run({"s": np.array([1 << 50, 8])})
    assert str(caught.value) == (
        'ConstantOfShape "y": the memory does not suffice for 32.0 PiB; 2.0 MB are free; s (2).'
    )
