"""What the page does with a model, without the page: from its bytes to its picture and answer."""

import traceback
from pathlib import Path
from types import TracebackType

import numpy as np

import tensorama as tr
from tensorama import onnxfile
from tensorama.engine import memory
from tensorama.inputs import default_feeds, input_kind
from tensorama.layers import find_layers, layer_tree
from tensorama.outputs import decode
from tensorama.scene import MOST_NODES, build_scene
from tensorama.scene.pictures.reading import readings

OWN = Path(tr.__file__).parent
ROOM = 2 << 30  # bytes that a page can have


def visit(data: bytes) -> str:
    """Open and run a model and build its picture; give "ran", or the sentence that refuses it.

    Any other exception goes on to the caller, and so does what was met at the boundary of a room.
    """
    try:
        with memory.limited(ROOM):
            _open(data)
    except tr.UnforeseenError as error:
        raise error.__cause__ or error from None
    except tr.TensoramaError as error:
        return str(error)
    return "ran"


def _open(data: bytes) -> None:
    parsed = onnxfile.parse(data)
    if parsed.has_more_nodes(MOST_NODES):
        raise tr.TooLargeError("This network has more nodes than a page arranges.")
    model = parsed.model(into=tr.Model)
    input_kind(model)
    trace = model.run(default_feeds(model))
    shapes = {name: a.shape for name, a in trace.items() if isinstance(a, np.ndarray)}
    layers = find_layers(model)
    root = layer_tree(model, shapes, layers)
    read = readings(model.graph, trace, trace.inner)
    outputs = [value.name for value in model.graph.outputs]
    scene = build_scene(layers, shapes, root, outputs, read)
    for block in scene.blocks:
        block.picture.values(np.asarray(trace[block.picture.tensor]))
    decode(trace)


def root_of(error: BaseException) -> str:
    """The kind of an exception and the innermost line of ours that it went through."""
    return f"{type(error).__name__} in {_innermost(error.__traceback__)}"


def _innermost(trace: TracebackType | None) -> str:
    place = "nowhere of ours"
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        if path.is_relative_to(OWN):
            place = f"{path.relative_to(OWN)}:{frame.lineno} {frame.name}"
    return place
