"""What else than classes an output is read as: the next character, a picture, boxes, segments,
a line of text, what goes along with a sound, how trees and weights decided, a place among samples.
"""

from tensorama.outputs.readings.boxes import Box, Found, boxes_in, found
from tensorama.outputs.readings.choosing import chosen, drawn, shares_of
from tensorama.outputs.readings.decided import (
    Decision,
    Weighed,
    deciders,
    decision,
    size_of,
    trees_of,
)
from tensorama.outputs.readings.heat import heat_of, heated
from tensorama.outputs.readings.nearest import Near, embedding, nearest, usual, vector_of
from tensorama.outputs.readings.picture import Painted, as_maps, mosaic, painted, picture_of
from tensorama.outputs.readings.segments import Segments, segments
from tensorama.outputs.readings.timed import Heard, Timed, heard, timed
from tensorama.outputs.readings.written import Sign, Written, written

__all__ = [
    "Box",
    "Decision",
    "Found",
    "Heard",
    "Near",
    "Painted",
    "Segments",
    "Sign",
    "Timed",
    "Weighed",
    "Written",
    "as_maps",
    "boxes_in",
    "chosen",
    "deciders",
    "decision",
    "drawn",
    "embedding",
    "found",
    "heard",
    "heat_of",
    "heated",
    "mosaic",
    "nearest",
    "painted",
    "picture_of",
    "segments",
    "shares_of",
    "size_of",
    "timed",
    "trees_of",
    "usual",
    "vector_of",
    "written",
]
