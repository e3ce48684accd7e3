"""The story of the page: a model is opened, something is fed, it runs, and everything shows it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorama import engine
from tensorama.app.answer import AnswerBars
from tensorama.app.appearance import Appearance
from tensorama.app.crumbs import Crumbs
from tensorama.app.fetching import fetch_bytes, file_bytes
from tensorama.app.files import Files
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
from tensorama.app.outline import Outline
from tensorama.app.pad import Pad
from tensorama.app.pointing import Pointing
from tensorama.app.running import gently, keep_running, run_gently
from tensorama.app.steering import Steering
from tensorama.app.timeline import Timeline
from tensorama.engine import Step, Trace
from tensorama.engine.contract import Slices
from tensorama.errors import TensoramaError
from tensorama.inputs import default_feeds, input_kind, rasterize
from tensorama.layers import find_layers, layer_tree
from tensorama.model import Model, load
from tensorama.outputs import Answer, decode
from tensorama.scene import Scene, build_scene
from tensorama.scene.pictures.reading import readings
from tensorama.scene.run.costs import counted_at
from tensorama.view import ffi
from tensorama.view.labels import Labels
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

_LABELLED = 24  # up to so many output cells have their class written beside them


def _scene_of(model: Model, trace: Trace) -> Slices[tuple[Scene, dict[str, tuple[int, ...]]]]:
    """What there is to be shown of a model and its first run, and the shape of every tensor."""
    shapes = {n: a.shape for n, a in trace.items() if isinstance(a, np.ndarray)}
    layers = find_layers(model)
    yield
    root = layer_tree(model, shapes, layers)
    yield
    read = readings(model.graph, trace, trace.inner)
    yield
    outputs = [value.name for value in model.graph.outputs]
    return build_scene(layers, shapes, root, outputs, read), shapes


class Viewer:
    """A box on the page with a live network in it."""

    def __init__(self, frame: Frame, announce: Callable[[str, Any], None]) -> None:
        self.frame = frame
        self._announce = announce
        self.model: Model | None = None
        self.name = ""
        self.trace: Trace | None = None
        self.answer: Answer | None = None
        self._summarised = 0  # open layers whose maps do not fit on the graphics card
        self.busy = False
        self.build_ms = self.ready_ms = 0.0
        self.seed = 0
        self._wanted: tuple[Mapping[str, Any], bool] | None = None
        self._running: asyncio.Future[Trace] | None = None
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
        self.pad = Pad(frame, self._drawn)
        self.nearby = Nearby(self)
        self.crumbs = Crumbs(self)
        self.minimap = Minimap(self)
        self.keys = Keys(self)
        self.appearance = Appearance(self)
        self.files = Files(frame, lambda file: self.in_background(self.open_file(file)))
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

    async def open(self, source: str | bytes | bytearray, name: str = "") -> None:
        """Open a model from an address or from bytes and run it once; a bytearray is then its own.

        Only when all of that went well does it take the place of what is shown; otherwise a
        TensoramaError with one sentence is raised and nothing changes.
        """
        self.busy = True
        try:
            if isinstance(source, str):
                name = name or source.rsplit("/", 1)[-1].split("?")[0]
                source = await fetch_bytes(source, self._fetching(name))
            self.notes.progress(f"Reading {name or 'the model'}")
            model = load(source, keep=isinstance(source, bytearray))
            del source  # bytes are not held beside the weights that were copied out of them
            await gently(engine.check_with_pauses(model))
            feeds = self._feeds_for(model)
            trace = await run_gently(model, feeds, self._first_run(model))
            self.notes.progress("Arranging the layers", 1.0)
            started = ffi.performance.now()
            scene, shapes = await gently(_scene_of(model, trace))
        finally:
            self.busy = False
            self.notes.progress(None)
        self._take(model, trace, scene, shapes, name)
        self.build_ms = ffi.performance.now() - started

    def _fetching(self, name: str) -> Callable[[int, int], None]:
        def tell(got: int, of: int) -> None:
            part = got / of if of else None
            amount = f"{got / 1e6:.1f} of {of / 1e6:.1f} MB" if of else f"{got / 1e6:.1f} MB"
            self.notes.progress(f"Fetching {name}: {amount}", part)

        return tell

    def _first_run(self, model: Model) -> Callable[[Step, int], None]:
        count = len(model.graph.nodes)

        def tell(step: Step, number: int) -> None:
            if number % 5 == 0 or step.seconds > 0.02:
                self.notes.progress(f"Computing {step.node.label}", number / count)

        return tell

    def _feeds_for(self, model: Model) -> dict[str, np.ndarray]:
        """What is on the pad, for a model that takes drawings; else something made up."""
        drawing = input_kind(model)
        if drawing:
            return {drawing.tensor: rasterize(self.pad.strokes, drawing)}
        return default_feeds(model, self.seed if model is self.model else 0)

    def _take(
        self,
        model: Model,
        trace: Trace,
        scene: Scene,
        shapes: Mapping[str, tuple[int, ...]],
        name: str,
    ) -> None:
        """Show this model from now on."""
        self.stage.show(scene)  # the last thing that can fail
        is_first = self.model is None
        self.model, self.name = model, model.metadata.get("title") or name
        self.seed = 0
        self.steering.forget()  # first: what follows asks where one is
        self.insight.forget()
        self.pointing.forget()
        self.minimap.forget()
        self.labels.show(scene)
        self.outline.show(scene, self.name)
        self.finder.show(scene, shapes)
        self.stage.set_scale_mode(self.appearance.scale_mode)
        self._show_input_kind(model)
        self.frame.part("count").textContent = f"· {model.parameters:,} parameters"
        self.frame.button("replay").disabled = False
        self.notes.dismiss()
        self._summarised = 0
        if self._no_picture and is_first:
            self.notes.say(self._no_picture)
        self._show_run(trace, from_dark=True)
        self.frame.part("poster").classList.add("tr-gone")

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
        if self.model is None:
            raise TensoramaError("No model is open yet.")
        self._wanted = (self._feeds_for(self.model) if feeds is None else feeds, show)
        if self._running is None:
            self._running = asyncio.ensure_future(self._run_wanted())
        return await asyncio.shield(self._running)

    async def _run_wanted(self) -> Trace:
        """Run what was asked for last, until nothing newer is waiting."""
        self.busy = True
        try:
            while True:
                assert self._wanted is not None
                assert self.model is not None
                model, (feeds, finished) = self.model, self._wanted
                self._wanted = None
                trace = await run_gently(model, feeds)
                newer: object = self._wanted
                if newer is None or not finished:
                    if model is self.model:
                        self._show_run(trace, from_dark=finished)
                    if newer is None:
                        return trace
        finally:
            self.busy = False
            self._running = None

    def _show_run(self, trace: Trace, from_dark: bool) -> None:
        """Let the run pass through the picture, and write down the answer."""
        self.trace = trace
        blocks = self.stage.scene.blocks
        self.stage.set_values(
            lambda n: blocks[n].picture.values(np.asarray(trace[blocks[n].picture.tensor]))
        )
        self.stage.play(self._seconds(trace), from_dark)
        self.heat.take(trace)
        self.answer = decode(trace)
        self.bars.show(self.answer, to_nothing=not self.pad.strokes and self._draws())
        self._write_labels()
        milliseconds = trace.seconds * 1000
        self.pointing.refresh()
        self.insight.refresh()
        self._announce("trace", {"tensors": len(trace), "runMs": round(milliseconds, 3)})

    def _seconds(self, trace: Trace) -> np.ndarray:
        """How long each block took: the sum of the nodes that count at it."""
        took = np.zeros(len(self.stage.scene.blocks))
        at = counted_at(self.stage.scene, trace.model.graph)
        for step in trace.steps:
            if at[step.node.index] >= 0:
                took[at[step.node.index]] += step.seconds
        return took

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

    def in_background(self, work: Any) -> None:
        """Let some work go on by itself; what goes wrong with it is said."""

        async def attempt() -> None:
            try:
                await work
            except Exception as error:  # the page's boundary: everything becomes a sentence
                self.complain(error)

        keep_running(attempt())

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

    async def open_file(self, file: Any) -> None:
        """Open a file that was dropped or picked; what is wrong with it is said with its name."""
        try:
            await self.open(await file_bytes(file, self._fetching(file.name)), str(file.name))
        except TensoramaError as error:
            self.notes.progress(None)
            raise TensoramaError(f"{file.name}: {error}") from error

    def complain(self, error: BaseException) -> None:
        """Tell a person what went wrong; everything stays as it was."""
        text = sentence(error)
        if not isinstance(error, TensoramaError):
            traceback.print_exception(error)  # for whoever looks into the console
        self.notes.say(text)
        self._announce("error", {"message": text})

    def announce_selection(self, selection: dict[str, Any]) -> None:
        """Tell the host page which number was selected."""
        self._announce("select", selection)

    def dispose(self) -> None:
        """Take the box down and give everything back."""
        self._observer.disconnect()
        for part in (
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
