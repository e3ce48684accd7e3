"""From the tensors that a model gives to what a person reads: classes with probabilities."""

from tensorama.outputs.classes import Answer, Candidate, as_classes, decode, remarks
from tensorama.outputs.labels import labels_of
from tensorama.outputs.said import is_read

__all__ = ["Answer", "Candidate", "as_classes", "decode", "is_read", "labels_of", "remarks"]
