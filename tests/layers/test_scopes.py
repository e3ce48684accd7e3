"""Scopes that a file notes, and what stands between them without any."""

from __future__ import annotations

from onnx import NodeProto

from layers.graphs import model, node
from tensorama.layers import layer_tree


def noted(one: NodeProto, *scopes: str) -> NodeProto:
    """A node with the scopes that PyTorch's exporter notes beside it."""
    path = [""]
    for scope in scopes:
        path.append(f"{path[-1]}.{scope}".strip("."))
    one.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=str([*path, one.name]))
    return one


def test_a_split_of_which_no_scope_is_noted_lies_in_that_around_it() -> None:
    nodes = list[NodeProto]()
    for n in range(3):
        x, y = ("x" if n == 0 else f"y{n - 1}"), f"y{n}" if n < 2 else "y"
        nodes += [
            noted(node("MatMul", f"{x} w{n} -> a{n}", f"node_a{n}"), "h", str(n), "attn", "c_attn"),
            node("Split", f"a{n} w_s -> q{n} k{n}", f"node_Split_{40 + n}", axis=-1),
            noted(node("Mul", f"q{n} k{n} -> m{n}", f"node_mul_{n}"), "h", str(n), "attn"),
            noted(
                node("MatMul", f"m{n} w_p{n} -> p{n}", f"node_p{n}"), "h", str(n), "attn", "proj"
            ),
            noted(node("Add", f"{x} p{n} -> {y}", f"node_add_{n}"), "h", str(n)),
        ]
    root = layer_tree(model(*nodes), {})
    assert [part.name for part in root.children] == ["x", "h.0", "h.1", "h.2"]
    inside = {leaf.op for part in root.children[1:] for leaf in part.leaves}
    assert "Split" in inside
