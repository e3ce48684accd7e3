"""Where the page stands: below a path, in an article, behind a server that is set up badly."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route, expect

from browser.visitor import LAYERS, Visitor


def test_the_page_works_below_a_path(page: Page, site) -> None:
    """Opens the page at /repo-name/, as GitHub Pages serves it: it reads, opens, and loads."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = site.mounted("/repo-name/")
    visitor = Visitor(page).visit(address)
    assert visitor.state()["output"]["label"] == "7"
    visitor.press("2")
    visitor.until("s => !s.busy && s.output.label === '2'")
    visitor.ask("load('./models/lenet/lenet.onnx')")
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not outside
    assert [ready["model"] for ready in visitor.heard("ready")] == ["LeNet-5"]


@pytest.fixture
def article(page: Page, site) -> tuple[Visitor, Visitor]:
    """A reader of the example article, before each of its two networks."""
    first = Visitor(page, "#demo")
    first.visit(site.url + "embed/")
    second = replace(first, box="#second")
    second.until("s => s.output?.label === '3' && !s.busy", seconds=30)
    return first, second


def test_an_article_shows_two_live_networks(article: tuple[Visitor, Visitor]) -> None:
    """Reads an article with two networks: each has its own digit, answer, layers and legend."""
    first, second = article
    for visitor, digit in zip(article, "73", strict=True):
        state = visitor.state()
        assert state["output"]["label"] == digit
        assert [layer["name"] for layer in state["layers"]] == [*LAYERS]
        visitor.part("pad").scroll_into_view_if_needed()
        best = visitor.part("answer").locator(".tr-best span:first-child")
        expect(best).to_have_text(digit)
        pictures = visitor.part("scene").screenshot(), visitor.part("pad").screenshot()
        assert min(map(len, pictures)) > 1000

    # drawing on one does not change the other
    kept = second.state()["output"]
    first.part("pad").scroll_into_view_if_needed()
    first.button("clear").click()
    first.stroke([(0.5, 0.15), (0.49, 0.4), (0.5, 0.6), (0.5, 0.85)])
    first.until("s => !s.busy && s.output.label === '1'")
    assert second.state()["output"] == kept

    # nor does opening a layer, or a key on a focused box
    second.part("scene").scroll_into_view_if_needed()
    second.label("conv1").click()
    second.part("scene").focus()
    second.press("8")
    second.until("s => !s.busy && s.output.label === '8'")
    assert {layer["name"] for layer in second.state()["layers"] if layer["open"]} == {"conv1"}
    assert first.state()["output"]["label"] == "1"
    assert not [layer for layer in first.state()["layers"] if layer["open"]]

    # the first network is the one that the page's own functions speak of
    assert first.page.evaluate("tensorama.state().then((s) => s.output.label)") == "1"
    # in an article the wheel scrolls the article
    first.page.mouse.move(2, 2)
    first.page.evaluate("document.activeElement.blur()")
    first.page.evaluate("scrollTo(0, 0)")
    box = first.part("scene").bounding_box()
    assert box
    first.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 80)
    first.page.mouse.wheel(0, 120)
    first.page.wait_for_function("scrollY > 60")


@pytest.mark.expects_console(r"has been blocked by CORS policy", r"net::ERR_FAILED")
def test_a_model_elsewhere_that_may_not_be_read(live: Visitor, site) -> None:
    """Asks for a model on another origin that does not share: a sentence says so."""
    elsewhere = site.mounted("/elsewhere/") + "models/lenet/lenet.onnx"
    sentence = (
        f"Nothing could be read from {elsewhere}: there is no such server, "
        "or it does not let other pages read its files (CORS)."
    )
    assert live.complaint(f"load('{elsewhere}')") == sentence
    live.sees(sentence)
    assert live.state()["output"]["label"] == "7"


def test_a_model_elsewhere_that_is_shared(live: Visitor) -> None:
    """Asks for a model on another origin that shares its files: it opens."""
    headers = {"Access-Control-Allow-Origin": "*"}
    model = "./models/lenet/lenet.onnx"
    body = live.page.request.get(live.page.url.partition("#")[0] + model).body()
    address = "http://127.0.0.1:9/shared/lenet.onnx"
    live.page.route(address, lambda route: route.fulfill(body=body, headers=headers))
    assert live.ask(f"load('{address}')")["model"]["name"] == "LeNet-5"
    live.page.unroute(address)


def as_text(route: Route) -> None:
    """What a server says that knows nothing of .wasm."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-type": "text/plain"})


@pytest.mark.expects_console(r"(?i)wasm|webassembly|mime")
def test_an_article_on_a_server_with_a_wrong_type_for_wasm(page: Page, site) -> None:
    """Opens an article where the server sends .wasm as text: each box says what is wrong."""
    page.route(re.compile(r"\.wasm(\?|$)"), as_text)
    page.goto(site.url + "embed/")
    for box in page.locator(".network").all():
        expect(box).to_have_text(
            "WebAssembly could not be started: this server must send .wasm files as "
            "application/wasm.",
            timeout=60_000,
        )


@pytest.mark.expects_console(r"(?i)wasm|webassembly|mime")
def test_a_server_with_a_wrong_type_for_wasm(page: Page, site) -> None:
    """Opens the page where the server sends .wasm as text: reads what has to be set up there."""
    page.route(re.compile(r"\.wasm(\?|$)"), as_text)
    visitor = Visitor(page)
    visitor.arrive(site.url)
    expect(visitor.part("note")).to_be_visible(timeout=60_000)
    visitor.sees(
        "WebAssembly could not be started: this server must send .wasm files as application/wasm."
    )
    expect(visitor.part("progress")).to_be_hidden()
    visitor.draw([[(0.3, 0.3), (0.6, 0.6)]])
    expect(visitor.part("pad-hint")).to_be_hidden()
