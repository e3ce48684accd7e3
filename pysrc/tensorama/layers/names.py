"""What to call a layer: the name its author gave it or, where there is none, what it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from tensorama.engine.contract.slices import Slices, whole
from tensorama.layers.authored import Path, authored, counters, of_weights, shared
from tensorama.layers.branches import called_inside
from tensorama.layers.kinds import plain
from tensorama.onnxfile import Node
from tensorama.phrases import Phrase, joined, phrase

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KINDS = {
    "normalization": phrase("norm"), "convolution": phrase("conv"), "dense": phrase("dense"),
    "recurrent": "",
}  # fmt: skip
_SUM, _PRODUCT = phrase("sum"), phrase("product")
_WORDS = {
    "Add": _SUM, "Sum": _SUM, "Sub": phrase("difference"), "Mul": _PRODUCT,
    "Div": phrase("quotient"), "MaxPool": phrase("max pool"), "AveragePool": phrase("mean pool"),
    "GlobalAveragePool": phrase("global mean pool"), "GlobalMaxPool": phrase("global max pool"),
    "ReduceMean": phrase("mean"), "ReduceMax": phrase("max"), "ReduceMin": phrase("min"),
    "ReduceSum": _SUM, "ReduceProd": _PRODUCT, "Upsample": phrase("resize"),
    "ConvTranspose": phrase("transposed conv"),
}  # fmt: skip

_PARTS = 100  # that are looked at in one slice
_SPELLED = frozenset({"Select", "Magnitude", "Normalize", "Softmax", "LogSoftmax", "OneHot"})


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
    its operator in plain words. A scope around the whole network is left out. roles: by number, as
    far as known. nodes: all of the model's.
    """
    return whole(name_slices(parts, roles, nodes))


def name_slices(
    parts: Sequence[Part], roles: Mapping[int, str], nodes: Iterable[Node] = ()
) -> Slices[list[str]]:
    """The same in slices, so that a page can breathe between them."""
    found = yield from _paths(parts, nodes)
    yield
    scopes = {path[:end] for path, _ in found for end in range(1, len(path))}
    alone = Counter(path for path, own in found if path and not own)
    names = []
    for number, (part, (path, own)) in enumerate(zip(parts, found, strict=True)):
        given = bool(part.name) or own or (alone[path] == 1 and path not in scopes)
        word = () if given else (roles.get(number) or word_of(part),)
        names.append((part.name or _path((*_joined(path), *word)), given))
        if number % _PARTS == 0:
            yield
    return _unique(names)


def _paths(parts: Sequence[Part], nodes: Iterable[Node]) -> Slices[list[tuple[Path, bool]]]:
    """What authors called each layer, as `authored` gives it; by its weights where nodes say
    nothing."""
    counted = counters(nodes)
    yield
    found = list[tuple[Path, bool]]()
    for part in parts:
        found.append(authored(part.start, counted) if part.start else ((), False))
        if len(found) % _PARTS == 0:
            yield
    noted = [bool(part.start and part.start.scope) for part in parts]
    around = shared([one for one, scope in zip(found, noted, strict=True) if not scope])
    found = [
        (path if scope else path[around:], own)
        for (path, own), scope in zip(found, noted, strict=True)
    ]
    weights = list[dict[str, None]]()
    for part in parts:
        weights.append(dict.fromkeys(filter(None, map(of_weights, part.work))))
        if len(weights) % _PARTS == 0:
            yield
    readers = Counter(name for names in weights for name in names)
    for number, names in enumerate(weights):
        own_weights = next((name for name in names if readers[name] == 1), "")
        if own_weights and not found[number][0]:  # what several layers share tells none of them
            found[number] = tuple(own_weights.split("/")), True
    return found


def _path(parts: Sequence[str]) -> str:
    """The parts of a way; our own word at its end can be said in other languages."""
    if isinstance(parts[-1], Phrase):
        return joined("/", parts) if len(parts) > 1 else parts[-1]
    return "/".join(parts)


def _joined(path: Sequence[str]) -> Sequence[str]:
    """A path of which each part says all before it again, as its last part alone."""
    again = len(path) > 1 and all(b.startswith(f"{a}.") for a, b in pairwise(path))
    return path[-1:] if again else path


def word_of(part: Part) -> str:
    """What a layer does, in a word or two: "conv", "max pool", "sum"."""
    first = part.words[0] if part.words else ""
    if first in _SPELLED:
        return _plain(first)
    first_node = part.work[0] if part.work else part.start
    called = called_inside(first_node) if first_node else ""
    if called:
        return called
    op = plain(first_node.op if first_node else part.kind)
    if part.kind == "dense" and len(part.reads) > 1:
        return _PRODUCT
    return _WORDS.get(op) or _KINDS.get(part.kind) or _plain(op)


@cache
def _plain(op: str) -> str:
    """An operator's name as words: GatherND → gather ND, Softmax → softmax; LSTM stays."""
    words = _CAPITAL.split(op) if re.fullmatch(r"[A-Z][A-Za-z0-9]*", op) else [op]
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def _numbered(name: str, count: int) -> str:
    if isinstance(name, Phrase):
        return phrase("{name} {number}", name=name, number=count)
    return f"{name} {count}"


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
                given = _numbered(name, count)
            counts[name] = count
        taken.add(given)
        unique.append(given)
    return unique
