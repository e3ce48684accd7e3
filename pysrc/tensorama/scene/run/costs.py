"""What each layer costs: time, memory, parameters and multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.engine import Trace
from tensorama.engine.contract import Slices, whole
from tensorama.onnxfile import Graph, Node
from tensorama.scene.build import Scene

SECONDS, BYTES, PARAMETERS, MULTIPLY_ADDS = range(4)  # the columns of `costs_of`

_PAUSE = 500  # nodes that are counted in one slice

Shapes = Sequence[tuple[int, ...]]  # of a node's inputs in their order


def costs_of(scene: Scene, trace: Trace) -> np.ndarray:
    """The costs of every item of a scene in one run → (I,4); see `costs_slices`."""
    return whole(costs_slices(scene, trace))


def costs_slices(scene: Scene, trace: Trace) -> Slices[np.ndarray]:
    """The costs of every item of a scene in one run → (I,4): blocks, then groups.

    Columns: measured seconds, bytes of the recorded tensors, learned parameters, multiply-adds. A
    weight that several layers share counts for the first of them. What makes no picture counts as
    `counted_at` says. A group is the sum of its members.
    """
    took = {step.node.index: step.seconds for step in trace.steps}
    graph = trace.model.graph
    learned = trace.model.learned
    costs = np.zeros((len(scene.blocks) + len(scene.tree.groups), 4))
    places = counted_at(scene, graph)
    yield
    for done, (node, number) in enumerate(zip(graph.nodes, places, strict=True)):
        if done % _PAUSE == 0:
            yield
        if number < 0:
            continue
        costs[number, SECONDS] += took.get(node.index, 0.0)
        if node.op in _COUNTED:
            shapes = [_shape(trace, name) for name in node.inputs]
            costs[number, MULTIPLY_ADDS] += multiply_adds(
                node, shapes, _shape(trace, node.outputs[0])
            )
        costs[number, PARAMETERS] += learned.get(node.index, 0)
        costs[number, BYTES] += sum(_bytes(trace.get(name)) for name in node.outputs)
    yield
    for number, block in enumerate(scene.blocks):
        if not block.layer.nodes:  # an input
            costs[number, BYTES] = _bytes(trace.get(block.layer.tensor))
    for group in scene.tree.groups:
        costs[group.number] = costs[list(group.members)].sum(axis=0)
    return costs


def counted_at(scene: Scene, graph: Graph) -> list[int]:
    """At which block the work of each node counts; -1: at none.

    At its own. Where what it makes has no picture (a sequence of tensors) and so no block, at that
    of the first node that reads it, or else at that of what it reads.
    """
    at = [-1] * len(graph.nodes)
    for number, block in enumerate(scene.blocks):
        for node in block.layer.nodes:
            at[node.index] = number
    if -1 not in at:
        return at
    readers: dict[str, int] = {}
    for node in reversed(graph.nodes):
        if at[node.index] < 0:
            at[node.index] = min((readers[n] for n in node.outputs if n in readers), default=-1)
        if at[node.index] >= 0:
            readers.update(dict.fromkeys(filter(None, node.inputs), at[node.index]))
    makers = {block.layer.tensor: number for number, block in enumerate(scene.blocks)}
    for node in graph.nodes:
        if at[node.index] < 0:
            at[node.index] = max((makers.get(n, -1) for n in node.inputs), default=-1)
        makers.update(dict.fromkeys(filter(None, node.outputs), at[node.index]))
    return at


def multiply_adds(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    """How often a node multiplies and adds, from the shapes of its inputs and its first output.

    Convolutions, products, recurrent networks and attention are counted, all else as 0.
    """
    count = _COUNTED.get(node.op)
    return count(node, shapes, result) if count else 0


def _bytes(value: Any) -> int:
    """What a recorded value holds; of a sequence, its tensors together."""
    if isinstance(value, (list, tuple)):
        return sum(map(_bytes, value))
    return int(getattr(value, "nbytes", 0))


def _shape(trace: Trace, name: str) -> tuple[int, ...]:
    known = name in trace or name in trace.model.graph.weights
    return tuple(getattr(trace.weight_or_tensor(name), "shape", ())) if known else ()


def _convolution(weight: int) -> Callable[[Node, Shapes, tuple[int, ...]], int]:
    """Each number of the result is a sum over a window: w (M, C/group, kH, kW)."""
    return lambda node, shapes, result: math.prod(result) * math.prod(shapes[weight][1:])


def _transposed(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    """Each number of x goes to a window of the result: w (C, M/group, kH, kW)."""
    return math.prod(shapes[0]) * math.prod(shapes[1][1:])


def _product(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    """Each number of the result is a sum along the last axis of a."""
    return math.prod(result) * (shapes[0][-1] if shapes[0] else 1)


def _gemm(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    return math.prod(result) * shapes[0][0 if node.attributes.get("transA") else 1]


def _recurrent(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    """All of w and r at each step of each sequence: x (T,N,I) or, batch first, (N,T,I)."""
    return math.prod(shapes[0][:2]) * (math.prod(shapes[1]) + math.prod(shapes[2]))


def _attention(node: Node, shapes: Shapes, result: tuple[int, ...]) -> int:
    """Q·K and the scores·V: (N,H,T,D) each, or (N,T,H·D)."""
    query, key, value = shapes[:3]
    heads = query[1] * query[3] if len(query) == 4 else query[-1]
    out = query[1] * value[3] if len(query) == 4 else result[-1]
    return query[0] * query[-2] * key[-2] * (heads + out)


_COUNTED: dict[str, Callable[[Node, Shapes, tuple[int, ...]], int]] = {
    "Conv": _convolution(1), "ConvInteger": _convolution(1), "FusedConv": _convolution(1),
    "QLinearConv": _convolution(3), "ConvTranspose": _transposed,
    "Gemm": _gemm, "FusedGemm": _gemm, "MatMul": _product, "FusedMatMul": _product,
    "MatMulInteger": _product, "QLinearMatMul": _product,
    "LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent, "DynamicQuantizeLSTM": _recurrent,
    "Attention": _attention,
}  # fmt: skip
