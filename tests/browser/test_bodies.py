"""Each family's own body in the inspector: ways to go, paths, narrow panels."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.visitor import Visitor

ENGINE = Path(__file__).parents[1] / "engine"


def pin(live: Visitor, tensor: str, *index: int) -> None:
    """Pin a number, and wait until the inspector speaks of it."""
    live.ask(f"select('{tensor}', {[*index]})")
    expect(live.part("in-cell")).to_contain_text(f"[{', '.join(map(str, index))}]")


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
    """Pins what boosted trees say: the strongest path stands there, the others unfold."""
    drop(live, "classical", "boosting_regressor")
    pin(live, "variable", 0, 0)
    assert live.part("in-path").first.locator("li").count() >= 2
    tree = live.part("in-forest").locator("details").nth(1)
    tree.locator("summary").click()
    expect(tree.locator("li.tr-in-leaf")).to_be_visible()
    assert sticking_out(live) == []
    live.part("in-path").first.get_by_role("button").first.click()
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
