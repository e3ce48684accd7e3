"""Keys: everything that the pointer can do with the picture."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browser.visitor import OPENING, Visitor


def span(live: Visitor) -> float:
    """How far the labels of the first line are apart, in pixels: more when nearer."""
    places = live.places()
    return places["pool1"][0] - places["input"][0]


@pytest.mark.parametrize(("key", "back"), [
    ("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"),
    ("Shift+ArrowLeft", "Shift+ArrowRight"), ("Shift+ArrowUp", "Shift+ArrowDown"),
])  # fmt: skip
def test_arrows_turn_and_move_and_bring_back(live: Visitor, key: str, back: str) -> None:
    """Presses an arrow key, with and without Shift: it turns or moves; the opposite brings back."""
    live.still()
    start = live.places()
    live.press(key, key)
    there = live.moved(start)
    assert there != start
    live.press(back, back)
    back_again = live.moved(there)
    for layer, place in start.items():
        assert back_again[layer] == pytest.approx(place, abs=1), layer


def test_plus_and_minus_zoom(live: Visitor) -> None:
    """Presses + and −: everything comes nearer, and goes away again."""
    live.still()
    start, places = span(live), live.places()
    live.press("-")
    places = live.moved(places)
    far = span(live)
    assert far < start * 0.9
    live.press("+")
    places = live.moved(places)
    assert span(live) == pytest.approx(start, rel=0.01)
    live.press("=")
    live.moved(places)
    assert span(live) > start * 1.1


def test_f_fits_and_r_resets(live: Visitor) -> None:
    """Turns and zooms away; F brings all into view as it is turned, R also turns it back."""
    start, places = live.picture(), live.places()
    live.press("ArrowLeft", "ArrowLeft", "ArrowUp", "-", "-", "Shift+ArrowUp")
    places = live.moved(places)
    small = span(live)
    live.press("f")
    places = live.moved(places)
    assert span(live) > small * 1.2
    assert live.difference(start, live.picture()) > 0.01
    live.press("r")
    live.moved(places)
    assert live.difference(start, live.picture()) < 0.001
    live.press("ArrowLeft", "Home")
    assert live.difference(start, live.picture()) < 0.001


def test_o_and_c_open_and_close_all(live: Visitor) -> None:
    """Presses O and C: all layers open, all close."""
    live.press("o")
    live.until(f"s => s.layers.filter((layer) => layer.open).length === {len(OPENING)}")
    live.press("c")
    live.until("s => !s.layers.some((layer) => layer.open)")


SPACE_AND_LOOK = """async () => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true}));
    for (;;) {
        await new Promise((go) => requestAnimationFrame(go));  // it goes dark with a frame
        const {run, layers} = await tensorama.state();
        if (!run.playing) return false;
        if (layers.some((layer) => !layer.lit)) return true;
    }
}"""


def test_space_plays_the_run(live: Visitor) -> None:
    """Presses Space: the timeline goes dark and lights up again, and nothing is computed anew."""
    live.calmly(False)
    live.still()
    runs = len(live.heard("trace"))
    assert live.page.evaluate(SPACE_AND_LOOK)  # at once: it plays for less than a second
    live.until("s => s.run.whole && s.layers.every((layer) => layer.lit)")
    assert len(live.heard("trace")) == runs


def test_digits_and_delete(live: Visitor) -> None:
    """Presses a digit: the sample is shown and read; Delete and Backspace clear the pad."""
    for digit, clear in (("5", "Delete"), ("0", "Backspace")):
        live.press(digit)
        live.until(f"s => !s.busy && s.output.label === '{digit}'")
        chosen = live.part("samples").get_by_role("button", name=digit, exact=True)
        expect(chosen).to_have_attribute("aria-pressed", "true")
        live.press(clear)
        expect(live.part("pad-hint")).to_be_visible()


def test_t_and_s_change_the_look(live: Visitor) -> None:
    """Presses T: dark, then light; presses S three times: through all colour scales."""
    before = live.state()["theme"]
    live.press("t")
    live.until(f"s => s.theme !== '{before}'")
    live.press("t")
    live.until(f"s => s.theme === '{before}'")
    for words in ("network", "per map", "per layer"):
        live.press("s")
        expect(live.button("scale")).to_have_text(words)


def test_help_opens_and_escape_closes(live: Visitor) -> None:
    """Presses ?: the keys are listed, on the screen; Escape closes what floats."""
    live.press("?")
    expect(live.part("help")).to_be_visible()
    expect(live.part("help")).to_contain_text(re.compile("turn.*zoom.*play the run", re.DOTALL))
    expect(live.button("help")).to_have_attribute("aria-expanded", "true")
    size = live.page.viewport_size
    box = live.part("help").bounding_box()
    assert size
    assert box
    assert box["x"] >= 0
    assert box["y"] + box["height"] <= size["height"]
    live.drop("nothing.onnx", b"")
    expect(live.part("note")).to_be_visible()
    live.press("Escape")
    expect(live.part("note")).to_be_hidden()
    expect(live.part("help")).to_be_hidden()
    live.button("help").click()
    expect(live.part("help")).to_be_visible()
    live.press("?")
    expect(live.part("help")).to_be_hidden()


def test_the_browser_keeps_its_own_keys(live: Visitor) -> None:
    """Holds Ctrl with a letter, presses Space on a button: the picture does not take that."""
    live.still()
    live.press("Control+o", "Alt+o", "Meta+t")
    assert not [layer for layer in live.state()["layers"] if layer["open"]]
    live.button("theme").focus()
    theme = live.state()["theme"]
    live.press(" ")
    live.until(f"s => s.theme !== '{theme}'")
    live.press("Enter")
    live.until(f"s => s.theme === '{theme}'")


def test_everything_is_reached_by_tab(live: Visitor) -> None:
    """Goes through the page with Tab: tools, pad, samples and layers; Enter opens a layer."""
    live.still()
    reached: list[str] = []
    live.page.evaluate("document.querySelector('.tr-scene').focus()")
    for _ in range(60):
        name = live.page.evaluate(
            "(({ariaLabel: name, textContent}) => name || textContent.trim())"
            "(document.activeElement)"
        )
        reached.append(name)
        if name == "per layer":  # the last one
            break
        if name.startswith("conv2"):
            live.press("Enter")
        live.press("Tab")
    everything = " | ".join(reached)
    for wanted in ("Open model", "Dark or light", "Draw a digit here", "conv1 Conv + Relu",
                   "Play the run", "Position in the run", "per layer"):  # fmt: skip
        assert wanted in everything, everything
    live.until("s => s.layers.some((layer) => layer.name === 'conv2' && layer.open)")
