"""The bodies of attention, look-ups and trees: their numbers are the run's, and add up."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from onnx import helper, numpy_helper

from app.test_inspect import sheet_of
from engine.cases import all_cases
from engine.reference import feeds_of, model_of
from engine.test_exports import feeds_for
from tensorama import Trace, load
from tensorama.explain import explain
from tensorama.explain.mixing import Mixture, mixture_of

MICROSOFT = "com.microsoft"
ENGINE = Path(__file__).parents[1] / "engine"
MIXED = {  # a file → a tensor that attention mixed, and one that only moves it
    "gpt": ("scaled_dot_product_attention", "transpose"),
    "gpt_scripted": ("/blocks.0/MatMul_1_output_0", "/blocks.0/Transpose_2_output_0"),
    "gpt_attention": ("scaled_dot_product_attention", "transpose"),
    "bert": ("/MatMul_1_output_0", "/Transpose_3_output_0"),
    "vit": ("scaled_dot_product_attention", "transpose_1"),
}


def run_of(name: str, folder: str = "exports") -> Trace:
    model = load(ENGINE / folder / f"{name}.onnx")
    return model.run(feeds_for(model))


def talk(name: str) -> Trace:
    """A text of sixteen tokens: more than are listed."""
    return load(ENGINE / "exports" / f"{name}.onnx").run(
        {"ids": np.arange(32).reshape(2, 16) * 7 % 40}
    )


def shown(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))


def mixed(trace: Trace, tensor: str, index: tuple[int, ...]) -> Mixture:
    found = mixture_of(trace, explain(trace, tensor, index))
    assert found
    return found


@pytest.mark.parametrize("name", MIXED)
def test_an_attention_is_found_from_the_query_to_the_mixture(name: str) -> None:
    """Of one operator and of MatMul, Softmax, MatMul: all that it says is recorded in the run."""
    trace = run_of(name)
    tensor, moved = MIXED[name]
    index = tuple(size // 2 for size in trace[tensor].shape)
    found = mixed(trace, tensor, index)
    weights = found.weights.values[0]
    assert weights.sum() == pytest.approx(1, rel=1e-5)
    assert found.shares.sum() == pytest.approx(float(trace[tensor][index]), rel=1e-4)
    assert found.best == weights.argmax()
    assert found.query == index[2]
    scores = found.scores.values[0]
    powers = np.exp(scores - scores.max())
    np.testing.assert_allclose(powers / powers.sum(), weights, rtol=1e-4)
    value = found.value(found.best)
    assert value
    assert value.value * weights[found.best] == pytest.approx(found.shares[found.best], rel=1e-4)
    assert found.fit
    assert (found.fit.indices[0][-2] == found.query).all()
    assert found.fit.roles == ("query", "key")
    again = mixed(trace, moved, (index[0], index[2], index[1], index[3]))
    assert (again.made.tensor, again.made.index) == (tensor, index)


def test_an_operator_with_weights_of_its_own_is_told_without_cells_of_values() -> None:
    """Its values are products that stand nowhere: a share for each key, and no cell to go to."""
    random = np.random.default_rng(3)
    node = helper.make_node("Attention", ["x", "w", "b"], ["y"], num_heads=2, domain=MICROSOFT)
    weights = {"w": random.normal(size=(8, 24)), "b": random.normal(size=24)}
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", 1, (1, 4, 8))],
        [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    model = load(helper.make_model(graph, opset_imports=opsets).SerializeToString())
    trace = model.run({"x": random.normal(size=(1, 4, 8)).astype(np.float32)})
    found = mixed(trace, "y", (0, 2, 3))
    assert found.shares.shape == (4,)
    assert found.shares.sum() == pytest.approx(float(trace["y"][0, 2, 3]), rel=1e-4)
    assert found.value(1) is None
    _, markup = sheet_of(trace, "y", 0, 2, 3)
    assert len(re.findall(r"<p[^>]*><span>\d</span>", markup)) == 4


def test_what_is_no_attention_is_not_taken_for_one() -> None:
    trace = run_of("gpt")
    for tensor in ("val_73", "val_75", "embedding", "layer_norm"):
        index = tuple(size // 2 for size in trace[tensor].shape)
        assert mixture_of(trace, explain(trace, tensor, index)) is None


@pytest.mark.parametrize("name", ["gpt", "gpt_attention"])
def test_attention_is_told_key_by_key(name: str) -> None:
    """Each key has its score, its weight, its value and its share; the rest is told once."""
    trace = talk(name)
    tensor, index = "scaled_dot_product_attention", (0, 1, 15, 3)
    _, markup = sheet_of(trace, tensor, *index)
    body = markup[markup.index("tr-in-attends") : markup.index("tr-in-formula")]
    found = mixed(trace, tensor, index)
    rows = re.findall(r"<p(?: class=\"tr-in-own\")?><span>(\d+)</span>(.*?)</p>", body)
    assert len(rows) == 12
    total = 0.0
    for key, row in rows:
        numbers = re.findall(r">([^<>]+)<", row)
        weight = found.weights.values[0][int(key)]
        assert shown(numbers[0]) == pytest.approx(found.scores.values[0][int(key)], rel=1e-3)
        assert numbers[1] == f"{100 * weight:.1f} %"
        value = found.value(int(key))
        assert value
        assert shown(numbers[2]) == pytest.approx(value.value, rel=1e-3)
        assert shown(numbers[3]) == pytest.approx(value.value * weight, rel=1e-3)
        total += shown(numbers[3])
    rest = re.search(r"tr-in-rest.*?4 more keys.*?<b[^>]*>([^<]+)", body)
    assert rest
    assert total + shown(rest[1]) == pytest.approx(float(trace[tensor][index]), rel=2e-3, abs=1e-4)
    assert "What weighed most" not in markup, "the keys say it already"


def test_what_a_mask_hides_is_not_listed() -> None:
    trace = talk("gpt")
    _, markup = sheet_of(trace, "scaled_dot_product_attention", 0, 1, 3, 3)
    assert "Position 3 looks at 4 of 16 positions" in markup
    assert "12 more keys: 0.0 %" in markup


def test_an_embedding_is_the_row_of_a_table() -> None:
    trace = run_of("gpt")
    sheet, markup = sheet_of(trace, "embedding", 0, 2, 5)
    token = int(trace["ids"][0, 2])
    grid = sheet.grids[0]
    table = trace.model.graph.weights["tokens.weight"]
    there = grid.values < 1e38
    np.testing.assert_array_equal(grid.values[there], table[token])
    assert grid.cell(*grid.marked) == ("tokens.weight", (token, 5))
    assert "[&quot;ids&quot;, [0, 2]]" in markup
    assert len(grid.values) < 3, "a row lies, it does not stand"


def test_a_tree_is_its_path() -> None:
    trace = run_of("tree_regressor", "classical")
    _, markup = sheet_of(trace, "variable", 0, 0)
    explained = explain(trace, "variable", (0, 0))
    (path,) = explained.paths
    assert path.share == pytest.approx(float(trace["variable"][0, 0]))
    row = trace["X"][0]
    for turn in path.turns:
        assert turn.sign == "≤"
        assert turn.value == row[turn.feature]
        assert turn.yes == (row[turn.feature] <= turn.limit)
    turns = re.findall(r'<li class="tr-in-(yes|no)"><button[^>]*data-go="([^"]+)"', markup)
    assert [side == "yes" for side, _ in turns] == [turn.yes for turn in path.turns]
    assert [f"[0, {turn.feature}]]" in go for turn, (_, go) in zip(path.turns, turns, strict=True)]
    leaf = re.search(r'tr-in-leaf.*?<b class="[^"]*">([^<]+)', markup)
    assert leaf
    assert shown(leaf[1]) == pytest.approx(path.share, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("forest_regressor", "variable"),
        ("boosting_regressor", "variable"),
        ("forest", "probabilities"),
    ],
)
def test_all_trees_are_listed_the_strongest_first_and_add_up(name: str, tensor: str) -> None:
    trace = run_of(name, "classical")
    explained = explain(trace, tensor, (0, 0))
    _, markup = sheet_of(trace, tensor, 0, 0)
    body = markup[markup.index("tr-in-forest") :]
    rows = re.findall(r"<span>tree (\d+)</span>.*?<b class=\"[^\"]*\">([^<]+)", body)
    assert sorted(int(tree) for tree, _ in rows) == [*range(len(explained.paths))]
    shares = [shown(share) for _, share in rows]
    assert shares == sorted(shares, key=lambda share: -abs(share))
    total = sum(path.share for path in explained.paths)
    assert sum(shares) == pytest.approx(total, rel=2e-3, abs=1e-4)
    base = next((float(g.share) for g in explained.groups if g.name == "base"), 0.0)
    assert total + base == pytest.approx(float(trace[tensor][0, 0]), rel=1e-4)


def test_a_normalised_row_lies() -> None:
    trace = run_of("gpt")
    sheet, _ = sheet_of(trace, "layer_norm", 0, 2, 5)
    row = sheet.grids[1]
    assert row.size[1] <= 30
    assert row.size[0] <= 328


def test_a_group_of_a_convolution_says_which_map_it_sees() -> None:
    trace = run_of("depthwise")
    step = next(
        s for s in trace.steps if s.node.op == "Conv" and s.node.attributes.get("group", 1) > 1
    )
    tensor = step.node.outputs[0]
    _, markup = sheet_of(trace, tensor, 0, 3, 2, 2)
    assert re.findall(r"map (\d+)", markup[markup.index("tr-in-products") :])[0] == "3"


def test_what_a_gate_leaves_over_is_told_as_that() -> None:
    """A GRU writes with what its update gate does not keep; the row's numbers are its product."""
    trace = run_of("gru")
    tensor, index = "/memory/GRU_output_0", (5, 0, 1, 8)
    _, markup = sheet_of(trace, tensor, *index)
    update = float(trace.inner["/memory/GRU/update_gate"][index])
    assert f"1 − update gate</small>{100 * (1 - update):.1f} %" in markup
    assert f"update gate</small>{100 * update:.1f} %" in markup
    candidate = float(trace.inner["/memory/GRU/candidate"][index])
    parts = re.findall(r'<i>=</i><b class="[^"]*">([^<]*)</b>', markup)
    assert shown(parts[1]) == pytest.approx((1 - update) * candidate, rel=1e-3)
    assert sum(map(shown, parts)) == pytest.approx(float(trace[tensor][index]), abs=1e-4)


def test_what_is_in_no_tensor_is_called_what_it_is() -> None:
    """The intercept of a regression stands in an attribute: it lies beyond no edge."""
    _, markup = sheet_of(run_of("ridge", "classical"), "variable", 0, 0)
    assert "<span>intercept</span>" in markup
    assert "beyond the edge" not in markup


def test_one_of_the_smallest_is_not_called_the_largest() -> None:
    """The second nearest neighbour: the cells rise, and the one that was taken stands out."""
    trace = run_of("neighbours", "classical")
    _, markup = sheet_of(trace, "To_Values0", 0, 1)
    assert "The cells, and the one that was taken" in markup
    assert "Its cells, the smallest first" in markup
    own = re.findall(r'class="tr-in-own"[^>]*><span>([^<]*)<', markup)
    place = int(trace["To_Indices1"][0, 1])
    assert own == [f"Sq_Y0[0, {place}]"]


@pytest.mark.parametrize(
    "op", ["Attention", "QAttention", "GroupQueryAttention", "MultiHeadAttention"]
)
def test_query_and_key_meet_also_inside_of_an_operator(op: str) -> None:
    """Packed, quantised, turned or in a cache: the products add up to the recorded score."""
    for case in (case for case in all_cases() if (case.op, case.domain) == (op, MICROSOFT)):
        trace = load(model_of(case).SerializeToString()).run(feeds_of(case))
        tensor = trace.steps[-1].node.outputs[0]
        index = tuple(size // 2 for size in trace[tensor].shape)
        found = mixture_of(trace, explain(trace, tensor, index))
        assert found, case.name
        assert found.fit, case.name
        query, key = found.fit.values
        score = explain(trace, *_cell(found), fused=False)
        assert found.fit.share.sum() == pytest.approx(float(score.steps[0].value), rel=1e-4)
        products = query * key
        np.testing.assert_allclose(
            found.fit.share * products.sum(), products * found.fit.share.sum(), 1e-5, 1e-6
        )


def _cell(found: Mixture) -> tuple[str, tuple[int, ...]]:
    """Of the key that weighs most the recorded score."""
    source = found.scores.term(found.best).sources[0]
    return source.tensor, source.index


def test_what_a_painted_cell_does_not_meet_is_no_padding() -> None:
    """A kernel that moves by two: most of its cells fall between the places it is painted from."""
    trace = run_of("unet")
    node = next(n for n in trace.model.graph.nodes if n.op == "ConvTranspose")
    _, markup = sheet_of(trace, node.outputs[0], 0, 3, 6, 6)
    assert "3 of 4 cells of the kernel meet nothing here" in markup
    assert "padding" not in markup
