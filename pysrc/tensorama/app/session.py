"""What cannot be a value: the open model, its run, its scene. Opens, feeds, runs, calls off."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from tensorama.app.actions import arriving
from tensorama.app.feeding import Feeding, Sizes, Unfed, open_axes
from tensorama.app.items import Items
from tensorama.app.opening import Opened, Outcome, opened, outcome_of
from tensorama.app.running import gently, keep_running
from tensorama.app.runs import Runs
from tensorama.app.signals import Signal
from tensorama.app.sources import Read, Source
from tensorama.app.state import Origin, State
from tensorama.app.store import Store
from tensorama.app.turns import Turns
from tensorama.app.warm import timed_again
from tensorama.engine import Trace
from tensorama.engine.contract import whole
from tensorama.errors import AbandonedError, FeedError, OperatorError, TensoramaError
from tensorama.inputs import input_kind
from tensorama.model import Model
from tensorama.outputs import Answer
from tensorama.phrases import phrase
from tensorama.scene import Scene, build_scene
from tensorama.scene.drawing.standing import Standing
from tensorama.scene.run.costs import costs_of
from tensorama.view import ffi
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

T = TypeVar("T")


class Session:
    """The live model of one box.

    `opened` tells that another model is shown, `ran` that another run is (`finished`: its input is
    whole), `timed` that its times are those of a warm one, `progress` what is going on and how far
    it is, `failed` what went wrong. What the stage raises when a scene is put on it leaves
    everything as it was.
    """

    def __init__(self, store: Store, stage: Stage | Unseen) -> None:
        self._store, self._stage = store, stage
        self.shown: Opened | None = None
        self.items = Items(build_scene((), {}))
        self.opened, self.ran, self.timed = Signal(), Signal(), Signal()
        self.progress, self.failed = Signal(), Signal()
        self.build_ms = 0.0
        self.source: Source | None = None  # that the shown model came from
        self.awaited: State | None = None  # what a link shows of a file that is not here
        self.unfed: Unfed | None = None  # what did not run on what was made up for it
        self.going_on = False  # a person is told that something takes its time
        self._costs: tuple[Trace | None, np.ndarray] = None, np.zeros((0, 4))
        self._openings = Turns(lambda: self._tell(None))
        self._runs = Runs(self._ran, self._tell)
        store.listen(self._fed, "strokes", "seed")

    # what is shown ---------------------------------------------------------------------------

    @property
    def scene(self) -> Scene:
        """The scene of the model that is shown."""
        return self.items.scene

    @property
    def model(self) -> Model | None:
        """The open model."""
        return self.shown.model if self.shown else None

    @property
    def name(self) -> str:
        """What the open model is called."""
        return self.shown.name if self.shown else ""

    @property
    def trace(self) -> Trace | None:
        """The run that is shown."""
        return self.shown.outcome.trace if self.shown else None

    @property
    def answer(self) -> Answer | None:
        """What the network says of what is shown as its input."""
        return self.shown.outcome.answer if self.shown else None

    @property
    def arrays(self) -> Mapping[str, Any]:
        """All that was recorded, also inside of operators, and the weights, by name."""
        if self.shown is None:
            return {}
        trace: Any = self.shown.outcome.trace
        weights: Any = self.shown.model.graph.weights
        return ChainMap(trace, trace.inner, weights)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of everything in which a number can be chosen."""
        return {name: np.shape(array) for name, array in self.arrays.items()}

    @property
    def draws(self) -> bool:
        """Whether the open model takes what is on the pad."""
        return self.shown is not None and input_kind(self.shown.model) is not None

    @property
    def costs(self) -> np.ndarray:
        """What each layer and group takes of time, memory, parameters, multiply-adds (I,4)."""
        trace = self.trace
        if trace is None:
            return np.zeros((len(self.items.names), 4))
        if self._costs[0] is not trace:
            self._costs = trace, costs_of(self.scene, trace)
        return self._costs[1]

    @property
    def busy(self) -> bool:
        """Whether something is being opened or run."""
        return self._openings.busy or self._runs.busy

    # opening ---------------------------------------------------------------------------------

    async def open(self, source: Source, state: State | None = None) -> str:
        """Open a model, which runs it once; what is being opened already is given up for it.

        state: what is to be seen of it then; else it is seen as a whole. Gives the sentence for
        what of that State the model lacks. Only when all went well does it take the place of what
        is shown; otherwise a TensoramaError with one sentence is raised and nothing changes.
        """
        what = phrase("Opening {name}", name=source.name or phrase("the model"))
        return await self._openings.take(what, self._open(source, state))

    async def _open(self, source: Source, wanted: State | None) -> str:
        before, told = self._store.state, ""
        self.unfed = None
        model = await source.model(self._tell)
        if wanted is None and self.awaited is not None:
            wanted, told = self._what_was_awaited(self.awaited, _origin(source))
        state = arriving.of_model(wanted or arriving.fresh(before), _origin(source))
        state = arriving.speaking(state, before)
        feeding = _feeding(state)
        try:
            new = await opened(model, source, feeding, self._tell)
        except (FeedError, OperatorError) as error:
            axes = open_axes(model, error)
            self.unfed = Unfed(Read(model, source), axes, feeding.sizes) if axes else None
            raise
        started = float(ffi.performance.now())
        missing = self._take(new, state, await gently(self._stage.standing(new.scene)))
        self.source = source
        self.build_ms = new.build_ms + float(ffi.performance.now()) - started
        self.background(self._time_again(new.outcome))
        return missing or told

    async def open_in_sizes(self, unfed: Unfed, sizes: Sizes) -> str:
        """Open a model that did not run, with these sizes of what its file leaves open."""
        wanted = arriving.of_sizes(arriving.fresh(self._store.state), sizes)
        return await self.open(unfed.source, wanted)

    def _what_was_awaited(self, awaited: State, came: Origin) -> tuple[State | None, str]:
        """What a link to a local file wanted to show, if this is the file; or what to say."""
        if came.digest == awaited.model.digest:
            self.awaited = None
            return awaited, ""
        if came.name == awaited.model.name:
            return None, phrase(
                "This is another {name} than the link was made with.", name=came.name
            )
        return None, ""

    async def _time_again(self, outcome: Outcome) -> None:
        """Tell the times of a warm run, unless something else was run meanwhile."""

        def wanted() -> bool:
            return self.shown is not None and self.shown.outcome is outcome and not self.busy

        again = await timed_again(outcome.trace, wanted)
        if self.shown is None or self.shown.outcome is not outcome:
            return
        if again:
            outcome = outcome_of(self.scene, again)
        self.shown = replace(self.shown, outcome=replace(outcome, timed=True))
        self.timed.tell()

    def _tell(self, text: str | None, part: float | None = None) -> None:
        self.going_on = text is not None
        self.progress.tell(text, part)

    def _take(self, new: Opened, wanted: State, standing: Standing | None) -> str:
        """Show this model from now on; should that fail, what was shown is shown again."""
        before, state = self.shown, self._store.state
        self._runs.call_off()
        try:
            return self._show(new, wanted, standing)
        except Exception:
            self.shown = before
            if before:
                self._show(before, state)
            raise

    def _show(self, new: Opened, state: State, standing: Standing | None = None) -> str:
        self._stage.show(new.scene, standing)
        self.shown, self.items = new, Items(new.scene)
        state, missing = arriving.fitting(state, self.items, self.shapes)
        self._store.begin(state)
        self.opened.tell()
        self.ran.tell(True)
        self._store.tell()
        return arriving.what_is_missing(missing)

    # running ---------------------------------------------------------------------------------

    async def run(self, feeds: Mapping[str, Any] | None = None, finished: bool = True) -> Trace:
        """Run the model on these feeds, or on what is shown as its input now."""
        if self.model is None:
            raise TensoramaError(phrase("No model is open yet."))
        fed = whole(_feeding(self._store.state).of(self.model)) if feeds is None else feeds
        return await self._runs.run(self.model, fed, finished)

    def _fed(self, before: State, after: State) -> None:
        """The input that is shown has changed."""
        if self.model is not None and (self.draws or before.seed != after.seed):
            self.background(self.run(finished=not self._store.going_on))

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Future[None]:
        """Let some work go on by itself; what goes wrong with it is told by `failed`."""

        async def attempt() -> None:
            try:
                await work
            except AbandonedError:
                return  # as somebody wanted it
            except Exception as error:  # the page's boundary: everything becomes a sentence
                self.failed.tell(error)

        return keep_running(attempt())

    def _ran(self, trace: Trace, finished: bool) -> None:
        assert self.shown is not None
        outcome = replace(outcome_of(self.scene, trace), timed=True)
        self.shown = replace(self.shown, outcome=outcome)
        self.ran.tell(finished)

    async def alone(self, what: str, work: Coroutine[Any, Any, T]) -> T:
        """Do some work that can be called off like an opening; an opening takes its place."""
        return await self._openings.take(what, work)

    def call_off(self) -> None:
        """Give up what is being opened, or else what is being run; what is shown stays."""
        if not self._openings.call_off():
            self._runs.call_off()


def _origin(source: Source) -> Origin:
    """Where a model came from, as a link keeps it."""
    return Origin(source.address, source.name, *source.fingerprint)


def _feeding(state: State) -> Feeding:
    """How the State says that a model is fed."""
    return Feeding(state.strokes, state.seed, dict(state.sizes))
