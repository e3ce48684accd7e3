"""The tree of layers: what holds for any network, and what a person expects of known ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnx.shape_inference
import pytest
from onnx import NodeProto

import tensorama as tr
from layers.graphs import model as model_of
from layers.graphs import node
from tensorama.inputs.defaults import default_feeds
from tensorama.layers import Layer, find_layers, layer_tree
from tensorama.layers.kinds import GROUPS
from tensorama.layers.words import content

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
EXPORTS = Path(__file__).parent.parent / "engine" / "exports"
FILES = [*sorted(LIGHT.glob("*.onnx")), *sorted(EXPORTS.glob("*.onnx"))]
Shapes = Mapping[str, tuple[int, ...]]


@cache
def network(path: Path) -> tuple[tr.Model, Shapes, Layer]:
    """A model, the shapes of its tensors, and its tree."""
    model = tr.load(path)
    shapes: dict[str, tuple[int, ...]] = {}
    if path.parent == LIGHT:  # as big as the real ones: not run here
        graph = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True).graph
        for value in (*graph.input, *graph.value_info, *graph.output):
            shapes[value.name] = tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
    else:
        trace = model.run(default_feeds(model, 0))
        shapes = {name: a.shape for name, a in trace.items() if isinstance(a, np.ndarray)}
    return model, shapes, layer_tree(model, shapes)


def light(name: str) -> Layer:
    return network(LIGHT / f"light_{name}.onnx")[2]


def export(name: str) -> Layer:
    return network(EXPORTS / f"{name}.onnx")[2]


def groups(root: Layer) -> Iterator[Layer]:
    """The root and every group below it."""
    waiting = [root]
    while waiting:
        layer = waiting.pop()
        if layer.children:
            yield layer
            waiting.extend(layer.children)


def of_kind(root: Layer, kind: str) -> list[Layer]:
    return [group for group in groups(root) if group.kind == kind]


def check_tree(model: tr.Model, root: Layer, most: int = 14) -> None:
    """What holds for the tree of any model."""
    found = {layer.name: layer for layer in find_layers(model)}
    leaves = root.leaves if root.children else ()
    assert sorted(leaf.name for leaf in leaves) == sorted(found), "each layer is one leaf"
    numbers = [n.index for leaf in leaves for n in leaf.nodes]
    assert sorted(numbers) == list(range(len(model.graph.nodes))), "each node is in one leaf"
    for leaf in leaves:
        assert (leaf.tensor, leaf.reads) == (found[leaf.name].tensor, found[leaf.name].reads)
    place = {leaf.name: number for number, leaf in enumerate(leaves)}
    for leaf in leaves:
        assert all(place[name] < place[leaf.name] for name in leaf.reads), "an order to compute"
    for group in groups(root):
        assert group.kind in GROUPS
        assert group.op
        assert group is root or len(group.children) >= 2, "no group of one"
        assert len(group.children) <= most, f"{group.name} has {len(group.children)} children"
        names = [child.name for child in group.children]
        assert len(set(names)) == len(names), "names are unique among siblings"
        inside = {leaf.name for leaf in group.leaves}
        read = {name for leaf in group.leaves for name in leaf.reads} - inside
        assert set(group.reads) == read
        assert group.tensor in group.tensors
        assert group.tensor in {leaf.tensor for leaf in group.leaves}
        check_convex(group, leaves, inside)


def check_convex(group: Layer, leaves: tuple[Layer, ...], inside: set[str]) -> None:
    """No way leaves the group and comes back."""
    after: set[str] = set()  # leaves outside that are computed from the group
    for leaf in leaves:
        if leaf.name not in inside and not (inside | after).isdisjoint(leaf.reads):
            after.add(leaf.name)
    assert not [leaf.name for leaf in group.leaves if not after.isdisjoint(leaf.reads)], group.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tree_holds_every_layer_once_in_convex_groups(path: Path) -> None:
    model, _, root = network(path)
    check_tree(model, root)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tree_needs_no_shapes(path: Path) -> None:
    model, _, _ = network(path)
    check_tree(model, layer_tree(model, {}))


def test_resnet_50_has_a_stem_four_stages_and_a_head() -> None:
    root = light("resnet50")
    assert [child.name for child in root.children] == [
        "gpu_0/data_0", "stem", "stage 1 · 56×56", "stage 2 · 28×28", "stage 3 · 14×14",
        "stage 4 · 7×7", "head",
    ]  # fmt: skip
    stages = of_kind(root, "stage")[::-1]
    assert [[c.kind for c in stage.children] for stage in stages] == [
        ["residual"] * count for count in (3, 4, 6, 3)
    ]
    assert [stage.op for stage in stages] == [f"{n} residual blocks" for n in (3, 4, 6, 3)]
    assert [stage.repeats for stage in stages] == [2, 3, 5, 2]  # the first one fits the shape
    third = stages[2].children
    assert [block.name for block in third] == [f"residual {n}" for n in range(1, 7)]
    assert third[1].same_as == third[5].same_as != third[0].same_as
    assert third[1].same_as == stages[0].children[1].same_as
    assert third[1].op == "Conv ×3 + Sum"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_inception_has_its_inception_blocks(version: str) -> None:
    blocks = of_kind(light(f"inception_{version}"), "inception")
    assert len(blocks) == {"v1": 9, "v2": 10}[version]
    if version == "v1":
        assert len({block.same_as for block in blocks}) == 1


def test_densenet_has_four_dense_stages() -> None:
    root = light("densenet121")
    stages = [child for child in root.children if child.kind == "stage"]
    layers = [[g for g in groups(stage) if g.kind == "block"] for stage in stages]
    assert [len(blocks) for blocks in layers] == [6, 12, 24, 16]
    assert len({block.same_as for blocks in layers for block in blocks}) == 1
    assert stages[1].op == "block ×12 + AveragePool + BatchNormalization + Conv"


def test_squeezenet_has_eight_fire_modules_that_begin_with_the_squeeze() -> None:
    blocks = of_kind(light("squeezenet"), "block")
    assert len(blocks) == 8
    assert {block.op for block in blocks} == {"Conv ×3 + Concat"}
    assert len({block.same_as for block in blocks}) == 1


def test_shufflenet_has_three_stages() -> None:
    stages = of_kind(light("shufflenet"), "stage")[::-1]
    kinds = [[child.kind for child in stage.children] for stage in stages]
    assert kinds == [["block", *["residual"] * count] for count in (3, 7, 3)]


def test_vgg_has_a_stage_for_each_size() -> None:
    root = light("vgg19")
    assert [child.name for child in root.children if child.kind == "stage"] == [
        f"stage {n} · {size}×{size}" for n, size in enumerate((224, 112, 56, 28, 14), 1)
    ]
    assert [child.work[0].op for child in root.children[-3:]] == ["Gemm"] * 3


@pytest.mark.parametrize("name", ["bvlc_alexnet", "zfnet512"])
def test_a_dozen_layers_need_no_groups(name: str) -> None:
    assert not [child for child in light(name).children if child.children]


@pytest.mark.parametrize("name", ["vit", "gpt", "gpt_attention", "gpt_scripted", "bert"])
def test_a_transformer_is_blocks_of_attention_and_mlp(name: str) -> None:
    root = export(name)
    blocks = [child for child in root.children if child.kind == "block"]
    assert len(blocks) == (1 if name == "bert" else 2)
    assert len({block.same_as for block in blocks}) == 1
    assert root.repeats == len(blocks)
    for block in blocks:
        assert [c.kind for c in block.children if c.children] == ["attention", "mlp"]
    assert [c.name for c in root.children if c.kind == "group"] == ["embeddings"] * (name != "vit")


def test_scopes_name_the_blocks() -> None:
    names = [child.name for child in export("gpt_scripted").children]
    assert names == ["ids", "embeddings", "blocks.0", "blocks.1", "norm", "dense"]


def test_a_unet_goes_down_and_up() -> None:
    assert [child.name for child in export("unet").children] == [
        "image", "down 1 · 24×24", "down 2 · 12×12", "bottom · 6×6", "up 1 · 12×12",
        "up 2 · 24×24",
    ]  # fmt: skip


def test_two_recurrent_layers_are_one_group() -> None:
    assert [child.kind for child in export("lstm").children] == [
        "input", "embedding", "recurrent", "operation", "dense",
    ]  # fmt: skip


def test_a_residual_network_has_its_blocks() -> None:
    root = export("residual")
    assert [child.name for child in root.children if child.children] == ["residual 1", "residual 2"]


def test_no_arithmetic_on_sizes_stands_in_a_transformer() -> None:
    ops = {leaf.op for name in ("gpt", "gpt_scripted", "bert") for leaf in export(name).leaves}
    assert not ops & {"Shape", "Concat", "Range", "Expand", "Trilu", "Where", "Unsqueeze"}


def transformer(count: int, names: str = "") -> list[NodeProto]:
    """Blocks of attention and dense pair; `names` says in which scope a block stands."""
    nodes, x = [], "x"
    for i in range(count):
        wires = [
            ("LayerNormalization", f"{x} w -> n{i}"), ("MatMul", f"n{i} wq -> q{i}"),
            ("MatMul", f"n{i} wk -> k{i}"), ("MatMul", f"n{i} wv -> v{i}"),
            ("MatMul", f"q{i} k{i} -> s{i}"), ("Softmax", f"s{i} -> p{i}"),
            ("MatMul", f"p{i} v{i} -> a{i}"), ("MatMul", f"a{i} wo -> o{i}"),
            ("Add", f"o{i} {x} -> r{i}"), ("LayerNormalization", f"r{i} w -> m{i}"),
            ("MatMul", f"m{i} w1 -> f{i}"), ("Relu", f"f{i} -> g{i}"),
            ("MatMul", f"g{i} w2 -> h{i}"), ("Add", f"h{i} r{i} -> x{i}"),
        ]  # fmt: skip
        scope = names.format(i)
        for k, (op, wiring) in enumerate(wires):
            nodes.append(node(op, wiring, f"{scope}/{op}_{k}" if scope else ""))
        x = f"x{i}"
    return [*nodes, node("LayerNormalization", f"{x} w -> z"), node("MatMul", "z w -> y")]


@pytest.mark.parametrize("names", ["", "/model/layers.{}", "net/encoder/layer_{}"])
def test_a_deep_transformer_is_one_stage_of_equal_blocks(names: str) -> None:
    model = model_of(*transformer(24, names))
    root = layer_tree(model, {})
    check_tree(model, root, most=24)
    blocks = of_kind(root, "block")
    assert len(blocks) == 24
    assert len({block.same_as for block in blocks}) == 1
    assert all([c.kind for c in b.children] == ["attention", "mlp"] for b in blocks)


def test_a_mask_at_the_side_does_not_tie_all_blocks_together() -> None:
    nodes = [node("Sub", "w mask -> side"), *transformer(6)]
    for one in nodes:
        if one.op_type == "Softmax":
            one.input[0] = f"masked_{one.input[0]}"
    masked = [node("Add", f"s{i} side -> masked_s{i}") for i in range(6)]
    model = model_of(*nodes, *masked, inputs="x mask")
    root = layer_tree(model, {})
    check_tree(model, root)
    assert len([child for child in root.children if child.kind == "block"]) == 6


def noted(nodes: list[NodeProto], scope: str) -> list[NodeProto]:
    """The same nodes with the notes of PyTorch's newer exporter."""
    for one in nodes:
        one.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=scope)
    return nodes


def test_scopes_that_are_noted_beside_the_names_count() -> None:
    nodes = [
        *noted([node("Conv", "x w -> a"), node("Exp", "a -> b")], "['', 'stem', 'conv']"),
        *noted([node("Conv", "b w -> c"), node("Exp", "c -> d")], "['', 'body', 'body.0', 'n']"),
        *noted([node("Conv", "d w -> e"), node("Exp", "e -> y")], "['', 'body', 'body.1', 'n']"),
    ]
    root = layer_tree(model_of(*nodes), {})
    assert [child.name for child in root.children] == ["x", "stem", "body"]
    assert [child.name for child in root.children[2].children] == ["body.0", "body.1"]


def test_a_scope_that_is_left_and_entered_again_is_split() -> None:
    wires = ["a", "a", "b", "b", "a", "a"]
    nodes = [
        node("Sin", f"{i or 'x'} -> {i + 1}", f"/{scope}/n{i}") for i, scope in enumerate(wires)
    ]
    model = model_of(*nodes, outputs="6")
    root = layer_tree(model, {})
    check_tree(model, root)
    assert [child.name for child in root.children] == ["x", "a", "b", "a 2"]


def test_a_scope_around_one_layer_or_around_all_is_no_group() -> None:
    nodes = [
        node("Conv", "x w -> a", "model/conv1/Conv2D"), node("Exp", "a -> y", "model/exp/Exp")
    ]  # fmt: skip
    root = layer_tree(model_of(*nodes), {})
    assert [child.kind for child in root.children] == ["input", "convolution", "operation"]


def test_a_squeeze_and_excitation_does_not_count_as_an_hourglass() -> None:
    groups = [child.name for child in export("depthwise").children if child.children]
    assert groups == ["squeeze-excite"]


@pytest.mark.parametrize("op", ["Exp", "Conv"])
def test_a_chain_of_thousands_is_broken_into_parts(op: str) -> None:
    weight = " w" if op == "Conv" else ""
    count = 5000
    nodes = [node(op, f"{i or 'x'}{weight} -> {i + 1}") for i in range(count)]
    model = model_of(*nodes, outputs=str(count))
    root = layer_tree(model, {})
    assert len(root.leaves) == count + 1
    assert max(len(group.children) for group in groups(root)) <= 14


def test_branches_nested_a_thousand_deep_are_no_trouble() -> None:
    count = 1000
    down = [node("Conv", f"{i or 'x'} w -> {i + 1}") for i in range(count)]
    up = [node("Add", f"u{i + 1} {i or 'x'} -> u{i}") for i in reversed(range(count))]
    model = model_of(*down, node("Exp", f"{count} -> u{count}"), *up, outputs="u0")
    root = layer_tree(model, {})
    assert len(root.leaves) == 2 * count + 2
    assert max(len(group.children) for group in groups(root)) <= 14


def test_names_as_deep_as_long_are_no_trouble() -> None:
    nodes = [
        node("Exp", f"{i or 'x'} -> {i + 1}", "/".join("ab" * (i + 1))) for i in range(300)
    ]  # fmt: skip
    model = model_of(*nodes, outputs="300")
    check_tree(model, layer_tree(model, {}))


def test_parts_that_do_not_touch_stand_side_by_side() -> None:
    model = model_of(node("Exp", "x -> y"), node("Sin", "z -> v"), inputs="x z", outputs="y v")
    root = layer_tree(model, {})
    check_tree(model, root)
    assert [child.name for child in root.children] == ["x", "z", "y", "v"]


@pytest.mark.parametrize("outputs", ["x", ""])
def test_a_model_of_next_to_nothing_has_a_root(outputs: str) -> None:
    root = layer_tree(model_of(outputs=outputs), {})
    assert [child.name for child in root.children] == ["x"]


def test_a_model_of_nothing_has_a_root_without_children() -> None:
    assert layer_tree(model_of(inputs="", outputs=""), {}).children == ()


def test_equal_blocks_are_counted_from_part_to_part() -> None:
    root = layer_tree(model_of(*transformer(24)), {})
    (stage,) = of_kind(root, "stage")
    assert (stage.name, stage.repeats) == ("block ×24", 24)
    assert [part.name for part in stage.children] == ["block 1–12", "block 13–24"]
    names = [block.name for part in stage.children for block in part.children]
    assert names == [f"block {number}" for number in range(1, 25)]


def test_a_row_of_equal_blocks_is_said_where_it_is_the_only_one() -> None:
    def block(name: str) -> Layer:
        return Layer(name, "block", "Conv", "t", (), children=(leaf,), same_as=2)

    def row(count: int, name: str = "") -> Layer:
        blocks = tuple(block(f"block {n}") for n in range(count))
        return Layer(name or f"block ×{count}", "stage", "", "t", (), children=blocks, same_as=3)

    leaf = Layer("c", "convolution", "Conv", "t", ())
    assert content([leaf, row(12)]) == ("block ×12 + Conv", 1)
    assert content([leaf, row(4), row(6)])[0] == "2 stages + Conv"
    assert content([leaf, row(4, "up 1 · 8×8")])[0] == "stage + Conv"


def test_a_tree_is_the_same_each_time() -> None:
    model, shapes, root = network(LIGHT / "light_shufflenet.onnx")
    again = layer_tree(model, shapes)
    told = [[(g.name, g.kind, g.op, g.same_as) for g in groups(r)] for r in (root, again)]
    assert told[0] == told[1]
