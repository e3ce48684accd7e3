"""What cannot be a value: the open model, its run, its scene. Opens, feeds, runs, calls off."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from tensorama.app.actions import arriving
from tensorama.app.feeding import Feeding, Sizes, Unfed, open_axes
from tensorama.app.items import Items
from tensorama.app.lens import Lens
from tensorama.app.opening import Opened, Outcome, arranged_anew, fits, opened, outcome_of
from tensorama.app.running import gently, keep_running
from tensorama.app.runs import Runs
from tensorama.app.signals import Signal
from tensorama.app.sources import Address, Read, Source
from tensorama.app.state import Origin, State
from tensorama.app.store import Store
from tensorama.app.turns import Turns
from tensorama.app.warm import timed_again
from tensorama.engine import Trace
from tensorama.engine.contract import Slices, whole
from tensorama.errors import AbandonedError, FeedError, OperatorError, TensoramaError
from tensorama.inputs import Drawing, input_kind
from tensorama.model import Model
from tensorama.outputs import Answer, decode
from tensorama.phrases import phrase
from tensorama.scene import Scene, build_scene
from tensorama.scene.run.costs import costs_slices
from tensorama.view import ffi
from tensorama.view.stage import Ready, Stage
from tensorama.view.unseen import Unseen

T = TypeVar("T")
_PICTURE_FIRST = 0.5  # seconds that a warm run waits for it
_SOURCES = 20  # of models that were open and can be opened again


class Session:
    """The live model of one box.

    `lensed` tells that something else than the values is shown in their places, or these again.
    `opened` tells that another model is shown, or the same in other sizes, `ran` that another run
    is (`finished`: its input is whole), `timed` that its times are those of a warm one, `named`
    that its classes have other names, `progress` what is going on and how far it is, `failed` what
    went wrong. What the stage raises when a scene is put on it leaves everything as it was.
    """

    def __init__(self, store: Store, stage: Stage | Unseen) -> None:
        self._store, self._stage = store, stage
        self.shown: Opened | None = None
        self.items = Items(build_scene((), {}))
        self.opened, self.ran, self.timed, self.named = Signal(), Signal(), Signal(), Signal()
        self.lens: Lens | None = None  # through which everything is seen
        self.lensed = Signal()
        self.progress, self.failed = Signal(), Signal()
        self.build_ms = 0.0
        self.source: Source | None = None  # that the shown model came from
        self._sources: dict[Origin, Source] = {}  # of models that were shown, the latest last
        self.awaited: State | None = None  # what a link shows of a file that is not here
        self.unfed: Unfed | None = None  # what did not run on what was made up for it
        self.pictures: dict[str, Any] = {}  # that a person gave, by their names in the State
        self.going_on = False  # a person is told that something takes its time
        self._costs: tuple[Trace | None, np.ndarray] = None, np.zeros((0, 4))
        self.progress.listen(self._notice)
        self._openings = Turns(lambda: self._tell(None))
        self._questions = Turns(lambda: self._tell(None))
        self._runs = Runs(self._ran, self._tell)
        store.listen(self._fed, "strokes", "seed", "given")

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
        return self.drawing is not None

    @property
    def drawing(self) -> Drawing | None:
        """How the open model wants what is on the pad; None if it takes none."""
        return input_kind(self.shown.model) if self.shown else None

    @property
    def has_photo(self) -> bool:
        """Whether something that was given stands in for what is on the pad."""
        drawing = self.drawing
        return drawing is not None and self._feeding(self._store.state).has(drawing.tensor)

    @property
    def costs(self) -> np.ndarray:
        """What each layer and group takes of time, memory, parameters, multiply-adds (I,4)."""
        trace = self.trace
        if trace is None:
            return np.zeros((len(self.items.names), 4))
        return whole(self.costs_slices(trace))

    def costs_slices(self, trace: Trace) -> Slices[np.ndarray]:
        """The same with pauses, of the run that is shown."""
        if self._costs[0] is not trace:
            self._costs = trace, (yield from costs_slices(self.scene, trace))
        return self._costs[1]

    @property
    def busy(self) -> bool:
        """Whether something is being opened or run."""
        return self._openings.busy or self._runs.busy or self._questions.busy

    # opening ---------------------------------------------------------------------------------

    async def open(
        self,
        source: Source,
        state: State | None = None,
        enter: Callable[[State], None] | None = None,
    ) -> str:
        """Open a model, which runs it once; what is being opened already is given up for it.

        state: what is to be seen of it then; else it is seen as a whole. enter: how the store comes
        to that; else it is a step that can be taken back. Gives the sentence for what of that State
        the model lacks. Only when all went well does it take the place of what
        is shown; otherwise a TensoramaError with one sentence is raised and nothing changes.
        """
        what = phrase("Opening {name}", name=source.name or phrase("the model"))
        return await self._openings.take(what, self._open(source, state, enter))

    async def again(self, state: State, enter: Callable[[State], None]) -> str:
        """Open the model of a State that was seen before; see `open`."""
        origin = state.model
        source = self._sources.get(origin) or (Address(origin.address) if origin.address else None)
        if source is None:
            raise TensoramaError(phrase(
                "{name} is not at hand any more; open its file again.",
                name=origin.name or phrase("The model"),
            ))  # fmt: skip
        return await self.open(source, state, enter)

    async def _open(
        self, source: Source, wanted: State | None, enter: Callable[[State], None] | None
    ) -> str:
        before, told = self._store.state, ""
        self.unfed = None
        model = await source.model(self._tell)
        if wanted is None and self.awaited is not None:
            wanted, told = self._what_was_awaited(self.awaited, _origin(source))
        state = arriving.of_model(wanted or arriving.fresh(before), _origin(source))
        state = arriving.speaking(state, before)
        feeding = self._feeding(state)
        try:
            new = await opened(model, source, feeding, self._tell)
        except (FeedError, OperatorError) as error:
            axes = open_axes(model, error)
            self.unfed = Unfed(Read(model, source), axes, feeding.sizes) if axes else None
            raise
        started = float(ffi.performance.now())
        ready = await gently(self._stage.ready(new.scene))
        await asyncio.sleep(0)  # showing it is one piece
        enter = enter or (self._store.enter if self.shown else self._store.begin)
        missing = self._take(new, state, ready, enter)
        self.source = source
        self._sources.pop(state.model, None)  # so that the latest stand last
        self._sources[state.model] = source.first if isinstance(source, Read) else source
        for old in [*self._sources][:-_SOURCES]:
            del self._sources[old]
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
            return shown() and not self.busy

        def shown() -> bool:
            return self.shown is not None and self.shown.outcome.trace is outcome.trace

        await ffi.next_frame(_PICTURE_FIRST)  # what was opened is seen before anything else is done
        again = await timed_again(outcome.trace, wanted)
        if self.shown is None or not shown():
            return
        outcome = outcome_of(self.scene, again) if again else self.shown.outcome
        self.shown = replace(self.shown, outcome=replace(outcome, timed=True))
        self.timed.tell()

    def _tell(self, text: str | None, part: float | None = None) -> None:
        self.progress.tell(text, part)

    def _notice(self, text: str | None, part: float | None = None) -> None:
        """Whoever tells a progress can be called off as long as it is told."""
        self.going_on = text is not None

    def _take(
        self,
        new: Opened,
        wanted: State,
        ready: Ready | None,
        enter: Callable[[State], None],
    ) -> str:
        """Show this model from now on; should that fail, what was shown is shown again."""
        before, state = self.shown, self._store.state
        self._runs.call_off()
        try:
            return self._show(new, wanted, ready, enter)
        except Exception:
            self.shown = before
            if before:
                self._show(before, state, None, self._store.put)
            raise

    def _show(
        self,
        new: Opened,
        state: State,
        ready: Ready | None,
        enter: Callable[[State], None],
    ) -> str:
        self._stage.show(new.scene, ready)
        self.shown, self.items, self.lens = new, Items(new.scene), None
        state, missing = arriving.fitting(state, self.items, self.shapes)
        enter(state)
        self.opened.tell()
        self.ran.tell(True)
        self._store.tell()
        return arriving.what_is_missing(missing)

    # running ---------------------------------------------------------------------------------

    async def run(self, feeds: Mapping[str, Any] | None = None, finished: bool = True) -> Trace:
        """Run the model on these feeds, or on what is shown as its input now."""
        if self.model is None:
            raise TensoramaError(phrase("No model is open yet."))
        fed = whole(self._feeding(self._store.state).of(self.model)) if feeds is None else feeds
        return await self._runs.run(self.model, fed, finished)

    def _feeding(self, state: State) -> Feeding:
        """How the State says that a model is fed."""
        sizes = dict(state.sizes)
        return Feeding(state.strokes, state.seed, sizes, state.given, self.pictures, state.sample)

    def _fed(self, before: State, after: State) -> None:
        """The input that is shown has changed."""
        given = (before.seed, before.given) != (after.seed, after.given)
        if self.model is not None and (self.draws or given):
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

    async def _ran(self, trace: Trace, finished: bool) -> None:
        assert self.shown is not None
        if not fits(self.shown, trace):
            await self._arrange(await arranged_anew(self.shown, trace), finished)
            return
        outcome = replace(outcome_of(self.scene, trace), timed=True)
        self.shown = replace(self.shown, outcome=outcome)
        self.ran.tell(finished)

    def name_anew(self) -> None:
        """Tell again what the run that is shown says: its classes have other names now."""
        if self.shown is not None:
            outcome = self.shown.outcome
            answer = decode(outcome.trace)
            self.shown = replace(self.shown, outcome=replace(outcome, answer=answer))
            self.named.tell()

    async def _arrange(self, new: Opened, finished: bool) -> None:
        """Show the open model with other shapes; what can be taken back stays."""
        ready = await gently(self._stage.ready(new.scene))
        self._stage.show(new.scene, ready)
        self.shown = replace(new, outcome=replace(new.outcome, timed=True))
        self.items, self.lens = Items(new.scene), None
        self._store.put(arriving.fitting(self._store.state, self.items, self.shapes)[0])
        self.opened.tell()
        self.ran.tell(finished)
        self._store.tell()

    async def in_turn(self, what: str, work: Coroutine[Any, Any, T]) -> T:
        """Do some work that can be called off like an opening; an opening takes its place."""
        return await self._openings.take(what, work)

    async def ask(self, what: str, work: Coroutine[Any, Any, T]) -> T:
        """Answer a question to the run that is shown; a newer one takes its place."""
        return await self._questions.take(what, work)

    def tell(self, what: str, part: float) -> None:
        """Say what takes its time, and which part of it is done; it can be called off then."""
        self._tell(what, part)

    def look_through(self, lens: Lens | None) -> None:
        """Show these numbers in the places of the values; None: the values again."""
        if lens is not self.lens:
            self.lens = lens
            self.lensed.tell()

    def seen(self, tensor: str) -> np.ndarray:
        """The numbers that are shown of a tensor."""
        shown = self.lens.arrays.get(tensor) if self.lens else None
        return np.asarray(self.arrays[tensor]) if shown is None else shown

    def call_off(self) -> None:
        """Give up what is being opened, or else what is being run; what is shown stays."""
        if not (self._openings.call_off() or self._questions.call_off()):
            self._runs.call_off()


def _origin(source: Source) -> Origin:
    """Where a model came from, as a link keeps it."""
    return Origin(source.address, source.name, *source.fingerprint)
