"""Networks that need more than a tab has: refused in one sentence, and what was there stays."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from onnx import TensorProto, helper

from browser.files import model_bytes
from browser.test_bad_graphs import refused
from browser.visitor import Visitor

SIDE = 16384  # of a square of float32 that takes a gigabyte


def squares(*nodes: list) -> bytes:
    """A file of a few hundred bytes: a square of zeros and what follows."""
    rest = [helper.make_node(*node) for node in nodes]
    weights = {"size": np.array([SIDE, SIDE], np.int64)}
    return model_bytes(rest, [1], [SIDE, SIDE], weights)


def chain(op: str) -> bytes:
    """Six tensors of a gigabyte, whose shapes follow from the file."""
    names = ["a", "b", "c", "d", "e", "y"]
    steps = [[op, [before] * (1 + (op == "MatMul")), [after]] for before, after in pairwise(names)]
    return squares(["ConstantOfShape", ["size"], ["a"]], *steps)


def surprise() -> bytes:
    """A tensor of six gigabytes: the numbers of the input say its shape, so only the run can."""
    weights = {"zero": np.array(0, np.float32), "size": np.array([3 * SIDE, 2 * SIDE], np.int64)}
    nodes = [
        helper.make_node("Mul", ["x", "zero"], ["none"]),
        helper.make_node("Cast", ["none"], ["more"], to=TensorProto.INT64),
        helper.make_node("Add", ["size", "more"], ["whole"]),
        helper.make_node("ConstantOfShape", ["whole"], ["y"], name="wide"),
    ]
    return model_bytes(nodes, [1], [], weights)


SIX = re.compile(
    r"bad\.onnx: This run needs 6\.44 GB of memory; "
    r"([\d.]+ [GM]B are free|one piece can have 2\.15 GB here)\. "
    r"Take a smaller input or a smaller model\."
)


def test_what_a_run_would_need_is_said_before_it(live: Visitor) -> None:
    """Drops a small file that comes to six gigabytes: says how much, and how much there is."""
    refused(live, chain("MatMul"), SIX)
    refused(live, chain("Softplus"), SIX)


def test_a_tensor_of_which_nobody_knew_is_refused_when_it_comes(live: Visitor) -> None:
    """Drops a file whose input says the shape: the node that cannot have its tensor is named."""
    refused(live, surprise(), re.compile(r'bad\.onnx: ConstantOfShape "wide": .+\.'))


def test_a_network_of_too_many_nodes_is_refused_as_soon_as_it_is_parsed(live: Visitor) -> None:
    """Drops a chain of 40,000 nodes: says how many a page arranges."""
    names = ["x", *(f"t{number}" for number in range(39_999)), "y"]
    nodes = [helper.make_node("Relu", [a], [b]) for a, b in pairwise(names)]
    text = re.compile(
        r"bad\.onnx: This network has more than the 30,000 nodes that a page arranges\. "
        r"In Python it still runs: tensorama\.load\(…\)\.run\(…\)\."
    )
    refused(live, model_bytes(nodes, [1], [1], {}), text)
