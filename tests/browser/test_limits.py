"""Networks that are larger than the graphics card: what is near is whole, and the page says so."""

from __future__ import annotations

import base64

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Page, expect

from browser.conftest import Site
from browser.test_frames import LOAD
from browser.visitor import Visitor, reads

LITTLE = "Object.defineProperty(navigator, 'deviceMemory', {value: 0.005})"  # GB: 164 kB of maps
DEEP, WIDE = 6, 16


def deep() -> bytes:
    """Six convolutions with sixteen maps of 48 × 48 each: 450 kB of half floats."""
    random = np.random.default_rng(7)
    names = ["x", *(f"c{i}" for i in range(DEEP))]
    weights = [
        numpy_helper.from_array(
            random.normal(0, 0.25, (WIDE, 1 if i == 0 else WIDE, 3, 3)).astype(np.float32), f"w{i}"
        )
        for i in range(DEEP)
    ]
    nodes = [
        helper.make_node("Conv", [names[i], f"w{i}"], [names[i + 1]], name=f"conv{i}",
                         pads=[1, 1, 1, 1])
        for i in range(DEEP)
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "deep",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 48, 48])],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, [1, WIDE, 48, 48])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


def test_on_a_small_device_what_is_near_has_its_maps_and_the_page_says_what_has_not(
    page: Page, site: Site
) -> None:
    """Opens all on a device with little memory, reads why some maps are missing, goes near."""
    page.add_init_script(LITTLE)
    visitor = Visitor(page).visit(site.url)
    visitor.calmly()
    assert visitor.ask("stats()")["summarised"] == 0, "the demo fits"
    page.evaluate(LOAD, base64.b64encode(deep()).decode())
    visitor.still()
    visitor.ask("openAll()")
    visitor.still()
    stats = visitor.ask("stats()")
    assert stats["textureBytes"] < 200_000
    assert 0 < stats["summarised"] < DEEP
    expect(visitor.part("note")).to_contain_text("drawn from a summary")
    visitor.press("Escape")
    visitor.press("l")
    expect(visitor.part("tree")).to_be_focused()
    visitor.press("End", "Enter")
    visitor.still()
    visitor.part("tree").press("Escape")
    visitor.still()
    near = visitor.ask("stats()")
    assert near["textureBytes"] < 200_000
    assert near["summarised"] < stats["summarised"]
    box = visitor.part("scene").bounding_box()
    assert box
    tips = (
        visitor.point_at(box["x"] + box["width"] * part, box["y"] + box["height"] * 0.4)
        for part in (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65)
    )
    tip = next(tip for tip in tips if tip)
    there = visitor.ask(f"select('{tip.tensor}', {list(tip.index)})")
    assert reads(tip.value, there["value"]), "what is read is the recorded number, never a texel"
