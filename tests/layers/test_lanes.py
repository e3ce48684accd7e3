"""Rows that run beside each other are a group each, and one together."""

from __future__ import annotations

from onnx import NodeProto

from layers.graphs import model, node
from layers.test_tree import check_tree
from tensorama.layers import Layer, layer_tree


def text_net(lanes: int) -> list[NodeProto]:
    """Convolutions of different widths over the same letters; the largest answer counts."""
    nodes = [node("Gather", "w0 x -> e", "net/embedding/Gather")]
    for n in range(lanes):
        nodes += [
            node("Conv", f"e wc{n} -> c{n}", f"net/conv1d_{n}/conv1d"),
            node("Relu", f"c{n} -> r{n}", f"net/conv1d_{n}/Relu"),
            node("MatMul", f"r{n} wd{n} -> d{n}", f"net/dense_{n}/MatMul"),
            node("Pad", f"d{n} w -> p{n}", f"net/padding_{n}/Pad"),
        ]
    last = "p0"
    for n in range(1, lanes):  # two at a time, as converters write it
        nodes.append(node("Max", f"{last} p{n} -> m{n}", f"net/maximum/Maximum_{n}"))
        last = f"m{n}"
    nodes += [
        node("Concat", f"{last} e -> all", "net/concatenate/concat", axis=1),
        node("Gemm", "all wa -> g", "net/hidden/Gemm"),
        node("Relu", "g -> h", "net/hidden/Relu"),
        node("Gemm", "h wb -> y", "net/answer/Gemm"),
    ]
    return nodes


def named(layer: Layer, name: str) -> Layer:
    return next(child for child in layer.children if child.name == name)


def test_many_lanes_are_one_group_of_so_many() -> None:
    whole = model(*text_net(12))
    root = layer_tree(whole, {})
    check_tree(whole, root)
    assert [child.name for child in root.children] == [
        "x", "embedding", "parallel convolutions", "concatenate", "hidden", "answer",
    ]  # fmt: skip
    group = named(root, "parallel convolutions")
    assert group.kind == "inception"
    assert [child.name for child in group.children[:-1]] == [f"conv1d_{n}" for n in range(12)]
    assert all(len(lane.children) == 3 for lane in group.children[:-1])
    assert len({lane.same_as for lane in group.children[:-1]}) == 1
    assert group.children[-1].op == "Max", "of twelve, whichever two are compared first"
    assert len(group.children[-1].reads) == 12


def test_a_few_lanes_that_are_seen_at_a_glance_stay_as_they_are() -> None:
    whole = model(*text_net(4))
    root = layer_tree(whole, {})
    check_tree(whole, root)
    assert "parallel" not in " ".join(child.name for child in root.children)


def test_a_largest_that_others_read_as_well_stays_a_layer() -> None:
    whole = model(
        node("Conv", "x w1 -> a"), node("Conv", "x w2 -> b"), node("Conv", "x w3 -> c"),
        node("Max", "a b -> m"), node("Max", "m c -> n"), node("Concat", "m n -> y"),
    )  # fmt: skip
    ops = [leaf.op for leaf in layer_tree(whole, {}).leaves]
    assert ops.count("Max") == 2
