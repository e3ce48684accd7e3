"""Mutations of a model: what stands in it changed, doubled, joined wrongly or taken away.

Each function changes a model in place, drawing from `random`; where there is nothing that it could
change it does nothing. Numbers are drawn from those at which something turns: signs, limits of
types, sizes beyond all memory.
"""

import math
import random as chance
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
)

from .originals import Original, parsed

Random = chance.Random

NUMBERS = (0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 50, 100, 1000, -2, -3, 1 << 16, 1_000_000, 1 << 31,
           -(1 << 31), 1 << 33, 1 << 40, 1 << 62, (1 << 63) - 1, -(1 << 63))  # fmt: skip
SIZES = (0, 1, 2, 3, 4, 5, 8, 17, 64, 1000, 65_536, 1 << 20, 1 << 31, 1 << 40, 1 << 62, -1)
FLOATS = (0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, -1e30, math.inf, -math.inf, math.nan, 3.7)
TEXTS = ("", "x", "y", "x0", "y0", "N", "Relu", "€\n", "axis", "sum", "NOTSET", "SAME_UPPER",
         "wrap", "ij,jk->ik", "...", "(a+)+b", "TF", "\0", "a" * 300)  # fmt: skip
DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "f", "nowhere")
METADATA = (
    ("labels", "[" * 20_000), ("labels", '{"a":' * 20_000), ("labels", '["a", "b", "c"]'),
    ("labels", "7"), ("input", '{"a":' * 20_000),
    ("input", '{"kind": "drawing", "size": [1e9, 2]}'),
    ("input", '{"kind": "drawing", "size": [28, 28], "box": NaN}'), ("title", "<b>\0</b>"),
    ("labels", "9" * 5000), ("input", "9" * 5000),
)  # fmt: skip


def mutated(original: Original, random: Random) -> bytes:
    """One mutation of an original: one to three changes, and now and then broken bytes."""
    model = parsed(original)
    if original.values and random.random() < 0.8:
        _fill(model, original.values)
    if original.values and random.random() < 0.5:
        _bake(model, original.values, random)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        with suppress(ValueError):  # protobuf itself refuses what no file can hold
            random.choice(CHANGES)(model, random)
    data: bytes = model.SerializeToString()
    return _broken(data, random) if random.random() < 0.1 else data


# what stands in a model --------------------------------------------------------------------------


def graphs_of(model: ModelProto) -> list[GraphProto]:
    """The graph and all graphs inside its nodes."""
    found, waiting = [], [model.graph]
    while waiting:
        graph = waiting.pop()
        found.append(graph)
        waiting += [g for node in graph.node for a in node.attribute for g in _inner(a)]
    return found


def _inner(attribute: AttributeProto) -> list[GraphProto]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def nodes_of(model: ModelProto) -> list[NodeProto]:
    """All nodes, those of functions and inner graphs too."""
    return [
        *(node for graph in graphs_of(model) for node in graph.node),
        *(node for function in model.functions for node in function.node),
    ]


def _attributes(model: ModelProto) -> list[AttributeProto]:
    return [a for node in nodes_of(model) for a in node.attribute]


def _tensors(model: ModelProto) -> list[TensorProto]:
    stored = [t for graph in graphs_of(model) for t in graph.initializer]
    for attribute in _attributes(model):
        stored += [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
    return stored


def _infos(model: ModelProto) -> list[ValueInfoProto]:
    return [
        value
        for graph in graphs_of(model)
        for value in (*graph.input, *graph.output, *graph.value_info)
    ]


def _names(graph: GraphProto) -> list[str]:
    names = [v.name for v in graph.input] + [t.name for t in graph.initializer]
    return names + [name for node in graph.node for name in node.output if name]


def _one(random: Random, things: Sequence[Any]) -> Any:
    """One of them, None if there are none."""
    return random.choice(things) if things else None


def _number(random: Random, old: int) -> int:
    near = (old + 1, old - 1, old * 2, old * 50, -old)
    new = random.choice(near) if random.random() < 0.4 else random.choice(NUMBERS)
    return max(-(1 << 63), min((1 << 63) - 1, new))


# changes -----------------------------------------------------------------------------------------


def _fill(model: ModelProto, values: dict[str, TensorProto]) -> None:
    """Give free dimensions of inputs the sizes that the suite feeds."""
    for value in model.graph.input:
        dims = value.type.tensor_type.shape.dim
        if value.name in values and len(dims) == len(values[value.name].dims):
            for dim, size in zip(dims, values[value.name].dims, strict=True):
                dim.dim_value = size


def _bake(model: ModelProto, values: dict[str, TensorProto], random: Random) -> None:
    """Make inputs weights, with the values that the suite feeds; mostly all of them."""
    every = random.random() < 0.6
    taken = [v for v in model.graph.input if v.name in values and (every or random.random() < 0.5)]
    known = {tensor.name for tensor in model.graph.initializer}
    for value in taken:
        if value.name not in known:
            model.graph.initializer.add().CopyFrom(values[value.name])
        model.graph.input.remove(value)


def change_size(model: ModelProto, random: Random) -> None:
    """Another size, rank or name of a dimension of what is declared."""
    value = _one(random, [v for v in _infos(model) if v.type.HasField("tensor_type")])
    if value is None:
        return
    dims = value.type.tensor_type.shape.dim
    what = random.randrange(5)
    if what == 0 and dims:
        random.choice(dims).dim_value = random.choice(SIZES)
    elif what == 1 and dims:
        random.choice(dims).dim_param = random.choice(TEXTS)
    elif what == 2 and dims:
        del dims[random.randrange(len(dims))]
    elif what == 3:
        for _ in range(random.choice((1, 1, 2, 70))):
            dims.add(dim_value=random.choice((1, 1, 2, 0)))
    else:
        value.type.tensor_type.ClearField("shape")


def change_type(model: ModelProto, random: Random) -> None:
    """Another element type, or kind, of what is declared or stored."""
    value = _one(random, [*_infos(model), *_tensors(model)])
    kind = random.randrange(30)
    if isinstance(value, TensorProto):
        value.data_type = kind
    elif value is None:
        return
    elif random.random() < 0.8:
        value.type.tensor_type.elem_type = kind
    else:
        inner = random.choice(("sequence_type", "optional_type", "map_type", "sparse_tensor_type"))
        if inner in ("sequence_type", "optional_type"):
            getattr(value.type, inner).elem_type.tensor_type.elem_type = kind
        elif inner == "map_type":
            value.type.map_type.key_type = kind
        else:
            value.type.sparse_tensor_type.elem_type = kind


def change_attribute(model: ModelProto, random: Random) -> None:
    """Another value in an attribute; of a list one entry, or the list's length."""
    attribute = _one(random, _attributes(model))
    if attribute is None:
        return
    if attribute.type == AttributeProto.INT:
        attribute.i = _number(random, attribute.i)
    elif attribute.type == AttributeProto.FLOAT:
        attribute.f = random.choice(FLOATS)
    elif attribute.type == AttributeProto.STRING:
        attribute.s = random.choice(TEXTS).encode()
    elif attribute.type == AttributeProto.INTS:
        _change_list(attribute.ints, random, lambda old: _number(random, old or 0))
    elif attribute.type == AttributeProto.FLOATS:
        _change_list(attribute.floats, random, lambda old: random.choice(FLOATS))
    elif attribute.type == AttributeProto.STRINGS:
        _change_list(attribute.strings, random, lambda old: random.choice(TEXTS).encode())
    elif attribute.type == AttributeProto.TENSOR:
        _change_tensor(attribute.t, random)


def _change_list(values: Any, random: Random, other: Callable[[Any], Any]) -> None:
    what = random.randrange(4)
    if what == 0 or not values:
        values.append(other(values[0] if values else None))
    elif what == 1:
        del values[random.randrange(len(values))]
    else:
        place = random.randrange(len(values))
        values[place] = other(values[place])


def retype_attribute(model: ModelProto, random: Random) -> None:
    """An attribute of another kind, twice, gone, or under another name."""
    node = _one(random, [node for node in nodes_of(model) if node.attribute])
    if node is None:
        return
    place = random.randrange(len(node.attribute))
    what = random.randrange(5)
    if what == 0:
        del node.attribute[place]
    elif what == 1:
        node.attribute.add().CopyFrom(node.attribute[place])
    elif what == 2:
        node.attribute[place].type = random.randrange(16)
    elif what == 3:
        node.attribute[place].name = random.choice(TEXTS)
    else:
        name = node.attribute[place].name
        node.attribute[place].CopyFrom(helper.make_attribute(name, random.choice(NUMBERS)))


def borrow_attribute(model: ModelProto, random: Random) -> None:
    """An attribute that many operators know, set to something."""
    node = _one(random, nodes_of(model))
    if node is None:
        return
    value = random.choice((random.choice(NUMBERS), random.choice(TEXTS), 0.5, [2, 2], [0, -1]))
    name = random.choice(("axis", "axes", "group", "kernel_shape", "pads", "strides", "dilations",
                          "keepdims", "mode", "to", "num_outputs", "perm", "dtype", "auto_pad",
                          "num_heads", "hidden_size", "direction", "block_size"))  # fmt: skip
    for attribute in [a for a in node.attribute if a.name == name]:
        node.attribute.remove(attribute)
    node.attribute.append(helper.make_attribute(name, value))


def change_weight(model: ModelProto, random: Random) -> None:
    """Other values or another shape of a stored tensor."""
    tensor = _one(random, _tensors(model))
    if tensor is not None:
        _change_tensor(tensor, random)


_ITEMS = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16}
_CELLS = 1 << 16  # that a stored tensor may have after a change that keeps it whole


def _change_tensor(tensor: TensorProto, random: Random) -> None:
    what, item = random.randrange(5), _ITEMS.get(tensor.data_type, 0)
    if what == 0:  # the shape alone: mostly it does not fit any more
        _change_list(tensor.dims, random, lambda old: random.choice(SIZES))
    elif what <= 2 and item and tensor.HasField("raw_data"):  # a shape with values that fit it
        dims = list(tensor.dims)
        _change_list(dims, random, lambda old: random.choice((0, 1, 2, 3, 4, (old or 1) * 4, 50)))
        count = math.prod(dims)
        if not 0 <= count <= _CELLS:
            return
        old = tensor.raw_data or bytes(item)
        tensor.raw_data = (old * (count * item // len(old) + 1))[: count * item]
        del tensor.dims[:]
        tensor.dims.extend(dims)
    elif tensor.HasField("raw_data") and item and tensor.raw_data:
        place = random.randrange(len(tensor.raw_data) // item) * item
        if tensor.data_type in (1, 10, 11):
            code = {1: "f", 10: "e", 11: "d"}[tensor.data_type]
            new = _packed(code, random.choice(FLOATS))
        else:
            new = (_number(random, 2) % (1 << (8 * item))).to_bytes(item, "little")
        tensor.raw_data = tensor.raw_data[:place] + new + tensor.raw_data[place + item :]
    else:
        lists = (tensor.float_data, tensor.int64_data, tensor.int32_data, tensor.double_data)
        values = _one(random, [values for values in lists if values])
        if values is not None:
            other = FLOATS if values in (tensor.float_data, tensor.double_data) else (0, 1, -1, 7)
            _change_list(values, random, lambda old: random.choice(other))


def _packed(code: str, value: float) -> bytes:
    import struct

    try:
        return struct.pack(f"<{code}", value)
    except OverflowError:
        return struct.pack(f"<{code}", math.inf)


def rewire(model: ModelProto, random: Random) -> None:
    """An edge that comes from elsewhere, from nowhere, or is one more or one less."""
    graph = random.choice(graphs_of(model))
    node = _one(random, graph.node)
    if node is None:
        return
    what = random.randrange(5)
    name = random.choice([*_names(graph), "", random.choice(TEXTS)])
    if what == 0:
        node.input.append(name)
    elif what == 1 and node.output:
        node.output[random.randrange(len(node.output))] = name
    elif what == 2:
        node.output.append(f"more{len(node.output)}")
    elif what == 3 and node.input:
        del node.input[random.randrange(len(node.input))]
    elif node.input:
        node.input[random.randrange(len(node.input))] = name


def change_operator(model: ModelProto, random: Random) -> None:
    """Another operator, domain or name of a node."""
    nodes = nodes_of(model)
    node = _one(random, nodes)
    if node is None:
        return
    what = random.randrange(4)
    if what == 0:
        node.op_type = random.choice(OPERATORS)
    elif what == 1:
        node.domain = random.choice(DOMAINS)
    elif what == 2:
        node.name = random.choice(TEXTS)
    else:
        node.op_type = random.choice(nodes).op_type


OPERATORS = (
    "Relu", "Add", "MatMul", "Conv", "Split", "Concat", "Reshape", "Loop", "Scan", "If", "Identity",
    "Gather", "Resize", "Expand", "Softmax", "LSTM", "MaxPool", "TopK", "Einsum", "Shape", "Pad",
    "ConvTranspose", "Slice", "Tile", "Transpose", "ReduceSum", "Unsqueeze", "Attention", "Range",
)  # fmt: skip


def copy_nodes(model: ModelProto, random: Random) -> None:
    """A chain out of what there is: a node again and again, each reading what the last gave."""
    graph = random.choice(graphs_of(model))
    node = _one(random, [n for n in graph.node if n.input and n.output])
    if node is None:
        return
    place = next(k for k, name in enumerate([*node.input, ""]) if name or k == len(node.input))
    last = node.output[0]
    for count in range(random.choice((1, 2, 3, 8, 40))):
        copy = graph.node.add()
        copy.CopyFrom(node)
        copy.name = f"{node.name}_{count}" if random.random() < 0.8 else node.name
        if place < len(copy.input):
            copy.input[place] = last
        for k in range(len(copy.output)):
            copy.output[k] = f"again{count}_{k}"
        last = copy.output[0]
    if random.random() < 0.7:
        graph.output.add(name=last)


def drop(model: ModelProto, random: Random) -> None:
    """Something less: a node, an input, an output, a weight, an opset."""
    graph = random.choice(graphs_of(model))
    lists = [graph.node, graph.input, graph.output, graph.initializer, graph.value_info]
    things = _one(random, [some for some in [*lists, model.opset_import] if some])
    if things is not None:
        del things[random.randrange(len(things))]


def change_opset(model: ModelProto, random: Random) -> None:
    """Another opset, or one more."""
    entry = _one(random, model.opset_import)
    if entry is None or random.random() < 0.2:
        model.opset_import.add(domain=random.choice(DOMAINS), version=random.choice(NUMBERS))
    else:
        entry.version = random.choice((1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 20, 23, 28, 29, 0, -1))


def wrap_in_if(model: ModelProto, random: Random) -> None:
    """All nodes moved into a branch of an If, a few times over."""
    for _ in range(random.choice((1, 1, 2, 3, 7))):  # each time there are twice as many
        graph = model.graph
        inside = GraphProto(name="inside")
        inside.node.extend(graph.node)
        inside.output.extend(graph.output)
        del graph.node[:]
        names = [value.name for value in graph.output]
        flag = helper.make_tensor("flag", TensorProto.BOOL, [], [random.random() < 0.9])
        graph.node.append(helper.make_node("Constant", [], ["flag"], value=flag))
        graph.node.append(
            helper.make_node("If", ["flag"], names, then_branch=inside, else_branch=inside)
        )


def wrap_in_loop(model: ModelProto, random: Random) -> None:
    """All nodes moved into the body of a Loop, which runs often or without an end."""
    for _ in range(random.choice((1, 1, 2, 3))):
        graph = model.graph
        body = GraphProto(name="body")
        body.input.extend([ValueInfoProto(name="turn"), ValueInfoProto(name="going")])
        body.node.extend(graph.node)
        body.node.append(helper.make_node("Identity", ["going"], ["goes_on"]))
        body.output.append(ValueInfoProto(name="goes_on"))
        body.output.extend(graph.output)
        del graph.node[:]
        names = [value.name for value in graph.output]
        turns = random.choice((0, 1, 2, 3, 100, 1 << 20, 1 << 62, -1))
        graph.node.append(
            helper.make_node(
                "Constant", [], ["turns"], value=helper.make_tensor("t", 7, [], [turns])
            )
        )
        given = [random.choice(("turns", "turns", "turns", "")), ""]
        graph.node.append(helper.make_node("Loop", given, names, body=body))


def wrap_in_function(model: ModelProto, random: Random) -> None:
    """All nodes moved into a function, which is called once or many times over."""
    if model.functions:
        return
    graph = model.graph
    inputs = [value.name for value in graph.input] + [t.name for t in graph.initializer]
    outputs = [value.name for value in graph.output]
    depth = random.choice((1, 1, 2, 5, 33))
    previous = [NodeProto.FromString(node.SerializeToString()) for node in graph.node]
    for level in range(depth):
        function = FunctionProto(name=f"f{level}", domain="f")
        function.input.extend(inputs)
        function.output.extend(outputs)
        function.opset_import.extend(model.opset_import)
        function.opset_import.add(domain="f", version=1)
        function.node.extend(previous)
        model.functions.append(function)
        previous = [helper.make_node(f"f{level}", inputs, outputs, domain="f")]
    del graph.node[:]
    graph.node.extend(previous)
    model.opset_import.add(domain="f", version=1)


def grow_text(model: ModelProto, random: Random) -> None:
    """Notes about the model that are read as JSON, or long."""
    key, value = random.choice(METADATA)
    model.metadata_props.add(key=key, value=value)


def any_field(model: ModelProto, random: Random) -> None:
    """Any field of any message: changed, doubled or taken away."""
    message, field = random.choice(list(_fields(model)))
    value, what = getattr(message, field.name), random.randrange(3)
    if hasattr(value, "add"):  # a list of messages
        place = random.randrange(len(value))
        if what:
            value.add().CopyFrom(value[place])
        else:
            del value[place]
    elif hasattr(value, "append"):
        place = random.randrange(len(value))
        if what == 0:
            del value[place]
        else:
            value[place] = _other(field, random)
    elif what == 0 or field.type == field.TYPE_MESSAGE:
        message.ClearField(field.name)
    else:
        setattr(message, field.name, _other(field, random))


def _fields(message: Any) -> Iterator[tuple[Any, Any]]:
    """Every field that is set, at every depth, with the message that it stands in."""
    waiting = [message]
    while waiting:
        current = waiting.pop()
        for field, value in current.ListFields():
            yield current, field
            if field.type == field.TYPE_MESSAGE:
                waiting += list(value) if hasattr(value, "add") else [value]


def _other(field: Any, random: Random) -> Any:
    if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return random.choice(FLOATS)
    if field.type == field.TYPE_STRING:
        return random.choice(TEXTS)
    if field.type == field.TYPE_BYTES:
        return random.randbytes(random.randrange(9))
    if field.type == field.TYPE_ENUM:
        return random.randrange(16)
    number = random.choice(NUMBERS)
    if field.type == field.TYPE_INT32:
        return max(-(1 << 31), min((1 << 31) - 1, number))
    return abs(number) if field.type == field.TYPE_UINT64 else number


def _broken(data: bytes, random: Random) -> bytes:
    """Bytes changed, lost or added."""
    new = bytearray(data)
    for _ in range(random.randrange(1, 6)):
        at, what = random.randrange(len(new) + 1), random.randrange(5)
        if what == 0:
            new[at : at + 1] = random.randbytes(1)
        elif what == 1:
            del new[at : at + random.randrange(1, 9)]
        elif what == 2:
            new[at:at] = random.randbytes(random.randrange(1, 9))
        elif what == 3:
            new[at:at] = bytes(random.choice((1, 9, 10_000)))
        else:
            del new[at:]
    return bytes(new)


CHANGES: tuple[Callable[[ModelProto, Random], None], ...] = (
    change_size, change_size, change_type, change_attribute, change_attribute, change_attribute,
    change_attribute, retype_attribute, borrow_attribute, change_weight, change_weight,
    change_weight, rewire, rewire, change_operator, copy_nodes, drop, change_opset, wrap_in_if,
    wrap_in_loop, wrap_in_function, grow_text, any_field, any_field, any_field,
)  # fmt: skip
