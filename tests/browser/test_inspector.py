"""The inspector: where a pinned number comes from, in numbers that are the run's and add up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from browser.visitor import Visitor
from tensorama import Trace

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def pin(live: Visitor, tensor: str, *index: int) -> None:
    """Pin a number, and wait until the inspector speaks of it."""
    live.ask(f"select('{tensor}', {[*index]})")
    cell = f"[{', '.join(map(str, index))}]"
    expect(live.part("in-cell")).to_contain_text(cell)


def test_what_is_pinned_under_the_inspector_comes_out(live: Visitor) -> None:
    """Comes close to a layer, clicks at its right end: the inspector would cover that."""
    live.label("conv2").click()
    live.still()
    x, y = live.spot_on("conv2")
    for right in range(840, int(x), -12):
        tip = live.point_at(right, y)
        if tip and tip.layer == "conv2":
            break
    else:
        raise AssertionError("nothing of conv2 lies at the right")
    live.page.mouse.click(right, y)
    expect(live.part("in-cell")).to_have_text(tip.text)
    live.still()
    edge = live.part("inspector").bounding_box()
    assert edge
    assert right > edge["x"], "it was clicked where the inspector came"
    assert live.places()["conv2"][0] < edge["x"]


def test_a_click_on_a_cell_of_an_open_map_pins_it(live: Visitor) -> None:
    """Opens a layer, clicks a cell: the inspector tells its number, and the picture makes room."""
    live.label("conv2").click()
    live.still()
    x, y = live.spot_on("conv2")
    tip = live.point_at(x, y)
    assert tip
    live.page.mouse.click(x, y)
    expect(live.part("inspector")).to_be_visible()
    expect(live.part("in-cell")).to_have_text(tip.text)
    expect(live.part("in-value")).to_have_text(tip.value)
    assert live.state()["selection"]["index"] == [*tip.index]
    live.still()
    edge = live.part("inspector").bounding_box()
    assert edge
    assert live.places()["conv2"][0] < edge["x"], "what was clicked stays in view"
    live.press("f")
    live.still()
    assert max(x for x, _ in live.places().values()) < edge["x"], "beside the inspector"
    for name in ("bar", "foot"):
        box = live.part(name).bounding_box()
        assert box
        assert box["x"] + box["width"] <= edge["x"] + 1
    live.button("unpin").click()
    expect(live.part("inspector")).to_be_hidden()
    assert live.state()["selection"] is None
    assert {layer["name"] for layer in live.state()["layers"] if layer["open"]} == {"conv2"}


def test_every_channel_has_its_subtotal_and_all_add_up(live: Visitor, sevens: Trace) -> None:
    """Pins a cell of conv2: all six channels are listed, and with the bias they make the value."""
    index = tuple(map(int, np.unravel_index(sevens["relu2"].argmax(), sevens["relu2"].shape)))
    pin(live, "relu2", *index)
    products = live.part("in-products")
    products.locator("summary").click()
    rows = products.locator(".tr-in-row")
    expect(rows).to_have_count(6)
    totals = {
        int(row.locator("span").inner_text().split()[1]): number(row.locator("b").inner_text())
        for row in rows.all()
    }
    assert sorted(totals) == [*range(6)]
    _, kernel, row, col = index
    weights = sevens.model.graph.weights
    windows = sevens["pool1"][0, :, row : row + 5, col : col + 5]
    own = (windows.astype(float) * weights["conv2.weight"][kernel]).sum(axis=(1, 2))
    for channel, total in totals.items():
        assert total == pytest.approx(own[channel], rel=1e-3, abs=1e-4)
    stages = live.part("in-chain").locator("span").all_inner_texts()
    told = {name: number(value) for name, value in (stage.split("\n") for stage in stages)}
    assert told["sum"] == pytest.approx(sum(totals.values()), rel=2e-3)
    assert told["sum + bias"] == pytest.approx(told["sum"] + told["bias"], rel=2e-3)
    assert told["Relu"] == pytest.approx(float(sevens["relu2"][index]), rel=1e-3)
    expect(live.part("in-check")).to_contain_text("equals the recorded value")
    canvases = products.locator("canvas")
    expect(canvases).to_have_count(18)
    painted = canvases.evaluate_all("all => all.map((c) => c.dataset.done === '' && c.width > 50)")
    assert all(painted)


def test_padding_is_marked(live: Visitor) -> None:
    """Pins the first cell of conv1: the cells of its window beyond the edge are told."""
    pin(live, "relu1", 0, 2, 0, 0)
    expect(live.part("in-products")).to_contain_text("16 of 25 cells of the window lie beyond")
    canvas = live.part("in-products").locator("canvas").first
    canvas.hover(position={"x": 3, "y": 3})
    expect(canvas).to_have_attribute("title", "beyond the edge: padding")


def test_a_cell_of_a_grid_and_a_term_are_ways_to_go(live: Visitor, sevens: Trace) -> None:
    """Clicks what weighed most, then a cell of a grid: each is pinned, and back leads up again."""
    index = tuple(map(int, np.unravel_index(sevens["relu2"].argmax(), sevens["relu2"].shape)))
    pin(live, "relu2", *index)
    first = live.part("in-terms").get_by_role("button").first
    name = first.locator("span").first.inner_text()
    first.click()
    expect(live.part("in-cell")).to_have_text(name)
    expect(live.part("in-way").get_by_role("button")).to_have_count(1)
    assert [layer["open"] for layer in live.state()["layers"] if layer["name"] == "pool1"] == [True]
    canvas = live.part("inspected").locator("canvas").first
    canvas.click(position={"x": 5, "y": 5})
    expect(live.part("in-cell")).to_have_text(re.compile(r"^relu1\["))
    expect(live.part("in-way").get_by_role("button")).to_have_count(2)
    live.press("[")
    expect(live.part("in-cell")).to_have_text(name)
    live.press("]")
    expect(live.part("in-cell")).to_have_text(re.compile(r"^relu1\["))
    live.part("in-way").get_by_role("button").first.click()
    expect(live.part("in-cell")).to_have_text(f"relu2[{', '.join(map(str, index))}]")
    expect(live.part("in-way")).to_have_count(0)


def test_why_again_and_again_leads_from_the_answer_to_a_pixel(live: Visitor) -> None:
    """By keyboard: Enter pins the likeliest class, Y goes to what weighed most, to the end."""
    live.part("model").click()
    live.part("scene").focus()
    live.press("Enter")
    expect(live.part("in-cell")).to_have_text("probabilities[0, 7]")
    way = []
    for _ in range(12):
        cell = live.part("in-cell").inner_text()
        way.append(cell.partition("[")[0])
        if way[-1] == "input":
            break
        live.press("y")
        expect(live.part("in-cell")).not_to_have_text(cell)
    assert way[-1] == "input", way
    expect(live.part("in-said")).to_contain_text("part of the input")
    assert len(live.state()["shown"]["descent"]) == len(way) - 1
    live.press("Escape")
    expect(live.part("inspector")).to_be_hidden()
    assert live.page.evaluate("document.activeElement.className").split()[0] == "tr-scene"


def test_arrows_walk_over_the_maps(live: Visitor) -> None:
    """Walks by arrow keys to cells beside the pinned one, and by Shift to other maps."""
    pin(live, "relu2", 0, 6, 7, 2)
    live.part("scene").focus()
    for key, there in (
        ("ArrowRight", [0, 6, 7, 3]), ("ArrowDown", [0, 6, 8, 3]), ("ArrowLeft", [0, 6, 8, 2]),
        ("ArrowUp", [0, 6, 7, 2]), ("Shift+ArrowDown", [0, 7, 7, 2]),
        ("Shift+ArrowUp", [0, 6, 7, 2]),
    ):  # fmt: skip
        live.press(key)
        assert live.until(f"s => s.selection.index.join() === '{','.join(map(str, there))}'")
    live.press("Shift+ArrowRight")
    assert live.until("s => s.selection.tensor === 'pool2'")
    live.press("Enter")
    assert live.page.evaluate("document.activeElement.tagName") == "H2"


def test_the_inspector_follows_a_new_run(live: Visitor) -> None:
    """Draws another digit with a number pinned: what is told is of the new run."""
    pin(live, "probabilities", 0, 3)
    live.press("3")
    live.until("s => !s.busy && s.output.label === '3'")
    value = live.state()["selection"]["value"]
    assert value > 0.9
    expect(live.part("in-value")).to_have_text(re.compile(r"^(0\.9|1)"))
    expect(live.part("in-own")).to_contain_text("100.0 %")


def test_what_it_can_see_is_shown_on_the_input(live: Visitor) -> None:
    """Pins a cell of conv2: fourteen by fourteen pixels of the drawing lie in its reach."""
    pin(live, "relu2", 0, 6, 7, 2)
    expect(live.part("in-sees")).to_contain_text(
        "It can see 14 × 14 of the 28 × 28 cells of input."
    )
    image = live.part("in-input").evaluate("c => [c.width, c.height]")
    assert min(image) > 100


def test_a_link_to_a_pinned_number(live: Visitor, browser: Browser, site) -> None:
    """Opens a link to a pinned number elsewhere: the inspector stands there with the same."""
    pin(live, "relu2", 0, 6, 7, 2)
    live.part("in-terms").get_by_role("button").first.click()
    expect(live.part("in-way")).to_be_visible()
    said, link = live.part("inspected").inner_text(), live.ask("link()")
    context = browser.new_context(viewport=live.page.viewport_size, reduced_motion="reduce")
    other = Visitor(context.new_page()).visit(f"{site.url}#{link}")
    other.still()  # once its run is timed it is told anew
    expect(other.part("in-sees")).not_to_be_empty(timeout=20_000)
    expect(live.part("in-sees")).not_to_be_empty()
    assert (
        other.part("inspected").inner_text() == said
        or other.part("inspected").inner_text() == live.part("inspected").inner_text()
    )
    context.close()


def test_two_networks_on_one_page_pin_each_their_own(page: Page, site) -> None:
    """Reads an article with two networks and pins a number in each: neither knows the other's."""
    first = Visitor(page, "#demo")
    first.visit(site.url + "embed/")
    second = replace(first, box="#second")
    second.until("s => s.output?.label === '3' && !s.busy", seconds=30)
    pin(first, "relu2", 0, 6, 7, 2)
    pin(second, "probabilities", 0, 3)
    expect(first.part("in-cell")).to_have_text("relu2[0, 6, 7, 2]")
    second.part("scene").focus()
    second.press("Escape")
    expect(second.part("inspector")).to_be_hidden()
    expect(first.part("inspector")).to_be_visible()


def test_on_a_phone_it_is_a_sheet_from_below(browser: Browser, site, watch) -> None:
    """Pins a number on a phone: the picture stays in view above, and nothing sticks out."""
    for width in (320, 390, 420):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True,
            reduced_motion="reduce",
        )  # fmt: skip
        watch.attach(context)
        phone = Visitor(context.new_page()).visit(site.url)
        phone.still()
        for cell in (("relu2", 0, 6, 7, 2), ("probabilities", 0, 3), ("relu3", 0, 5)):
            pin(phone, *cell)
            expect(phone.part("in-sees")).not_to_be_empty()
            sheet = phone.part("inspector").bounding_box()
            assert sheet
            assert sheet["y"] > 320
            assert sheet["width"] == width
            wide = phone.part("inspector").evaluate(
                """panel => [...panel.querySelectorAll("canvas, b, span, button, output, small")]
                  .filter((e) => e.checkVisibility() && !e.closest(".tr-in-formula"))
                  .filter((e) => e.getBoundingClientRect().right > innerWidth - 8)
                  .map((e) => e.outerHTML.slice(0, 80))"""
            )
            assert wide == []
        phone.still()
        tops = [y for _, y in phone.places().values()]
        assert max(tops) < sheet["y"]
        context.close()


FILES = {  # a file → tensors of it that are pinned, each in the middle
    "residual": 6, "gpt": 8, "lstm": 4, "gru": 3, "unet": 4, "quantized": 4, "bert": 6,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_numbers_of_other_networks_are_explained(live: Visitor, name: str) -> None:
    """Opens an exported network and pins numbers all over it: each is told, and none differs."""
    data = (EXPORTS / f"{name}.onnx").read_bytes()
    live.drop(f"{name}.onnx", data)
    state = live.until(f"s => s.model?.name.startsWith('{name}') && !s.busy", seconds=60)
    tensors = [layer for layer in state["layers"] if layer["shape"] and layer["kind"] != "input"]
    step = max(1, len(tensors) // FILES[name])
    told = 0
    for layer in tensors[::step]:
        pin(live, layer["tensor"], *(size // 2 for size in layer["shape"]))
        if live.part("in-check").count():
            told += 1
            expect(live.part("in-check")).not_to_have_class(re.compile("tr-in-off"))
    assert told
