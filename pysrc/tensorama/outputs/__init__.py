"""From the tensors that a model gives to what a person reads: classes with probabilities."""

from tensorama.outputs.classes import Answer, Candidate, decode, remarks
from tensorama.outputs.labels import labels_of

__all__ = ["Answer", "Candidate", "decode", "labels_of", "remarks"]
