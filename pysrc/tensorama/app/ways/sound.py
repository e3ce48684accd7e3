"""A sound as an input: from a file, dropped, from the microphone, or made of sines."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Dragging, Live, Panel, button, colours, element
from tensorama.app.ways.microphone import Microphone, unpacked
from tensorama.inputs.ways import Gift, Sound, handed
from tensorama.inputs.ways.arrays import ENDINGS
from tensorama.inputs.ways.kept import keep
from tensorama.inputs.ways.sound import HEARD, LIVE, MICROPHONE, memory_of
from tensorama.inputs.ways.synthetic import SAMPLES
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi

_KEPT = 6  # sounds that can be gone back to
_WIDTH, _HEIGHT = 352, 112  # pixels of the canvas, two for each of CSS
_COLOURS = ("accent", "hairline", "quiet")
_ENDINGS = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac", ".weba", ".webm",
            ".aif", ".aiff")  # fmt: skip


class SoundField(Panel):
    """The sound as a curve, in which what the network hears is strong; the ways to give another."""

    drops = phrase("Drop a sound for the network to hear, or an ONNX file to open it")

    def __init__(self, desk: Desk, way: Sound, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        self._live = Live(desk, self._hear, self.show, self._handlers)
        self._player: Any = None
        say, on = desk.say, self._handlers.on
        self._canvas = element("canvas", className="tr-wave", width=_WIDTH, height=_HEIGHT)
        self._canvas.setAttribute("role", "img")
        self._file = element(
            "input", type="file", accept=f"audio/*,{','.join(ENDINGS)}", hidden=True
        )
        self._ear = button(say(phrase("Microphone")), self._handlers, self._switch)
        self._play = button(say(phrase("Listen")), self._handlers, self._sound)
        row = element("p", className="tr-way-row")
        row.append(
            button(say(phrase("Sound …")), self._handlers, self._file.click,
                   say(phrase("Or drop a sound on the page"))),
            self._ear, self._play,
        )  # fmt: skip
        self._samples = {}
        for name in SAMPLES:
            words = say(phrase("Made of sines for this page; nobody speaks in it"))
            give = partial(self._give, name)
            self._samples[name] = button(say(SAMPLES[name]), self._handlers, give, words)
        row.append(*self._samples.values())
        self._note = element("p", className="tr-way-note")
        self._note.setAttribute("role", "status")
        box.append(self._canvas, row, self._file, self._note)
        on(self._file, "change", self._picked)
        Dragging(desk, self._canvas, self._handlers, self._place)

    # giving one ------------------------------------------------------------------------------

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, name: str, start: int = 0, going_on: bool = False) -> None:
        if name != MICROPHONE:
            self._live.stop()
        gift = ("sound", name, start)
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift), going_on)

    def _place(self, event: Any) -> None:
        """What the network hears begins where the pointer is, if not all is heard."""
        sound = self.way.sound(self._gift, self.desk.session.pictures)
        left = len(sound) - self.way.length(self._gift, self.desk.session.pictures)
        source = self.way.source(self._gift)
        if left > 0 and source != MICROPHONE:
            box = self._canvas.getBoundingClientRect()
            at = (event.clientX - box.left) / box.width * len(sound)
            heard = len(sound) - left
            self._give(source, int(min(left, max(0, at - heard / 2))), going_on=True)

    def takes(self, name: str, file: Any) -> bool:
        """Take a file that was dropped on the page, if it is a sound."""
        kind = str(file.type or "")
        if not kind.startswith("audio/") and not name.lower().endswith(_ENDINGS):
            return False
        self.desk.session.background(self._take(file, name))
        return True

    async def _take(self, blob: Any, name: str) -> None:
        """Unpack a sound and give it; what is wrong with it is said, and what was there stays."""
        sound = await unpacked(blob, name, self.way.rate)
        key = f"{sha256(sound.tobytes()).hexdigest()[:8]} {name[:60]}"
        keep(self.desk.session.pictures, key, sound, _KEPT)
        self._give(key)

    def _picked(self, event: Any) -> None:
        for file in [*event.target.files][:1]:
            if not self.shared_out(file):
                self.desk.session.background(self._take(file, str(file.name)))
        event.target.value = ""

    # listening -------------------------------------------------------------------------------

    def _sound(self) -> None:
        """Let a person hear what the network hears, or be silent again."""
        if self._player is not None:
            self._silence()
            return
        pictures, gift, rate = self.desk.session.pictures, self._gift, self.way.rate
        start = self.way.start(gift, pictures)
        heard = self.way.sound(gift, pictures)[start : start + self.way.length(gift, pictures)]
        studio = self._player = ffi.js.AudioContext.new()
        sound = studio.createBuffer(1, len(heard), rate)
        sound.copyToChannel(ffi.float_array(heard), 0)
        player = studio.createBufferSource()
        player.buffer = sound
        player.connect(studio.destination)
        player.onended = self._handlers.keep(lambda event: self._silence())
        player.start()
        self.show()

    def _silence(self) -> None:
        player, self._player = self._player, None
        if player is not None:
            player.close()
            self.show()

    # the microphone --------------------------------------------------------------------------

    def _switch(self) -> None:
        self._silence()
        self._live.switch()

    async def _hear(self) -> None:
        """Run on what the microphone hears: stretch by stretch, each remembering the ones before,
        or as much as the network hears at once, as often as it keeps up."""
        session, way, pictures = self.desk.session, self.way, self.desk.session.pictures
        each = way.stretch or (way.length((), {}) if way.memories else 0)
        microphone = self._live.device = await Microphone.opened(way.rate)
        tail, count = np.zeros(way.before, np.float32), way.length((), {})
        count = LIVE * way.stretch if way.stretch else count
        for name in (*(memory_of(name) for name, _ in way.memories), HEARD, MICROPHONE):
            pictures.pop(name, None)
        while True:
            piece = microphone.take(count) if each else microphone.latest(count)
            if piece is None:
                await ffi.next_frame()
                continue
            is_first = MICROPHONE not in pictures
            pictures[MICROPHONE] = np.concatenate([tail, piece])
            tail = piece[len(piece) - way.before :]
            if is_first:
                self._give(MICROPHONE, way.before)
                await ffi.next_frame()  # so that all know
            elif way.source(self._gift) != MICROPHONE:
                break
            trace = await session.run(finished=False)
            for name, output in way.memories:
                pictures[memory_of(name)] = trace.outputs[output]
            pictures[HEARD] = pictures.get(HEARD, 0) + count // (each or count)

    def failed(self) -> None:
        """Hear no more where a run failed."""
        self._live.stop()

    # what is shown ---------------------------------------------------------------------------

    def show(self) -> None:
        """Draw the sound, and say how long it is."""
        way, gift, pictures, say = self.way, self._gift, self.desk.session.pictures, self.desk.say
        source, sound = way.source(gift), way.sound(gift, pictures)
        start, length = way.start(gift, pictures), way.length(gift, pictures)
        live = bool(self._live)
        self._ear.textContent = say(phrase("Stop") if live else phrase("Microphone"))
        self._ear.setAttribute("aria-pressed", str(live).lower())
        self._play.textContent = say(
            phrase("Listen") if self._player is None else phrase("Be silent")
        )
        self._play.disabled = live
        as_it_is = handed(gift, pictures) is not None
        for name, made in self._samples.items():
            made.setAttribute("aria-pressed", str(name == source and not as_it_is).lower())
        if source == MICROPHONE:
            start, sound = 0, sound[way.before :]
        self._draw(sound, start / max(1, len(sound)), (start + length) / max(1, len(sound)))
        lacking = source not in (MICROPHONE, *SAMPLES) and source not in pictures
        name = str(gift[2]) if as_it_is else source
        told = self._lacking(source) if lacking else self._told(name, sound)
        self._note.textContent = say(told)
        self._note.hidden = as_it_is  # which is said below
        self._canvas.setAttribute("aria-label", say(self._told(name, sound)))

    def _told(self, source: str, sound: np.ndarray) -> Phrase:
        name = SAMPLES.get(source) or source.partition(" ")[2] or phrase("Microphone")
        rate = f"{self.way.rate:,}"
        seconds = f"{len(sound) / self.way.rate:.1f}"
        if self.way.guessed:
            return phrase(
                "{name}: {seconds} s at {rate} samples in a second, which is guessed.",
                name=name, seconds=seconds, rate=rate,
            )  # fmt: skip
        return phrase(
            "{name}: {seconds} s at {rate} samples in a second.",
            name=name, seconds=seconds, rate=rate,
        )  # fmt: skip

    def _lacking(self, source: str) -> Phrase:
        """What to say of a sound that a link names."""
        if source == MICROPHONE:
            return phrase("The link was made with a microphone; a sound of our own stands for it.")
        name = source.partition(" ")[2] or source
        return phrase("The link was made with the sound {name}; give it here.", name=name)

    def _draw(self, sound: np.ndarray, begin: float, end: float) -> None:
        """The lowest and the highest sample in each column; strong where the network hears it."""
        canvas = self._canvas
        pen, colour = canvas.getContext("2d"), colours(canvas, _COLOURS)
        pen.clearRect(0, 0, _WIDTH, _HEIGHT)
        pen.fillStyle = colour["hairline"]
        pen.fillRect(0, _HEIGHT // 2, _WIDTH, 1)
        edges = np.linspace(0, len(sound), _WIDTH + 1).astype(int)
        for column in range(_WIDTH):
            part = sound[edges[column] : max(edges[column] + 1, edges[column + 1])]
            if not len(part):
                continue
            strong = begin <= column / _WIDTH < end
            pen.fillStyle = colour["accent" if strong else "quiet"]
            low, high = float(part.min()), float(part.max())
            top = _HEIGHT / 2 * (1 - high)
            pen.fillRect(column, top, 1, max(1.0, _HEIGHT / 2 * (high - low)))

    def dispose(self) -> None:
        """Switch the microphone off, be silent, let go of the page's events."""
        self._live.stop()
        player, self._player = self._player, None
        if player is not None:
            player.close()
        self._handlers.remove()
