"""Formulas put into one another: each letter means one thing, and a sum has its brackets."""

from __future__ import annotations

import re

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import tensorama as tr
from explain.networks import ran
from tensorama.explain import mathml as m
from tensorama.explain.mathml import within


def _plain(formula: str) -> str:
    return re.sub("<[^>]*>", "", formula)


def test_a_letter_that_means_something_else_is_another_one() -> None:
    inner = m.row(m.name("x"), m.op("·"), m.name("b"))
    assert _plain(within(lambda x: m.row(x, m.op("+"), m.name("b")), inner)) == "x·b+c"
    assert _plain(within(lambda x: m.row(m.name("a"), m.op("+"), x), inner)) == "a+x·b"


def test_the_name_of_a_function_stays() -> None:
    inner = m.call("f", m.row(m.name("x"), m.op("+"), m.name("f")))
    assert _plain(within(lambda x: m.call("f", x), inner)) == "f(f(x+f))"


def test_a_sum_that_is_multiplied_stands_in_brackets() -> None:
    inner = m.row(m.name("a"), m.op("+"), m.name("b"))
    assert _plain(within(lambda x: m.row(x, m.op("·"), m.name("b")), inner)) == "(a+b)·c"
    assert _plain(within(lambda x: m.row(m.name("a"), m.op("−"), x), inner)) == "c−(a+b)"
    assert _plain(within(lambda x: m.fraction(x, m.name("c")), inner)) == "a+bc"
    whole = m.call("max", m.number(0), inner)
    assert _plain(within(lambda x: m.row(x, m.op("·"), m.name("c")), whole)) == "max(0,a+b)·c"


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (0.99998, "0.99998"), (np.float32(0.99998), "0.99998"), (-2.000003, "−2.000003"),
        (1.0, "1"), (3, "3"), (1 + 1e-12, "1"), (0.123456, "0.1235"), (15551.2, "15,550"),
        (999.97, "999.97"), (1e-9, "1e−09"), (np.inf, "∞"), (np.nan, "NaN"), (0.0, "0"),
    ],
)  # fmt: skip
def test_what_is_not_whole_does_not_seem_so(value: float, seen: str) -> None:
    assert m.written(value) == seen


def test_a_gate_that_is_almost_open_is_not_all_open() -> None:
    assert [m.percent(share) for share in (0.99998, 1.0, 0.5, 1 / 3)] == [
        "99.998", "100", "50", "33.3"
    ]  # fmt: skip


def test_one_factor_of_one_leaves_the_other_as_it_is() -> None:
    """A mask of 1 over 0.99998: what stays is 0.99998, and not 1."""
    given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in "am"]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])]
    graph = helper.make_graph([helper.make_node("Mul", ["a", "m"], ["y"])], "g", given, out)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    feeds = {"a": np.float32([0.99998, 0.99998]), "m": np.float32([1, 0.5])}
    trace = tr.load(model.SerializeToString()).run(feeds)
    said = [tr.explain(trace, "y", (place,)).sentence for place in range(2)]
    assert said[0] == "One factor is 1, so 0.99998 stays as it is."
    assert "100 %" not in said[1]
    assert "1 " not in said[1].replace("0.99998", "")


def test_a_scale_and_a_shift_have_two_letters() -> None:
    nodes = [helper.make_node("Mul", ["x", "s"], ["m"]), helper.make_node("Add", ["m", "t"], ["y"])]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])]
    weights = [
        numpy_helper.from_array(np.full(3, v, np.float32), n) for n, v in (("s", 2), ("t", 1))
    ]
    graph = helper.make_graph(nodes, "g", given, out, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    trace = tr.load(model.SerializeToString()).run({"x": np.arange(3, dtype=np.float32)})
    assert _plain(tr.explain(trace, "y", (2,)).formula) == "y=a·b+c"


def test_the_line_of_numbers_holds() -> None:
    """What stands before the = adds up to what stands behind it, as far as all of it is shown."""
    for name in ("ridge", "lenet", "linear_svc", "svr", "mlp"):
        trace = ran(name)
        for tensor in trace:
            value = trace[tensor]
            if not isinstance(value, np.ndarray) or not value.size or value.dtype.kind == "O":
                continue
            explained = tr.explain(trace, tensor, tuple(size // 2 for size in value.shape))
            shares = [float(term.share) for term in explained.terms if term.share]
            line = _plain(explained.numbers)
            if line and explained.body == "products":
                terms, _, total = line.replace("−", "-").replace(",", "").partition("=")
                assert float(total) == pytest.approx(sum(shares), rel=2e-3, abs=1e-6)
                first = np.prod([float(factor) for factor in terms.split("+")[0].split("·")])
                assert first == pytest.approx(shares[0], rel=2e-3)
