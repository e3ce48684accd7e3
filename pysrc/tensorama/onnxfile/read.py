"""Read the bytes of an ONNX file, whatever they turn out to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from tensorama.boundary import told
from tensorama.errors import FileFormatError, GraphError
from tensorama.onnxfile.assemble import GRAPHS, MOST_GRAPHS, Assembly, opsets_of
from tensorama.onnxfile.foreign import complain_if_foreign, missing_bytes
from tensorama.onnxfile.messages import (
    FunctionProto,
    GraphProto,
    Map,
    ModelProto,
    Sequence_,
    TypeProto,
)
from tensorama.onnxfile.model import Model
from tensorama.onnxfile.order import Pausing, drained
from tensorama.onnxfile.several import needed
from tensorama.onnxfile.values import Bytes, ReadExternal, Sources
from tensorama.onnxfile.varints import BrokenError
from tensorama.onnxfile.wire import Reader
from tensorama.phrases import counted, phrase

M = TypeVar("M", bound=Model)
_TYPES = (TypeProto, Sequence_, Map)


def read(
    data: Bytes,
    *,
    keep: bool = False,
    read_external: ReadExternal | None = None,
    into: type[M] = Model,  # type: ignore[assignment]
) -> M:
    """Turn the bytes of an ONNX file into a `Model`: `parse` and `Parsed.model` in one."""
    return parse(data, keep=keep).model(read_external, into)


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """An ONNX file of which all is known but the values of its weights.

    `beside` names the other files in which some of them lie.
    """

    _proto: ModelProto
    _sources: Sources
    beside: tuple[str, ...]

    def has_more_nodes(self, most: int) -> bool:
        """Whether the graph, the graphs inside it and the functions have more nodes than that."""
        count = 0
        waiting: list[GraphProto | FunctionProto] = [self._proto.graph, *self._proto.functions]
        while waiting:
            nodes = waiting.pop().node
            count += len(nodes)
            if count > most:
                return True
            attributes = (a for node in nodes for a in node.attribute)
            waiting += [g for a in attributes if a.type in GRAPHS for g in (a.g, *a.graphs)]
        return False

    def model(
        self,
        read_external: ReadExternal | None = None,
        into: type[M] = Model,  # type: ignore[assignment]
    ) -> M:
        """The model itself; see `slices`."""
        return drained(self.slices(read_external, into))

    @told("Reading this file")
    def slices(
        self,
        read_external: ReadExternal | None = None,
        into: type[M] = Model,  # type: ignore[assignment]
    ) -> Pausing[M]:
        """The model itself, of the class `into`, with pauses in which a page can breathe.

        `read_external` gives weights that lie in files beside it. Raises GraphError for a graph
        that contradicts itself, FileFormatError for weights that are not what is said of them.
        """
        proto = self._proto
        assembly = Assembly(replace(self._sources, beside=read_external))
        return into(
            graph=(yield from assembly.graph(proto.graph)),
            opsets=opsets_of(proto.opset_import),
            metadata={entry.key: entry.value for entry in proto.metadata_props},
            producer=" ".join(filter(None, (proto.producer_name, proto.producer_version))),
            ir_version=proto.ir_version,
            functions=tuple(map(assembly.function, proto.functions)),
        )


def parse(data: Bytes, *, keep: bool = False) -> Parsed:
    """What `parse_slices` gives, at once."""
    return drained(parse_slices(data, keep=keep))


@told("Reading this file")
def parse_slices(data: Bytes, *, keep: bool = False) -> Pausing[Parsed]:
    """Read the bytes of an ONNX file up to the values of its weights.

    With `keep` the bytes are the model's from now on: its weights stay in them. Otherwise weights
    are copied and the bytes can go. Raises FileFormatError for what is no (whole) ONNX file and
    GraphError for one that is too deep. It pauses again and again.
    """
    if not isinstance(data, bytes | bytearray):
        data = bytes(data)
    complain_if_foreign(data[:64])
    reader = Reader(data)
    try:
        proto = yield from reader.read(ModelProto)
    except BrokenError as error:
        raise _complaint(data, error) from error
    if not proto.has("graph"):
        raise FileFormatError(
            phrase("This is not an ONNX model, or only its beginning: there is no graph.")
        )
    if not opsets_of(proto.opset_import):
        raise FileFormatError(phrase("This ONNX file does not say its opset; it may be cut off."))
    return Parsed(proto, Sources(data, keep), needed(reader.placed))


def _complaint(data: Bytes, error: BrokenError) -> FileFormatError | GraphError:
    """What is said of bytes that are no message."""
    missing = missing_bytes(data)
    if missing:
        return FileFormatError(
            counted(
                "This ONNX file is cut off: at least {count} byte more were expected after the "
                "{come} that came. Download or export it again.",
                "This ONNX file is cut off: at least {count} bytes more were expected after "
                "the {come} that came. Download or export it again.",
                missing,
                come=len(data),
            )
        )
    if error.deep is not None and error.deep not in _TYPES:
        return GraphError(phrase("Graphs are nested more than {most} deep.", most=MOST_GRAPHS))
    return FileFormatError(
        phrase("This is not an ONNX model: its bytes do not follow the ONNX format.")
    )
