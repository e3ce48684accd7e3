"""Is an output the answer of a classifier? What its name, its size and its makers say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from tensorama.onnxfile import Graph, Model, Node, ValueInfo

# how many classes the usual data sets have: digits and CIFAR, VOC, commands, pets, traffic signs,
# COCO, CIFAR-100, food, flowers, Places, Kinetics, AudioSet, ImageNet; not 62 or 196, which are
# as often the numbers of a face
USUAL = frozenset({10, 20, 21, 35, 37, 43, 80, 81, 91, 100, 101, 102, 365, 400, 521, 527, 600, 700,
                   1000, 1001, 8631, 11221, 21841, 21843})  # fmt: skip
_CLASSES = re.compile(
    r"logit|class|(^|[^a-z])cls([^a-z]|$)|categor|label|prob|softmax|emotion|gender|sentiment|"
    r"intent|(^|[^a-z])scores?([^a-z]|$)|(^|[^a-z])predictions?([^a-z]|$)"
)
_OTHER = re.compile(
    r"anchor|box|landmark|points?([^a-z]|$)|kps|pose|joint|(^|[^a-z])(mos|hn|cn|h_?n|c_?n|loc|reg)"
    r"([^a-z]|$)|state|hidden|cell|embed|feature|latent|vector|encod|offset|delta|mask|depth|angle|"
    r"quality|mean|variance|sigma|cache|present|age([^a-z]|$)"
)
_PASSING = {"Cast", "Dropout", "Flatten", "Gather", "Identity", "ReduceMean", "Reshape", "Slice",
            "Squeeze", "Transpose", "Unsqueeze"}  # fmt: skip
RECURRENT = {"DynamicQuantizeLSTM", "GRU", "LSTM", "RNN"}
_SQUASHED = {"Sigmoid", "Softmax", "HardSigmoid"}


_gathered: WeakKeyDictionary[Graph, Evidence] = WeakKeyDictionary()


def evidence_of(model: Model) -> Evidence:
    """What a model's file says of its outputs, gathered once."""
    if model.graph not in _gathered:
        _gathered[model.graph] = Evidence(model)
    return _gathered[model.graph]


class Evidence:
    """What the file says of its outputs."""

    def __init__(self, model: Model) -> None:
        self._outputs = {value.name: value for value in model.graph.outputs}
        self._lengths = {
            size
            for value in model.graph.inputs
            for size in (value.shape or ())
            if isinstance(size, str)
        }
        self._makers: dict[str, Node] = {}
        self._note(model.graph)

    def _note(self, graph: Graph) -> None:
        for node in graph.nodes:
            self._makers.update(dict.fromkeys(node.outputs, node))
            for value in node.attributes.values():
                if isinstance(value, Graph):
                    self._note(value)

    def makers(self, name: str) -> Iterator[Node]:
        """The nodes that made an output's values, behind those that only pass them on."""
        waiting, met = [name], {name}
        while waiting:
            current = waiting.pop()
            node = self._makers.get(current)
            if node is None:
                continue
            branches = [g for g in node.attributes.values() if isinstance(g, Graph)]
            place = node.outputs.index(current)
            before = [g.outputs[place].name for g in branches if place < len(g.outputs)]
            if node.op in _PASSING:
                before = [*node.inputs[:1]]
            elif node.op != "If":
                yield node
                continue
            waiting += [n for n in before if n not in met]
            met.update(before)

    def is_probability(self, name: str) -> bool:
        """Whether its numbers were made into shares, 0..1."""
        return any(node.op in _SQUASHED for node in self.makers(name))

    def is_other(self, name: str, shape: tuple[int, ...]) -> bool:
        """Whether it is certainly no classes: a state, or as long as something that was fed, or a
        row for each step of which there happened to be one."""
        value: ValueInfo | None = self._outputs.get(name)
        declared = (value.shape if value is not None else None) or ()
        if declared and declared[-1] in self._lengths:
            return True
        steps = zip(declared[1:], shape[1:], strict=False)
        if any(size == 1 and not isinstance(said, int) for said, size in steps):
            return True
        return any(node.op in RECURRENT for node in self.makers(name))

    @staticmethod
    def says_classes(name: str) -> bool:
        return bool(_CLASSES.search(name.lower()))

    @staticmethod
    def says_other(name: str) -> bool:
        return bool(_OTHER.search(name.lower()))
