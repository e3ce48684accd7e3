"""Normalised numbers: how far from the middle of their row, in deviations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.app.inspect.competing import cells
from tensorama.app.inspect.grids import Drawing
from tensorama.app.inspect.sheet import Sheet, operands, section
from tensorama.app.inspect.wording import escape
from tensorama.explain import Explanation
from tensorama.explain.mathml import written
from tensorama.phrases import phrase
from tensorama.scene.pictures.colour import Theme, rgb

_HIGH = 46.0  # CSS pixels
_FAINT = 0.22  # of one line among many


@dataclass(frozen=True, slots=True, eq=False)
class Rug(Drawing):
    """Numbers as lines along an axis, the band of one deviation around their mean, one marked."""

    numbers: np.ndarray
    mean: float
    deviation: float
    own: float
    wide: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        return self.wide, _HIGH

    def painted(self, theme: Theme, density: float) -> np.ndarray:
        """As an image of so many pixels a CSS pixel → uint8 (height, width, 4)."""
        high, wide = round(_HIGH * density), round(self.wide * density)
        low, most = float(self.numbers.min()), float(self.numbers.max())
        reach = (most - low) or 1.0

        def at(number: float) -> int:
            return round(min(1.0, max(0.0, (number - low) / reach)) * (wide - 1))

        image = np.zeros((high, wide, 4))
        image[..., :3] = rgb(theme.ground)
        image[..., 3] = 1.0
        band = slice(at(self.mean - self.deviation), at(self.mean + self.deviation) + 1)
        image[:, band, :3] = rgb(theme.zero)
        places = np.round((self.numbers - low) / reach * (wide - 1)).astype(int)
        count = np.bincount(places, minlength=wide)
        strength = 1 - (1 - _FAINT) ** count
        middle = slice(round(high * 0.3), round(high * 0.82))
        image[middle, :, :3] += strength[:, None] * (rgb(theme.quiet) - image[middle, :, :3])
        thick = max(1, round(density))
        image[:, at(self.mean) : at(self.mean) + thick, :3] = rgb(theme.quiet)
        mark = rgb(theme.up[1] if self.own >= self.mean else theme.down[1])
        first = min(at(self.own), wide - 2 * thick)
        image[:, first : first + 2 * thick, :3] = mark
        return np.round(image * 255).astype(np.uint8)


def body(sheet: Sheet, explained: Explanation) -> str:
    """Centre, spread and scale: where the number stood among those of its row."""
    group = max(explained.groups, key=lambda g: g.share.size)
    stages = {stage.name: stage.value for stage in explained.steps}
    if group.share.size < 2 or not {"mean", "spread", "normalised"} <= stages.keys():
        return operands(sheet, explained)
    numbers = group.values[0].reshape(-1).astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    mean, spread = float(stages["mean"]), float(stages["spread"])
    own = mean + float(stages["normalised"]) * spread
    count = group.share.size
    parts = []
    if len(numbers):
        rug = Rug(numbers, mean, spread, own, sheet.room)
        parts.append(
            sheet.grid(
                rug, phrase("{count:,} cells along an axis, and this one among them", count=count)
            )
        )
        words = phrase("mean {mean} ± {spread}", mean=written(mean), spread=written(spread))
        parts.append(
            f'<p class="tr-in-ends"><span>{written(numbers.min())}</span>'
            f"<span>{escape(words)}</span>"
            f"<span>{written(numbers.max())}</span></p>"
        )
    grid = cells(sheet, group.values[0], ~group.inside[0], group.tensors[0], group.indices[0])
    return section(
        phrase("Normalised over {count:,} cells", count=count), *parts,
        sheet.grid(
            grid, phrase("{count:,} cells of {name}", count=count, name=group.tensors[0])
        ),
        kind="tr-in-spread",
    )  # fmt: skip


BODIES = {"normalisation": body}
