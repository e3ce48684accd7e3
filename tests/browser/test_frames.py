"""What a frame costs: nothing while nothing moves, and never more than what a window can hold."""

from __future__ import annotations

import base64

import pytest
from onnx import TensorProto, helper
from playwright.sync_api import expect

from browser.visitor import Visitor

REST = """
async () => {
  for (let i = 0; i < 30; i++) await new Promise((go) => requestAnimationFrame(go));
}
"""
LOAD = """
async (data) => tensorama.load(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)))
"""
NEAR = "state().then((s) => tensorama.go({...s.shown, at: 'fc1', near: 'fc1'}))"
MOST = 1000  # buttons that a window holds, and some more


def chain(count: int) -> bytes:
    """A file of so many layers one after the other."""
    names = ["x", *(f"t{i}" for i in range(count))]
    graph = helper.make_graph(
        [helper.make_node("Sin" if i % 3 else "Cos", [names[i]], [names[i + 1]])
         for i in range(count)],
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 4, 4])],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, [1, 2, 4, 4])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


def test_nothing_is_drawn_while_nothing_moves(live: Visitor) -> None:
    """Looks without touching anything: the picture costs no frame at all."""
    live.page.mouse.move(2, 2)
    live.still()
    before = live.ask("stats()")["frames"]
    live.page.evaluate(REST)
    assert live.ask("stats()")["frames"] == before
    live.press("ArrowLeft")
    live.still()
    assert live.ask("stats()")["frames"] > before, "and a key does draw"


def frames(live: Visitor) -> int:
    """How many were drawn, once nothing moves."""
    live.still()
    return int(live.ask("stats()")["frames"])


def test_what_changes_the_page_alone_draws_nothing(live: Visitor) -> None:
    """Chooses a speed, plays again and again, changes the language, looks at what lies over the
    picture: not one frame. Whatever changes the picture draws: pointer, looks, size, run."""
    live.page.mouse.move(2, 2)
    before = frames(live)
    for action in ("speed", "loop", "loop", "speed", "speed", "speed"):
        live.button(action).evaluate("(button) => button.click()")
        assert frames(live) == before, action
    for key in ("g", "g", "?", "Escape", "n", "Escape", "e", "Escape"):
        live.press(key)
        assert frames(live) == before, key
    live.page.mouse.move(*live.spot_on("conv1"))
    before = frames(live)
    live.page.mouse.move(2, 2)
    assert frames(live) > before, "the pointer left its cell"
    for key in (*"tshhhhh", "ArrowLeft", "."):
        before = frames(live)
        live.press(key)
        assert frames(live) > before, key
    size = live.page.viewport_size
    assert size
    for wide in (size["width"] - 40, size["width"]):
        before = frames(live)
        live.page.set_viewport_size({"width": wide, "height": size["height"]})
        live.page.wait_for_function(f"innerWidth === {wide}")
        live.until(f"s => {{ const c = document.querySelector('.tr-scene'); "
                   f"return c.width === {wide} && !s.moving; }}")  # fmt: skip
        assert frames(live) > before, "another size"


def drawn_whole(live: Visitor) -> bytes:
    """The picture as a frame of all of it shows it: with other colours, and as it was again."""
    for theme in ("dark", "light"):
        before = frames(live)
        live.press("t")
        live.until(f"s => s.theme === '{theme}'")
        assert frames(live) > before
    return live.picture_pointed_at()


@pytest.mark.parametrize("first", ["closeAll()", "open('conv1')", "openAll()", NEAR])
def test_what_is_drawn_in_parts_is_what_would_be_drawn_whole(live: Visitor, first: str) -> None:
    """Points at cell after cell, which draws small parts of the picture again: each time it is, to
    the pixel, what a frame of all of it shows."""
    live.ask(first)
    live.still()
    for layer in ("fc1",) if first == NEAR else ("input", "conv1", "pool2", "fc1", "fc3"):
        live.spot_on(layer)
        assert live.picture_pointed_at() == drawn_whole(live), layer
    assert live.picture() == drawn_whole(live), "nobody points at it any more"


def test_two_thousand_layers_make_no_more_labels_than_can_be_seen(live: Visitor) -> None:
    """Opens a network of two thousand layers, all of it, and goes near one: a few labels do."""
    rest = "s => !s.busy && !s.moving && s.run.timed"
    live.page.evaluate(LOAD, base64.b64encode(chain(2000)).decode())
    live.ask("openAll()")
    live.until(rest, seconds=60)
    assert live.part("label").count() < MOST
    live.press("l")
    expect(live.part("tree")).to_be_focused()
    live.press("End", "Enter")
    live.until(rest, seconds=60)
    expect(live.page.locator(".tr-label:not(.tr-gone)").first).to_be_attached()
    assert live.page.locator(".tr-label:not(.tr-gone)").count() < 60
    assert live.part("label").count() < MOST
    live.part("tree").press("Escape")
    live.ask("closeAll()")
    live.press("r")
    live.until(rest, seconds=60)
    assert live.page.locator(".tr-label:not(.tr-gone)").count() > 2
