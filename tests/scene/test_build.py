"""Blocks and their maps before anything is placed: sizes, stacks, walls, links."""

from __future__ import annotations

import numpy as np
import pytest

from scene.scenes import LENET, SHAPES, overlapping, random_dag, scene_of
from tensorama.layers import Layer
from tensorama.scene import Scene, build_scene
from tensorama.scene.build import EDGE, Block, gaps
from tensorama.scene.pictures.reading import Reading

MANY = [
    (), (10,), (1, 5000), (200, 4), (3, 900), (1, 2, 5, 5), (1, 3, 224, 224), (1, 7, 3, 100),
    (1, 5, 64, 2), (1, 13, 9, 9), (1, 64, 56, 56), (1, 2048, 7, 7), (1, 100, 1, 2), (0, 4),
]  # fmt: skip


def one(shape: tuple[int, ...]) -> tuple[Scene, Block]:
    scene = scene_of({"only": (shape, ())})
    return scene, scene.blocks[0]


def boxes(places: np.ndarray) -> np.ndarray:
    half = places[:, 3:5] / 2
    return np.column_stack([places[:, :2] - half, places[:, :2] + half])


def test_each_map_and_each_summary_face_is_one_row_of_the_arrays() -> None:
    scene = scene_of(LENET)
    counts = [1, 7, 7, 17, 17, 1, 1, 1]
    assert [block.count for block in scene.blocks] == counts
    assert [block.first for block in scene.blocks] == np.cumsum([0, *counts[:-1]]).tolist()
    assert scene.block.tolist() == np.repeat(range(8), counts).tolist()
    assert scene.chart[:9].tolist() == [0, -1, 0, 1, 2, 3, 4, 5, -1]
    assert scene.closed.shape == scene.open.shape == (sum(counts), 5)


def test_only_a_layer_with_several_maps_opens() -> None:
    assert [block.opens for block in scene_of(LENET).blocks] == [False] + [True] * 4 + [False] * 3


def test_links_go_from_the_layer_that_is_read_to_its_reader() -> None:
    scene = scene_of({"a": ((1,), ()), "b": ((1,), ("a",)), "c": ((1,), ("b", "a"))})
    assert scene.links.tolist() == [[0, 1], [1, 2], [0, 2]]


def test_a_layer_whose_tensor_has_no_shape_is_left_out_with_its_links() -> None:
    layers = [Layer(n, "", "", n, (n,), (), r) for n, r in (("a", ()), ("b", ("a",)))]
    scene = build_scene(layers, {"b": (3,)})
    assert [block.layer.name for block in scene.blocks] == ["b"]
    assert scene.links.shape == (0, 2)


def test_an_empty_scene_has_arrays_without_rows() -> None:
    scene = build_scene([], {})
    assert scene.blocks == ()
    assert scene.closed.shape == scene.open.shape == (0, 5)
    assert len(scene.block) == len(scene.chart) == len(scene.links) == 0


def test_a_block_is_found_by_its_layers_name() -> None:
    assert scene_of(LENET).named("pool1") == 2
    with pytest.raises(KeyError, match="nowhere"):
        scene_of(LENET).named("nowhere")


@pytest.mark.parametrize("shape", MANY, ids=str)
def test_everything_has_an_extent_and_keeps_within_measure(shape: tuple[int, ...]) -> None:
    scene, block = one(shape)
    for places, size in ((scene.closed, block.closed_size), (scene.open, block.open_size)):
        assert np.isfinite(places).all()
        drawn = places[:, 3:5] > 0
        assert drawn[[0, -1]].all()
        assert (drawn.all(axis=1) | ~drawn.any(axis=1)).all()
        assert size[0] > 0
        assert size[1] > 0
    assert max(block.closed_size[:2]) <= 1.6 * EDGE + 1e-4
    assert block.open_size[1] <= 26.01


@pytest.mark.parametrize("shape", MANY, ids=str)
def test_the_declared_size_is_what_the_maps_take(shape: tuple[int, ...]) -> None:
    scene, block = one(shape)
    for places, size in ((scene.closed, block.closed_size), (scene.open, block.open_size)):
        around = boxes(places)
        np.testing.assert_allclose(around[:, :2].min(axis=0), [-size[0] / 2, -size[1] / 2], 1e-4)
        np.testing.assert_allclose(around[:, 2:].max(axis=0), [size[0] / 2, size[1] / 2], 1e-4)
        assert places[:, 2].max() == 0
        assert -places[:, 2].min() == pytest.approx(size[2])


@pytest.mark.parametrize("shape", MANY, ids=str)
def test_the_maps_of_a_wall_do_not_overlap(shape: tuple[int, ...]) -> None:
    scene, _ = one(shape)
    wall = scene.open[scene.chart >= 0]
    keep = wall[:400]  # the first rows tell
    assert not overlapping(boxes(keep))
    assert not wall[:, 2].any()


@pytest.mark.parametrize("shape", [(1, 6, 5, 5), (1, 7, 8, 8), (1, 64, 4, 12)], ids=str)
def test_a_wall_is_read_like_a_page(shape: tuple[int, ...]) -> None:
    scene, _ = one(shape)
    wall = scene.open[1:]
    assert np.lexsort((wall[:, 0], -wall[:, 1])).tolist() == list(range(shape[1]))


@pytest.mark.parametrize("maps", [*range(2, 60), 64, 100, 256, 512, 1000, 2048])
def test_a_wall_is_no_thin_strip_and_has_few_empty_places(maps: int) -> None:
    scene, block = one((1, maps, 6, 6))
    cols = len(np.unique(scene.open[1:, 0]))
    rows = len(np.unique(scene.open[1:, 1]))
    assert rows * cols - maps < cols
    if maps > 4:
        assert 0.3 < block.open_size[0] / block.open_size[1] < 3


def test_a_deep_closed_stack_draws_few_of_its_maps() -> None:
    scene = scene_of({"deep": ((1, 2048, 7, 7), ()), "flat": ((1, 24, 7, 7), ())})
    deep = scene.closed[scene.block == 0]
    drawn = np.flatnonzero(deep[:, 3])
    assert len(drawn) == 1 + 24
    assert drawn[0] == 0, "the face"
    assert drawn[-1] == 2048, "the last map, so that the stack is as deep as it is said to be"
    assert np.ptp(np.diff(drawn)) <= 1, "evenly"
    assert (scene.closed[scene.block == 1][:, 3] > 0).all()
    assert (scene.open[:, 3:] > 0).all(), "all of them when it opens"


def test_a_closed_stack_has_its_summary_in_front_and_its_maps_behind_in_order() -> None:
    scene, block = one((1, 6, 5, 5))
    assert scene.chart.tolist() == [-1, 0, 1, 2, 3, 4, 5]
    assert (np.diff(scene.closed[:, 2]) < 0).all()
    assert block.closed_size[2] > 0


def test_each_map_of_a_closed_stack_is_behind_the_one_drawn_before_it() -> None:
    scene = scene_of({str(maps): ((1, maps, 8, 8), ()) for maps in (3, 1, 100)})
    behind = gaps(scene)
    for block in scene.blocks:
        rows = np.arange(block.first, block.first + block.count)
        drawn = rows[scene.closed[rows, 3] > 0]
        assert behind[drawn[0]] == 0, "nothing hides the first"
        assert (behind[drawn[1:]] > 0).all()
        deepest = -scene.closed[drawn[-1], 2]
        assert behind[rows].sum() == pytest.approx(deepest, rel=1e-5)


def test_the_summary_face_of_a_wall_is_hidden_behind_it() -> None:
    scene, _ = one((1, 6, 5, 5))
    assert scene.open[0, 2] < 0


def test_cells_keep_their_proportions() -> None:
    for shape in ((1, 3, 20, 30), (40, 35), (1, 12), (1, 300)):
        scene, block = one(shape)
        picture = block.picture
        for _, _, _, width, height in (*scene.closed, *scene.open):
            assert width / picture.cols == pytest.approx(height / picture.rows, rel=1e-4)


def test_a_larger_map_is_drawn_larger_but_not_in_proportion() -> None:
    scene = scene_of({"a": ((1, 3, 64, 64), ()), "b": ((1, 3, 16, 16), ("a",))})
    large, small = (block.closed_size[0] for block in scene.blocks)
    assert small < large < 4 * small


def test_the_smallest_map_beside_a_huge_one_can_still_be_seen() -> None:
    scene = scene_of({"a": ((1, 3, 2000, 2000), ()), "b": ((1, 3, 2, 2), ("a",))})
    assert scene.blocks[1].closed_size[0] > 0.2 * scene.blocks[0].closed_size[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_scene_is_the_same_each_time(seed: int) -> None:
    first, second = random_dag(seed), random_dag(seed)
    for name in ("closed", "open", "block", "chart", "links"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_every_shape_has_its_block() -> None:
    scene = scene_of({str(shape): (shape, ()) for shape in SHAPES})
    assert [block.picture.shape for block in scene.blocks] == list(SHAPES)


def test_links_go_on_through_layers_that_have_no_picture() -> None:
    """Sequences and optionals are no arrays: what reads them is tied to what they were made of."""
    reads = {"a": (), "b": (), "pack": ("a", "b"), "again": ("pack",), "c": ("again", "a"), "d": ()}
    layers = [Layer(n, "operation", "Op", n, (n,), (), source) for n, source in reads.items()]
    scene = build_scene(layers, dict.fromkeys("abcd", (2, 3)))
    names = [block.layer.name for block in scene.blocks]
    assert names == [*"abcd"]
    assert [(names[a], names[b]) for a, b in scene.links] == [("a", "c"), ("b", "c")]


@pytest.mark.parametrize(("shape", "axes"), [((1, 9, 8, 3), (0, 3, 1, 2)), ((9, 8, 3), (2, 0, 1))])
def test_a_picture_whose_channels_stand_last_is_one_image(
    shape: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    layers = [Layer("x", "input", "", "x", ("x",), (), ())]
    block = build_scene(layers, {"x": shape}, readings={"x": Reading("whole", axes)}).blocks[0]
    assert block.image
    assert (block.picture.maps, block.picture.rows, block.picture.cols) == (3, 9, 8)
    assert block.picture.index(2, 4, 5) == ((0, 4, 5, 2) if len(shape) == 4 else (4, 5, 2))
