"""From a model's nodes to the layers that a person thinks in: Conv + Relu is one layer."""

from tensorama.layers.find import find_layers
from tensorama.layers.layer import Layer

__all__ = ["Layer", "find_layers"]
