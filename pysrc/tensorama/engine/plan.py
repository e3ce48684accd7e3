"""Before a run: which function computes each node, and does the node fit its signature?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine.contract import Slices, sliced, whole
from tensorama.engine.functions import called, complain_if_endless, function_of
from tensorama.engine.registry import NEWEST, REGISTRY, Operator
from tensorama.engine.scope import Scope
from tensorama.errors import GraphError, UnsupportedError
from tensorama.onnxfile import Function, Graph, Model, Node
from tensorama.onnxfile.types import NARROW, narrow_type
from tensorama.phrases import phrase


@dataclass(frozen=True, slots=True)
class Call:
    """A node with its operator found; `opset` is the version of the operator's domain in use.

    `attributes` are the node's, and what the operator needs that is the same in every run.

    `body`: the graph of the local function that it calls, if it calls one.
    `plain`: no tensor of the graph can be of a type that numpy lacks. `simple`: so it is, and the
    operator needs nothing but its inputs, it is `lean`.
    """

    node: Node
    operator: Operator
    attributes: Mapping[str, Any]
    opset: int
    plain: bool = False
    simple: bool = False
    body: Graph | None = None
    lean: bool = False


# needs that the plan meets itself: they are the same in every run
_KNOWN_NEEDS = frozenset({"outputs", "opset"})
# attributes that name the element type of an output
_TYPE_ATTRIBUTES = frozenset({"to", "dtype", "output_dtype"})
_plans: WeakKeyDictionary[Graph, tuple[Call, ...]] = WeakKeyDictionary()


def plan(model: Model, graph: Graph) -> tuple[Call, ...]:
    """Find each node's operator, once per graph; graphs inside nodes and functions included.

    Raises UnsupportedError for what this engine lacks and GraphError for a node that does not fit.
    """
    if graph not in _plans:
        whole(plan_slices(model, graph))
    return _plans[graph]


def plan_slices(model: Model, graph: Graph) -> Slices[tuple[Call, ...]]:
    """As `plan`, with pauses between the nodes: their operators may have to be imported first."""
    if graph not in _plans:
        _complain_if_too_new(model.opsets)
        complain_if_endless(model, graph)
        yield from _prepare(model, graph, model.opsets, inner=False)
    return _plans[graph]


def _complain_if_too_new(opsets: Mapping[str, int]) -> None:
    for domain, newest in NEWEST.items():
        if opsets.get(domain, 0) > newest:
            raise UnsupportedError(
                phrase(
                    'The model uses opset {opset} of "{domain}"; {newest} is the newest known '
                    "here. Export it for an older opset.",
                    opset=opsets[domain],
                    domain=domain or "ai.onnx",
                    newest=newest,
                )
            )


def _prepare(
    model: Model, graph: Graph, opsets: Mapping[str, int], inner: bool = True
) -> Slices[None]:
    calls = []
    for node in graph.nodes:
        yield
        function = function_of(model, node)
        if function is None:
            call = _bind(node, opsets)
            for value in call.attributes.values():
                if isinstance(value, Graph):
                    yield from _prepare(model, value, opsets)
        else:
            call = yield from _bind_function(model, node, function)
        calls.append(call)
    plain = not inner and not _may_be_narrow(graph, calls)  # an inner graph sees what is around it
    lean = [call.operator.needs <= _KNOWN_NEEDS for call in calls]
    _plans[graph] = tuple(
        _marked(call, plain, alone) for call, alone in zip(calls, lean, strict=True)
    )


def _marked(call: Call, plain: bool, lean: bool) -> Call:
    simple = plain and lean  # `dataclasses.replace` takes four times as long
    return Call(
        call.node, call.operator, call.attributes, call.opset, plain, simple, call.body, lean
    )


def _may_be_narrow(graph: Graph, calls: Sequence[Call]) -> bool:
    """Whether any tensor could be of a type that numpy lacks: stored, fed, or asked for."""
    if any(value.kind != "tensor" or value.elem_type in (0, *NARROW) for value in graph.inputs):
        return True
    if any(kind in NARROW for kind in graph.weight_types.values()):
        return True
    for call in calls:
        if call.operator.since == 0:  # a function of the model
            return True
        for name, value in call.attributes.items():
            if isinstance(value, Graph) or narrow_type(value):
                return True
            if name in _TYPE_ATTRIBUTES and value in NARROW:
                return True
    return False


def _bind_function(model: Model, node: Node, function: Function) -> Slices[Call]:
    if len(node.inputs) > len(function.inputs):
        raise GraphError(_wrong_count(node, function.inputs, variadic=False))
    body = called(function, node)
    yield from _prepare(model, body, function.opsets)

    @sliced
    def call(
        *arguments: Any, scope: Scope, record: Callable[[str, Any], None]
    ) -> Slices[tuple[Any, ...]]:
        missing = [None] * (len(body.inputs) - len(arguments))
        return tuple((yield from scope.call(body, [*arguments, *missing], record)))

    operator = Operator(
        function.name,
        function.domain,
        since=0,
        function=call,
        needs=frozenset({"scope", "record"}),
        inputs=function.inputs,
        required_inputs=0,
        variadic=False,
        attributes={},
        required_attributes=frozenset(),
        own_types=True,
    )
    return Call(node, operator, {}, 0, body=body)


def _bind(node: Node, opsets: Mapping[str, int]) -> Call:
    if node.domain not in opsets:
        domain = node.domain or "ai.onnx"
        raise UnsupportedError(
            phrase(
                '{label} is of domain "{domain}", for which the model sets no opset.',
                label=node.label,
                domain=domain,
            )
        )
    opset = opsets[node.domain]
    try:
        operator = REGISTRY.find(node.op, node.domain, opset)
    except UnsupportedError as error:
        from tensorama.engine.foreign import advice  # seldom needed

        told = advice(node) or phrase(
            "{error} (node {node}, opset {opset}).",
            error=error.sentence, node=node.label, opset=opset,
        )  # fmt: skip
        raise UnsupportedError(told) from None
    _complain_unless_fitting(node, operator, opset)
    known = {"outputs": len(node.outputs), "opset": opset}
    met = {need: known[need] for need in operator.needs & _KNOWN_NEEDS}
    return Call(node, operator, {**node.attributes, **met}, opset)


def _complain_unless_fitting(node: Node, operator: Operator, opset: int) -> None:
    unknown = node.attributes.keys() - operator.attributes.keys()
    if unknown:
        known = ", ".join(sorted(operator.attributes)) or "none"
        raise UnsupportedError(
            phrase(
                "{label} has the attribute {unknown}, unknown to {op} at opset {opset}; "
                "known: {known}.",
                label=node.label,
                unknown=_quoted(unknown),
                op=node.op,
                opset=opset,
                known=known,
            )
        )
    missing = operator.required_attributes - node.attributes.keys()
    if missing:
        raise GraphError(
            phrase(
                "{label} lacks the attribute {missing}.", label=node.label, missing=_quoted(missing)
            )
        )
    for name, value in node.attributes.items():
        expected = _KINDS.get(operator.attributes[name])
        if expected and not expected.fits(value):
            raise GraphError(
                phrase(
                    '{label}: the attribute "{name}" is {value}, {words} expected.',
                    label=node.label,
                    name=name,
                    value=_kind_of(value),
                    words=expected.words,
                )
            )
    count = len(node.inputs)
    if count < operator.required_inputs or (count > len(operator.inputs) and not operator.variadic):
        raise GraphError(_wrong_count(node, operator.inputs, operator.variadic))
    for name, given in zip(operator.inputs, node.inputs, strict=False):
        if not given and name in operator.needed:
            raise GraphError(
                phrase("{label} leaves out its input {name}.", label=node.label, name=name)
            )


def _wrong_count(node: Node, inputs: Sequence[str], variadic: bool) -> str:
    count = len(node.inputs)
    return (
        f"{node.label} has {count} input{'' if count == 1 else 's'}; {node.op} takes "
        f"{', '.join(inputs) or 'none'}{', …' if variadic else ''}."
    )


def _quoted(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an annotated attribute must be: one value of a type, or a list of them."""

    words: str
    types: tuple[type, ...]
    many: bool = False

    def fits(self, value: Any) -> bool:
        if self.many:
            return isinstance(value, tuple) and all(isinstance(v, self.types) for v in value)
        return isinstance(value, self.types)


# by the annotation of the operator's parameter, without "| None"
_KINDS = {
    "int": _Kind("a whole number was", (int,)),
    "float": _Kind("a number was", (int, float)),
    "str": _Kind("text was", (str,)),
    "Array": _Kind("a tensor was", (np.ndarray,)),
    "Graph": _Kind("a graph was", (Graph,)),
    "Sequence[int]": _Kind("whole numbers were", (int,), many=True),
    "Sequence[float]": _Kind("numbers were", (int, float), many=True),
    "Sequence[str]": _Kind("texts were", (str,), many=True),
}


def _kind_of(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a list ({', '.join(str(v) for v in value[:4])}{', …' if len(value) > 4 else ''})"
    if isinstance(value, str):
        return f'the text "{value}"'
    names = ((int, f"the whole number {value}"), (float, f"the number {value}"))
    plain = next((words for kind, words in names if isinstance(value, kind)), None)
    if plain:
        return plain
    return "a tensor" if isinstance(value, np.ndarray) else f"a {type(value).__name__.lower()}"
