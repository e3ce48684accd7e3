"""How far an operator reaches: from a region of its output back to the regions of its inputs.

A region is a box of cells, a (first, last + 1) for each axis. Each family of operators has one
function here; an operator without one ends the way back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any
from weakref import WeakKeyDictionary

from tensorama.onnxfile import Graph, Node

Region = tuple[tuple[int, int], ...]
Shape = tuple[int, ...]
Reach = Callable[[Node, Sequence[Shape], Shape, Region], Mapping[int, Region]]

_REACHES: dict[str, Reach] = {}


def _family(*operators: str) -> Callable[[Reach], Reach]:
    """Declare the function below as the reach of these operators."""

    def register(function: Reach) -> Reach:
        _REACHES.update(dict.fromkeys(operators, function))
        return function

    return register


def sources(
    graph: Graph,
    arrays: Mapping[str, Any],
    tensor: str,
    index: tuple[int, ...],
    stops: Collection[str],
) -> dict[str, Region]:
    """The regions of the tensors in `stops` that one number was computed from.

    Goes back from `tensor` at `index`, from the last node to the first, until it meets tensors of
    `stops`. Where two ways meet at a tensor the regions are joined before it goes on, so that each
    node is passed once, however many ways lead through it, and no other node is looked at.
    arrays: the computed tensors by name, of which only the shapes are asked for.
    """
    makers = _makers_of(graph)

    def shape_of(name: str) -> Shape | None:
        array = arrays.get(name)
        return getattr(graph.weights.get(name) if array is None else array, "shape", None)

    found: dict[str, Region] = {}
    waiting: dict[str, Region] = {}
    nodes: list[int] = []  # those that made what is waiting, as a heap: readers before makers

    def wait(name: str, region: Region) -> None:
        if name in waiting:
            waiting[name] = _joined(waiting[name], region)
        elif name in makers:
            waiting[name] = region
            heappush(nodes, -makers[name].index)

    wait(tensor, tuple((i, i + 1) for i in index))
    while nodes:
        node = graph.nodes[-heappop(nodes)]
        for name in node.outputs:
            region = waiting.pop(name, None)
            if region is None or node.op not in _REACHES or node.domain:
                continue
            inputs = [shape_of(n) or () for n in node.inputs]
            out = shape_of(name) or ()
            for position, part in _REACHES[node.op](node, inputs, out, region).items():
                source = node.inputs[position]
                if source in stops:
                    found[source] = _joined(found.get(source), part)
                elif shape_of(source) is not None:
                    wait(source, part)
    return found


_makers: WeakKeyDictionary[Graph, dict[str, Node]] = WeakKeyDictionary()


def _makers_of(graph: Graph) -> dict[str, Node]:
    """The node that made each tensor, by its name."""
    if graph not in _makers:
        _makers[graph] = {name: node for node in graph.nodes for name in node.outputs if name}
    return _makers[graph]


def _joined(one: Region | None, other: Region) -> Region:
    if one is None:
        return other
    return tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True))


def _whole(shape: Shape) -> Region:
    return tuple((0, size) for size in shape)


@_family(
    "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Sigmoid", "Tanh", "HardSigmoid",
    "HardSwish", "Softplus", "Softsign", "ThresholdedRelu", "Gelu", "Mish", "Swish", "Clip", "Erf",
    "Exp", "Log", "Sqrt", "Neg", "Abs", "Identity", "Dropout", "Cast", "BatchNormalization",
)  # fmt: skip
def _same_place(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """Each cell from the cell at the same place."""
    return {0: region}


@_family("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Where")
def _broadcast(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """Each cell from the cells at the same place; a single cell serves for a whole axis."""
    return {
        position: tuple(
            (0, 1) if size == 1 else part
            for size, part in zip(shape, region[len(region) - len(shape) :], strict=True)
        )
        for position, shape in enumerate(inputs)
    }


def _window(
    node: Node, inputs: Sequence[Shape], region: Region, kernel: Sequence[int]
) -> list[tuple[int, int]]:
    """The spatial axes that a sliding kernel sees for these output places, inside the picture."""
    rank = len(kernel)
    given: Any = node.attributes
    strides = given.get("strides") or (1,) * rank
    dilations = given.get("dilations") or (1,) * rank
    pads = _pads_before(node, inputs[0], kernel, strides, dilations)
    axes = []
    for axis, (first, last) in enumerate(region[2:]):
        start = first * strides[axis] - pads[axis]
        end = (last - 1) * strides[axis] - pads[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        axes.append((max(0, start), min(inputs[0][2 + axis], end)))
    return axes


def _pads_before(
    node: Node,
    shape: Shape,
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> Sequence[int]:
    given: Any = node.attributes
    auto = given.get("auto_pad", "NOTSET")
    if not auto.startswith("SAME"):
        return given.get("pads") or (0,) * (2 * len(kernel))
    before = []
    for axis, size in enumerate(shape[2:]):
        out = math.ceil(size / strides[axis])
        total = max(0, (out - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - size)
        before.append(total // 2 if auto == "SAME_UPPER" else total - total // 2)
    return before


@_family("Conv")
def _conv(node: Node, inputs: Sequence[Shape], out: Shape, region: Region) -> dict[int, Region]:
    """Each cell from a window of all channels of its group."""
    kernel = inputs[1][2:]
    group = int(node.attributes.get("group", 1))  # type: ignore[call-overload]
    wide, deep = out[1] // group, inputs[0][1] // group
    (first, last) = region[1]
    channels = (first // wide * deep, ((last - 1) // wide + 1) * deep)
    return {0: (region[0], channels, *_window(node, inputs, region, kernel))}


@_family("MaxPool", "AveragePool", "LpPool")
def _pool(node: Node, inputs: Sequence[Shape], out: Shape, region: Region) -> dict[int, Region]:
    """Each cell from a window of its own channel."""
    kernel: Any = node.attributes["kernel_shape"]
    return {0: (*region[:2], *_window(node, inputs, region, kernel))}


@_family("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def _global_pool(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """Each cell from the whole picture of its channel."""
    return {0: (*region[:2], *_whole(inputs[0][2:]))}


@_family("Gemm")
def _gemm(node: Node, inputs: Sequence[Shape], out: Shape, region: Region) -> dict[int, Region]:
    """Each cell from a row of A (a column, if A is transposed)."""
    rows, inner = region[0], inputs[0]
    if node.attributes.get("transA", 0):
        return {0: ((0, inner[0]), rows)}
    return {0: (rows, (0, inner[1]))}


@_family("MatMul")
def _matmul(node: Node, inputs: Sequence[Shape], out: Shape, region: Region) -> dict[int, Region]:
    """Each cell from a row of A and a column of B."""
    a, b = inputs
    reached = {}
    if len(a) >= 2 and len(out) >= len(a):
        reached[0] = (*_leading(region, a), region[-2] if len(b) > 1 else region[-1], (0, a[-1]))
    if len(b) >= 2 and len(out) >= len(b):
        reached[1] = (*_leading(region, b), (0, b[-2]), region[-1])
    return reached


def _leading(region: Region, shape: Shape) -> Region:
    outer = shape[:-2]
    parts = region[len(region) - len(shape) : len(region) - 2]
    return tuple((0, 1) if s == 1 else p for s, p in zip(outer, parts, strict=True))


@_family("Softmax", "LogSoftmax", "Hardmax")
def _along_axis(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """Each cell from all cells along the axis that it is normalised over."""
    axis = int(node.attributes.get("axis", -1)) % max(1, len(out))  # type: ignore[call-overload]
    return {0: tuple((0, out[k]) if k == axis else part for k, part in enumerate(region))}


@_family("Flatten", "Reshape", "Squeeze", "Unsqueeze")
def _rearranged(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """The same cells in another shape; of a run of cells the box around it."""
    shape = inputs[0]
    if not shape or not out:
        return {}
    low = high = 0  # plain integers: of so few axes numpy takes ten times as long
    for size, (first, last) in zip(out, region, strict=True):
        low, high = low * size + first, high * size + last - 1
    box: list[tuple[int, int]] = []
    below = math.prod(shape)
    differs = False  # after the first axis on which the ends differ the run wraps around
    for size in shape:
        below //= size
        (first, low), (last, high) = divmod(low, below), divmod(high, below)
        box.append((0, size) if differs else (first, last + 1))
        differs = differs or first != last
    return {0: tuple(box)}


@_family("Transpose")
def _transposed(
    node: Node, inputs: Sequence[Shape], out: Shape, region: Region
) -> dict[int, Region]:
    """The same cells with the axes in another order."""
    order: Any = node.attributes.get("perm") or range(len(out))[::-1]
    back = [(0, 0)] * len(out)
    for axis, source in enumerate(order):
        back[source] = region[axis]
    return {0: tuple(back)}


@_family("Concat")
def _concat(node: Node, inputs: Sequence[Shape], out: Shape, region: Region) -> dict[int, Region]:
    """Each cell from the one input that it was taken from."""
    axis = int(node.attributes["axis"]) % len(out)  # type: ignore[call-overload]
    reached, offset = {}, 0
    for position, shape in enumerate(inputs):
        first, last = region[axis][0] - offset, region[axis][1] - offset
        if first < shape[axis] and last > 0:
            part = (max(0, first), min(shape[axis], last))
            reached[position] = (*region[:axis], part, *region[axis + 1 :])
        offset += shape[axis]
    return reached
