"""Everything that can go wrong, as one tree of plain sentences.

    TensoramaError
    ├── ModelError              the file or what stands in it
    │   ├── FileFormatError     not ONNX, cut off, or empty
    │   │   └── MissingFileError    only a part of a model that comes in several files
    │   ├── GraphError          ONNX, but the graph does not hold together
    │   └── UnsupportedError    an operator, version or type that this engine lacks
    ├── FeedError               the values given to a run do not fit the model's inputs
    │   └── SizesError          the file leaves sizes of inputs open, and none was found that fits
    ├── OperatorError           a node could not compute; names node, operator, inputs and shapes
    ├── TooLargeError           the memory does not suffice for a file or a run
    ├── FetchError              an address did not give a file
    ├── LinkError               what should show something again is no link
    ├── AbandonedError          called off, or given up for something newer
    ├── UnforeseenError         a fault of Tensorama itself, met at the boundary of a room
    └── PageOnlyError           this works in a web page only

Each message says what was expected, what came and what to do. Low code raises the short fact;
the boundary that knows the context adds it once (`raise ... from error`).
"""

from typing import Any


class TensoramaError(Exception):
    """Any failure that a person can do something about; its text is what the page shows."""

    @property
    def sentence(self) -> str:
        """The text as it was given, which may be a Phrase; `str` makes plain English of it."""
        return str(self) if len(self.args) != 1 else self.args[0]


class ModelError(TensoramaError):
    """The model file cannot be used."""


class FileFormatError(ModelError):
    """These bytes are no ONNX model, or only a part of one."""


class MissingFileError(FileFormatError):
    """A file that belongs to the model is not there.

    `locations` are the names that the model has for such files; none where the model itself is
    what is missing.
    """

    def __init__(self, sentence: str, locations: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.locations = locations


class GraphError(ModelError):
    """The file is ONNX, but its graph is contradictory (a cycle, a dangling or doubled name)."""


class UnsupportedError(ModelError):
    """The model needs an operator, an operator version or a type that is not implemented."""


class FeedError(TensoramaError):
    """The given inputs do not fit what the model declares."""


class SizesError(FeedError):
    """The file leaves sizes of its inputs open, and none that was tried fits: a person must say.

    `axes`: these sizes, each with its name, where it stands and what was tried first (see
    `inputs.Axis`). `failed`: the sentence of what failed.
    """

    def __init__(self, sentence: str, axes: tuple[Any, ...], failed: str) -> None:
        super().__init__(sentence)
        self.axes = axes
        self.failed = failed


class OperatorError(TensoramaError):
    """One node could not compute its outputs from its inputs.

    `node` is that node's name once the run has added it to the sentence, and None before.
    """

    def __init__(self, sentence: str, node: str | None = None) -> None:
        super().__init__(sentence)
        self.node = node


class TooLargeError(TensoramaError):
    """The memory does not suffice for this file, this model or this input."""


class FetchError(TensoramaError):
    """A file could not be fetched from its address."""


class AbandonedError(TensoramaError):
    """Somebody called this off, or (`superseded`) asked for something newer of the same kind."""

    def __init__(self, sentence: str, superseded: bool = False) -> None:
        super().__init__(sentence)
        self.superseded = superseded


class UnforeseenError(TensoramaError):
    """A file led to a fault of Tensorama itself; the sentence names the place."""


class LinkError(TensoramaError):
    """What stands behind # in an address is no link of this program."""


class PageOnlyError(TensoramaError, AttributeError):
    """What was asked for exists in a web page only; `hasattr` says it is not there."""
