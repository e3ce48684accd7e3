"""Stepping through a map and a number: in the picture and the inspector at the same time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.test_inspector import number, pin
from browser.visitor import Visitor
from engine.test_exports import feeds_for
from tensorama import Trace, load

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"


def begin(live: Visitor, key: str) -> int:
    """Begin to step; the last place of the line."""
    live.press(key)
    expect(live.part("stepper")).to_be_visible()
    return int(live.part("steps-line").get_attribute("max") or 0)


def drag(live: Visitor, place: int) -> None:
    """Drag the line to a place."""
    live.part("steps-line").evaluate(
        """(line, place) => { line.value = place;
          for (const name of ["input", "change"]) line.dispatchEvent(new Event(name)); }""",
        place,
    )
    expect(live.part("steps-said")).to_contain_text(re.compile(rf"\b({place}|{place + 1})\b"))
    live.still()


def glowing(live: Visitor) -> int:
    """In how many of 1,600 places within the map 4 of the open conv2, the first of the second row
    of four, the picture glows: hardly a thread runs over it."""
    picture = live.picture()
    left, top, right, bottom = next(
        x["box"] for x in live.state()["layers"] if x["name"] == "conv2"
    )
    across = np.linspace(left, left + (right - left) * 0.22, 40)
    down = np.linspace(top + (bottom - top) * 0.27, top + (bottom - top) * 0.52, 40)
    red, _, blue = live.colours(picture, [(x, y) for x in across for y in down]).T
    return int((red - blue > 60).sum())


def so_far(live: Visitor) -> float:
    return number(live.part("in-value").inner_text())


def stop(live: Visitor) -> None:
    """Escape ends what is stepped through, and once more what is pinned."""
    live.press("Escape")
    expect(live.part("stepper")).to_be_hidden()
    live.press("Escape")
    live.until("s => !s.selection")


def test_the_kernel_slides_over_the_map_and_its_cells_fill(live: Visitor, sevens: Trace) -> None:
    """Slides over a map of conv2: the pinned cell goes row by row, what is not reached is dark,
    Escape brings all back."""
    live.ask("open('conv2')")
    pin(live, "relu2", 0, 4, 7, 2)
    whole, all_of_it = live.picture(), glowing(live)
    assert begin(live, "Shift+P") == 99
    live.until("s => s.selection.index.join() === '0,4,0,0'")
    assert glowing(live) < all_of_it / 4, "what is not reached yet is dark"
    drag(live, 99)
    assert glowing(live) > all_of_it * 0.8, "all is reached"
    for place in (37, 99):
        drag(live, place)
        index = (0, 4, place // 10, place % 10)
        assert live.state()["selection"]["index"] == [*index]
        expect(live.part("in-cell")).to_contain_text(f"[{', '.join(map(str, index))}]")
        assert so_far(live) == pytest.approx(float(sevens["relu2"][index]), rel=1e-3, abs=1e-6)
    live.press(",")
    live.until("s => s.selection.index.join() === '0,4,9,8'")
    live.press("ArrowUp")
    live.until("s => s.selection.index.join() === '0,4,8,8'")
    expect(live.part("steps-said")).to_have_text("Cell 89 of 100")
    live.press("Escape")
    live.until("s => s.selection.index.join() === '0,4,7,2'")
    assert live.difference(whole, live.picture()) == 0
    live.press("Escape")


def test_what_is_not_drawn_slides_as_what_became_of_it(live: Visitor) -> None:
    """Pins a sum before its Relu and slides: the map that fills is that of the Relu, which is said;
    at the end the sum is pinned again."""
    pin(live, "conv1", 0, 2, 10, 12)
    assert begin(live, "Shift+P") == 783
    expect(live.part("hint")).to_have_text("relu1 is what the picture shows of conv1.")
    drag(live, 40)
    assert live.state()["selection"]["tensor"] == "relu1"
    live.press("Escape")
    live.until("s => s.selection.tensor === 'conv1'")
    live.press("Escape")


def test_played_it_ends_at_the_last_cell(live: Visitor, sevens: Trace) -> None:
    """Plays over a map of pool2 at the fastest speed, to the end."""
    pin(live, "pool2", 0, 6, 2, 2)
    begin(live, "Shift+P")
    speed = live.part("stepper").locator("[data-step=speed]")
    while live.state()["run"]["speed"] != 4:
        speed.click()
    expect(speed).to_have_text("4×")
    live.page.evaluate("document.activeElement.blur()")
    live.press(" ")
    live.until("s => s.selection.index.join() === '0,6,4,4' && !s.moving", seconds=60)
    assert so_far(live) == pytest.approx(float(sevens["pool2"][0, 6, 4, 4]), rel=1e-3, abs=1e-6)
    expect(live.part("stepper").locator("[data-step=stepMore]")).to_be_disabled()
    stop(live)


def test_a_convolution_adds_up_cell_by_cell(live: Visitor, sevens: Trace) -> None:
    """Steps through a cell of conv2: the sum so far is that of the products so far."""
    index = (0, 6, 7, 2)
    pin(live, "relu2", *index)
    assert begin(live, "p") == 153
    window = sevens["pool1"][0, :, 7:12, 2:7].astype(np.float64)
    products = (window * sevens.model.graph.weights["conv2.weight"][6]).reshape(-1)
    for place in (1, 70, 150):
        drag(live, place)
        assert so_far(live) == pytest.approx(products[:place].sum(), rel=1e-3, abs=1e-6)
    live.press(".", ".", ".")
    expect(live.part("steps-said")).to_have_text("Step 153 of 153")
    assert so_far(live) == pytest.approx(float(sevens["relu2"][index]), rel=1e-3, abs=1e-6)
    expect(live.part("in-check")).to_contain_text("equals the recorded value")
    live.press("Control+z")
    expect(live.part("stepper")).to_be_hidden()
    live.press("Escape")


def test_softmax_shows_scores_exponentials_and_the_share(live: Visitor, sevens: Trace) -> None:
    """Steps through the answer: exponentials add up, then comes the share."""
    pin(live, "probabilities", 0, 7)
    assert begin(live, "p") == 11
    scores = sevens["logits"][0].astype(np.float64)
    powers = np.exp(scores - scores.max())
    drag(live, 8)
    assert so_far(live) == pytest.approx(powers[:8].sum(), rel=1e-3)
    drag(live, 11)
    assert so_far(live) == pytest.approx(float(sevens["probabilities"][0, 7]), rel=1e-3)
    stop(live)


def test_a_link_leads_into_the_middle(live: Visitor) -> None:
    """Copies a link in the middle of a number: another visit shows the same step."""
    pin(live, "relu2", 0, 6, 7, 2)
    begin(live, "p")
    drag(live, 70)
    told, link = live.part("in-said").inner_text(), live.ask("link()")
    stop(live)
    live.ask(f"go('{link}')")
    expect(live.part("steps-said")).to_have_text("Step 70 of 153")
    expect(live.part("in-said")).to_have_text(told)
    stop(live)


def test_what_is_made_in_one_step_has_none(live: Visitor) -> None:
    """Pins a pixel of the input: there is nothing to step through, and the button says so."""
    pin(live, "input", 0, 0, 3, 3)
    expect(live.button("stepThrough")).to_be_disabled()
    live.press("Escape")


@pytest.mark.parametrize(
    ("name", "op", "last"), [("gpt", "MatMul", "sum"), ("lstm", "LSTM", "shown")]
)
def test_rows_times_columns_and_gates(live: Visitor, name: str, op: str, last: str) -> None:
    """Opens a GPT and an LSTM and steps to the end of a number: it is the recorded one."""
    data = (EXPORTS / f"{name}.onnx").read_bytes()
    live.drop(f"{name}.onnx", data)
    live.until(f"s => s.model?.name.startsWith('{name}') && !s.busy", seconds=60)
    model = load(data)
    trace = model.run(feeds_for(model))
    node = next(n for n in model.graph.nodes if n.op == op and n.outputs[0] in trace)
    shape = trace[node.outputs[0]].shape
    pin(live, node.outputs[0], *(0 for _ in shape))
    recorded = so_far(live)
    count = begin(live, "p")
    drag(live, count)
    assert so_far(live) == recorded
    expect(live.part("in-stepped").last.locator("p").last).to_contain_text(last)
    expect(live.part("in-check")).not_to_have_class(re.compile("tr-in-off"))
    stop(live)


def test_nothing_sticks_out_on_a_phone(live: Visitor) -> None:
    """Steps through a map in the dark, then through a number and its map on a phone: all that the
    inspector shows stays within the window."""
    live.press("t")
    live.press("Escape")
    size = live.page.viewport_size
    try:
        pin(live, "relu2", 0, 6, 7, 2)
        begin(live, "Shift+P")
        drag(live, 47)
        live.press("Escape")
        live.page.set_viewport_size({"width": 390, "height": 844})
        pin(live, "relu2", 0, 6, 7, 2)
        live.still()
        begin(live, "p")
        drag(live, 71)
        live.press("Escape")
        begin(live, "Shift+P")
        drag(live, 55)
        wide = live.part("inspector").evaluate(
            """panel => [...panel.querySelectorAll("canvas, b, span, button, output, small, input")]
              .filter((e) => e.checkVisibility() && !e.closest(".tr-in-formula"))
              .filter((e) => e.getBoundingClientRect().right > innerWidth - 8)
              .map((e) => e.outerHTML.slice(0, 80))"""
        )
        live.press("Escape", "Escape")
        assert wide == []
    finally:
        live.page.set_viewport_size(size)


def test_norms_shares_and_curves_end_at_the_recorded_number(live: Visitor) -> None:
    """Steps to the end of a LayerNormalization, a Softmax and a Gelu of a GPT."""
    data = (EXPORTS / "gpt.onnx").read_bytes()
    live.drop("gpt.onnx", data)
    live.until("s => s.model?.name.startsWith('gpt') && !s.busy", seconds=60)
    model = load(data)
    trace = model.run(feeds_for(model))
    for op in ("LayerNormalization", "Softmax", "Gelu"):
        node = next(n for n in model.graph.nodes if n.op == op)
        pin(live, node.outputs[0], *(0 for _ in trace[node.outputs[0]].shape))
        recorded = so_far(live)
        drag(live, begin(live, "p"))
        assert so_far(live) == recorded
        stop(live)


def test_a_normalised_number_comes_from_a_mean_and_a_spread(live: Visitor) -> None:
    """Steps through a LayerNorm of a GPT: over its row twice, with what there is so far."""
    data = (EXPORTS / "gpt.onnx").read_bytes()
    live.drop("gpt.onnx", data)
    live.until("s => s.model?.name.startsWith('gpt') && !s.busy", seconds=60)
    model = load(data)
    feeds = feeds_for(model)
    trace = model.run(feeds)
    node = next(n for n in model.graph.nodes if n.op == "LayerNormalization")
    row = np.asarray(trace[node.inputs[0]][0, 2], np.float64)
    count = len(row)
    live.ask(f"run({{ids: {feeds['ids'].tolist()}}})")
    pin(live, node.outputs[0], 0, 2, 5)
    assert begin(live, "p") > 2 * count
    drag(live, count // 2)
    assert so_far(live) == pytest.approx(row[: count // 2].sum(), rel=1e-3, abs=1e-5)
    drag(live, count + 1)
    assert so_far(live) == pytest.approx(row.mean(), rel=1e-3, abs=1e-5)
    drag(live, 2 * count + 1)
    assert so_far(live) == pytest.approx(np.square(row - row.mean()).sum(), rel=1e-3)
    expect(live.part("in-said")).to_contain_text("its distance squared")
    stop(live)


def test_each_gate_of_an_lstm_adds_up_its_products(live: Visitor) -> None:
    """Steps into the first gate: products, their sum so far, and dark what is not reached."""
    data = (EXPORTS / "lstm.onnx").read_bytes()
    live.drop("lstm.onnx", data)
    live.until("s => s.model?.name.startsWith('lstm') && !s.busy", seconds=60)
    node = next(n for n in load(data).graph.nodes if n.op == "LSTM")
    pin(live, node.outputs[0], 2, 0, 1, 3)
    begin(live, "p")
    drag(live, 5)
    expect(live.part("in-said")).to_contain_text(re.compile(r"^input gate: Product 5 of \d+"))
    expect(live.part("in-stepped").last.locator("p").first.locator("b")).to_be_empty()
    clear = (
        live.part("in-running")
        .locator("canvas")
        .last.evaluate(
            """c => { const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
              let clear = 0; for (let i = 3; i < d.length; i += 4) clear += d[i] === 0;
              return clear / (d.length / 4); }"""
        )
    )
    assert clear > 0.4, "most products are not reached yet"
    stop(live)
