"""The overview: there when not all is in view, drawn of the network, and a way to travel."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from browser.visitor import Visitor

PAINTED = """(box) => { const canvas = document.querySelector(box + " .tr-map canvas");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((part, at) => at % 4 === 3 && part).length; }"""


def test_it_comes_when_one_is_near_and_goes_with_the_whole(live: Visitor) -> None:
    """Comes near: the overview is there, with the network on it; brings all into view: it goes."""
    live.still()
    expect(live.part("map")).to_be_hidden()
    live.press("+", "+", "+", "+")
    live.still()
    expect(live.part("map")).to_be_visible()
    assert live.state()["overview"]
    assert live.page.evaluate(PAINTED, live.box) > 200
    live.press("f")
    live.still()
    expect(live.part("map")).to_be_hidden()


def test_a_click_and_a_drag_look_there(live: Visitor) -> None:
    """Clicks at the right end of the overview, drags to the left: the picture follows; [ leads
    back."""
    live.press("+", "+", "+", "+")
    live.still()
    start = live.places()
    box = live.part("map").locator("canvas").bounding_box()
    frame = live.part("map").locator("i").first
    assert box
    middle = box["y"] + box["height"] / 2
    live.page.mouse.click(box["x"] + box["width"] - 4, middle)
    right = live.moved(start)
    assert right["fc3"][0] < start["fc3"][0]
    there = frame.bounding_box()
    live.page.mouse.move(box["x"] + box["width"] - 4, middle)
    live.page.mouse.down()
    live.page.mouse.move(box["x"] + 6, middle, steps=4)
    live.page.mouse.up()
    left = live.moved(right)
    assert left["fc3"][0] > right["fc3"][0]
    here = frame.bounding_box()
    assert here
    assert there
    assert here["x"] < there["x"]
    live.press("[", "[")
    live.moved(left)
    live.page.mouse.move(2, 2)


def test_m_shows_and_hides_it_for_good(live: Visitor) -> None:
    """Presses M with all in view: it comes, marks where one is; again: it goes and stays away."""
    live.still()
    live.press("m")
    expect(live.part("map")).to_be_visible()
    live.label("conv2").click()
    live.still()
    expect(live.part("map").locator("i").last).to_be_visible()
    live.label("conv2").click()
    live.press("m", "+", "+", "+", "+")
    live.still()
    expect(live.part("map")).to_be_hidden()
    live.button("map").click()
    live.still()
    expect(live.button("map")).to_have_attribute("aria-pressed", "true")
    live.ask("load('./models/lenet/lenet.onnx')")
    live.press("r")
    live.still()
    expect(live.part("map")).to_be_hidden()


def test_it_hides_nothing_of_what_is_pinned(live: Visitor) -> None:
    """Comes near a layer and pins a cell of it: the overview stands beside that layer, or goes."""
    live.label("conv2").click()
    live.press("+", "+")
    live.still()
    expect(live.part("map")).to_be_visible()
    live.ask("select('relu2', [0, 6, 7, 2])")
    expect(live.part("inspector")).to_be_visible()
    live.still()
    own = next(one["box"] for one in live.state()["layers"] if one["name"] == "conv2")
    box = live.part("map").bounding_box()
    if box:
        across = min(own[2], box["x"] + box["width"]) - max(own[0], box["x"])
        along = min(own[3], box["y"] + box["height"]) - max(own[1], box["y"])
        assert min(across, along) <= 0
    live.press("Escape")
    live.still()
    expect(live.part("map")).to_be_visible()


def test_on_a_phone_it_comes_only_when_asked_for(browser: Browser, site, watch) -> None:
    """Comes near on a phone: no overview; asks for it in the menu: there it is, on the screen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    watch.attach(context)
    context.set_default_timeout(20_000)
    phone = Visitor(context.new_page()).visit(site.url)
    phone.still()
    phone.press("+", "+", "+", "+")
    phone.still()
    expect(phone.part("map")).to_be_hidden()
    phone.button("more").tap()
    phone.button("map").tap()
    phone.still()
    expect(phone.part("map")).to_be_visible()
    box = phone.part("map").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    context.close()
