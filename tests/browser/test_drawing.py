"""Digits: drawn before and after Python is there, samples, the answer, and the run that shows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from browser.visitor import LAYERS, Visitor, jittered
from tensorama.inputs import sample_digit

# Notes when each layer is lit, until all are.
LIGHT_ORDER = """
() => {
  const tensorama = document.querySelector("#stage").tensorama;
  globalThis.lit = [];
  let dark = false;
  const look = async () => {
    const {layers} = await tensorama.state();
    dark ||= layers.some((layer) => !layer.lit);
    for (const {name, lit} of layers)
      if (dark && lit && !globalThis.lit.some(([known]) => known === name))
        globalThis.lit.push([name, performance.now()]);
    if (globalThis.lit.length < layers.length) requestAnimationFrame(look);
  };
  look();
}
"""


def shares(live: Visitor) -> list[float]:
    """The shares that the bars show, in percent."""
    texts = live.part("row").locator("span:last-child").all_inner_texts()
    return [float(text.removesuffix("%")) for text in texts]


def test_a_digit_drawn_before_python_is_there_is_kept_and_read(page: Page, site) -> None:
    """Sees the poster, the progress and the pad at once; draws a 3; reads 3 once Python is up."""
    held: list[Route] = []
    freed: list[bool] = []
    page.route(
        "**/pyodide.asm.wasm", lambda route: route.continue_() if freed else held.append(route)
    )
    visitor = Visitor(page)
    visitor.arrive(site.url)

    expect(visitor.part("poster").locator("svg:visible")).to_have_count(1)
    shapes = visitor.part("poster").locator("svg:visible :is(path, rect, polygon, image)")
    assert shapes.count() > 50, "the poster shows next to nothing"
    progress = visitor.part("progress")
    expect(progress.locator("span")).to_have_text(re.compile(r"\d of \d+\.\d MB"))
    begun = int(progress.get_attribute("aria-valuenow") or 0)
    assert 0 <= begun < 90
    expect(visitor.part("pad-hint")).to_have_text("Draw a digit")
    visitor.draw(sample_digit(3))
    expect(visitor.part("pad-hint")).to_be_hidden()
    drawn = visitor.part("pad").screenshot()
    assert not page.evaluate("'tensorama' in globalThis"), "Python was there already"

    freed.append(True)
    for route in held:
        route.continue_()
    state = visitor.until("s => s.output && !s.busy", seconds=60)
    assert state["output"]["label"] == "3"
    assert int(progress.get_attribute("aria-valuenow") or 0) > begun
    expect(progress).to_have_css("opacity", "0")
    expect(visitor.part("poster")).to_have_css("opacity", "0")
    visitor.still()
    kept = visitor.part("pad").screenshot(style=".tr-clear { visibility: hidden }")
    assert visitor.difference(drawn, kept) < 0.01, "the strokes on the pad changed"


def test_ten_digits_by_hand_are_read(live: Visitor) -> None:
    """Draws each digit with the mouse, by an unsteady hand; at least nine are read right."""
    random = np.random.default_rng(20)
    read = []
    for digit in range(10):
        live.button("clear").click()
        live.draw(jittered(sample_digit(digit), random))
        read.append(live.idle()["output"]["label"])
    right = sum(label == str(digit) for digit, label in enumerate(read))
    assert right >= 9, f"0 to 9 were read as {' '.join(read)}"


def test_each_stroke_updates_the_answer(live: Visitor) -> None:
    """Draws a 4 stroke by stroke: the bars move with the first one, and say 4 after the second."""
    live.button("clear").click()
    first, second = sample_digit(4)
    empty = live.idle()["output"]["shares"]
    live.stroke(first, lift=False)
    begun = live.idle()["output"]["shares"]
    assert begun != empty, "nothing happened while the pen was down"
    live.page.mouse.up()
    runs = len(live.heard("trace"))
    live.stroke(second)
    state = live.until("s => !s.busy && s.output.label === '4'")
    assert state["output"]["shares"] != begun
    assert len(live.heard("trace")) > runs


def test_the_bars_say_what_the_model_says(live: Visitor) -> None:
    """Reads ten bars beside the pad: the model's own probabilities, the best one strong."""
    state = live.idle()
    assert shares(live) == [pytest.approx(100 * s, abs=0.051) for s in state["output"]["shares"]]
    assert live.part("row").locator("span:first-child").all_inner_texts() == [*"0123456789"]
    assert live.part("answer").locator(".tr-best span:first-child").all_inner_texts() == ["7"]
    lengths = (
        live.part("row")
        .locator("i")
        .evaluate_all(
            "bars => bars.map((bar) => Number(getComputedStyle(bar).getPropertyValue('--share')))"
        )
    )
    assert lengths == [pytest.approx(s, abs=1e-4) for s in state["output"]["shares"]]


def test_sample_digits_are_read(live: Visitor) -> None:
    """Clicks the ten sample digits one after the other; each is shown as chosen and read right."""
    for digit in range(10):
        button = live.part("samples").get_by_role("button", name=str(digit), exact=True)
        button.click()
        state = live.until(f"s => !s.busy && s.output.label === '{digit}'")
        assert state["output"]["share"] > 0.9
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(live.part("samples").locator("[aria-pressed=true]")).to_have_count(1)


def test_the_pad_can_be_cleared(live: Visitor) -> None:
    """Clears the pad: it invites to draw again, and no digit is claimed to be seen."""
    live.button("clear").click()
    expect(live.part("pad-hint")).to_be_visible()
    expect(live.button("clear")).to_be_disabled()
    live.idle()
    expect(live.part("answer")).to_contain_text("The pad is empty.")
    expect(live.part("answer").locator(".tr-best")).to_have_count(0)
    assert live.ask("select('input', [0, 0, 14, 14])")["value"] == 0
    live.press("Escape")  # in a small box the inspector stands where the pad was
    expect(live.part("inspector")).to_be_hidden()
    live.draw(sample_digit(1))
    live.until("s => !s.busy && s.output.label === '1'")
    expect(live.button("clear")).to_be_enabled()
    expect(live.part("answer").locator(".tr-best span:first-child")).to_have_text("1")


def test_layers_light_up_in_the_order_of_the_run(live: Visitor) -> None:
    """Plays the run again: the picture goes dark, then the layers light one after the other."""
    live.calmly(False)
    live.still()
    live.until("s => s.layers.every((layer) => layer.lit)")
    for _ in range(3):
        live.button("speed").click()  # where a processor draws, a frame takes long
    expect(live.button("speed")).to_have_text("½×")
    live.page.evaluate(LIGHT_ORDER)
    live.button("replay").click()
    live.page.wait_for_function("globalThis.lit.length === 8")
    names, times = zip(*live.page.evaluate("globalThis.lit"), strict=True)
    assert names == LAYERS
    assert list(times) == sorted(times)
    assert times[-1] - times[0] > 300, "all at once"
