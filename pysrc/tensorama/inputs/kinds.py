"""What a model's metadata says about how its input is made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tensorama.onnxfile import Model, ValueInfo
from tensorama.onnxfile.notes import read_json

_LARGEST = 1024  # pixels of an edge


@dataclass(frozen=True, slots=True)
class Drawing:
    """The input is a drawing in one channel, ink on ground, as in MNIST.

    `size` (height, width) in pixels; the drawing's longer side is scaled to `box` pixels and its
    centre of mass put in the middle. Ink has the value `ink`, the ground `ground`. A `scene` stays
    where it was drawn, several things beside each other; `box` is then as large as one of them.
    """

    tensor: str
    size: tuple[int, int]
    box: float = 20
    ink: float = 1
    ground: float = 0
    scene: bool = False


def input_kind(model: Model) -> Drawing | None:
    """How to make the model's first input, from its metadata; None where nothing is said.

    Metadata that does not fit the model is as good as none.
    """
    try:
        said = read_json(model.metadata.get("input", ""))
        if said["kind"] != "drawing" or len(model.graph.inputs) != 1:
            return None
        height, width = (int(n) for n in said["size"])
        low, high = (float(n) for n in said.get("range", (0, 1)))
        ink = high if said.get("ink", 1) else low
        drawing = Drawing(
            model.graph.inputs[0].name,
            (height, width),
            float(said.get("box", 20)),
            ink,
            low + high - ink,
            said.get("center") == "none",
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    numbers = math.isfinite(low) and math.isfinite(high)
    sizes = all(0 < size <= _LARGEST for size in (height, width, drawing.box))
    return drawing if numbers and sizes and _fits(model.graph.inputs[0], height, width) else None


def _fits(value: ValueInfo, height: int, width: int) -> bool:
    """Does this input take one picture of one channel as float32?"""
    if value.shape is None or len(value.shape) != 4 or value.elem_type not in (0, 1):
        return False
    batch = value.shape[0]
    return value.shape[1:] == (1, height, width) and (batch == 1 or not isinstance(batch, int))
