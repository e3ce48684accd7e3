"""What in a node's name its author wrote: frameworks put scopes, operators and counters around it.

PyTorch writes /layer1/layer1.0/conv1/Conv, TensorFlow StatefulPartitionedCall/model/dense_1/MatMul,
TensorFlow Lite all that it merged, joined by `;`, Paddle p2o.Conv.12, onnxruntime …/Conv_quant,
skl2onnx Ad_Add1, TreeEnsembleClassifier2 or N37.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from tensorama.layers.kinds import plain
from tensorama.onnxfile import Node

Path = tuple[str, ...]

# Scopes that a framework puts around everything, or around what it inlined.
_WRAPPER = re.compile(
    r"(Stateful)?PartitionedCall(_\d+)?|functional(_\d+)*|jax2tf_.*_|pjit_.*_|(F\d+::)?.*__Inline_\d+__|F\d+::.*"
)
# A number, what PyTorch and onnxruntime call each node, and their constants.
_MADE = re.compile(
    r"N?\d*|node_.*|onnx::.*|_inlfunc_.*|const_fold_opt.*|\w*_token_\d+|\w+Fusion(_\w*)?"
)
_AFTER = re.compile(r"(__\d+|_quant|_quantized|_output(_\d+)?|_token_\d+|:\d+)+$")
_COUNTED = re.compile(r"(.*?)_?\d+")
_WEIGHTS = re.compile(r"(\w[\w./-]*?)[./](weight|kernel|(in_proj_)?(weight|bias))(_\w+)?")
_OPERATORS = 3  # so many operators with one name but for a number: it says nothing of them
# Operators of TensorFlow: the last part of a name, behind that of the layer.
_TENSORFLOW = re.compile(
    r"(Conv[123]D\w*|DepthwiseConv2dNative|depthwise|MatMul|BatchMatMul(V2)?|Einsum|BiasAdd|AddV2|"
    r"ReadVariableOp|FusedBatchNorm(V\d)?|GatherV2|ResourceGather|ConcatV2|MirrorPad|PadV2|SelectV2|"
    r"ExpandDims|strided_slice|RealDiv|Relu6?|Sigmoid|Tanh|Softmax|MaxPool|AvgPool|Max|Min|Mean|Sum|"
    r"Square|SquaredDifference|Rsqrt|truediv)(_\d+)?"
)
_INNER = frozenset({  # what TensorFlow's layers call the part that does the work
    "conv1d", "convolution", "einsum", "Tensordot", "embedding_lookup", "batchnorm", "moments",
})  # fmt: skip
_WEIGHTY = ("Conv", "MatMul", "Gemm", "Einsum")


def counters(nodes: Iterable[Node]) -> set[str]:
    """What stands before the numbers of names that tell nothing: the `n` of n0, n1, n2, …"""
    operators: dict[str, set[str]] = {}
    for node in nodes:
        counted = _COUNTED.fullmatch(_raw(node).rpartition("/")[2])
        if counted:
            operators.setdefault(counted[1], set()).add(node.op)
    return {stem for stem, ops in operators.items() if len(ops) >= _OPERATORS}


def _raw(node: Node) -> str:
    """A node's name, or that of what it makes."""
    return node.name or next((name for name in node.outputs if name), "")


def authored(node: Node, counted: set[str]) -> tuple[Path, bool]:
    """The parts of a name that an author gave, outermost first, and whether the last one is the
    layer's own rather than that of a scope around it. counted: see `counters`."""
    if node.scope:
        return _with_weights(node), False
    raw = _raw(node)
    parts = unwrapped(raw, node.op)
    count = len(parts)
    if parts:
        parts[-1] = _AFTER.sub("", parts[-1])
        if not _is_operator(parts[-1], node.op):
            parts[-1] = parts[-1].removesuffix(f"_{plain(node.op)}")
    parts = _without_operator(parts, node.op)
    if parts and len(parts) == count and _says_nothing(parts[-1], counted):
        parts.pop()
    while parts and _MADE.fullmatch(parts[-1]):
        parts.pop()
    return tuple(parts), 0 < len(parts) == count


def unwrapped(raw: str, op: str) -> list[str]:
    """The parts of a node's name without the scopes that a framework put around everything."""
    parts = filter(None, _telling(raw, op).split("/"))
    return [part for part in parts if not _WRAPPER.fullmatch(part)]


def _with_weights(node: Node) -> Path:
    """The scopes around a node; a convolution that took in the norm behind it keeps its own."""
    weights = of_weights(node) if _is_weighty(node.op) else ""
    if len(node.scope) > 1 and weights.startswith(f"{node.scope[-2]}."):
        beside = weights.removeprefix(f"{node.scope[-2]}.")
        if not node.scope[-1].startswith(weights) and beside.count(".") == 0:
            return (*node.scope[:-1], weights)
    return (weights,) if len(node.scope) == 1 and weights and "." not in weights else node.scope


def of_weights(node: Node) -> str:
    """The layer whose weights a node reads, by their name: "layer1.0.conv1" of …conv1.weight."""
    for name in node.inputs:
        found = _WEIGHTS.fullmatch(name)
        if found and not _MADE.fullmatch(found[1]) and re.search("[A-Za-z]", found[1]):
            return found[1]
    return ""


def _telling(raw: str, op: str) -> str:
    """Of names joined by `;`, that of the part that does the work."""
    if ";" not in raw:
        return raw
    names = raw.split(";")
    kernel = "Conv" if "Conv" in op else "MatMul"
    telling = [n for n in names if kernel in n.rpartition("/")[2]] if _is_weighty(op) else []
    counts = {name: telling.count(name) for name in telling}
    # the bias belongs to one layer alone; a kernel's name may be that of another with equal numbers
    biased = [name.rpartition("/")[0] for name in names if name.endswith("/BiasAdd")]
    own = [name for name in telling if name.rpartition("/")[0] in biased]
    return next(iter(own or sorted(telling, key=lambda name: -counts[name])), names[0])


def _is_weighty(op: str) -> bool:
    return plain(op).startswith(_WEIGHTY)


def _without_operator(parts: list[str], op: str) -> list[str]:
    """A path without the operators at its end, that of ONNX or those of TensorFlow."""
    parts = list(parts)
    written = len(parts)
    while len(parts) > 1 and _TENSORFLOW.fullmatch(parts[-1]):
        parts.pop()
    if len(parts) > 2 and parts[-2] == "batchnorm":  # mul_1, add_1: one sum of several
        parts.pop()
    if len(parts) > 1 and parts[-1] in _INNER:
        parts.pop()
    if len(parts) < written:
        return parts
    while parts and _is_operator(parts[-1], op):
        parts.pop()
    return parts


def _says_nothing(name: str, counted: set[str]) -> bool:
    found = _COUNTED.fullmatch(name)
    return bool(_MADE.fullmatch(name) or (found and found[1] in counted))


def _is_operator(part: str, op: str) -> bool:
    """Is this part of a path only the operator's name again, with a counter perhaps?"""
    return _again(op).fullmatch(part) is not None


@cache
def _again(op: str) -> re.Pattern[str]:
    also = {"MatMul": "Gemm", "Gemm": "MatMul"}.get(plain(op), op)  # one is written as the other
    names = "|".join(sorted(map(re.escape, {op, plain(op), also})))
    several = sum(letter.isupper() for letter in op) > 1  # words, as no author calls a layer
    before = rf"({re.escape(op[:2])}\d*_){'?' if several else ''}"
    counted = rf"{before}{re.escape(op)}\d*"
    return re.compile(
        rf"(p2o\.)?(pd_op\.)?({names})(_output)?([._@]+\d+)*|(?-i:{counted})", re.IGNORECASE
    )


def shared(found: Iterable[tuple[Path, bool]]) -> int:
    """How many scopes stand around all of these: the name of the network, which tells nothing."""
    known = {path: own for path, own in found if path}
    if len(known) < _OPERATORS:
        return 0
    first, last = min(known), max(known)
    most = min(len(path) - own for path, own in known.items())
    return next((n for n in range(most) if first[n] != last[n]), most)
