"""What an input's name, type and use say about its numbers.

A table of rules, the first that fits counts. Each gives an array of the wanted shape, from which
the element type is made later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tensorama.inputs.uses import Uses
from tensorama.onnxfile import ValueInfo

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An input that is to be made up: what the file says of it, its shape, and what is around it.

    `shapes`: of all inputs, as they were chosen. `free`: which axes of each were open.
    """

    value: ValueInfo
    shape: Shape
    kind: str  # of the numpy dtype
    uses: Uses
    shapes: Mapping[str, Shape]
    free: Mapping[str, tuple[int, ...]]
    random: np.random.Generator

    @property
    def is_single(self) -> bool:
        return int(np.prod(self.shape, dtype=float)) == 1

    @property
    def is_whole(self) -> bool:
        return self.kind in "iu"


Maker = Callable[[Wanted], np.ndarray]
SAMPLE_RATE = 16000


def full(number: float) -> Maker:
    return lambda w: np.full(w.shape, number)


def _mask(w: Wanted) -> np.ndarray:
    """Everything counts; where true means to leave out, nothing is left out."""
    hides = any(
        node.op == "Where" and place == 0 and _is_hiding(w.uses.weight(node, 1))
        for node, place in w.uses.of(w.value.name)
    )
    return np.zeros(w.shape) if hides else np.ones(w.shape)


def _is_hiding(weight: np.ndarray | None) -> bool:
    """Whether this is what scores are replaced with that should not count."""
    return (
        weight is not None and weight.size == 1 and weight.dtype.kind == "f"
        and bool(weight.reshape(-1)[0] < -1e3)
    )  # fmt: skip


def _length(w: Wanted) -> np.ndarray:
    """As long as what it speaks of: the input whose axes were open, along the last of these."""
    for name, axes in w.free.items():
        along = [axis for axis in axes if axis > 0]
        if name != w.value.name and along and len(w.shapes[name]) > 1:
            return np.full(w.shape, w.shapes[name][along[-1]])
    sizes = [s[1:] for name, s in w.shapes.items() if name != w.value.name and len(s) > 1]
    return np.full(w.shape, max(sizes[0]) if sizes else 1)


def _sample_rate(w: Wanted) -> np.ndarray:
    """One that the graph asks for, the usual one if it does."""
    asked = [number for number in w.uses.compared(w.value.name) if number >= 1000]
    usual = not asked or SAMPLE_RATE in asked
    return np.full(w.shape, SAMPLE_RATE if usual else asked[-1])


def _positions(w: Wanted) -> np.ndarray:
    along = w.shape[-1] if w.shape else 1
    return np.broadcast_to(np.arange(along), w.shape) if w.shape else np.zeros(())


def _tokens(w: Wanted) -> np.ndarray:
    rows = w.uses.table_rows(w.value.name) or 2
    return w.random.integers(0, max(1, min(rows, 1 << 31)), w.shape)


def _picture_size(w: Wanted) -> np.ndarray:
    """Height and width of the first picture among the inputs."""
    picture = next((s for s in w.shapes.values() if len(s) == 4), (1, 1, 224, 224))
    sizes = picture[1:3] if picture[-1] in (1, 3, 4) else picture[2:4]
    return np.broadcast_to(np.resize(sizes, w.shape[-1:]), w.shape)


def _voice(w: Wanted) -> np.ndarray:
    """How VITS speaks: noise, tempo, noise of durations."""
    return np.broadcast_to(np.resize((0.667, 1.0, 0.8), w.shape[-1:]), w.shape)


def _target(w: Wanted) -> np.ndarray:
    """A shape that any number of values takes."""
    made = np.ones(w.shape)
    made.reshape(-1)[:1] = -1
    return made


def _counting(w: Wanted) -> np.ndarray:
    return np.arange(w.shape[0]) if len(w.shape) == 1 else np.zeros(w.shape)


def _steps(w: Wanted) -> np.ndarray:
    """As many steps as the sequence has, if that is an input."""
    for node, place in w.uses.of(w.value.name):
        sequence = w.shapes.get(node.inputs[0], ()) if place else ()
        if sequence:
            return np.full(w.shape, sequence[0])
    return np.ones(w.shape)


# what operators take beside their tensors: (operator, place) -> what any tensor goes along with
_BY_USE: Mapping[tuple[str, int], Maker] = {
    ("Reshape", 1): _target, ("Expand", 1): full(1), ("Tile", 1): full(1), ("TopK", 1): full(1),
    ("Slice", 1): full(0), ("Slice", 2): full((1 << 31) - 1), ("Slice", 3): _counting,
    ("Slice", 4): full(1), ("Unsqueeze", 1): _counting, ("CumSum", 1): full(0),
    ("CumProd", 1): full(0), ("Pad", 1): full(0), ("Loop", 0): full(2), ("RoiAlign", 2): full(0),
    ("Mod", 1): full(1), ("Div", 1): full(1), ("OneHot", 1): full(4), ("LSTM", 4): _steps,
    ("GRU", 4): _steps, ("RNN", 4): _steps,
}  # fmt: skip


def _by_use(wanted: Wanted) -> np.ndarray | None:
    if not wanted.is_whole:
        return None
    uses = wanted.uses.of(wanted.value.name)
    make = next((_BY_USE[node.op, at] for node, at in uses if (node.op, at) in _BY_USE), None)
    return make(wanted) if make else None


# a name, or how it ends after a "_", "." or "/"
_RULES: tuple[tuple[str, Callable[[Wanted], bool], Maker], ...] = (
    (r"sr|sample_?rate|sampling_?rate|fs", lambda w: w.is_single, _sample_rate),
    (r"(mask_input|has_mask_input|use_cache\w*)", lambda w: True, full(0)),
    (r"(\w*_)?masks?", lambda w: True, _mask),
    (r"(\w*_)?(len|lens|lengths?|seqlens?|num_frames)", lambda w: w.is_whole, _length),
    (r"(\w*_)?(position_?ids|positions?|pos_ids|cache_position)", lambda w: w.is_whole, _positions),
    (r"(token_type|segment|type)_?ids|segments?", lambda w: w.is_whole, full(0)),
    (r"(\w*_)?(speaker\w*|sid|spk\w*|lang\w*_id)", lambda w: w.is_whole, full(0)),
    (r"(orig_\w*size\w*|im_shape|image_shape|img_size|image_size)", lambda w: True, _picture_size),
    (r"scale_factor|temperature|top_p|speed|rate|alpha|(\w*_)?length_scale|\w*guidance\w*|gain",
     lambda w: w.kind == "f" and len(w.shape) < 3, full(1)),
    (r"scales", lambda w: w.kind == "f" and len(w.shape) == 1, _voice),
    (r"noise_scale\w*", lambda w: w.kind == "f" and len(w.shape) < 2, full(0.667)),
    (r"(\w*_)?(score|conf\w*|nms|iou)_?(thresh\w*)?|\w*thresh\w*",
     lambda w: w.kind == "f" and w.is_single, full(0.5)),
    (r"(\w*_)?(max|min|num|top)_?(k|new_tokens|length|len|boxes\w*|output\w*|beams|\w*sequences)",
     lambda w: w.is_whole and w.is_single, full(1)),
    (r"(\w*_)?(state|states|hidden|memory|h0|c0|hx|cx|hn|cn|h|c)(_?in)?\d*",
     lambda w: w.kind == "f", full(0)),
    (r".*(past|cache).*", lambda w: w.kind == "f", full(0)),
)  # fmt: skip


def meant(wanted: Wanted) -> np.ndarray | None:
    """What such an input usually holds, if anything tells."""
    name = wanted.value.name.lower()
    words = [name, re.split(r"[./:]", name)[-1]]
    if wanted.kind == "f" and wanted.uses.is_state(wanted.value.name):
        return np.zeros(wanted.shape)
    used = _by_use(wanted)
    if used is not None:
        return used
    for pattern, applies, make in _RULES:
        if applies(wanted) and any(re.fullmatch(pattern, word) for word in words):
            return make(wanted)
    if _is_bytes(wanted):
        return wanted.random.integers(0, 256, wanted.shape)
    if wanted.is_whole or (wanted.kind == "f" and wanted.uses.table_rows(wanted.value.name)):
        return _tokens(wanted)
    return None


def _is_bytes(wanted: Wanted) -> bool:
    """Whether it is a picture of bytes."""
    shape = wanted.shape
    sized = len(shape) == 4 or (len(shape) == 3 and shape[-1] in (1, 3, 4))
    return sized and wanted.value.elem_type == 2
