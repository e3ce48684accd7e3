"""From what a person gives (a drawing, nothing at all) to the tensors that a model takes."""

from tensorama.inputs.defaults import default_feeds
from tensorama.inputs.digits import sample_digit
from tensorama.inputs.drawing import Strokes, rasterize
from tensorama.inputs.kinds import Drawing, input_kind

__all__ = ["Drawing", "Strokes", "default_feeds", "input_kind", "rasterize", "sample_digit"]
