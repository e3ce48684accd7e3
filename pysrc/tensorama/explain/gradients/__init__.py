"""What a number depends on: reverse mode over a recorded run, and attribution on top of it."""

from tensorama.explain.gradients.attribution import METHODS, attribute, attribute_slices
from tensorama.explain.gradients.question import Attribution
from tensorama.explain.gradients.reverse import Dark, Influence, influence, influence_slices
from tensorama.explain.gradients.sanity import Deletion, Randomized, deletion, randomized

__all__ = [
    "METHODS",
    "Attribution",
    "Dark",
    "Deletion",
    "Influence",
    "Randomized",
    "attribute",
    "attribute_slices",
    "deletion",
    "influence",
    "influence_slices",
    "randomized",
]
