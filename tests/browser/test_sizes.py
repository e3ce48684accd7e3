"""A file that leaves sizes open which nobody can guess: a person is asked for them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Page, expect

from browser.visitor import Visitor


def folded() -> bytes:
    """A network that takes only what fills 7 × 7919 numbers, and does not say so."""
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "s"], ["y"], name="fold")],
        "folded",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "width"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array([7, 7919], np.int64), "s")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return bytes(model.SerializeToString())


@pytest.fixture
def asked(live: Visitor) -> Visitor:
    """Someone who dropped it and is asked for its sizes."""
    live.drop("folded.onnx", folded())
    live.sees(re.compile(r'folded\.onnx: The file leaves open the sizes "n", "width", and none .+'))
    expect(live.part("ask")).to_be_visible()
    return live


def fill(visitor: Visitor, n: int, width: int) -> None:
    """Fill in the two sizes and press Enter."""
    first, second = visitor.part("fields").locator("input").all()
    expect(first).to_be_focused()
    first.fill(str(n))
    second.fill(str(width))
    second.press("Enter")


def test_the_sizes_that_a_person_says_are_run(asked: Visitor) -> None:
    """Fills in sizes that do not fit, and is asked again with those; then such that do: it opens,
    and other noise has the same sizes."""
    labels = asked.part("fields").locator("label")
    expect(labels).to_have_text(["n", "width"])
    box, note = asked.part("ask").bounding_box(), asked.part("note").bounding_box()
    assert box
    assert note
    assert box["y"] >= note["y"] + note["height"], "below the sentence"
    fill(asked, 3, 5)
    asked.sees(re.compile(r".*15 values do not fit the shape \(7,7919\).*"))
    expect(asked.part("fields").locator("input").first).to_have_value("3")
    fill(asked, 7, 7919)
    state = asked.until("s => !s.busy && s.model.name === 'folded.onnx'")
    assert state["layers"][0]["shape"] == [7, 7919]
    assert state["message"] is None
    assert state["question"] is None
    before = asked.ask("select('x', [6, 7918])")["value"]
    asked.press("Escape")
    asked.button("reseed").click()
    asked.until("s => !s.busy")
    assert asked.ask("select('x', [6, 7918])")["value"] != before


@pytest.mark.parametrize("way", ["Escape", "another"])
def test_nobody_has_to_say_sizes(asked: Visitor, way: str) -> None:
    """Presses Escape in the form, or opens something else: it goes, and the demo is there."""
    if way == "Escape":
        asked.press("Escape")
    else:
        asked.ask("load('./models/lenet/lenet.onnx')")
    expect(asked.part("ask")).to_be_hidden()
    assert asked.idle()["model"]["name"] == "LeNet-5"


def test_a_link_to_such_a_model_shows_the_demo_in_the_end(page: Page, site) -> None:
    """Opens ?model= of it and says no to the form: the demo opens, and the sentence stays."""
    page.route(re.compile(r"^[^?]*/folded\.onnx$"), lambda route: route.fulfill(body=folded()))
    visitor = Visitor(page)
    visitor.arrive(site.url + "?model=./mine/folded.onnx")
    expect(visitor.part("ask")).to_be_visible(timeout=60_000)
    visitor.part("ask").get_by_role("button", name="Cancel").click()
    visitor.until("s => !s.busy && s.model?.name === 'LeNet-5'", seconds=60)
    visitor.sees(re.compile(r'The file leaves open the sizes "n", "width".+'))
