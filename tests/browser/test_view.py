"""`<tensorama-view>` in articles: one script tag, any number of boxes, and the article around them
stays what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import DIST, Site, Watch
from browser.firefox import find, launched
from browser.test_context import LINES
from browser.visitor import UNTIL, Visitor
from tensorama.app import address
from tensorama.app.state import State

LENET = "models/lenet/lenet.onnx"
HOSTILE = """
* { color: rgb(200, 0, 0) !important; font: 30px/3 cursive !important; text-transform: uppercase !important;
    border: 3px dotted blue !important; letter-spacing: 5px !important; box-sizing: content-box !important; }
div, canvas, svg, button, .tr-bar, .box, .curtain { display: none !important; }
"""  # noqa: E501
STRICT = (  # as the README names it, with all else shut
    "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; style-src 'self'"
)

# What a reader sees of all that is drawn in a box.
LOOKS = """
(box) => {
  const looks = (part) => {
    const style = getComputedStyle(part);
    return ["color", "font-family", "font-size", "text-transform", "border-top-width",
      "letter-spacing", "display"].map((name) => style.getPropertyValue(name));
  };
  const shadow = document.querySelector(box).shadowRoot;
  return [".tr-bar", ".tr-title", ".tr-tools button", ".tr-row", ".tr-scene", ".tr-label"]
    .map((name) => looks(shadow.querySelector(name)));
}
"""
TOUCHED = """
() => ["h1", "p", "button.mine"].map((name) => {
  const style = getComputedStyle(document.querySelector(name));
  return [...style].map((key) => style.getPropertyValue(key)).join();
})
"""


def article(*boxes: str, head: str = "", text: str = "<p>Text.</p>") -> str:
    """An article with these boxes, each after some text."""
    inner = "".join(f"{text}{box}" for box in boxes)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
        '<meta name="viewport" content="width=device-width"><title>An article</title>'
        f'<script src="./view.js"></script>{head}<h1>Title</h1><p>Words.</p>'
        f'<button class="mine">Mine</button>{inner}<p id="end">End.</p></html>'
    )


def view(name: str, more: str = "", src: str = LENET) -> str:
    """One box."""
    return f'<tensorama-view id="{name}" src="{src}" {more}></tensorama-view>'


Shows = Callable[..., Page]


@pytest.fixture
def shows(page: Page, site: Site) -> Shows:
    """Serves an article and opens it."""
    server_of = site.mounted("/")
    server = site.servers["/"]

    def show(html: str, name: str = "article.html", behind: str = "") -> Page:
        server.pages[f"/{name}"] = html.encode()
        page.goto(f"{server_of}{name}{behind}")
        return page

    return show


def live(page: Page, name: str, label: str = "7") -> Visitor:
    """A reader before a box whose network has run."""
    visitor = Visitor(page, f"#{name}")
    visitor.until(f"s => !s.busy && s.output?.label === '{label}'", seconds=60)
    expect(page.locator(f"#{name} .curtain")).to_be_hidden()
    return visitor


def drag(page: Page, points: Sequence[tuple[float, float]]) -> None:
    """A finger goes along these points of the window, as a touch screen tells it."""
    screen = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(points) - 1)]
    for kind, (x, y) in zip(kinds, points, strict=True):
        finger = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        screen.send("Input.dispatchTouchEvent", finger)
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    screen.detach()


def test_three_boxes_share_one_python(shows: Shows) -> None:
    """Poster and progress at once; a box far below, and one that waits for a click, start by
    themselves when they are wanted; each shows what its link says."""
    link = address.to_link(State(sample=3, opened=frozenset(["conv1"])))
    page = shows(
        article(
            view("a", 'style="width:900px"') + '<p style="height:3000px">Long text.</p>',
            view("b", f'style="width:320px" state="https://example.org/#{link}" language="zh"'),
            view("c", 'start="click" style="width:600px"'),
        )
    )
    expect(page.locator("#a .picture svg:visible")).to_have_count(1)
    expect(page.locator("#a .said")).to_contain_text("…")
    first = live(page, "a")
    assert page.evaluate("document.querySelector('#b').tensorama") is None
    page.locator("#b").scroll_into_view_if_needed()
    second = live(page, "b", "3")
    assert [layer["name"] for layer in second.state()["layers"] if layer["open"]] == ["conv1"]
    expect(page.locator("#b .box")).to_have_attribute("lang", "zh-Hans")
    assert page.evaluate("document.querySelector('#c').tensorama") is None
    page.locator("#c").get_by_role("button", name="Run it here").click()
    live(page, "c")
    assert first.state()["output"]["label"] == "7"
    wasm = "performance.getEntriesByType('resource').filter((e) => /asm.wasm$/.test(e.name)).length"
    assert page.evaluate(wasm) == 1
    page.evaluate("document.querySelector('#c').remove()")
    first.until("s => s.output.label === '7'")


def test_no_style_leaks_in_or_out(shows: Shows) -> None:
    """An article whose style would spoil everything: the box looks as in one without, and the
    article as without the box."""
    page = shows(article(view("a", 'theme="dark"')))
    live(page, "a")
    plain = page.evaluate(LOOKS, "#a")
    page = shows(article("", head=f"<style>{HOSTILE}</style>"))
    untouched = page.evaluate(TOUCHED)
    page = shows(article(view("a", 'theme="dark"'), head=f"<style>{HOSTILE}</style>"))
    live(page, "a")
    assert page.evaluate(LOOKS, "#a") == plain
    assert page.evaluate(TOUCHED) == untouched


def test_a_strict_policy(shows: Shows) -> None:
    """The article allows only what the README names."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    page = shows(article(view("a")).replace("<title>", f"{meta}<title>"))
    visitor = live(page, "a")
    assert visitor.state()["message"] is None
    page.locator("#a").scroll_into_view_if_needed()
    assert len(visitor.part("scene").screenshot()) > 1000


def test_the_article_scrolls_and_keeps_its_keys(shows: Shows) -> None:
    """The wheel passes, which is said, until the box was clicked or Ctrl is held; keys count only
    with the focus inside; a finger that drags upwards scrolls, one that goes sideways turns."""
    page = shows(article(view("a"), text='<p style="height:300px">Text.</p>').replace(
        'id="end"', 'id="end" style="height:3000px"'))  # fmt: skip
    visitor = live(page, "a")
    before = visitor.still()["shown"]
    page.evaluate("scrollTo(0, 100)")
    box = visitor.part("scene").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 40, box["y"] + 200)
    page.mouse.wheel(0, 120)
    page.wait_for_function("scrollY > 150")
    expect(visitor.part("hint")).to_contain_text("Ctrl + wheel comes closer")
    page.keyboard.press("o")
    page.keyboard.press("3")
    assert visitor.still()["shown"] == before
    at = page.evaluate("scrollY")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    visitor.until("s => s.shown.camera !== undefined")
    visitor.part("scene").focus()
    page.mouse.wheel(0, -120)
    page.keyboard.press("3")
    visitor.until("s => !s.busy && s.output?.label === '3'")
    assert page.evaluate("scrollY") == at
    shown, (x, y) = visitor.still()["shown"], (box["x"] + box["width"] - 140, 300)
    page.evaluate(
        "globalThis.ended = new Promise((go) => addEventListener('scrollend', go, {once: true}))"
        ".then(() => scrollY); 0"
    )
    drag(page, [(x, y - 12 * step) for step in range(12)])
    assert page.evaluate("ended") > at + 60
    assert visitor.still()["shown"] == shown
    at = page.evaluate("scrollY")
    drag(page, [(x - 12 * step, y - 100) for step in range(12)])
    turned = json.dumps(shown["camera"])
    visitor.until(f"s => s.shown.camera.some((part, n) => part !== {turned}[n])")
    assert page.evaluate("scrollY") == at


def test_a_box_is_as_dark_as_the_article(shows: Shows) -> None:
    """A switch of the article changes the box too; `theme` decides by itself."""
    style = "<style>body { background: #fff; color: #222 } .night { background: #111; color: #eee }"
    page = shows(article(view("a"), view("b", 'theme="light"'), head=f"{style}</style>"))
    visitor, other = live(page, "a"), live(page, "b")
    visitor.until("s => s.theme === 'light'")
    page.evaluate("document.body.className = 'night'")
    visitor.until("s => s.theme === 'dark'")
    other.until("s => s.theme === 'light'")
    page.evaluate("document.body.className = ''")
    visitor.until("s => s.theme === 'light'")


@pytest.mark.expects_console("404")
def test_what_cannot_be_shown_is_a_sentence(shows: Shows) -> None:
    """No model, no src, a link that is cut off: no traceback; the other boxes are well."""
    page = shows(
        article(view("a", src="nothing.onnx"), view("b", src=""), view("c", 'state="1.abc"'))
    )
    sentence = page.locator("#a .tr-note p")
    expect(sentence).to_contain_text("nothing.onnx", timeout=60_000)
    expect(page.locator("#b .said")).to_have_text("This box names no model: give it a src.")
    page.locator("#c").scroll_into_view_if_needed()
    visitor = live(page, "c")
    expect(visitor.part("note")).to_contain_text("damaged or cut off")
    assert "Traceback" not in page.evaluate("document.body.innerText")
    assert page.locator("tensorama-view").count() == 3


@pytest.mark.expects_console(LINES)
def test_twenty_boxes(shows: Shows) -> None:
    """No picture is lost: those that nobody looks at are still ones, and wake."""
    page = shows(article(*(view(f"v{n}", 'style="height:320px"') for n in range(20))))
    for number in range(20):
        page.locator(f"#v{number}").scroll_into_view_if_needed()
        live(page, f"v{number}").still()
    stills = page.locator(".tr-still")
    page.wait_for_function(
        "() => [...document.querySelectorAll('tensorama-view')].filter((box) => "
        "box.shadowRoot.querySelector('.tr-still')).length === 14"
    )
    first = Visitor(page, "#v0")
    assert stills.count() == 14
    page.locator("#v0").scroll_into_view_if_needed()
    expect(first.part("still")).to_have_count(0)
    before = first.part("scene").screenshot()
    first.part("scene").focus()
    page.keyboard.press("o")
    first.still()
    assert first.difference(before, first.part("scene").screenshot()) > 0.01


def test_from_a_file_it_says_what_to_do(page: Page, watch: Watch) -> None:
    """The page of the site, and an article, opened by a double click."""
    watch.expected = ("CORS", "ERR_FAILED", "origin", "asked another", "file:")
    sentence = re.compile("This page was opened from a file")
    page.goto((DIST / "index.html").as_uri())
    expect(page.locator("#stage .tr-note p")).to_have_text(sentence)


def test_in_firefox(site: Site) -> None:
    """The same element there."""
    program = find()
    if program is None:
        pytest.skip("no Firefox on PATH, and TENSORAMA_FIREFOX names none")
    url = site.mounted("/")
    site.servers["/"].pages["/fox.html"] = article(view("a")).encode()
    with launched(program, 860, 560) as fox:
        visitor = Visitor(fox, "#a")  # type: ignore[arg-type]
        visitor.arrive(url + "fox.html")
        state = visitor.until("s => s.output?.label === '7' && !s.busy", seconds=120)
        assert state["model"]["name"] == "LeNet-5"
        assert not [fault for fault in fox.faults() if "WebGL" not in fault]


# A page around the site in a frame, which asks by messages and keeps the answers.
HOST = """<!doctype html><html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Host</title>
<iframe src="{frame}" style="width:860px;height:560px"></iframe><script>
  const heard = globalThis.heard = [];
  addEventListener("message", ({{data, origin}}) => heard.push({{...data, origin}}));
  const frame = document.querySelector("iframe").contentWindow;
  globalThis.askFrame = (tensorama, id, ...args) => frame.postMessage({{tensorama, id, arguments: args}}, "*");
  globalThis.answerOf = async (id) => {{
    for (;;) {{
      const answer = heard.find((message) => message.id === id);
      if (answer) return answer;
      await new Promise((go) => setTimeout(go, 50));
    }}
  }};
</script></html>"""  # noqa: E501


def hosted(page: Page, site: Site, embed: str) -> str:
    """Opens a page of another origin with the site in a frame; gives that origin."""
    frame = f"{site.mounted('/')}{embed}"
    other = site.mounted("/host/")
    site.servers["/host/"].pages["/host/framing.html"] = HOST.format(frame=frame).encode()
    page.goto(f"{other}framing.html")
    page.frames[1].evaluate(
        UNTIL
        % {
            "test": "s => s.output && !s.busy",
            "api": "globalThis.tensorama",
            "milliseconds": 60_000,
        }
    )
    return other.removesuffix("/host/")


def test_the_page_that_is_named_may_ask(page: Page, site: Site) -> None:
    """A page with the site in a frame, which names it: it hears and asks; the frame leaves the
    history and the wheel to it."""
    origin = site.mounted("/host/").removesuffix("/host/")
    hosted(page, site, f"?embed={origin}&theme=light")
    page.wait_for_function("heard.some(({tensorama}) => tensorama === 'ready')")
    page.evaluate("askFrame('open', 1, 'conv1')")
    assert "error" not in page.evaluate("answerOf(1)")
    page.evaluate("askFrame('state', 2)")
    state = page.evaluate("answerOf(2)")["result"]
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv1"]
    assert state["theme"] == "light"
    page.evaluate("askFrame('open', 3, 'nothing')")
    assert "nothing" in page.evaluate("answerOf(3)")["error"]
    page.evaluate("askFrame('constructor', 4)")
    assert page.evaluate("answerOf(4)")["error"] == "There is no function constructor."
    assert page.frames[1].evaluate("location.hash") == ""


@pytest.mark.expects_console("does not match the recipient window's origin")
def test_no_other_page_may_ask(page: Page, site: Site) -> None:
    """A page with the site in a frame that names another one: it is told nothing, and not heard."""
    hosted(page, site, "?embed=https://example.org")
    page.evaluate("askFrame('open', 1, 'conv1')")
    state = page.frames[1].evaluate("tensorama.run().then(() => tensorama.state())")
    assert not [layer for layer in state["layers"] if layer["open"]]
    assert page.evaluate("heard") == []


def test_the_lines_for_an_article_show_the_same(page: Page, site: Site, shows: Shows) -> None:
    """Opens the lines for what is seen, and puts the first into an article: the same is there."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    live_page = Visitor(page).visit(site.url)
    live_page.press("3")
    live_page.until("s => !s.busy && s.output.label === '3'")
    live_page.ask("open('conv2')")
    live_page.button("embed").click()
    lines = live_page.part("snippets").locator("pre").all_inner_texts()
    assert [line.split()[0] for line in lines] == ["<script", "<iframe", "<script"]
    live_page.part("snippets").get_by_role("button", name="Copy").first.click()
    live_page.part("hint").get_by_text("The lines are copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == lines[0]
    shows(f'<!doctype html><link rel="icon" href="data:,">{lines[0]}')
    page.locator("tensorama-view").evaluate("(view) => { view.id = 'a' }")
    state = live(page, "a", "3").state()
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv2"]
    shows(f'<!doctype html><link rel="icon" href="data:,">{lines[2]}', "python.html")
    state = Visitor(page, "#demo").until("s => !s.busy && s.output?.label === '3'", seconds=60)
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv2"]


def test_in_a_small_box_the_picture_comes_first(shows: Shows) -> None:
    """600 × 460 and 320 × 460: most of the box is the picture; input and answer are a line that
    opens; Escape folds it again."""
    page = shows(article(view("a", 'style="width:600px"'), view("b", 'style="width:320px"')))
    for name in "ab":
        page.locator(f"#{name}").scroll_into_view_if_needed()
        visitor = live(page, name)
        bar, foot = visitor.part("bar").bounding_box(), visitor.part("foot").bounding_box()
        assert bar
        assert foot
        assert foot["y"] - (bar["y"] + bar["height"]) > 340
        best = visitor.part("answer").locator(".tr-best")
        expect(best).to_contain_text("7")
        expect(visitor.part("samples")).to_be_hidden()
        visitor.button("fold").click()
        visitor.part("samples").get_by_role("button", name="3", exact=True).click()
        visitor.until("s => !s.busy && s.output.label === '3'")
        page.keyboard.press("Escape")
        expect(visitor.part("samples")).to_be_hidden()
        expect(best).to_contain_text("3")
        for button in visitor.page.locator(f"#{name} button:not(.tr-label):visible").all():
            size = button.bounding_box()
            assert size
            assert min(size["width"], size["height"]) >= 24
