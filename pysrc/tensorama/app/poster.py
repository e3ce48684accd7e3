"""The posters of a model, made when the site is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tensorama.engine import Trace
from tensorama.engine.contract import whole
from tensorama.inputs import input_kind, on_pad, rasterize, sample_digit
from tensorama.inputs.ways import feeds_slices
from tensorama.inputs.ways.picture import BESIDE
from tensorama.layers import find_layers
from tensorama.model import Model
from tensorama.scene import Scene, build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.poster import poster, poster_style
from tensorama.scene.pictures.summary import summary

FIRST_DIGIT = 7
_ROOMS = {"wide": Room(1030, 600), "tall": Room(370, 488)}
_CARD = Room(320, 170)
_CELLS = 56  # along a map that fills a card; more could not be told apart
_FEWEST, _MOST = 4, 14
_STACK = 8  # maps of a layer that are drawn behind its face


def first_feeds(model: Model, beside: Mapping[str, np.ndarray] | None = None) -> dict[str, Any]:
    """What the page feeds at first: a sample digit, a sample of what the input is given as.

    beside: the pixels of photos that lie beside the model's file, by the names of their files.
    """
    drawing = input_kind(model)
    if drawing:
        strokes = on_pad(sample_digit(FIRST_DIGIT), FIRST_DIGIT, drawing)
        return {drawing.tensor: rasterize(strokes, drawing)}
    pictures = {BESIDE + name: pixels for name, pixels in (beside or {}).items()}
    return whole(feeds_slices(model, {}, pictures=pictures))


def posters(model: Model) -> str:
    """One still picture for wide boxes and one for tall ones."""
    scene, values = _drawn(model.run(first_feeds(model)))
    return "".join(
        f'<div class="tr-poster-{name}">{poster(scene, values, room)}</div>'
        for name, room in _ROOMS.items()
    )


def card_picture(model: Model, feeds: Mapping[str, Any] | None = None) -> str:
    """A small picture for a card, as an SVG file of its own: dark, or light as `….svg#light`."""
    scene, values = _drawn(model.run(feeds or first_feeds(model)))
    most = max(_FEWEST, min(_MOST, round(_CELLS / len(values) ** 0.5)))
    coarse = {number: _coarse(maps, most) for number, maps in values.items()}
    drawn = poster(scene, coarse, _CARD, _STACK)
    used = set(re.findall(r'class="(p\w+)"', drawn))
    rules = [
        rule
        for rule in poster_style("#light:target ").splitlines()
        if re.search(r"\.(p\w+)\{", rule)[1] in used  # type: ignore[index]
    ]
    body = drawn.partition(">")[2].removesuffix("</svg>")
    return (
        f'<svg viewBox="{_extent(body)}" xmlns="http://www.w3.org/2000/svg">'
        f'<style>{"".join(rules)}</style><g id="light">{body}</g></svg>'
    )


def _extent(paths: str) -> str:
    """What the paths fill, as a viewBox with a small edge."""
    points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", paths)
    low, high = np.min(np.array(points, float), axis=0), np.max(np.array(points, float), axis=0)
    return " ".join(f"{number:.0f}" for number in (*low - 3, *high - low + 6))


def _drawn(trace: Trace) -> tuple[Scene, dict[int, np.ndarray]]:
    """A scene of a run, and the values of each of its blocks."""
    shapes = {name: np.shape(array) for name, array in trace.items()}
    scene = build_scene(find_layers(trace.model), shapes)
    return scene, {
        number: block.picture.values(np.asarray(trace[block.picture.tensor]))
        for number, block in enumerate(scene.blocks)
    }


def _coarse(maps: np.ndarray, most: int) -> np.ndarray:
    """Maps (C,H,W) as one of at most so many rows and columns, of means."""
    face = summary(maps) if len(maps) > 1 else maps[0]
    for axis in (0, 1):
        size = face.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most, endpoint=False).astype(int)
            counts = np.diff([*starts, size])
            with np.errstate(over="ignore", invalid="ignore"):  # of numbers that mean: none
                summed = np.add.reduceat(face, starts, axis=axis)
            face = summed / np.expand_dims(counts, 1 - axis)
    return face[None]
