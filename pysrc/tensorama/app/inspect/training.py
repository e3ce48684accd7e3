"""What becomes of a layer in a training: its weights and values at each moment, as ridges.

One ridge is how many numbers there are of each size; the moments stand one behind the other, the
first at the back, so that one sees the numbers part while the network learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tensorama.app.inspect.layered import Layered
from tensorama.app.inspect.measuring import figure_slices, histogram_slices, measurable
from tensorama.app.inspect.sheet import section
from tensorama.app.inspect.wording import escape
from tensorama.app.moments import Read, moments_in
from tensorama.app.running import gently, run_gently
from tensorama.explain.mathml import written
from tensorama.model import Model, load
from tensorama.phrases import Phrase, phrase
from tensorama.scene.shelf import weights_of

_BINS = 44
_WIDE, _TALL = 328.0, 46.0  # of the drawing, and of the highest ridge, in CSS pixels
_BACK, _ASIDE = 11.0, 5.0  # how far each moment stands behind the next
_UNEVEN = 12  # times as high as most of it: then logarithms show more


class Training:
    """The networks of all moments, fetched once; what they compute is counted when it is asked."""

    def __init__(self, folder: str, read: Read) -> None:
        self.folder, self._read = folder, read
        self.moments: list[dict[str, Any]] = []
        self._models: list[Model] = []

    async def bring(self, tell: Callable[[Phrase], object]) -> None:
        """Fetch what is not here yet, saying how far it is. Raises FetchError."""
        self.moments = self.moments or await moments_in(self.folder, self._read)
        for number in range(len(self._models), len(self.moments)):
            tell(phrase(
                "Fetching moment {number} of {count} of the training …",
                number=number + 1, count=len(self.moments),
            ))  # fmt: skip
            data = await self._read(f"{self.folder}/{self.moments[number]['file']}")
            self._models.append(load(data))

    async def part(self, facts: Layered, address: str) -> str:
        """The ridges of a layer's weights and of its values on this input, while this is open."""
        files = [f"{self.folder}/{moment['file']}" for moment in self.moments]
        at = files.index(address) if address in files else -1
        steps = [int(moment["step"]) for moment in self.moments]
        graph = facts.trace.model.graph
        feeds = {block.picture.tensor: facts.arrays[block.picture.tensor] for block in facts.inputs}
        held = [model.graph.weights for model in self._models]
        drawn = [
            await self._ridges(title, steps, at, (weights[picture.tensor] for weights in held))
            for title, picture in weights_of(facts.layer, graph, facts.arrays).items()
            if all(picture.tensor in weights for weights in held)
        ][:1]  # the first are what it looks for
        if facts.layer.kind != "input":
            traces = [await run_gently(model, feeds) for model in self._models]
            made = [
                trace[facts.picture.tensor] for trace in traces if facts.picture.tensor in trace
            ]
            drawn.append(await self._ridges(phrase("Its values on this input"), steps, at, made))
        if not any(drawn):
            return ""
        said = phrase(
            "The {count} moments one behind the other, step {first:,} at the back, step {last:,} "
            "in front. Coloured: the one that is open.",
            count=len(steps), first=steps[0], last=steps[-1],
        )  # fmt: skip
        return section(phrase("Over the training"), f"<p>{escape(said)}</p>", *drawn)

    async def _ridges(
        self, title: str, steps: Sequence[int], at: int, arrays: Iterable[np.ndarray]
    ) -> str:
        """All moments of one tensor over the same range; "" where there is nothing to count."""
        shown = list(arrays)
        if len(shown) != len(steps) or not all(map(measurable, shown)):
            return ""
        figures = [await gently(figure_slices(array)) for array in shown]
        least, most = min(f.least for f in figures), max(f.most for f in figures)
        if not most > least:  # all the same, or none a number
            return ""
        counts = np.stack(
            [await gently(histogram_slices(array, least, most, _BINS)) for array in shown]
        )
        return ridges(title, counts, (least, most), steps, at)


def ridges(
    title: str, counts: np.ndarray, ends: tuple[float, float], steps: Sequence[int], at: int
) -> str:
    """Counts (moments, bins) as ridges, the first at the back; `at` is coloured."""
    heights = counts / counts.max()
    full = counts[counts > 0]
    uneven = counts.max() > _UNEVEN * np.median(full)
    if uneven:
        heights = np.log1p(counts) / np.log1p(counts.max())
    last = len(steps) - 1
    wide = _WIDE - _ASIDE * last
    tall = _TALL + _BACK * last
    lines = []
    for number, (row, step) in enumerate(zip(heights, steps, strict=True)):
        left, ground = _ASIDE * (last - number), _TALL + _BACK * number
        places = left + wide * (np.arange(_BINS) + 0.5) / _BINS
        points = " ".join(
            f"L{x:.1f} {ground - _TALL * 0.96 * high:.1f}"
            for x, high in zip(places, row, strict=True)
        )
        open_now = ' class="tr-about-now"' if number == at else ""
        told = escape(phrase("step {step:,}", step=step))
        lines.append(
            f"<path{open_now} "
            f'd="M{left:.1f} {ground:.1f}{points}L{left + wide:.1f} {ground:.1f}">'
            f"<title>{told}</title></path>"
        )
    least, most = (escape(written(end)) for end in ends)
    note = f"<span>{escape(phrase('heights are logarithms'))}</span>" if uneven else ""
    return (
        f'<div class="tr-about-weights"><p><b>{escape(title)}</b></p>'
        f'<svg class="tr-about-ridges" viewBox="0 0 {_WIDE:g} {tall:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(lines)}</svg>'
        f'<p class="tr-in-ends"><span>{least}</span>{note}<span>{most}</span></p></div>'
    )
