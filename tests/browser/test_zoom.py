"""Levels: a network is opened and closed as deep as one wants to look."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser.visitor import OPENING, Visitor

VIT = (Path(__file__).parents[1] / "engine" / "exports" / "vit.onnx").read_bytes()


def depth_of(state: dict) -> tuple[int, int]:
    """How many groups and how many layers are open."""
    return sum(g["open"] for g in state["groups"]), sum(one["open"] for one in state["layers"])


def test_a_transformer_opens_level_by_level(live: Visitor) -> None:
    """Presses digits and asks the page: each level shows more, the first one is the closed one."""
    live.drop("vit.onnx", VIT)
    live.until("s => s.model.name === 'vit.onnx' && !s.busy")
    groups = len(live.state()["groups"])
    assert groups > 2
    seen = []
    for level in range(1, 6):
        live.press(f"Digit{level}")
        state = live.until("s => !s.busy")
        seen.append(depth_of(state))
        live.ask("closeAll()")
        live.ask(f"openAll({level})")
        assert depth_of(live.state()) == seen[-1], level
        live.ask("openAll()")
        live.ask(f"closeAll({level})")
        assert depth_of(live.state()) == seen[-1], level
    assert seen == sorted(seen)
    assert seen[0] == (0, 0)
    assert 0 < seen[1][0] < groups
    assert seen[-1][0] == groups
    assert seen[-1][1] > 0, "the last level shows maps"


def test_shift_and_a_digit_leave_the_pad_alone(live: Visitor) -> None:
    """Presses Shift+2 where digits are samples: the layers open, and what is drawn stays."""
    live.press("Shift+Digit2")
    state = live.until(f"s => s.layers.filter((one) => one.open).length === {len(OPENING)}")
    assert state["output"]["label"] == "7"
    live.press("Shift+Digit1")
    live.until("s => !s.layers.some((one) => one.open)")


@pytest.mark.parametrize("level", ["0", "1.5", "'2'", "true"])
def test_what_is_no_level_is_refused(live: Visitor, level: str) -> None:
    """Asks for a level that there cannot be: one sentence."""
    assert live.complaint(f"openAll({level})") == (
        "A level is a whole number from 1, which is the closed network."
    )


def test_zooming_ends_both_ways(live: Visitor) -> None:
    """Presses + and then - until nothing moves any more: a cell with its number, a small whole."""
    for key, times in (("+", 40), ("-", 60)):
        live.press(*[key] * times)
        end = live.still()["shown"]["camera"]
        live.press(key, key)
        assert live.still()["shown"]["camera"] == end
        if key == "+":
            assert end[5] < 10
    boxes = [one["box"] for one in live.state()["layers"]]
    assert max(box[2] for box in boxes) - min(box[0] for box in boxes) > 150
