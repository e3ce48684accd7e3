"""From the messages of an ONNX file to a frozen graph: nodes in order, weights as arrays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tensorama.errors import FileFormatError, GraphError
from tensorama.onnxfile.graph import Attribute, Function, Graph, Node, Reference, ValueInfo
from tensorama.onnxfile.messages import (
    AttributeProto,
    Dimension,
    FunctionProto,
    GraphProto,
    NodeProto,
    OperatorSetIdProto,
    Tensor,
    TypeProto,
    ValueInfoProto,
    listed,
)
from tensorama.onnxfile.order import Names, Pausing, drained, in_order, order_slices
from tensorama.onnxfile.tensors import MOST_AXES, to_array, to_dense
from tensorama.onnxfile.values import Sources
from tensorama.phrases import phrase

MOST_GRAPHS = 32  # graphs inside graphs
_PAUSE = 200  # nodes that are read in one slice
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_DEEPEST_TYPE = 8
_ANY = 1 << 40  # no axis is so long
_NO_NAMES = frozenset({"", "?", "-1", "None"})  # what exporters write who know no name
GRAPHS = _GRAPH, _GRAPHS = 5, 10  # the types of attributes that hold a graph or several


def opsets_of(entries: Iterable[OperatorSetIdProto]) -> dict[str, int]:
    """The version of each domain's operators; ONNX's own domain is the empty name."""
    return {_domain(entry.domain): entry.version for entry in entries}


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


class Assembly:
    """Puts the parts of one file together; what many parts share is worked out once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._attributes: dict[AttributeProto, Attribute] = {}
        self._types: dict[TypeProto, ValueInfo] = {}

    def graph(
        self, proto: GraphProto, outer: Names | None = None, depth: int = 0
    ) -> Pausing[Graph]:
        """A graph, and the graphs in it; with pauses.

        outer: the names that it can read from around it. Raises GraphError for one that contradicts
        itself, FileFormatError for weights that are not what is said of them.
        """
        if depth > MOST_GRAPHS:
            raise GraphError(phrase("Graphs are nested more than {most} deep.", most=MOST_GRAPHS))
        weights, types = {}, {}
        for tensor in proto.initializer:
            if tensor.name in weights:
                raise GraphError(phrase('Two weights are both named "{name}".', name=tensor.name))
            weights[tensor.name] = to_array(tensor, self._sources)
            types[tensor.name] = tensor.data_type
            if not len(types) % _PAUSE:
                yield
        for sparse in proto.sparse_initializer:
            name = sparse.values.name
            if name in weights:
                raise GraphError(phrase('Two weights are both named "{name}".', name=name))
            weights[name], types[name] = to_dense(sparse, self._sources), sparse.values.data_type
        inputs = tuple(self._value(v) for v in proto.input if v.name not in weights)
        doubled = [name for name, n in Counter(v.name for v in proto.input).items() if n > 1]
        if doubled:
            raise GraphError(phrase('Two inputs are both named "{name}".', name=doubled[0]))
        given = frozenset(weights) | {v.name for v in inputs}
        yield
        produced = frozenset(name for node in proto.node for name in node.output if name)
        yield
        visible = Names(given | produced, outer)
        nodes = []
        for place, node in enumerate(proto.node):
            nodes.append(self._node(node, visible, depth, place))
            if not place % _PAUSE:
                yield
        values = {}
        for value in proto.value_info:
            values[value.name] = self._value(value)
            if not len(values) % _PAUSE:
                yield
        outputs = tuple(map(self._value, proto.output))
        return Graph(
            name=proto.name,
            inputs=inputs,
            outputs=outputs,
            nodes=(yield from order_slices(nodes, given, [v.name for v in outputs], outer)),
            weights=weights,
            values=values,
            weight_types=types,
        )

    def function(self, proto: FunctionProto) -> Function:
        """A local function of the model."""
        given = frozenset(proto.input)
        produced = frozenset(name for node in proto.node for name in node.output if name)
        known = Names(given | produced)
        nodes = [self._node(n, known, 0) for n in proto.node]
        return Function(
            domain=proto.domain,
            name=proto.name,
            inputs=tuple(proto.input),
            outputs=tuple(proto.output),
            attributes=tuple(proto.attribute),
            defaults={a.name: self._attribute(a, known, 0) for a in proto.attribute_proto},
            nodes=in_order(nodes, given, proto.output),
            opsets=opsets_of(proto.opset_import),
            overload=proto.overload,
        )

    def _node(self, proto: NodeProto, known: Names, depth: int, place: int = 0) -> Node:
        return Node(
            place,
            proto.name,
            proto.op_type,
            _domain(proto.domain),
            tuple(proto.input),
            tuple(proto.output),
            {a.name: self._attribute(a, known, depth) for a in proto.attribute},
            proto.overload,
            _scope(proto) if proto.metadata_props else (),
        )

    def _attribute(self, proto: AttributeProto, known: Names, depth: int) -> Attribute:
        if proto in self._attributes:
            return self._attributes[proto]
        kind = proto.type
        if proto.ref_attr_name:
            value: Attribute = Reference(proto.ref_attr_name)
        elif kind == _GRAPH:  # the same graph elsewhere may see something else around it
            return drained(self.graph(proto.g, known, depth + 1))
        elif kind == _GRAPHS:
            return tuple(drained(self.graph(g, known, depth + 1)) for g in proto.graphs)
        elif kind == 0:  # files of IR version 1 do not say which
            value = self._guessed(proto)
        else:
            value = _VALUES[kind](proto, self._sources)
        self._attributes[proto] = value
        return value

    def _guessed(self, proto: AttributeProto) -> Attribute:
        """The value of an attribute that does not name its type."""
        for name, kind in _GUESSES.items():
            value = _VALUES[kind](proto, self._sources) if proto.has(name) else ()
            if not isinstance(value, tuple) or value:
                return value
        return proto.i

    def _value(self, proto: ValueInfoProto) -> ValueInfo:
        told = self._types.get(proto.type)
        if told is None:
            told = self._types[proto.type] = _described(proto.name, proto.type)
        return ValueInfo(
            proto.name, told.elem_type, told.shape, told.kind, told.element, told.key_type
        )


_Value = Callable[[AttributeProto, Sources], Attribute]
# by the number of an attribute's type
_VALUES: Mapping[int, _Value] = {
    1: lambda a, sources: a.f,
    2: lambda a, sources: a.i,
    3: lambda a, sources: _text(a.s),
    4: lambda a, sources: to_array(a.t, sources),
    6: lambda a, sources: tuple(listed(a.floats)),
    7: lambda a, sources: tuple(listed(a.ints)),
    8: lambda a, sources: tuple(map(_text, a.strings)),
    9: lambda a, sources: tuple(to_array(t, sources) for t in a.tensors),
    11: lambda a, sources: to_dense(a.sparse_tensor, sources),
    12: lambda a, sources: tuple(to_dense(t, sources) for t in a.sparse_tensors),
    13: lambda a, sources: a.tp,
    14: lambda a, sources: tuple(a.type_protos),
}
_GUESSES = {"t": 4, "s": 3, "floats": 6, "ints": 7, "strings": 8, "f": 1}


def _text(written: Any) -> str:
    return str(written, "utf-8", "replace")


def _scope(proto: NodeProto) -> tuple[str, ...]:
    """The modules around a node, as PyTorch's newer exporter notes them; its last is the node."""
    notes = {entry.key: entry.value for entry in proto.metadata_props}
    written = notes.get("pkg.torch.onnx.name_scopes")
    names: Sequence[str]
    if written:  # ['', 'blocks.0', 'blocks.0.norm', 'layer_norm']
        names = [double or single for single, double in _QUOTED.findall(written)]
    else:  # : Net/blocks.0: Block/blocks.0.norm: LayerNorm/layer_norm: aten.layer_norm.default
        names = [part.partition(":")[0] for part in notes.get("namespace", "").split("/")]
    return tuple(filter(None, names[:-1]))


def _described(name: str, proto: TypeProto, depth: int = 0) -> ValueInfo:
    """What a type says; of types within types the first few."""
    for kind in ("sequence", "optional", "map", "sparse_tensor", "opaque"):
        if proto.has(f"{kind}_type"):
            break
    else:
        return ValueInfo(name, proto.tensor_type.elem_type, _shape(name, proto.tensor_type))
    if depth >= _DEEPEST_TYPE or kind not in _INSIDE:
        return ValueInfo(name, kind=kind)
    holder = getattr(proto, f"{kind}_type")
    element = _described("", getattr(holder, _INSIDE[kind]), depth + 1)
    return ValueInfo(name, kind=kind, element=element, key_type=getattr(holder, "key_type", 0))


_INSIDE = {"sequence": "elem_type", "optional": "elem_type", "map": "value_type"}


def _shape(name: str, proto: Tensor) -> tuple[int | str | None, ...] | None:
    if not proto.has("shape"):
        return None
    shape = tuple(map(_dimension, proto.shape.dim))
    if len(shape) > MOST_AXES:
        raise FileFormatError(
            phrase(
                '"{name}" is said to have {axes} axes, at most {most} can be.',
                name=name,
                axes=len(shape),
                most=MOST_AXES,
            )
        )
    return shape


def _dimension(proto: Dimension) -> int | str | None:
    if proto.has("dim_value"):
        size = proto.dim_value
        return size if 0 <= size < _ANY else None  # some write -1 for "any", or all ones
    name = proto.dim_param.strip()
    return None if name in _NO_NAMES else name
