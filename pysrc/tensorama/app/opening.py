"""Opening a model: everything that can go wrong with it does so here, before any of it is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tensorama import engine
from tensorama.app import later
from tensorama.app.feeding import Feeding, Sizes
from tensorama.app.running import gently, run_gently
from tensorama.app.sources import Source, Tell
from tensorama.engine import Step, Trace
from tensorama.engine.contract import Slices
from tensorama.inputs import input_kind
from tensorama.layers import layer_slices, tree_slices
from tensorama.model import Model
from tensorama.outputs import Answer, decode, is_read
from tensorama.phrases import phrase
from tensorama.scene import Scene, scene_slices
from tensorama.scene.pictures.reading import reading_slices
from tensorama.scene.run.costs import counted_at
from tensorama.view import ffi

_OFTEN = 0.08  # seconds after which a person is told again how far a run is
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A run, and what is told of it: the answer, and the seconds that each block took.

    `timed`: these will not be measured again.
    """

    trace: Trace
    answer: Answer | None
    seconds: np.ndarray
    timed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A model that ran: all there is to be shown of it."""

    model: Model
    name: str
    scene: Scene
    shapes: Shapes
    outcome: Outcome
    build_ms: float = 0.0
    address: str = ""  # where it came from, if it has an address
    sizes: Sizes = field(default_factory=dict)  # that a person gave where the file leaves them open


async def opened(model: Model, source: Source, feeding: Feeding, tell: Tell) -> Opened:
    """Run a model that came from this source once on what is made for it, and arrange it.

    `tell(text, part)` is told how far it is. Raises TensoramaError with one sentence.
    """
    await gently(engine.check_with_pauses(model))
    tell(phrase("Making up inputs"), None)
    if not input_kind(model) or is_read(model):
        await later.bring(later.WAYS)
    feeds = await gently(feeding.of(model))
    trace = await run_gently(model, feeds, _first_run(model, tell), listen=False)
    tell(phrase("Arranging the layers"), 1.0)
    started = float(ffi.performance.now())
    scene, shapes = await gently(_scene_of(model, trace))
    await asyncio.sleep(0)  # what it says is read in one piece
    outcome = outcome_of(scene, trace)
    name = model.metadata.get("title") or source.name
    spent = float(ffi.performance.now()) - started
    return Opened(model, name, scene, shapes, outcome, spent, source.address, feeding.sizes)


def fits(shown: Opened, trace: Trace) -> bool:
    """Whether what is shown of a model has room for this run: each tensor has the shape it had."""
    tensors = {block.picture.tensor for block in shown.scene.blocks}
    return all(np.shape(trace[t]) == shown.shapes.get(t) for t in tensors if t in shown.shapes)


async def arranged_anew(shown: Opened, trace: Trace) -> Opened:
    """The same model, arranged for a run on an input of another shape."""
    scene, shapes = await gently(_scene_of(shown.model, trace))
    return replace(shown, scene=scene, shapes=shapes, outcome=outcome_of(scene, trace))


def outcome_of(scene: Scene, trace: Trace) -> Outcome:
    """What there is to be told of a run."""
    took = np.zeros(len(scene.blocks))
    at = counted_at(scene, trace.model.graph)
    for step in trace.steps:  # the nodes that count at a block
        if at[step.node.index] >= 0:
            took[at[step.node.index]] += step.seconds
    return Outcome(trace, decode(trace), took)


def _first_run(model: Model, tell: Tell) -> Callable[[Step, int], None]:
    count, told = len(model.graph.nodes), 0.0

    def on_step(step: Step, number: int) -> None:
        nonlocal told
        now = time.perf_counter()
        if now - told > _OFTEN:
            told = now
            tell(phrase("Computing {node}", node=step.node.label), number / count)

    return on_step


def _scene_of(model: Model, trace: Trace) -> Slices[tuple[Scene, Shapes]]:
    """What there is to be shown of a model and a run, and the shape of every tensor."""
    shapes = {n: a.shape for n, a in trace.items() if isinstance(a, np.ndarray)}
    layers = yield from layer_slices(model)
    yield
    root = yield from tree_slices(model, shapes, layers)
    yield
    read = yield from reading_slices(model.graph, trace, trace.inner)
    yield
    outputs = [value.name for value in model.graph.outputs]
    return (yield from scene_slices(layers, shapes, root, outputs, read)), shapes
