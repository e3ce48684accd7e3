"""From a model's nodes to the layers that a person thinks in, and to the tree of these."""

from tensorama.layers.find import find_layers, layer_slices
from tensorama.layers.layer import Layer
from tensorama.layers.tree import layer_tree, tree_slices

__all__ = ["Layer", "find_layers", "layer_slices", "layer_tree", "tree_slices"]
