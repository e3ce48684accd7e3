"""Threads run from the middle of a cell to the middle of each cell that weighed most."""

from __future__ import annotations

import numpy as np

from tensorama.layers import Layer
from tensorama.scene import build_scene
from tensorama.scene.camera.pick import Hit
from tensorama.scene.drawing.threads import Ends, ends_of, strongest, threads
from tensorama.scene.pictures.picture import picture_of


def scene():
    layers = [
        Layer("a", "input", "", "a", ("a",)),
        Layer("b", "conv", "Conv", "b", ("b",), reads=("a",)),
    ]
    return build_scene(layers, {"a": (1, 3, 4, 4), "b": (1, 1, 2, 2)})


def ends(*weights: float) -> Ends:
    count = len(weights)
    zeros = np.zeros(count, int)
    return Ends(0, zeros, zeros, np.arange(count), np.abs(weights), np.sign(weights))


def test_only_the_strongest_stay_and_nothing_that_weighs_nothing() -> None:
    (kept,) = strongest([ends(0.5, -2.0, 0.0, 1.0)], most=2)
    assert kept.weights.tolist() == [2.0, 1.0]
    assert kept.cols.tolist() == [1, 3]
    assert strongest([ends(0.0, 0.0)]) == []
    assert strongest([]) == []


def test_threads_end_at_the_middles_of_their_cells_and_are_as_wide_as_they_weigh() -> None:
    made = scene()
    places = made.open.copy()
    first = [block.first for block in made.blocks]

    def of(block: int) -> np.ndarray:
        return places[first[block] : first[block] + made.blocks[block].count]

    index = [np.zeros(2, int), np.array([2, 1]), np.array([0, 3]), np.array([0, 3])]
    own = ends_of(made.blocks[0].picture, 0, index, np.array([1.0, 3.0]), np.array([1.0, -1.0]))
    assert own
    hit = Hit(first[1], 1, 0, 1, 0)
    found = threads(made, of, np.array([True, False]), hit, [own])
    assert found.signs.tolist() == [1, -1], "the strongest last"
    assert found.widths[1] > found.widths[0]
    assert found.strength[1] == 1
    x, y, _, wide, high = of(0)[1 + 1]
    start = found.segments[1, 0]
    np.testing.assert_allclose(start[:2], [x + wide * 3 / 8, y - high * 3 / 8], rtol=1e-5)
    x, y, _, wide, high = of(1)[0]
    np.testing.assert_allclose(
        found.segments[:, 1, :2], [[x - wide / 4, y - high / 4]] * 2, rtol=1e-5
    )


def test_on_a_closed_block_they_end_on_its_face() -> None:
    made = scene()
    first = [block.first for block in made.blocks]

    def of(block: int) -> np.ndarray:
        return made.closed[first[block] : first[block] + made.blocks[block].count]

    index = [np.zeros(1, int), np.array([2]), np.array([0]), np.array([0])]
    own = ends_of(made.blocks[0].picture, 0, index, np.ones(1), np.ones(1))
    assert own
    found = threads(made, of, np.array([False, False]), Hit(first[1], 1, 0, 0, 0), [own])
    face = of(0)[0]
    assert abs(found.segments[0, 0, 0] - face[0]) < face[3] / 2
    assert found.segments[0, 0, 2] > face[2]


def test_what_is_not_drawn_has_no_end() -> None:
    picture = picture_of("a", (2, 3, 4, 4))  # only the first of a batch is drawn
    index = [np.array([1]), np.zeros(1, int), np.zeros(1, int), np.zeros(1, int)]
    assert ends_of(picture, 0, index, np.ones(1), np.ones(1)) is None
