"""A shelf beside a layer: the weights that it computes with, or what it computes on the way.

It stands in front of the network, which keeps its layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorama.layers import Layer
from tensorama.layers.flow import flow_of
from tensorama.layers.inside import layers_inside
from tensorama.onnxfile import Graph, Node
from tensorama.phrases import phrase
from tensorama.scene.build import Scene, scene_of
from tensorama.scene.pictures.picture import Picture, picture_of
from tensorama.scene.pictures.reading import PLAIN, Reading, readings
from tensorama.scene.pictures.weights import weight_picture

FRONT = 5.0  # units that a shelf stands before the network
SLIMMEST = 8.0  # units that a picture has to itself, for its name
_LARGE, _LARGE_LINE = 3.0, 1.6  # times as large as in the network: a sheet or maps, and a line
_MOST = 40  # layers of a branch, beyond which its groups are shown
_GAP, CAPTION = 2.4, 5.4  # between two pictures, and under each for its name
_KERNELS = {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv", "FusedConv"}
_BIAS, _SCALE = phrase("bias"), phrase("scale")
_WEIGHTS = ("", phrase("weights"), _BIAS)
_STORED = phrase("weights, stored")
_STEPS = (
    "", phrase("input weights"), phrase("recurrent weights"), _BIAS, phrase("lengths"),
    phrase("first state"), phrase("first cell"),
)  # fmt: skip
_ROLES = {  # what the inputs of an operator are, in a learner's words; "" is what it works on
    **dict.fromkeys(("Conv", "ConvTranspose", "Gemm", "MatMul", "FusedConv"), _WEIGHTS),
    **dict.fromkeys(("LSTM", "GRU", "RNN", "DynamicQuantizeLSTM"), _STEPS),
    "BatchNormalization": ("", _SCALE, _BIAS, phrase("mean"), phrase("variance")),
    **dict.fromkeys(
        ("LayerNormalization", "InstanceNormalization", "GroupNormalization"), ("", _SCALE, _BIAS)
    ),
    "QLinearConv": (
        "",
        phrase("input scale"),
        phrase("input zero"),
        _STORED,
        phrase("weights' scale"),
        phrase("weights' zero"),
        phrase("output scale"),
        phrase("output zero"),
        _BIAS,
    ),
    "ConvInteger": ("", _STORED, phrase("input zero"), phrase("weights' zero")),
    "Gather": (phrase("table"), phrase("places")),
    "PRelu": ("", phrase("slope")),
}


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What stands on it, where (blocks, 3), its rectangle (left, bottom, right, top), and what
    each picture is called."""

    scene: Scene
    anchors: np.ndarray
    rectangle: tuple[float, float, float, float]
    titles: tuple[str, ...]

    @property
    def corners(self) -> np.ndarray:
        """The corners of the rectangle, from the top left, clockwise (4,3)."""
        left, bottom, right, top = self.rectangle
        ends = (left, top), (right, top), (right, bottom), (left, bottom)
        return np.array([[x, y, FRONT] for x, y in ends])


def weights_of(layer: Layer, graph: Graph, arrays: Mapping[str, Any]) -> dict[str, Picture]:
    """Pictures, by what they are called, of the tensors that a layer computes with and that do not
    depend on the input."""
    live = flow_of(graph).live
    found: dict[str, Picture] = {}
    for node in layer.work or layer.nodes:
        roles = _ROLES.get(node.op, ())
        for place, name in enumerate(node.inputs):
            array = arrays.get(name)
            if name and name not in live and isinstance(array, np.ndarray):
                role = roles[place] if place < len(roles) else ""
                title = phrase(
                    "{operator} {role}", operator=node.op.replace("Normalization", "Norm"),
                    role=role or phrase("input {number}", number=place + 1),
                )  # fmt: skip
                found[_free(title, found)] = weight_picture(name, array.shape, node.op in _KERNELS)
    return found


def _free(title: str, taken: Mapping[str, Any]) -> str:
    """This title, or with a number if there is one already."""
    if title not in taken:
        return title
    numbered = (phrase("{name} {number}", name=title, number=n) for n in range(2, 10**6))
    return next(title for title in numbered if title not in taken)


def inside_of(
    layer: Layer,
    read: Mapping[str, Reading],
    arrays: Mapping[str, Any],
    inner: Iterable[str],
) -> dict[str, Picture]:
    """Pictures, by what they are called, of what a layer computes besides the tensor that stands
    for it: what comes between its operators, gates, states and scores, the layers of a branch.

    inner: the names "node/part" of all that operators recorded of their inside.
    """
    found: dict[str, Picture] = {}
    for node in layer.work:
        start = f"{node.name or next(iter(node.outputs), '')}/"
        if node.op == "If":
            for title, picture in _branch(node, start, arrays).items():
                found[_free(title, found)] = picture
            continue
        parts = {name: name[len(start) :] for name in inner if name.startswith(start)}
        others = [name for name in node.outputs if name and name != layer.tensor]
        made: dict[str, str] = dict.fromkeys(others, node.op)
        if len(node.outputs) > 1:
            for number, name in enumerate(made):
                made[name] = phrase(
                    "{operator} output {number}", operator=node.op, number=number + 1
                )
        for name, title in (made | parts).items():
            array = arrays.get(name)
            if isinstance(array, np.ndarray):
                picture = picture_of(name, array.shape, read.get(name, PLAIN))
                words = title if name in made else title.replace("_", " ")
                found[_free(words, found)] = picture
    return found


def _branch(node: Node, start: str, arrays: Mapping[str, Any]) -> dict[str, Picture]:
    """Pictures of the layers in the branch that an If took, by their names."""
    taken = bool(np.asarray(arrays[node.inputs[0]]).item())
    graph: Any = node.attributes["then_branch" if taken else "else_branch"]
    made = {name: arrays.get(start + name) for inner in graph.nodes for name in inner.outputs}
    recorded = {name: array for name, array in made.items() if isinstance(array, np.ndarray)}
    shapes = {name: array.shape for name, array in recorded.items()}
    read = readings(graph, recorded)
    return {
        layer.name: picture_of(start + layer.tensor, shapes[layer.tensor], read[layer.tensor])
        for layer in layers_inside(graph, shapes, _MOST)
        if layer.tensor in shapes
    }


def shelf_of(
    pictures: Mapping[str, Picture], beside: tuple[float, float, float, float], aspect: float
) -> Shelf:
    """Put pictures on shelves to the right of a block (left, bottom, right, top), all open.

    aspect: width by height of the room that there is for them, about.
    """
    layers = [Layer(p.tensor, "part", "", p.tensor, (p.tensor,)) for p in pictures.values()]
    scene = _larger(scene_of(layers, [*pictures.values()]))
    sizes = np.array([block.open_size[:2] for block in scene.blocks]).reshape(-1, 2)
    places, wide, deep = _best(sizes, aspect)
    left, middle = beside[2] + 2 * _GAP, (beside[1] + beside[3]) / 2
    anchors = np.column_stack([
        left + _GAP + places[:, 0], middle + deep / 2 - places[:, 1], np.full(len(places), FRONT),
    ])  # fmt: skip
    rectangle = (left, middle - deep / 2 - _GAP, left + wide + 2 * _GAP, middle + deep / 2 + _GAP)
    return Shelf(scene, anchors, rectangle, tuple(pictures))


def _larger(scene: Scene) -> Scene:
    """The same pictures, larger beside their captions: whoever looks into a layer looks at them."""
    by = np.array([
        _LARGE if min(b.picture.rows, b.picture.cols) > 1 else _LARGE_LINE for b in scene.blocks
    ])  # fmt: skip
    blocks = tuple(
        replace(block, open_size=(factor * width, factor * height, factor * depth))
        for block, factor in zip(scene.blocks, by.tolist(), strict=True)
        for width, height, depth in [block.open_size]
    )
    return replace(scene, blocks=blocks, open=scene.open * by[scene.block][:, None])


def _best(sizes: np.ndarray, aspect: float) -> tuple[np.ndarray, float, float]:
    """Rectangles in those rows that leave them largest in the room."""
    ends = np.cumsum(np.maximum(sizes[:, 0], SLIMMEST) + _GAP)
    tried = [_rows(sizes, widest) for widest in ends.tolist()]
    return min(tried, key=lambda one: max(one[1] / aspect, one[2]))


def _rows(sizes: np.ndarray, widest: float) -> tuple[np.ndarray, float, float]:
    """The middles of rectangles in rows, from the top left, and the size of the whole."""
    places, x, y, row, wide = np.zeros_like(sizes), 0.0, 0.0, 0.0, 0.0
    for number, (w, h) in enumerate(sizes.tolist()):
        if x and x + w > widest:
            x, y, row = 0.0, y + row + CAPTION, 0.0
        places[number] = x + w / 2, y + h / 2
        x, row = x + max(w, SLIMMEST) + _GAP, max(row, h)
        wide = max(wide, x - _GAP)
    return places, wide, y + row + CAPTION
