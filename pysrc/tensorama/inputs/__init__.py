"""From what a person gives (a drawing, nothing at all) to the tensors that a model takes."""

from tensorama.inputs.defaults import default_feeds, default_feeds_slices, free_sizes
from tensorama.inputs.digits import on_pad, sample_digit
from tensorama.inputs.drawing import Strokes, rasterize
from tensorama.inputs.kinds import Drawing, input_kind
from tensorama.inputs.said import in_words
from tensorama.inputs.sizes import Axis

__all__ = [
    "Axis",
    "Drawing",
    "Strokes",
    "default_feeds",
    "default_feeds_slices",
    "free_sizes",
    "in_words",
    "input_kind",
    "on_pad",
    "rasterize",
    "sample_digit",
]
