"""What it depends on: the influence of everything on one number, in the picture and in a panel.

State.depends ─→ attribute_slices, in slices ─→ Lens ─→ session.look_through ─→ the 3D picture,
                                             └─→ this panel: the map over the input, beside
that of another number, of shuffled weights, and how the number falls as parts are deleted
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tensorama.app.actions import asking, opening, selecting, travelling
from tensorama.app.cells import answer_cell, called
from tensorama.app.deeper import asked, falling, overlay
from tensorama.app.deeper.elements import element, keep_beside
from tensorama.app.desk import Desk
from tensorama.app.lens import Lens
from tensorama.app.running import breathe
from tensorama.app.state import METHODS, CellName, Depends
from tensorama.engine import Trace
from tensorama.engine.contract.slices import Parts
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.explain.gradients import Attribution, Deletion, Randomized, attribute_slices
from tensorama.explain.gradients.sanity import deletion_slices, randomized_slices
from tensorama.outputs.labels import letters_of
from tensorama.phrases import counted, phrase, sentences
from tensorama.scene.pictures.colour import THEMES
from tensorama.scene.pictures.picture import Picture, picture_of
from tensorama.view import ffi

_LONG = 0.4  # seconds after which a person is told of it
_CHEAP = 1.5  # seconds that a check may take without being asked for
_CHECKS = 85  # runs of a check
_SIDE = 132.0  # CSS pixels of a map, at most


@dataclass(slots=True, eq=False)
class Found:
    """What is known so far of one question to one run."""

    trace: Trace
    asked: Depends
    made: Attribution | None = None
    other: Attribution | None = None
    shuffled: Randomized | None = None
    fall: Deletion | None = None
    problem: str = ""
    before: Found | None = None  # what stood here, should this be called off
    charts: list[tuple[Picture, str]] = field(default_factory=list)  # of the canvases


class Panel:
    """Asks and shows, as long as the State says so."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._found: Found | None = None
        self._checked = False  # a person asked for the check of this network
        self._build()
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "click", self._clicked)
        self._handlers.on(self._panel, "change", self._chose)
        self._handlers.on(self._panel, "keydown", self._pressed)
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(lambda finished: self._ask())
        desk.spoken.listen(self._write)
        desk.resized.listen(lambda: keep_beside(self._panel, desk.frame))
        desk.store.listen(lambda before, after: self._ask(), "depends")
        desk.store.listen(lambda before, after: self._write(), "theme")
        self._ask()

    def _build(self) -> None:
        self._panel = element("section", "tr-depends", hidden="")
        self._title, self._methods = element("h2"), element("p", "tr-dep-methods", role="group")
        self._ways = element("p", "tr-dep-ways")
        self._maps, self._said = element("div", "tr-dep-maps"), element("div", "tr-dep-said")
        self._check = element("div", "tr-dep-check")
        top, body = element("div", "tr-dep-top"), element("div", "tr-dep-body")
        top.append(self._title, self._ways)
        body.append(self._maps, self._said, self._check)
        self._panel.append(top, self._methods, body)
        self.desk.frame.box.append(self._panel)

    def _begin(self) -> None:
        self._found, self._checked = None, False
        self._show()

    def _show(self) -> None:
        shown = self.desk.state.depends is not None
        if shown is not bool(self._panel.hidden):
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = not shown
        self.desk.frame.box.classList.toggle("tr-asking", shown)
        if inside and not shown:
            self.desk.frame.part("scene").focus()
        self.desk.resized.tell()

    # asking ----------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Find out what is asked for now, if that is not known yet."""
        session, wanted = self.desk.session, self.desk.state.depends
        trace, found = session.trace, self._found
        self._show()
        if wanted is None or trace is None:
            self._found = None
            session.look_through(None)
            return
        if (
            found is None
            or found.trace is not trace
            or found.asked.target != wanted.target
            or ((found.asked.method, found.asked.layer) != (wanted.method, wanted.layer))
        ):
            self._found = Found(trace, wanted)
            if found and found.trace is trace:
                self._found.before = found if found.made else found.before
                found.before = None
        elif found.asked != wanted:
            self._found = Found(trace, wanted, found.made, fall=found.fall)
            if found.asked.against == wanted.against:
                self._found.other = found.other
        session.background(self._answer(self._found))

    async def _answer(self, found: Found | None) -> None:
        if found is None:
            return
        what = phrase("What {name} depends on", name=called(self.desk, found.asked.target))
        try:
            await self.desk.session.ask(what, self._find(found, what))
        except AbandonedError as error:
            if not error.superseded and self._found is found:
                self._stay(found)
        except TensoramaError as error:
            if self._found is found:
                found.problem = error.sentence
                self.desk.session.look_through(None)
                self._write()

    def _stay(self, found: Found) -> None:
        """Something was called off: show what there is, or what there was before."""
        before, state, asked_for = found.before, self.desk.state, found.asked
        self._checked = self._checked and found.fall is not None
        if found.made:
            against = asked_for.against if found.other else None
            there = replace(asked_for, against=against, shuffled=found.shuffled is not None)
            if there == asked_for:
                self._write()
            else:
                self.desk.do(asking.back_to(state, there))
        elif before:
            self._found = before
            self.desk.do(asking.back_to(state, before.asked))
        else:
            self.desk.do(asking.unasked(state))

    async def _find(self, found: Found, what: str) -> None:
        """One after the other, what costs least first; each is shown as soon as it is there."""
        want, trace = found.asked, found.trace
        options: dict[str, Any] = (
            {"layer": want.layer} if want.method == "grad_cam" and want.layer else {}
        )
        if found.made is None:
            self._write()
            found.made = await self._slowly(
                attribute_slices(trace, *want.target, want.method, **options), what
            )
            found.before = None
            self._look_through(found)
            await asyncio.sleep(0)  # what is drawn in 3D, and what stands here, one by one
        if want.against and found.other is None:
            found.other = await self._slowly(
                attribute_slices(trace, *want.against, want.method, **options), what
            )
        self._write()
        at = self._tested(found.made)
        if want.shuffled and found.shuffled is None:
            said = phrase("The same with shuffled weights")
            found.shuffled = await self._slowly(
                randomized_slices(trace, found.made, at, **options), said
            )
            self._write()
        if found.fall is None and self._checks(found):
            said = phrase("Deleting what this map calls important")
            found.fall = await self._slowly(deletion_slices(trace, found.made, at), said)
            self._write()

    def _checks(self, found: Found) -> bool:
        """Whether the map is checked: it takes little, or a person wanted it."""
        return self._checked or found.trace.seconds * _CHECKS < _CHEAP

    def _tested(self, made: Attribution) -> str | None:
        """The tensor whose map is checked, if there are several."""
        return None if len(made.maps) == 1 else next(iter(self._shown_of(made)), None)

    async def _slowly(self, slices: Parts[Any], what: str) -> Any:
        """The result of sliced work; the page goes on, and is told how far it is."""
        began = turn = time.perf_counter()
        done = 0.0
        try:
            while True:
                try:
                    part = next(slices)
                except StopIteration as stop:
                    return stop.value
                done = done if part is None else part
                now = await breathe(turn)
                if now != turn and now - began > _LONG:
                    told = phrase("{what} ({seconds:.0f} s)", what=what, seconds=now - began)
                    self.desk.session.tell(told, done)
                turn = now
        finally:
            slices.close()  # here, where it began: it may be called off

    def _look_through(self, found: Found) -> None:
        """Show the map in the picture instead of the values."""
        made = found.made
        assert made is not None
        method, name = found.asked.method, called(self.desk, found.asked.target)
        arrays: dict[str, np.ndarray] = {n: np.asarray(a) for n, a in made.maps.items()}
        otherwise, alone = phrase("nothing of this went into it"), method not in asked.EVERYWHERE
        if alone:
            otherwise = phrase("this method speaks of other layers")
        if method == "grad_cam":
            arrays = self._cam(arrays, found.trace)
        why = {tensor: dark.sentence for dark in made.dark for tensor in dark.tensors}
        title = phrase("{method}: {name}", method=asked.NAMES[method], name=name)
        lens = Lens(asked.CALLED[method], title, arrays, why, otherwise, alone)
        self.desk.session.look_through(lens)

    def _cam(self, arrays: Mapping[str, np.ndarray], trace: Trace) -> dict[str, np.ndarray]:
        """The one map of Grad-CAM over all maps of its layer, and over the input."""
        ((layer, spoken),) = arrays.items()
        found = {layer: np.broadcast_to(spoken, np.shape(trace[layer]))}
        for name in _fed(trace):
            shape = np.shape(trace[name])
            if len(shape) == spoken.ndim == 4:
                found[name] = overlay.stretched(spoken, shape)
        return found

    # the panel -------------------------------------------------------------------------------

    def _write(self) -> None:
        """Everything as it is known now, in the language that is spoken now."""
        desk, found, wanted = self.desk, self._found, self.desk.state.depends
        if wanted is None or found is None:
            return
        self._write_top(wanted)
        say, made = desk.say, found.made
        focused = self.desk.frame.active
        name = focused is not None and ffi.found(focused.getAttribute("data-ask"))
        self._maps.replaceChildren()
        self._said.replaceChildren()
        self._check.replaceChildren()
        found.charts.clear()
        if found.problem:
            self._said.append(element("p", text=say(found.problem)))
        elif made is None:
            self._said.append(element("p", "tr-dep-quiet", say(phrase("Following it back …"))))
        else:
            self._write_maps(found, made)
            self._write_said(found, made)
            self._write_check(found)
        if name:
            again = ffi.found(self._panel.querySelector(f'[data-ask="{name}"]'))
            if again is not None:
                again.focus()

    def _write_top(self, wanted: Depends) -> None:
        say = self.desk.say
        name = called(self.desk, wanted.target)
        title = say(phrase("What {name} depends on", name=name))
        self._title.textContent = title
        self._panel.setAttribute("aria-label", title)
        self._methods.setAttribute("aria-label", say(phrase("Method")))
        held = self._methods.contains(self.desk.frame.active)
        self._methods.replaceChildren(*(
            element("button", "", say(asked.NAMES[method]), data_method=method,
                    aria_pressed=str(method == wanted.method).lower())
            for method in METHODS
        ))  # fmt: skip
        if held:
            self._methods.querySelector("[aria-pressed=true]").focus()
        chooser = self._others(wanted)
        self._ways.replaceChildren(*([chooser] if chooser else []))
        self._ways.append(
            element("button", "", say(phrase("Shuffle the weights")), data_ask="shuffle",
                    aria_pressed=str(wanted.shuffled).lower()),
            element("button", "", say(phrase("Close")), data_ask="close"),
        )  # fmt: skip

    def _others(self, wanted: Depends) -> Any:
        """A choice of classes, to put the map of one beside this one."""
        desk, answer = self.desk, self.desk.session.answer
        cells = [answer_cell(desk, c.index) for c in answer.candidates] if answer else []
        if wanted.target[0] not in {cell[0] for cell in cells if cell} or len(cells) < 2:
            return None
        words = desk.say(phrase("beside"))
        label = element("label", "", f"{words} ")
        select = element("select", data_ask="against")
        select.append(element("option", "", "–", value=""))
        for cell in cells:
            if cell is None or cell == wanted.target:
                continue
            name = desk.say(called(desk, cell))
            choice = element("option", "", name, value=json.dumps([cell[0], [*cell[1]]]))
            choice.selected = cell == wanted.against
            select.append(choice)
        label.append(select)
        return label

    def _write_maps(self, found: Found, made: Attribution) -> None:
        """The map over the input, those beside it on the same scale, and of shuffled weights."""
        desk, want = self.desk, found.asked
        charts = self._shown_of(made)
        others = self._shown_of(found.other) if found.other else {}
        names = [called(desk, want.target), *([called(desk, want.against)] if want.against else [])]
        for tensor, (picture, value, spoken) in charts.items():
            beside = [others[tensor][2]] if tensor in others else []
            scale = overlay.scale_of(spoken, *beside)
            for name, one in zip(names, [spoken, *beside], strict=False):
                self._chart(found, tensor, picture, overlay_of(desk, picture, value, one, scale),
                            desk.say(name))  # fmt: skip
        if found.shuffled:
            again = self._shown_of(found.shuffled.attribution)
            for tensor, (picture, value, spoken) in again.items():
                image = overlay_of(desk, picture, value, spoken, overlay.scale_of(spoken))
                self._chart(found, tensor, picture, image, desk.say(phrase("weights shuffled")))

    def _shown_of(self, made: Attribution) -> dict[str, tuple[Picture, np.ndarray, np.ndarray]]:
        """What the panel draws of a map: of which tensor, over which values, which numbers."""
        trace = self._found.trace if self._found else None
        if trace is None:
            return {}
        fed = [name for name in _fed(trace) if name in made.maps]
        if not fed and made.method == "grad_cam":
            ((layer, spoken),) = made.maps.items()
            for name in _fed(trace):
                if np.ndim(trace[name]) == spoken.ndim == 4:
                    picture = self._picture(name, trace)
                    wide = overlay.stretched(spoken, np.shape(trace[name]))
                    return {name: (picture, trace[name], picture.values(wide)[0])}
            fed = [layer]
        if not fed:  # words: the first that was looked up for them
            looked_up = [n for n in made.maps if n in trace and np.ndim(trace[n]) == 3]
            first = next((n for n in trace if n in looked_up), None)
            fed = [first] if first else []
        shown = {}
        for name in fed[:2]:
            value, spoken = np.asarray(trace[name]), np.asarray(made.maps[name])
            if value.ndim == 3 and name not in trace.feeds:
                shown[name] = overlay.row_of(value, spoken)
                continue
            picture = self._picture(name, trace)
            if spoken.shape != value.shape:
                value, picture = value.mean(axis=1, keepdims=True), picture_of(name, spoken.shape)
            shown[name] = picture, value, overlay.flat_map(made, name, picture)
        return shown

    def _picture(self, name: str, trace: Trace) -> Picture:
        number = selecting.block_of(self.desk.items, name)
        if number is not None:
            return self.desk.items.scene.blocks[number].picture
        return picture_of(name, np.shape(trace[name]))

    def _chart(self, found: Found, tensor: str, picture: Picture, image: Any, name: str) -> None:
        figure, canvas = element("figure"), element("canvas", data_chart=str(len(found.charts)))
        high, wide = image.shape[:2]
        side = min(_SIDE / max(high, 1), 4 * _SIDE / max(wide, 1), 30.0)
        canvas.style.width, canvas.style.height = f"{wide * side:.1f}px", f"{high * side:.1f}px"
        ffi.put_pixels(canvas, image)
        canvas.setAttribute("role", "img")
        canvas.setAttribute("aria-label", f"{name} · {tensor}")
        figure.append(canvas)
        answer = self.desk.session.answer
        letters = letters_of(found.trace, answer.count, wide) if answer and high == 1 else []
        if letters:
            row = element("p", "tr-dep-letters", aria_hidden="true")
            row.append(*(element("span", text=letter) for letter in letters))
            row.style.width = canvas.style.width
            figure.append(row)
        figure.append(element("figcaption", "", name))
        self._maps.append(figure)
        found.charts.append((picture, tensor))

    def _write_said(self, found: Found, made: Attribution) -> None:
        say = self.desk.say
        self._said.append(element("p", text=say(asked.told(made))))
        for more in (asked.added_up(made), asked.alone(made)):
            if more:
                self._said.append(element("p", "tr-dep-quiet", say(more)))
        if found.asked.method == "grad_cam":
            self._said.append(self._layers(found, made))
        if found.shuffled:
            said, well = asked.changed(found.shuffled)
            self._said.append(element("p", "" if well else "tr-dep-warn", say(said)))
        if made.dark:
            reasons = sentences(dict.fromkeys(dark.sentence for dark in made.dark[:3]))
            dark = phrase("Dark stays what lies behind: {reasons}", reasons=reasons)
            self._said.append(element("p", "tr-dep-quiet", say(dark)))
        routes = self._heads()
        if routes is not None:
            line = element("p", "tr-dep-quiet", say(phrase(
                "Attention weights tell from where values are fetched, not why: a route is no "
                "reason."
            )))  # fmt: skip
            line.append(" ", element("button", "tr-dep-way", say(phrase("See where they route")),
                                     data_ask="route", data_item=str(routes)))  # fmt: skip
            self._said.append(line)

    def _layers(self, found: Found, made: Attribution) -> Any:
        """A choice of the layer that Grad-CAM looks at."""
        line = element("label", "tr-dep-quiet", f"{self.desk.say(phrase('Layer'))} ")
        select = element("select", data_ask="layer")
        used = next(iter(made.maps))
        for block in self.desk.items.scene.blocks:
            name = block.picture.tensor
            if np.ndim(found.trace[name]) >= 3 and name not in found.trace.feeds:
                choice = element("option", "", self.desk.say(block.layer.name), value=name)
                choice.selected = name == used
                select.append(choice)
        line.append(select)
        return line

    def _heads(self) -> int | None:
        """The last layer whose maps are the weights of an attention, a map for each head."""
        blocks = self.desk.items.scene.blocks
        heads = [n for n, block in enumerate(blocks) if block.picture.reading.called == "head"]
        weights = [n for n in heads if "Softmax" in blocks[n].layer.op]
        return max(weights or heads, default=None)

    def _write_check(self, found: Found) -> None:
        """How the number falls as parts are deleted; where that takes long, a button for it."""
        say, fall = self.desk.say, found.fall
        if fall is None and not self._checks(found):
            said = counted(
                "Not checked yet: deleting what this map calls important, and as much at random, "
                "takes {runs} runs, about {count:,} second.",
                "Not checked yet: deleting what this map calls important, and as much at random, "
                "takes {runs} runs, about {count:,} seconds.",
                count=max(1, round(found.trace.seconds * _CHECKS)), runs=_CHECKS,
            )  # fmt: skip
            words = say(phrase("Check it by deleting"))
            button = element("button", "tr-dep-way", words, data_ask="check")
            self._check.append(element("p", text=say(said)), button)
        if fall is not None:
            plot = element("div", "tr-dep-plot", role="img", aria_label=say(falling.told(fall)))
            plot.innerHTML = falling.plot(fall)  # of numbers alone
            ends = element("p", "tr-dep-ends")
            for end in (phrase("nothing deleted"), phrase("all deleted")):
                ends.append(element("span", text=say(end)))
            key = element("p", "tr-dep-key")
            key.append(element("i", "tr-dep-own"), say(phrase("by this map")),
                       element("i", "tr-dep-chance"), say(phrase("at random")))  # fmt: skip
            self._check.append(plot, ends, key, element("p", text=say(falling.told(fall))))

    # what a person does ----------------------------------------------------------------------

    def _clicked(self, event: Any) -> None:
        desk, state = self.desk, self.desk.state
        button = ffi.found(event.target.closest("button"))
        canvas = ffi.found(event.target.closest("canvas"))
        if canvas is not None:
            self._pin(canvas, event)
        if button is None:
            return
        method, ask = (ffi.found(button.getAttribute(name)) for name in ("data-method", "data-ask"))
        if method is not None:
            desk.do(asking.by_method(state, str(method)))
        elif ask == "close":
            desk.do(asking.unasked(state))
        elif ask == "shuffle":
            desk.do(asking.shuffled(state))
        elif ask == "route":
            item = int(button.dataset.item)
            desk.do(asking.unasked(state))
            desk.store.tell()  # the panel goes first: one sees farther without it
            there = opening.opened_up(desk.state, desk.items, item)
            desk.jump(travelling.gone_to(there, desk.items, item))
        elif ask == "check":
            self._checked = True
            self._ask()
        desk.store.rest()

    def _pin(self, canvas: Any, event: Any) -> None:
        """Pin the cell of the input that was clicked on."""
        if self._found is None:
            return
        picture, tensor = self._found.charts[int(canvas.dataset.chart)]
        high, wide = int(canvas.height), int(canvas.width)
        row = int(event.offsetY / float(canvas.clientHeight) * high)
        col = int(event.offsetX / float(canvas.clientWidth) * wide)
        index = picture.index(0, row, col) if picture.tensor == tensor else None
        if index is not None and len(index) == np.ndim(self.desk.session.arrays[tensor]):
            self.desk.do(selecting.selected(self.desk.state, tensor, index))

    def _chose(self, event: Any) -> None:
        state, value = self.desk.state, str(event.target.value)
        if event.target.dataset.ask == "layer":
            self.desk.do(asking.at_layer(state, value))
        else:
            other: CellName | None = None
            if value:
                tensor, index = json.loads(value)
                other = tensor, tuple(index)
            self.desk.do(asking.against(state, other))
        self.desk.store.rest()

    def _pressed(self, event: Any) -> None:
        if event.target.tagName == "SELECT" and event.key != "Escape":
            event.stopPropagation()  # letters choose in it

    def dispose(self) -> None:
        """Let go of the page's events, and of the panel."""
        self._handlers.remove()
        self._panel.remove()


def overlay_of(
    desk: Desk, picture: Picture, value: np.ndarray, spoken: np.ndarray, scale: float
) -> np.ndarray:
    """A map over the input in the colours of this box."""
    return overlay.over(picture, np.asarray(value), spoken, scale, THEMES[desk.stage.theme])


def _fed(trace: Trace) -> list[str]:
    """The inputs that hold floats."""
    return [n for n, x in trace.feeds.items() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
