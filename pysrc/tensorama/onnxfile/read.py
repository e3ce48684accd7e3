"""Read the bytes of an ONNX file, whatever they turn out to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from google.protobuf.message import DecodeError
from onnx import onnx_ml_pb2 as schema

from tensorama.boundary import told
from tensorama.errors import FileFormatError, GraphError, UnsupportedError
from tensorama.onnxfile.foreign import complain_if_foreign, missing_bytes, nesting
from tensorama.onnxfile.graph import Attribute, Function, Graph, Node, Reference, ValueInfo
from tensorama.onnxfile.model import Model
from tensorama.onnxfile.order import Names, Pausing, drained, in_order, order_slices
from tensorama.onnxfile.several import needed
from tensorama.onnxfile.tensors import MOST_AXES, to_array, to_dense
from tensorama.onnxfile.values import Bytes, ReadExternal, Sources, names_files, pieces

M = TypeVar("M", bound=Model)
_PAUSE = 200  # nodes that are read in one slice
_GRAPHS = (5, 10)  # the types of attributes that hold a graph or several
_MAX_DEPTH = 32  # graphs inside graphs; protobuf reads no deeper
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


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

    _proto: Any
    _sources: Sources
    beside: tuple[str, ...]

    def has_more_nodes(self, most: int) -> bool:
        """Whether the graph, the graphs inside it and the functions have more nodes than that."""
        count, waiting = 0, [self._proto.graph, *self._proto.functions]
        while waiting:
            nodes = waiting.pop().node
            count += len(nodes)
            if count > most:
                return True
            attributes = (a for node in nodes for a in node.attribute)
            waiting += [g for a in attributes if a.type in _GRAPHS for g in (a.g, *a.graphs)]
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
        proto, sources = self._proto, replace(self._sources, beside=read_external)
        return into(
            graph=(yield from _graph(proto.graph, sources, outer=None, depth=0)),
            opsets=_opsets(proto.opset_import),
            metadata={_text(entry.key): _text(entry.value) for entry in proto.metadata_props},
            producer=" ".join(
                filter(None, map(_text, (proto.producer_name, proto.producer_version)))
            ),
            ir_version=proto.ir_version,
            functions=tuple(_function(f, sources) for f in proto.functions),
        )


def parse(data: Bytes, *, keep: bool = False) -> Parsed:
    """What `parse_slices` gives, at once."""
    return drained(parse_slices(data, keep=keep))


@told("Reading this file")
def parse_slices(data: Bytes, *, keep: bool = False) -> Pausing[Parsed]:
    """Read the bytes of an ONNX file up to the values of its weights.

    With `keep` the bytes are the model's from now on: its weights stay in them. Otherwise weights
    are copied and the bytes can go. Raises FileFormatError for what is no (whole) ONNX file and
    GraphError for one that is too deep. It pauses after each piece.
    """
    view = memoryview(data).cast("B")
    complain_if_foreign(view[:64].tobytes())
    sources = Sources(view, keep)
    outline = sources.outline()
    try:
        proto = schema.ModelProto()
        for piece in pieces(outline):
            proto.MergeFromString(piece)
            yield
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        missing = missing_bytes(view)
        if missing:
            raise FileFormatError(
                f"This ONNX file is cut off: at least {_bytes(missing)} more were expected after "
                f"the {len(view)} that came. Download or export it again."
            ) from error
        if nesting(view) > _MAX_DEPTH:
            raise GraphError(f"Graphs are nested more than {_MAX_DEPTH} deep.") from error
        raise FileFormatError(
            "This is not an ONNX model: its bytes do not follow the ONNX format."
        ) from error
    if not proto.HasField("graph"):
        raise FileFormatError(
            "This is not an ONNX model, or only its beginning: there is no graph."
        )
    if not _opsets(proto.opset_import):
        raise FileFormatError("This ONNX file does not say its opset; it may be cut off.")
    return Parsed(proto, sources, needed(proto) if names_files(outline) else ())


def _text(name: str | bytes) -> str:
    """A name; protobuf hands on as bytes what is no text."""
    if isinstance(name, bytes):
        raise FileFormatError(f"A name in this ONNX file is no text (UTF-8): {name!r}.")
    return name


def _bytes(count: int) -> str:
    return f"{count} byte{'' if count == 1 else 's'}"


def _opsets(entries: Iterable[Any]) -> dict[str, int]:
    return {"" if e.domain == "ai.onnx" else _text(e.domain): e.version for e in entries}


def _graph(proto: Any, sources: Sources, outer: Names | None, depth: int) -> Pausing[Graph]:
    if depth > _MAX_DEPTH:
        raise GraphError(f"Graphs are nested more than {_MAX_DEPTH} deep.")
    weights, types = {}, {}
    for tensor in proto.initializer:
        if tensor.name in weights:
            raise GraphError(f'Two weights are both named "{tensor.name}".')
        weights[_text(tensor.name)] = to_array(tensor, sources)
        types[tensor.name] = tensor.data_type
        if not len(types) % _PAUSE:
            yield
    for sparse in proto.sparse_initializer:
        name = _text(sparse.values.name)
        if name in weights:
            raise GraphError(f'Two weights are both named "{name}".')
        weights[name], types[name] = to_dense(sparse, sources), sparse.values.data_type
    inputs = tuple(_value_info(v) for v in proto.input if v.name not in weights)
    doubled = [name for name, count in Counter(v.name for v in proto.input).items() if count > 1]
    if doubled:
        raise GraphError(f'Two inputs are both named "{doubled[0]}".')
    given = frozenset(weights) | {v.name for v in inputs}
    yield
    produced = frozenset(name for node in proto.node for name in node.output if name)
    yield
    visible = Names(given | produced, outer)
    nodes = []
    for place, node in enumerate(proto.node):
        nodes.append(_node(node, sources, visible, depth, place))
        if not place % _PAUSE:
            yield
    values = {}
    for value in proto.value_info:
        values[value.name] = _value_info(value)
        if not len(values) % _PAUSE:
            yield
    outputs = tuple(_value_info(v) for v in proto.output)
    return Graph(
        name=_text(proto.name),
        inputs=inputs,
        outputs=outputs,
        nodes=(yield from order_slices(nodes, given, [v.name for v in outputs], outer)),
        weights=weights,
        values=values,
        weight_types=types,
    )


def _node(proto: Any, sources: Sources, known: Names, depth: int, place: int = 0) -> Node:
    return Node(
        index=place,
        name=_text(proto.name),
        op=_text(proto.op_type),
        domain="" if proto.domain == "ai.onnx" else _text(proto.domain),
        inputs=tuple(map(_text, proto.input)),
        outputs=tuple(map(_text, proto.output)),
        attributes={_text(a.name): _attribute(a, sources, known, depth) for a in proto.attribute},
        overload=_text(proto.overload),
        scope=_scope({_text(e.key): _text(e.value) for e in proto.metadata_props}),
    )


def _scope(notes: Mapping[str, str]) -> tuple[str, ...]:
    """The modules around a node, as PyTorch's newer exporter notes them; its last is the node."""
    written = notes.get("pkg.torch.onnx.name_scopes")
    if written:  # ['', 'blocks.0', 'blocks.0.norm', 'layer_norm']
        names = [double or single for single, double in _QUOTED.findall(written)]
    else:  # : Net/blocks.0: Block/blocks.0.norm: LayerNorm/layer_norm: aten.layer_norm.default
        names = [part.partition(":")[0] for part in notes.get("namespace", "").split("/")]
    return tuple(filter(None, names[:-1]))


def _attribute(proto: Any, sources: Sources, known: Names, depth: int) -> Attribute:
    if proto.ref_attr_name:
        return Reference(_text(proto.ref_attr_name))
    kinds: Mapping[int, Any] = {
        1: lambda: proto.f,
        2: lambda: proto.i,
        3: lambda: proto.s.decode("utf-8", "replace"),
        4: lambda: to_array(proto.t, sources),
        5: lambda: drained(_graph(proto.g, sources, known, depth + 1)),
        6: lambda: tuple(proto.floats),
        7: lambda: tuple(proto.ints),
        8: lambda: tuple(s.decode("utf-8", "replace") for s in proto.strings),
        9: lambda: tuple(to_array(t, sources) for t in proto.tensors),
        10: lambda: tuple(drained(_graph(g, sources, known, depth + 1)) for g in proto.graphs),
        11: lambda: to_dense(proto.sparse_tensor, sources),
        12: lambda: tuple(to_dense(t, sources) for t in proto.sparse_tensors),
        13: lambda: proto.tp,
        14: lambda: tuple(proto.type_protos),
    }
    if proto.type == 0:  # files of IR version 1 do not say which
        return _guessed(proto, sources)
    if proto.type not in kinds:
        raise UnsupportedError(f'Attribute "{proto.name}" has type {proto.type}, not known here.')
    return kinds[proto.type]()


def _guessed(proto: Any, sources: Sources) -> Attribute:
    """The value of an attribute that does not name its type."""
    if proto.HasField("t"):
        return to_array(proto.t, sources)
    if proto.HasField("s"):
        return proto.s.decode("utf-8", "replace")
    for name in ("floats", "ints"):
        if getattr(proto, name):
            return tuple(getattr(proto, name))
    if proto.strings:
        return tuple(s.decode("utf-8", "replace") for s in proto.strings)
    return proto.f if proto.HasField("f") else proto.i


def _value_info(proto: Any) -> ValueInfo:
    return _described(_text(proto.name), proto.type)


def _described(name: str, type_: Any, depth: int = 0) -> ValueInfo:
    """What a type says; of types within types the first few."""
    kind = (type_.WhichOneof("value") or "tensor_type").removesuffix("_type")
    if kind == "tensor":
        tensor = type_.tensor_type
        shape = None
        if tensor.HasField("shape"):
            shape = tuple(_dimension(d) for d in tensor.shape.dim)
            if len(shape) > MOST_AXES:
                raise FileFormatError(
                    f'"{name}" is said to have {len(shape)} axes, at most {MOST_AXES} can be.'
                )
        return ValueInfo(name, tensor.elem_type, shape)
    if depth >= _DEEPEST_TYPE or kind not in _INSIDE:
        return ValueInfo(name, kind=kind)
    holder = getattr(type_, f"{kind}_type")
    element = _described("", getattr(holder, _INSIDE[kind]), depth + 1)
    return ValueInfo(name, kind=kind, element=element, key_type=getattr(holder, "key_type", 0))


_INSIDE = {"sequence": "elem_type", "optional": "elem_type", "map": "value_type"}
_DEEPEST_TYPE = 8
_ANY = 1 << 40  # no axis is so long
_NO_NAMES = frozenset({"", "?", "-1", "None"})  # what exporters write who know no name


def _dimension(proto: Any) -> int | str | None:
    if proto.HasField("dim_value"):
        size = int(proto.dim_value)
        return size if 0 <= size < _ANY else None  # some write -1 for "any", or all ones
    name = _text(proto.dim_param).strip()
    return None if name in _NO_NAMES else name


def _function(proto: Any, sources: Sources) -> Function:
    given = frozenset(proto.input)
    produced = frozenset(name for node in proto.node for name in node.output if name)
    known = Names(given | produced)
    nodes = [_node(n, sources, known, 0) for n in proto.node]
    return Function(
        domain=_text(proto.domain),
        name=_text(proto.name),
        inputs=tuple(map(_text, proto.input)),
        outputs=tuple(map(_text, proto.output)),
        attributes=tuple(map(_text, proto.attribute)),
        defaults={_text(a.name): _attribute(a, sources, known, 0) for a in proto.attribute_proto},
        nodes=in_order(nodes, given, proto.output),
        opsets=_opsets(proto.opset_import),
        overload=_text(getattr(proto, "overload", "")),
    )
