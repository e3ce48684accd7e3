"""The summary's table: which rows there are, in which order, and what is taken along of it."""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np
import pytest

from scene.test_levels import residual_net
from tensorama import Trace, load
from tensorama.app.deeper.table import MEASURES, Table, as_csv, as_markdown, percent
from tensorama.engine.contract import whole
from tensorama.layers import layer_slices, tree_slices
from tensorama.scene import Scene
from tensorama.scene.build import scene_slices
from tensorama.scene.run.costs import PARAMETERS, costs_of


@pytest.fixture
def lenet(threes: Trace) -> Table:
    scene = scene_of(threes)
    return Table(scene, costs_of(scene, threes))


def scene_of(trace: Trace) -> Scene:
    shapes = {name: np.shape(array) for name, array in trace.items()}
    layers = whole(layer_slices(trace.model))
    root = whole(tree_slices(trace.model, shapes, layers))
    return whole(scene_slices(layers, shapes, root))


def names(table: Table) -> list[str]:
    return [row.name for row in table.rows]


def test_the_rows_are_the_layers_in_their_order(lenet: Table) -> None:
    assert names(lenet) == ["input", "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3"]
    assert lenet.words(1)[:3] == ["Conv + Relu", "6 × 28 × 28", "156"]


def test_the_parameters_add_up_to_those_of_the_model(lenet: Table, threes: Trace) -> None:
    assert lenet.total("parameters") == threes.model.parameters
    shares = sum(lenet.share(row.item, "parameters") for row in lenet.rows)
    assert shares == pytest.approx(1)


def test_a_measure_is_sorted_downwards_then_upwards_then_not(lenet: Table) -> None:
    order = names(lenet)
    lenet.sort("parameters")
    assert names(lenet)[0] == "fc1"
    assert lenet.measure == "parameters"
    amounts = [lenet.amount(row.item, "parameters") for row in lenet.rows]
    assert amounts == sorted(amounts, reverse=True)
    lenet.sort("parameters")
    assert [lenet.amount(row.item, "parameters") for row in lenet.rows] == sorted(amounts)
    lenet.sort("parameters")
    assert names(lenet) == order
    lenet.sort("name")
    assert names(lenet) == sorted(order)


def test_what_is_typed_leaves_what_fits(lenet: Table) -> None:
    lenet.find("conv")
    assert names(lenet) == ["conv1", "conv2"]
    lenet.find("6x14")
    assert names(lenet) == ["pool1"]
    lenet.find("there is none")
    assert not lenet.rows
    assert lenet.at == 0


def test_groups_fold() -> None:
    scene = residual_net()
    costs = np.ones((len(scene.blocks) + len(scene.tree.groups), 4))
    table = Table(scene, costs)
    groups = [row for row in table.rows if table.branches.expands(row.item)]
    assert groups
    all_rows = len(table.rows)
    table.fold_all()
    assert len(table.rows) < all_rows
    table.fold_all()
    assert len(table.rows) == all_rows
    table.fold(groups[0].item)
    assert len(table.rows) < all_rows
    table.sort("time")
    assert len(table.rows) == len(scene.blocks)  # layers alone


def test_the_numbers_are_taken_along_with_all_digits(lenet: Table) -> None:
    rows = [*csv.reader(StringIO("".join(as_csv(lenet, str))))]
    assert rows[0] == [
        "Level", "Layer", "Operator", "Output", "Parameters", "Multiply-adds", "Memory (bytes)",
        "Time (s)",
    ]  # fmt: skip
    assert rows[2][:5] == ["1", "conv1", "Conv + Relu", "1 × 6 × 28 × 28", "156"]
    assert sum(int(row[4]) for row in rows[1:]) == lenet.total("parameters")


def test_markdown_has_the_rows_and_the_totals(lenet: Table) -> None:
    lines = "".join(as_markdown(lenet, "A|B", str)).splitlines()
    assert lines[0] == r"**A\|B**"
    assert lines[2] == "| Layer | Operator | Output | Parameters | Multiply-adds | Memory | Time |"
    assert lines[5].startswith("| conv1 | Conv + Relu | 6 × 28 × 28 | 156 |")
    assert f"**{lenet.total('parameters'):,.0f}**" in lines[-1]


def test_a_weight_that_a_node_makes_counts_as_one_in_a_file(threes: Trace) -> None:
    """What a Constant holds counts where it is computed with, as in the model's own count."""
    from onnx import TensorProto, helper, numpy_helper

    weight = np.arange(12, dtype=np.float32).reshape(3, 4)
    nodes = [
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(weight)),
        helper.make_node("MatMul", ["x", "w"], ["y"], name="fc"),
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
        for name, size in (("x", 3), ("y", 4))
    ]
    graph = helper.make_graph(nodes, "g", values[:1], values[1:])
    opset = helper.make_opsetid("", 17)
    model = load(helper.make_model(graph, opset_imports=[opset]).SerializeToString())
    trace = model.run({"x": np.ones((1, 3), np.float32)})
    scene = scene_of(trace)
    costs = costs_of(scene, trace)
    assert model.parameters == 12
    assert costs[: len(scene.blocks), PARAMETERS].sum() == 12


def test_a_share_in_words() -> None:
    assert [percent(share) for share in (0.0, 0.0004, 0.1234, 1.0)] == [
        "–", "< 0.1 %", "12.3 %", "100.0 %",
    ]  # fmt: skip
    assert [*MEASURES] == ["parameters", "multiply-adds", "memory", "time"]


def test_who_types_while_entries_are_made_finds_each_layer_once(threes: Trace, monkeypatch) -> None:
    """Searches between two slices of the work that makes the table ready for what is typed."""
    monkeypatch.setattr("tensorama.app.deeper.table._PAUSE", 2)
    scene = scene_of(threes)
    table = Table(scene, costs_of(scene, threes))
    work = table.entries()
    next(work)
    table.find("conv")
    assert sorted(names(table)) == ["conv1", "conv2"]
    whole(work)
    table.find("pool")
    assert sorted(names(table)) == ["pool1", "pool2"]
