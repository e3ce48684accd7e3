"""What a model is fed with when nobody gives it anything: the drawing, or something made up.

Where a file leaves sizes open and none that were tried fit, a person has to say them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tensorama.app import later
from tensorama.app.sources import Source
from tensorama.app.state import Gift
from tensorama.engine.contract import Slices
from tensorama.errors import SizesError, TensoramaError
from tensorama.inputs import (
    Axis,
    Strokes,
    default_feeds_slices,
    free_sizes,
    input_kind,
    on_pad,
    rasterize,
)
from tensorama.model import Model
from tensorama.phrases import phrase

Sizes = Mapping[Any, int]  # by the keys of axes
# said while something is dragged over a page whose network is drawn for
DROP_A_PHOTO = phrase(
    "Drop a photo of a drawing for the network to look at, or an ONNX file to open it"
)


@dataclass(frozen=True, slots=True)
class Feeding:
    """How to make the inputs of a model: from these strokes if it takes drawings, from what was
    given to each, or made up.

    `pictures`: those that a person gave, by the names that gifts have for them. `sample`: the
    sample digit that the strokes are.
    """

    strokes: Strokes
    seed: int = 0
    sizes: Sizes = field(default_factory=dict)  # those that a person gave
    given: tuple[tuple[str, Gift], ...] = ()
    pictures: Mapping[str, Any] = field(default_factory=dict)
    sample: int | None = None

    def of(self, model: Model) -> Slices[dict[str, Any]]:
        """The inputs for a model, with pauses."""
        drawing = input_kind(model)
        if drawing and not self.has(drawing.tensor):
            strokes = on_pad(self.strokes, self.sample, drawing)
            return {drawing.tensor: rasterize(strokes, drawing)}
        if later.is_here(later.WAYS):
            from tensorama.inputs.ways import feeds_slices  # comes later than this

            given = dict(self.given)
            return (yield from feeds_slices(model, given, self.seed, self.sizes, self.pictures))
        return (yield from default_feeds_slices(model, self.seed, self.sizes))

    def has(self, tensor: str) -> bool:
        """Whether what was given to an input is here."""
        gift = dict(self.given).get(tensor, ())
        return any(isinstance(word, str) and word in self.pictures for word in gift)


@dataclass(frozen=True, slots=True, eq=False)
class Unfed:
    """A model that did not run on what was made up for it, and the sizes that it leaves open."""

    source: Source
    axes: tuple[Axis, ...]
    sizes: Sizes


def open_axes(model: Model, error: TensoramaError) -> tuple[Axis, ...]:
    """The sizes that a person may change after this error."""
    if isinstance(error, SizesError):
        return error.axes
    return () if input_kind(model) else tuple(free_sizes(model))
