"""Labels say as much as fits, a line of them equally much, and never run into each other."""

from __future__ import annotations

import numpy as np

from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.crowding import beside_blocks, candidates, inwards, label_forms

WIDTHS = np.array([[100.0, 60.0, 30.0]])


def forms(xs: list[float], ys: list[float] | None = None, line: list[int] | None = None) -> list:
    points = np.column_stack([xs, ys or [100] * len(xs), np.ones(len(xs))])
    lines = np.array(line or [0] * len(xs))
    return label_forms(points, np.repeat(WIDTHS, len(xs), axis=0), lines, 1000).tolist()


def test_with_room_all_are_full() -> None:
    assert forms([100, 250, 400]) == [0, 0, 0]


def test_one_tight_pair_makes_the_whole_line_brief() -> None:
    assert forms([100, 250, 320]) == [1, 1, 1]


def test_one_tight_pair_of_many_makes_only_one_of_them_brief() -> None:
    assert forms([100, 220, 340, 460, 580, 700, 790]) == [0, 0, 0, 0, 0, 0, 1]


def test_a_label_without_room_gets_it_from_neighbours_that_can_say_less() -> None:
    assert forms([100, 220, 340, 460, 580, 700, 740]) == [0, 0, 0, 0, 0, 2, 2]
    assert forms([100, 220, 340, 460, 580, 700, 720]) == [0, 0, 0, 0, 0, 0, -1], "too near"


def test_lines_do_not_shorten_each_other() -> None:
    assert forms([100, 170, 100, 300], ys=[50, 50, 400, 400], line=[0, 0, 1, 1]) == [1, 1, 0, 0]


def test_where_even_names_collide_some_are_left_out() -> None:
    assert forms([100, 110, 120, 200]) == [2, -1, -1, 2]


def test_labels_above_one_another_do_not_collide() -> None:
    assert forms([100, 100], ys=[50, 200]) == [0, 0]


def test_what_lies_behind_the_eye_has_no_label() -> None:
    points = np.array([[100.0, 100, -1]])
    assert label_forms(points, WIDTHS, np.zeros(1, int), 1000).tolist() == [-1]


def test_labels_do_not_overlap_wherever_blocks_stand() -> None:
    random = np.random.default_rng(5)
    for count in (3, 10, 40):
        points = np.column_stack(
            [random.uniform(0, 1000, count), np.full(count, 50), np.ones(count)]
        )
        widths = np.sort(random.uniform(20, 160, (count, 3)))[:, ::-1]
        chosen = label_forms(points, widths, np.zeros(count, int), 1000)
        shown = np.flatnonzero(chosen >= 0)
        wide = widths[shown, chosen[shown]]
        left, right = points[shown, 0] - wide / 2, points[shown, 0] + wide / 2
        order = np.argsort(left)
        assert (right[order][:-1] <= left[order][1:]).all()


def test_the_label_that_is_kept_is_shown_where_it_is_most_crowded() -> None:
    xs = [100.0, 104, 108, 112, 116]
    points = np.column_stack([xs, [100] * 5, np.ones(5)])
    widths = np.repeat(WIDTHS, 5, axis=0)
    for kept in range(5):
        chosen = label_forms(points, widths, np.zeros(5, int), 1000, kept=[kept])
        assert np.flatnonzero(chosen >= 0).tolist() == [kept]
        other_lines = label_forms(points, widths, np.arange(5), 1000, kept=[kept])
        assert other_lines[kept] >= 0


def test_the_label_that_is_kept_is_shown_though_there_is_no_room_under_blocks() -> None:
    points = np.column_stack([[100.0, 300, 500], [100] * 3, [1, 1, -1]])
    widths = np.repeat(WIDTHS, 3, axis=0)
    chosen = label_forms(points, widths, np.zeros(3, int), 1000, 5.0, kept=[1])
    assert chosen.tolist() == [-1, 2, -1]
    behind = label_forms(points, widths, np.zeros(3, int), 1000, 5.0, kept=[2])
    assert behind.tolist() == [-1, -1, -1], "what lies behind the eye cannot be shown"


def test_only_what_hangs_in_or_beside_the_window_can_be_seen() -> None:
    points = np.array([[50, 50, 1], [-200, 50, 1], [50, 900, 1], [50, 50, -1], [-20, 50, 1.0]])
    assert candidates(points, Room(800, 600)).tolist() == [True, False, False, False, True]


def test_no_label_hangs_under_the_bars() -> None:
    points = np.array([[400.0, y, 1.0] for y in (30, 57, 300, 540, 560)])
    room = Room(800, 600, top=60, bottom=60)
    assert candidates(points, room).tolist() == [False, True, True, True, False]


def beside(xs: list[float], boxes: list[list[float]]) -> list[int]:
    """The forms of full labels under the first boxes, at a height of 100, among these boxes."""
    points = np.column_stack([xs, [100] * len(xs), np.ones(len(xs))])
    widths, full = np.repeat(WIDTHS, len(xs), axis=0), np.zeros(len(xs), int)
    found = beside_blocks(points, widths, full, np.arange(len(xs)), np.array(boxes, float))
    return found.tolist()


def test_a_label_lies_on_no_other_block() -> None:
    own = [80.0, 20, 120, 104]
    assert beside([100], [own, [300, 20, 400, 300]]) == [0]
    assert beside([100], [own, [135, 20, 200, 300]]) == [1]
    assert beside([100], [own, [120, 20, 200, 300]]) == [2]
    assert beside([100], [own, [90, 104, 130, 300]]) == [-1]
    assert beside([100], [own, [90, 133, 130, 300]]) == [1], "a shorter one ends above it"
    assert beside([100, 500], [own, [480, 20, 520, 104], [90, 104, 130, 300]]) == [-1, 0]


def test_what_hangs_outside_is_no_reason_for_others_to_say_less() -> None:
    assert forms([-40, 200, 400, 1030]) == [-1, 0, 0, -1]
    assert forms([-40, 200, 270, 1030]) == [-1, 1, 1, -1]


def test_what_would_be_cut_off_at_the_edge_says_less_rather_than_nothing() -> None:
    assert forms([200, 400, 970]) == [1, 1, 1]


def test_no_label_is_cut_off_at_a_side_while_what_it_names_is_seen():
    room = Room(390, 844, left=10, right=0)
    x = np.linspace(-200, 600, 801)
    moved = inwards(x, np.full(x.shape, 120.0), room)
    seen = (x >= 10) & (x <= 390)
    assert moved[seen].min() - 60 >= 10
    assert moved[seen].max() + 60 <= 390
    assert moved[x == 200] == 200
    assert (np.diff(moved) >= 0).all()
    assert moved[0] + 60 < 10
    assert moved[-1] - 60 > 390
