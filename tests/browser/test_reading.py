"""Numbers: what stands beside the pointer is what the run recorded, to the last digit."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.visitor import OPENING, Tip, Visitor, reads
from tensorama import Trace, load
from tensorama.inputs import input_kind, rasterize, sample_digit

SPREAD = [(dx, dy) for dy in (0, -14, -30) for dx in (-22, -9, 0, 9, 22)]  # around a spot


@pytest.fixture(scope="module")
def sevens() -> Trace:
    """The run of the demo on the sample digit 7, on CPython."""
    path = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"
    model = load(path)
    kind = input_kind(model)
    assert kind
    return model.run({kind.tensor: rasterize(sample_digit(7), kind)})


def cells_of(live: Visitor, layer: str) -> list[Tip]:
    """Different cells of a layer that the pointer reads around a spot on it."""
    live.still()
    x, y = live.spot_on(layer)
    read = [live.point_at(x + dx, y + dy) for dx, dy in SPREAD]
    cells = {tip.index: tip for tip in read if tip and tip.layer == layer}
    assert cells
    return [*cells.values()]


def check(live: Visitor, tip: Tip, sevens: Trace) -> None:
    """The tip tells exactly what the page recorded, and CPython computes the same."""
    recorded = live.ask(f"select('{tip.tensor}', {list(tip.index)})")
    assert reads(tip.value, recorded.pop("value"))
    assert recorded == {"tensor": tip.tensor, "index": [*tip.index]}
    computed = sevens[tip.tensor][tip.index]
    assert float(tip.value) == pytest.approx(float(computed), rel=1e-4, abs=1e-6)
    assert str(np.float32(tip.value)) == tip.value, "not the shortest way to write this float32"


@pytest.mark.parametrize(("layer", "tensor"), [
    ("input", "input"), ("fc1", "relu3"), ("fc2", "relu4"), ("fc3", "probabilities"),
])  # fmt: skip
def test_cells_of_vectors_and_the_input_are_read(
    live: Visitor, sevens: Trace, layer: str, tensor: str
) -> None:
    """Points at cells of the input and of dense layers and reads the recorded numbers."""
    cells = cells_of(live, layer)
    assert len(cells) >= 2
    for tip in cells:
        assert tip.tensor == tensor
        assert tip.text == f"{tensor}[{', '.join(map(str, tip.index))}]"
        check(live, tip, sevens)


@pytest.mark.parametrize(("layer", "tensor"), [
    ("conv1", "relu1"), ("pool1", "pool1"), ("conv2", "relu2"), ("pool2", "pool2"),
])  # fmt: skip
def test_a_closed_layer_shows_its_strongest_map(
    live: Visitor, sevens: Trace, layer: str, tensor: str
) -> None:
    """Points at the face of a closed layer: reads a recorded number, the strongest of its maps."""
    for tip in cells_of(live, layer):
        assert tip.tensor == tensor
        check(live, tip, sevens)
        _, _, row, col = tip.index
        over = sevens[tensor][0, :, row, col]
        if "strongest" in tip.text:  # the sides of the stack are maps themselves
            assert tip.text.endswith(f" · strongest of {len(over)} maps")
            assert abs(float(tip.value)) == pytest.approx(np.abs(over).max(), rel=1e-4)


@pytest.mark.parametrize("layer", OPENING)
def test_cells_of_open_maps_are_read(live: Visitor, sevens: Trace, layer: str) -> None:
    """Opens a layer and reads cells of its maps, each as the number that it is."""
    live.label(layer).click()
    for tip in cells_of(live, layer):
        assert "strongest" not in tip.text
        check(live, tip, sevens)


def test_the_pointer_reads_row_by_row(live: Visitor) -> None:
    """Moves across the input and down: columns and rows come in order, and colours match."""
    live.still()
    x, y = live.spot_on("input")
    across = [(x + dx, y - 40, live.point_at(x + dx, y - 40)) for dx in range(-60, 60, 5)]
    down = [(x, y - dy, live.point_at(x, y - dy)) for dy in range(140, 0, -6)]
    cells = [[(px, py, t) for px, py, t in line if t and t.layer == "input"]
             for line in (across, down)]  # fmt: skip
    for line, axis in zip(cells, (3, 2), strict=True):
        order = [tip.index[axis] for _, _, tip in line]
        assert order == sorted(order)
        assert len(set(order)) >= 8
    live.page.mouse.move(2, 2)
    colours = live.colours(live.picture(), [(px, py) for line in cells for px, py, _ in line])
    values = np.array([float(tip.value) for line in cells for _, _, tip in line])
    ink, paper = colours[values > 0.95].sum(axis=1), colours[values == 0].sum(axis=1)
    assert len(ink) >= 3
    assert len(paper) >= 3
    assert np.median(ink) < np.median(paper) - 150
    wrong = (colours.sum(axis=1) < (np.median(ink) + np.median(paper)) / 2) & (values == 0)
    assert wrong.sum() <= 2, "dark pixels where the number is 0"  # two may be on a grid line


def test_the_number_follows_a_new_run(live: Visitor) -> None:
    """Rests on a cell while another digit runs: the number beside the pointer is the new one."""
    live.still()
    x, y = live.spot_on("fc2")
    before = live.point_at(x, y)
    assert before
    live.press("3")
    live.until("s => !s.busy && s.output.label === '3'")
    after = live.tip()
    assert after
    assert after.index == before.index
    chosen = live.ask(f"select('{after.tensor}', {list(after.index)})")["value"]
    assert np.float32(after.value) == chosen


def test_the_legend_tells_where_a_number_lies(live: Visitor, sevens: Trace) -> None:
    """Points at the likeliest class: the legend gets numbers at its ends and a mark."""
    live.still()
    expect(live.part("low")).to_have_text("−")
    x, y = live.spot_on("fc3")
    for dy in range(0, 130, 4):
        tip = live.point_at(x, y - dy)
        if tip and tip.index == (0, 7):
            break
    else:
        pytest.fail("the cell of class 7 was not found")
    expect(live.part("high")).to_have_text("+1")
    expect(live.part("low")).to_have_text("−1")
    at = live.part("ramp").evaluate("ramp => ramp.style.getPropertyValue('--at')")
    assert float(at.removesuffix("%")) == pytest.approx(100, abs=0.1)


def test_the_tip_goes_with_the_pointer(live: Visitor) -> None:
    """Leaves the picture: nothing stands there any more."""
    live.still()
    live.spot_on("conv1")
    expect(live.part("tip")).to_be_visible()
    live.page.mouse.move(60, 300)
    expect(live.part("tip")).to_be_hidden()


def test_words_beside_the_output_are_its_classes(live: Visitor) -> None:
    """Reads the class names beside the output's cells; the answer's is the strong one."""
    live.still()
    words = live.part("word")
    assert words.all_inner_texts() == [*"0123456789"]
    expect(live.part("labels").locator(".tr-word.tr-best")).to_have_text("7")
    heights = [box["y"] for box in (word.bounding_box() for word in words.all()) if box]
    assert all(b > a for a, b in pairwise(heights))


def test_a_click_on_a_cell_selects_it(live: Visitor) -> None:
    """Clicks a cell of a dense layer: that number is selected, and the host page is told."""
    live.still()
    x, y = live.spot_on("fc1")
    tip = live.point_at(x, y)
    assert tip
    live.page.mouse.click(x, y)
    chosen = live.state()["selection"]
    assert (chosen["tensor"], chosen["index"]) == (tip.tensor, [*tip.index])
    assert reads(tip.value, chosen["value"])
    assert live.heard("select") == [chosen]
