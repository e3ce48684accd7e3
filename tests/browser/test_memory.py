"""Memory: what is made for a model or a view is given back."""

from __future__ import annotations

from typing import Any

from browser.visitor import Visitor

LOAD_OFTEN = """
async (times) => {
  for (let i = 0; i < times; i++) await tensorama.load("./models/lenet/lenet.onnx");
}
"""
OPEN_OFTEN = """
async (times) => {
  for (let i = 0; i < times; i++) {
    await tensorama.openAll();
    await new Promise((go) => requestAnimationFrame(go));
    await tensorama.closeAll();
    await new Promise((go) => requestAnimationFrame(go));
  }
}
"""
RUN_OFTEN = "async (times) => { for (let i = 0; i < times; i++) await tensorama.run(); }"


def held(live: Visitor) -> dict[str, Any]:
    """What the page holds once all is still: on the graphics card, in Python, in the document."""
    live.still()
    stats = live.ask("stats()")
    kept = ("geometries", "textures", "textureBytes", "blocks", "tensors", "values", "drawCalls")
    return {name: stats[name] for name in kept} | {
        "elements": live.page.evaluate("document.querySelectorAll('*').length")
    }


def test_loading_twenty_times_keeps_nothing(live: Visitor) -> None:
    """Loads the demo twenty times over: textures, geometries and elements are as before."""
    live.page.evaluate(LOAD_OFTEN, 1)  # labels of an earlier network may still stand by
    before = held(live)
    live.page.evaluate(LOAD_OFTEN, 20)
    assert held(live) == before
    assert live.state()["output"]["label"] == "7"


def test_opening_and_running_often_keeps_nothing(live: Visitor) -> None:
    """Opens and closes all ten times, runs a hundred times: everything held is as before."""
    before = held(live)
    live.page.evaluate(OPEN_OFTEN, 10)
    live.page.evaluate(RUN_OFTEN, 100)
    assert held(live) == before
