"""Grouping a long row or a wide fan is done in small pieces, however much there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from onnx import NodeProto

from layers.graphs import model as model_of
from layers.graphs import node
from tensorama.engine.contract import whole
from tensorama.layers import find_layers, tree_slices
from tensorama.layers.unit import Level, Unit

COUNT = 6000


def fan() -> list[NodeProto]:
    branches = [node("Conv", f"x w -> b{number}") for number in range(COUNT)]
    return [*branches, node("Sum", " ".join(f"b{number}" for number in range(COUNT)) + " -> y")]


def chain() -> list[NodeProto]:
    last = node("Exp", f"{COUNT} -> y")
    return [*(node("Conv", f"{i or 'x'} w -> {i + 1}") for i in range(COUNT)), last]


def steps() -> list[NodeProto]:
    """Each with a way around it."""
    nodes, x = [], "x"
    for number in range(COUNT // 3):
        nodes += [node("Conv", f"{x} w -> a{number}"), node("Add", f"a{number} {x} -> s{number}")]
        x = f"s{number}"
    return [*nodes, node("Exp", f"{x} -> y")]


@pytest.mark.parametrize("nodes", [fan, chain, steps])
def test_there_are_many_pauses(nodes: Callable[[], list[NodeProto]]) -> None:
    model = model_of(*nodes())
    layers = find_layers(model)
    assert sum(1 for _ in tree_slices(model, {}, layers)) > len(layers) / 50


def test_a_level_is_put_in_order_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    original = Level.__init__

    def counting(self: Level, units: list[Unit], **rest: Any) -> None:
        original(self, units, **rest)
        seen.append(len(units))

    monkeypatch.setattr(Level, "__init__", counting)
    model = model_of(*chain())
    layers = find_layers(model)
    whole(tree_slices(model, {}, layers))
    assert sum(seen) < 8 * COUNT
