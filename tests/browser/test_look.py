"""Looks: dark and light, desktop and phone; nothing covers anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from browser.visitor import LAYERS, OPENING, Point, Visitor, reads
from tensorama.inputs import sample_digit

Touch = Callable[..., None]
PANELS = ("bar", "pad-box", "samples", "answer", "foot")
FOOT = ("play", "line", "legend")


def overlap(a: FloatRect, b: FloatRect) -> float:
    """How many square pixels two boxes share."""
    across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    along = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return max(0.0, across) * max(0.0, along)


def boxes(visitor: Visitor, *names: str) -> dict[str, FloatRect]:
    """Where parts of the page are, by name; all of them can be seen."""
    found = {}
    for name in names:
        expect(visitor.part(name)).to_be_visible()
        box = visitor.part(name).bounding_box()
        assert box, name
        found[name] = box
    return found


def nothing_overlaps(visitor: Visitor) -> None:
    """Panels lie inside the window and beside one another; labels keep clear of them and apart."""
    size = visitor.page.viewport_size
    assert size
    panels = boxes(visitor, *PANELS) | boxes(visitor, *FOOT)
    for name, box in panels.items():
        inside = (
            box["x"] >= 0
            and box["y"] >= 0
            and box["x"] + box["width"] <= size["width"]
            and box["y"] + box["height"] <= size["height"]
        )
        assert inside, f"{name} leaves the window: {box}"
    for a, b in [*combinations(PANELS, 2), *combinations(FOOT, 2)]:
        assert overlap(panels[a], panels[b]) == 0, f"{a} covers {b}"
    labels = visitor.part("label").filter(visible=True)
    names = labels.locator(".tr-label-name").all_inner_texts()
    places = [label.bounding_box() for label in labels.all()]
    seen = [(name, box) for name, box in zip(names, places, strict=True) if box]
    assert len(seen) >= 4, "hardly any layer has a name"
    for (a, first), (b, second) in combinations(seen, 2):
        assert overlap(first, second) < 12, f"the labels {a} and {b} overlap"
    for name, box in seen:
        for panel in PANELS:
            assert overlap(box, panels[panel]) < 12, f"the label {name} runs into {panel}"
    page = visitor.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert page == [size["width"], size["height"]], "the page scrolls"


def ground(visitor: Visitor) -> float:
    """How bright the emptiest corner of the picture is, 0..255, and of the page around it."""
    size = visitor.page.viewport_size
    assert size
    corner = (size["width"] - 6, size["height"] / 2)
    return float(visitor.colours(visitor.picture(), [corner]).mean())


def test_dark_and_light(page: Page, site) -> None:
    """Follows the system from light to dark and back; the button then decides for itself."""
    page.emulate_media(color_scheme="dark")
    visitor = Visitor(page)
    visitor.arrive(site.url)
    page.wait_for_selector("#stage[data-theme]")
    early = page.evaluate("getComputedStyle(document.querySelector('#stage')).backgroundColor")
    assert early == "rgb(14, 17, 22)", "bright before Python is there"
    visitor.until("s => s.model && !s.busy && s.theme === 'dark'", seconds=60)
    assert ground(visitor) < 40
    dark = visitor.picture()
    ink = page.evaluate("getComputedStyle(document.querySelector('.tr-title')).color")
    assert min(map(int, ink[4:-1].split(","))) > 180, "dark words on dark ground"
    nothing_overlaps(visitor)

    page.emulate_media(color_scheme="light")
    visitor.until("s => s.theme === 'light'")
    assert ground(visitor) > 220
    assert visitor.difference(dark, visitor.picture()) > 0.5
    assert visitor.state()["output"]["label"] == "7"
    page.emulate_media(color_scheme="dark")
    visitor.until("s => s.theme === 'dark'")
    assert visitor.difference(dark, visitor.picture()) < 0.004

    visitor.button("theme").click()
    visitor.until("s => s.theme === 'light'")
    assert ground(visitor) > 220
    page.emulate_media(color_scheme="light")
    page.emulate_media(color_scheme="dark")
    visitor.still()
    assert visitor.state()["theme"] == "light", "the system overruled the button"
    pen = visitor.part("pad").screenshot()
    visitor.button("theme").click()
    visitor.until("s => s.theme === 'dark'")
    assert visitor.difference(pen, visitor.part("pad").screenshot()) > 0.5, "the pad stayed bright"


def test_the_colour_scale_changes_the_picture(live: Visitor) -> None:
    """Switches what shares one colour scale: the button says so, and the picture changes."""
    pictures = []
    for words in ("per layer", "network", "per map"):
        expect(live.button("scale")).to_have_text(words)
        pictures.append(live.picture())
        live.button("scale").click()
    for a, b in combinations(pictures, 2):
        assert live.difference(a, b) > 0.001
    expect(live.button("scale")).to_have_text("per layer")
    assert live.difference(pictures[0], live.picture()) == 0


def test_a_layer_under_the_pointer_stands_out(live: Visitor) -> None:
    """Points at a layer's label: all layers but it and what it reads recede."""
    before = live.picture()
    live.label("pool1").hover()
    live.still()
    receded = live.part("scene").screenshot()
    live.page.mouse.move(2, 2)
    live.still()
    assert live.difference(receded, live.part("scene").screenshot()) > 0.005
    assert live.difference(before, live.picture()) == 0


@pytest.fixture(scope="module")
def phones(browser: Browser, site) -> Iterator[Visitor]:
    """A page in a phone's browser, live."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(20_000)
    yield Visitor(context.new_page()).visit(site.url)
    context.close()


@pytest.fixture
def phone(phones: Visitor, watch) -> Visitor:
    """Someone with a phone before the demo, closed and in the first view; watched."""
    watch.attach(phones.page.context)
    phones.begin_again()
    phones.still()
    return phones


@pytest.fixture(scope="module")
def touch(phones: Visitor) -> Touch:
    """Sends touches: ("touchStart" | "touchMove" | "touchEnd", where the fingers are)."""
    session = phones.page.context.new_cdp_session(phones.page)

    def send(*gesture: tuple[str, list[Point]]) -> None:
        for kind, fingers in gesture:
            points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return send


def test_a_phone_has_room_for_everything(phone: Visitor) -> None:
    """Holds a phone: pad, samples, bars, timeline and legend fit, apart and without scrolling."""
    nothing_overlaps(phone)
    assert {layer["name"] for layer in phone.state()["layers"]} == {*LAYERS}
    for name in ("clear", "replay", "scale", "file", "depends"):
        box = phone.button(name).bounding_box()
        assert box, name
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844, name
    phone.ask("openAll()")
    phone.still()
    nothing_overlaps(phone)


def test_a_digit_drawn_by_finger_is_read(phone: Visitor, touch: Touch) -> None:
    """Draws a 2 with a finger: it is read, and the page stays where it is."""
    phone.button("clear").tap()
    pad = phone.part("pad").bounding_box()
    assert pad
    for stroke in sample_digit(2):
        points = [(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"]) for x, y in stroke]
        touch(
            ("touchStart", points[:1]),
            *(("touchMove", [point]) for point in points[1:]),
            ("touchEnd", []),
        )
    phone.until("s => !s.busy && s.output.label === '2'")
    assert phone.page.evaluate("[scrollX, scrollY, visualViewport.scale]") == [0, 0, 1]


@pytest.mark.parametrize("layer", OPENING[::3])
def test_a_tap_opens_a_layer(phone: Visitor, layer: str) -> None:
    """Taps a layer: it opens into its maps; taps its label: it closes."""
    closed = phone.picture()
    x, y = phone.places()[layer]
    phone.page.touchscreen.tap(x, y - 12)
    state = phone.until("s => s.layers.some((layer) => layer.open)")
    assert [one["name"] for one in state["layers"] if one["open"]] == [layer]
    assert phone.difference(closed, phone.picture()) > 0.01
    phone.label(layer).tap()
    phone.until("s => !s.layers.some((layer) => layer.open)")
    assert phone.difference(closed, phone.picture()) < 0.004


def test_a_finger_turns_two_zoom_and_a_resting_one_reads(phone: Visitor, touch: Touch) -> None:
    """Drags with a finger, pinches with two, rests on a cell: it turns, zooms, and is read."""
    before = phone.places()
    touch(
        ("touchStart", [(200, 300)]),
        ("touchMove", [(215, 300)]),
        ("touchMove", [(245, 305)]),
        ("touchEnd", []),
    )
    turned = phone.moved(before)
    assert not [layer for layer in phone.state()["layers"] if layer["open"]]
    phone.press("r")
    phone.moved(turned)
    near = phone.places()
    touch(
        ("touchStart", [(150, 300), (240, 300)]),
        ("touchMove", [(130, 300), (260, 300)]),
        ("touchMove", [(110, 300), (280, 300)]),
        ("touchEnd", []),
    )
    far = phone.moved(near)
    shown = [layer for layer in near if np.hypot(*np.subtract(near[layer], far[layer])) > 2]
    assert shown
    phone.press("r")
    phone.moved(far)
    x, y = phone.places()["input"]
    touch(("touchStart", [(x, y - 30)]))
    expect(phone.part("tip")).to_be_visible()
    tip = phone.tip()
    assert tip
    assert tip.layer == "input"
    assert reads(tip.value, phone.ask(f"select('input', {list(tip.index)})")["value"])
    touch(("touchEnd", []))
    phone.idle()
    assert not [layer for layer in phone.state()["layers"] if layer["open"]]
