"""What is seen, as vectors: the scene with all that lies over it, for `figure.seen`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from tensorama.app.deeper.beside import BASE, plates, words
from tensorama.app.deeper.still import Cut, cut_of, stage_of
from tensorama.app.deeper.strokes import lines, ties
from tensorama.app.desk import Desk
from tensorama.app.reading import near_figures, scale_of
from tensorama.app.running import gently
from tensorama.engine.contract import Slices
from tensorama.figure.cells import Look
from tensorama.figure.seen import as_seen
from tensorama.figure.sheet import Line, Plate, Sheet, View, Word
from tensorama.scene import Scene
from tensorama.scene.drawing.figures import Figure
from tensorama.scene.pictures.colour import THEMES
from tensorama.view.figures import COLOURS
from tensorama.view.maps import Maps
from tensorama.view.stage import Stage


async def as_svg(desk: Desk, theme: str, transparent: bool) -> str:
    """A file's text. Raises TooLargeError for too many maps."""
    stage = stage_of(desk)
    quiet = THEMES[theme].quiet
    texts: list[Word | Plate] = [
        *plates(desk, theme, transparent),
        *words(desk, theme),
        *(_figure(figure, quiet) for figure in near_figures(desk, stage, theme)),
    ]
    view = View(stage.matrix(), stage.room, THEMES[theme], stage.surface.density, transparent)
    parts = as_seen(
        _sheets(desk, stage, theme), ties(stage, theme), texts, view,
        _window(cut_of(desk, stage)), desk.session.name,
    )  # fmt: skip
    return await gently(_joined(parts))


def _window(cut: Cut) -> tuple[float, float, float, float]:
    return cut.left, cut.top, cut.wide, cut.high


def _joined(parts: Iterator[str]) -> Slices[str]:
    found = []
    for part in parts:
        found.append(part)
        yield
    return "".join(found)


def _sheets(desk: Desk, stage: Stage, theme: str) -> list[Sheet]:
    """The network, and what stands on a shelf before it."""
    now, cell = stage.now, stage.marks.cell
    sheets = [
        Sheet(
            stage.scene, stage.places(), now.opening, now.shown,
            _numbers(desk, stage.scene),
            lambda block, quad: scale_of(desk, stage, block, quad),
            _look(stage.maps), desk.session.lens is not None,
            (cell.block, cell.chart, cell.row, cell.col) if cell else None,
            stage.dark, lines(stage, theme),
        )
    ]  # fmt: skip
    view = desk.shelf
    if view:
        scene, every = view.shelf.scene, np.ones(len(view.shelf.scene.blocks))
        edges = [Line(pair, THEMES[theme].hairline) for pair in view.lines.drawn]
        sheets.append(Sheet(
            scene, view.places, every, every, _numbers(desk, scene),
            lambda block, quad: float(view.maps.scales[block]), _look(view.maps),
            lines=edges, board=view.board,
        ))  # fmt: skip
    return sheets


def _numbers(desk: Desk, scene: Scene) -> Callable[[int], np.ndarray | None]:
    """Of a block its maps; None where nothing is known of it."""
    lens = desk.session.lens

    @lru_cache(maxsize=4)  # it is asked for one map after the other
    def values(number: int) -> np.ndarray | None:
        picture = scene.blocks[number].picture
        if lens and scene is desk.stage.scene and picture.tensor not in lens.arrays:
            return None
        return picture.values(desk.session.seen(picture.tensor))

    return values


def _look(maps: Maps | None) -> Callable[[int], Look]:
    """What lies over a block's colours, as the graphics card was told."""

    def look(block: int) -> Look:
        if maps is None:
            return Look(lit=0)
        _, (lit, flare, away, _), _, (heat, *_) = maps.state[:, block].tolist()
        return Look(lit, flare, heat, away)

    return look


def _figure(figure: Figure, quiet: str) -> Word:
    """A number on a cell, or a caption."""
    caption = figure.on == "ground"
    y = figure.y if caption else figure.y + 11 * BASE
    colour, anchor = COLOURS.get(figure.on, quiet), "start" if caption else "middle"
    return Word((1, 0, 0, 1, figure.x, y), figure.text, 11, colour, anchor=anchor)
