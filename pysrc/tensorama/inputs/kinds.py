"""What a model's metadata says about how its input is made."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tensorama.onnxfile import Model


@dataclass(frozen=True, slots=True)
class Drawing:
    """The input is a drawing in one channel, ink on ground, as in MNIST.

    `size` (height, width) in pixels; the drawing's longer side is scaled to `box` pixels and its
    centre of mass put in the middle. Ink has the value `ink`, the ground `ground`.
    """

    tensor: str
    size: tuple[int, int]
    box: float = 20
    ink: float = 1
    ground: float = 0


def input_kind(model: Model) -> Drawing | None:
    """How to make the model's first input, from its metadata; None where nothing is said.

    Metadata that does not fit the model is as good as none.
    """
    try:
        said = json.loads(model.metadata.get("input", ""))
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
        )
    except (ValueError, TypeError, KeyError):
        return None
    shape = model.graph.inputs[0].shape
    fits = shape is not None and len(shape) == 4 and shape[1:] == (1, height, width)
    return drawing if fits and 0 < height <= 1024 and 0 < width <= 1024 else None
