"""What is held on the graphics card: lost and brought back, and never more than before."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from browser.files import small
from browser.visitor import Visitor

ALIKE = 0.002  # of the pixels, at most, between two pictures of the same
CHANGES = 20
CYCLES = 10

# What three.js and the browser write about it.
LINES = r"THREE\.WebGLRenderer: Context (Lost|Restored)|CONTEXT_LOST_WEBGL|belong to this context"

# Takes the graphics card away as a driver that restarts does, and gives it back.
LOSE = """
async (box) => {
  const canvas = document.querySelector(box + " .tr-scene");
  const hears = (event) => new Promise((go) => canvas.addEventListener(event, go, {once: true}));
  const card = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
  const lost = hears("webglcontextlost"), back = hears("webglcontextrestored");
  card.loseContext();
  await lost;
  await new Promise((go) => setTimeout(go, 0));
  card.restoreContext();
  await back;
}
"""


def lose(live: Visitor) -> None:
    """The graphics card goes and comes back."""
    live.page.evaluate(LOSE, live.box)
    live.still()


@pytest.fixture
def alone(page: Page, site) -> Visitor:
    """Someone before a page of their own: what was made before the loss is never quite forgotten by
    three.js, and the browser says so in its console when it is disposed of."""
    visitor = Visitor(page).visit(site.url)
    visitor.page.set_viewport_size({"width": 860, "height": 560})
    visitor.calmly()
    visitor.still()
    return visitor


def held(live: Visitor) -> dict[str, Any]:
    """What lies on the graphics card."""
    live.still()
    stats = live.ask("stats()")
    return {name: stats[name] for name in ("geometries", "textures", "textureBytes", "drawCalls")}


@pytest.mark.expects_console(LINES)
@pytest.mark.parametrize("state", ["closed", "open"])
def test_a_lost_context_comes_back_with_the_same_picture(alone: Visitor, state: str) -> None:
    """The graphics card restarts: the picture is as before, and goes on being used."""
    if state == "open":
        alone.ask("openAll()")
    before = alone.picture()
    lose(alone)
    assert alone.difference(before, alone.picture()) < ALIKE
    alone.press("t")
    assert alone.difference(before, alone.picture()) > 0.5, "nothing is drawn any more"
    alone.press("t", "3")
    alone.until("s => !s.busy && s.output.label === '3'")
    assert alone.difference(before, alone.picture()) > 0.01, "other numbers show"


@pytest.mark.expects_console(LINES)
def test_losing_it_often_keeps_nothing(alone: Visitor) -> None:
    """The graphics card restarts three times: no more lies on it than at first."""
    lose(alone)
    before = held(alone)
    for _ in range(2):
        lose(alone)
    assert held(alone) == before


def test_it_looks_the_same_with_and_without_movement(live: Visitor) -> None:
    """Opens everything at once, and then again in its own time: the same picture, links and all."""
    live.ask("openAll()")
    at_once = live.picture()
    live.ask("closeAll()")
    live.still()
    live.calmly(False)
    live.ask("openAll()")
    live.still()
    assert live.difference(at_once, live.picture()) < ALIKE


def test_changing_networks_keeps_nothing(live: Visitor) -> None:
    """Opens two networks in turn, twenty times, each opened and closed: as much lies there."""
    live.page.route("**/other.onnx", lambda route: route.fulfill(body=small()))
    networks = ("./other.onnx", "./models/lenet/lenet.onnx")
    seen = []
    for number in range(CHANGES):
        live.ask(f"load('{networks[number % 2]}')")
        live.ask("openAll()")
        live.still()
        live.ask("closeAll()")
        seen.append(held(live))
    live.page.unroute("**/other.onnx")
    assert seen[-1] == seen[1]
    assert seen[-2] == seen[0]


def test_opening_and_closing_everything_keeps_nothing(live: Visitor) -> None:
    """Opens and closes everything ten times: as much lies there as after the first time."""
    seen = []
    for _ in range(CYCLES):
        live.ask("openAll()")
        opened = held(live)
        live.ask("closeAll()")
        seen.append((opened, held(live)))
    assert seen[-1] == seen[0]
