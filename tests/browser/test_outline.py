"""The outline: the layers as a tree beside the picture, and alone where nothing can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import Browser, Locator, Page, expect

from browser.files import model_bytes
from browser.visitor import LAYERS, Visitor

NO_WEBGL = """
const before = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...how) {
  return kind.startsWith("webgl") ? null : before.call(this, kind, ...how);
};
"""


def scoped(stages: int = 3, blocks: int = 4) -> bytes:
    """Stages of convolutions whose names tell where they belong: /stage1/block1/conv1 …"""
    nodes, weights, at = [], {}, "x"
    random = np.random.default_rng(1)
    for s in range(1, stages + 1):
        for b in range(1, blocks + 1):
            for c in (1, 2, 3):
                name = f"/stage{s}/block{b}/conv{c}"
                weights[f"{name}.w"] = random.standard_normal((3, 3, 1, 1)).astype(np.float32)
                nodes.append(helper.make_node("Conv", [at, f"{name}.w"], [name], name=f"{name}/C"))
                at = name
    nodes.append(helper.make_node("GlobalAveragePool", [at], ["y"], name="/end"))
    return model_bytes(nodes, [1, 3, 4, 4], [1, 3, 1, 1], weights)


def rows(live: Visitor) -> list[str]:
    """What a screen reader says of each row, from top to bottom."""
    items = live.part("tree").get_by_role("treeitem").all()
    found = [(item.bounding_box(), item.get_attribute("aria-label")) for item in items]
    return [str(said) for box, said in sorted(found, key=lambda one: one[0]["y"] if one[0] else 0)]


def row(live: Visitor, name: str) -> Locator:
    """The row of a layer or group."""
    return live.part("tree").locator(f'[role=treeitem][aria-label^="{name},"]')


def at(live: Visitor) -> str:
    """The name of the row that the keys are at."""
    id = live.part("tree").get_attribute("aria-activedescendant")
    return str(live.page.locator(f'[id="{id}"]').get_attribute("aria-label")).split(",")[0]


@pytest.fixture
def outlined(live: Visitor):
    """Someone who has opened the outline and is in it."""
    live.press("l")
    expect(live.part("tree")).to_be_focused()
    yield live
    if live.part("outline").is_visible():
        live.part("tree").focus()
        live.press("Escape")


def test_the_outline_lists_all_layers_with_operators_and_shapes(outlined: Visitor) -> None:
    """Presses L: a tree with every layer, and the picture makes room. Escape: as before."""
    assert rows(outlined)[:3] == [
        "input, 1 × 28 × 28",
        "conv1, Conv + Relu, 6 × 28 × 28",
        "pool1, MaxPool, 6 × 14 × 14",
    ]
    tree = outlined.part("tree")
    expect(tree).to_have_attribute("aria-label", "Layers of LeNet-5")
    expect(tree.get_by_role("treeitem")).to_have_count(len(LAYERS))
    expect(row(outlined, "fc3")).to_have_attribute("aria-posinset", "8")
    expect(row(outlined, "fc3")).to_have_attribute("aria-setsize", "8")
    outlined.still()
    panel = outlined.part("outline").bounding_box()
    assert panel
    seen = outlined.places()
    assert max(x for x, _ in seen.values()) < panel["x"]
    expect(outlined.button("outline")).to_have_attribute("aria-expanded", "true")
    outlined.press("Escape")
    expect(outlined.part("outline")).to_be_hidden()
    expect(outlined.button("outline")).to_have_attribute("aria-expanded", "false")
    outlined.moved(seen)


def test_enter_and_click_bring_a_layer_close_and_the_way_leads_back(outlined: Visitor) -> None:
    """Walks to pool2 by keys and presses Enter: it comes close. Then conv1, back, and forward."""
    outlined.ask("load('./models/lenet/lenet.onnx')")  # that forgets where tests before have been
    outlined.part("tree").focus()
    outlined.still()
    home = outlined.places()
    outlined.press("Home", "ArrowDown", "ArrowDown")
    assert at(outlined) == "pool1"
    outlined.press("ArrowDown", "ArrowDown", "Enter")
    near_pool2 = outlined.moved(home)
    expect(row(outlined, "pool2")).to_have_attribute("aria-selected", "true")
    assert near_pool2["fc2"][0] - near_pool2["fc1"][0] > 1.5 * (home["fc2"][0] - home["fc1"][0])
    row(outlined, "conv1").click()
    near_conv1 = outlined.moved(near_pool2)
    expect(outlined.button("forward")).to_be_disabled()
    outlined.press("[")
    assert outlined.moved(near_conv1)["pool2"] == pytest.approx(near_pool2["pool2"], abs=1)
    outlined.press("Alt+ArrowLeft")
    assert outlined.moved(near_pool2)["fc1"] == pytest.approx(home["fc1"], abs=1)
    outlined.press("Alt+ArrowRight", "]")
    outlined.still()
    assert outlined.places()["conv1"] == pytest.approx(near_conv1["conv1"], abs=1)


def test_letters_mean_in_the_outline_what_they_mean_elsewhere(outlined: Visitor) -> None:
    """Presses H, S and T in the outline: heat, scale and theme change; L: it closes."""
    outlined.part("tree").focus()
    outlined.press("Home", "h", "s", "t")
    state = outlined.until("s => s.heat === 'measured' && s.theme === 'dark'")
    assert state["shown"]["scale"] == "network"
    assert at(outlined) == "input"
    outlined.press("h", "h", "h", "h", "t", "s", "s", "l")
    expect(outlined.part("outline")).to_be_hidden()
    outlined.until("s => s.heat === 'off' && s.theme === 'light'")


def test_two_keys_within_one_frame_open_and_close_it(live: Visitor) -> None:
    """Presses L and Escape before the page has drawn again: the outline is closed."""
    live.page.evaluate("""() => { for (const key of ["l", "Escape"]) {
      const event = new KeyboardEvent("keydown", {key, bubbles: true});
      document.activeElement.dispatchEvent(event); } }""")
    live.still()
    expect(live.part("outline")).to_be_hidden()


def test_pointing_lights_both_ways(outlined: Visitor) -> None:
    """Points at a row: the others recede in the picture. Points at the picture: the row is lit."""
    before = outlined.picture()
    row(outlined, "pool1").hover()
    outlined.still()
    receded = outlined.part("scene").screenshot()
    outlined.page.mouse.move(2, 2)
    outlined.still()
    assert outlined.difference(receded, outlined.part("scene").screenshot()) > 0.005
    assert outlined.difference(before, outlined.picture()) == 0
    outlined.spot_on("conv2")
    assert "tr-lit" in str(row(outlined, "conv2").get_attribute("class"))


def test_groups_open_in_both_views_at_once(outlined: Visitor) -> None:
    """Opens a group in the outline: it opens in the picture; closes it there: the rows go."""
    outlined.drop("scoped.onnx", scoped())
    outlined.until("s => !s.busy && s.groups.length > 2")
    outlined.part("tree").focus()
    assert [name.split(",")[0] for name in rows(outlined)] == [
        "x",
        "stage1",
        "stage2",
        "stage3",
        "end",
    ]
    outlined.press("Home", "ArrowDown", "ArrowRight")
    outlined.until("s => s.groups.filter((g) => g.open).map((g) => g.name).join() === 'stage1'")
    expect(row(outlined, "stage1")).to_have_attribute("aria-expanded", "true")
    expect(row(outlined, "block1")).to_have_attribute("aria-level", "2")
    outlined.press("ArrowRight")
    assert at(outlined) == "block1"
    outlined.press("*")
    outlined.until("s => s.groups.filter((g) => g.open).length === 5")
    outlined.press("ArrowLeft", "ArrowLeft")
    assert at(outlined) == "stage1"
    outlined.still()
    outlined.label("stage1").focus()
    outlined.press("Enter")
    expect(row(outlined, "stage1")).to_have_attribute("aria-expanded", "false")
    expect(outlined.part("tree").get_by_role("treeitem")).to_have_count(5)
    row(outlined, "stage2").locator(".tr-handle").click()
    outlined.until("s => s.groups.some((g) => g.name === 'stage2' && g.open)")
    expect(row(outlined, "stage2")).to_have_attribute("aria-expanded", "true")


def test_a_long_outline_keeps_few_rows_on_the_page(outlined: Visitor) -> None:
    """Opens everything of a network of hundreds of items: keys and wheel reach each of them."""
    outlined.drop("scoped.onnx", scoped(10, 10))
    outlined.until("s => !s.busy && s.groups.length > 50", seconds=60)
    outlined.ask("openAll()")
    outlined.part("tree").focus()
    outlined.press("Home", "End")
    assert at(outlined) == "end"
    expect(row(outlined, "end")).to_be_in_viewport()
    tree = outlined.part("tree").get_by_role("treeitem")
    assert tree.count() < 60
    outlined.press("PageUp", "PageUp", "PageUp")
    assert at(outlined) != "end"
    outlined.part("tree").evaluate("tree => { tree.scrollTop = 0; }")
    expect(row(outlined, "x")).to_be_in_viewport()
    assert tree.count() < 60


def test_on_a_phone_the_outline_covers_the_lower_part(browser: Browser, site, watch) -> None:
    """Taps the button: the tree stands below, the whole network above it; a tap goes there."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    watch.attach(context)
    phone = Visitor(context.new_page()).visit(site.url)
    phone.still()
    phone.button("outline").tap()
    phone.still()
    panel = phone.part("outline").bounding_box()
    assert panel
    assert (panel["x"], panel["width"]) == (0, 390)
    assert panel["y"] + panel["height"] == 844
    assert all(y < panel["y"] for _, y in phone.places().values())
    before = phone.places()
    row(phone, "fc2").tap()
    assert phone.moved(before)["fc2"][1] < panel["y"]
    expect(row(phone, "fc2")).to_have_attribute("aria-selected", "true")
    phone.button("putAway").tap()
    expect(phone.part("outline")).to_be_hidden()
    context.close()


@pytest.mark.expects_console("Error creating WebGL context")
def test_without_webgl_the_outline_is_the_view(page: Page, site) -> None:
    """Comes with a browser that cannot draw: it says so, lists the layers, and reads digits."""
    page.add_init_script(NO_WEBGL)
    visitor = Visitor(page).visit(site.url)
    visitor.sees(
        "This browser gives no WebGL 2, which the 3D picture needs. "
        "Switch on hardware acceleration or try another browser."
    )
    assert rows(visitor)[-1] == "fc3, Gemm + Softmax, 10"
    visitor.button("dismiss").click()
    visitor.press("3")
    visitor.until("s => !s.busy && s.output.label === '3'")
    expect(visitor.part("answer").locator(".tr-best span").first).to_have_text("3")
    visitor.press("l", "End", "Enter", "Escape")
    expect(visitor.part("outline")).to_be_visible()
    visitor.press("t", "s", "f", "o", "c", "+", "Space")
    visitor.drop("scoped.onnx", scoped())
    visitor.until("s => !s.busy && s.groups.length > 2")
    assert visitor.state()["message"] is None
    row(visitor, "stage3").locator(".tr-handle").click()
    expect(row(visitor, "block4")).to_be_visible()
    assert visitor.ask("stats()")["drawCalls"] == 0
    chosen = visitor.ask("select('/stage1/block1/conv1', [0, 0, 0, 0])")
    assert isinstance(chosen["value"], (int, float))
