"""The main path in a stock Firefox, where there is one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from browser import firefox
from browser.conftest import Site
from browser.visitor import Visitor
from engine.test_architectures import LENET
from tensorama.inputs import sample_digit

pytestmark = pytest.mark.slow

LIVE = """
async () => {
  while (!globalThis.tensorama) await new Promise((go) => setTimeout(go, 50));
}
"""
TOLD = """
async () => {
  const tip = document.querySelector("#stage .tr-tip"), end = performance.now() + 2000;
  while (tip.hidden && performance.now() < end) await new Promise((go) => setTimeout(go, 20));
}
"""


def test_the_main_path(fox: firefox.Page, site: Site) -> None:
    """LeNet runs, a digit is drawn, a layer opens, a cell is pointed at, a model is dropped."""
    visitor = Visitor(cast("Any", fox))
    visitor.arrive(site.url)
    fox.evaluate(LIVE)
    state = visitor.until("s => (s.model || s.message) && !s.busy", seconds=120)
    assert state["model"]["name"] == "LeNet-5", state["message"]
    if "gives no WebGL 2" in (state["message"] or ""):
        pytest.skip("this Firefox draws nothing: it needs a display, or Xvfb to make one")
    assert state["message"] is None
    assert state["output"]["label"] == "7"

    visitor.press("Backspace")
    visitor.draw(sample_digit(4))
    assert visitor.until("s => !s.busy && s.output.label === '4'")["output"]["share"] > 0.9

    visitor.still()
    x, y = visitor.places()["conv1"]
    fox.mouse.move(x, y + 6)
    fox.mouse.down()
    fox.mouse.up()
    opened = visitor.until("s => !s.busy && !s.moving && s.layers.some((layer) => layer.open)")
    layer = next(layer for layer in opened["layers"] if layer["open"])

    left, top, right, bottom = layer["box"]
    canvas = fox.locator("#stage .tr-scene").bounding_box()
    assert canvas
    tips = []
    for across in (0.3, 0.37, 0.44, 0.51):
        x = canvas["x"] + left + (right - left) * across
        fox.mouse.move(x, canvas["y"] + top + (bottom - top) / 6)
        fox.evaluate(TOLD)
        tips.append(visitor.tip())
    assert any(tip and tip.layer == layer["name"] for tip in tips), tips

    visitor.drop("other.onnx", LENET.read_bytes())
    visitor.until("s => !s.busy && s.model && s.layers.every((layer) => !layer.open)")
    visitor.still()
    assert not fox.faults()
