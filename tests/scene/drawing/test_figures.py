"""Numbers on cells: only where they can be read, and each on the cell that it is of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tensorama.layers import Layer
from tensorama.scene import Camera, arrange, build_scene
from tensorama.scene.camera.camera import Room, project, ray
from tensorama.scene.camera.pick import Hit, pick, placed
from tensorama.scene.drawing.figures import LETTER, Figure, Sight, figures
from tensorama.scene.pictures.reading import Reading, sort_of

ROOM = Room(900, 600)


def sight_of(
    array: np.ndarray, camera: Camera, opened: set[int], reading: Reading | None = None
) -> Sight:
    """One block with this tensor, seen so."""
    layer = Layer("t", "operation", "Op", "t", ("t",))
    reading = reading or Reading(sort_of(array))
    scene = build_scene([layer], {"t": array.shape}, readings={"t": reading})
    layout = arrange(scene, opened)
    opening = np.array([float(0 in opened)])
    places = placed(scene, layout.anchors, opening, layout.shown)
    if array.dtype.kind in "OU":
        magnitude = 1.0
    else:
        magnitude = float(np.nanmax(np.abs(np.where(np.isfinite(array), array, 0)), initial=0))
    return Sight(
        scene, places, opened, [0], camera.matrix(ROOM), ROOM, "dark", lambda b, q: magnitude
    )


def under(sight: Sight, figure: Figure) -> Hit:
    """The cell that a figure stands on."""
    start, direction = ray(figure.x, figure.y, sight.matrix, ROOM)
    opening = np.array([float(0 in sight.opened)])
    layout = arrange(sight.scene, sight.opened)
    hit = pick(sight.scene, layout.anchors, opening, layout.shown, start, direction)
    assert hit, figure
    return hit


def read(array: np.ndarray, camera: Camera, opened: bool = False, **more: Any) -> dict:
    """The texts by the index of the cell that they stand on."""
    sight = sight_of(array, camera, {0} if opened else set(), **more)
    picture = sight.scene.blocks[0].picture
    found = [f for f in figures(sight, lambda b: array) if f.on != "ground"]
    texts = {}
    for figure in found:
        hit = under(sight, figure)
        if hit.chart >= 0:
            texts[picture.index(hit.chart, hit.row, hit.col)] = figure.text
    assert len(found) == len(texts) or not opened
    return texts


FRONT = Camera(yaw=0, pitch=0, distance=26)


@pytest.mark.parametrize("camera", [FRONT, Camera(distance=26), Camera(yaw=0.6, distance=26)])
def test_each_number_stands_on_its_cell(camera: Camera) -> None:
    array = np.random.default_rng(1).normal(0, 1, (8, 8)).astype(np.float32)
    texts = read(array, camera)
    assert len(texts) == array.size
    for index, text in texts.items():
        assert abs(float(text.replace("−", "-")) - array[index]) <= 0.051


def test_from_far_nothing_is_written() -> None:
    array = np.ones((8, 8), np.float32)
    assert not read(array, replace(FRONT, distance=400))
    assert not read(np.ones((200, 200), np.float32), FRONT)


def test_only_what_is_on_the_canvas_is_written() -> None:
    array = np.ones((64, 64), np.float32)
    near = read(array, replace(FRONT, distance=3))
    assert 0 < len(near) < 300


def test_maps_of_an_open_layer_have_their_numbers_and_a_closed_one_those_of_its_face() -> None:
    array = np.random.default_rng(2).integers(-9, 9, (1, 4, 4, 4))
    texts = read(array, replace(FRONT, distance=40), opened=True)
    assert {index: str(value).replace("-", "−") for index, value in np.ndenumerate(array)} == texts
    sight = sight_of(array, FRONT, set())
    face = [f.text.replace("−", "-") for f in figures(sight, lambda b: array)]
    strongest = np.where(-array[0].min(0) > array[0].max(0), array[0].min(0), array[0].max(0))
    assert sorted(map(int, face)) == sorted(strongest.ravel().tolist())


SORTS = [
    (np.array([[3, -12], [50_257, 0]]), ["3", "−12", "50257", "0"]),
    (np.array([[True, False]]), ["true", "false"]),
    (np.array([["six", "<b>"], ["", "a\nb"]], object), ["six", "<b>", "a b"]),
    (np.array([[np.nan, np.inf], [-np.inf, 1]], np.float32), ["NaN", "∞", "−∞", "1.00"]),
    (np.float32(0.123456), ["0.1235"]),
    (np.array([[0.0, 250.5]], np.float32), ["0", "250"]),
]


@pytest.mark.parametrize(("array", "wanted"), SORTS)
def test_each_sort_is_written_in_its_own_way(array: np.ndarray, wanted: list[str]) -> None:
    array = np.asarray(array)
    assert sorted(read(array, replace(FRONT, distance=12)).values()) == sorted(wanted)


@pytest.mark.parametrize("sort", ["whole", "label"])
def test_all_integers_of_a_map_are_written_or_none(sort: str) -> None:
    array = np.array([[7, 50_257, 3, 12], [1, 2, 99, 5]])
    for distance in range(12, 90, 2):
        camera = replace(FRONT, distance=float(distance))
        assert len(read(array, camera, reading=Reading(sort))) in (0, array.size), distance
    assert read(array, replace(FRONT, distance=12), reading=Reading(sort))


@pytest.mark.parametrize(("theme", "on"), [("dark", "dark"), ("light", "bright")])
def test_what_is_written_on_a_masked_cell_stands_on_the_ground(theme: str, on: str) -> None:
    array = np.array([[-np.inf, -np.inf]], np.float32)
    sight = replace(sight_of(array, replace(FRONT, distance=12), set()), theme=theme)
    assert {figure.on for figure in figures(sight, lambda b: array)} == {on}


def test_a_long_text_is_cut_down_to_its_cell() -> None:
    array = np.array([["a rather long text, longer than its cell is wide", "x"]], object)
    long, short = read(array, FRONT).values()
    assert short == "x"
    assert long.endswith("…")
    assert array[0, 0].startswith(long[:-1])
    assert 10 < len(long) <= 5 / FRONT.unit(ROOM) / LETTER


def test_heads_have_their_names_over_them() -> None:
    array = np.ones((1, 3, 9, 9), np.float32)
    sight = sight_of(array, replace(FRONT, distance=60), {0}, Reading(called="head"))
    names = [f.text for f in figures(sight, lambda b: array) if f.on == "ground"]
    assert names == ["head 0", "head 1", "head 2"]


@pytest.mark.parametrize("shape", [(1, 4, 6, 16), (1, 6, 16, 6), (1, 3, 9, 9)])
def test_a_name_over_a_map_lies_on_no_other(shape: tuple[int, ...]) -> None:
    array, written = np.ones(shape, np.float32), 0
    for distance in range(20, 120, 5):
        camera = replace(FRONT, distance=float(distance))
        sight = sight_of(array, camera, {0}, Reading(called="head"))
        x, y, z, wide, high = sight.places[1:].T
        left, top, _ = project(
            np.column_stack([x - wide / 2, y + high / 2, z]), sight.matrix, ROOM
        ).T
        right, bottom, _ = project(
            np.column_stack([x + wide / 2, y - high / 2, z]), sight.matrix, ROOM
        ).T
        for name in figures(sight, lambda b: array):
            if name.on == "ground":
                written += 1
                meets = (left < name.x + 20) & (right > name.x)
                meets &= (top < name.y - 1) & (bottom > name.y - 8)
                assert not meets.any(), (distance, name)
    assert written


def test_of_a_volume_only_what_is_in_front_is_written() -> None:
    array = np.arange(2 * 5 * 4 * 4).reshape(1, 2, 5, 4, 4)
    camera = Camera(distance=45)
    volume = Reading("whole", volume=True)
    texts = read(array, camera, opened=True, reading=volume)
    assert 2 * 16 < len(texts) < array.size, "those behind another slice are hidden"
    assert all(text == str(array[index]) for index, text in texts.items())
    names = [
        f.text
        for f in figures(sight_of(array, camera, {0}, volume), lambda b: array)
        if f.on == "ground"
    ]
    assert names == ["channel 1", "channel 2"]


def test_ink_is_dark_on_bright_cells() -> None:
    array = np.array([[1.0, 0.0]], np.float32)
    on = {f.text: f.on for f in figures(sight_of(array, FRONT, set()), lambda b: array)}
    assert on == {"1.00": "bright", "0": "dark"}
