"""Long work comes in slices; what depends on weights alone is computed once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tensorama as tr
from engine.kernel_host import host
from tensorama import engine
from tensorama.engine import contract, kernel
from tensorama.engine.contract import simd, slices
from tensorama.engine.contract.slices import Pace, Slices, sliced, whole
from tensorama.errors import OperatorError


def model_of(*nodes: tuple[str, list[str], str], **weights: np.ndarray) -> tr.Model:
    graph = helper.make_graph(
        [helper.make_node(op, inputs, [output]) for op, inputs, output in nodes],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info(nodes[-1][2], TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return tr.load(made.SerializeToString())


@pytest.fixture
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kernel on a machine on which a slice is a few thousand products."""
    monkeypatch.setattr(slices, "SLICE_SECONDS", 1e-5)
    monkeypatch.setattr(simd, "_products", Pace(4e8))
    monkeypatch.setattr(simd, "_streams", Pace(4e8))
    with kernel.using(host(relaxed=False)):
        yield


def counted(work: Slices[np.ndarray]) -> tuple[int, np.ndarray]:
    """How many slices there are, and what comes out."""
    count = 0
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return count, stop.value
        count += 1


def test_a_sliced_function_runs_to_its_end_and_keeps_its_slices() -> None:
    @sliced
    def twice(x: int) -> Slices[int]:
        yield
        yield
        return 2 * x

    assert twice(21) == 42
    assert list(twice.slices(21)) == [None, None]  # type: ignore[attr-defined]
    assert whole(twice.slices(3)) == 6  # type: ignore[attr-defined]


def test_the_pace_follows_the_machine() -> None:
    pace = Pace(1e6)
    before = pace.amount
    assert not pace.learn(10, seconds=0.001)  # too short to learn anything from
    assert pace.amount == before
    assert pace.learn(1e4, seconds=0.1)
    assert pace.amount == before * 0.55


def test_short_work_pauses_now_and_then() -> None:
    pace = Pace(1e6)
    paused = [pace.learn(1, seconds=0.0015) for _ in range(8)]
    assert paused == [False, False, False, True] * 2


@pytest.mark.usefixtures("slow_machine")
def test_slices_change_no_bit_of_a_product() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random((31, 40), np.float32), rng.random((40, 700), np.float32)
    count, y = counted(contract.matmul_slices(a, b))
    assert count > 4
    simd._products = Pace(1e12)
    once, at_once = counted(contract.matmul_slices(a, b))
    assert once <= 1
    np.testing.assert_array_equal(y, at_once)


@pytest.mark.usefixtures("slow_machine")
@pytest.mark.parametrize("group", [1, 2, 8])
def test_slices_change_no_bit_of_a_convolution(group: int) -> None:
    rng = np.random.default_rng(2)
    x = rng.random((2, 8, 20, 30), np.float32)
    w = rng.random((16, 8 // group, 3, 3), np.float32)
    bias = rng.random(16, np.float32)
    arguments = (x, w, (1, 1), (1, 1), group, ((1, 1), (1, 1)), bias)
    count, y = counted(contract.conv_slices(*arguments))
    assert count > 4
    simd._products = Pace(1e12)
    np.testing.assert_array_equal(y, contract.conv(*arguments))


@pytest.mark.usefixtures("slow_machine")
def test_a_dense_layer_for_one_picture_is_sliced_too() -> None:
    rng = np.random.default_rng(3)
    x, w = rng.random((1, 300), np.float32), rng.random((70, 300), np.float32)
    count, y = counted(contract.matmul_slices(x, w.T))
    assert count > 4
    np.testing.assert_allclose(y, x @ w.T, rtol=1e-5)
    count, y = counted(contract.matmul_slices(x, np.ascontiguousarray(w.T)))
    np.testing.assert_allclose(y, x @ w.T, rtol=1e-5)


@pytest.mark.usefixtures("slow_machine")
def test_a_run_pauses_within_a_node_and_gives_the_same_steps() -> None:
    w = np.random.default_rng(4).random((16, 8, 3, 3), np.float32)
    model = model_of(("Conv", ["x", "w"], "y"), ("Relu", ["y"], "z"), w=w)
    feeds = {"x": np.ones((1, 8, 20, 30), np.float32)}
    came = list(engine.steps_with_pauses(model, feeds))
    assert came.count(None) > 4
    assert [step.node.op for step in came if step] == ["Conv", "Relu"]
    assert [step.node.op for step in model.steps(feeds)] == ["Conv", "Relu"]
    assert all(step.seconds > 0 for step in came if step)


def test_an_error_in_sliced_work_names_its_node() -> None:
    model = model_of(("MatMul", ["x", "w"], "y"), w=np.ones((3, 2), np.float32))
    with pytest.raises(OperatorError, match=r"A has 4 columns, B has 3 rows; x \(2,4\), w \(3,2\)"):
        list(engine.steps_with_pauses(model, {"x": np.ones((2, 4), np.float32)}))


def test_what_depends_on_weights_alone_is_computed_once() -> None:
    model = model_of(
        ("ConstantOfShape", ["shape"], "zeros"),
        ("Add", ["zeros", "w"], "sum"),
        ("Add", ["x", "sum"], "y"),
        shape=np.array([2], np.int64), w=np.ones(2, np.float32),
    )  # fmt: skip
    first, second = (model.run({"x": np.full(2, x, np.float32)}) for x in (1, 2))
    for name in ("zeros", "sum"):
        assert first[name] is second[name]
        assert not first[name].flags.writeable
    assert list(second) == ["x", "zeros", "sum", "y"]
    assert [step.seconds > 0 for step in second.steps] == [False, False, True]
    assert [first["y"].tolist(), second["y"].tolist()] == [[2, 2], [3, 3]]


def test_a_fed_weight_is_not_taken_for_constant() -> None:
    graph = helper.make_graph(
        [helper.make_node("Neg", ["w"], ["v"]), helper.make_node("Add", ["x", "v"], ["y"])],
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "w")],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        [numpy_helper.from_array(np.ones(1, np.float32), "w")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    model = tr.load(made.SerializeToString())
    x = np.zeros(1, np.float32)
    assert model.run({"x": x})["y"] == -1
    assert model.run({"x": x, "w": np.full(1, 5, np.float32)})["y"] == -5
    assert model.run({"x": x})["y"] == -1


def test_what_is_drawn_at_random_is_drawn_each_time() -> None:
    model = model_of(
        ("RandomNormalLike", ["w"], "r"), ("Add", ["x", "r"], "y"), w=np.ones(3, np.float32)
    )
    steps = [model.run({"x": np.zeros(3, np.float32)}).steps[0] for _ in range(2)]
    assert steps[0].outputs["r"] is not steps[1].outputs["r"]
