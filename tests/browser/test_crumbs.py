"""Where one is: a path of buttons from the model down to the layer, and the way back up."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from browser.visitor import Visitor

VIT = (Path(__file__).parents[1] / "engine" / "exports" / "vit.onnx").read_bytes()


def crumbs(live: Visitor) -> list[str]:
    """What stands in the path, without the buttons to look into a layer."""
    return live.part("crumbs").locator("button:not(.tr-look)").all_inner_texts()


def go_to(live: Visitor, layer: str) -> None:
    """Search a layer and travel there."""
    live.press("/")
    live.part("typed").fill(layer)
    live.press("Enter")
    live.still()


def test_the_path_tells_where_one_is_and_leads_back_up(live: Visitor) -> None:
    """Travels into a transformer and back up by the path: to the block, then to the whole."""
    live.drop("vit.onnx", VIT)
    live.until("s => s.model.name === 'vit.onnx' && !s.busy")
    assert crumbs(live) == ["vit.onnx"]
    assert live.still()["at"] == []
    whole = live.places()
    go_to(live, "attention weights 1")
    assert crumbs(live) == ["vit.onnx", "block 1", "attention", "attention weights 1"]
    near = live.places()
    current = live.part("crumbs").locator("[aria-current]")
    expect(current).to_have_text("attention weights 1")

    live.part("crumbs").get_by_role("button", name="block 1").click()
    state = live.still()
    assert state["at"] == ["block 1"]
    assert crumbs(live) == ["vit.onnx", "block 1"]
    assert live.places() != near
    assert state["groups"][0]["open"], "going up closes nothing"

    live.part("crumbs").get_by_role("button", name="vit.onnx").focus()
    live.press("Enter")
    assert live.still()["at"] == []
    expect(live.part("model")).to_be_focused()
    live.press("[")
    live.still()
    live.ask("closeAll()")
    live.press("f")
    live.still()
    after = live.places()
    shown = [name for name in whole if name.startswith("block")]
    assert all(abs(whole[name][0] - after[name][0]) < 1 for name in shown)


def test_what_is_folded_away_is_where_it_is_folded_in(live: Visitor) -> None:
    """Closes the groups around the layer that one is at: one is at the outermost closed one."""
    live.drop("vit.onnx", VIT)
    live.until("s => s.model.name === 'vit.onnx' && !s.busy")
    go_to(live, "attention weights 1")
    live.ask("closeAll(2)")
    assert live.until("s => s.at.length === 2")["at"] == ["block 1", "attention"]
    live.ask("closeAll()")
    assert live.until("s => s.at.length === 1")["at"] == ["block 1"]


def test_the_path_has_the_ways_into_a_layer(live: Visitor) -> None:
    """Opens a layer: beside its name in the path are its weights and its inside, at a press."""
    live.label("conv1").click()
    assert live.still()["at"] == ["conv1"]
    button = live.part("crumbs").get_by_role("button", name="weights")
    button.click()
    assert live.still()["shelf"]["layer"] == "conv1"
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    button.click()
    assert live.still()["shelf"] is None
    live.label("conv1").click()
    live.part("model").click()
    expect(live.part("look")).to_have_count(0)


def test_a_name_that_is_markup_is_text(live: Visitor) -> None:
    """Opens a file with a name of markup and a long one: text, within the bar."""
    live.drop("<b>bold</b>" + "very " * 40 + "long.onnx", VIT)
    live.until("s => s.model.name.startsWith('<b>bold') && !s.busy")
    go_to(live, "head outputs 2")
    assert live.part("title").locator("b").count() == 0
    bar, tools = live.part("crumbs").bounding_box(), live.part("tools").bounding_box()
    assert bar
    assert tools
    assert bar["x"] + bar["width"] <= tools["x"]
    last = live.part("crumbs").locator("button").last.bounding_box()
    assert last
    assert last["x"] + last["width"] <= bar["x"] + bar["width"] + 1


def test_a_crumb_acts_on_what_is_seen_when_it_is_pressed(live: Visitor) -> None:
    """Goes to a layer, turns heat on, draws another digit, asks for weights: all of it stays."""
    go_to(live, "conv1")
    live.press("h", "3")
    live.until("s => !s.busy && s.output.label === '3'")
    crumbs_box = live.part("crumbs")
    crumbs_box.get_by_role("button", name="weights").click()
    state = live.until("s => s.shown.shelf === 'weights'")
    assert state["heat"] == "measured"
    assert live.still()["output"]["label"] == "3"
    crumbs_box.get_by_role("button", name="what is it?").click()
    state = live.until("s => Boolean(s.shown.about)")
    assert state["heat"] == "measured"
    assert state["output"]["label"] == "3"
    live.press("Escape", "Escape", "Escape")
    live.until("s => !s.shown.about && !s.shown.shelf")
