"""Lines from a cell to where it came from: on a closed face, on open maps, on nothing at all."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import Shape, scene_of
from tensorama.scene import Scene, arrange
from tensorama.scene.camera.pick import Hit, placed
from tensorama.scene.drawing.ties import MOST, ties

Region = tuple[tuple[int, int], ...]


def tied(shape: Shape, region: Region, opened: bool) -> tuple[np.ndarray, np.ndarray, Scene]:
    """The lines from a cell of a vector to a region of a tensor, and where the maps are."""
    scene = scene_of({"from": (shape, ()), "to": ((1, 4), ("from",))})
    opening = np.array([opened, False])
    layout = arrange(scene, {0} if opened else ())
    places = placed(scene, layout.anchors, opening * 1.0)
    hit = Hit(scene.blocks[1].first, 1, 0, 2, 0)
    lines = ties(scene, lambda block: places[scene.block == block], opening, hit, {0: region})
    return lines, places, scene


WINDOW = ((0, 1), (0, 6), (2, 5), (3, 6))


def test_a_closed_block_is_outlined_on_its_face() -> None:
    lines, places, scene = tied((1, 6, 8, 8), WINDOW, opened=False)
    outline, to_it = lines[:4, 0], lines[4:]
    x, y, _, width, height = places[scene.blocks[0].first]
    np.testing.assert_allclose(
        [outline[:, 0].min(), outline[:, 0].max(), outline[:, 1].min(), outline[:, 1].max()],
        [x - width / 8, x + width / 4, y - height / 8, y + height / 4], atol=1e-4,
    )  # fmt: skip
    assert len(to_it) == 4
    np.testing.assert_array_equal(to_it[:, 1], outline)


def test_the_lines_start_at_the_cell() -> None:
    lines, places, _ = tied((1, 6, 8, 8), WINDOW, opened=False)
    x, y, _, width, height = places[-1]
    starts = lines[4:, 0]
    np.testing.assert_allclose(starts[:, :2].mean(axis=0), [x, y - height / 8], atol=1e-4)
    assert np.ptp(starts[:, 0]) == pytest.approx(width, rel=1e-4)


def test_an_open_block_is_outlined_on_each_map() -> None:
    lines, places, _ = tied((1, 6, 8, 8), WINDOW, opened=True)
    assert lines.shape == (6 * 4 + 6, 2, 3)
    ends = lines[24:, 1]
    offset = ends[:, :2] - places[1:7, :2]
    np.testing.assert_allclose(offset, np.broadcast_to(offset[0], (6, 2)), atol=1e-4)


def test_only_the_maps_of_the_region_are_outlined() -> None:
    lines, _, _ = tied((1, 6, 8, 8), ((0, 1), (2, 4), (0, 8), (0, 8)), opened=True)
    assert len(lines) == 2 * 4 + 2


def test_so_many_maps_are_outlined_and_no_more() -> None:
    lines, _, _ = tied((1, 500, 8, 8), ((0, 1), (0, 500), (0, 8), (0, 8)), opened=True)
    assert len(lines) == MOST * 5


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(
    ("shape", "region"),
    [
        ((), ()),
        ((1, 40), ((0, 1), (0, 40))),
        ((1, 40), ((0, 1), (3, 4))),
        ((5, 8), ((0, 5), (2, 3))),
        ((4, 5, 6), ((0, 4), (0, 5), (0, 6))),
        ((1, 2, 3, 4, 5), ((0, 1), (0, 2), (0, 3), (1, 3), (2, 4))),
        ((3, 6, 8, 8), ((0, 3), (0, 6), (2, 5), (3, 6))),
    ],
    ids=str,
)
def test_outlines_lie_on_the_block(shape: Shape, region: Region, opened: bool) -> None:
    lines, places, scene = tied(shape, region, opened)
    mine = places[scene.block == 0]
    low = (mine[:, :2] - mine[:, 3:] / 2).min(axis=0) - 1e-4
    high = (mine[:, :2] + mine[:, 3:] / 2).max(axis=0) + 1e-4
    assert len(lines)
    assert (lines[:, 1, :2] >= low).all()
    assert (lines[:, 1, :2] <= high).all()


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(
    ("shape", "region"),
    [
        ((1, 6, 8, 8), ((0, 1), (0, 6), (0, 0), (3, 6))),
        ((1, 6, 8, 8), ((0, 1), (0, 6), (4, 2), (3, 6))),
        ((0, 3, 8, 8), ((0, 0), (0, 3), (0, 8), (0, 8))),
        ((2, 6, 8, 8), ((1, 2), (0, 6), (2, 5), (3, 6))),
    ],
    ids=["empty", "backwards", "no numbers", "a later item"],
)
def test_where_nothing_is_drawn_nothing_is_outlined(
    shape: Shape, region: Region, opened: bool
) -> None:
    assert tied(shape, region, opened)[0].shape == (0, 2, 3)
