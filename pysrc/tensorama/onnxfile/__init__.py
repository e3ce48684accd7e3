"""From the bytes of an ONNX file to a frozen `Model`: graph, nodes, weights, opsets, metadata."""

from tensorama.onnxfile.graph import Attribute, Function, Graph, Node, Reference, ValueInfo
from tensorama.onnxfile.model import Model
from tensorama.onnxfile.read import Parsed, parse, parse_slices, read
from tensorama.onnxfile.values import Bytes, ReadExternal

__all__ = [
    "Attribute",
    "Bytes",
    "Function",
    "Graph",
    "Model",
    "Node",
    "Parsed",
    "ReadExternal",
    "Reference",
    "ValueInfo",
    "parse",
    "parse_slices",
    "read",
]
