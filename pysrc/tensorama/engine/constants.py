"""Which nodes compute from weights alone: what they give is the same in every run.

Exporters leave such nodes behind (weights that are generated, turned or dequantized). They are
computed in the first run and kept as long as the model, like the weights themselves.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from tensorama.engine.plan import Call
from tensorama.engine.trace import Step
from tensorama.onnxfile import Graph

_numbers: WeakKeyDictionary[Graph, frozenset[int]] = WeakKeyDictionary()
_steps: WeakKeyDictionary[Graph, dict[int, Step]] = WeakKeyDictionary()


def constant_nodes(graph: Graph, calls: tuple[Call, ...]) -> frozenset[int]:
    """The numbers of the nodes that depend on weights alone.

    What draws at random has a seed among its attributes; what runs an inner graph may see
    everything around it. Neither is constant.
    """
    if graph not in _numbers:
        known = set(graph.weights)
        numbers = set()
        for call in calls:
            if not depends_on_more(call) and all(
                name in known for name in call.node.inputs if name
            ):
                numbers.add(call.node.index)
                known.update(call.node.outputs)
        _numbers[graph] = frozenset(numbers)
    return _numbers[graph]


def depends_on_more(call: Call) -> bool:
    """Whether a node can give something else for the same inputs."""
    return "seed" in call.operator.attributes or "scope" in call.operator.needs


def constant_steps(graph: Graph) -> dict[int, Step]:
    """The steps of such nodes that have been computed, by the number of the node."""
    return _steps.setdefault(graph, {})
