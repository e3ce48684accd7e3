"""Each family's own body in the inspector: ways to go, paths, narrow panels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.visitor import Tip, Visitor, reads

ENGINE = Path(__file__).parents[1] / "engine"


def pin(live: Visitor, tensor: str, *index: int) -> None:
    """Pin a number, and wait until the inspector speaks of it."""
    live.ask(f"select('{tensor}', {[*index]})")
    cell = f"[{', '.join(map(str, index))}]"
    expect(live.part("in-cell")).to_contain_text(cell)


def drop(live: Visitor, folder: str, name: str) -> None:
    """Drop a file on the page, and wait until its network is shown."""
    live.drop(f"{name}.onnx", (ENGINE / folder / f"{name}.onnx").read_bytes())
    live.until(f"s => s.model?.name.startsWith('{name}') && !s.busy", seconds=60)


def sticking_out(live: Visitor) -> list[str]:
    """What reaches beyond the right edge of the inspector, without what can be scrolled."""
    return list(
        live.part("inspector").evaluate(
            """panel => [...panel.querySelectorAll("canvas, b, span, button, small, li, em")]
              .filter((e) => e.checkVisibility() && !e.closest(".tr-in-formula, .tr-in-tools"))
              .filter((e) => e.getBoundingClientRect().right
                > panel.getBoundingClientRect().right - 10)
              .map((e) => e.outerHTML.slice(0, 90))"""
        )
    )


def on_an_open_map(live: Visitor) -> tuple[int, int, Tip]:
    """A pixel at which the pointer reads a cell of a layer that is open, and what it reads."""
    opened = {layer["name"] for layer in live.state()["layers"] if layer["open"]}
    for y in range(90, 480, 18):
        for x in range(230, 850, 18):
            tip = live.point_at(x, y)
            if tip and tip.layer in opened:
                return x, y, tip
    raise AssertionError(f"no cell of {opened} is under the pointer")


@pytest.mark.parametrize("name", ["residual", "gpt", "lstm"])
def test_a_click_on_a_cell_pins_it_in_any_network(live: Visitor, name: str) -> None:
    """Opens all of a residual net, a GPT, an LSTM and clicks a cell: the inspector tells of it."""
    drop(live, "exports", name)
    live.ask("openAll()")
    live.still()
    x, y, tip = on_an_open_map(live)
    live.page.mouse.click(x, y)
    cell = f"[{', '.join(map(str, tip.index))}]"
    expect(live.part("in-cell")).to_contain_text(cell)
    expect(live.part("in-value")).to_have_text(tip.value)
    chosen = live.state()["selection"]
    assert (chosen["tensor"], chosen["index"]) == (tip.tensor, [*tip.index])
    expect(live.part("in-check")).to_contain_text("equals the recorded value")
    told = live.ask(f"explain('{tip.tensor}', {[*tip.index]})")
    assert reads(tip.value, told["recorded"])
    assert sticking_out(live) == []


def test_of_attention_each_number_is_a_way_to_go(live: Visitor) -> None:
    """Pins a cell of a GPT's mixture: a weight of it leads to the softmax, a value to its cell."""
    drop(live, "exports", "gpt")
    pin(live, "scaled_dot_product_attention", 0, 1, 3, 3)
    keys = live.part("in-attends").locator("p:not(.tr-in-head, .tr-in-rest)")
    expect(keys).to_have_count(4)
    assert sticking_out(live) == []
    keys.nth(1).get_by_role("button").nth(1).click()
    expect(live.part("in-cell")).to_have_text("val_75[0, 1, 3, 1]")
    expect(live.part("in-shares")).to_be_visible()
    assert sticking_out(live) == []
    live.part("in-way").get_by_role("button").first.click()
    keys.nth(2).get_by_role("button").nth(2).click()
    expect(live.part("in-cell")).to_have_text("getitem_2[0, 1, 2, 3]")


def test_of_trees_the_path_and_all_leaves(live: Visitor) -> None:
    """Pins what boosted trees say: the strongest path stands there, the others unfold. Beside the
    network it is told without a pin, of a linear model too; a feature leads to its number."""
    drop(live, "classical", "boosting_regressor")
    beside = live.part("decided")
    expect(beside.locator("summary")).to_have_count(5)
    pin(live, "variable", 0, 0)
    pinned = live.part("inspector").locator(".tr-in-path").first
    assert pinned.locator("li").count() >= 2
    tree = live.part("in-forest").locator("details").nth(1)
    tree.locator("summary").click()
    expect(tree.locator("li.tr-in-leaf")).to_be_visible()
    assert sticking_out(live) == []
    pinned.get_by_role("button").first.click()
    expect(live.part("in-cell")).to_contain_text("X[0, ")
    drop(live, "classical", "logistic_words")
    expect(live.part("way-decided").locator("p")).to_have_text(
        re.compile("^4 features, each times its weight, add up to .* score of “dog”.$")
    )
    expect(beside.locator("button")).to_have_count(4)
    beside.locator("button").first.click()
    expect(live.part("in-cell")).to_contain_text("X[0, ")


@pytest.mark.parametrize("wide", [900, 390])
def test_a_narrower_page_draws_the_grids_anew(live: Visitor, wide: int) -> None:
    """Pins a normalised cell and makes the page narrower: what is drawn keeps within the panel."""
    drop(live, "exports", "gpt")
    pin(live, "layer_norm", 0, 2, 5)
    size = live.page.viewport_size
    assert size
    try:
        live.page.set_viewport_size({"width": wide, "height": 800})
        room = "s => document.querySelector('.tr-in-spread canvas').getBoundingClientRect().right"
        live.until(f"{room} <= innerWidth")
        live.page.wait_for_function(f"document.querySelector('.tr-scene').width === {wide}")
        live.still()
        assert sticking_out(live) == []
        drawn = (
            live.part("in-spread")
            .locator("canvas")
            .evaluate_all("all => all.every((c) => 'done' in c.dataset && c.width > 50)")
        )
        assert drawn
    finally:
        live.page.set_viewport_size(size)
