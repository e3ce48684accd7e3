"""The still picture: well-formed, of the palette's classes, the same each time, inside its room."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from scene.scenes import LENET, chain, random_dag, scene_of
from tensorama.scene import Scene, build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.poster import poster, poster_style

ROOM = Room(800, 500)


def drawn(scene: Scene, fill: float | None = None) -> str:
    random = np.random.default_rng(0)
    values = {}
    for number, block in enumerate(scene.blocks):
        shape = block.picture.shape
        array = random.normal(size=shape) if fill is None else np.full(shape, fill)
        values[number] = block.picture.values(np.asarray(array, np.float32))
    return poster(scene, values, ROOM)


def classes(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [path.attrib["class"] for path in root]


@pytest.mark.parametrize("seed", range(4))
def test_it_is_well_formed_and_every_class_has_a_colour(seed: int) -> None:
    known = set(re.findall(r"\.(p\w+)\{", poster_style()))
    assert set(classes(drawn(random_dag(seed)))) <= known


def test_each_link_is_a_line_and_each_map_has_a_frame() -> None:
    scene = scene_of(LENET)
    found = classes(drawn(scene))
    assert found.count("pl") == len(scene.links)
    assert found.count("pf") == sum(b.count for b in scene.blocks if b.picture.kind != "vector")


def test_all_of_it_lies_inside_its_room() -> None:
    for path in ElementTree.fromstring(drawn(scene_of(LENET))):
        numbers = np.array([float(n) for n in re.findall(r"-?[\d.]+", path.attrib["d"])])
        assert numbers.min() >= 0
        assert (numbers[::2] <= ROOM.width).all()
        assert (numbers[1::2] <= ROOM.height).all()


def test_it_is_the_same_each_time() -> None:
    assert drawn(chain(4)) == drawn(chain(4))


def test_zeros_of_a_map_are_only_its_frame() -> None:
    assert set(classes(drawn(chain(3), 0.0))) == {"pl", "pf"}


@pytest.mark.parametrize("fill", [np.nan, np.inf, -np.inf, np.finfo(np.float32).max])
def test_what_is_no_number_does_not_break_it(fill: float) -> None:
    ElementTree.fromstring(drawn(scene_of(LENET), fill))


def test_names_of_the_model_are_not_in_it() -> None:
    assert "markup" not in drawn(scene_of({"<b>markup</b>": ((1, 4, 8, 8), ())}))


def test_an_empty_scene_is_an_empty_picture() -> None:
    assert classes(poster(build_scene([], {}), {}, ROOM)) == []
