"""The panel that makes pictures: of what is seen, and of the architecture for a paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.app.deeper import still, vectors
from tensorama.app.deeper.elements import element
from tensorama.app.deeper.figured import Figured
from tensorama.app.desk import Desk
from tensorama.app.running import gently
from tensorama.app.turns import Turns
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.figure import (
    STYLES,
    levels,
    pdf_slices,
    svg_slices,
    unwritable,
)
from tensorama.figure.drawing import Drawing
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi
from tensorama.view.stage import Stage

_TIMES = (1, 2, 3, 4, 6, 8)
_MM = 25.4 / 72
_WHAT = {"seen": phrase("What is seen"), "figure": phrase("Figure for a paper")}
_STYLED = {
    "volumes": phrase("stacked volumes"),
    "boxes": phrase("flat boxes"),
    "scene": phrase("the scene"),
}
_THEMED = {"dark": phrase("dark"), "light": phrase("light")}
_GROUNDS = {"": phrase("its ground"), "clear": phrase("transparent")}
_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
_REFUSED = phrase("The browser does not let the page copy.")

Options = dict[str, str]


class Panel:
    """A sheet of choices; it saves or copies what they say."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._chosen = {
            "what": "seen", "as": "png", "times": "2", "ground": "", "theme": "",
            "style": STYLES[0], "level": "1", "file": "svg",
        }  # fmt: skip
        self._busy = False
        self._figures = Figured(desk, self._progress)
        self._turns = Turns(lambda: self._progress(None))  # what is saved or copied
        self._shown = ""  # the address of the figure that is seen in the panel
        self._panel = element("section", "tr-picture", tabindex="-1", hidden="")
        self._title, self._choices = element("h2"), element("div", "tr-fields")
        self._look = element("img", "tr-figure")
        self._told = element("p", role="status")
        self._buttons = {
            name: element("button", data_do_it=name) for name in ("save", "copy", "close", "cancel")
        }
        self._buttons["cancel"].hidden = True
        row = element("p", "tr-choice")
        row.append(*self._buttons.values())
        self._panel.append(self._title, self._choices, self._look, self._told, row)
        desk.frame.box.append(self._panel)
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "change", self._choose)
        self._handlers.on(self._panel, "keydown", self._pressed)
        self._handlers.do(self._buttons["save"], "click", lambda: self._begin(self._save))
        self._handlers.do(self._buttons["copy"], "click", lambda: self._begin(self._copy))
        self._handlers.do(self._buttons["close"], "click", self._close)
        self._handlers.do(self._buttons["cancel"], "click", self._call_off)
        desk.asked.listen(self._asked)
        desk.spoken.listen(self._say_anew)
        desk.resized.listen(self._write)
        desk.session.opened.listen(self._write)

    def show(self) -> None:
        """Open it."""
        self._chosen["theme"] = self.desk.stage.theme
        self._panel.hidden = False
        self._tell("")
        self._write()
        self._panel.focus()

    def _asked(self, name: str) -> None:
        if name == "escape" and not self._panel.hidden:
            self._close()

    def _pressed(self, event: Any) -> None:
        if event.key == "Escape":  # which the page does not hear from a field
            event.stopPropagation()
            self._close()

    def _call_off(self) -> None:
        self._figures.call_off()
        self._turns.call_off()

    def _close(self) -> None:
        self._panel.hidden = True
        if not self._busy:  # what is to be saved goes on
            self._figures.call_off()
        self._forget()
        self.desk.frame.part("scene").focus()

    # what is chosen --------------------------------------------------------------------------

    def _write(self) -> None:
        """All choices that there are, in the language that is spoken now."""
        if self._panel.hidden:
            return
        say, chosen = self.desk.say, self._chosen
        self._title.textContent = say(phrase("Picture"))
        self._panel.setAttribute("aria-label", say(phrase("Picture")))
        for name, words in (("save", phrase("Save")), ("copy", phrase("Copy")),
                            ("close", phrase("Close")), ("cancel", phrase("Cancel"))):  # fmt: skip
            self._buttons[name].textContent = say(words)
        self._choices.replaceChildren()
        self._field("what", phrase("Picture of"), {k: say(v) for k, v in _WHAT.items()})
        if chosen["what"] == "seen":
            self._field("as", phrase("File"), {"png": "PNG", "svg": "SVG"})
            if chosen["as"] == "png":
                self._field("times", phrase("Pixels"), self._sizes())
            self._field("ground", phrase("Ground"), {k: say(v) for k, v in _GROUNDS.items()})
        else:
            self._field("style", phrase("Drawn as"), {k: say(_STYLED[k]) for k in STYLES})
            every = range(1, levels(self.desk.session.scene) + 1)
            chosen["level"] = str(min(int(chosen["level"]), len(every)))
            self._field("level", phrase("Level"), {str(n): str(n) for n in every})
            self._field("file", phrase("File"), {"svg": "SVG", "pdf": "PDF"})
        self._field("theme", phrase("Colours"), {k: say(v) for k, v in _THEMED.items()})
        self._buttons["copy"].hidden = self._kind() == "pdf"
        self._draw()

    def _say_anew(self) -> None:
        self._figures.forget()
        self._write()

    def _sizes(self) -> Options:
        stage = self.desk.stage
        if not isinstance(stage, Stage):
            return {"1": "1×"}
        cut = still.cut_of(self.desk, stage)
        sizes = {times: cut.pixels(times) for times in _TIMES}
        return {str(times): f"{times}× · {w} × {h}" for times, (w, h) in sizes.items()}

    def _field(self, name: str, words: Phrase, options: Options) -> None:
        label, select = element("label"), element("select", name=name)
        text = element("span", "", self.desk.say(words))
        for value, told in options.items():
            option = element("option", "", told, value=value)
            option.selected = value == self._chosen[name]
            select.append(option)
        label.append(text, select)
        self._choices.append(label)

    def _choose(self, event: Any) -> None:
        name = str(event.target.name)
        self._chosen[name] = str(event.target.value)
        self._tell("")
        self._write()
        self._choices.querySelector(f'[name="{name}"]').focus()

    def _kind(self) -> str:
        return self._chosen["as" if self._chosen["what"] == "seen" else "file"]

    def _tell(self, text: str) -> None:
        self._told.textContent = self.desk.say(text)

    # the figure ------------------------------------------------------------------------------

    async def _figure(self) -> Drawing:
        """What is chosen, drawn."""
        chosen, pdf = self._chosen, self._kind() == "pdf"
        style, level = chosen["style"], int(chosen["level"])
        return await self._figures.drawn(style, level, chosen["theme"] == "dark", pdf)

    def _progress(self, done: float | None) -> None:
        self._buttons["cancel"].hidden = done is None
        if done is not None:
            self._tell(phrase("Drawing the figure: {done:.0%}", done=done))

    def _draw(self) -> None:
        """Show the figure as it will be."""
        if self._chosen["what"] == "seen":
            self._figures.call_off()
            self._forget()
            self._look.hidden = True
        else:
            self.desk.session.background(self._preview())

    async def _preview(self) -> None:
        pdf, dark = self._kind() == "pdf", self._chosen["theme"] == "dark"
        try:
            drawing = await self._figure()
            text = await gently(svg_slices(drawing))
        except TensoramaError as error:
            if isinstance(error, AbandonedError) and error.superseded:
                return  # by another that will be seen
            self._forget()
            self._look.hidden = True
            self._tell(error.sentence)
            return
        if self._panel.hidden or not self._figures.is_last(drawing):
            return  # something else was chosen meanwhile
        self._forget()
        self._shown = str(ffi.js.URL.createObjectURL(_file(text.encode(), "svg")))
        self._look.src, self._look.alt = self._shown, self.desk.say(_WHAT["figure"])
        self._look.classList.toggle("tr-on-dark", dark)
        self._look.hidden = False
        self._tell(phrase(
            "{wide:.0f} × {high:.0f} mm in print.", wide=drawing.width * _MM,
            high=drawing.height * _MM,
        ))  # fmt: skip
        lacking = unwritable(drawing) if pdf else ""
        if lacking:
            self._tell(phrase(
                "The PDF’s own fonts have no {letters}: a question mark stands there. The SVG has "
                "them.", letters=lacking,
            ))  # fmt: skip

    def _forget(self) -> None:
        if self._shown:
            ffi.js.URL.revokeObjectURL(self._shown)
            self._shown = ""

    # taking it along -------------------------------------------------------------------------

    def _begin(self, work: Callable[[Any, str], Any]) -> None:
        if not self._busy:
            self._busy = True
            self.desk.session.background(self._made(work))

    async def _made(self, work: Callable[[Any, str], Any]) -> None:
        try:
            kind = self._kind()
            self._tell(phrase("Drawing …"))
            await work(await self._turns.take(phrase("The picture"), self._blob(kind)), kind)
        except TensoramaError as error:
            self._tell(error.sentence)
        finally:
            self._busy = False

    async def _blob(self, kind: str) -> Any:
        desk, chosen = self.desk, self._chosen
        if chosen["what"] == "figure":
            drawing = await self._figure()
            if kind == "pdf":
                return _file(await gently(pdf_slices(drawing)), kind)
            return _file((await gently(svg_slices(drawing))).encode(), kind)
        clear = bool(chosen["ground"])
        if kind == "svg":
            return _file((await vectors.as_svg(desk, chosen["theme"], clear)).encode(), kind)
        times = int(chosen["times"])
        return await still.as_png(desk, times, chosen["theme"], clear, self._part)

    def _part(self, text: str) -> None:
        """Tell of a large picture which part of it is drawn."""
        self._buttons["cancel"].hidden = False
        self._tell(text)

    async def _save(self, blob: Any, kind: str) -> None:
        name = f"{self.desk.session.name or 'network'}.{kind}"
        ffi.save([blob], name)
        self._tell(phrase("{name} is saved.", name=name))

    async def _copy(self, blob: Any, kind: str) -> None:
        clipboard = ffi.found(getattr(ffi.window.navigator, "clipboard", None))
        try:
            if clipboard is None:
                raise TensoramaError(_REFUSED)
            if kind == "svg":
                await clipboard.writeText(await blob.text())
            else:
                item = ffi.js.ClipboardItem.new(ffi.options(**{_TYPES[kind]: blob}))
                await clipboard.write(ffi.list_of(item))
        except Exception as error:  # it was not allowed
            raise TensoramaError(_REFUSED) from error
        self._tell(phrase("The picture is copied."))

    def dispose(self) -> None:
        """Let go of the page's events, and of the panel."""
        self._call_off()
        self._handlers.remove()
        self._forget()
        self._panel.remove()


def _file(data: bytes, kind: str) -> Any:
    return ffi.blob(data, _TYPES[kind])
