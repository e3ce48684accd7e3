"""An output that says of each pixel what it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json
from tensorama.outputs.labels import labels_of


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """kinds (height, width): the likeliest of each pixel; labels: what they are called."""

    tensor: str
    kinds: np.ndarray
    labels: tuple[str, ...]

    @property
    def shares(self) -> dict[int, float]:
        """How much of the picture each kind has, the largest share first."""
        counts = np.bincount(self.kinds.reshape(-1), minlength=len(self.labels))
        order = np.argsort(-counts, kind="stable").tolist()
        return {kind: counts[kind] / self.kinds.size for kind in order if counts[kind]}


def segments(trace: Trace) -> Segments | None:
    """The kinds of all pixels, if the file's notes say that an output (1,K,H,W) tells them."""
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "segmentation":
        return None
    name = said.get("tensor", trace.model.graph.outputs[0].name)
    value = trace.get(name) if isinstance(name, str) else None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return None
    if value.ndim != 4 or not value.size or value.shape[1] < 2:
        return None
    labels = labels_of(trace.model, value.shape[1])
    return Segments(name, value[0].argmax(0), labels or tuple(map(str, range(value.shape[1]))))
