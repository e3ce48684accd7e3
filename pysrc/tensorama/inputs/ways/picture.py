"""A picture, made into the numbers that a network was trained on; without one, a sample."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.errors import FeedError
from tensorama.inputs.uses import Uses
from tensorama.inputs.ways.preparing import (
    FITS,
    ORDERS,
    SCALES,
    Preparing,
    Scale,
    cut,
    scaled,
)
from tensorama.inputs.ways.sample import sample_picture
from tensorama.inputs.ways.way import NUMBERS, Gift, Way, edges, fitted, given_before, shaped
from tensorama.onnxfile import Model, ValueInfo
from tensorama.phrases import phrase

SAMPLE = "sample"  # the name of the picture of our own
CAMERA = "camera"  # the name of what the camera saw last
BESIDE = "beside:"  # begins the name of one that lies beside the model's file
_SMALLEST = 16  # pixels of an edge; less is no picture
_FLOATS, _BYTES = (1, 10, 11), 2  # float32, float16, float64, uint8 as ONNX numbers them
_LARGEST = 4096
_STEP, _WIDEST = 8, 1600  # of a width that follows the picture, in pixels
_MOST_SAMPLES = 6
_NO_PICTURE = re.compile(r"mask|noise|latent|state|hidden|past|cache|embed|feature")
_CHANNELS = (1, 3, 4)  # of pixels in a file of numbers
_CLASSES = (1000, 1001)  # of ImageNet


@dataclass(frozen=True, slots=True)
class Picture(Way):
    """A picture → numbers (N,C,H,W), or (N,H,W,C) where `last`.

    A gift: "picture", the picture's name, and how it is prepared, as in `Preparing`.
    """

    kind: ClassVar[str] = "picture"
    makes_all: ClassVar[bool] = True
    channels: int = 3
    last: bool = False
    own: Scale | None = None  # what the file says
    first: Preparing = field(default_factory=Preparing)
    guessed: bool = True
    size: tuple[int, int] | None = None  # height and width where the file leaves them open; a
    # width of 0 is as wide as the picture is at that height
    samples: tuple[tuple[str, Mapping[str, str]], ...] = ()  # beside the model's file

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call a picture, or what has the shape of one."""
        shape, kind = value.shape, said.get("kind")
        if shape is None or len(shape) != 4 or kind not in (None, "picture", "drawing"):
            return None
        if value.elem_type not in (*_FLOATS, _BYTES):
            return None
        uses = Uses(model)
        last = shape[1] not in (1, 3, 4) and shape[3] in (1, 3, 4)
        channels = shape[3] if last else shape[1]
        edges = shape[1:3] if last else shape[2:4]
        if kind is None:
            small = any(isinstance(edge, int) and edge < _SMALLEST for edge in edges)
            other = _NO_PICTURE.search(value.name.lower()) or uses.is_kernel(value.name)
            if small or other or channels not in (1, 3, 4):
                return None
        if channels not in (1, 3, 4):
            channels = 3 if not isinstance(channels, int) else 0
        if not channels:
            return None
        own, fit = _own(said), str(said.get("fit", "crop"))
        order = str(said.get("order", "RGB"))
        first = Preparing(
            fit if fit in FITS else "crop",
            "file" if own else _guess(model, value, channels, uses),
            order if order in ORDERS else "RGB",
        )
        if first.scale == "caffe":
            first = first._replace(order="BGR")
        guessed = own is None
        size, samples = _size(said), tuple(_samples(said))
        return cls(value.name, shape, channels, last, own, first, guessed, size, samples)

    def source(self, gift: Gift) -> str:
        """The name of the picture."""
        return str(self.said(gift, 1, BESIDE + self.samples[0][0] if self.samples else SAMPLE))

    def preparing(self, gift: Gift) -> Preparing:
        """What is done to it."""
        known = (FITS, (*SCALES, "file") if self.own else tuple(SCALES), ORDERS)
        chosen = (self.said(gift, place, "") for place in (2, 3, 4))
        return Preparing(*(
            said if said in names else first
            for said, names, first in zip(chosen, known, self.first, strict=True)
        ))  # fmt: skip

    def scale(self, preparing: Preparing) -> Scale:
        """The numbers that it is scaled by."""
        return self.own if preparing.scale == "file" and self.own else SCALES[preparing.scale]

    def sizes(self, gift: Gift, pictures: Mapping[str, Any]) -> dict[Any, int]:
        """Height and width as the file's notes say them, where its shape does not."""
        places, (high, wide) = (1, 2) if self.last else (2, 3), self.size or (0, 0)
        if not high:
            return {}
        if not wide:
            rows, columns = self.pixels(gift, pictures).shape[:2]
            steps = math.ceil(high * columns / rows / _STEP)
            wide = min(_WIDEST, max(high, _STEP * steps))
        pairs = zip(places, (high, wide), strict=True)
        return {(self.tensor, axis): size for axis, size in pairs if self.free(axis)}

    def edges(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Height and width in a tensor of this shape."""
        return (shape[1], shape[2]) if self.last else (shape[2], shape[3])

    def pixels(self, gift: Gift, pictures: Mapping[str, Any]) -> np.ndarray:
        """The picture as it was given, uint8 (h,w,3); the sample where it is not here."""
        found = pictures.get(self.source(gift))
        return sample_picture() if found is None else np.asarray(found)

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """Those that lie beside the model's file, or ours, and those that a person gave."""
        prepared = self.preparing(own)
        if not self.samples:
            yield phrase("Sample"), (self.kind, SAMPLE, *prepared)
        for file, told in self.samples:
            name = told.get(f"title.{language}") or told.get("title") or file
            yield name, (self.kind, BESIDE + file, *prepared)
        for key, name in given_before(pictures, 3, np.uint8):
            yield name, (self.kind, key, *prepared)

    def taken(self, array: np.ndarray, like: np.ndarray) -> tuple[str, np.ndarray]:
        """Pixels as people have them are a picture, which is prepared as any other; what has the
        shape of the tensor, its channels at either end, are the numbers that the network gets."""
        alone = array[0] if array.ndim == 4 and len(array) == 1 else array
        pixels = _pixels(alone)
        if pixels is not None and array.ndim != len(self.shape):
            return self.kind, pixels
        numbers = _as_numbers(self, [array, _moved(array, self.last)], like)
        if numbers is not None:
            return NUMBERS, numbers
        if pixels is not None:
            return self.kind, pixels
        if shaped(self.shape, array.shape) is not None:
            fitted(self, array, like)  # says what is wrong with its type
        raise FeedError(phrase(
            "“{name}” takes {wanted} numbers, or pixels: height × width, or height × width × 3, "
            "whole numbers from 0 to 255. The file has {came}.",
            name=self.tensor, wanted=edges(self.shape), came=edges(array.shape),
        ))  # fmt: skip

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The picture, the same for each of a batch."""
        preparing, (high, wide) = self.preparing(gift), self.edges(default.shape)
        picture = cut(self.pixels(gift, pictures), high, wide, preparing.fit)
        numbers = scaled(picture, self.channels, preparing.order, self.scale(preparing))
        if self.last:
            numbers = numbers.transpose(1, 2, 0)
        if default.dtype.kind in "iu":
            numbers = np.clip(np.round(numbers), 0, 255)
        return np.broadcast_to(numbers, default.shape).astype(default.dtype)


def _as_numbers(way: Way, arrays: list[np.ndarray | None], like: np.ndarray) -> np.ndarray | None:
    """The first of these arrays that fits, as the network gets it."""
    for array in arrays:
        if array is not None:
            try:
                return fitted(way, array, like)
            except FeedError:
                continue
    return None


def _moved(array: np.ndarray, last: bool) -> np.ndarray | None:
    """A picture with its channels where the network wants them, if they stand at the other end."""
    if array.ndim < 3:
        return None
    return np.moveaxis(array, -3, -1) if last else np.moveaxis(array, -1, -3)


def _pixels(array: np.ndarray) -> np.ndarray | None:
    """An array of pixels as people have them, uint8 (h,w,3): whole numbers 0…255, (h,w), (h,w,c) or
    (c,h,w); None if it is none."""
    plain = array.dtype.kind in "biuf" and array.ndim in (2, 3) and array.size
    if not plain or min(array.shape[-2:]) < 1 or not np.isfinite(array).all():
        return None
    if array.ndim == 3 and array.shape[-1] not in _CHANNELS and array.shape[0] in _CHANNELS:
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[-1] not in _CHANNELS:
        return None
    by = -(-max(array.shape[:2]) // _LARGEST)
    array = array[::by, ::by]
    if array.min() < 0 or array.max() > 255 or (array != np.rint(array)).any():
        return None
    if array.dtype.kind == "f" and array.max() <= 1:
        return None  # of black and white, or shares: nobody knows
    if array.dtype.kind == "b":
        array = array * 255
    rows = array.reshape(*array.shape[:2], -1)[..., :3].astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(rows, (*rows.shape[:2], 3)))


def _size(said: Mapping[str, Any]) -> tuple[int, int] | None:
    """Height and width that the notes ask for."""
    size = said.get("size")
    if not isinstance(size, list) or len(size) != 2:
        return None
    high, wide = size[0], 0 if size[1] is None else size[1]
    if type(high) is not int or type(wide) is not int or (wide == 0) != (size[1] is None):
        return None
    return (high, wide) if 0 < high <= _LARGEST and 0 <= wide <= _LARGEST else None


def _samples(said: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Pictures beside the model's file that the notes name, and what is said of each."""
    listed = said.get("samples")
    for sample in listed[:_MOST_SAMPLES] if isinstance(listed, list) else ():
        file = sample.get("file") if isinstance(sample, Mapping) else None
        if isinstance(file, str) and file.strip("."):
            yield file, {str(name): str(words)[:80] for name, words in sample.items()}


def _own(said: Mapping[str, Any]) -> Scale | None:
    """How the file's notes say that pixels become numbers."""
    if said.get("kind") not in ("picture", "drawing"):
        return None
    try:
        low, high = (float(number) for number in said.get("range", (0, 1)))
        mean, deviation = (
            tuple(float(number) for number in said.get(name, (other,)))
            for name, other in (("mean", 0.0), ("deviation", 1.0))
        )
    except (TypeError, ValueError):
        return None
    numbers = (low, high, *mean, *deviation)
    return Scale(low, high, mean, deviation) if mean and np.isfinite(numbers).all() else None


def _guess(model: Model, value: ValueInfo, channels: int, uses: Uses) -> str:
    """By which numbers it was probably trained: bytes where the graph itself scales them, as
    ImageNet's classifiers want it, or 0…1."""
    if value.elem_type == _BYTES:
        return "bytes"
    for node, place in uses.of(value.name):
        weight = uses.weight(node, 1 - place) if place < 2 else None
        if weight is not None and weight.size and weight.size <= 4 and weight.dtype.kind == "f":
            largest = float(np.abs(weight).max())
            scales = {"Sub": largest > 2, "Add": largest > 2, "Div": largest > 60,
                      "Mul": largest < 0.05}  # fmt: skip
            if node.op in scales:
                return "bytes" if scales[node.op] else "unit"
    ends = [output.shape for output in model.graph.outputs]
    if channels == 3 and any(shape and shape[-1] in _CLASSES for shape in ends):
        return "caffe" if value.name in ("data_0", "gpu_0/data_0") else "imagenet"
    return "unit"
