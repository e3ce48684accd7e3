"""The character that a network of texts expects next: its answer is the row of the last one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile import Model
from tensorama.onnxfile.notes import read_json

SHOWN = {"\n": "⏎", " ": "␣", "\t": "⇥"}  # characters that would not be seen


def following(model: Model) -> str:
    """The output that has a row of scores of the next character for each; "" if there is none."""
    said = read_json(model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "next character":
        return ""
    name = said.get("tensor", model.graph.outputs[0].name)
    return name if name in {value.name for value in model.graph.outputs} else ""


def row_of_next(trace: Trace) -> tuple[str, np.ndarray] | None:
    """That output and its scores of what comes after the last character; None for no such."""
    name = following(trace.model)
    value = trace.outputs.get(name) if name else None
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.size == 0:
        return None
    row = value.reshape(-1, value.shape[-1])[-1]
    return (name, row) if np.isfinite(row).all() else None
