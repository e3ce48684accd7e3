"""Labels say as much as fits, a line of them equally much, and never run into each other."""

from __future__ import annotations

import numpy as np

from tensorama.scene.crowding import label_forms

WIDTHS = np.array([[100.0, 60.0, 30.0]])


def forms(xs: list[float], ys: list[float] | None = None, line: list[int] | None = None) -> list:
    points = np.column_stack([xs, ys or [100] * len(xs), np.ones(len(xs))])
    lines = np.array(line or [0] * len(xs))
    return label_forms(points, np.repeat(WIDTHS, len(xs), axis=0), lines, 1000).tolist()


def test_with_room_all_are_full() -> None:
    assert forms([100, 250, 400]) == [0, 0, 0]


def test_one_tight_pair_makes_the_whole_line_brief() -> None:
    assert forms([100, 250, 320]) == [1, 1, 1]


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
