"""Files: dropped, picked, named in the address; good ones open, others get one sentence."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.files import LENET, PNG, contradiction, small, unknown_operator
from browser.visitor import LAYERS, Visitor

# The browser itself writes a line about each answer that is an error.
ITS_OWN_LINE = r"Failed to load resource: the server responded with a status of 404"

WRONG = {
    "cut.onnx": (
        LENET[:100_000],
        f"cut.onnx: This ONNX file is cut off: at least {len(LENET) - 100_000 - 482} bytes "
        "more were expected after the 100000 that came. Download or export it again.",
    ),
    "picture.onnx": (PNG, "picture.onnx: This is not an ONNX model but a PNG picture."),
    "fancy.onnx": (
        unknown_operator(),
        'fancy.onnx: Operator "FancyPool" of domain "ai.onnx" is not known here '
        '(node FancyPool "pool", opset 17).',
    ),
    "nothing.onnx": (b"", "nothing.onnx: This file is empty: an ONNX model was expected."),
    "readme.txt": (
        b"Read me first: this is a text.\n",
        "readme.txt: This is not an ONNX model but a text.",
    ),
    "page.html": (
        b"<!doctype html><p>Not found",
        "page.html: This is not an ONNX model but a web page or XML.",
    ),
    "shapes.onnx": (contradiction(), re.compile(r'shapes\.onnx: MatMul "product": .*\(4,2\)\)?\.')),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_file_is_said(live: Visitor, name: str) -> None:
    """Drops a file that is no usable model: one sentence tells why, and the demo goes on."""
    data, sentence = WRONG[name]
    before = live.still()
    live.drop(name, data)
    live.sees(sentence)
    after = live.idle()
    assert {**after, "message": None, "moving": False} == {**before, "moving": False}
    said = live.part("note").locator("p").inner_text()
    assert live.heard("error") == [{"message": said}]
    live.press("3")
    live.until("s => !s.busy && s.output.label === '3'")
    live.button("dismiss").click()
    expect(live.part("note")).to_be_hidden()


def test_a_dropped_model_opens(live: Visitor) -> None:
    """Drops another model: it takes the demo's place, fed with noise; then drops the demo again."""
    live.drop("edges.onnx", small())
    state = live.until("s => !s.busy && s.model.name === 'edges.onnx'")
    assert [layer["shape"] for layer in state["layers"]][:2] == [[1, 3, 12, 12], [1, 4, 10, 10]]
    assert state["message"] is None
    expect(live.part("model")).to_have_text("edges.onnx")
    expect(live.part("count")).to_contain_text("108 parameters")
    expect(live.part("pad")).to_be_hidden()
    expect(live.part("made-up")).to_contain_text("Fed with seeded noise: x.")
    assert len(live.part("row").all()) == 4
    noise = live.ask("select('x', [0, 0, 0, 0])")["value"]
    live.press("Escape")  # in a small box the inspector stands where the button is
    live.button("reseed").click()
    live.until(f"s => !s.busy && s.output.share !== {state['output']['share']}")
    assert live.ask("select('x', [0, 0, 0, 0])")["value"] != noise
    live.drop("again.onnx", small())
    live.until("s => !s.busy && s.model.name === 'again.onnx'")
    assert live.ask("select('x', [0, 0, 0, 0])")["value"] == noise, "as everybody sees it first"

    live.drop("digits.onnx", LENET)
    state = live.until("s => !s.busy && s.model.name === 'LeNet-5'")
    assert [layer["name"] for layer in state["layers"]] == [*LAYERS]
    assert state["output"]["label"] == "7", "the pad still had a 7 on it"
    expect(live.part("pad")).to_be_visible()


def test_a_file_over_the_page_shows_where_it_goes(live: Visitor) -> None:
    """Drags a file over the page: the page says to drop it; drags it away: as before."""
    over = "document.querySelector('#stage').dispatchEvent(new DragEvent('%s', {cancelable: true}))"
    assert not live.page.evaluate(over % "dragover"), "the browser would open the file itself"
    expect(live.part("drop")).to_be_visible()
    live.page.evaluate(over % "dragleave")
    expect(live.part("drop")).to_be_hidden()


def test_a_file_can_be_picked(live: Visitor) -> None:
    """Clicks "Open model" and picks a file; picking the same one again works as well."""
    for _ in range(2):
        with live.page.expect_file_chooser() as chooser:
            live.button("file").click()
        file = {"name": "mine.onnx", "mimeType": "", "buffer": small()}
        chooser.value.set_files([file])
        live.until("s => !s.busy && s.model.name === 'mine.onnx'")
        live.ask("load('./models/lenet/lenet.onnx')")


def test_text_from_a_file_stays_text(live: Visitor) -> None:
    """Drops a model whose layer is called like a piece of HTML: that is shown as it is written."""
    name = "<img src=x><b>b</b>"
    live.drop("<i>odd</i>.onnx", small(name))
    state = live.until("s => !s.busy && s.model.name.includes('odd')")
    assert name in [layer["name"] for layer in state["layers"]]
    expect(live.part("model")).to_have_text("<i>odd</i>.onnx")
    expect(live.label(name)).to_have_count(1)
    assert live.page.locator("#stage img:not(.tr-card *)").count() == 0
    assert live.page.locator(":is(.tr-labels, .tr-title, .tr-note, .tr-outline) b").count() == 0
    live.drop("<b>bad</b>.onnx", PNG)
    live.sees("<b>bad</b>.onnx: This is not an ONNX model but a PNG picture.")


def test_the_address_can_name_a_model(page: Page, site) -> None:
    """Opens the page with ?model=…: that model is shown, not the demo."""
    page.route(re.compile(r"^[^?]*/mine/small\.onnx$"), lambda route: route.fulfill(body=small()))
    visitor = Visitor(page).visit(site.url + "?model=./mine/small.onnx")
    state = visitor.state()
    assert state["model"]["name"] == "small.onnx"
    assert state["message"] is None
    assert [ready["model"] for ready in visitor.heard("ready")] == ["small.onnx"]


@pytest.mark.expects_console(ITS_OWN_LINE)
def test_an_address_without_a_model_is_said(page: Page, site) -> None:
    """Opens ?model= of nothing, then loads garbage: a sentence each, and the demo stays."""
    page.route("**/garbage.onnx", lambda route: route.fulfill(body=b"\x07garbage"))
    visitor = Visitor(page).visit(site.url + "?model=nowhere.onnx")
    visitor.sees("nowhere.onnx answered 404: there is no model at this address.")
    state = visitor.state()
    assert state["model"]["name"] == "LeNet-5"
    assert state["output"]["label"] == "7"
    visitor.press("4")
    visitor.until("s => !s.busy && s.output.label === '4'")
    sentence = "This is not an ONNX model: its bytes do not follow the ONNX format."
    assert visitor.complaint("load('garbage.onnx')") == sentence
    visitor.sees(sentence)
    assert visitor.state()["output"]["label"] == "4"
