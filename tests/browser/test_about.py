"""What a layer is: its words, its figures, what its kernels look for, who never fires."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.visitor import Visitor
from tensorama import Trace

ROOT = Path(__file__).parents[2]
WORDS = "**/wordings/index.json"
RESIDUAL = ROOT / "tests" / "engine" / "exports" / "residual.onnx"
RESNET = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"


def told(visitor: Visitor, layer: str) -> None:
    """Wait until all is told of a layer."""
    panel = visitor.part("about")
    expect(panel.locator("h2")).to_have_text(layer)
    expect(panel).to_have_attribute("aria-busy", "false")


def test_what_does_this_layer_do(live: Visitor) -> None:
    """Clicks a layer, then "what is it?": two sentences, its figures; Escape ends it."""
    live.label("conv2").click()
    live.part("ask-about").click()
    told(live, "conv2")
    panel = live.part("about")
    expect(panel.locator(".tr-about-words")).to_contain_text("Slides small patterns, the kernels")
    expect(panel.locator(".tr-about-words")).to_contain_text("then Relu")
    expect(panel.locator(".tr-about-figures")).to_contain_text("2,416")
    expect(panel.locator("dl")).to_contain_text(["16 × 10 × 10", "Parameters"])
    expect(panel.locator(".tr-about-attributes")).to_contain_text("each window sees 5×5 cells")
    live.still()
    edge = panel.bounding_box()
    assert edge
    assert live.places()["conv2"][0] < edge["x"], "the picture makes room"
    link = live.ask("link()")
    live.press("Escape")
    expect(panel).to_be_hidden()
    live.ask(f"go('{link}')")
    told(live, "conv2")
    live.press("Control+z")
    expect(panel).to_be_hidden()


def test_a_run_before_the_words_are_there_leaves_nothing_empty(page: Page, site) -> None:
    """Asks about a layer over a slow net, and draws another digit before its words come: all is
    told, of the new run."""
    visitor, held = Visitor(page), list[Route]()  # no answer is given to these
    visitor.visit(site.url).still()
    page.route(WORDS, lambda route: held.append(route))
    visitor.label("conv2").click()
    with page.expect_request(WORDS):
        visitor.press("a")
    visitor.press("3")
    visitor.until("s => !s.busy && s.output?.label === '3'")
    page.unroute(WORDS)  # lets go of what was held
    told(visitor, "conv2")
    assert visitor.state()["message"] is None


def test_what_does_this_kernel_look_for(live: Visitor, sevens: Trace) -> None:
    """Clicks a layer, presses A, clicks a kernel: its largest value is pinned."""
    live.label("conv1").click()
    live.press("a")
    told(live, "conv1")
    cards = live.part("about-cards").locator("button")
    expect(cards).to_have_count(6)
    expect(cards.nth(2).locator("canvas")).to_have_count(2)
    drawn = (
        cards.nth(2)
        .locator("canvas")
        .evaluate_all(
            "all => all.map(c => new Set(new Uint32Array(c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data.buffer)).size)"
        )
    )
    assert min(drawn) > 5, "a kernel and a patch are seen"
    cards.nth(2).click()
    array = sevens["relu1"]
    place = np.unravel_index(array[0, 2].argmax(), array.shape[2:])
    expect(live.part("in-cell")).to_have_text(f"relu1[0, 2, {place[0]}, {place[1]}]")
    live.press("Escape")
    told(live, "conv1")


def test_which_neuron_never_fires(live: Visitor, sevens: Trace) -> None:
    """Clicks a layer, presses A: those that stay silent are named; a click leads to one."""
    live.label("fc1").click()
    live.press("a")
    told(live, "fc1")
    silent = np.flatnonzero(sevens["relu3"] == 0)
    part = live.part("about-silent")
    expect(part).to_contain_text(f"{len(silent)} of 120 stay silent")
    expect(part.locator("button").first).to_have_text(f"unit {silent[0]}")
    part.locator("button").first.click()
    expect(live.part("in-value")).to_have_text("0.0")
    assert live.state()["selection"]["index"] == [0, silent[0]]


def test_what_is_told_follows_the_input_and_the_language(live: Visitor) -> None:
    """Takes another digit, then speaks Chinese, while a layer is told of: both are followed."""
    live.label("fc1").click()
    live.press("a")
    told(live, "fc1")
    before = live.part("about-largest").inner_text()
    live.press("1")
    expect(live.part("about-largest")).not_to_have_text(before)
    live.press("g")
    expect(live.part("about-words")).to_contain_text("每个输出神经元")
    expect(live.part("ask-about")).to_have_text("这是什么？")
    live.press("g")
    expect(live.part("about-words")).to_contain_text("Every output neuron")


def test_logarithms_at_a_switch(live: Visitor) -> None:
    """Where one bar hides all others logarithms are shown; a click shows plain counts."""
    live.label("conv2").click()
    live.press("a")
    told(live, "conv2")
    counts = live.part("about-counts")
    expect(counts.locator(".tr-about-logs")).to_be_visible()
    counts.locator("button").click()
    expect(counts.locator(".tr-about-plain")).to_be_visible()
    expect(counts.locator("button")).to_have_attribute("aria-pressed", "false")


def test_a_cell_leads_to_its_layer(live: Visitor) -> None:
    """Pins a number, asks in the inspector what layer that is, and goes back."""
    live.ask("select('relu2', [0, 1, 2, 3])")
    live.part("in-ways").locator("[data-do=about]").click()
    told(live, "conv2")
    expect(live.part("inspector")).to_be_hidden()
    live.press("[")
    expect(live.part("in-cell")).to_have_text("relu2[0, 1, 2, 3]")
    expect(live.part("about")).to_be_hidden()


def test_a_residual_block_and_what_is_in_it(page: Page, site) -> None:
    """Asks of a block of another network: what such a block does, the share of each layer."""
    visitor = Visitor(page).visit(site.url)
    visitor.drop(RESIDUAL.name, RESIDUAL.read_bytes())
    visitor.until("s => s.groups.length === 2 && !s.busy")
    visitor.still()
    visitor.label("residual 1").click()
    visitor.part("ask-about").click()
    told(visitor, "residual 1")
    expect(visitor.part("about-words")).to_contain_text("adds it to what came in")
    rows = visitor.part("about-members").locator("button")
    shares = [float(row.split()[-2]) for row in rows.all_inner_texts() if "%" in row]
    assert sum(shares) == pytest.approx(100, abs=2)
    rows.filter(has_text="conv1").click()
    told(visitor, "blocks.0.conv1")
    expect(visitor.part("about-cards").locator("canvas").first).to_be_visible()


@pytest.mark.parametrize(
    ("model", "item", "says"),
    [
        ("gpt-mini", "block1/attention/masked", "Turns scores into shares"),
        ("gpt-mini", "characters", "Looks things up by number"),
        ("lstm-mini", "lstm", "a long-lived memory cell"),
    ],
)
def test_layers_of_language_models(page: Page, site, model: str, item: str, says: str) -> None:
    """Opens a link that tells of a layer of a language model."""
    visitor = Visitor(page).visit(f"{site.url}?model=models/{model}/{model}.onnx")
    visitor.ask(f"go({{at: '{item}', near: '{item}', about: true}})")
    told(visitor, item)
    expect(visitor.part("about-words")).to_contain_text(says)
    expect(visitor.part("about").locator("section").first).to_be_visible()


def test_a_large_network(page: Page, site) -> None:
    """Asks of a stage of ResNet-50, then of a convolution: the 24 strongest of its channels."""
    visitor = Visitor(page).visit(site.url)
    visitor.drop(RESNET.name, RESNET.read_bytes())
    visitor.until("s => s.model.name.includes('resnet') && !s.busy", seconds=60)
    visitor.label("stage 1 · 56×56").click()
    visitor.part("ask-about").click()
    told(visitor, "stage 1 · 56×56")
    expect(visitor.part("about-members").locator("button")).to_have_count(3)
    visitor.ask("go({at: 'conv 1', near: 'conv 1', about: true})")
    told(visitor, "conv 1")
    expect(visitor.part("about-cards").locator("button")).to_have_count(24)


def test_a_sheet_from_below_on_a_phone(browser: Browser, watch, site) -> None:
    """On a phone what is told rises from below, and the layer stands above it."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    watch.attach(context)
    visitor = Visitor(context.new_page()).visit(site.url)
    visitor.label("conv1").click()
    visitor.part("ask-about").click()
    told(visitor, "conv1")
    visitor.still()
    edge = visitor.part("about").bounding_box()
    assert edge
    assert (edge["x"], edge["width"]) == (0, 390)
    assert 300 < edge["y"] < 500
    assert visitor.places()["conv1"][1] < edge["y"]
    wide = visitor.part("about").evaluate("panel => panel.scrollWidth - panel.clientWidth")
    assert wide == 0, "nothing sticks out"
    context.close()


def test_what_a_teacher_hides(page: Page, site) -> None:
    """With ?hide=layer nothing asks and no key answers."""
    visitor = Visitor(page).visit(f"{site.url}?hide=layer")
    visitor.label("conv1").click()
    visitor.still()
    expect(visitor.part("ask-about")).to_be_hidden()
    visitor.press("a")
    visitor.still()
    expect(visitor.part("about")).to_be_hidden()


@pytest.mark.expects_console("Failed to load resource")
def test_words_that_cannot_be_fetched(page: Page, site) -> None:
    """Without a network for the words the page says so; all figures are told."""
    page.route(re.compile(r"/wordings/"), lambda route: route.abort())
    visitor = Visitor(page).visit(site.url)
    visitor.label("conv1").click()
    visitor.press("a")
    expect(visitor.part("note")).to_be_visible(timeout=20_000)
    visitor.sees("The words for operators could not be fetched. Is the network there?")
    told(visitor, "conv1")
    expect(visitor.part("about-figures")).to_contain_text("156")
    expect(visitor.part("about-cards").locator("button")).to_have_count(6)
