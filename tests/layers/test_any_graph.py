"""Trees of graphs that nobody would draw: each has one, soon, whatever is wired to what."""

from __future__ import annotations

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import NodeProto

from layers.graphs import model as model_of
from layers.graphs import node
from layers.test_tree import check_tree, groups
from tensorama.layers import Layer, layer_tree

ONE = ("Conv", "Conv", "MatMul", "Relu", "MaxPool", "Softmax", "Exp", "Shape", "Gather")
MANY = ("Add", "Concat", "MatMul", "Mul", "Sum", "Gather")
SIZES = ((32, 32), (16, 16), (8, 8), (4, 4))
_DEEP = 26  # shells in each other, and the logarithm's base below


class Random:
    """A graph at random from a seed: `reach` how far back is read, `forks` how often twice."""

    def __init__(self, seed: int, count: int, reach: int, forks: float, scopes: int) -> None:
        self.dice = random.Random(seed)
        self.reach, self.forks, self.scopes = reach, forks, scopes
        self.tensors, self.nodes = ["x", "z"], list[NodeProto]()
        self.scope: list[str] = []
        for number in range(count):
            self._add(number)
        last = node("Exp", f"{self.tensors[-1]} -> y")
        self.model = model_of(*self.nodes, last, inputs="x z", outputs="y")

    def _add(self, number: int) -> None:
        dice = self.dice
        near = self.tensors[-self.reach :]
        count = dice.choice((2, 2, 2, 3, 9)) if dice.random() < self.forks else 1
        reads = [dice.choice(near) for _ in range(count)]
        op = dice.choice(MANY if count > 1 else ONE)
        reads += ["w"] * (count == 1 and op in ("Conv", "MatMul", "Gather"))
        if dice.random() < 0.2:  # go into a scope, out of it, or back into one known
            self.scope = [*self.scope, f"s{dice.randrange(9)}"][-self.scopes or 9 : self.scopes]
        self.nodes.append(node(op, f"{' '.join(reads)} -> t{number}", self._name(op, number)))
        self.tensors.append(f"t{number}")

    def _name(self, op: str, number: int) -> str:
        return "/".join(["", *self.scope, f"{op}_{number}"]) if self.scopes else ""

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Pictures of a few sizes, some unknown."""
        dice = self.dice
        return {t: (1, 2, *dice.choice(SIZES)) for t in self.tensors if dice.random() < 0.7}


GRAPHS = st.builds(
    Random,
    seed=st.integers(0, 1 << 30),
    count=st.integers(10, 300),
    reach=st.sampled_from((1, 2, 3, 5, 20, 300)),
    forks=st.sampled_from((0.0, 0.1, 0.3, 0.6)),
    scopes=st.integers(0, 4),
)
LARGE = st.builds(
    Random,
    seed=st.integers(0, 1 << 30),
    count=st.integers(1000, 3000),
    reach=st.sampled_from((1, 2, 3, 8, 3000)),
    forks=st.sampled_from((0.0, 0.1, 0.5)),
    scopes=st.integers(0, 4),
)


def check_size(root: Layer) -> None:
    """Each group is smaller than the one around it, and all work is about n log n."""
    count = len(root.leaves)
    for group in groups(root):
        inner = [len(child.leaves) for child in group.children]
        assert len(inner) > 1 or group is root, "no group of one"
        assert group is root or max(inner) < len(group.leaves)
    work = sum(len(group.leaves) for group in groups(root))
    assert work <= count * (_DEEP + math.log(count, 4 / 3))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(GRAPHS)
def test_any_graph_has_a_tree(graph: Random) -> None:
    root = layer_tree(graph.model, graph.shapes())
    check_tree(graph.model, root)
    check_size(root)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(LARGE)
def test_any_large_graph_has_a_tree(graph: Random) -> None:
    check_size(layer_tree(graph.model, graph.shapes()))


def test_a_group_of_a_fork_many_branches_and_their_merge_is_left_as_it_is() -> None:
    branches = [node("Conv", f"f w -> b{number}") for number in range(7)]
    merge = node("Concat", " ".join(f"b{number}" for number in range(7)) + " -> c", axis=1)
    ends = [node("Conv", "x w -> a"), node("Conv", "a w -> f")], [node("Conv", "c w -> y")]
    model = model_of(*ends[0], *branches, merge, *ends[1])
    root = layer_tree(model, {})
    check_tree(model, root)
    assert [len(child.children) for child in root.children] == [0, 0, 9, 0]


def test_rotary_positions_have_a_tree() -> None:
    wires = (
        ("Gather", "cosines ids -> cos"), ("Gather", "sines ids -> sin"),
        ("Slice", "x w0 w1 w2 w2 -> even"), ("Slice", "x w1 w1 w2 w2 -> odd"),
        ("Mul", "even cos -> a"), ("Mul", "odd sin -> b"), ("Sub", "a b -> real"),
        ("Mul", "even sin -> c"), ("Mul", "odd cos -> d"), ("Add", "c d -> imaginary"),
        ("Unsqueeze", "real w2 -> r"), ("Unsqueeze", "imaginary w2 -> i"), ("Concat", "r i -> y"),
    )  # fmt: skip
    model = model_of(*(node(*wire) for wire in wires), inputs="x ids cosines sines")
    root = layer_tree(model, {})
    check_tree(model, root)
    check_size(root)


def test_a_tree_of_decisions_spelled_out_has_a_tree() -> None:
    nodes = [node("Mul", "start wtwo -> n0")]
    for k in range(4):
        wires = (
            ("Gather", f"wfeature n{k} -> f{k}"), ("OneHot", f"f{k} wdepth won -> o{k}"),
            ("Unsqueeze", f"x wone -> u{k}"), ("Mul", f"u{k} o{k} -> m{k}"),
            ("ReduceSum", f"m{k} wtwo -> r{k}"), ("Mul", f"n{k} wtwo -> d{k}"),
            ("Gather", f"wlimit n{k} -> l{k}"), ("Less", f"r{k} l{k} -> c{k}"),
            ("Not", f"c{k} -> k{k}"), ("Cast", f"k{k} -> i{k}"), ("Add", f"d{k} i{k} -> n{k + 1}"),
        )  # fmt: skip
        nodes += [node(*wire) for wire in wires]
    model = model_of(*nodes, node("Gather", "wlimit n4 -> y"), inputs="x start")
    root = layer_tree(model, {})
    check_tree(model, root)
    check_size(root)
