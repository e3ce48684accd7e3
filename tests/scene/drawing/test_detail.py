"""What lies on the graphics card: everything where it fits, else what can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from scene.drawing.test_atlas import check
from scene.scenes import chain, random_dag, scene_of
from tensorama.scene import arrange
from tensorama.scene.camera.camera import Room
from tensorama.scene.camera.eye import Eye
from tensorama.scene.drawing.atlas import pack, pack_within
from tensorama.scene.drawing.detail import (
    COARSEST,
    Detail,
    Limits,
    Seen,
    cells_of,
    choose_detail,
    coarser,
    sight_of,
    whole,
)
from tensorama.scene.drawing.standing import standing_slices
from tensorama.scene.layout.places import Places
from tensorama.scene.pictures.picture import END

BIG = chain(8, (1, 16, 64, 64))
ALL = int(cells_of(BIG, whole(BIG)).sum())


def cells_wide(pixels: np.ndarray) -> Seen:
    """Blocks whose cells are so wide and whose area goes with that."""
    return Seen(pixels, pixels**2 * 1000)


def near_the_first() -> Seen:
    """Cells of the first block are eight pixels wide, of the next four, two, one, …"""
    return cells_wide(2.0 ** (3 - np.arange(8)))


def near_the_last() -> Seen:
    return cells_wide(2.0 ** (np.arange(8) - 4))


def test_what_fits_is_there_as_a_whole_however_far_away() -> None:
    detail = choose_detail(BIG, cells_wide(np.zeros(8)), ALL)
    assert not detail.level.any()
    assert not detail.faces.any()


def test_what_is_far_away_is_a_smaller_copy_with_a_cell_for_a_pixel() -> None:
    detail = choose_detail(BIG, near_the_first(), ALL * 0.9)
    assert detail.level.tolist() == [0, 0, 0, 0, 1, 2, 3, COARSEST]
    assert not detail.faces.any()


@pytest.mark.parametrize("part", [0.5, 0.3, 0.1, 0.04])
def test_over_the_limits_the_least_visible_are_summaries(part: float) -> None:
    detail = choose_detail(BIG, near_the_first(), ALL * part)
    assert cells_of(BIG, detail).sum() <= ALL * part
    assert detail.faces.tolist() == sorted(detail.faces), "the nearest ones keep their maps"
    assert (np.diff(detail.level) >= 0).all()


def test_the_one_that_takes_most_of_the_window_keeps_its_maps_longest() -> None:
    area = np.array([5.0, 2, 9, 1, 3, 4, 8, 7])
    for part in (0.6, 0.4, 0.3, 0.2):
        faces = choose_detail(BIG, Seen(np.ones(8), area), ALL * part).faces
        assert faces.any()
        assert area[faces].max() < area[~faces].min()
        assert not faces[2]


def test_what_is_not_seen_is_a_summary_before_anything_else() -> None:
    pixels = np.ones(8)
    pixels[[2, 5]] = 0
    detail = choose_detail(BIG, cells_wide(pixels), ALL * 0.8)
    assert np.flatnonzero(detail.faces).tolist() == [2, 5]
    assert not detail.level[~detail.faces].any()


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("part", [0.6, 0.2, 0.05])
def test_it_fits_whatever_the_network(seed: int, part: float) -> None:
    scene = random_dag(seed)
    random = np.random.default_rng(seed)
    pixels = 2.0 ** random.uniform(-6, 4, len(scene.blocks)) * (
        random.random(len(scene.blocks)) < 0.8
    )
    cells = cells_of(scene, whole(scene)).sum()
    detail = choose_detail(scene, cells_wide(pixels), cells * part)
    least = cells_of(
        scene, Detail(np.full(len(scene.blocks), COARSEST), np.ones(len(scene.blocks), bool))
    )
    assert cells_of(scene, detail).sum() <= max(cells * part, least.sum())
    opens = np.array([block.opens for block in scene.blocks])
    assert not (detail.faces & ~opens).any(), "what has a single map has no summary"


@pytest.mark.parametrize("bytes_", [1 << 16, 1 << 18, 1 << 20])
def test_the_pages_are_within_the_limits_and_no_two_maps_share_a_cell(bytes_: int) -> None:
    limits = Limits(bytes=bytes_)
    atlas = pack_within(BIG, near_the_first(), limits)
    assert 2 * atlas.cells <= bytes_
    taken = np.zeros((atlas.pages, atlas.height, atlas.width), int)
    for number, chunks in enumerate(atlas.chunks):
        assert sum(chunk.count for chunk in chunks) == (1 if atlas.detail.faces[number] else 17)
        for chunk in chunks:
            for x, y, page in atlas.slots[chunk.first : chunk.first + chunk.count]:
                taken[page, y : y + chunk.rows, x : x + chunk.cols] += 1
    assert taken.max() == 1


def test_no_more_pages_than_the_device_stacks() -> None:
    scene = scene_of({str(i): ((1, 4, 1400, 1400), ()) for i in range(6)})
    assert pack(scene).pages > 8
    atlas = pack_within(scene, cells_wide(np.full(6, 4.0)), Limits(pages=3))
    assert atlas.pages <= 3


def test_the_maps_of_a_summarised_block_are_its_summary() -> None:
    atlas = pack_within(BIG, near_the_first(), Limits(bytes=1 << 18))
    last = BIG.blocks[-1]
    assert atlas.detail.faces[-1]
    assert len(np.unique(atlas.slots[last.first : last.first + last.count], axis=0)) == 1


def test_without_limits_in_the_way_packing_is_as_before() -> None:
    check(BIG, pack_within(BIG, cells_wide(np.zeros(8)), Limits()))


def test_going_over_is_worth_it_only_for_what_is_seen_finer() -> None:
    near, shown = choose_detail(BIG, near_the_first(), ALL * 0.3), np.ones(8, bool)
    turned = choose_detail(BIG, near_the_last(), ALL * 0.3)
    assert near.worse(turned, shown)
    assert not near.worse(near, shown)
    assert not near.worse(turned, np.arange(8) == 0)


def test_a_copy_is_the_mean_of_its_cells_and_of_what_there_is() -> None:
    maps = np.arange(30, dtype=np.float16).reshape(1, 5, 6)
    maps[0, 0, 0], maps[0, 4, 4:] = np.inf, -np.inf
    small = coarser(maps, 1)
    assert small.shape == (1, 3, 3)
    assert small.dtype == np.float16
    assert small[0, 0, 0] == pytest.approx((1 + 6 + 7) / 3, rel=1e-3)
    assert small[0, 1, 1] == pytest.approx((14 + 15 + 20 + 21) / 4)
    assert np.isneginf(small[0, 2, 2]), "where there is nothing but marks, a mark"
    maps[0, 0, :2], maps[0, 2:4, 2:4] = -END, END
    small = coarser(maps, 1)
    assert small[0, 0, 0] == pytest.approx((6 + 7) / 2), "what is infinite is in no mean"
    assert small[0, 1, 1] == END
    maps[0, 0, 0], maps[0, 2, 2:4], maps[0, 3, 2:4] = np.inf, (14, 15), (20, 21)
    assert coarser(maps, 2, amounts=False)[0].tolist() == [[np.inf, 4], [24, -np.inf]]


def test_pixels_of_cells_grow_as_one_comes_closer_and_are_zero_out_of_sight() -> None:
    scene = chain(6, (1, 4, 20, 20))
    layout = arrange(scene, aspect=30)
    places, eye = Places(scene, layout), Eye()
    eye.resize(Room(1000, 600))
    eye.fit(layout.points, home=True, at_once=True)
    far = sight_of(places, eye).cell
    assert (far > 0).all()
    eye.look(lambda camera: camera.zoom(0.2, layout.anchors[0]))
    eye.advance(10.0)
    near = sight_of(places, eye).cell
    assert near[0] > 3 * far[0]
    assert near[-1] == 0, "it is outside the window"


def test_how_a_scene_is_first_seen_is_found_in_pieces() -> None:
    room = Room(800, 500)
    pieces = standing_slices(BIG, room, Limits(bytes=1 << 18))
    assert [next(pieces), next(pieces)] == [None, None]
    with pytest.raises(StopIteration) as ended:
        next(pieces)
    standing = ended.value.value
    assert standing.room == room
    eye = Eye()
    eye.resize(room)
    eye.fit(standing.places.layout.points, home=True, at_once=True)
    seen = sight_of(standing.places, eye)
    np.testing.assert_array_equal(standing.seen.area, seen.area)
    assert (seen.area[standing.places.layout.shown] > 0).all(), "all is in sight"
    wanted = pack_within(BIG, seen, Limits(bytes=1 << 18))
    np.testing.assert_array_equal(standing.atlas.slots, wanted.slots)
