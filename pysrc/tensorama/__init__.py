"""Tensorama: run an ONNX model, keep every tensor, see all of them in 3D.

    import tensorama as tr
    model = tr.load("lenet.onnx")
    trace = model.run({"input": x})

The rooms, in the order in which data flows: onnxfile, engine, layers, scene, view; inputs and
outputs on either side; app puts them together. A room imports only what stands before it.
"""

from tensorama.engine import Step, Trace
from tensorama.errors import (
    FeedError,
    FetchError,
    FileFormatError,
    GraphError,
    ModelError,
    OperatorError,
    TensoramaError,
    UnsupportedError,
)
from tensorama.model import Model, load

__version__ = "0.1.0"

__all__ = [
    "FeedError",
    "FetchError",
    "FileFormatError",
    "GraphError",
    "Model",
    "ModelError",
    "OperatorError",
    "Step",
    "TensoramaError",
    "Trace",
    "UnsupportedError",
    "load",
]
