"""What to call a layer: the name its author gave it or, where there is none, what it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tensorama.layers.kinds import plain
from tensorama.onnxfile import Node

_MADE = re.compile(r"\d*|node_.*")  # a number, and what PyTorch calls each node
_COUNTED = re.compile(r"(.*?)_?\d+")
_OPERATORS = 3  # so many operators with one name but for a number: it says nothing of them
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KINDS = {"normalization": "norm", "convolution": "conv", "dense": "dense", "recurrent": ""}
_WORDS = {
    "Add": "sum", "Sum": "sum", "Sub": "difference", "Mul": "product", "Div": "quotient",
    "MaxPool": "max pool", "AveragePool": "mean pool", "GlobalAveragePool": "global mean pool",
    "GlobalMaxPool": "global max pool", "ReduceMean": "mean", "ReduceMax": "max",
    "ReduceMin": "min", "ReduceSum": "sum", "ReduceProd": "product", "Upsample": "resize",
    "ConvTranspose": "transposed conv",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A layer that has no name yet: its kind, the node it starts with, those that do its work, and
    the numbers of the layers that it reads. A model's input has no nodes but a `name`. `words`:
    what it does."""

    kind: str
    start: Node | None
    work: Sequence[Node]
    reads: Sequence[int]
    name: str = ""
    words: Sequence[str] = ()


def layer_names(
    parts: Sequence[Part], roles: Mapping[int, str], nodes: Iterable[Node] = ()
) -> list[str]:
    """Give each layer a name that no other has.

    PyTorch's `/features/conv1/Conv` becomes `features/conv1`; a node without a name is called by
    its first output. What only a program counted (`node_MatMul_71`, `Conv_12`, `n7`, `123`) is no
    name: within the scope that its author gave it, such a layer is called by its role, or else by
    its operator in plain words. roles: by number, as far as known. nodes: all of the model's.
    """
    counters = _counters(nodes)
    found = [_authored(part.start, counters) if part.start else ((), False) for part in parts]
    scopes = {path[:end] for path, _ in found for end in range(1, len(path))}
    alone = Counter(path for path, own in found if path and not own)
    names = []
    for number, (part, (path, own)) in enumerate(zip(parts, found, strict=True)):
        authored = bool(part.name) or own or (alone[path] == 1 and path not in scopes)
        words = path if authored else (*path, roles.get(number) or word_of(part))
        names.append((part.name or "/".join(words), authored))
    return _unique(names)


def word_of(part: Part) -> str:
    """What a layer does, in a word or two: "conv", "max pool", "sum"."""
    op = plain(part.work[0].op if part.work else part.start.op if part.start else part.kind)
    if part.kind == "dense" and len(part.reads) > 1:
        return "product"
    return _WORDS.get(op) or _KINDS.get(part.kind) or _plain(op)


@cache
def _plain(op: str) -> str:
    """An operator's name as words: GatherND → gather ND, Softmax → softmax; LSTM stays."""
    words = _CAPITAL.split(op) if re.fullmatch(r"[A-Z][A-Za-z0-9]*", op) else [op]
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def _counters(nodes: Iterable[Node]) -> set[str]:
    """What stands before the numbers of names that tell nothing: the `n` of n0, n1, n2, …"""
    operators: dict[str, set[str]] = {}
    for node in nodes:
        counted = _COUNTED.fullmatch(node.name.rpartition("/")[2])
        if counted:
            operators.setdefault(counted[1], set()).add(node.op)
    return {stem for stem, ops in operators.items() if len(ops) >= _OPERATORS}


def _authored(node: Node, counters: set[str]) -> tuple[tuple[str, ...], bool]:
    """The parts of a name that an author gave, and whether the last one is the layer's own rather
    than that of a scope around it."""
    raw = node.name or next((name for name in node.outputs if name), "")
    parts = [part for part in raw.split("/") if part]
    count = len(parts)
    while parts and _is_operator(parts[-1], node.op):
        parts.pop()
    if parts and len(parts) == count and _says_nothing(parts[-1], counters):
        parts.pop()
    return tuple(parts), 0 < len(parts) == count


def _says_nothing(name: str, counters: set[str]) -> bool:
    counted = _COUNTED.fullmatch(name)
    return bool(_MADE.fullmatch(name) or (counted and counted[1] in counters))


def _is_operator(part: str, op: str) -> bool:
    """Is this part of a path only the operator's name again, with a counter perhaps?"""
    return _again(op).fullmatch(part) is not None


@cache
def _again(op: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(op)}(_output)?(_\d+)*", re.IGNORECASE)


def _unique(names: Sequence[tuple[str, bool]]) -> list[str]:
    """Number names that are there more than once; those of authors come first."""
    authored = {name for name, by_author in names if by_author}
    times = Counter(name for name, by_author in names if not by_author)
    counts: dict[str, int] = {}
    taken: set[str] = set()
    unique = []
    for name, by_author in names:
        given = name
        if name in taken or (not by_author and (times[name] > 1 or name in authored)):
            count = counts.get(name, int(name in authored))
            while given == name or given in taken or given in authored:
                count += 1
                given = f"{name} {count}"
            counts[name] = count
        taken.add(given)
        unique.append(given)
    return unique
