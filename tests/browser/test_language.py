"""Everything on the page is said in the language of whoever reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.test_outline import scoped
from browser.visitor import Visitor
from tensorama.app import address
from tensorama.app.state import State
from tensorama_build.catalogue import read_po
from texts.found import ROOT

CATALOGUE = read_po((ROOT / "site/languages/zh.po").read_text("utf-8"))

# what stands on the page of letters, with the English that a template's element carries taken off
SAID = """
(box) => {
  const found = [];
  for (const part of document.querySelector(box).querySelectorAll("*")) {
    if (part.closest("style, .tr-poster, .tr-samples, svg")) continue;
    for (const node of part.childNodes)
      if (node.nodeType === Node.TEXT_NODE) found.push(node.data);
    for (const name of ["title", "aria-label", "aria-valuetext", "placeholder"])
      if (part.hasAttribute(name)) found.push(part.getAttribute(name));
  }
  return [...new Set(found.filter((text) => /[a-z]{2}/i.test(text)))];
}
"""
# what stays as it is in every language: keys, units, operators, names out of the two files
KEPT = re.compile(
    r"\b(Ctrl|Shift|Alt|Space|Escape|Delete|Home|Tensorama|English|LeNet-5|numpy|ms|kB|MB|"
    r"Conv|Relu|MaxPool|Gemm|Softmax|Flatten|GlobalAveragePool|LRN|"
    r"input|conv\d(?:\.weight|\.bias)?|pool\d|fc\d|stage\d|block\d|end|relu\d|flat\w*|"
    r"probabilities|logits|"
    r"classes|scoped\.onnx|small)\b"
)


def visitor_of(browser: Browser, **how: str) -> Visitor:
    """Someone whose browser wishes a language."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, **how)
    context.set_default_timeout(60_000)
    return Visitor(context.new_page())


@pytest.fixture
def come(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Lets people come, each with a browser of their own."""
    visitors: list[Visitor] = []

    def someone(**how: str) -> Visitor:
        visitors.append(visitor_of(browser, **how))
        return visitors[-1]

    yield someone
    for visitor in visitors:
        visitor.page.context.close()


def language(page: Page) -> str:
    """The language in which the page is, as it tells the browser."""
    return str(page.evaluate("document.documentElement.lang"))


def test_a_chinese_browser_sees_chinese_before_python_is_there(come, site) -> None:
    """The page of someone in Shanghai: words, titles and progress, while Python is still coming."""
    someone = come(locale="zh-CN")
    someone.page.route("**/pyodide.asm.wasm", lambda route: None)  # never comes
    someone.arrive(site.url)
    expect(someone.part("pad-hint")).to_have_text("写一个数字")
    expect(someone.button("fit")).to_have_attribute("title", "显示全部 (F)")
    expect(someone.part("progress")).to_contain_text(re.compile("^正在"))
    assert language(someone.page) == "zh-Hans"


def test_a_chinese_browser_is_told_in_chinese(come, site) -> None:
    """What a run, an error and JavaScript say; names of layers stay what they are."""
    someone = come(locale="zh-CN").visit(site.url)
    assert [layer["name"] for layer in someone.state()["layers"]][:2] == ["input", "conv1"]
    expect(someone.part("count")).to_have_text("· 61,706 个参数")
    expect(someone.part("time")).to_contain_text("8 层")
    expect(someone.label("conv1")).to_contain_text("Conv + Relu")
    assert someone.complaint("open('conv9')") == "没有名为“conv9”的层。"
    someone.press("w")
    someone.sees("请先指向或展开一个层。")


def test_an_english_browser_loads_no_catalogue(come, site) -> None:
    """Who reads English gets no byte of another language."""
    someone = come(locale="en-US")
    asked: list[str] = []
    someone.page.on("request", lambda request: asked.append(request.url))
    someone.visit(site.url)
    assert asked
    assert not [url for url in asked if "/languages/" in url]


def test_another_language_keeps_the_place(live: Visitor) -> None:
    """Opens, looks closer, shows heat and the outline, presses G: the same in Chinese. And back."""
    live.ask("open('conv1')")
    live.press("h", "l", "+")
    expect(live.part("tree")).to_be_focused()
    live.press("Escape")
    live.ask("select('conv1', [0, 3, 4, 5])")
    before = live.still()
    live.press("g")
    expect(live.button("fit")).to_have_attribute("title", "显示全部 (F)")
    expect(live.button("heat")).to_contain_text("时间：")
    expect(live.page.locator(".tensorama")).to_have_attribute("lang", "zh-Hans")
    after = live.still()
    assert after["shown"] == before["shown"] | {"language": "zh"}
    assert after["layers"] == before["layers"]
    live.press("Control+z")
    expect(live.part("hint")).to_have_text("Undone: another language.")
    expect(live.button("fit")).to_have_attribute("title", "Bring all into view (F)")
    assert live.still()["shown"] == before["shown"]
    live.press("h", "h", "h", "h")  # no heat, for whoever comes next
    assert live.still()["heat"] == "off"


def test_a_link_carries_the_language(come, site) -> None:
    """A teacher's link is Chinese in any browser, be it written by hand or copied."""
    teacher = come(locale="en-US").visit(f"{site.url}?language=zh")
    expect(teacher.part("count")).to_have_text("· 61,706 个参数")
    link = teacher.ask("link()")
    pupil = come(locale="de-DE").visit(f"{site.url}#{link}")
    expect(pupil.part("count")).to_have_text("· 61,706 个参数")
    assert language(pupil.page) == "zh-Hans"
    english = come(locale="zh-CN").visit(f"{site.url}?language=en")
    expect(english.part("count")).to_have_text("· 61,706 parameters")
    expect(english.button("fit")).to_have_attribute("title", "Bring all into view (F)")
    assert language(english.page) == "en"


def test_a_packed_link_speaks_before_python_is_there(come, site) -> None:
    """Opens a teacher's Chinese link in an English browser: what is loading is said in Chinese
    already; a damaged link changes nothing."""
    link = address.to_link(State(opened=frozenset(["conv1"]), language="zh"))
    for behind, words in ((link, "^正在"), (link[:-9], "^(Loading|Starting)")):
        pupil = come(locale="en-US")
        pupil.page.route("**/pyodide.asm.wasm", lambda route: None)  # never comes
        pupil.arrive(f"{site.url}#{behind}")
        expect(pupil.part("progress")).to_contain_text(re.compile(words))
        assert language(pupil.page) == ("zh-Hans" if behind == link else "en")


def test_the_page_is_called_after_its_model(come, site) -> None:
    """The title of the tab says which model there is, in the language of whoever reads."""
    reader = come(locale="en-US").visit(site.url)
    assert reader.page.title() == "LeNet-5 in 3D · Tensorama"
    reader.press("g")
    expect(reader.page).to_have_title("LeNet-5 的三维视图 · Tensorama")


def test_the_article_is_chinese_for_a_chinese_browser(come, site) -> None:
    """The example article: every paragraph in the language of whoever reads, and in no other."""
    for locale, title in (
        ("zh-CN", "文章里的神经网络 · Tensorama"),
        ("en-US", "A network in an article"),
    ):
        reader = come(locale=locale)
        reader.page.route("**/pyodide.asm.wasm", lambda route: None)  # its texts need no Python
        reader.page.goto(f"{site.url}embed/", wait_until="domcontentloaded")
        expect(reader.page).to_have_title(re.compile(title))
        texts = reader.page.locator("main :is(h1, p, figcaption):not(.tensorama *)")
        shown = [text for text in texts.all() if text.is_visible()]
        assert len(shown) == 6
        chinese = [bool(re.search("[\u4e00-\u9fff]", text.inner_text())) for text in shown]
        assert set(chinese) == {locale == "zh-CN"}


def test_javascript_and_python_choose_a_language(live: Visitor) -> None:
    """A host asks for Chinese by `go`, and for English again."""
    live.ask("state().then((s) => tensorama.go({...s.shown, language: 'zh'}))")
    expect(live.button("fit")).to_have_attribute("title", "显示全部 (F)")
    live.ask("state().then((s) => tensorama.go({...s.shown, language: 'en'}))")
    expect(live.button("fit")).to_have_attribute("title", "Bring all into view (F)")


def test_the_search_finds_commands_in_both_languages(live: Visitor) -> None:
    """Types a part of a Chinese word, and an English one, while all is Chinese."""
    live.press("g")
    expect(live.button("fit")).to_have_attribute("title", "显示全部 (F)")
    live.press("/")
    found = live.part("found").locator("[role=option]")
    live.part("typed").fill("内存")
    expect(found.first).to_contain_text("热力图：内存")
    live.part("typed").fill("heat mem")
    expect(found.first).to_contain_text("热力图：内存")
    live.part("typed").fill("english")
    expect(found.first).to_contain_text("English")
    live.press("Enter")
    expect(live.button("fit")).to_have_attribute("title", "Bring all into view (F)")


def test_nothing_is_left_in_english(come, site) -> None:
    """With a catalogue that says everything in Cyrillic, no Latin word is left that is no name."""
    letters = re.compile(r"({[^}]*})|[A-Za-z]")  # outside of braces
    strange = json.dumps({text: letters.sub(lambda m: m[1] or "ж", text) for text in CATALOGUE})
    someone = come(locale="zh-CN")
    someone.page.route("**/languages/zh.json", lambda route: route.fulfill(body=strange))
    someone.visit(site.url)
    expect(someone.part("count")).to_contain_text("ж")
    for part in everything(someone):
        someone.still()
        said = someone.page.evaluate(SAID, someone.box)
        assert said, part
        left = [text for text in said if re.search("[A-Za-z]{2}", KEPT.sub("", text))]
        assert not left, part


def everything(someone: Visitor) -> Iterator[str]:
    """One part of the page after the other."""
    yield "the live demo"
    someone.press("?")
    yield "the keys"
    someone.press("Escape", "l")
    expect(someone.part("tree")).to_be_focused()
    yield "the outline"
    someone.press("Escape", "h")
    expect(someone.part("outline")).to_be_hidden()
    yield "heat"
    someone.page.mouse.move(*someone.spot_on("conv1"))
    expect(someone.part("tip")).to_be_visible()
    yield "a number"
    someone.ask("weights('conv1')")
    yield "weights"
    someone.press("Escape", "/")
    someone.part("typed").fill("o")
    yield "the search"
    someone.press("Escape")
    someone.ask("closeAll()")
    someone.press("Control+z")
    yield "a hint"
    someone.complaint("open('nothing')")
    someone.drop("scoped.onnx", scoped())
    someone.until("s => s.model && s.model.name === 'scoped.onnx' && !s.busy")
    someone.still()
    yield "another network, fed with noise"
    someone.press("s", "s")
    yield "another scale"
