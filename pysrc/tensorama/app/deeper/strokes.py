"""The lines of what is seen: borders, ways from layer to layer, and what leads to a cell."""

from __future__ import annotations

import numpy as np

from tensorama.figure.cells import written
from tensorama.figure.sheet import Line
from tensorama.scene.pictures.colour import THEMES, rgb
from tensorama.view.marks import TIED
from tensorama.view.stage import Stage


def lines(stage: Stage, theme: str) -> list[Line]:
    """Borders of groups and of what is hot, and what leads from layer to layer."""
    colours, links, borders = THEMES[theme], stage.links, stage.marks.borders
    cold, hot = map(rgb, colours.heat)
    found = [
        Line(pair, colours.hairline if heat < 0 else written(cold + (hot - cold) * heat))
        for pair, heat in zip(borders.drawn, borders.heat.tolist(), strict=True)
    ]
    if links is None:
        return found
    way, bright = rgb(colours.up[1]) - colours.way, links.lit
    for points, lit in zip(links.drawn(stage.now.anchors, stage.now.sizes), bright, strict=True):
        if not lit.any():
            found.append(Line(points, written(colours.way)))
            continue
        found += [
            Line(points[n : n + 2], written(colours.way + way * part))
            for n, part in enumerate(lit.tolist())
        ]
    return found


def ties(stage: Stage, theme: str) -> list[Line]:
    """What leads to the pinned cell, over everything."""
    marks, colours = stage.marks, THEMES[theme]
    found = [Line(pair, colours.ink, 1.0, TIED) for pair in marks.ties.drawn]
    threads = marks.threads
    if threads is not None:
        hues = dict(zip((1, -1, 0), colours.threads, strict=True))
        looks = zip(
            threads.segments, threads.widths.tolist(), threads.signs.tolist(),
            threads.strength.tolist(), strict=True,
        )  # fmt: skip
        found += [
            Line(pair, hues[int(np.sign(sign))], wide, strong) for pair, wide, sign, strong in looks
        ]
    return found
