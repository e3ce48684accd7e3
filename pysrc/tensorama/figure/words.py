"""What is written at a layer: its name, what it does, and the shape of what it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tensorama.figure.letters import width
from tensorama.figure.looks import NAME
from tensorama.layers import Layer
from tensorama.layers.kinds import plain
from tensorama.scene.words import shape_in_words, short_name, short_op

_WINDOWED = frozenset({
    "Conv", "ConvTranspose", "DeformConv", "FusedConv", "MaxPool", "AveragePool", "LpPool",
})  # fmt: skip
_WEIGHED = frozenset({"Conv", "ConvTranspose", "DeformConv", "FusedConv"})

Weights = Mapping[str, Any]


def name_of(layer: Layer, around: Iterable[str], most: float) -> str:
    """A layer's name within these groups; of a stage without its size, which is written below, and
    of a path that is wider than this only the end."""
    name = short_name(layer.name, around)
    name = name.partition(" · ")[0] if layer.children else name
    while "/" in name and width(name, NAME, True) > most:
        name = name.partition("/")[2]
    return name


def shape_of(shape: tuple[int, ...]) -> str:
    """A shape without the batch, close together: 96×54×54."""
    return shape_in_words(shape).replace(" × ", "×")


def brief(op: str) -> str:
    """Operators in few letters, as papers write them."""
    return short_op(op).replace("AveragePool", "AvgPool").replace("Convolution", "Conv")


def window(layer: Layer, weights: Weights) -> tuple[int, ...]:
    """The rows and columns that one cell is computed from, of what slides; () of all else."""
    node = next((node for node in layer.work if plain(node.op) in _WINDOWED), None)
    if node is None:
        return ()
    size: Any = node.attributes.get("kernel_shape")
    if not size and plain(node.op) in _WEIGHED:
        place = 3 if node.op.startswith("QLinear") else 1
        kernel = weights.get(node.inputs[place]) if len(node.inputs) > place else None
        size = () if kernel is None else kernel.shape[2:]
    return tuple(map(int, size or ()))


def does(layer: Layer, weights: Weights) -> str:
    """What a layer does, in operators; of what slides with the window, and the stride if it has
    one: "Conv 11×11 /4 + Relu"."""
    if layer.kind == "input":
        return ""
    words, size = brief(layer.op), window(layer, weights)
    if layer.children or not size:
        return words
    node = next(node for node in layer.work if plain(node.op) in _WINDOWED)
    strides: Any = node.attributes.get("strides") or ()
    told = "×".join(map(str, size))
    if len({*strides}) == 1 and strides[0] > 1:
        told += f" /{strides[0]}"
    elif any(stride > 1 for stride in strides):
        told += " /" + "×".join(map(str, strides))
    first, plus, others = words.partition(" + ")
    return f"{first} {told}{plus}{others}"


def kinds_in(layers: Iterable[Layer], order: Collection[str]) -> list[str]:
    """The kinds of some layers, each once, in this order."""
    found = {layer.kind for layer in layers}
    return [kind for kind in order if kind in found]
