"""A link shows the same thing again, and what was done can be taken back."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import Browser, expect

from browser.files import small
from browser.test_api import BYTES
from browser.visitor import Visitor

# of what state() tells: what a link does not carry, as it is measured anew or goes on by itself
PASSING = ("busy", "moving", "run", "message", "layers", "written")


@pytest.fixture
def another(browser: Browser, site, live: Visitor):
    """Opens a link in a browser that has never been here."""
    contexts = []

    def visit(link: str) -> Visitor:
        context = browser.new_context(
            viewport=live.page.viewport_size, color_scheme="light", reduced_motion="reduce"
        )
        contexts.append(context)
        return Visitor(context.new_page()).visit(f"{site.url}#{link}")

    yield visit
    for context in contexts:
        context.close()


def told(live: Visitor) -> None:
    """Wait until the pinned number is told of, and tied to what made it."""
    expect(live.part("in-cell")).to_have_text("conv2[0, 3, 4, 5]")


def do_ten_things(live: Visitor) -> None:
    """What a person may do in a minute."""
    live.press("4")
    live.until("s => !s.busy && s.output.label === '4'")
    live.ask("open('conv1')")
    live.ask("open('pool2')")
    live.press("h", "h", "s", "t")  # not by time, which is measured anew
    live.press("ArrowLeft", "ArrowUp", "+")
    live.ask("select('conv2', [0, 3, 4, 5])")
    told(live)
    live.button("speed").click()
    live.still()


def test_a_link_shows_the_same_in_another_browser(live: Visitor, another) -> None:
    """Does ten things, copies the link, and opens it elsewhere: the same picture and state."""
    do_ten_things(live)
    link = live.ask("link()")
    assert len(link) < 1000
    before, picture = live.state(), live.picture()
    fresh = another(link)
    told(fresh)
    after = fresh.still()
    assert after["shown"] == before["shown"]
    assert {k: v for k, v in after.items() if k not in PASSING} == {
        k: v for k, v in before.items() if k not in PASSING
    }
    assert [layer["open"] for layer in after["layers"]] == [
        layer["open"] for layer in before["layers"]
    ]
    assert fresh.difference(picture, fresh.picture()) < 0.002


def test_undoing_ten_things_leads_back_and_redoing_them_forward(live: Visitor) -> None:
    """Presses Ctrl+Z until there is nothing more, and says each time what was taken back."""
    live.still()
    before = live.state()["shown"]
    live.press("o", "h", "s", "t", "ArrowLeft", "3")
    live.until("s => !s.busy && s.output.label === '3'")
    there = live.state()["shown"]
    live.press("Control+z")
    expect(live.part("hint")).to_have_text("Undone: the sample digit 3.")
    for _ in range(5):
        live.press("Control+z")
    assert live.still()["shown"] == before
    live.until("s => !s.busy && s.output.label === '7'")
    for _ in range(6):
        live.press("Control+Shift+z")
    assert live.still()["shown"] == there


def test_opening_another_model_is_taken_back_too(live: Visitor) -> None:
    """Opens a layer, drops a file, opens one from its address: undo leads back through all, and
    redo on again; a model that came as bytes is gone, which is said, and all stays."""
    live.ask("open('conv1')")
    first = live.still()["shown"]
    live.drop("edges.onnx", small())
    live.until("s => !s.busy && s.shown.model.name === 'edges.onnx'")
    live.press("h")
    second = live.still()["shown"]
    live.ask("load('./models/lstm-mini/lstm-mini.onnx')")
    third = live.still()["shown"]
    live.press("Control+z")
    live.until("s => !s.busy && s.shown.model.name === 'edges.onnx'")
    expect(live.part("hint")).to_have_text("Undone: “lstm-mini.onnx” opened.")
    assert live.still()["shown"] == second
    live.press("Control+z")  # the heat
    live.press("Control+z")
    live.until("s => !s.busy && s.model.name === 'LeNet-5'")
    assert live.still()["shown"] == first
    live.press("Control+Shift+z")
    live.until("s => !s.busy && s.shown.model.name === 'edges.onnx'")
    live.press("Control+Shift+z", "Control+Shift+z")
    live.until("s => !s.busy && s.model.name.startsWith('LSTM')")
    assert live.still()["shown"] == third
    live.ask(f"load({BYTES % base64.b64encode(small('bytes')).decode()})")
    live.ask("load('./models/lenet/lenet.onnx')")
    live.press("Control+z")
    live.sees("This model came as bytes, which are not kept; open it from a file or an address.")
    assert live.state()["model"]["name"] == "LeNet-5"
    live.press("Escape")


def test_a_link_is_as_bright_as_the_page_it_was_copied_from(live: Visitor, another) -> None:
    """Looks at other digits first, at all layers and one scale for all: the same picture stands
    there for whoever opens the link."""
    for digit in "8014":
        live.press(digit)
        live.until(f"s => !s.busy && s.output.label === '{digit}'")
    live.press("o", "s", "7")
    live.until("s => !s.busy && s.output.label === '7'")
    live.ask("close('conv2')")
    picture, link = live.picture(), live.ask("link()")
    fresh = another(link)
    assert fresh.difference(picture, fresh.picture()) == 0


def test_the_address_always_names_what_is_seen(live: Visitor) -> None:
    """Opens a layer: the address bar has the link; back in the browser closes it again."""
    live.ask("go({})")
    live.still()
    live.written()
    length = live.page.evaluate("history.length")
    live.press("h")
    live.written()
    assert live.page.evaluate("history.length") == length, "looks are no places"
    live.ask("open('conv1')")
    live.written()
    live.page.go_back()
    live.until("s => s.layers.every((layer) => !layer.open)")
    live.page.go_forward()
    live.until("s => s.layers.some((layer) => layer.open && layer.name === 'conv1')")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("1.abc", "This link is damaged or cut off; copy it again, whole."),
        ("99.x", "This link was made by a newer Tensorama; load the page anew to open it."),
    ],
)
def test_a_link_that_is_none_is_said_and_the_demo_shown(another, link: str, sentence: str) -> None:
    """Opens a link that was cut off: one sentence, and LeNet."""
    fresh = another(link)
    assert fresh.state()["model"]["name"] == "LeNet-5"
    fresh.sees(sentence)


def test_what_a_link_names_in_vain_is_said_and_the_rest_is_shown(live: Visitor) -> None:
    """Goes to a layer that is gone: one sentence; what there is is open."""
    live.ask(
        "go({model: {address: './models/lenet/lenet.onnx'}, opened: ['conv1', 'gone'],"
        " heat: 'time'})"
    )
    live.sees("The link names “gone”, which this network does not have; the rest is shown.")
    state = live.still()
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv1"]
    assert state["heat"] == "measured"


def test_a_link_to_a_local_file_asks_for_it_and_knows_it_again(live: Visitor, another) -> None:
    """Drops a file, copies the link; elsewhere it asks for the file, and shows the same of it."""
    live.drop("edges.onnx", small())
    live.until("s => s.model.inputs[0] !== 'input' && !s.busy")
    live.press("o", "h")
    link, shown = live.ask("link()"), live.still()["shown"]
    fresh = another(link)
    fresh.sees(re.compile(r"This link shows edges\.onnx \([\d,]+ bytes\), a file that stayed with"))
    fresh.drop("edges.onnx", small())
    fresh.until("s => s.model.inputs[0] !== 'input' && !s.busy")
    assert fresh.still()["shown"] == shown


def test_commands_are_found_by_their_words(live: Visitor) -> None:
    """Searches for "heat mem" and presses Enter: the layers are coloured by memory."""
    live.press("/")
    live.part("typed").fill("heat mem")
    expect(live.part("found").locator("[role=option]").first).to_contain_text("heat by memory")
    live.press("Enter")
    live.until("s => s.heat === 'recorded'")
    live.press("/")
    live.part("typed").fill("open level 2")
    live.press("Enter")
    live.until("s => s.layers.some((layer) => layer.open)")


def test_an_article_shows_what_its_author_meant(live: Visitor, site) -> None:
    """A State in `tr.show(…, state=…)` opens a layer from the start."""
    live.ask("go({opened: ['conv1'], at: 'conv1'})")
    link = live.ask("link()")
    assert base64.urlsafe_b64decode(link.partition(".")[2] + "===")
    live.page.evaluate(
        """([link]) => new Promise((go) => {
          document.addEventListener("tensorama:trace", go, {once: true});
          const box = Object.assign(document.createElement("div"), {id: "other"});
          box.style.cssText = "position:fixed;left:0;top:0;width:600px;height:400px;z-index:99";
          document.body.append(box);
          const script = Object.assign(document.createElement("script"), {type: "py"});
          script.textContent = `
import tensorama as tr
await tr.show("./models/lenet/lenet.onnx", target="#other", state="${link}")
`;
          document.body.append(script);
        })""",
        [link],
    )
    other = Visitor(live.page, "#other")
    state = other.until("s => !s.busy && s.layers.length")
    assert [layer["name"] for layer in state["layers"] if layer["open"]] == ["conv1"]
    live.page.evaluate("document.querySelector('#other').remove()")
