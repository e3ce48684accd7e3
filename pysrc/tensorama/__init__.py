"""Tensorama: run an ONNX model, keep every tensor, see all of them in 3D.

    import tensorama as tr
    model = tr.load("lenet.onnx")
    trace = model.run({"input": x})

The rooms, in the order in which data flows: onnxfile, engine, layers, scene, figure, view; inputs
and outputs on either side; app puts them together. A room imports only what stands before it.
"""

import sys
from importlib import import_module

from tensorama.engine import Step, Trace
from tensorama.errors import (
    AbandonedError,
    FeedError,
    FetchError,
    FileFormatError,
    GraphError,
    LinkError,
    MissingFileError,
    ModelError,
    OperatorError,
    PageOnlyError,
    SizesError,
    TensoramaError,
    TooLargeError,
    UnforeseenError,
    UnsupportedError,
)
from tensorama.model import Model, load

__version__ = "0.1.0"

_PLATFORM: str = sys.platform
_PAGE_ONLY = {"show": "tensorama.app.show", "fetch": "tensorama.app.sources"}
_LATER = {
    "attribute": "tensorama.explain.gradients",
    "influence": "tensorama.explain.gradients",
    "receptive": "tensorama.explain",
    "why": "tensorama.explain",
}


if _PLATFORM == "emscripten":
    import_module("tensorama.app.later").listen()


def __getattr__(name: str) -> object:
    """What is imported when it is first used; `show` and `fetch` exist in a page only."""
    if name == "explain":  # a room that can be called
        return import_module("tensorama.explain")
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    if name not in _PAGE_ONLY:
        raise AttributeError(f"module 'tensorama' has no attribute '{name}'")
    if _PLATFORM != "emscripten":
        raise PageOnlyError(
            f"tensorama.{name} works in a web page only; here use load() and run()."
        )
    return getattr(import_module(_PAGE_ONLY[name]), name)


__all__ = [
    "AbandonedError",
    "FeedError",
    "FetchError",
    "FileFormatError",
    "GraphError",
    "LinkError",
    "MissingFileError",
    "Model",
    "ModelError",
    "OperatorError",
    "PageOnlyError",
    "SizesError",
    "Step",
    "TensoramaError",
    "TooLargeError",
    "Trace",
    "UnforeseenError",
    "UnsupportedError",
    "load",
]
