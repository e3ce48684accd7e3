"""An output that is a line of text: at each place along it a character, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json
from tensorama.outputs.labels import labels_of


@dataclass(frozen=True, slots=True)
class Sign:
    """One character that was read, how sure the network is of it, and the cell that says so."""

    text: str
    share: float
    cell: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was read. places: how many there are along the line; empty: those that hold none."""

    tensor: str
    signs: tuple[Sign, ...]
    places: int
    empty: int

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(sign.text for sign in self.signs)


def written(trace: Trace) -> Written | None:
    """The text that the file's notes say is an output; None if they say none.

    The tensor (1,T,K) tells at each of T places how likely each of K characters stands there; the
    number `blank` means none. The likeliest is taken at each place, and the same one after the
    other is one (connectionist temporal classification, read greedily).
    https://www.cs.toronto.edu/~graves/icml_2006.pdf
    """
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "text":
        return None
    name = said.get("tensor", trace.model.graph.outputs[0].name)
    value = trace.outputs.get(name) if isinstance(name, str) else None
    if not isinstance(value, np.ndarray) or value.ndim != 3 or value.dtype.kind != "f":
        return None
    if not value.size:
        return None
    blank = said.get("blank", 0)
    labels = labels_of(trace.model, value.shape[2])
    best = value[0].argmax(axis=1)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(begins[1:], len(best))
    signs = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        kind = int(best[begin])
        if kind != blank:
            place = begin + int(value[0, begin:end, kind].argmax())
            share = float(value[0, place, kind])
            signs.append(Sign(labels[kind] if labels else f"[{kind}]", share, (0, place, kind)))
    return Written(name, tuple(signs), len(best), int((best == blank).sum()))
