"""Python breaks down, or may not start, or a link leads elsewhere: the page says so."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from browser.files import small
from browser.visitor import Visitor

BROKEN = re.compile(
    r"Python broke down in this page and cannot go on \(.+\)\. Reload it to go on\."
    r"( What was dropped has to be dropped again\.)?"
)
KILL = "import ctypes\nctypes.string_at(0xfffffff0, 64)"  # reads where there is no memory
DYING = r"(?i)pyodide|fatal|RuntimeError|memory access|Traceback|File \"|stack|thread|exception"
REFUSED = (r"Content Security Policy", r"exception", r"(?i)wasm|WebAssembly|eval|pyodide|Python")
OTHER = "http://localhost:9/net/small.onnx"  # another origin than the page's


def kill(visitor: Visitor) -> None:
    """Python reads where there is no memory, as a fault in native code does."""
    visitor.python(KILL, wait=False)


@pytest.mark.expects_console(DYING)
def test_when_python_dies_the_page_goes_on(page: Page, site) -> None:
    """Opens a model by its address, then Python dies: a sentence, and Reload opens it again."""
    page.route("**/mine/small.onnx", lambda route: route.fulfill(body=small()))
    visitor = Visitor(page).visit(site.url)
    visitor.ask("load('./mine/small.onnx')")
    visitor.written()
    kill(visitor)
    visitor.sees(BROKEN)
    expect(visitor.part("progress")).to_be_hidden()
    expect(visitor.button("callOff")).to_be_hidden()
    again = visitor.part("note").locator("button")
    expect(again).to_have_text("Reload")
    expect(again).to_be_focused()
    with page.expect_navigation():
        again.click()
    state = visitor.until("s => s.model && !s.busy", seconds=60)
    assert state["model"]["name"] == "small.onnx"
    assert state["message"] is None

    visitor.drop("mine.onnx", small())
    visitor.until("s => !s.busy && s.model.name === 'mine.onnx'")
    visitor.written()
    kill(visitor)
    visitor.sees(BROKEN)
    expect(visitor.part("note")).to_contain_text("What was dropped has to be dropped again.")
    with page.expect_navigation():
        visitor.part("note").locator("button").click()
    assert visitor.until("s => s.model && !s.busy", seconds=60)["model"]["name"] == "LeNet-5"


def with_policy(policy: str):
    """Answers with the file and a host's own policy."""

    def answer(route: Route) -> None:
        response = route.fetch()
        headers = {**response.headers, "content-security-policy": policy}
        route.fulfill(response=response, headers=headers)

    return answer


@pytest.mark.expects_console(*REFUSED)
@pytest.mark.parametrize("place", ["", "embed/"])
def test_a_policy_that_refuses_python_is_named(page: Page, site, place: str) -> None:
    """Opens the page, and an article, on a host that allows no 'unsafe-eval': told just that."""
    page.route(
        re.compile(r"/(embed/)?$"), with_policy("script-src 'self'; style-src * 'unsafe-inline'")
    )
    page.goto(site.url + place)
    sentence = re.compile(
        r"The security policy of this site \(Content-Security-Policy\) does not let Python run "
        r"here: script-src lacks '(wasm-)?unsafe-eval'\."
    )
    if place:
        for box in page.locator(".network").all():
            expect(box).to_have_text(sentence, timeout=60_000)
    else:
        expect(Visitor(page).part("note")).to_be_visible(timeout=60_000)
        Visitor(page).sees(sentence)
        expect(page.locator(".tr-progress")).to_be_hidden()


@pytest.mark.expects_console("Content Security Policy", "violates")
def test_the_page_runs_and_frames_nothing_of_others(live: Visitor) -> None:
    """Tries to run a script, and to show a frame, of another origin: the page's policy refuses."""
    refused = live.page.evaluate(
        """async () => {
          const refused = [];
          const heard = new Promise((go) => document.addEventListener("securitypolicyviolation",
            (e) => { refused.push(e.effectiveDirective); if (refused.length === 2) go(); }));
          const add = (kind, src) => document.body.append(Object.assign(
            document.createElement(kind), {src}));
          add("script", "http://127.0.0.1:9/a.js");
          add("iframe", "http://127.0.0.1:9/a.html");
          await heard;
          return refused.sort();
        }"""
    )
    assert refused == ["frame-src", "script-src-elem"]
    live.page.evaluate("document.querySelectorAll('body > script[src*=\":9\"], iframe').forEach("
                       "(element) => element.remove())")  # fmt: skip


@pytest.mark.expects_console("asked another origin: http://localhost:9/")
@pytest.mark.parametrize("way", ["yes", "no", "Escape"])
def test_a_link_to_another_site_is_followed_only_after_a_yes(page: Page, site, way: str) -> None:
    """Opens ?model= of another site: asked first, with its host; only a yes fetches anything."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route(OTHER, lambda route: route.fulfill(body=small(), headers=headers))
    visitor = Visitor(page).visit(site.url + "?model=" + quote(OTHER, safe=""))
    assert visitor.state()["model"]["name"] == "LeNet-5"
    question = visitor.part("ask")
    expect(question).to_be_visible()
    expect(question).to_contain_text("This link opens a model from another site, localhost:9.")
    expect(question).to_contain_text(OTHER)
    assert visitor.state()["question"].startswith("This link opens a model from another site")
    assert OTHER not in asked
    if way == "yes":
        question.get_by_role("button", name="Fetch it").click()
        visitor.until("s => !s.busy && s.model.name === 'small.onnx'")
    elif way == "no":
        question.get_by_role("button", name="No").click()
    else:
        visitor.press("Escape")
    expect(question).to_be_hidden()
    state = visitor.idle()
    assert state["model"]["name"] == ("small.onnx" if way == "yes" else "LeNet-5")
    assert state["question"] is None
    assert (OTHER in asked) == (way == "yes")
