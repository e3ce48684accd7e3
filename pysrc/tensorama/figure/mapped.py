"""One map in a vector picture: its cells as an image or as tiles, its frame, and its mark.

A map is an image that is fitted into place; where perspective bends it, it is cut until each part
fits. Of a map in a closed stack only the cells are drawn that the one before it leaves bare.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tensorama.figure import cells
from tensorama.figure.cells import Look, colours_of, mixed, smooth
from tensorama.figure.sheet import Sheet, View, way
from tensorama.figure.svg import number
from tensorama.scene.build import Block, gaps
from tensorama.scene.pictures.colour import Theme, rgb

_BENT = 0.5  # CSS pixels that a corner may be off
_CUTS = 6  # times that a map is cut
_FINEST, _EDGE = 8, 512  # pixels of a cell, for those who smooth images; of such an image
_TILES = 600  # cells that are drawn one by one, with gaps between them
_GAP = 0.07  # of a cell on each side
_APART = 3.0, 7.0  # pixels of a tile between which it comes to have a gap around it
_PART = 9.0, 26.0  # pixels of a cell between which lines come to part it from the next
_FRAMED = 5.0, 22.0  # pixels of a map between which it comes to have a frame
_MARK, _CLEAR = 1.7, 5.0  # pixels of the mark around a cell, and of a cell that has one

Array = np.ndarray
Box = tuple[int, int, int, int]  # of the cells of a map: first row, last, first column, last


def bare(sheet: Sheet, eye: Array) -> Array:
    """Which part of each map's width and height the one before it leaves bare, (Q,2): on the right
    and above for positive ones, on the left and below for negative; 1 for all of it."""
    places, block = sheet.places, sheet.scene.block
    gap = gaps(sheet.scene) * sheet.shown[block]
    away = eye[2] - places[:, 2] - gap  # from the eye to what hides it
    aside = eye[:2] - places[:, :2]
    hidden = (gap > 0) & (away > 0) & (sheet.opening[block] == 0)
    part = np.abs(aside) / np.maximum(places[:, 3:5], 1e-6) - 0.5
    part = np.clip(part * (gap / np.where(hidden, away, 1))[:, None], 0, 1)
    return np.where(hidden[:, None], part * np.where(aside < 0, -1, 1), 1.0)


def drawn(sheet: Sheet, quad: int, bare: Array, view: View) -> str:
    """One map: its cells, and its frame. Without a ground it does not recede to that."""
    look = sheet.look(int(sheet.scene.block[quad]))
    if view.clear:
        look = replace(look, away=0.0)
    scene, place, theme = sheet.scene, sheet.places[quad], view.theme
    number_, chart = int(scene.block[quad]), int(scene.chart[quad])
    block = scene.blocks[number_]
    picture = block.picture
    closed = max(0.0, 1 - float(sheet.opening[number_]))
    deep = -float(scene.closed[quad, 2]) / (block.closed_size[2] or 1)
    look = replace(look, deep=deep * closed)
    whole = view.project(_corners(place, 0, 0, 1, 1))
    values = sheet.values(number_) if look.lit > 0 else None
    if values is None and look.lit > 0:  # nothing is known of it
        colour = cells.written(_away(mixed(theme.hairline, theme.ink, 0.35), look.away, theme))
        return f'<path d="{way(whole, True)}" stroke="{colour}"/>\n'
    start, right, _, down = whole[:, :2]
    wide, high = (float(np.hypot(*(end - start))) * view.density for end in (right, down))
    pixels = min(wide / picture.cols, high / picture.rows)
    frame = _frame(whole, look, min(wide, high), theme)
    if values is None:
        fill = cells.written(look.over(rgb(theme.zero), pixels, theme))
        return f'<path d="{way(whole, True)}" fill="{fill}"/>\n{frame}'
    image = colours_of(block, chart, values, sheet.scale(number_, quad), theme, sheet.lens)
    if sheet.dark[:2] == (number_, chart):
        image = cells.darkened(image, block, *sheet.dark[2:], theme)
    image[..., :3] = np.rint(look.over(image[..., :3] / 255, pixels, theme) * 255)
    mark = _mark(sheet, number_, chart, pixels / view.density, view)
    if picture.kind in ("vector", "scalar"):
        if image.shape[0] * image.shape[1] <= _TILES:
            return _tiles(place, image, _GAP * smooth(*_APART, pixels), view) + mark
        frame = ""
    pieces = (part for box in _boxes(block, bare) for part in _images(place, image, box, view))
    return "".join([*pieces, _grid(place, image, pixels, look, view), frame, mark])


def _away(colour: Array, away: float, theme: Theme) -> Array:
    return colour + (rgb(theme.ground) - colour) * away


def _frame(whole: Array, look: Look, pixels: float, theme: Theme) -> str:
    """The edge of a map that is so many pixels wide or high."""
    strength = 0.8 * smooth(*_FRAMED, pixels)
    if strength < 0.02:
        return ""
    colour = mixed(theme.hairline, theme.ink, 0.1 + 0.55 * look.flare)
    colour = _away(colour, look.away, theme)
    looks = f'stroke="{cells.written(colour)}" stroke-opacity="{number(strength)}"'
    return f'<path d="{way(whole, True)}" {looks}/>\n'


def _grid(place: Array, image: Array, pixels: float, look: Look, view: View) -> str:
    """Lines between cells that are large enough."""
    strength = 0.5 * smooth(*_PART, pixels)
    if strength < 0.02 or look.deep > 0:
        return ""
    rows, cols = image.shape[:2]
    ends = [(0, row / rows, 1, row / rows) for row in range(1, rows)]
    ends += [(col / cols, 0, col / cols, 1) for col in range(1, cols)]
    if not ends:
        return ""
    x, y, z, wide, high = place
    points = np.array([
        [x + (u - 0.5) * wide, y + (0.5 - v) * high, z]
        for a, b, c, d in ends for u, v in ((a, b), (c, d))
    ])  # fmt: skip
    seen = view.project(points).reshape(-1, 2, 3)
    looks = f'stroke="{view.theme.ground}" stroke-opacity="{number(strength)}"'
    return f'<path d="{"".join(map(way, seen))}" {looks}/>\n'


def _mark(sheet: Sheet, block: int, chart: int, pixels: float, view: View) -> str:
    """What is drawn around the cell that is pointed at or pinned, if it is on this map; pixels: of
    CSS, how large a cell is."""
    if sheet.mark is None or sheet.mark[:2] != (block, chart):
        return ""
    row, col = sheet.mark[2:]
    picture = sheet.scene.blocks[block].picture
    quad = int(np.flatnonzero((sheet.scene.block == block) & (sheet.scene.chart == chart))[0])
    inner = _MARK / 2 / pixels if pixels > _CLEAR else 0
    box = ((col + inner) / picture.cols, (row + inner) / picture.rows,
           (col + 1 - inner) / picture.cols, (row + 1 - inner) / picture.rows)  # fmt: skip
    edge = way(view.project(_corners(sheet.places[quad], *box)), True)
    if pixels > _CLEAR:
        return f'<path d="{edge}" stroke="{view.theme.ink}" stroke-width="{_MARK}"/>\n'
    return f'<path d="{edge}" fill="{view.theme.ink}" fill-opacity="0.75"/>\n'


def _boxes(block: Block, bare: Array) -> list[Box]:
    """The cells of a map that the one before it leaves bare."""
    rows, cols = block.picture.rows, block.picture.cols
    if (bare == 1).all():
        return [(0, rows, 0, cols)]
    found = []
    across, down = (int(np.ceil(abs(part) * n)) for part, n in zip(bare, (cols, rows), strict=True))
    top, bottom = (0, down) if bare[1] >= 0 else (rows - down, rows)
    if down:
        found.append((top, bottom, 0, cols))
    rest = (down, rows) if bare[1] >= 0 else (0, rows - down)
    left, right = (cols - across, cols) if bare[0] >= 0 else (0, across)
    if across and rest[0] < rest[1]:
        found.append((*rest, left, right))
    return found


def _tiles(place: Array, image: Array, gap: float, view: View) -> str:
    """Cells with gaps between them."""
    rows, cols = image.shape[:2]
    paths = []
    for row, col in np.argwhere(image[..., 3] > 0).tolist():
        box = ((col + gap) / cols, (row + gap) / rows,
               (col + 1 - gap) / cols, (row + 1 - gap) / rows)  # fmt: skip
        edge = way(view.project(_corners(place, *box)), True)
        r, g, b = image[row, col, :3].tolist()
        paths.append(f'<path d="{edge}" fill="#{r:02x}{g:02x}{b:02x}"/>\n')
    return "".join(paths)


def _images(
    place: Array, image: Array, box: Box, view: View, cuts: int = _CUTS, end: Box | None = None
) -> Iterator[str]:
    """Some cells of a map as one image, or as several where perspective bends it.

    Each part goes on for a cell below those that are drawn after it, so that no ground is seen
    between them; end: the box that no part goes beyond.
    """
    rows, cols = image.shape[:2]
    top, bottom, left, right = box
    end = end or box
    seen = view.project(_corners(place, left / cols, top / rows, right / cols, bottom / rows))
    start, beside, across, below = seen[:, :2]
    high, wide = bottom - top, right - left
    bent = np.abs(across - (beside + below - start)).max()
    if bent > _BENT and cuts and max(high, wide) > 1:
        parts: tuple[Box, Box]
        if wide >= high:
            at = left + wide // 2
            parts = (top, bottom, left, at), (top, bottom, at, right)
        else:
            at = top + high // 2
            parts = (top, at, left, right), (at, bottom, left, right)
        for part in parts:
            yield from _images(place, image, part, view, cuts - 1, end)
        return
    piece = image[top : min(bottom + 1, end[1]), left : min(right + 1, end[3])]
    fine = max(1, min(_FINEST, _EDGE // max(piece.shape[:2])))
    (a, b), (c, d) = (beside - start) / (wide * fine), (below - start) / (high * fine)
    pixels = piece.repeat(fine, axis=0).repeat(fine, axis=1)
    fitted = " ".join(f"{value:.5g}" for value in (a, b, c, d)) + f" {number(start[0])}"
    yield (
        f'<image width="{pixels.shape[1]}" height="{pixels.shape[0]}" preserveAspectRatio="none"'
        f' transform="matrix({fitted} {number(start[1])})" image-rendering="optimizeSpeed"'
        f' style="image-rendering:pixelated" href="data:image/png;base64,{_encoded(pixels)}"/>\n'
    )


def _encoded(image: Array) -> str:
    return base64.b64encode(png(image)).decode()


def png(image: Array) -> bytes:
    """An image, uint8 (rows, cols, 4), as a PNG file. https://www.w3.org/TR/png-3/"""
    rows, cols = image.shape[:2]
    lines = np.zeros((rows, 1 + 4 * cols), np.uint8)  # each begins with the number of no filter
    lines[:, 1:] = image.reshape(rows, -1)
    head = struct.pack(">IIBBBBB", cols, rows, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _corners(place: Array, x0: float, y0: float, x1: float, y1: float) -> Array:
    """The corners of a part of a map, given in parts of its width and height: clockwise from the
    top left."""
    x, y, z, width, height = place
    return np.array([
        [x + (u - 0.5) * width, y + (0.5 - v) * height, z]
        for u, v in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    ])  # fmt: skip
