"""Graphs that nobody should meet, and someone will: laid out, shown as text, or refused."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import expect

from browser.files import model_bytes
from browser.test_networks import check_layout
from browser.visitor import Visitor

MARKUP = "<img src=x onerror=document.title='owned'>"
NAMES = {
    "long": "name" * 2500,
    "markup": MARKUP,
    "closing": "</span></div><script>document.title = 'owned'</script>",
    "emoji": "🧠👩‍👩‍👧‍👦🏳️‍🌈",
    "right to left": "شبكة عصبية ‮abc‬",  # with a mark that turns what follows around
    "blank": " \t\n",
    "odd": "a\x00b\x1b[31m\ufeff￾",
}


def deep(count: int) -> bytes:
    """That many layers: four in a row with a skip over them, again and again."""
    nodes, start = [], "x"
    for n in range(0, count, 4):
        row = [start, *(f"t{n + k}" for k in range(3))]
        nodes += [
            helper.make_node("MatMul", [a, "w"], [b], name=f"layer{n + k}")
            for k, (a, b) in enumerate(pairwise(row))
        ]
        end = "y" if n + 4 >= count else f"t{n + 3}"
        nodes.append(helper.make_node("Add", [start, row[-1]], [end], name=f"layer{n + 3}"))
        start = end
    return model_bytes(nodes, [1, 4], [1, 4], {"w": np.eye(4, dtype=np.float32) / 2})


def circle() -> bytes:
    """Two nodes that read one another."""
    nodes = [
        helper.make_node("Add", ["x", "b"], ["a"], name="one"),
        helper.make_node("Relu", ["a"], ["b"], name="two"),
        helper.make_node("Relu", ["b"], ["y"], name="out"),
    ]
    return model_bytes(nodes, [1, 3], [1, 3], {})


def apart() -> bytes:
    """Three parts that have nothing to do with one another; two of them feed nobody."""
    weights = {name: np.ones((3, 3), np.float32) for name in ("u", "v", "w")}
    nodes = [
        helper.make_node("MatMul", ["x", "u"], ["y"], name="seen"),
        helper.make_node("MatMul", ["v", "w"], ["a"], name="alone"),
        helper.make_node("Softmax", ["a"], ["b"], name="after"),
        helper.make_node("MatMul", ["w", "w"], ["c"], name="other"),
    ]
    return model_bytes(nodes, [1, 3], [1, 3], weights)


def huge(op: str) -> bytes:
    """A few bytes of file that ask for a tensor of two gigabytes."""
    size = np.array([512, 1024, 1024], np.int64)
    first = ["x", "size"] if op == "Expand" else ["size"]
    nodes = [
        helper.make_node(op, first, ["big"], name="wide"),
        helper.make_node("Add", ["x", "big"], ["y"], name="sum"),
    ]
    return model_bytes(nodes, [1], [*map(int, size)], {"size": size})


def tiny(shape: list[int]) -> bytes:
    """A map so small, or so empty, that there is hardly anything to draw."""
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="bend"),
        helper.make_node("Concat", ["a", "a"], ["b"], name="both", axis=0),
        helper.make_node("Neg", ["b"], ["y"], name="minus"),
    ]
    return model_bytes(nodes, shape, [2 * shape[0], *shape[1:]], {})


def named(name: str) -> bytes:
    """Three layers whose nodes and tensors are called so."""
    nodes = [
        helper.make_node("MatMul", ["x", "w"], [name + "1"], name=name),
        helper.make_node("MatMul", [name + "1", "w"], [name + "2"], name=name + "/" + name),
        helper.make_node("MatMul", [name + "2", "w"], ["y"], name="last"),
    ]
    return model_bytes(nodes, [1, 4], [1, 4], {"w": np.eye(4, dtype=np.float32)})


def opened(live: Visitor, data: bytes, name: str = "odd.onnx") -> dict[str, Any]:
    """Drop a file that is to open, and wait until it stands there."""
    live.drop(name, data)
    live.until(f"s => !s.busy && s.model.name === '{name}'", seconds=60)
    state = live.still()
    assert state["message"] is None
    return state


def refused(live: Visitor, data: bytes, sentence: str | re.Pattern[str]) -> None:
    """Drop a file that is refused in one sentence; the demo stays and goes on."""
    before = live.state()
    live.drop("bad.onnx", data)
    live.sees(sentence)
    after = live.idle()
    assert after["model"] == before["model"]
    assert after["output"] == before["output"]
    live.press("3")
    live.until("s => !s.busy && s.output.label === '3'")


def test_a_circle_is_refused(live: Visitor) -> None:
    """Drops a graph that runs in a circle: one sentence names a node of it, the demo stays."""
    refused(live, circle(), 'bad.onnx: The graph runs in a circle through Add "one".')


@pytest.mark.parametrize("op", ["ConstantOfShape", "Expand"])
def test_a_tensor_that_does_not_fit_is_refused(live: Visitor, op: str) -> None:
    """Drops a file that asks for two gigabytes: refused in a sentence before the tab is gone."""
    sentence = r"bad\.onnx: .*(larger than anything can be|memory).*\."
    refused(live, huge(op), re.compile(sentence))


def test_parts_that_are_not_connected_stand_side_by_side(live: Visitor) -> None:
    """Drops a graph in three pieces: all of them are there, none over another."""
    state = opened(live, apart())
    assert {"seen", "after", "other"} <= {layer["name"] for layer in state["layers"]}
    check_layout(state)


@pytest.mark.parametrize("shape", [[1, 1, 1, 1], [1, 3, 1, 1], [1, 0, 4, 4], [0], [1, 8, 0], [1]])
def test_hardly_anything_is_drawn_all_the_same(live: Visitor, shape: list[int]) -> None:
    """Drops networks of single cells and of none: they open, close and tell what there is."""
    state = opened(live, tiny(shape))
    assert state["layers"][0]["shape"] == shape
    check_layout(state)
    live.ask("openAll()")
    check_layout(live.still())
    live.picture()
    if all(shape):
        assert live.ask(f"select('x', {[0] * len(shape)})")["value"] is not None
    else:
        assert live.complaint(f"select('x', {[0] * len(shape)})")


@pytest.mark.parametrize("kind", NAMES)
def test_any_name_is_text(live: Visitor, kind: str) -> None:
    """Drops a network with odd names: they are shown as they are written, wherever they stand."""
    name = NAMES[kind]
    state = opened(live, named(name))
    check_layout(state)
    assert len(state["layers"]) == 4
    live.ask("openAll()")
    live.press("l")
    for layer in live.still()["layers"]:
        if kind != "odd":
            assert live.ask(f"select({layer['tensor']!r}, [0, 0])")["tensor"] == layer["tensor"]
    live.part("scene").focus()
    live.press("/")
    live.part("typed").fill(name.strip()[:40] or "last")
    expect(live.part("found").get_by_role("option").first).to_be_visible()
    live.press("Enter")
    live.still()
    assert live.page.locator("#stage :is(img, script):not(.tr-card *)").count() == 0
    assert live.page.evaluate("document.title") == "odd.onnx in 3D · Tensorama"
    wide = live.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "a name pushes the page wider than the window"
    if live.part("outline").is_visible():
        live.button("putAway").click()
    expect(live.part("outline")).to_be_hidden()


def told(live: Visitor, what: str) -> Any:
    """A part of the state once all is still: of 5,000 layers the whole takes seconds to bring."""
    return live.page.evaluate(
        f"""(async (t) => {{ await new Promise(requestAnimationFrame); let s = await t.state();
          while (s.busy || s.moving) s = await t.state(); return {what}; }})({live.api})"""
    )


def test_five_thousand_layers_are_a_network_like_any_other(live: Visitor) -> None:
    """Drops a network of 5,000 layers: all stand there; outline, search, timeline and pointer."""
    live.drop("deep.onnx", deep(5000))
    live.ask(  # as `until`, without bringing the whole state
        "state().then(function again(s) { return s.busy || s.model.name !== 'deep.onnx'"
        " ? tensorama.state().then(again) : null; })"
    )
    assert told(live, "s.message") is None
    shown = live.page.evaluate(  # all in one go: to draw it takes a processor seconds
        f"""(async (t) => {{ await t.openAll(); const s = await t.state(); await t.closeAll();
          return s.layers.filter((layer) => layer.shown).length; }})({live.api})"""
    )
    assert shown == 5001
    live.part("scene").focus()
    live.press("l")
    expect(live.part("tree")).to_be_focused()
    live.press("End")
    rows = live.page.locator("#stage [data-row]")
    expect(rows.first).to_be_visible()
    assert rows.count() < 100, "only what is in sight is on the page"
    live.button("putAway").click()
    live.part("scene").focus()
    live.press("/")
    live.part("typed").fill("layer4321")
    expect(live.part("found").get_by_role("option").first).to_contain_text("layer4321")
    live.press("Enter")
    left, top, right, bottom = told(live, "s.layers.find((l) => l.name === 'layer4321').box")
    tip = live.point_at((left + right) / 2, (top + bottom) / 2)
    assert tip
    assert tip.layer == "layer4321"
    assert tip.value == live.ask(f"select('{tip.tensor}', {[*tip.index]})")["value"]
    line = live.part("line").bounding_box()
    assert line
    live.page.mouse.click(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
    run, lit = told(live, "[s.run, s.layers.map((layer) => layer.lit)]")
    assert 0 < run["position"] < run["length"]
    assert 0 < sum(lit) < 5001
    assert lit == sorted(lit, reverse=True), "in the order in which they are computed"
