"""What an operator with graphs inside of it does, told from these: an If, a Loop, a Scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from tensorama.layers.authored import unwrapped
from tensorama.layers.kinds import ARRANGING, COMPARING, MEASURING, SORTS, kind_of, plain
from tensorama.onnxfile import Graph, Node
from tensorama.phrases import joined

_MOST = 4096  # nodes inside that are looked at: those of a longer row do the same again
_SAID = 3  # scopes, or sorts of operators, that are told
_DECIDING = COMPARING | ARRANGING | {"Not", "And", "Or", "Xor"}
_TELLING = ("convolution", "dense", "recurrent", "attention", "trees")  # what a network does


def graphs_in(node: Node) -> list[Graph]:
    """The branches of an If, the body of a Loop or a Scan."""
    return [value for value in node.attributes.values() if isinstance(value, Graph)]


def _inside(node: Node) -> Iterator[Node]:
    """All that the largest of them computes, at every depth."""
    graphs = graphs_in(node)
    if graphs:
        for inner in max(graphs, key=lambda graph: len(graph.nodes)).nodes:
            yield inner
            yield from _inside(inner)


def arranges(node: Node) -> bool:
    """Whether a node only arranges values; so does an If between two ways of arranging them."""
    if node.op != "If":
        return node.op in ARRANGING
    inner = [one.op for graph in graphs_in(node) for one in graph.nodes]
    return len(inner) <= _SAID * 2 and ARRANGING.union(MEASURING, {"Constant"}).issuperset(inner)


def sort_of(node: Node) -> str:
    """The kind of layer that a node starts, of a whole network inside of it "operation"."""
    if not graphs_in(node):
        return kind_of(node.op)
    kinds = {kind_of(inner.op) for inner in islice(_inside(node), _MOST)}
    telling = kinds.intersection(_TELLING)
    return telling.pop() if len(telling) == 1 else "operation"


def _counted(node: Node) -> Counter[str]:
    """The operators inside that tell what it does, and how many of each."""
    found = islice(_inside(node), _MOST)
    return Counter(plain(inner.op) for inner in found if kind_of(inner.op) in _TELLING)


def spoken_inside(node: Node) -> str:
    """What is computed inside, in operators: "If: Conv ×5 + LSTM"; "" if nothing tells."""
    counts = _counted(node)
    words = [op if n == 1 else f"{op} ×{n}" for op, n in counts.most_common(_SAID)]
    more = " + …" if len(counts) > _SAID else ""
    return f"{node.op}: {' + '.join(words)}{more}" if words else ""


def called_inside(node: Node) -> str:
    """What the authors of what is inside called its parts: "stft, encoder, decoder"; or else what
    sorts of layers are there: "convolutions, recurrent layers", "LSTM". "" if nothing tells."""
    scopes: dict[str, None] = {}
    for inner in islice(_inside(node), _MOST):
        parts = unwrapped(inner.name, inner.op)
        if len(parts) > 1:
            scopes[parts[0]] = None
    if 1 < len(scopes) <= _SAID:
        return ", ".join(scopes)
    counts = _counted(node)
    kinds = dict.fromkeys(SORTS[kind_of(op)] for op in counts)
    return joined(", ", kinds) if sum(counts.values()) > 1 else "".join(counts)


def deciding(nodes: Iterable[Node], uses: list[list[str]], kept: set[str]) -> set[int]:
    """The nodes that only work out which branch an If takes. uses: what each node reads. kept:
    tensors that somebody else wants to see."""
    nodes = list(nodes)
    if not any(node.op == "If" for node in nodes):
        return set()
    readers = Counter(name for used in uses for name in used)
    decided = Counter(node.inputs[0] for node in nodes if node.op == "If" and node.inputs)
    found = set[int]()
    for node in reversed(nodes):
        made = [name for name in node.outputs if name]
        if node.op in _DECIDING and made and kept.isdisjoint(made) and all(
            decided[name] == readers[name] for name in made
        ):  # fmt: skip
            found.add(node.index)
            decided.update(uses[node.index])
    return found
