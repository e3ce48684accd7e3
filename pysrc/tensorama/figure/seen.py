"""What is seen in the page as a vector picture: outlines, maps as images, labels as text.

The same scene, numbers, colours and camera as in the live picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from tensorama.errors import TooLargeError
from tensorama.figure.mapped import bare, drawn
from tensorama.figure.sheet import Line, Plate, Sheet, View, Word, way
from tensorama.figure.svg import number, written
from tensorama.phrases import phrase

MOST = 12_000  # maps; programs that draw take no more
LONGEST, LARGEST = 16_384, 1 << 28  # pixels of an edge and of a picture, as browsers have it
_FONT = 'font-family="Inter,system-ui,Helvetica,Arial,sans-serif"'


def as_seen(
    sheets: Sequence[Sheet],
    ties: Iterable[Line],
    words: Iterable[Word | Plate],
    view: View,
    window: tuple[float, float, float, float],
    title: str,
) -> Iterator[str]:
    """The parts of an SVG file, one after the other, so that a page can breathe between them.

    sheets: the later before the earlier. ties: over all of them. window: the part of the room that
    is kept: left, top, width, height. Raises TooLargeError for more maps than such a file can be of
    use with.
    """
    in_sight = [_in_sight(sheet, view) for sheet in sheets]
    count = sum(map(len, in_sight))
    if count > MOST:
        raise TooLargeError(phrase(
            "{count:,} maps are in sight, too many for a vector picture (at most {most:,}). Close "
            "a layer, come closer, or take a PNG.", count=count, most=MOST,
        ))  # fmt: skip
    left, top, wide, high = map(number, window)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="{left}'
        f' {top} {wide} {high}" {_FONT} fill="none" stroke-linejoin="round">\n'
        f"<title>{written(title)}</title>\n"
    )
    if not view.clear:
        where = f'x="{left}" y="{top}" width="{wide}" height="{high}"'
        yield f'<rect {where} fill="{view.theme.ground}"/>\n'
    for sheet, quads in zip(sheets, in_sight, strict=True):
        if sheet.board is not None:
            edge = way(view.project(sheet.board), True)
            yield f'<path d="{edge}" fill="{view.theme.ground}"/>\n'
        yield from _lines(sheet.lines, view)
        yield from _maps(sheet, [quad for _, quad in sorted(quads, reverse=True)], view)
    yield from _lines(ties, view)
    for word in words:
        yield _word(word) if isinstance(word, Word) else _plate(word)
    yield "</svg>\n"


def _maps(sheet: Sheet, quads: Sequence[int], view: View) -> Iterator[str]:
    """The farthest first; without a ground what recedes comes before, and each block fades as one
    thing."""
    seen, block = bare(sheet, view.eye), sheet.scene.block
    away = {int(block[quad]): sheet.look(int(block[quad])).away for quad in quads}
    fading = {number: part for number, part in away.items() if view.clear and part > 0}
    for one, part in fading.items():
        yield f'<g opacity="{number(1 - part)}">\n'
        for quad in quads if part < 1 else ():
            if block[quad] == one:
                yield drawn(sheet, quad, seen[quad], view)
        yield "</g>\n"
    for quad in quads:
        if int(block[quad]) not in fading:
            yield drawn(sheet, quad, seen[quad], view)


def _lines(lines: Iterable[Line], view: View) -> Iterator[str]:
    """Those that look alike, one after the other, are one path."""
    for (colour, width, strength), alike in groupby(
        lines, key=lambda line: (line.colour, line.width, line.strength)
    ):
        seen = [view.project(line.points) for line in alike]
        ways = "".join(way(points) for points in seen if (points[:, 2] > 0).all())
        looks = f' stroke-width="{number(width)}"' if width != 1 else ""
        looks += f' stroke-opacity="{number(strength)}"' if strength != 1 else ""
        if ways:
            yield f'<path d="{ways}" stroke="{colour}"{looks}/>\n'


def too_large(wide: int, high: int) -> TooLargeError:
    """The error for a picture of so many pixels."""
    return TooLargeError(phrase(
        "{wide:,} × {high:,} pixels are more than this browser can make one picture of. Take "
        "fewer.", wide=wide, high=high,
    ))  # fmt: skip


def _in_sight(sheet: Sheet, view: View) -> list[tuple[float, int]]:
    """How far away each map is that can be seen, and its quad."""
    scene, places, room = sheet.scene, sheet.places, view.room
    block = scene.block
    there = (sheet.shown[block] > 0.5) & (places[:, 3] > 1e-3)
    there &= (scene.chart >= 0) | (sheet.opening[block] < 0.5)  # an open layer has no summary
    there &= (scene.closed[:, 3] > 0) | (sheet.opening[block] > 0)
    quads = np.flatnonzero(there)
    half = places[quads, 3:5] / 2
    low, high = places[quads, :3].copy(), places[quads, :3].copy()
    low[:, :2] -= half
    high[:, :2] += half
    a, b = view.project(low), view.project(high)
    x, y = np.sort([a[:, 0], b[:, 0]], axis=0), np.sort([a[:, 1], b[:, 1]], axis=0)
    inside = (a[:, 2] > 0) & (b[:, 2] > 0)
    inside &= (x[1] > 0) & (x[0] < room.width) & (y[1] > 0) & (y[0] < room.height)
    far = (a[:, 2] + b[:, 2]) / 2
    return [*zip(far[inside].tolist(), quads[inside].tolist(), strict=True)]


def _plate(plate: Plate) -> str:
    (a, b, c, d, x, y), (left, top, wide, high) = plate.matrix, plate.box
    turn = f"{a:.5g} {b:.5g} {c:.5g} {d:.5g} {number(x)} {number(y)}"
    where = f'x="{number(left)}" y="{number(top)}" width="{number(wide)}" height="{number(high)}"'
    looks = f'fill="{plate.colour}"'
    looks += f' fill-opacity="{number(plate.strength)}"' if plate.strength != 1 else ""
    return f'<rect transform="matrix({turn})" {where} {looks}/>\n'


def _word(word: Word) -> str:
    a, b, c, d, x, y = word.matrix
    turned = (a, b, c, d) != (1, 0, 0, 1)
    where = (
        f'transform="matrix({a:.5g} {b:.5g} {c:.5g} {d:.5g} {number(x)} {number(y)})"'
        if turned
        else f'x="{number(x)}" y="{number(y)}"'
    )
    looks = f'font-size="{number(word.size)}" fill="{word.colour}"'
    looks += ' font-weight="600"' if word.bold else ""
    looks += f' text-anchor="{word.anchor}"' if word.anchor != "start" else ""
    return f"<text {where} {looks}>{written(word.text)}</text>\n"
