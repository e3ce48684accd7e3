"""A picture as an input: from a file, dropped, pasted, from an address, from the camera."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import beside, elsewhere
from tensorama.app.ways.camera import Camera
from tensorama.app.ways.decoding import decoded
from tensorama.app.ways.made import Live, Panel, button, element
from tensorama.errors import FetchError, TensoramaError
from tensorama.inputs.ways import Gift, Picture
from tensorama.inputs.ways.arrays import ENDINGS
from tensorama.inputs.ways.kept import keep
from tensorama.inputs.ways.picture import BESIDE, CAMERA, SAMPLE
from tensorama.inputs.ways.preparing import FITS, ORDERS, SCALES, window
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi

_KEPT = 12  # pictures that can be gone back to
_SHOWN = 88  # CSS pixels of a small picture
_WIDE = 3  # times as wide as high: such a picture stands above what is made of it
_ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp", ".bmp", ".avif", ".svg", ".ico",
            ".tif", ".tiff", ".heic")  # fmt: skip
_FITS = {"crop": phrase("cut to shape"), "fit": phrase("all of it, grey beside"),
         "stretch": phrase("stretched")}  # fmt: skip
_SCALES = {
    "unit": phrase("0 … 1"), "signed": phrase("−1 … 1"), "bytes": phrase("0 … 255"),
    "imagenet": phrase("ImageNet's mean"), "caffe": phrase("0 … 255, less the mean"),
    "file": phrase("as the file says"),
}  # fmt: skip


class PictureField(Panel):
    """What was given and what the network gets, side by side; the ways to give another."""

    drops = phrase("Drop a picture for the network to look at, or an ONNX file to open it")

    def __init__(self, desk: Desk, way: Picture, box: Any) -> None:
        self.desk, self.way, self._box = desk, way, box
        self._handlers = ffi.Handlers()
        self._live = Live(desk, self._watch, self.show, self._handlers)
        self._note_said: str = ""
        self._coming: set[str] = set()  # pictures beside the model's file that were asked for
        say, on = desk.say, self._handlers.on
        chain = self._chain = element("div", className="tr-chain")
        self._given, self._got = self._shown(chain), self._shown(chain)
        self._file = element(
            "input", type="file", accept=f"image/*,{','.join(ENDINGS)}", hidden=True
        )
        row = self._row = element("p", className="tr-way-row")
        self._eye = button(say(phrase("Camera")), self._handlers, self._live.switch)
        row.append(
            button(say(phrase("Picture …")), self._handlers, self._file.click,
                   say(phrase("Or drop a picture on the page, or paste one"))),
            self._eye,
            *self._sample_buttons(),
        )  # fmt: skip
        self._note = element("p", className="tr-way-note")
        self._note.setAttribute("role", "status")
        self._fetch = button(say(phrase("Fetch it")), self._handlers, self._fetch_named)
        self._fetch.hidden = True
        details = self._details = element("details")
        details.append(element("summary", say(phrase("Address, preparation"))))
        self._address = element("input", type="url", placeholder="https://")
        self._address.setAttribute("aria-label", say(phrase("The address of a picture")))
        on(self._address, "keydown", self._pressed)
        self._choices = [
            self._choice(phrase("Shape"), FITS, _FITS),
            self._choice(phrase("Numbers"), self._scales, _SCALES),
            self._choice(phrase("Colours"), ORDERS, {}),
        ]
        details.append(self._address, *(label for label, _ in self._choices))
        box.append(chain, row, self._file, self._note, self._fetch, details)
        on(self._file, "change", self._picked)

    def _sample_buttons(self) -> Iterator[Any]:
        """A button for each picture that lies beside the model's file, or for ours."""
        if not self.way.samples:
            yield button(
                self.desk.say(phrase("Sample")), self._handlers, partial(self._give, SAMPLE)
            )
        for file, told in self.way.samples:
            words = told.get(f"title.{self.desk.speech.language}") or told.get("title") or file
            give = partial(self._give, BESIDE + file)
            yield button(words, self._handlers, give, told.get("credit", ""))

    def _fetch_beside(self, source: str) -> None:
        """Fetch a picture that lies beside the model's file, once."""
        address = self.desk.state.model.address
        if address and source not in self._coming:
            self._coming.add(source)
            place = beside(address, source.removeprefix(BESIDE))
            self.desk.session.background(self._fetch_from(place, source))

    @property
    def _scales(self) -> tuple[str, ...]:
        return (*SCALES, "file") if self.way.own else tuple(SCALES)

    def _shown(self, chain: Any) -> tuple[Any, Any]:
        """A small picture with words under it."""
        figure, canvas = element("figure"), element("canvas")
        canvas.setAttribute("role", "img")
        words = element("figcaption")
        figure.append(canvas, words)
        chain.append(figure)
        return canvas, words

    def _choice(self, words: str, names: tuple[str, ...], said: dict[str, Phrase]) -> Any:
        label, choice = element("label", className="tr-choose"), element("select")
        for name in names:
            choice.append(element("option", self.desk.say(said.get(name, name)), value=name))
        label.append(element("span", self.desk.say(words)), choice)
        self._handlers.do(choice, "change", self._prepare)
        return label, choice

    # giving one ------------------------------------------------------------------------------

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, name: str) -> None:
        self._live.stop()
        self._say("")
        gift = (self.way.kind, name, *self.way.preparing(self._gift))
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift))

    def _prepare(self) -> None:
        preparing = (str(choice.value) for _, choice in self._choices)
        gift = (self.way.kind, self.way.source(self._gift), *preparing)
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift))

    def takes(self, name: str, file: Any) -> bool:
        """Take a file that was dropped on the page, if it is a picture."""
        kind = str(file.type or "")
        if not kind.startswith("image/") and not name.lower().endswith(_ENDINGS):
            return False
        self.desk.session.background(self._take(file, name))
        return True

    async def _take(self, blob: Any, name: str, key: str = "") -> None:
        """Unpack a picture and give it; what is wrong with it is said, and what was given stays."""
        pixels = await decoded(blob, name)
        self._keep(key or f"{sha256(pixels.tobytes()).hexdigest()[:8]} {name[:60]}", pixels)

    def _keep(self, key: str, pixels: np.ndarray) -> None:
        keep(self.desk.session.pictures, key, pixels, _KEPT)
        self._give(key)

    def _picked(self, event: Any) -> None:
        for file in [*event.target.files][:1]:
            if not self.shared_out(file):
                self.desk.session.background(self._take(file, str(file.name)))
        event.target.value = ""

    def _pressed(self, event: Any) -> None:
        address = str(self._address.value).strip()
        if event.key == "Enter" and address:
            event.preventDefault()
            self.desk.session.background(self._fetch_from(address))

    def _fetch_named(self) -> None:
        self.desk.session.background(self._fetch_from(self.way.source(self._gift)))

    async def _fetch_from(self, address: str, key: str = "") -> None:
        self._say(phrase("Fetching the picture …"))
        self.show()
        try:
            data = await fetch_bytes(address)
        except FetchError as error:
            raise TensoramaError(phrase(
                "No picture came from {address}: it is not there, or its server does not let other "
                "pages read it. Save it, and give the file.", address=address,
            )) from error  # fmt: skip
        finally:
            self._say("")
            self.show()
        name = address.rsplit("/", 1)[-1]
        if key and self.way.source(self._gift) == key:
            pixels = await decoded(ffi.blob(bytes(data)), name)
            self.desk.session.pictures[key] = pixels
            await self.desk.session.run()
        elif not key:
            await self._take(ffi.blob(bytes(data)), name, address)

    # the camera ------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Run on what the camera sees, on as many frames as the network keeps up with."""
        session = self.desk.session
        camera = self._live.device = await Camera.opened()
        session.pictures[CAMERA] = camera.frame()
        self._say("")
        gift = (self.way.kind, CAMERA, *self.way.preparing(self._gift))
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift))
        while self.way.source(self._gift) == CAMERA:
            session.pictures[CAMERA] = camera.frame()
            await session.run(finished=False)
            await ffi.next_frame()

    # what is shown ---------------------------------------------------------------------------

    def _say(self, words: str) -> None:
        self._note_said = words

    def show(self) -> None:
        """Show the picture, and the numbers that were made of it."""
        gift, session = self._gift, self.desk.session
        preparing, source = self.way.preparing(gift), self.way.source(gift)
        for (_, choice), value in zip(self._choices, preparing, strict=True):
            choice.value = value
        self._eye.textContent = self.desk.say(phrase("Stop") if self._live else phrase("Camera"))
        self._eye.setAttribute("aria-pressed", str(bool(self._live)).lower())
        array = session.trace.feeds.get(self.way.tensor) if session.trace else None
        shown = not self._chain.hidden
        if shown and isinstance(array, np.ndarray) and array.ndim == 4 and array.size:
            self._draw(self.way.pixels(gift, session.pictures), array, preparing.fit)
        lacking = source != SAMPLE and source not in session.pictures
        if lacking and source.startswith(BESIDE):
            lacking = False
            self._fetch_beside(source)
        named = "://" in source
        self._fetch.hidden = not (lacking and named)
        said = self._note_said or (self._lacking(source) if lacking else self._nothing(array))
        self._note.textContent = self.desk.say(said)
        self._note.classList.toggle("tr-warned", lacking and not self._note_said)
        self._note.hidden = not said

    def _nothing(self, array: Any) -> Phrase | str:
        """What to say of a picture of which nothing is left; "": there is something."""
        return ""

    def _lacking(self, source: str) -> Phrase:
        """What to say of a picture that a link names."""
        if source == CAMERA:
            return phrase("The link was made with a camera; switch yours on, or give a picture.")
        if "://" in source:
            return phrase("The link shows a picture from {host}.", host=elsewhere(source) or source)
        name = source.partition(" ")[2] or source
        return phrase("The link was made with the picture {name}; give it here.", name=name)

    def _draw(self, pixels: np.ndarray, array: np.ndarray, fit: str) -> None:
        high, wide = self.way.edges(array.shape)
        self._chain.classList.toggle("tr-wide", pixels.shape[1] > _WIDE * pixels.shape[0])
        self._paint(self._given[0], pixels)
        given = phrase("{wide} × {high}", wide=pixels.shape[1], high=pixels.shape[0])
        self._given[1].textContent = self.desk.say(given)
        self._given[0].setAttribute("aria-label", self.desk.say(phrase("What you gave")))
        if fit == "crop":
            self._frame(window(pixels.shape[0], pixels.shape[1], high, wide), pixels.shape)
        maps = array[0] if not self.way.last else array[0].transpose(2, 0, 1)
        by = max(1, max(high, wide) // (2 * _SHOWN))
        maps = maps[: 3 if len(maps) >= 3 else 1, ::by, ::by].astype(np.float64)
        low, top = float(array.min()), float(array.max())
        grey = np.round(255 * (maps - low) / ((top - low) or 1)).astype(np.uint8)
        self._paint(self._got[0], np.broadcast_to(grey.transpose(1, 2, 0), (*grey.shape[1:], 3)))
        numbers = phrase(
            "{wide} × {high}, {low} … {top}", wide=wide, high=high, low=_short(low), top=_short(top)
        )
        self._got[1].textContent = self.desk.say(numbers)
        self._got[0].setAttribute("aria-label", self.desk.say(phrase("What the network gets")))

    def _paint(self, canvas: Any, pixels: np.ndarray) -> None:
        by = max(1, min(max(pixels.shape[:2]) // (2 * _SHOWN), min(pixels.shape[:2]) // 40))
        pixels = pixels[::by, ::by]
        image = np.full((*pixels.shape[:2], 4), 255, np.uint8)
        image[..., :3] = pixels
        ffi.put_pixels(canvas, image)

    def _frame(self, part: tuple[int, int, int, int], shape: tuple[int, ...]) -> None:
        """Shade what is cut off."""
        canvas = self._given[0]
        by = canvas.height / shape[0]
        top, left, high, wide = (number * by for number in part)
        pen = canvas.getContext("2d")
        pen.fillStyle = "rgb(0 0 0 / .55)"
        pen.beginPath()
        pen.rect(0, 0, canvas.width, canvas.height)
        pen.rect(left, top, wide, high)
        pen.fill("evenodd")

    def dispose(self) -> None:
        """Switch the camera off, let go of the page's events."""
        self._live.stop()
        self._handlers.remove()


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")
