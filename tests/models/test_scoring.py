"""How found boxes and pixels are scored, on cases that one counts by hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FILE = Path(__file__).parents[2] / "models" / "recipes" / "scoring.py"


@pytest.fixture(scope="module")
def scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scoring", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, float).reshape(-1, 4)


def test_overlap_is_what_both_cover_by_what_either_covers(scoring: ModuleType) -> None:
    shares = scoring.overlap(boxes((0, 0, 2, 2)), boxes((0, 0, 2, 2), (1, 0, 3, 2), (5, 5, 6, 6)))
    np.testing.assert_allclose(shares, [[1, 2 / 6, 0]])


def test_of_two_boxes_on_one_thing_the_surer_stays(scoring: ModuleType) -> None:
    rows = boxes((0, 0, 10, 10), (1, 0, 11, 10), (30, 30, 40, 40))
    scores = np.array([[0.5, 0.0], [0.9, 0.0], [0.4, 0.005]])
    found = scoring.suppressed(rows, scores)
    assert found.kinds.tolist() == [0, 0]
    assert found.scores.tolist() == [0.9, 0.4]
    assert found.boxes.tolist() == [rows[1].tolist(), rows[2].tolist()]


def test_average_precision_is_the_area_under_the_best_precisions(scoring: ModuleType) -> None:
    right = np.array([True, False, True, False])
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    # recall 1/4 at precision 1, 2/4 at precision 2/3, never more
    assert scoring.average_precision(right, scores, 4) == pytest.approx(1 / 4 + 1 / 4 * 2 / 3)


def test_a_second_box_on_the_same_digit_is_wrong(scoring: ModuleType) -> None:
    there = [(boxes((0, 0, 10, 10), (20, 0, 30, 10)), np.array([3, 3]))]
    twice = scoring.Found(
        boxes((0, 0, 10, 10), (0, 0, 10, 9)), np.array([3, 3]), np.array([0.9, 0.8])
    )
    assert scoring.mean_average_precision([twice], there, 10) == pytest.approx(0.5)
    both = scoring.Found(
        boxes((0, 0, 10, 10), (20, 0, 30, 9)), np.array([3, 3]), np.array([0.9, 0.8])
    )
    assert scoring.mean_average_precision([both], there, 10) == pytest.approx(1)


def test_the_right_place_with_the_wrong_name_does_not_count(scoring: ModuleType) -> None:
    there = [(boxes((0, 0, 10, 10)), np.array([3]))]
    found = scoring.Found(boxes((0, 0, 10, 10)), np.array([8]), np.array([0.9]))
    assert scoring.mean_average_precision([found], there, 10) == 0


def test_mean_iou_takes_each_kind_alike(scoring: ModuleType) -> None:
    wanted = np.array([0, 0, 0, 1])
    came = np.array([0, 0, 1, 1])
    # kind 0: 2 of 3 pixels; kind 1: 1 of 2; kind 2 is nowhere
    assert scoring.mean_iou(came, wanted, 3) == pytest.approx((2 / 3 + 1 / 2) / 2)
