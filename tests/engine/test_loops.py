"""A loop that never ends is given up with a sentence, and a page can breathe while one runs."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama import engine
from tensorama.engine import node, work


def counting(turns: int | None) -> tr.Model:
    """A Loop that adds one at each turn, `turns` times or for ever."""
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        helper.make_tensor_value_info("x", TensorProto.FLOAT, []),
    ]
    outputs = [
        helper.make_tensor_value_info("on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, []),
    ]
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["on"]),
            helper.make_node("Add", ["x", "one"], ["y"]),
        ],
        "body",
        inputs,
        outputs,
        [helper.make_tensor("one", TensorProto.FLOAT, [], [1.0])],
    )
    weights = [helper.make_tensor("true", TensorProto.BOOL, [], [True])]
    if turns is not None:
        weights.append(helper.make_tensor("turns", TensorProto.INT64, [], [turns]))
    loop = helper.make_node(
        "Loop", ["turns" if turns is not None else "", "true", "start"], ["end"], "count", body=body
    )
    graph = helper.make_graph(
        [loop],
        "counting",
        [helper.make_tensor_value_info("start", TensorProto.FLOAT, [])],
        [helper.make_tensor_value_info("end", TensorProto.FLOAT, [])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return tr.load(model.SerializeToString())


GIVEN_UP = "the run is given up: its loops, functions and texts took more than 9,000 units of work"


def test_an_endless_loop_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST", 9000)
    with pytest.raises(tr.OperatorError, match=f'^Loop "count": {GIVEN_UP}'):
        counting(None).run({"start": np.float32(0)})


def test_a_counted_loop_goes_on_as_long_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST", 9000)
    assert counting(50).run({"start": np.float32(1)})["end"] == 51


def test_each_run_has_an_account_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST", 9000)
    model = counting(50)
    assert [float(model.run({"start": np.float32(n)})["end"]) for n in range(3)] == [50, 51, 52]


def test_loops_inside_of_loops_draw_from_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST", 9000)
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (float x, int64 m) => (float y) {
        y = Loop (m, , x) <body = outer (int64 i, bool c, float a) => (bool d, float b) {
            d = Identity (c)
            b = Loop (m, , a) <body = inner (int64 j, bool e, float p) => (bool f, float q) {
                f = Identity (e)
                q = Neg (p)
            }>
        }>
    }
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    assert model.run({"x": np.float32(2), "m": np.int64(5)})["y"] == -2
    with pytest.raises(tr.OperatorError, match=f'^Loop "(b|y)": {GIVEN_UP}'):
        model.run({"x": np.float32(2), "m": np.int64(30)})  # 900 turns, none of the loops long


@pytest.mark.parametrize(("size", "fits"), [(4, True), (400, False)])
def test_big_matrices_in_a_loop_draw_more(
    size: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST", 9000)
    text = f"""
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[{size},{size}] x, int64 m) => (float[{size},{size}] y) {{
        y = Loop (m, , x) <body = b (int64 i, bool c, float[{size},{size}] v) =>
                                    (bool d, float[{size},{size}] w) {{
            d = Identity (c)
            w = MatMul (v, x)
        }}>
    }}
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    feeds = {"x": np.zeros((size, size), np.float32), "m": np.int64(3)}
    if fits:
        model.run(feeds)
    else:
        with pytest.raises(tr.OperatorError, match=f'^Loop "y": {GIVEN_UP}'):
            model.run(feeds)


def test_texts_that_double_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty nodes that each write a text behind itself would make one of a terabyte."""
    monkeypatch.setattr(work, "MOST", 9000)
    nodes = [helper.make_node("StringConcat", [f"t{n}", f"t{n}"], [f"t{n + 1}"]) for n in range(40)]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("t0", TensorProto.STRING, [1])],
        [helper.make_tensor_value_info("t40", TensorProto.STRING, [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    with pytest.raises(tr.OperatorError, match=f'^StringConcat "t16": {GIVEN_UP}; t15'):
        tr.load(model.SerializeToString()).run({"t0": np.array(["ab"], object)})


@pytest.mark.parametrize("op", ["Loop", "Scan", "SequenceMap", "If"])
def test_a_page_can_breathe_within_graphs_inside_of_nodes(
    op: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each node inside counts as long: there is a pause behind each."""
    monkeypatch.setattr(node, "SLICE_SECONDS", -1)
    inner = "n0 = Abs (v) n1 = Abs (n0) n2 = Abs (n1) n3 = Abs (n2)"
    lines = {
        "Loop": f"""y = Loop (m, , x) <body = b (int64 i, bool c, float[2] v) =>
                    (bool d, float[2] n3) {{ d = Identity (c) {inner} }}>""",
        "Scan": f"y = Scan (x) <num_scan_inputs: int = 1, "
        f"body = b (float v) => (float n3) {{ {inner} }}>",
        "SequenceMap": f"""s = SplitToSequence (x)
                    t = SequenceMap (s) <body = b (float[1] v) => (float[1] n3) {{ {inner} }}>
                    y = ConcatFromSequence <axis: int = 0> (t)""",
        "If": f"""c = Cast <to: int = 9> (m)
                  y = If (c) <then_branch = b () => (float[2] n3) {{ v = Neg (x) {inner} }},
                              else_branch = e () => (float[2] z) {{ z = Neg (x) }}>""",
    }
    text = (
        '<ir_version: 10, opset_import: ["" : 21]>'
        f"g (float[2] x, int64 m) => (float[2] y) {{ {lines[op]} }}"
    )
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    feeds = {"x": np.float32([-1, 2]), "m": np.int64(1)}
    parts = list(engine.steps_with_pauses(model, feeds))
    at = next(k for k, part in enumerate(parts) if part is not None and part.node.op == op)
    pauses = next((k for k, part in enumerate(reversed(parts[:at])) if part is not None), at)
    assert pauses >= 4
    np.testing.assert_array_equal(parts[-1].outputs["y"], [1, 2])


def test_a_page_can_breathe_within_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "SLICE_SECONDS", -1)
    text = """
    <ir_version: 10, opset_import: ["" : 21, "f" : 1]>
    g (float[2] x) => (float[2] y) { y = f.Four (x) }
    <domain: "f", opset_import: ["" : 21]>
    Four (x) => (y) { a = Abs (x) b = Abs (a) c = Abs (b) y = Abs (c) }
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    parts = list(engine.steps_with_pauses(model, {"x": np.float32([-1, 2])}))
    plain = tr.load(onnx.parser.parse_model(text).SerializeToString())
    monkeypatch.setattr(node, "SLICE_SECONDS", 1e9)
    without = list(engine.steps_with_pauses(plain, {"x": np.float32([-1, 2])}))
    assert len(parts) == len(without) + 4


def test_the_run_can_pause_between_turns() -> None:
    pauses = list(engine.steps_with_pauses(counting(30), {"start": np.float32(0)}))
    assert pauses.count(None) >= 3
    assert pauses[-1] is not None
