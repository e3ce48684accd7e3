"""An embedding: its numbers as a bar, and the samples that lie nearest, by runs on each of them.

The samples are those that the input offers, and what a person gave to it before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.running import LONG, gently, keep_running, run_gently
from tensorama.app.sources import beside
from tensorama.app.ways.decoding import decoded
from tensorama.app.ways.made import Panel, button, element, pin
from tensorama.app.ways.samples import Sample, fed_like, feeding, samples_of
from tensorama.engine import Trace
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.inputs.ways.picture import BESIDE
from tensorama.model import Model
from tensorama.outputs.readings import as_maps, embedding, nearest, usual, vector_of
from tensorama.outputs.readings.nearest import cell_of
from tensorama.phrases import Phrase, counted, phrase, sentences
from tensorama.scene.pictures.colour import STEPS, THEMES, ramp
from tensorama.view import ffi

_LISTED = 8  # samples
_COLUMNS = 512  # of the bar; of more numbers as many are shown
_THUMB = 32  # pixels of a small picture
_PATIENT = 4.0  # seconds of runs that nobody has to ask for
_KEPT = 200  # samples of a network that were run


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where a sample lies, and the picture that the network got, if it got one; None: it failed."""

    vector: np.ndarray | None
    thumb: np.ndarray | None = None


_known: WeakKeyDictionary[Model, dict[Any, Placed]] = WeakKeyDictionary()


class Embedded(Panel):
    """The numbers as a bar of cells, and a line for each of the nearest samples, which gives it."""

    name = "placed"

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._own, self._handlers = ffi.Handlers(), ffi.Handlers()
        self._gone = self._called_off = self._asked = False
        self._working: object = None
        self._bar = element("canvas", className="tr-cells")
        self._bar.setAttribute("role", "img")
        self._note = element("p", className="tr-way-note")
        self._list = element("div", className="tr-found tr-near")
        self._ask = button("", self._own, self._begin)
        self._ask.hidden = True
        box.append(self._bar, self._note, self._list, self._ask)
        self._own.on(self._bar, "click", self._pressed)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output is one, or probably."""
        return trace is not None and embedding(trace) is not None

    def read(self, trace: Trace) -> tuple[str, str, str]:
        """Which output, why it is taken for an embedding, and by what samples are compared."""
        found = embedding(trace)
        row = vector_of(trace, found.tensor) if found else None
        if found is None or row is None:
            return "", "", ""
        return found.tensor, found.why, usual(row.size)

    # what is shown ---------------------------------------------------------------------------

    def show(self) -> None:
        """Draw the numbers of the run that is shown, and the samples that are nearest to it."""
        trace, model = self.desk.session.trace, self.desk.session.model
        if trace is None or model is None:
            return
        tensor, why, measure = self.read(trace)
        row = vector_of(trace, tensor) if tensor else None
        if row is None:
            return
        self._draw(tensor, row)
        samples, known = self._samples(model), _known.setdefault(model, {})
        there = [(each, known.get(_key(each, tensor))) for each in samples]
        done = [
            (each, placed) for each, placed in there
            if placed is not None and placed.vector is not None
            and placed.vector.size == row.size
        ]  # fmt: skip
        lacking = [each for each, placed in there if placed is None]
        self._note.textContent = self.desk.say(
            sentences((_told(tensor, why), _compared(len(done), measure)))
        )
        self._write(done, row, measure)
        seconds = sum(step.seconds for step in trace.steps) * len(lacking)
        wait = bool(lacking) and not self._asked and (self._called_off or seconds > _PATIENT)
        self._ask.hidden = not wait
        if wait:
            words = counted(
                "Run the network on {count} sample, about {seconds} s",
                "Run the network on {count} samples, about {seconds} s",
                len(lacking), seconds=f"{max(1, round(seconds))}",
            )  # fmt: skip
            self._ask.textContent = self.desk.say(words)
        elif lacking and self._working is None:
            self._working = keep_running(self._work(tensor))

    def _samples(self, model: Model) -> list[Sample]:
        desk = self.desk
        return samples_of(model, desk.state, desk.session.pictures, desk.speech.language)

    def _draw(self, tensor: str, row: np.ndarray) -> None:
        shown = row if row.size <= _COLUMNS else row[self._places(row.size)]
        part = shown / (np.abs(shown).max() or 1.0)
        image = np.full((1, shown.size, 4), 255, np.uint8)
        colours = ramp(THEMES[self.desk.stage.theme])
        image[0, :, :3] = colours[np.round(part * STEPS).astype(int) + STEPS]
        ffi.put_pixels(self._bar, image)
        low, high = (f"{n:.4g}".replace("-", "−") for n in (row.min(), row.max()))
        words = phrase(
            "“{name}”, {count:,} numbers from {low} to {high}",
            name=tensor, count=row.size, low=low, high=high,
        )  # fmt: skip
        self._bar.title = self.desk.say(words)
        self._bar.setAttribute("aria-label", self._bar.title)

    def _places(self, size: int) -> np.ndarray:
        return np.arange(_COLUMNS) * size // _COLUMNS

    def _pressed(self, event: Any) -> None:
        """Pin the number that was pressed."""
        trace = self.desk.session.trace
        tensor = self.read(trace)[0] if trace else ""
        row = vector_of(trace, tensor) if trace and tensor else None
        if trace is None or row is None:
            return
        box = self._bar.getBoundingClientRect()
        part = min(0.999999, max(0.0, (event.clientX - box.left) / (box.width or 1)))
        count = min(row.size, _COLUMNS)
        place = int(self._places(row.size)[int(part * count)] if row.size > count else part * count)
        pin(self.desk, tensor, cell_of(trace, tensor, place))

    def _write(self, done: list[tuple[Sample, Placed]], row: np.ndarray, measure: str) -> None:
        """A line for each of the nearest: what it is called, a bar, the measure."""
        self._handlers.remove()
        vectors = [placed.vector for _, placed in done if placed.vector is not None]
        near = nearest(row, vectors, measure)[:_LISTED]
        farthest = max((each.amount for each in near), default=1.0) or 1.0
        lines: list[Any] = []
        here = fed_like(self.desk.state)
        for each in near:
            sample, placed = done[each.place]
            line = button("", self._handlers, partial(self.desk.do, sample.state))
            line.className = "tr-row" if lines else "tr-row tr-best"
            is_shown = fed_like(sample.state) == here
            line.setAttribute("aria-pressed", str(is_shown).lower())
            name = element("span", self.desk.say(sample.name))
            if placed.thumb is not None:
                thumb = element("canvas")
                ffi.put_pixels(thumb, placed.thumb)
                name.prepend(thumb)
            bar = element("i")
            part = max(0.0, each.amount) if measure == "cosine" else 1 - each.amount / farthest
            bar.style.setProperty("--share", f"{part:.4f}")
            amount = f"{each.amount:.3f}" if measure == "cosine" else f"{each.amount:.3g}"
            line.append(name, bar, element("span", amount.replace("-", "−")))
            lines.append(line)
        self._list.replaceChildren(*lines)

    # running on the samples ------------------------------------------------------------------

    def _begin(self) -> None:
        self._asked, self._called_off = True, False
        self.show()

    async def _work(self, tensor: str) -> None:
        """Run the network on each sample that it was not run on, piece by piece."""
        try:
            what = phrase("Comparing with the samples")
            await self.desk.session.ask(what, self._run_all(tensor))
        except AbandonedError as error:
            self._called_off, self._asked = not error.superseded, False
        except TensoramaError as error:
            self._called_off, self._asked = True, False
            self.desk.session.failed.tell(error)
        finally:
            self._working = None
        if not self._gone:
            self.show()

    async def _run_all(self, tensor: str) -> None:
        began, model = time.perf_counter(), self.desk.session.model
        if model is None:
            return
        known = _known.setdefault(model, {})
        samples = self._samples(model)
        lacking = [each for each in samples if _key(each, tensor) not in known]
        for number, sample in enumerate(lacking):
            if time.perf_counter() - began > LONG:
                words = phrase(
                    "Comparing with sample {number} of {count}", number=number + 1,
                    count=len(lacking),
                )  # fmt: skip
                self.desk.session.tell(words, number / len(lacking))
            placed = await self._placed(model, sample, tensor)
            if self._gone or self.desk.session.model is not model:
                return
            known[_key(sample, tensor)] = placed
        for old in [*known][:-_KEPT]:
            del known[old]

    async def _placed(self, model: Model, sample: Sample, tensor: str) -> Placed:
        """Where the network places a sample; what it cannot work on is left out."""
        pictures = self.desk.session.pictures
        try:
            if sample.lacks:
                await self._fetch(sample.lacks)
            feeds = await gently(feeding(sample, pictures).of(model))
            trace = await run_gently(model, feeds)
        except AbandonedError:
            raise
        except TensoramaError:
            return Placed(None)
        return Placed(vector_of(trace, tensor), _thumb(trace))

    async def _fetch(self, name: str) -> None:
        """Fetch a picture that lies beside the model's file."""
        address = beside(self.desk.state.model.address, name.removeprefix(BESIDE))
        data = bytes(await fetch_bytes(address))
        self.desk.session.pictures[name] = await decoded(ffi.blob(data), name)

    def dispose(self) -> None:
        """Run no more, let go of the page's events."""
        self._gone = True
        self._own.remove()
        self._handlers.remove()


class AsEmbedding(Embedded):
    """The chosen output as a place among the samples, compared as it was chosen."""

    instead = True

    def read(self, trace: Trace) -> tuple[str, str, str]:
        """The output that was chosen."""
        measure, tensor = self.desk.state.reading
        return (tensor, "", measure) if tensor in trace.outputs else ("", "", "")


def _key(sample: Sample, tensor: str) -> Any:
    return tensor, fed_like(sample.state)


def _told(tensor: str, why: str) -> Phrase:
    """Why it is read as an embedding."""
    if why == "notes":
        return phrase("“{name}” is an embedding, says the file.", name=tensor)
    if why == "name":
        return phrase("“{name}” is by its name probably an embedding: a guess.", name=tensor)
    if why == "source":
        return phrase(
            "All else is made from “{name}”, probably an embedding: a guess.", name=tensor
        )
    return phrase("“{name}” as an embedding.", name=tensor)


def _compared(count: int, measure: str) -> Phrase:
    if not count:
        return phrase("There are no samples to compare it with yet.")
    if measure == "cosine":
        return counted(
            "{count} sample by the cosine of its angle:",
            "The nearest of {count} samples by the cosine of the angle:", count,
        )  # fmt: skip
    return counted(
        "{count} sample by its distance:", "The nearest of {count} samples by distance:", count
    )


def _thumb(trace: Trace) -> np.ndarray | None:
    """What the network got, small, if that is a picture: uint8 (h,w,4)."""
    fed = (x for x in trace.feeds.values() if isinstance(x, np.ndarray) and x.ndim == 4)
    maps = as_maps(next(fed, np.zeros(0)))
    if maps is None:
        return None
    by = max(1, max(maps.shape[1:]) // _THUMB)
    maps = np.nan_to_num(maps[:, ::by, ::by].astype(np.float64))
    low, high = float(maps.min()), float(maps.max())
    image = np.full((*maps.shape[1:], 4), 255, np.uint8)
    image[..., :3] = np.round(255 * (maps - low) / ((high - low) or 1)).transpose(1, 2, 0)
    return image
