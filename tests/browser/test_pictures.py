"""Networks that take pictures: from a file, dropped, pasted, from an address, from the camera."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from onnx import TensorProto, helper
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.conftest import calm_window
from browser.visitor import Visitor
from inputs.ways.test_photo import photo
from tensorama_build import chromium

WINDOW = {"width": 1000, "height": 700}  # the inspector stands beside the input

# A picture of two halves as JPEG, with a note of Exif that it lies on its side.
TURNED = """
async () => {
  const canvas = new OffscreenCanvas(64, 32), pen = canvas.getContext("2d");
  pen.fillStyle = "#f00"; pen.fillRect(0, 0, 32, 32);
  pen.fillStyle = "#00f"; pen.fillRect(32, 0, 32, 32);
  const blob = await canvas.convertToBlob({type: "image/jpeg", quality: 1});
  return [...new Uint8Array(await blob.arrayBuffer())];
}
"""
PASTE = """
(data) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([Uint8Array.from(data)], "pasted.png", {type: "image/png"}));
  document.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true}));
}
"""


# One pixel that is green, then red.
MOVING = (
    b"GIF89a\x01\0\x01\0\x80\0\0\0\xff\0\xff\0\0"
    + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    + b"!\xf9\x04\0\x32\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    + b"!\xf9\x04\0\x32\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0;"
)
# A JPEG of 32×32 pixels in the four inks of print: nearly only cyan.
PRINTED = """
/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZM
TlJTUjI+WmFaUGBKUVJP/8AAFAgAIAAgBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAH/8QAFBABAAAAAAAA
AAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCYKEpynAAAAAAAAAAAAAAAAAAAAP/Z
"""


def means() -> bytes:
    """A network that gives the mean of each channel of a picture of 32×32."""
    ends = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 32]),
        helper.make_tensor_value_info("colour", TensorProto.FLOAT, [1, 3, 1, 1]),
    ]
    nodes = [
        helper.make_node("Relu", ["image"], ["seen"]),
        helper.make_node("GlobalAveragePool", ["seen"], ["colour"]),
    ]
    graph = helper.make_graph(nodes, "means", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def png(colour: tuple[int, int, int], wide: int = 48, high: int = 32) -> bytes:
    """A picture of one colour."""
    return pixels(np.broadcast_to(np.array(colour, np.uint8), (high, wide, 3)))


def pixels(array: np.ndarray) -> bytes:
    """A picture of these pixels, uint8 (h,w,3), as a PNG file."""
    high, wide, _ = array.shape
    rows = b"".join(b"\0" + row.tobytes() for row in array)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    packed = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + packed


def colour(visitor: Visitor) -> list[float]:
    """The mean colour that the network saw."""
    visitor.until("s => !s.busy")
    return [visitor.ask(f"select('colour', [0, {n}, 0, 0])")["value"] for n in range(3)]


def opened(page: Page, url: str) -> Visitor:
    visitor = Visitor(page).visit(url)
    visitor.drop("means.onnx", means())
    visitor.until("s => s.model?.name === 'means.onnx' && !s.busy")
    return visitor


def given(visitor: Visitor, name: str) -> None:
    visitor.until(f"s => s.shown.given?.[0][1][1].endsWith('{name}') && !s.busy")


@pytest.fixture
def context(browser: Browser, watch) -> Iterator[BrowserContext]:
    """A small window, less movement."""
    with calm_window(browser, watch, WINDOW) as visitor:
        yield visitor


def test_a_picture_is_dropped_pasted_and_fetched(page, site) -> None:
    """Opens a network of pictures: it sees the sample; then one that is dropped, pasted, fetched;
    wrong ones get a sentence each and change nothing; undo and a link bring a picture back."""
    page.route("**/far/blue.png", lambda route: route.fulfill(body=png((0, 0, 255))))
    visitor = opened(page, site.url)
    sample = colour(visitor)
    assert 0.3 < min(sample) < max(sample) < 0.8, "no picture but noise"
    expect(page.locator(".tr-chain figcaption").first).to_have_text("256 × 256")
    expect(page.locator(".tr-chain figcaption").last).to_contain_text("32 × 32, ")

    visitor.drop("moving.gif", MOVING)
    given(visitor, "moving.gif")
    assert colour(visitor) == [0, 1, 0], "of a moving picture the first frame"
    visitor.drop("print.jpg", base64.b64decode(PRINTED))
    given(visitor, "print.jpg")
    assert colour(visitor) == [pytest.approx(n, abs=0.12) for n in (0, 0.9, 1)]
    visitor.drop("red.png", png((255, 0, 0)))
    given(visitor, "red.png")
    assert colour(visitor) == [1, 0, 0]
    expect(page.locator(".tr-chain figcaption").first).to_have_text("48 × 32")
    huge = b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 10_000, 10_000)
    for name, data, said in (
        ("no.png", b"", "no.png is empty: it has no bytes."),
        ("x.svg", b"<svg onload='alert(1)'/>", re.compile(r"^x\.svg is an SVG, a program")),
        ("y.jpg", b"no picture", re.compile(r"^y\.jpg is no picture that")),
        ("z.png", huge, "z.png has 100 megapixels; up to 50 are read. Make it smaller."),
    ):  # fmt: skip
        visitor.drop(name, data)
        visitor.sees(said)
        visitor.press("Escape")
    assert colour(visitor) == [1, 0, 0], "what was there did not stay"

    page.evaluate(PASTE, [*png((0, 255, 0))])
    given(visitor, "pasted.png")
    assert colour(visitor) == [0, 1, 0]
    page.locator(".tr-way summary").click()
    page.locator(".tr-way input[type=url]").fill(f"{site.url}far/blue.png")
    page.locator(".tr-way input[type=url]").press("Enter")
    given(visitor, "blue.png")
    assert colour(visitor) == [0, 0, 1]
    page.locator(".tr-choose select").nth(2).select_option("BGR")
    visitor.until("s => s.shown.given?.[0][1][4] === 'BGR' && !s.busy")
    assert colour(visitor) == [1, 0, 0]
    page.locator(".tr-choose select").nth(1).select_option("bytes")
    visitor.until("s => s.shown.given?.[0][1][3] === 'bytes' && !s.busy")
    assert colour(visitor) == [255, 0, 0]
    visitor.press("Escape")
    page.locator(".tr-way button", has_text="Sample").click()
    visitor.until("s => s.shown.given?.[0][1][1] === 'sample' && !s.busy")
    visitor.button("undo").click()
    given(visitor, "blue.png")


def test_a_picture_that_lies_on_its_side_is_turned_upright(page, site) -> None:
    """Drops a JPEG whose Exif says that it was taken with the camera turned: red is on top."""
    visitor = opened(page, site.url)
    plain = bytes(page.evaluate(TURNED))
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    turned = plain[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + plain[2:]
    visitor.drop("turned.jpg", turned)
    given(visitor, "turned.jpg")
    expect(page.locator(".tr-chain figcaption").first).to_have_text("32 × 64")
    seen = [visitor.ask(f"select('image', [0, {n}, 2, 16])")["value"] for n in (0, 2)]
    below = [visitor.ask(f"select('image', [0, {n}, 29, 16])")["value"] for n in (0, 2)]
    assert np.round(seen).tolist() == [1, 0]
    assert np.round(below).tolist() == [0, 1]


def test_a_link_to_a_local_picture_says_what_is_missing(page, site) -> None:
    """Opens a link that was made with somebody's own picture: the sample stands in, it is said."""
    visitor = opened(page, site.url)
    visitor.ask("go({given: [['image', ['picture', '12345678 cat.jpg', 'fit']]]})")
    note = page.locator(".tr-way-note")
    expect(note).to_have_text("The link was made with the picture cat.jpg; give it here.")
    visitor.ask(
        "go({language: 'zh', given: [['image', ['picture', 'https://far.example/c.png']]]})"
    )
    expect(note).to_have_text("链接显示的是来自 far.example 的图片。")
    expect(page.locator(".tr-way > button")).to_be_visible()


FAKE_CAMERA = """
() => {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const draw = () => { pen.fillStyle = globalThis.cameraSees; pen.fillRect(0, 0, 300, 150); };
  globalThis.cameraSees = "#f00";
  setInterval(draw, 30);
  draw();
  navigator.mediaDevices.getUserMedia = async () => (globalThis.film = canvas.captureStream(30));
}
"""
# Asks again and again until the network has seen blue.
BLUE = """
async () => {
  const {tensorama} = document.querySelector("#stage"), end = performance.now() + 20_000;
  while ((await tensorama.select("colour", [0, 2, 0, 0])).value <= 0.9) {
    if (performance.now() > end) throw new Error("the network never saw blue");
    await new Promise((go) => requestAnimationFrame(go));
  }
}
"""
REFUSED = """
() => { navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "NotAllowedError"); } }
"""


def test_the_camera_is_read_frame_by_frame_until_escape(page, site) -> None:
    """Switches the camera on: the network follows what it sees; Escape switches it off and keeps
    the last frame; a camera that is refused gets a sentence."""
    visitor = opened(page, site.url)
    page.evaluate(FAKE_CAMERA)
    eye = page.locator(".tr-way-row button").nth(1)
    eye.click()
    expect(eye).to_have_text("Stop")
    visitor.until("s => s.shown.given?.[0][1][1] === 'camera'")
    page.wait_for_function("globalThis.heard.filter((h) => h.name === 'trace').length > 8")
    assert visitor.ask("select('colour', [0, 0, 0, 0])")["value"] > 0.9
    page.evaluate("globalThis.cameraSees = '#00f'")
    page.evaluate(BLUE)
    page.keyboard.press("Escape")
    expect(eye).to_have_text("Camera")
    assert page.evaluate("globalThis.film.getTracks().every((t) => t.readyState === 'ended')")
    visitor.until("s => !s.busy")
    runs = len(visitor.heard("trace"))
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert len(visitor.heard("trace")) == runs
    page.evaluate(REFUSED)
    eye.click()
    visitor.sees(re.compile("The camera may not be used"))
    expect(eye).to_have_text("Camera")


def test_chromiums_own_fake_camera_feeds_the_network(browser, page, site) -> None:
    """Runs in a browser with a camera of its own: more than one frame is run on."""
    name = browser.browser_type
    with_camera = name.launch(
        executable_path=str(chromium.ensure()),
        args=[*chromium.FLAGS, "--use-fake-device-for-media-stream",
              "--use-fake-ui-for-media-stream"],
    )  # fmt: skip
    try:
        visitor = opened(with_camera.new_page(viewport=WINDOW, reduced_motion="reduce"), site.url)
        visitor.page.locator(".tr-way-row button").nth(1).click()
        visitor.page.wait_for_function(
            "globalThis.heard.filter((h) => h.name === 'trace').length > 8"
        )
        expect(visitor.page.locator(".tr-chain figcaption").first).to_have_text("320 × 240")
    finally:
        with_camera.close()


def test_a_photo_of_a_digit_stands_in_for_the_pad(page, site) -> None:
    """Drops a photo of a handwritten 4 on the demo; takes it back, brings it again; draws instead;
    pastes one; the link names it; numbers of a file go in as they are; a lesson keeps it."""
    visitor = Visitor(page).visit(site.url)
    visitor.drop("four.png", pixels(photo(4)))
    state = visitor.until("s => !s.busy && s.output.label === '4'", seconds=60)
    assert state["shown"]["given"][0][1][0] == "photo"
    expect(page.locator(".tr-way-photo figcaption")).to_have_text(["640 × 480", "28 × 28, 0 … 1"])
    expect(page.locator(".tr-pad-hint")).to_be_visible()
    visitor.press("Control+z")
    visitor.until("s => !s.busy && s.output.label === '7' && !s.shown.given?.length")
    visitor.press("Control+Shift+z")
    visitor.until("s => !s.busy && s.output.label === '4'")
    page.locator(".tr-samples button").nth(2).click()  # a drawing comes in its place
    visitor.until("s => !s.busy && s.output.label === '2' && !s.shown.given?.length")
    expect(page.locator(".tr-way-photo")).to_be_hidden()
    page.evaluate(PASTE, [*pixels(photo(9, dark=False))])
    visitor.until("s => !s.busy && s.output.label === '9'")
    link = f"{site.url}#{visitor.ask('link()')}"
    page.get_by_role("button", name="Draw instead").click()
    visitor.until("s => !s.busy && s.output.label === '2'")
    row = io.BytesIO()
    np.save(row, np.zeros((28, 28), np.float32))
    visitor.drop("nothing.npy", row.getvalue())
    visitor.until("s => !s.busy && s.shown.given?.[0][1][0] === 'numbers'")
    assert visitor.ask("select('input', [0, 0, 9, 14])")["value"] == 0
    other = Visitor(page.context.new_page()).visit(link)
    note = other.page.locator(".tr-way-photo .tr-way-note")
    expect(note).to_have_text("The link was made with the picture pasted.png; give it here.")
    assert other.state()["output"]["label"] == "2"  # what the pad would show
    expect(other.page.locator(".tr-way-photo .tr-chain")).to_be_hidden()
    other.drop("four.png", b"")
    expect(other.part("note")).to_contain_text("empty")
    other.drop("white.png", pixels(np.full((40, 60, 3), 255, np.uint8)))
    expect(note).to_have_text("No ink was found on it: a drawing has to stand out from its ground.")
    expect(other.part("note")).to_be_hidden()  # what was wrong before is past
    other.page.locator(".tr-samples button").nth(3).click()
    expect(other.page.locator(".tr-way-photo")).to_be_hidden()
    other.page.locator(".tr-photo").click()
    expect(other.page.locator(".tr-way-photo")).to_be_visible()
    other.page.locator(".tr-photo").click()
    expect(other.page.locator(".tr-way-photo")).to_be_hidden()


def test_the_camera_of_the_pad_finds_its_room_on_a_phone(page, site) -> None:
    """Asks for a photo on a phone: what takes it stands where the pad was; drawing brings that
    back."""
    page.set_viewport_size({"width": 390, "height": 844})
    visitor = Visitor(page).visit(site.url)
    page.locator(".tr-photo").click()
    camera = page.get_by_role("button", name="Camera")
    expect(camera).to_be_in_viewport(ratio=1)
    expect(page.locator(".tr-pad-box")).to_be_hidden()
    visitor.drop("four.png", pixels(photo(4)))
    visitor.until("s => !s.busy && s.output.label === '4'", seconds=60)
    again = page.get_by_role("button", name="Draw instead")
    expect(again).to_be_in_viewport(ratio=1)
    again.click()
    expect(page.locator(".tr-pad-box")).to_be_visible()
