"""What a file says that its output is."""

from __future__ import annotations

from collections.abc import Mapping

from tensorama.onnxfile import Model
from tensorama.onnxfile.notes import read_json

_READINGS = ("picture", "boxes", "segmentation")  # those of `outputs.readings`, which comes later


def is_read(model: Model) -> bool:
    """Whether the file says that its output is something else than classes or numbers."""
    said = read_json(model.metadata.get("output", ""))
    return isinstance(said, Mapping) and said.get("kind") in _READINGS
