"""The posters of a model, made when the site is built."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.inputs import default_feeds, input_kind, rasterize, sample_digit
from tensorama.layers import find_layers
from tensorama.model import Model
from tensorama.scene import build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.poster import poster, poster_style

FIRST_DIGIT = 7
_ROOMS = {"wide": Room(1030, 600), "tall": Room(370, 520)}


def first_feeds(model: Model) -> dict[str, Any]:
    """What the page feeds at first: a sample digit, or seeded noise."""
    drawing = input_kind(model)
    if drawing:
        return {drawing.tensor: rasterize(sample_digit(FIRST_DIGIT), drawing)}
    return dict(default_feeds(model))


def posters(model: Model) -> str:
    """One still picture for wide boxes and one for tall ones, with their colours."""
    trace = model.run(first_feeds(model))
    shapes = {name: array.shape for name, array in trace.items()}
    scene = build_scene(find_layers(model), shapes)
    values = {
        number: block.picture.values(np.asarray(trace[block.picture.tensor]))
        for number, block in enumerate(scene.blocks)
    }
    pictures = "".join(
        f'<div class="tr-poster-{name}">{poster(scene, values, room)}</div>'
        for name, room in _ROOMS.items()
    )
    return f"<style>{poster_style()}</style>{pictures}"
