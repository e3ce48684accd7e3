"""A lesson in one HTML file: a double click opens it, and nothing else is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import BrowserContext, expect

from browser import firefox
from browser.conftest import DIST, Site
from browser.test_firefox import LIVE
from browser.test_pictures import png
from browser.visitor import Visitor
from tensorama.app import address
from tensorama.app.state import Origin, State
from tensorama.inputs import sample_digit
from tensorama_build.errors import BuildError
from tensorama_build.pack import model_files, write_lesson
from tensorama_build.places import Places

pytestmark = pytest.mark.slow
PLACES = Places(DIST.parent)
LARGEST = 16_000_000  # bytes that a lesson with LeNet may have


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson with LeNet, in a folder whose name is no address by itself."""
    out = tmp_path_factory.mktemp("class 7 #2") / "lesson 100%.html"
    write_lesson(PLACES, DIST, ["lenet"], out, None)
    return out


def opened(context: BrowserContext, file: Path, behind: str = "") -> Visitor:
    """The page of a file, without a network, when its network has run."""
    context.set_offline(True)
    visitor = Visitor(context.new_page())
    visitor.arrive(file.as_uri() + behind)
    visitor.until("s => s.model && !s.busy", seconds=120)
    return visitor


def test_a_lesson_needs_nothing_but_itself(context: BrowserContext, lesson: Path) -> None:
    """Drawn into, explained, spoken of in Chinese; no request leaves the file."""
    assert lesson.stat().st_size < LARGEST
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    visitor = opened(context, lesson)
    state = visitor.state()
    assert (state["model"]["name"], state["output"]["label"]) == ("LeNet-5", "7")
    visitor.press("Backspace")
    visitor.draw(sample_digit(4))
    visitor.until("s => !s.busy && s.output.label === '4'")
    visitor.ask("select('conv1', [0, 2, 10, 12])")
    visitor.page.wait_for_selector("#stage .tr-inspected math")
    visitor.python("from tensorama.app.show import _boxes; _boxes[-1].speak('zh')")
    visitor.page.wait_for_selector("[lang^=zh] .tr-bar button")
    visitor.page.wait_for_function(
        "() => /[\\u4e00-\\u9fff]/.test(document.title + document.body.innerText)"
    )
    others = [url for url in asked if not re.match(r"file:|blob:|data:", url)]
    assert not others
    assert [url for url in asked if url.startswith("file:")] == [lesson.as_uri()]


def test_a_lesson_shows_what_a_link_says(context: BrowserContext, tmp_path: Path) -> None:
    """`--state`: of whatever model the link was made, its picture is shown with the packed one."""
    link = address.to_link(State(sample=3, opened=frozenset(["conv2"]), theme="light"))
    write_lesson(PLACES, DIST, ["lenet"], tmp_path / "a.html", f"somewhere/#{link}")
    state = opened(context, tmp_path / "a.html").state()
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv2"]
    assert (state["theme"], state["output"]["label"]) == ("light", "3")
    other = address.to_link(State(model=Origin("./models/lenet/lenet.onnx"), sample=5))
    state = opened(context, tmp_path / "a.html", f"#{other}").state()
    assert state["output"]["label"] == "5", "a link that follows the file's name is heard"


def test_a_lesson_with_several_lists_them(context: BrowserContext, tmp_path: Path) -> None:
    """The gallery has a card for each of two networks, with its picture; one is opened."""
    write_lesson(PLACES, DIST, ["lenet", "acgan"], tmp_path / "two.html", None)
    visitor = opened(context, tmp_path / "two.html")
    visitor.press("e")
    expect(visitor.part("card")).to_have_count(2)
    visitor.page.wait_for_function(
        "[...document.querySelectorAll('.tr-card img')].every((image) => image.naturalWidth > 0)"
    )
    visitor.part("card").filter(has_text="ACGAN").click()
    visitor.until("s => s.model.name === 'ACGAN' && !s.busy", seconds=60)


def test_a_damaged_lesson_says_so(context: BrowserContext, lesson: Path, tmp_path: Path) -> None:
    """Cut off or changed in the middle: one sentence."""
    text = lesson.read_text()
    at = text.index('id="tensorama-archive"') + 4_000_000
    (tmp_path / "damaged.html").write_text(text[:at] + "AAAA" * 20 + text[at + 80 :])
    page = context.new_page()
    page.goto((tmp_path / "damaged.html").as_uri())
    page.wait_for_function("() => document.body.innerText.includes('damaged or cut off')")


def test_what_cannot_be_packed_is_said(tmp_path: Path) -> None:
    """A model that is not there, no model at all, a folder that is not there, a broken link."""
    with pytest.raises(BuildError, match="There is no model nonsense"):
        model_files(PLACES, "nonsense")
    (tmp_path / "a.onnx").write_bytes(b"hello")
    with pytest.raises(BuildError, match=r"a\.onnx: "):
        model_files(PLACES, str(tmp_path / "a.onnx"))
    with pytest.raises(BuildError, match="There is no folder"):
        write_lesson(PLACES, DIST, ["lenet"], tmp_path / "b" / "c.html", None)
    with pytest.raises(BuildError, match="damaged or cut off"):
        write_lesson(PLACES, DIST, ["lenet"], tmp_path / "c.html", "1.abc")
    assert not list(tmp_path.glob("*.html"))


def test_a_lesson_opens_in_firefox(fox: firefox.Page, lesson: Path) -> None:
    """The same file there."""
    visitor = Visitor(cast("Any", fox))
    visitor.arrive(lesson.as_uri())
    fox.evaluate(LIVE)
    state = visitor.until("s => (s.model || s.message) && !s.busy", seconds=120)
    assert state["model"]["name"] == "LeNet-5", state["message"]
    assert state["output"]["label"] == "7"
    if "gives no WebGL 2" in (state["message"] or ""):
        pytest.skip("this Firefox draws nothing: it needs a display, or Xvfb to make one")
    assert not fox.faults()


def saved(visitor: Visitor, out: Path) -> Path:
    """What a person saves with the command, after reading what it weighs."""
    visitor.press("/")
    visitor.page.keyboard.type("save as one file")
    visitor.press("Enter")
    question = visitor.page.locator("#stage .tr-ask")
    question.wait_for()
    assert re.search(r"about 1\d MB", question.inner_text())
    with visitor.page.expect_download(timeout=120_000) as download:
        question.locator("button").first.click()
    download.value.save_as(out)
    return out


def test_the_page_saves_itself(context: BrowserContext, site: Site, tmp_path: Path) -> None:
    """The model from somebody's disk with what was open, opened again from its file, and once more
    saved from there."""
    visitor = Visitor(context.new_page())
    visitor.visit(site.url)
    visitor.drop("own.onnx", (DIST / "models/lenet/lenet.onnx").read_bytes())
    visitor.until("s => !s.busy && s.shown.model.name === 'own.onnx'")
    visitor.part("samples").get_by_role("button", name="3", exact=True).click()
    visitor.until("s => !s.busy && s.output.label === '3'")
    visitor.ask("open('conv1')")
    visitor.ask("select('conv1', [0, 2, 10, 12])")
    before = visitor.idle()
    file = saved(visitor, tmp_path / "own.html")
    assert file.stat().st_size < LARGEST
    context.set_offline(True)
    again = opened(context, file)
    state = again.idle()
    for key in ("output", "selection"):
        assert state[key] == before[key], key
    for layer, was in zip(state["layers"], before["layers"], strict=True):
        assert (layer["name"], layer["open"]) == (was["name"], was["open"])
    third = saved(again, tmp_path / "third.html")
    assert opened(context, third).state()["selection"] == before["selection"]


def test_a_photo_that_was_given_is_in_the_file(
    context: BrowserContext, site: Site, tmp_path: Path
) -> None:
    """A network of photos looks at one of one's own, and at the cat that lies beside it: both are
    there without a network."""
    visitor = Visitor(context.new_page())
    visitor.visit(f"{site.url}?model=models/resnet20/resnet20.onnx")
    visitor.until("s => !s.busy && s.output.label === 'cat'", seconds=60)
    visitor.drop("own.png", png((250, 20, 60)))
    visitor.until("s => !s.busy && s.shown.given?.[0][1][1].endsWith('own.png')")
    red = [250 / 255, 20 / 255, 60 / 255]
    again = opened(context, saved(visitor, tmp_path / "photo.html"))
    for channel, share in enumerate(red):
        value = again.ask(f"select('photo', [0, {channel}, 9, 9])")["value"]
        assert value == pytest.approx(share, abs=1e-6)
    again.page.get_by_role("button", name="Cat", exact=True).click()
    again.until("s => !s.busy && s.output.label === 'cat'", seconds=60)


def test_photos_beside_a_network_are_packed_with_it() -> None:
    assert [*model_files(PLACES, "resnet20")] == ["resnet20.onnx", "cat.png", "coffee.png"]
