"""The story of the page: a model is opened, something is fed, it runs, and everything shows it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.app.answer import AnswerBars
from tensorama.app.appearance import Appearance
from tensorama.app.asking import Asking
from tensorama.app.crumbs import Crumbs
from tensorama.app.feeding import Feeding, Sizes, Unfed, asked_sizes, open_axes
from tensorama.app.files import Files, Given, Waiting
from tensorama.app.finder import Finder
from tensorama.app.focus import Focus
from tensorama.app.frame import Frame
from tensorama.app.gestures import Gestures
from tensorama.app.heat import Heat
from tensorama.app.insight import Insight
from tensorama.app.keys import Keys
from tensorama.app.minimap import Minimap
from tensorama.app.nearby import Nearby
from tensorama.app.notes import Notes, sentence, too_much
from tensorama.app.opening import Opened, Outcome, opened, outcome_of
from tensorama.app.outline import Outline
from tensorama.app.pad import Pad
from tensorama.app.pointing import Pointing
from tensorama.app.running import keep_running
from tensorama.app.runs import Runs
from tensorama.app.sources import Handed, Read, Source
from tensorama.app.steering import Steering
from tensorama.app.timeline import Timeline
from tensorama.app.turns import Turns
from tensorama.app.warm import timed_again
from tensorama.engine import Trace
from tensorama.engine.contract import whole
from tensorama.errors import (
    AbandonedError,
    FeedError,
    MissingFileError,
    OperatorError,
    TensoramaError,
)
from tensorama.inputs import input_kind
from tensorama.model import Model
from tensorama.outputs import Answer
from tensorama.view import ffi
from tensorama.view.labels import Labels
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

_LABELLED = 24  # up to so many output cells have their class written beside them


class Viewer:
    """A box on the page with a live network in it."""

    def __init__(self, frame: Frame, announce: Callable[[str, Any], None]) -> None:
        self.frame = frame
        self._announce = announce
        self.shown: Opened | None = None
        self._summarised = 0  # open layers whose maps do not fit on the graphics card
        self.build_ms = self.ready_ms = 0.0
        self.seed = 0
        self._handlers = ffi.Handlers()
        self._no_picture = ""  # the reason
        self.stage = self._make_stage()
        self.insight = Insight(self)
        steering, focus = self.steering, self.focus = Steering(self), Focus(self)
        self.labels = Labels(frame.part("labels"), steering.toggle, focus.hover)
        self.outline = Outline(frame, steering.set_open, steering.go_to, focus.hover, self._resized)
        self.finder = Finder(frame, steering.go_to, focus.hover)
        self.timeline = Timeline(frame, self.stage, self.labels, focus.hover, steering.go_to)
        self.heat = Heat(frame, self.stage, self.labels, self.timeline)
        self.pointing = Pointing(self)
        self.gestures = Gestures(frame, self.stage, steering.click, self.pointing.at)
        self.bars = AnswerBars(frame.part("answer"))
        self.notes = Notes(frame)
        self.asking = Asking(frame)
        self._openings = Turns(lambda: self.notes.progress(None))
        self._runs = Runs(self._ran, self.notes.progress)
        self.pad = Pad(frame, self._drawn)
        self.nearby = Nearby(self)
        self.crumbs = Crumbs(self)
        self.minimap = Minimap(self)
        self.keys = Keys(self)
        self.appearance = Appearance(self)
        self.files = Files(frame, lambda coming: self.in_background(self.open_files(coming)))
        self._waiting = Waiting()
        self._unfed: Unfed | None = None
        self.sizing: asyncio.Future[None] | None = None  # while a person is asked for sizes
        self._bind()
        self._resized()
        if self._no_picture:
            self.outline.put_up(for_good=True)
            self.notes.say(self._no_picture)

    def _make_stage(self) -> Stage | Unseen:
        """The picture, or where the browser cannot draw it, the outline in its place."""
        try:
            return Stage(self.frame.part("scene"), self._after_frame)
        except TensoramaError as error:
            self._no_picture = str(error)
            self.frame.box.classList.add("tr-unseen")
            return Unseen(self._after_frame)

    # opening a model -------------------------------------------------------------------------

    async def open(self, source: Source, sizes: Sizes | None = None) -> None:
        """Open a model, which runs it once; what is being opened already is given up for it.

        `sizes` are those of axes that the file leaves open.

        Only when all of that went well does it take the place of what is shown; otherwise a
        TensoramaError with one sentence is raised and nothing changes.
        """
        if self.sizing:  # of a model that is no longer wanted
            self.asking.refuse()
        work = self._open(source, sizes or {})
        await self._openings.take(f"Opening {source.name or 'the model'}", work)

    async def _open(self, source: Source, sizes: Sizes) -> None:
        self._unfed = None
        model = await source.model(self.notes.progress)
        try:
            feeding = Feeding(self.pad.strokes, sizes=sizes)
            new = await opened(model, source, feeding, self.notes.progress)
        except (FeedError, OperatorError) as error:
            axes = open_axes(model, error)
            self._unfed = Unfed(Read(model, source), axes, sizes) if axes else None
            raise
        started = float(ffi.performance.now())
        self._take(new)
        self.build_ms = new.build_ms + float(ffi.performance.now()) - started
        self.in_background(self._time_again(new.outcome))

    async def _ask_sizes(self, unfed: Unfed) -> None:
        """Let a person say the sizes on which a model can run, and open it with those."""
        sizes = await asked_sizes(self.asking, unfed)
        self.sizing = None
        if sizes is not None:
            await self.open(unfed.source, sizes)

    async def _time_again(self, outcome: Outcome) -> None:
        """Tell the times of a warm run, unless something else was run meanwhile."""

        def wanted() -> bool:
            return self.shown is not None and self.shown.outcome is outcome and not self.busy

        again = await timed_again(outcome.trace, wanted)
        if self.shown is None or self.shown.outcome is not outcome:
            return
        if again:
            outcome = outcome_of(self.stage.scene, again)
            self.stage.player.take(outcome.seconds)
            self.stage.request_frame()
            self.heat.take(again)
        self.shown = replace(self.shown, outcome=replace(outcome, timed=True))

    @property
    def busy(self) -> bool:
        """Whether something is being opened or run."""
        return self._openings.busy or self._runs.busy

    def call_off(self) -> None:
        """Give up what is being opened, or else what is being run; what is shown stays."""
        if not self._openings.call_off():
            self._runs.call_off()

    def _take(self, new: Opened) -> None:
        """Show this model from now on; should that fail, what was shown is shown again."""
        before = self.shown
        self._runs.call_off()
        try:
            self._show(new)
        except Exception:
            self.shown = before
            if before:
                self._show(before)
            raise
        self.frame.box.dataset.address = new.address
        if before is None:
            self.frame.part("poster").classList.add("tr-gone")
            self.ready_ms = float(ffi.performance.now())
            self._announce("ready", {"model": new.name, "readyMs": round(self.ready_ms, 1)})

    def _show(self, new: Opened) -> None:
        self.stage.show(new.scene)
        is_first = self.shown is None
        self.shown = new
        self.seed = 0
        self.steering.forget()  # first: what follows asks where one is
        self.insight.forget()
        self.pointing.forget()
        self.minimap.forget()
        self.labels.show(new.scene)
        self.outline.show(new.scene, self.name)
        self.finder.show(new.scene, new.shapes)
        self.stage.set_scale_mode(self.appearance.scale_mode)
        self._show_input_kind(new.model)
        self.frame.part("count").textContent = f"· {new.model.parameters:,} parameters"
        self.frame.button("replay").disabled = False
        self.notes.dismiss()
        self._summarised = 0
        if self._no_picture and is_first:
            self.notes.say(self._no_picture)
        self._show_run(new.outcome, from_dark=True)

    # what is shown ---------------------------------------------------------------------------

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

    def _draws(self) -> bool:
        """Whether the open model takes what is on the pad."""
        return self.model is not None and input_kind(self.model) is not None

    def _show_input_kind(self, model: Model) -> None:
        draws = self._draws()
        self.frame.box.classList.toggle("tr-no-pad", not draws)
        self.frame.part("pad-box").hidden = self.frame.part("under-pad").hidden = not draws
        made_up = self.frame.part("made-up")
        made_up.hidden = draws
        if not draws:
            names = ", ".join(value.name for value in model.graph.inputs) or "nothing"
            made_up.querySelector("span").textContent = f"Fed with seeded noise: {names}."
        self._resized()

    # running ---------------------------------------------------------------------------------

    async def run(self, feeds: Mapping[str, Any] | None = None, show: bool = True) -> Trace:
        """Run the model on these feeds, or on what is shown as its input now."""
        if self.shown is None or self.model is None:
            raise TensoramaError("No model is open yet.")
        if feeds is None:
            feeds = whole(Feeding(self.pad.strokes, self.seed, self.shown.sizes).of(self.model))
        return await self._runs.run(self.model, feeds, show)

    def _ran(self, trace: Trace, finished: bool) -> None:
        outcome = replace(outcome_of(self.stage.scene, trace), timed=True)
        self._show_run(outcome, from_dark=finished)

    def _show_run(self, outcome: Outcome, from_dark: bool) -> None:
        """Let the run pass through the picture, and write down the answer."""
        assert self.shown is not None
        self.shown = replace(self.shown, outcome=outcome)
        trace, blocks = outcome.trace, self.stage.scene.blocks
        self.stage.set_values(
            lambda n: blocks[n].picture.values(np.asarray(trace[blocks[n].picture.tensor]))
        )
        self.stage.play(outcome.seconds, from_dark)
        self.heat.take(trace)
        self.bars.show(self.answer, to_nothing=not self.pad.strokes and self._draws())
        self._write_labels()
        self.pointing.refresh()
        self.insight.refresh()
        told = {"tensors": len(trace), "runMs": round(trace.seconds * 1000, 3)}
        self._announce("trace", told)

    def _write_labels(self) -> None:
        """Write the classes beside the cells of the output, the answer's one strong."""
        answer = self.answer
        number = next(
            (n for n, b in enumerate(self.stage.scene.blocks)
             if answer and b.layer.tensor == answer.tensor), -1,
        )  # fmt: skip
        if answer and number >= 0 and self.stage.scene.blocks[number].picture.cols == 1:
            words = [candidate.label for candidate in answer.candidates[:_LABELLED]]
            self.labels.write_beside(number, words, answer.best.index)
        else:
            self.labels.write_beside(-1, ())

    def reseed(self) -> None:
        """Feed other noise."""
        self.seed += 1
        self.in_background(self.run())

    def _drawn(self, finished: bool) -> None:
        if self._draws():
            self.in_background(self.run(show=finished))

    def in_background(self, work: Any) -> asyncio.Future[None]:
        """Let some work go on by itself; what goes wrong with it is said."""

        async def attempt() -> None:
            try:
                await work
            except AbandonedError:
                return  # as somebody wanted it
            except Exception as error:  # the page's boundary: everything becomes a sentence
                self.complain(error)

        return keep_running(attempt())

    def _resized(self) -> None:
        room, density = self.frame.room(), min(2.0, float(ffi.window.devicePixelRatio))
        self.stage.resize(room, density)
        self.nearby.figures.resize(room, density)
        self.outline.measure()

    def _after_frame(self) -> None:
        if isinstance(self.stage, Stage):
            self.labels.follow(self.stage)
            if self.stage.summarised > self._summarised:  # said once, and again if it gets worse
                self._summarised = self.stage.summarised
                self.notes.say(too_much(self._summarised))
        self.nearby.follow()
        self.minimap.follow()
        self.timeline.follow()
        self.heat.follow()

    # what a person does ----------------------------------------------------------------------

    def _bind(self) -> None:
        actions: dict[str, Callable[[], None]] = {
            "openAll": self.steering.open_level,
            "closeAll": self.steering.close_level,
            "fit": self.stage.fit,
            "theme": self.appearance.toggle_theme,
            "scale": self.appearance.next_scale,
            "reseed": self.reseed,
            "dismiss": self.notes.dismiss,
            "callOff": self.call_off,
            "help": self.notes.toggle_help,
            "outline": self.outline.toggle,
            "search": self.finder.open,
            "putAway": self.outline.put_away,
            "whole": self.steering.go_out,
            "back": self.steering.back,
            "forward": self.steering.forward,
        }
        for action, do in actions.items():
            self._handlers.do(self.frame.button(action), "click", do)
        observer = self._handlers.keep(lambda entries, observer: self._resized())
        self._observer = ffi.js.ResizeObserver.new(observer)
        self._observer.observe(self.frame.box)

    async def open_files(self, coming: Coroutine[Any, Any, Given]) -> None:
        """Open the model among files that were dropped or picked; what is wrong with it is said
        with its name."""
        given = self._waiting.joined(await coming)
        name = ""
        try:
            source = Handed(given)
            name = f"{source.name}: "
            await self.open(source)
        except AbandonedError:
            raise
        except MissingFileError as error:
            self._waiting.keep(given, error)
            raise TensoramaError(f"{name}{error}") from error
        except TensoramaError as error:
            raise TensoramaError(f"{name}{error}") from error

    def complain(self, error: BaseException) -> None:
        """Tell a person what went wrong; everything stays as it was."""
        text = sentence(error)
        if not isinstance(error, (TensoramaError, MemoryError)):
            traceback.print_exception(error)  # for whoever looks into the console
        self.notes.say(text)
        self._announce("error", {"message": text})
        if self._unfed:
            self.sizing = self.in_background(self._ask_sizes(self._unfed))
            self._unfed = None

    def announce_selection(self, selection: dict[str, Any]) -> None:
        """Tell the host page which number was selected."""
        self._announce("select", selection)

    def dispose(self) -> None:
        """Take the box down and give everything back."""
        self.shown = None
        self._observer.disconnect()
        for part in (
            self.asking,
            self.keys,
            self.crumbs,
            self.minimap,
            self.files,
            self.appearance,
            self.gestures,
            self.pad,
            self.timeline,
            self.heat,
            self.outline,
            self.finder,
            self.stage,
        ):
            part.dispose()
        self.labels.dispose()
        self._handlers.remove()
        self.frame.box.replaceChildren()
