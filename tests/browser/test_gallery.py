"""The gallery: a new visitor is told of it, finds a network by its words, opens it, comes back."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.visitor import Visitor

FAR = Path(__file__).parents[2] / "models" / "autoencoder"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def newcomer(browser: Browser, site, watch):
    """Opens the page in a browser that has never been here."""
    contexts = []

    def visit(address: str = "", **how) -> Visitor:
        options = {"viewport": {"width": 860, "height": 560}, "reduced_motion": "reduce", **how}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        watch.attach(context)
        return Visitor(context.new_page()).visit(f"{site.url}{address}")

    yield visit
    for context in contexts:
        context.close()


def cards(visitor: Visitor):
    return visitor.part("card")


def asked_for(page: Page) -> list[str]:
    """The paths of all that the page has loaded."""
    entries = "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
    return list(page.evaluate(entries))


def test_a_newcomer_is_told_once_and_looks_at_another_network(newcomer) -> None:
    """Reads the sentence, goes to the gallery, opens the GAN; comes again and is told no more."""
    visitor = newcomer()
    welcome = visitor.part("welcome")
    expect(welcome).to_contain_text("A neural network at work")
    assert not [path for path in asked_for(visitor.page) if "gallery" in path]
    welcome.get_by_role("button", name="Other networks").click()
    expect(welcome).to_be_hidden()
    expect(cards(visitor).first).to_contain_text("LeNet-5")
    expect(cards(visitor).first).to_have_attribute("aria-current", "true")
    card = cards(visitor).filter(has_text="ACGAN")
    expect(card).to_contain_text("Draws the digit that you ask for")
    expect(card).to_contain_text("MIT")
    visitor.page.wait_for_function(
        "card => card.querySelector('img').naturalWidth > 0", arg=card.element_handle()
    )
    card.click()
    state = visitor.until("s => s.model?.name === 'ACGAN' && !s.busy")
    assert not state["shown"].get("gallery")
    expect(visitor.part("gallery")).to_be_hidden()
    visitor.written()
    visitor.page.reload()
    visitor.until("s => s.model?.name === 'ACGAN' && !s.busy", seconds=60)
    expect(welcome).to_be_hidden()


def test_who_begins_to_draw_needs_no_sentence(newcomer) -> None:
    """Presses a key and the sentence is gone; a link to the gallery opens it, undo closes it."""
    visitor = newcomer()
    expect(visitor.part("welcome")).to_be_visible()
    visitor.press("3")
    expect(visitor.part("welcome")).to_be_hidden()
    visitor.press("e")
    expect(visitor.part("gallery")).to_be_visible()
    link = visitor.ask("link()")
    visitor.press("Control+z")
    expect(visitor.part("gallery")).to_be_hidden()
    visitor.ask(f"go('{link}')")
    expect(visitor.part("gallery")).to_be_visible()
    visitor.press("Escape")
    expect(visitor.part("gallery")).to_be_hidden()
    visitor.until("s => s.output?.label === '3'")


def test_by_keys_alone(live: Visitor) -> None:
    """E, some letters, Enter: the network is open; no letter is a command of what lies behind."""
    language = live.state()["shown"].get("language")
    live.press("e")
    expect(cards(live).first).to_be_visible()
    live.press("g", "p", "t")
    expect(cards(live)).to_have_count(1)
    assert live.state()["shown"].get("language") == language
    live.press("Escape")
    count = cards(live).count()
    assert count > 2
    live.press("x", "x", "q")
    expect(live.part("gallery").get_by_role("status")).to_have_text("No network here is called so.")
    live.press("Escape", "ArrowDown", "ArrowRight")
    expect(cards(live).nth(1)).to_be_focused()
    live.press("ArrowLeft", "Enter")
    live.until("s => !s.shown.gallery && !s.busy")
    live.press("e", "Escape")
    expect(live.part("gallery")).to_be_hidden()


@pytest.mark.expects_console("net::ERR_FAILED")
def test_without_a_list_there_is_a_sentence(newcomer) -> None:
    """The list cannot be fetched: a sentence, and what was open stays; at the next try it comes."""
    visitor = newcomer()
    visitor.page.route("**/gallery.json", lambda route: route.abort())
    visitor.press("e")
    visitor.sees("The list of networks could not be fetched. Is the network there?")
    visitor.page.unroute("**/gallery.json")
    visitor.press("Escape", "Escape", "e")
    expect(cards(visitor).first).to_be_visible()
    visitor.press("Escape")
    expect(visitor.part("gallery")).to_be_hidden()
    assert visitor.state()["model"]["name"] == "LeNet-5"


def test_a_key_right_after_escape_is_the_pages(live: Visitor) -> None:
    """Fast hands: what is pressed before the gallery has gone is not typed into it."""
    live.press("e")
    expect(cards(live).first).to_be_visible()
    live.press("Escape", "b")
    assert live.state()["shown"].get("depends")
    expect(live.part("gallery")).to_be_hidden()
    live.press("b", "e")
    expect(live.part("gallery")).to_be_visible()
    live.press("x", "Escape", "Escape", "t")
    expect(live.part("gallery")).to_be_hidden()
    live.until("s => s.theme === 'dark'")


def test_on_a_phone_in_chinese(newcomer) -> None:
    """All of it is in Chinese, one card under the other, none wider than the screen."""
    visitor = newcomer("?language=zh", **PHONE)
    expect(visitor.part("welcome")).to_contain_text("画一个数字")
    visitor.part("welcome").get_by_role("button", name="别的网络").tap()
    expect(cards(visitor).first).to_contain_text("认出你画的数字")
    boxes = [card.bounding_box() for card in cards(visitor).all()]
    assert all(box and box["width"] <= 390 for box in boxes)
    assert len({box["x"] for box in boxes if box}) == 1
    words = visitor.part("gallery").inner_text()
    assert not re.search(r"\b(Try|Networks|character|digit)\b", words)


class Zoo(SimpleHTTPRequestHandler):
    """Serves the autoencoder's folder to any page."""

    def __init__(self, *given, **more) -> None:
        super().__init__(*given, directory=str(FAR), **more)

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *what: object) -> None:
        """Say nothing."""


@pytest.fixture
def zoo():
    """The address of a network on a server of another origin, which stands in for a zoo."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Zoo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/decoder.onnx"
    server.shutdown()
    server.server_close()


def test_a_network_of_another_host_is_fetched_when_agreed(newcomer, zoo) -> None:
    """Is asked first, and told how much from where; no fetches nothing; another file is refused."""
    address, host = zoo, urlsplit(zoo).netloc
    data = (FAR / "decoder.onnx").read_bytes()
    card = {
        "name": "far", "model": address, "size": 1_234_567, "licence": "MIT",
        "digest": hashlib.sha256(data).hexdigest(), "title": {"en": "Far away"},
    }  # fmt: skip
    wrong = {**card, "name": "wrong", "digest": "0" * 64, "title": {"en": "Changed"}}
    visitor = newcomer()
    page = visitor.page
    page.route(
        "**/gallery.json",
        lambda route: route.fulfill(
            body=json.dumps([card, wrong]), content_type="application/json"
        ),
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visitor.press("e")
    cards(visitor).filter(has_text="Far away").click()
    state = visitor.until("s => s.question")
    assert f"This network lies on {host}: 1.2 MB will be fetched" in state["question"]
    assert address not in asked
    page.locator(".tr-ask button", has_text="No").click()
    expect(visitor.part("gallery")).to_be_visible()
    assert address not in asked
    cards(visitor).filter(has_text="Changed").click()
    page.locator(".tr-ask button", has_text="Fetch it").click()
    visitor.sees(re.compile("is not the file that was promised: its bytes have another SHA-256"))
    assert visitor.state()["model"]["name"] == "LeNet-5"
    visitor.press("Escape", "e")
    cards(visitor).filter(has_text="Far away").click()
    page.locator(".tr-ask button", has_text="Fetch it").click()
    state = visitor.until("s => !s.busy && s.model.name !== 'LeNet-5'")
    assert state["shown"]["model"]["address"] == address
