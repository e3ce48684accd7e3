"""What the classes of a model are called, if the file tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile import Graph, Model, Node
from tensorama.onnxfile.notes import LONGEST, read_json, read_python

# what exporters call the note that has the labels
_NOTES = ("labels", "names", "classes", "class_names", "id2label", "label_names", "categories")
# attributes of classifiers; and the model's weights that skl2onnx picks a label from
_ATTRIBUTES = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")


def labels_of(model: Model, count: int) -> tuple[str, ...] | None:
    """The names of so many classes, from the file's notes or its classifier; None if it has none.

    Notes are JSON ("labels": ["cat", "dog"], or {"0": "cat", …}), Python ("{0: 'cat'}", as
    Ultralytics writes it), lines, or words between commas.
    """
    known = _known.setdefault(model, {})
    if count not in known:
        known[count] = _found(model, count)
    return known[count]


def letters_of(trace: Trace, classes: int, count: int) -> list[str]:
    """What the items of a text that was fed are called, if there are so many and the file names
    its classes; [] if not."""
    labels = labels_of(trace.model, classes)
    fed = next((x for x in trace.feeds.values() if np.asarray(x).dtype.kind in "iu"), None)
    if labels is None or fed is None or np.size(fed) != count:
        return []
    known = dict(enumerate(labels))
    return [known.get(int(i), "").replace("\n", "↵") for i in np.ravel(fed)]


_known: WeakKeyDictionary[Model, dict[int, tuple[str, ...] | None]] = WeakKeyDictionary()


def _found(model: Model, count: int) -> tuple[str, ...] | None:
    notes = {name.lower(): text for name, text in model.metadata.items()}
    for name in _NOTES:
        found = _noted(notes.get(name, ""), count)
        if found is not None:
            return found
    return next((found for found in _in_graph(model.graph) if len(found) == count), None)


def _noted(text: str, count: int) -> tuple[str, ...] | None:
    if not text or len(text) > LONGEST:
        return None
    said: Any = read_json(text)
    if said is None:
        said = read_python(text)
    if isinstance(said, Mapping):
        said = _in_order(said, count)
    if said is None and text.lstrip()[:1] not in ("[", "{", '"'):
        parts: list[str] = text.splitlines() if "\n" in text.strip() else text.split(",")
        said = [part.strip() for part in parts if part.strip()]
    if not isinstance(said, list) or len(said) != count:
        return None
    return tuple(_short(label) for label in said)


def _in_order(said: Mapping[Any, Any], count: int) -> list[Any] | None:
    """Labels by number, {"0": "cat"}, or numbers by label, {"cat": 0}."""
    for numbered in (said, {v: k for k, v in said.items() if isinstance(v, int)}):
        by_number = {str(number): label for number, label in numbered.items()}
        if by_number.keys() == {str(number) for number in range(count)}:
            return [by_number[str(number)] for number in range(count)]
    return None


def _short(label: Any) -> str:
    """A label as text; what is no label but a structure is told by its beginning."""
    return str(label)[:200]


def _in_graph(graph: Graph) -> Iterator[tuple[str, ...]]:
    for node in _nodes(graph):
        for name in _ATTRIBUTES:
            labels = node.attributes.get(name)
            if isinstance(labels, tuple) and labels:
                yield tuple(map(_short, labels))
        table = None
        if node.op == "ArrayFeatureExtractor":
            table = next((graph.weights.get(name) for name in node.inputs), None)
        if isinstance(table, np.ndarray) and table.dtype.kind in "OUSiu" and table.size:
            yield tuple(map(_short, table.reshape(-1).tolist()))


def _nodes(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes:
        yield node
        for value in node.attributes.values():
            if isinstance(value, Graph):
                yield from _nodes(value)


_guessed: WeakKeyDictionary[Model, tuple[str, tuple[str, ...]]] = WeakKeyDictionary()


def guess(model: Model, whose: str, names: tuple[str, ...]) -> None:
    """Call so many classes of this model by these names from now on, where its file has none."""
    _guessed[model] = whose, names


def guessed(model: Model, count: int) -> str:
    """Whose names so many classes are called by; "" where that is no guess."""
    whose, names = _guessed.get(model, ("", ()))
    return whose if len(names) == count and labels_of(model, count) is None else ""


def namer(model: Model, count: int) -> Callable[[int], str]:
    """Says what a class is called: its name, a guessed one, or its number."""
    labels = labels_of(model, count)
    if guessed(model, count):
        labels = _guessed[model][1]
    return str if labels is None else labels.__getitem__
