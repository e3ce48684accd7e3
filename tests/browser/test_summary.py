"""The summary: what goes in and out, and which layers take most; a table over the picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import Browser, expect

from browser.conftest import Site
from browser.files import model_bytes
from browser.visitor import LAYERS, Visitor

# Asks again and again until what is on the clipboard starts so.
COPIED = """
async (start) => {
  for (const end = performance.now() + 20_000; ;) {
    const text = await navigator.clipboard.readText();
    if (text.startsWith(start)) return text;
    if (performance.now() > end) throw new Error("still on the clipboard: " + text);
    await new Promise((go) => setTimeout(go, 50));
  }
}
"""


def names(visitor: Visitor) -> list[str]:
    """The layers in the rows on the page, from top to bottom."""
    rows = visitor.part("sum-row").all()
    found = [(float(str(row.get_attribute("data-row"))), row) for row in rows]
    return [
        row.locator("[data-col=name]").inner_text()
        for _, row in sorted(found, key=lambda one: one[0])
    ]


@pytest.fixture
def summed(live: Visitor) -> Iterator[Visitor]:
    """Someone who has opened the summary."""
    live.still()  # a run that is timed again has the rows written anew
    live.press("n")
    expect(live.part("sum-grid")).to_be_focused(timeout=20_000)
    expect(live.part("sum-row")).to_have_count(len(LAYERS))
    yield live
    if live.state()["shown"].get("summary"):
        live.part("sum-grid").focus()
        live.press("Escape")
    live.ask("load('./models/lenet/lenet.onnx')")  # its rows are in their order then


def head(visitor: Visitor, column: str) -> None:
    """Click on the head of a column."""
    visitor.part("sum-head").locator(f"[data-by='{column}']").click()


def test_it_says_what_goes_in_and_out_and_what_each_layer_takes(summed: Visitor) -> None:
    """Presses N: one action, and it stands there."""
    told = summed.part("sum-ways").inner_text().replace("\n", " ")
    assert "in input (1 × 1 × 28 × 28)" in told
    assert "out probabilities (1 × 10)" in told
    assert names(summed) == [*LAYERS]
    expect(summed.part("sum-total")).to_contain_text("61,706")
    expect(summed.part("sum-row").nth(1)).to_contain_text("Conv + Relu")
    expect(summed.button("summary")).to_have_attribute("aria-pressed", "true")


def test_where_most_parameters_and_most_time_are(summed: Visitor) -> None:
    """Clicks on Parameters: fc1 stands on top, with its share. Enter goes there, undo back."""
    head(summed, "parameters")
    assert names(summed)[:3] == ["fc1", "fc2", "conv2"]
    top = summed.page.locator("#stage .tr-sum-row[data-row='0']")
    expect(top.locator("[data-col=share]")).to_have_text("78.0 %")
    expect(summed.part("sum-head").locator("[data-col=parameters]")).to_have_attribute(
        "aria-sort", "descending"
    )
    head(summed, "parameters")
    assert names(summed)[-1] == "fc1"
    head(summed, "time")
    summed.part("sum-grid").focus()
    first = names(summed)[0]
    summed.press("Enter")
    state = summed.until("s => !s.shown.summary")
    assert state["shown"]["near"] == first
    expect(summed.part("summary")).to_be_hidden()
    summed.press("Control+z")
    summed.until("s => s.shown.summary && !s.shown.near")
    expect(summed.part("summary")).to_be_visible()


def test_it_is_searched_and_walked_through_by_keys(summed: Visitor) -> None:
    """Types an operator, goes down into the rows by the arrows, and to the layer by Enter."""
    field = summed.part("sum-typed")
    field.fill("gemm")
    assert names(summed) == ["fc1", "fc2", "fc3"]
    field.press("ArrowDown")
    at = summed.part("sum-grid").get_attribute("aria-activedescendant")
    expect(summed.page.locator(f"[id='{at}']")).to_contain_text("fc2")
    field.fill("nothing like it")
    expect(summed.part("sum-nothing")).to_have_text("Nothing is called so.")
    field.fill("")
    assert names(summed) == [*LAYERS]
    field.press("Escape")
    expect(summed.part("summary")).to_be_hidden()


def test_a_link_shows_it_and_says_it_in_chinese(browser: Browser, site: Site) -> None:
    """Opens a link of a summary on a phone, in Chinese: what it is sorted by is told."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(60_000)
    visitor = Visitor(context.new_page()).visit(site.url)
    visitor.press("n")
    expect(visitor.part("sum-row").first).to_be_visible(timeout=20_000)
    visitor.written()
    other = Visitor(context.new_page()).visit(str(visitor.page.url))
    expect(other.part("sum-row").first).to_be_visible(timeout=20_000)
    expect(other.part("summary").locator("h2")).to_have_text("LeNet-5 一览")
    head(other, "parameters")
    top = other.page.locator("#stage .tr-sum-row[data-row='0']")
    expect(top).to_contain_text("48,120")
    expect(top.locator("[data-col=time]")).to_be_hidden()
    wide = other.page.evaluate("document.querySelector('.tr-sum-grid').scrollWidth")
    assert wide <= 390
    context.close()


def test_it_is_copied_as_markdown_and_as_csv(browser: Browser, site: Site) -> None:
    """Presses both buttons: what is on the clipboard has every layer and the total."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(60_000)
    visitor = Visitor(context.new_page()).visit(site.url)
    visitor.press("n")
    expect(visitor.part("sum-row").first).to_be_visible(timeout=20_000)
    panel = visitor.part("summary")
    panel.locator("[data-sum=markdown]").click()
    expect(visitor.part("hint")).to_have_text("The table is copied.")
    copied = str(visitor.page.evaluate("navigator.clipboard.readText()"))
    assert "| fc1 | Gemm + Relu | 120 | 48,120 |" in copied
    panel.locator("[data-sum=csv]").click()
    copied = str(visitor.page.evaluate(COPIED, "Level,"))
    assert "1,fc1,Gemm + Relu,1 × 120,48120," in copied
    context.close()


def test_of_thousands_of_layers_only_those_in_sight_are_on_the_page(live: Visitor) -> None:
    """Opens 3,000 layers in the summary: few rows are made, and End leads to the last."""
    nodes, at = [], "x"
    for number in range(3000):
        nodes.append(helper.make_node("MatMul", [at, "w"], [f"t{number}"], name=f"layer{number}"))
        at = f"t{number}"
    nodes[-1].output[0] = "y"
    weights = {"w": np.eye(4, dtype=np.float32)}
    live.drop("long.onnx", model_bytes(nodes, [1, 4], [1, 4], weights))
    live.until("s => s.model.name.startsWith('long') && !s.busy", seconds=60)
    live.press("n")
    expect(live.part("sum-row").first).to_be_visible(timeout=20_000)
    head(live, "time")
    head(live, "time")
    head(live, "time")
    live.part("sum-grid").focus()
    live.press("End")
    expect(live.part("sum-row").last).to_be_visible()
    assert live.part("sum-row").count() < 90
    live.press("Escape")
    live.until("s => !s.shown.summary")
