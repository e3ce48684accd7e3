"""Layers: opened and closed by click and by label; turning the picture is no click."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from browser.visitor import LAYERS, OPENING, Visitor

CHANGED = 0.01  # of the pixels, at least, when a layer opens or closes
ALIKE = 0.004  # of the pixels, at most, between two views of the same

# notes where the label of fc1 is at each frame
FOLLOW = """
() => {
  const label = [...document.querySelectorAll(".tr-label")]
    .find((one) => one.querySelector(".tr-label-name").textContent === "fc1");
  globalThis.way = [];
  const note = () => {
    const {x, y} = label.getBoundingClientRect();
    globalThis.way.push([x, y]);
    if (globalThis.way.length < 600) requestAnimationFrame(note);
  };
  note();
}
"""


def test_a_double_click_opens_once(live: Visitor) -> None:
    """Clicks twice, as people do on files: on a label, then on maps. The layer is open, not open
    and closed again, and no cell is pinned by the second click."""
    live.still()
    x, y = live.places()["conv1"]
    live.page.mouse.dblclick(x, y + 6)
    assert opened(live) == {"conv1"}
    live.press("c", "r")
    live.still()
    live.page.mouse.dblclick(*live.spot_on("conv2"))
    assert opened(live) == {"conv2"}
    assert live.still()["selection"] is None


def opened(live: Visitor) -> set[str]:
    """The layers that are open."""
    return {layer["name"] for layer in live.state()["layers"] if layer["open"]}


def click_maps(live: Visitor, layer: str) -> None:
    """Click on the maps of a layer."""
    live.still()
    live.page.mouse.click(*live.spot_on(layer))


@pytest.mark.parametrize("layer", OPENING)
def test_a_click_on_its_maps_opens_a_layer_and_one_on_its_name_closes_it(
    live: Visitor, layer: str
) -> None:
    """Clicks a layer: it opens into its maps; clicks its name: it closes again."""
    closed = live.picture()
    click_maps(live, layer)
    assert opened(live) == {layer}
    assert live.difference(closed, live.picture()) > CHANGED
    live.label(layer).click()
    assert opened(live) == set()
    assert live.difference(closed, live.picture()) < ALIKE


def box_of(live: Visitor, layer: str) -> list[float]:
    """Where a layer is on the canvas: left, top, right, bottom in pixels."""
    return next(list(one["box"]) for one in live.still()["layers"] if one["name"] == layer)


def test_one_comes_closer_to_what_a_click_opens(live: Visitor) -> None:
    """Clicks the label of conv2: its maps fill the height; clicks again: all is in view as before.

    Turned and moved away, the same: what opens is what one looks at.
    """
    home = live.still()["layers"]
    _, top, _, bottom = box_of(live, "conv2")
    live.label("conv2").click()
    opened = box_of(live, "conv2")
    assert opened[3] - opened[1] > 2 * (bottom - top)
    live.label("conv2").click()
    assert live.still()["layers"] == home
    live.press("ArrowRight", "Shift+ArrowRight", "-", "-")
    live.label("conv2").click()
    again = box_of(live, "conv2")
    assert again[3] - again[1] > 2 * (bottom - top)


def test_what_is_near_stays_in_view_when_all_opens(live: Visitor) -> None:
    """Comes near to conv2 by hand and presses O: its maps stand below the toolbar, above the line,
    and beside the answer."""
    live.label("conv2").click()
    live.still()
    live.press("c", "ArrowRight", "+", "+")
    live.still()
    live.press("o")
    left, top, right, bottom = box_of(live, "conv2")
    bar, line = live.part("bar").bounding_box(), live.part("line").bounding_box()
    side, window = live.part("side").bounding_box(), live.page.viewport_size
    assert bar
    assert line
    assert side
    assert window
    assert top > bar["height"] - 4
    assert bottom < line["y"]
    assert left > side["x"] + side["width"]
    assert right < window["width"]


def test_nothing_is_read_under_the_answer(live: Visitor) -> None:
    """Comes near until layers reach under the answer: the pointer reads none of them there."""
    live.label("conv2").click()
    live.still()
    live.press(*["+"] * 12)
    live.still()
    pad = live.part("pad").bounding_box()
    assert pad
    for y in (400, 440, 480):
        assert live.point_at(pad["x"] + 60, y) is None
        live.page.mouse.move(pad["x"] + 400, y)
    assert live.tip(), "what lies beside it is read"


def test_layers_ease_open(live: Visitor) -> None:
    """Opens all layers: labels travel to their new places step by step, none of them jumps."""
    live.calmly(False)
    live.still()
    start = live.places()
    live.page.evaluate(FOLLOW)
    live.press("o")
    live.still()
    way = live.page.evaluate("globalThis.way")
    end = live.places()
    moved = math.dist(start["fc1"], end["fc1"])
    assert moved > 20
    steps = [math.dist(a, b) for a, b in pairwise(way)]
    assert len([step for step in steps if step]) >= 4, "it jumps"
    assert max(steps) < 0.75 * moved
    live.calmly()
    live.press("c")
    live.still()
    assert live.places() == start, "with less movement it is there at once"


def test_a_click_on_its_label_opens_and_closes_a_layer(live: Visitor) -> None:
    """Clicks the labels one after the other: each opens its layer, later closes it again."""
    seen = [live.picture()]
    for number, layer in enumerate(OPENING, 1):
        live.label(layer).click()
        expect(live.label(layer)).to_have_attribute("aria-expanded", "true")
        assert opened(live) == set(OPENING[:number])
        live.press("f")  # one came closer: the next one may be out of sight
        seen.append(live.picture())
        assert live.difference(*seen[-2:]) > CHANGED
    for number, layer in enumerate(OPENING, 1):
        live.label(layer).click()
        expect(live.label(layer)).to_have_attribute("aria-expanded", "false")
        assert opened(live) == set(OPENING[number:])
    assert live.difference(seen[0], live.picture()) < ALIKE


def test_all_layers_open_and_close_at_once(live: Visitor) -> None:
    """Opens all layers by the button, turns and zooms, closes all, resets: as at the start."""
    start = live.picture()
    live.button("openAll").click()
    assert opened(live) == set(OPENING)
    everything = live.picture()
    assert live.difference(start, everything) > 5 * CHANGED
    live.press("ArrowLeft", "ArrowLeft", "ArrowUp", "+", "Shift+ArrowRight")
    assert live.difference(everything, live.picture()) > 5 * CHANGED
    live.button("closeAll").click()
    assert opened(live) == set()
    live.press("r")
    assert live.difference(start, live.picture()) < ALIKE


def test_turning_is_never_a_click(live: Visitor) -> None:
    """Drags from a layer, also back to where it began: the picture turns, nothing opens."""
    start = live.picture()
    mouse = live.page.mouse
    x, y = live.spot_on("conv2")
    mouse.down()
    mouse.move(x + 60, y + 10, steps=3)
    mouse.up()
    assert opened(live) == set()
    assert live.difference(start, live.picture()) > CHANGED
    assert live.state()["selection"] is None
    live.press("r")
    live.still()
    x, y = live.spot_on("conv1")
    mouse.down()
    mouse.move(x + 40, y, steps=2)
    mouse.move(x, y, steps=2)
    mouse.up()
    assert opened(live) == set()
    assert live.difference(start, live.picture()) < ALIKE


def test_the_right_button_moves_the_picture(live: Visitor) -> None:
    """Drags with the right button: everything moves along by as much, without turning."""
    live.still()
    before = live.places()
    mouse = live.page.mouse
    x, y = live.spot_on("pool1")
    mouse.down(button="right")
    mouse.move(x - 50, y + 30, steps=3)
    mouse.up(button="right")
    live.still()
    after = live.places()
    assert opened(live) == set()
    for layer in ("conv1", "pool1", "fc1"):
        moved = [b - a for a, b in zip(before[layer], after[layer], strict=True)]
        assert moved == pytest.approx([-50, 30], abs=9), layer


def test_the_wheel_zooms_to_where_the_pointer_is(live: Visitor) -> None:
    """Turns the wheel over a layer: it comes closer and stays under the pointer."""
    live.still()
    before = live.places()
    x, y = live.spot_on("pool2")
    live.page.mouse.wheel(0, -300)
    after = live.moved(before)
    apart = [at["fc2"][0] - at["fc1"][0] for at in (before, after)]
    assert apart[1] > 1.2 * apart[0]
    tip = live.point_at(x, y)
    assert tip, "nothing is under the pointer any more"
    assert tip.layer == "pool2"


def test_the_timeline_brings_a_layer_close(live: Visitor) -> None:
    """Clicks twice on a stretch of the timeline: its layer comes to the middle, large."""
    before = live.picture()
    for _ in range(LAYERS.index("pool2") + 1):
        live.press(".")
    live.until("s => s.run.step?.name === 'pool2' && !s.moving")
    run, line = live.state()["run"], live.part("line").bounding_box()
    assert line
    x = line["x"] + line["width"] * run["position"] / run["length"] - 3
    live.part("line").press("End")
    live.page.mouse.dblclick(x, line["y"] + line["height"] / 2)
    live.part("line").press("End")
    assert live.difference(before, live.picture()) > CHANGED
    scene = live.part("scene").bounding_box()
    assert scene
    x = live.places()["pool2"][0]
    free = live.part("side").bounding_box()
    assert free
    middle = (free["x"] + free["width"] + scene["x"] + scene["width"]) / 2
    assert x == pytest.approx(middle, abs=90)
    live.spot_on("pool2")
