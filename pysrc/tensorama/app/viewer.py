"""The story of the page: a model is opened, something is fed, it runs, and everything shows it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorama import engine
from tensorama.app.answer import AnswerBars
from tensorama.app.fetching import fetch_bytes
from tensorama.app.finder import Finder
from tensorama.app.frame import Frame
from tensorama.app.gestures import Gestures
from tensorama.app.heat import Heat
from tensorama.app.history import History, Place
from tensorama.app.keys import Keys
from tensorama.app.notes import Notes, sentence
from tensorama.app.outline import Outline
from tensorama.app.pad import Pad
from tensorama.app.pointing import Pointing
from tensorama.app.running import keep_running, run_gently
from tensorama.app.timeline import Timeline
from tensorama.engine import Step, Trace
from tensorama.errors import TensoramaError
from tensorama.inputs import default_feeds, input_kind, rasterize
from tensorama.layers import find_layers, layer_tree
from tensorama.model import Model, load
from tensorama.outputs import Answer, decode
from tensorama.scene import build_scene
from tensorama.scene.levels import reachable
from tensorama.view import ffi
from tensorama.view.labels import Labels
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

_SCALES = ("per map", "per layer", "network")
_LABELLED = 24  # up to so many output cells have their class written beside them


class Viewer:
    """A box on the page with a live network in it."""

    def __init__(self, frame: Frame, announce: Callable[[str, Any], None]) -> None:
        self.frame = frame
        self._announce = announce
        self.model: Model | None = None
        self.name = ""
        self.trace: Trace | None = None
        self.answer: Answer | None = None
        self.busy = False
        self.build_ms = self.ready_ms = 0.0
        self.seed = 0
        self.scale_mode = 1
        self.pointed: int | None = None  # the layer or group whose name is under the pointer
        self._followed: tuple[int, bool] | None = None
        self._wanted: tuple[Mapping[str, Any], bool] | None = None
        self._running: asyncio.Future[Trace] | None = None
        self._followed_system = True
        self._handlers = ffi.Handlers()
        self._no_picture = ""  # the reason
        self.stage = self._make_stage()
        self.labels = Labels(frame.part("labels"), self.toggle, self.hover)
        self.outline = Outline(frame, self.set_open, self.go_to, self.hover, self._resized)
        self.finder = Finder(frame, self.go_to, self.hover)
        self.history = History()
        self.timeline = Timeline(frame, self.stage, self.labels, self.hover, self.go_to)
        self.heat = Heat(frame, self.stage, self.labels, self.timeline)
        self.pointing = Pointing(self)
        self.gestures = Gestures(frame, self.stage, self._click, self.pointing.at)
        self.bars = AnswerBars(frame.part("answer"))
        self.notes = Notes(frame)
        self.pad = Pad(frame, self._drawn)
        self.keys = Keys(self)
        self._bind()
        self._follow_system_theme()
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

    async def open(self, source: str | bytes, name: str = "") -> None:
        """Open a model from an address or from bytes and run it once.

        Only when all of that went well does it take the place of what is shown; otherwise a
        TensoramaError with one sentence is raised and nothing changes.
        """
        self.busy = True
        try:
            if isinstance(source, str):
                name = name or source.rsplit("/", 1)[-1].split("?")[0]
                data = await fetch_bytes(source, self._fetching(name))
            else:
                data = source
            self.notes.progress(f"Reading {name or 'the model'}")
            model = load(data)
            engine.check(model)
            feeds = self._feeds_for(model)
            trace = await run_gently(model, feeds, self._first_run(model))
        finally:
            self.busy = False
            self.notes.progress(None)
        self._take(model, trace, name)

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
        return default_feeds(model, self.seed)

    def _take(self, model: Model, trace: Trace, name: str) -> None:
        """Show this model from now on."""
        started = ffi.performance.now()
        shapes = {n: a.shape for n, a in trace.items() if isinstance(a, np.ndarray)}
        root = layer_tree(model, shapes)
        outputs = [value.name for value in model.graph.outputs]
        scene = build_scene(find_layers(model), shapes, root, outputs)
        self.stage.show(scene)  # the last thing that can fail
        is_first = self.model is None
        self.model, self.name = model, model.metadata.get("title") or name
        self.pointing.forget()
        self.history.forget()
        self._show_ways()
        self.labels.show(scene)
        self.outline.show(scene, self.name)
        self.finder.show(scene, shapes)
        self.stage.set_scale_mode(self.scale_mode)
        self._show_input_kind(model)
        self.frame.part("model").textContent = self.name
        self.frame.part("count").textContent = f" · {model.parameters:,} parameters"
        self.frame.button("replay").disabled = False
        self.notes.dismiss()
        if self._no_picture and is_first:
            self.notes.say(self._no_picture)
        self._show_run(trace, from_dark=True)
        self.build_ms = ffi.performance.now() - started
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
        self._announce("trace", {"tensors": len(trace), "runMs": round(milliseconds, 3)})

    def _seconds(self, trace: Trace) -> np.ndarray:
        """How long each block took: the sum of its nodes."""
        took = {step.node.index: step.seconds for step in trace.steps}
        return np.array([
            sum(took.get(node.index, 0.0) for node in block.layer.nodes)
            for block in self.stage.scene.blocks
        ])  # fmt: skip

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
        self._in_background(self.run())

    def _drawn(self, finished: bool) -> None:
        if self._draws():
            self._in_background(self.run(show=finished))

    def _in_background(self, work: Any) -> None:
        async def attempt() -> None:
            try:
                await work
            except Exception as error:  # the page's boundary: everything becomes a sentence
                self.complain(error)

        keep_running(attempt())

    # layers ----------------------------------------------------------------------------------

    def set_open(self, items: set[int]) -> None:
        """Open exactly these layers and groups."""
        here = self._here()
        self._open(items)
        if self.stage.opened != here.opened:
            self.history.leave(here)
            self._show_ways()

    def _open(self, items: set[int]) -> None:
        self.stage.set_open(items)
        self.labels.set_open(self.stage.opened)
        self.outline.follow(self.stage.opened)
        self.pointing.at(None, None)

    def toggle(self, item: int) -> None:
        """Open what is closed, close what is open: a layer, or a group of layers."""
        self.set_open(self.stage.opened ^ {item})

    def go_to(self, item: int) -> None:
        """Bring a layer or a group close, wherever it is folded away."""
        self.history.leave(self._here())
        self._open(self.stage.opened | {*self.stage.scene.tree.around(item)})
        self.stage.fly_to(item)
        self.outline.select(item)
        self._show_ways()

    def back(self) -> None:
        """Go back to where one was before the last jump."""
        self._return_to(self.history.back(self._here()))

    def forward(self) -> None:
        """Go again to where one came back from."""
        self._return_to(self.history.forward(self._here()))

    def _here(self) -> Place:
        return Place(self.stage.heading, frozenset(self.stage.opened), self.stage.following)

    def _return_to(self, place: Place | None) -> None:
        if place is not None:
            self._open(set(place.opened))
            self.stage.look(lambda camera: place.camera)
            if place.following:
                self.stage.fit()
            self._show_ways()

    def _show_ways(self) -> None:
        """The buttons for back and forward can be pressed where there is a way."""
        for action, there in zip(("back", "forward"), self.history.ways, strict=True):
            self.frame.button(action).disabled = not there

    def open_all(self) -> None:
        """Open every group and every layer that has maps to show."""
        scene = self.stage.scene
        self.set_open(set(range(len(scene.blocks) + len(scene.tree.groups))))

    def close_all(self) -> None:
        """Close every layer and every group."""
        self.set_open(set())

    def open_level(self) -> None:
        """Open one level more: the groups that are seen, or the layers if no group is closed."""
        scene, opened = self.stage.scene, self.stage.opened
        seen = {scene.tree.visible(block, opened) for block in range(len(scene.blocks))}
        closed = {item for item in seen if scene.tree.group(item)}
        self.set_open(opened | (closed or seen))

    def close_level(self) -> None:
        """Close one level: the open layers, or the innermost open groups if no layer is open."""
        scene, opened = self.stage.scene, self.stage.opened
        layers = {item for item in opened if not scene.tree.group(item)}
        outer = {group for item in opened for group in scene.tree.around(item)}
        self.set_open(opened - (layers or opened - outer))

    def _click(self, x: float, y: float) -> None:
        hit = self.stage.pick(x, y)
        if hit is None:
            return
        item = self.stage.scene.tree.visible(hit.block, self.stage.opened)
        if self.stage.scene.tree.group(item) or self.stage.scene.blocks[item].opens:
            self.toggle(item)
        else:
            self.pointing.select_hit(hit)

    def hover(self, item: int | None) -> None:
        """Let everything but this layer or group, what it reads and what reads it recede."""
        self.pointed = item
        self.outline.light(item)
        if item is None:
            self.stage.focus(None)
            return
        links, members = self.stage.scene.links, self._members(item)
        sources = {int(a) for a, b in links if int(b) in members}
        readers = {int(b) for a, b in links if int(a) in members}
        self._focus_on(members | sources | readers)

    def follow(self, forward: bool) -> None:
        """Let everything recede but all that the pointed layer is computed from or, forward, all
        that is computed from it; again, or without a layer, all comes back."""
        item = self.pointed if self.pointed is not None else self.pointing.item()
        if item is None or self._followed == (item, forward):
            self._followed = None
            self.stage.focus(None)
            return
        self._followed = (item, forward)
        self._focus_on(reachable(self.stage.scene.links, self._members(item), forward))

    def _members(self, item: int) -> set[int]:
        group = self.stage.scene.tree.group(item)
        return set(group.members) if group else {item}

    def _focus_on(self, blocks: set[int]) -> None:
        tree, opened = self.stage.scene.tree, self.stage.opened
        faces = {tree.face(tree.visible(block, opened)) for block in blocks}
        self.stage.focus(blocks | faces)

    # the look --------------------------------------------------------------------------------

    def set_theme(self, theme: str) -> None:
        """Show the page in "dark" or "light"."""
        self.frame.box.dataset.theme = theme
        self.stage.set_theme(theme)
        self.pad.draw()

    def toggle_theme(self) -> None:
        """Change between dark and light; the system is not followed any more."""
        self._followed_system = False
        self.set_theme("light" if self.stage.theme == "dark" else "dark")

    def _follow_system_theme(self) -> None:
        dark = ffi.window.matchMedia("(prefers-color-scheme: dark)")
        calm = ffi.window.matchMedia("(prefers-reduced-motion: reduce)")
        self.stage.calm = bool(calm.matches)
        self.set_theme("dark" if dark.matches else "light")

        def changed(event: Any) -> None:
            self.stage.calm = bool(calm.matches)
            if self._followed_system:
                self.set_theme("dark" if dark.matches else "light")

        for preference in (dark, calm):
            self._handlers.on(preference, "change", changed)

    def next_scale(self) -> None:
        """Share the colour scale by map, by layer, or over the whole network: the next of these."""
        self.scale_mode = (self.scale_mode + 1) % len(_SCALES)
        self.stage.set_scale_mode(self.scale_mode)
        self.frame.button("scale").textContent = _SCALES[self.scale_mode]
        self.pointing.refresh()

    def _resized(self) -> None:
        self.stage.resize(self.frame.room(), min(2.0, float(ffi.window.devicePixelRatio)))
        self.outline.measure()

    def _after_frame(self) -> None:
        if isinstance(self.stage, Stage):
            self.labels.follow(self.stage)
        self.timeline.follow()
        self.heat.follow()

    # what a person does ----------------------------------------------------------------------

    def _bind(self) -> None:
        actions: dict[str, Callable[[], None]] = {
            "openAll": self.open_level,
            "closeAll": self.close_level,
            "fit": self.stage.fit,
            "theme": self.toggle_theme,
            "scale": self.next_scale,
            "reseed": self.reseed,
            "dismiss": self.notes.dismiss,
            "help": self.notes.toggle_help,
            "outline": self.outline.toggle,
            "search": self.finder.open,
            "putAway": self.outline.put_away,
            "back": self.back,
            "forward": self.forward,
            "file": lambda: self.frame.part("file").click(),
        }
        for action, do in actions.items():
            self._handlers.do(self.frame.button(action), "click", do)
        self._handlers.on(self.frame.part("file"), "change", self._picked)
        for event in ("dragenter", "dragover"):
            self._handlers.on(self.frame.box, event, self._dragged)
        self._handlers.on(self.frame.box, "dragleave", self._drag_left)
        self._handlers.on(self.frame.box, "drop", self._dropped)
        observer = self._handlers.keep(lambda entries, observer: self._resized())
        self._observer = ffi.js.ResizeObserver.new(observer)
        self._observer.observe(self.frame.box)

    def _picked(self, event: Any) -> None:
        files = event.target.files
        if files.length:
            self._in_background(self.open_file(files.item(0)))
        event.target.value = ""

    def _dragged(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = False

    def _drag_left(self, event: Any) -> None:
        if ffi.found(event.relatedTarget) is None or not self.frame.box.contains(
            event.relatedTarget
        ):
            self.frame.part("drop").hidden = True

    def _dropped(self, event: Any) -> None:
        event.preventDefault()
        self.frame.part("drop").hidden = True
        files = event.dataTransfer.files
        if files.length:
            self._in_background(self.open_file(files.item(0)))

    async def open_file(self, file: Any) -> None:
        """Open a file that was dropped or picked; what is wrong with it is said with its name."""
        try:
            data = await file.arrayBuffer()
            await self.open(data.to_bytes(), str(file.name))
        except TensoramaError as error:
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
            self.gestures,
            self.pad,
            self.timeline,
            self.heat,
            self.outline,
            self.finder,
            self.stage,
        ):
            part.dispose()
        self.labels.clear()
        self._handlers.remove()
        self.frame.box.replaceChildren()
