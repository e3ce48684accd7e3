"""What it depends on: the influence of everything on one number, in 3D and over the input."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import Browser, expect

from browser.conftest import Site
from browser.files import model_bytes
from browser.visitor import Visitor


@pytest.fixture
def curious(live: Visitor) -> Iterator[Visitor]:
    """Someone before the demo, which is left as it was."""
    yield live
    if live.state()["shown"].get("depends"):
        live.part("depends").locator("[data-ask=close]").click()
        live.until("s => !s.shown.depends && !s.busy")


def maps(visitor: Visitor, count: int) -> None:
    """Wait for so many maps over the input, and until all that follows is known too."""
    canvases = visitor.part("dep-maps").locator("canvas")
    expect(canvases).to_have_count(count)  # it may have to be fetched first
    visitor.still()


def colours_of(visitor: Visitor, chart: int) -> np.ndarray:
    """The pixels of a map in the panel, (rows, cols, 3)."""
    data = visitor.page.evaluate(
        """(n) => { const c = document.querySelectorAll("#stage .tr-dep-maps canvas")[n];
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        return [c.height, c.width, [...d.data]]; }""",
        chart,
    )
    return np.array(data[2]).reshape(data[0], data[1], 4)[..., :3].astype(int)


def test_which_pixels_made_it_say_7(curious: Visitor) -> None:
    """Clicks the button at the answer: what speaks for it is warm, in 3D too; Escape."""
    before = curious.picture()
    curious.button("depends").click()
    maps(curious, 1)
    state = curious.state()
    assert state["shown"]["depends"][0] == ["logits", [0, 7]]
    expect(curious.part("depends").locator("h2")).to_have_text("What “7” depends on")
    image = colours_of(curious, 0)
    warm = image[..., 0] - image[..., 2]
    ink = np.asarray(curious.ask("explain('input', [0, 0, 14, 14])")["value"])
    assert ink is not None
    assert warm.max() > 60 > -60 > warm.min()
    assert abs(warm[0, 0]) < 25  # an empty corner says nothing
    expect(curious.part("of")).to_have_text("Gradient × value: “7”")
    expect(curious.part("dep-plot").locator("polyline")).to_have_count(5)
    expect(curious.part("dep-check")).to_contain_text("Half of the number is gone with the")
    assert curious.difference(before, curious.picture()) > 0.005
    curious.press("Escape")
    curious.until("s => !s.shown.depends")
    expect(curious.part("depends")).to_be_hidden()
    expect(curious.part("of")).to_have_text("")
    assert curious.difference(before, curious.picture()) < 0.002  # the values again


def test_a_cell_says_its_influence_beside_its_value(curious: Visitor) -> None:
    """Asks, then pins a pixel by a click on the map: the inspector tells value and influence."""
    curious.press("b")
    maps(curious, 1)
    canvas = curious.part("dep-maps").locator("canvas")
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] * 14.5 / 28, "y": box["height"] * 14.5 / 28})
    state = curious.until("s => s.selection?.tensor === 'input'")
    assert state["selection"]["index"] == [0, 0, 14, 14]
    expect(curious.part("in-lens")).to_contain_text("influence")
    assert state["shown"]["depends"][0] == ["logits", [0, 7]]  # it is still of the 7
    curious.press("Escape")
    curious.until("s => !s.selection && s.shown.depends")


def test_every_method_shows_its_map_and_how_to_read_it(curious: Visitor) -> None:
    """Goes through the methods by their buttons; integrated gradients tell what is missing."""
    curious.press("b")
    maps(curious, 1)
    said = set()
    methods = curious.part("dep-methods").locator("button")
    for number in range(methods.count()):
        methods.nth(number).click()
        expect(methods.nth(number)).to_have_attribute("aria-pressed", "true")
        expect(curious.part("dep-plot")).to_be_visible(timeout=20_000)
        maps(curious, 1)
        said.add(curious.part("dep-said").locator("p").first.inner_text())
        if methods.nth(number).inner_text() == "Integrated gradients":
            expect(curious.part("dep-said")).to_contain_text(
                re.compile(r"% (is missing|too much)\.")
            )
        if methods.nth(number).inner_text() == "Grad-CAM":
            curious.part("dep-said").locator("select").select_option(label="conv2")
            curious.until("s => s.shown.depends[3] === 'relu2' && !s.busy")
    assert len(said) == 6
    curious.press("Control+z")
    curious.until("s => s.shown.depends[1] !== 'occlusion'")  # undo goes back through them
    curious.still()


def test_shuffled_weights_make_another_map(curious: Visitor) -> None:
    """Presses “Shuffle the weights”: a map beside, and a sentence about how like they are."""
    curious.press("b")
    maps(curious, 1)
    curious.part("depends").locator("[data-ask=shuffle]").click()
    maps(curious, 2)
    expect(curious.part("dep-said")).to_contain_text("With all weights shuffled the map")


def test_a_link_asks_on_a_phone_and_in_chinese(browser: Browser, site: Site) -> None:
    """Opens the link of a question: the panel lies below the picture, and says it in Chinese."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(60_000)
    visitor = Visitor(context.new_page()).visit(site.url)
    visitor.press("b")
    maps(visitor, 1)
    visitor.written()
    other = Visitor(context.new_page()).visit(str(visitor.page.url))
    maps(other, 1)
    expect(other.part("depends").locator("h2")).to_have_text("“7” 取决于什么")
    box = other.part("depends").bounding_box()
    assert box
    assert box["width"] == 390
    context.close()


def test_what_lies_behind_an_operator_without_a_rule_stays_dark(live: Visitor) -> None:
    """Asks in a network with a step that nothing can be followed through: it says which."""
    nodes = [
        helper.make_node("Relu", ["x"], ["kept"], name="first"),
        helper.make_node("DFT", ["kept"], ["waves"], name="turned", axis=1),
        helper.make_node("Relu", ["waves"], ["y"], name="last"),
    ]
    live.drop("dark.onnx", model_bytes(nodes, [1, 8, 1], [1, 8, 2], {}))
    live.until("s => s.model.name.startsWith('dark') && !s.busy", seconds=60)
    live.ask("select('y', [0, 1, 0])")
    live.press("b")
    why = 'How DFT "turned" changes with its inputs is not'
    expect(live.part("dep-said")).to_contain_text(why)
    live.ask("select('kept', [0, 2, 0])")
    expect(live.part("in-lens")).to_contain_text("is not known here")
    live.still()  # else Escape calls off what is still found out
    live.press("Escape")
    live.press("Escape")
    live.until("s => !s.shown.depends && !s.selection")
