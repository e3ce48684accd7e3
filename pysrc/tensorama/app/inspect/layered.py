"""What is known of a layer or a group without computing anything: gathered from scene and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.engine import Trace
from tensorama.layers import Layer
from tensorama.onnxfile import Node
from tensorama.phrases import Phrase
from tensorama.scene.build import Block
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.run.costs import MULTIPLY_ADDS, PARAMETERS, SECONDS
from tensorama.scene.words import short_name

if TYPE_CHECKING:  # the page is made without a browser
    from tensorama.app.desk import Desk

_ORDER = (MULTIPLY_ADDS, PARAMETERS)  # by the first of these that says anything


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A layer or group that another one gets its values from, or has in it.

    `costs`: as `scene.run.costs` has them. `number`: of it in the scene.
    """

    number: int
    name: str
    op: str
    shape: tuple[int, ...]
    costs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Layered:
    """A layer or a group of a network, and what a run says of it.

    `nodes`: those that do its work, `aside`: how many others compute constants or arrange values.
    `reads`: what it gets its values from. `members`: of a group. `costs`, `whole`: what it takes,
    and what the whole network does. `block`: that shows it, of a group its face. `labels`: the
    names of its cells, if it is the answer.
    """

    layer: Layer
    block: Block
    nodes: tuple[Node, ...]
    aside: int
    reads: tuple[Member, ...]
    members: tuple[Member, ...]
    costs: np.ndarray
    whole: np.ndarray
    trace: Trace
    arrays: Mapping[str, Any]
    inputs: tuple[Block, ...] = ()  # what the network is fed with
    labels: tuple[str, ...] = ()

    @property
    def picture(self) -> Picture:
        """How its tensor is drawn."""
        return self.block.picture

    @property
    def array(self) -> Any:
        """What it made in this run."""
        return self.arrays[self.picture.tensor]

    @property
    def is_group(self) -> bool:
        """Whether there are layers in it."""
        return bool(self.layer.children)


def layered(desk: Desk, number: int) -> Layered:
    """All that is told of a layer or group of the network that is open."""
    session, items = desk.session, desk.items
    scene, tree, trace = items.scene, items.tree, session.trace
    assert trace is not None
    costs = session.costs
    layer, face = scene.layer(number), tree.face(number)

    around = [scene.layer(item).name for item in (*tree.around(number), number)]

    def member(item: int) -> Member:
        one = scene.layer(item)
        shape = scene.blocks[tree.face(item)].picture.shape
        name = one.name if isinstance(one.name, Phrase) else short_name(one.name, around)
        return Member(item, name, one.op, shape, costs[item])

    numbers = {block.layer.name: n for n, block in enumerate(scene.blocks)}
    reads = [member(numbers[name]) for name in layer.reads if name in numbers]
    children = tree.levels[number].items if tree.group(number) else ()
    nodes = layer.work or layer.nodes
    answer = session.answer
    tensor = scene.blocks[face].picture.tensor
    labels = answer.candidates if answer and answer.tensor == tensor else ()
    return Layered(
        layer, scene.blocks[face], tuple(nodes), len(layer.nodes) - len(nodes),
        tuple(reads), tuple(map(member, children)), costs[number],
        costs[: len(scene.blocks)].sum(axis=0), trace, session.arrays,
        tuple(block for block in scene.blocks if block.layer.kind == "input"),
        tuple(candidate.label for candidate in labels),
    )  # fmt: skip


def measure_of(facts: Layered) -> int:
    """By what the members of a group are compared: the column of their costs."""
    return next((column for column in _ORDER if facts.costs[column] > 0), SECONDS)
