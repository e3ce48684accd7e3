"""What lies under the pointer, against a slow search in plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import LENET, random_dag, scene_of, some_open
from tensorama.scene import Camera, Scene, arrange, build_scene
from tensorama.scene.camera.camera import Room, project, ray
from tensorama.scene.camera.pick import Hit, pick, placed

ROOM = Room(1000, 700, left=200)


def searched(
    scene: Scene, places: np.ndarray, opening: np.ndarray, start: np.ndarray, way: np.ndarray
) -> Hit | None:
    """The nearest cell on the line of sight, map by map."""
    best, nearest = None, np.inf
    for quad, (x, y, z, width, height) in enumerate(places):
        block, chart = int(scene.block[quad]), int(scene.chart[quad])
        reach = (z - start[2]) / way[2]
        if not width or (chart < 0 and opening[block] >= 0.5):
            continue  # not drawn
        u = (start[0] + reach * way[0] - (x - width / 2)) / width
        v = ((y + height / 2) - (start[1] + reach * way[1])) / height
        if not (0 <= u < 1 and 0 <= v < 1 and 0 < reach < nearest):
            continue
        picture = scene.blocks[block].picture
        row, col = int(v * picture.rows), int(u * picture.cols)
        if picture.index(max(chart, 0), row, col) is not None:
            best, nearest = Hit(quad, block, chart, row, col), reach
    return best


@pytest.mark.parametrize("yaw", [-0.5, 0.4, 2.8])
@pytest.mark.parametrize("seed", range(6))
def test_picking_finds_what_a_slow_search_finds(seed: int, yaw: float) -> None:
    scene = random_dag(seed)
    opened = some_open(scene, seed)
    layout = arrange(scene, opened)
    opening = np.isin(np.arange(len(scene.blocks)), list(opened)).astype(float)
    places = placed(scene, layout.anchors, opening)
    standing = layout.anchors, opening, None
    matrix = Camera(yaw=yaw).fitted(layout.points, ROOM).matrix(ROOM)
    random = np.random.default_rng(seed)
    aims = project(places[random.integers(0, len(places), 20), :3], matrix, ROOM)[:, :2]
    found = 0
    for x, y in [*(aims + random.normal(size=aims.shape) * 4), *random.uniform(0, 700, (10, 2))]:
        sight = ray(x, y, matrix, ROOM)
        hit = pick(scene, *standing, *sight)
        assert hit == searched(scene, places, opening, *sight)
        found += hit is not None
    assert found > 5


@pytest.mark.parametrize("seed", range(4))
def test_on_the_way_what_is_picked_is_what_is_drawn(seed: int) -> None:
    scene = random_dag(seed)
    random = np.random.default_rng(seed)
    count = len(scene.blocks)
    anchors, opening = arrange(scene).anchors, random.uniform(0, 1, count)
    shown = np.where(random.random(count) < 0.3, 0, random.uniform(0.2, 1, count))
    places = placed(scene, anchors, opening, shown)
    found = 0
    for x, y, z in places[random.integers(0, len(places), 60), :3]:
        way = np.array([*random.normal(0, 0.3, 2), -1.0])
        sight = np.array([x, y, z]) + random.normal(0, 1, 3) - 60 * way, way
        hit = pick(scene, anchors, opening, shown, *sight)
        assert hit == searched(scene, places, opening, *sight)
        found += hit is not None
    assert found > 5


@pytest.mark.parametrize("block", range(8))
def test_every_cell_of_an_open_layer_is_found_at_its_place(block: int) -> None:
    scene = scene_of(LENET)
    layout = arrange(scene, {block})
    opening = (np.arange(8) == block) * 1.0
    places = placed(scene, layout.anchors, opening)
    picture = scene.blocks[block].picture
    first = scene.blocks[block].first + scene.blocks[block].opens
    random = np.random.default_rng(block)
    for _ in range(60):
        chart, row, col = (
            int(random.integers(n)) for n in (picture.maps, picture.rows, picture.cols)
        )
        x, y, z, width, height = places[first + chart]
        x += ((col + 0.5) / picture.cols - 0.5) * width
        y += (0.5 - (row + 0.5) / picture.rows) * height
        sight = np.array([x, y, z + 40]), np.array([0, 0, -1.0])
        hit = pick(scene, layout.anchors, opening, None, *sight)
        if picture.index(chart, row, col) is None:
            assert hit is None
        else:
            assert hit == Hit(first + chart, block, chart, row, col)


def test_a_closed_layer_shows_its_summary() -> None:
    scene = scene_of({"a": ((1, 4, 8, 8), ())})
    sight = np.array([0.1, 0.1, 50]), np.array([0, 0, -1.0])
    hit = pick(scene, np.zeros((1, 3)), np.zeros(1), None, *sight)
    assert hit is not None
    assert hit.chart == -1


def test_from_behind_the_last_map_is_nearest() -> None:
    scene = scene_of({"a": ((1, 4, 8, 8), ())})
    sight = np.array([0.1, 0.1, -50]), np.array([0, 0, 1.0])
    hit = pick(scene, np.zeros((1, 3)), np.zeros(1), None, *sight)
    assert hit is not None
    assert hit.chart == 3


@pytest.mark.parametrize("way", [(1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)])
def test_a_line_of_sight_beside_or_away_from_everything_meets_nothing(
    way: tuple[float, float, float],
) -> None:
    scene = scene_of(LENET)
    anchors, sight = arrange(scene).anchors, (np.array([0, 0, 50]), np.array(way))
    assert pick(scene, anchors, np.zeros(8), None, *sight) is None


def test_an_empty_scene_has_nothing_to_meet() -> None:
    scene = build_scene([], {})
    sight = np.zeros(3), np.array([0, 0, -1.0])
    assert pick(scene, np.zeros((0, 3)), np.zeros(0), None, *sight) is None


def test_a_tensor_without_numbers_is_not_met() -> None:
    scene = scene_of({"a": ((0, 3, 8, 8), ())})
    sight = np.array([0, 0, 9]), np.array([0, 0, -1.0])
    assert pick(scene, np.zeros((1, 3)), np.zeros(1), None, *sight) is None


def test_half_open_is_half_way() -> None:
    scene = scene_of(LENET)
    anchors = arrange(scene).anchors
    closed, half, opened = (placed(scene, anchors, np.full(8, part)) for part in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (closed + opened) / 2, atol=1e-5)
    np.testing.assert_allclose(closed[:, :3], scene.closed[:, :3] + anchors[scene.block], atol=1e-5)
    np.testing.assert_allclose(opened[:, 3:], scene.open[:, 3:])
