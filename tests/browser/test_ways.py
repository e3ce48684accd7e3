"""Networks that take no drawing: a text is typed and written on, a digit is asked for."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from onnx import TensorProto, helper
from playwright.sync_api import Browser, BrowserContext, expect

from browser.conftest import SMALL, calm_window
from browser.visitor import Visitor

PASTE = """
(bytes) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([new Uint8Array(bytes)], "it.npy"));
  document.dispatchEvent(new ClipboardEvent("paste", {clipboardData}));
}
"""

GPT, GAN = "models/gpt-mini/gpt-mini.onnx", "models/acgan/acgan.onnx"


@pytest.fixture
def context(browser: Browser, watch) -> Iterator[BrowserContext]:
    """A small window, less movement."""
    with calm_window(browser, watch, SMALL) as visitor:
        yield visitor


def test_a_text_is_read_as_it_is_typed_and_written_on(page, site) -> None:
    """Types a text: the bars name the next letter; an unknown sign is left out with a sentence;
    "Write on" adds letters until Escape; undo takes all of them back; the link brings it again."""
    visitor = Visitor(page).visit(f"{site.url}?model={GPT}")
    field, note = page.locator(".tr-way textarea"), page.locator(".tr-way-note")
    expect(field).to_have_value("First Citizen:\n")
    expect(page.locator(".tr-made-up")).to_be_hidden()
    field.fill("First Citize")
    state = visitor.until("s => !s.busy && s.output?.label === 'n'")
    assert state["output"]["share"] > 0.9
    assert next(x["shape"] for x in state["layers"] if x["name"] == "tokens")[-1] == 12
    expect(page.locator(".tr-way-following .tr-best span").first).to_have_text("n")
    expect(note).to_have_text("It reads 12 characters.")
    field.press("End")
    field.type("é")
    expect(note).to_contain_text("é")
    expect(field).to_have_value("First Citize")

    write = page.locator(".tr-way .tr-strong")
    write.click()
    page.wait_for_function("document.querySelector('.tr-way textarea').value.length > 18")
    page.keyboard.press("Escape")
    expect(write).to_have_text("Write on")
    text = field.input_value()
    assert text.startswith("First Citizen")
    visitor.idle()
    assert field.input_value() == text, "it went on after Escape"
    link = visitor.ask("link()")
    visitor.button("undo").click()
    expect(field).to_have_value("First Citize")
    visitor.ask(f"go('#{link}')")
    expect(field).to_have_value(text)

    visitor.ask("go({language: 'zh', model: {address: '" + GPT + "'}})")
    expect(write).to_have_text("续写")
    expect(note).to_contain_text("个字符")
    assert visitor.state()["message"] is None


def test_the_same_luck_writes_the_same(page, site) -> None:
    """Writes twice from the same text with the same luck, then with another."""
    visitor = Visitor(page).visit(f"{site.url}?model=models/lstm-mini/lstm-mini.onnx")
    field, write = page.locator(".tr-way textarea"), page.locator(".tr-way .tr-strong")

    def written() -> str:
        field.fill("First Citizen:\n")
        visitor.idle()
        write.click()
        page.wait_for_function("document.querySelector('.tr-way textarea').value.length > 26")
        page.keyboard.press("Escape")
        expect(write).to_have_text("Write on")
        return field.input_value()[:26]

    first = written()
    assert written() == first
    page.locator(".tr-way button", has_text="Other luck").click()
    assert written() != first


def test_each_digit_that_is_asked_for_is_drawn_and_read(page, site) -> None:
    """Presses the ten labels: the picture changes, and the discriminator reads each as that."""
    visitor = Visitor(page).visit(f"{site.url}?model={GAN}")
    labels, picture = page.locator(".tr-way-one-of button"), page.locator("canvas.tr-painted")
    seen = set()
    for digit in range(10):
        labels.nth(digit).click()
        state = visitor.until(f"s => !s.busy && s.output?.label === '{digit}'")
        assert state["output"]["share"] > 0.5
        expect(labels.nth(digit)).to_have_attribute("aria-pressed", "true")
        seen.add(picture.evaluate("canvas => canvas.toDataURL()"))
    assert len(seen) == 10
    expect(page.locator(".tr-way-painted dt")).to_have_text(["real"])
    expect(page.locator(".tr-way-painted dd")).to_contain_text("%")


def test_noise_is_made_anew_and_changed_by_hand(page, site) -> None:
    """Drags a bar of the noise, moves one by keys, asks for new noise: other pictures come."""
    visitor = Visitor(page).visit(f"{site.url}?model={GAN}")
    picture, bars = page.locator("canvas.tr-painted"), page.locator(".tr-bars")

    def drawn() -> str:
        visitor.idle()
        return str(picture.evaluate("canvas => canvas.toDataURL()"))

    first = drawn()
    box = bars.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 4)
    page.mouse.down()
    page.mouse.up()
    visitor.until("s => s.shown.given?.[0][1][2]?.length === 1 && !s.busy")
    dragged = drawn()
    assert dragged != first
    bars.focus()
    value = float(bars.get_attribute("aria-valuenow") or 0)
    assert value > 2
    page.keyboard.press("ArrowDown")
    expect(bars).to_have_attribute("aria-valuenow", f"{value - 0.1:.2f}")
    visitor.until("s => !s.busy")
    page.locator(".tr-way button", has_text="Back to noise").click()
    visitor.until("s => !s.busy && s.shown.given?.[0][1][2]?.length === 0")
    assert drawn() == first
    page.locator(".tr-way button", has_text="New noise").click()
    visitor.until("s => !s.busy && s.shown.given?.[0][1][1] === 1")
    assert drawn() != first


def test_two_numbers_are_a_place_to_walk_to(page, site) -> None:
    """Presses on the plane and walks by arrow keys: what is drawn changes with the place; undo
    leads back. Behind it stands the map that the network drew."""
    visitor = Visitor(page).visit(f"{site.url}?model=models/autoencoder/decoder.onnx")
    plane, picture = page.locator(".tr-plane"), page.locator("canvas.tr-painted")

    def drawn() -> str:
        visitor.idle()
        return str(picture.evaluate("canvas => canvas.toDataURL()"))

    page.wait_for_function("document.querySelector('.tr-plane canvas').width === 11 * 28")
    first = drawn()
    box = plane.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] / 6)
    visitor.until("s => !s.busy && Math.abs(s.shown.given?.[0][1][1] + 2) < 0.1")
    assert drawn() != first
    plane.focus()
    visitor.press("ArrowRight")
    visitor.until("s => !s.busy && Math.abs(s.shown.given?.[0][1][1] + 1.9) < 0.1")
    for _ in range(2):
        visitor.button("undo").click()
    visitor.until("s => !s.busy && !s.shown.given")
    assert drawn() == first
    assert visitor.ask("select('two_numbers', [0, 1])")["value"] == 0


def test_a_drawing_is_drawn_again_by_the_autoencoder(page, site) -> None:
    """Draws on the pad of a network that gives a picture: it stands beside it, large; and the
    samples that lie nearest to it, by distance, by angle if asked; one of them is a press away."""
    visitor = Visitor(page).visit(f"{site.url}?model=models/autoencoder/autoencoder.onnx")
    picture = page.locator("canvas.tr-painted")
    expect(picture).to_be_visible()
    expect(visitor.part("pad")).to_be_visible()
    seen = set()
    for digit in ("1", "0"):
        visitor.press(digit)
        visitor.until(f"s => !s.busy && s.shown.sample === {digit}")
        seen.add(picture.evaluate("canvas => canvas.toDataURL()"))
    assert len(seen) == 2

    near = page.locator(".tr-near .tr-row")
    expect(near).to_have_count(8)
    expect(near.first).to_have_text("00")  # the digit 0 lies at 0 from itself
    expect(page.locator(".tr-way-placed p")).to_contain_text(
        "The nearest of 10 samples by distance"
    )
    amounts = [float(n) for n in near.locator("> span:last-child").all_text_contents()]
    assert amounts == sorted(amounts)
    page.locator(".tr-cells").dispatch_event("click", {"clientX": 0})
    state = visitor.until("s => s.selection?.tensor === 'two_numbers'")
    assert state["selection"]["index"] == [0, 0]
    page.keyboard.press("Escape")
    shown = visitor.state()["shown"] | {"reading": ["cosine", "two_numbers"]}
    visitor.ask(f"go({json.dumps(shown)})")
    expect(page.locator(".tr-way-as p")).to_contain_text("by the cosine of the angle")
    expect(near).to_have_count(8)
    near.nth(1).dispatch_event("click")
    visitor.until("s => !s.busy && s.shown.sample !== 0")
    expect(page.locator(".tr-near .tr-row[aria-pressed=true]")).to_contain_text("1.000")


def test_a_network_that_brings_photos_shows_the_first(page, site) -> None:
    """Opens a network with a photo beside its file: that is seen and named without a click."""
    model = "models/efficientnet-lite0/efficientnet-lite0.onnx"
    if page.request.get(site.url + model).status != 200:
        pytest.skip("this build was made without networks of others")
    visitor = Visitor(page).visit(f"{site.url}?model={model}")
    state = visitor.until("s => !s.busy && s.output?.label === 'espresso'", seconds=60)
    assert state["output"]["share"] > 0.8
    page.locator(".tr-way button", has_text="Cat").click()
    visitor.until("s => !s.busy && /cat|tabby/i.test(s.output?.label)", seconds=60)


def sums() -> bytes:
    """A network that adds two inputs of six numbers."""
    names = ("first", "second", "sum")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in names]
    node = helper.make_node("Add", ["first", "second"], ["sum"])
    graph = helper.make_graph([node], "sums", ends[:2], ends[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def means() -> bytes:
    """A network that takes a picture and gives the mean of each colour."""
    ends = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 16, 16]),
            helper.make_tensor_value_info("means", TensorProto.FLOAT, [1, 3, 1, 1])]  # fmt: skip
    node = helper.make_node("GlobalAveragePool", ["image"], ["means"])
    graph = helper.make_graph([node], "means", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def one(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def saved(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_numbers_are_typed_filled_and_dropped(page, site) -> None:
    """Two inputs, each its own way: ones, and typed numbers; then both from one .npz; a file of a
    wrong shape gets a sentence and changes nothing. Then a picture: a tensor as it is, pixels that
    are prepared, dropped, picked and pasted."""
    page.set_viewport_size({"width": 1000, "height": 700})  # the inspector stands beside the input
    visitor = Visitor(page).visit(site.url)
    visitor.drop("sums.onnx", sums())
    visitor.until("s => s.model?.name === 'sums.onnx' && !s.busy")
    first, second = page.locator(".tr-way-numbers").all()

    def total(row: int, column: int) -> float:
        visitor.until("s => !s.busy")
        return float(visitor.ask(f"select('sum', [{row}, {column}])")["value"])

    for panel in (first, second):
        panel.locator("summary").click()
    first.locator("select").select_option("ones")
    visitor.until("s => s.shown.given?.length === 1 && !s.busy")
    expect(visitor.part("made-up")).to_contain_text("Fed with seeded noise: second.")
    field = second.locator("input").nth(4)
    expect(field).to_have_attribute("title", "second[1, 1]")
    field.fill("2.5")
    field.press("Tab")
    visitor.until("s => s.shown.given?.length === 2 && !s.busy")
    assert total(1, 1) == 3.5
    second.locator("select").select_option("gradient")
    visitor.until("s => s.shown.given?.[1][1][1] === 'gradient' && !s.busy")
    assert total(0, 1) == pytest.approx(1.2)

    visitor.drop("both.npz", saved(first=np.full((2, 3), 10.0), second=np.full((2, 3), 4.0)))
    visitor.until("s => s.shown.given?.[1][1][1] === 'file' && !s.busy")
    assert total(0, 0) == 14
    visitor.drop("wrong.csv", b"1,2\n3,4\n")
    visitor.sees("“first” takes 2 × 3 numbers; the file has 2 × 2. Give one of that shape.")
    visitor.drop("broken.npy", b"\x93NUMPY what")
    visitor.sees("broken.npy could not be read as numbers: it is damaged, or holds something else.")
    assert total(0, 0) == 14

    page.keyboard.press("Escape")
    visitor.drop("means.onnx", means())
    visitor.until("s => s.model?.name === 'means.onnx' && !s.busy")
    expect(page.locator(".tr-way-picture canvas")).to_have_count(2)

    def red() -> float:
        visitor.until("s => !s.busy")
        return float(visitor.ask("select('means', [0, 0, 0, 0])")["value"])

    as_it_is = page.locator(".tr-as-given")
    visitor.drop("it.npy", one(np.full((3, 16, 16), -2.5)))
    visitor.until("s => s.shown.given?.[0][1][1] === 'file' && !s.busy")
    assert red() == -2.5
    expect(as_it_is).to_contain_text("The numbers of it.npy, as they are.")
    page.locator(".tr-way-picture input[type=file]").set_input_files(
        {"name": "red.npy", "mimeType": "", "buffer": one(np.full((9, 9, 3), 255, np.uint8))}
    )
    visitor.until("s => s.shown.given?.[0][1][0] === 'picture' && !s.busy")
    assert red() == 1
    expect(as_it_is).to_be_hidden()
    visitor.drop("wrong.npy", one(np.zeros((5, 7))))
    visitor.sees(re.compile("^“image” takes 1 × 3 × 16 × 16 numbers, or pixels.*has 5 × 7.$"))
    assert red() == 1
    page.keyboard.press("Escape")
    page.evaluate(PASTE, [*one(np.full((1, 3, 16, 16), 0.25))])
    visitor.until("s => s.shown.given?.[0][1][1] === 'file' && !s.busy")
    assert red() == 0.25
    as_it_is.locator("button").click()
    visitor.until("s => !s.shown.given && !s.busy")
