"""Questions that a person asks of a network, each answered within three actions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import expect

from browser.files import model_bytes
from browser.visitor import Visitor

A_FOUR = [[(0.52, 0.18), (0.36, 0.45), (0.64, 0.45)], [(0.64, 0.15), (0.64, 0.85)]]  # read as 9
ROOT = "./models"
LATER = 20_000  # milliseconds: what answers may have to be fetched first


@pytest.fixture
def asking(live: Visitor) -> Iterator[Visitor]:
    """Someone with a question; the page is left as it was found."""
    yield live
    for _ in range(4):
        shown = live.state()["shown"]
        if shown.keys() & {"depends", "selected", "summary"}:
            live.page.evaluate("document.activeElement?.blur()")
            live.press("Escape")
            live.until("s => !s.busy")


def click_on(visitor: Visitor, tensor: str, across: float = 0.5, down: float = 0.5) -> None:
    """Click on the block that shows a tensor, at this part of its width and height."""
    layers = visitor.still()["layers"]
    left, top, right, bottom = next(one["box"] for one in layers if one["tensor"] == tensor)
    visitor.page.mouse.click(left + across * (right - left), top + down * (bottom - top))


def test_why_is_this_one_wrong(asking: Visitor) -> None:
    """Draws a 4 that is read as a 9, asks what the 9 depends on, and puts the map of 4 beside."""
    asking.button("clear").click()
    asking.draw(A_FOUR)
    state = asking.until("s => s.output?.label === '9' && !s.busy")
    assert state["output"]["share"] > 0.5
    asking.button("depends").click()
    expect(asking.part("depends").locator("h2")).to_have_text("What “9” depends on", timeout=LATER)
    asking.part("depends").locator("[data-ask=against]").select_option(label="“4”")
    expect(asking.part("dep-maps").locator("canvas")).to_have_count(2, timeout=LATER)
    assert asking.part("dep-maps").locator("figcaption").all_inner_texts() == ["“9”", "“4”"]
    drawn = (
        asking.part("dep-maps").locator("canvas").evaluate_all("all => all.map(c => c.toDataURL())")
    )
    assert drawn[0] != drawn[1]
    asking.still()


def test_how_sure_is_it_and_of_what(asking: Visitor) -> None:
    """Draws it: the bars say both, and what stands for the share is the recorded one."""
    asking.button("clear").click()
    asking.draw(A_FOUR)
    state = asking.until("s => s.output?.label === '9' && !s.busy")
    best = asking.part("answer").locator(".tr-best")
    expect(best).to_contain_text("9")
    expect(best).to_contain_text(f"{state['output']['share'] * 100:.1f} %")
    shares = state["output"]["shares"]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert sorted(range(10), key=lambda k: -shares[k])[:2] == [9, 4]


def test_where_did_this_number_come_from(asking: Visitor) -> None:
    """Clicks on a cell of a vector: the sentence, what weighed most, and that it is the same."""
    click_on(asking, "relu3")
    asking.until("s => s.selection?.tensor === 'relu3'")
    expect(asking.part("inspector")).to_contain_text(
        "What weighed most, of 401 products and biases", timeout=LATER
    )
    expect(asking.part("in-check")).to_contain_text("equals the recorded value")


def test_what_does_this_head_attend_to(asking: Visitor) -> None:
    """Asks what the next letter depends on, follows the route, and clicks on a head."""
    asking.ask(f"load('{ROOT}/gpt-mini/gpt-mini.onnx')")
    asking.still()
    asking.press("b")
    way = asking.part("dep-said").locator("[data-ask=route]")
    expect(asking.part("dep-said")).to_contain_text("a route is no reason", timeout=LATER)
    expect(asking.part("dep-letters").first).to_be_visible()  # which letter is which
    way.click()
    state = asking.until("s => !s.shown.depends && s.at.length > 1 && !s.busy")
    layer = next(one for one in state["layers"] if one["name"] == state["at"][-1])
    assert "Softmax" in layer["op"]
    click_on(asking, layer["tensor"], 0.15, 0.2)  # its first head
    chosen = asking.until("s => s.selection")["selection"]
    assert chosen["tensor"] == layer["tensor"]
    assert len(chosen["index"]) == 4  # batch, head, from where, to where
    expect(asking.part("inspector").locator("h2")).to_contain_text("head")
    expect(asking.part("inspector")).to_contain_text("share")
    expect(asking.part("in-shares").locator("button").first).to_contain_text("0 F")  # a letter


def test_what_does_the_memory_cell_keep(asking: Visitor) -> None:
    """Clicks on a number that an LSTM made: its gates, and what the cell kept of before."""
    asking.ask(f"load('{ROOT}/lstm-mini/lstm-mini.onnx')")
    state = asking.still()
    layer = next(one for one in state["layers"] if "LSTM" in one["op"])
    asking.ask(f"open('{layer['name']}')")
    click_on(asking, layer["tensor"])
    asking.until("s => s.selection")
    inspector = asking.part("inspector")
    expect(inspector).to_contain_text("forget gate", timeout=LATER)
    expect(inspector).to_contain_text("kept")


def test_which_value_first_became_nan(asking: Visitor) -> None:
    """Opens the summary of a network that takes a logarithm of what can be negative: it names the
    first such cell, and a click goes there."""
    nodes = [
        helper.make_node("Sub", ["x", "w"], ["less"], name="less"),
        helper.make_node("Log", ["less"], ["logs"], name="logs"),
        helper.make_node("Relu", ["logs"], ["y"], name="last"),
    ]
    weights = {"w": np.array([[-5, -5, 9, 9]], np.float32)}
    asking.drop("odd.onnx", model_bytes(nodes, [1, 4], [1, 4], weights))
    asking.until("s => s.model.name.startsWith('odd') && !s.busy", seconds=60)
    asking.still()  # a run that is timed again has the summary written anew
    asking.press("n")
    way = asking.part("summary").locator("[data-sum=odd]")
    expect(way).to_have_text("NaN first in logs[0, 2]", timeout=LATER)
    way.click()
    state = asking.until("s => s.selection && !s.shown.summary")
    assert (state["selection"]["tensor"], state["selection"]["index"]) == ("logs", [0, 2])
    assert state["selection"]["value"] == "NaN"
    expect(asking.part("inspector")).to_contain_text("Not a number.")
