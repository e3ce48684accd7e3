"""Networks that look at a scene: what they find lies on the picture, and leads to its numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import expect

from browser.conftest import DIST
from browser.visitor import Visitor
from tensorama import Trace
from tensorama.inputs.digits import sample_scene

DETECTOR = "./models/yolo-tiny/yolo-tiny.onnx"
BOXES = """[...document.querySelectorAll('.tr-over .tr-box')].map(box => [box.textContent,
  ...['left', 'top', 'width', 'height'].map(edge => parseFloat(box.style[edge]))])"""


def truth(digit: int) -> dict[str, np.ndarray]:
    """Where the three digits of a sample are: left, top, right, bottom in parts of the pad."""
    names = [(digit + behind) % 10 for behind in (0, 3, 7)]
    regions = [(0.0, 0.0, 0.5, 0.5), (0.55, 0.0, 1.0, 0.5), (0.3, 0.54, 1.0, 1.0)]
    points = [np.array(line) for line in sample_scene(digit)]
    found = {}
    for name, (left, top, right, bottom) in zip(names, regions, strict=True):
        own = np.concatenate(
            [p for p in points if left <= p[0, 0] <= right and top <= p[0, 1] <= bottom]
        )
        found[str(name)] = np.concatenate([own.min(0), own.max(0)])
    return found


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    shared = (np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])).clip(0).prod()
    return float(shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared))


@pytest.fixture
def detector(live: Visitor) -> Visitor:
    live.ask(f"load('{DETECTOR}')")
    live.idle()
    live.page.locator(".tr-way-boxed .tr-row").first.wait_for()
    return live


def drawn_boxes(page: Any) -> dict[str, np.ndarray]:
    boxes = {}
    for name, left, top, wide, high in page.evaluate(BOXES):
        boxes[name] = np.array([left, top, left + wide, top + high]) / 100
    return boxes


@pytest.mark.parametrize("digit", [7, 2, 5])
def test_each_digit_of_a_scene_has_its_box(detector: Visitor, digit: int) -> None:
    """Chooses a sample scene: three digits, three boxes, each where its digit is."""
    detector.page.locator(".tr-samples button").nth(digit).click()
    names = sorted(truth(digit))
    detector.page.wait_for_function(
        f"names => {BOXES}.map(([name]) => name).sort().join() === names", arg=",".join(names)
    )
    boxes = drawn_boxes(detector.page)
    for name, where in truth(digit).items():
        assert overlap(boxes[name], where) > 0.5, name


def test_a_box_leads_to_its_score(detector: Visitor) -> None:
    """Clicks on the first line: the score that it tells is pinned, from which all else follows."""
    line = detector.page.locator(".tr-found .tr-row").first
    told = line.locator("span").last.text_content()
    line.click()
    state = detector.until("s => s.selection && s.selection.tensor === 'scores'")
    assert f"{state['selection']['value'] * 100:.0f} %" == told
    detector.press("Escape")


def test_what_is_drawn_beside_the_sample_is_found_too(detector: Visitor) -> None:
    """Draws a one beside the three digits of the sample: there are four boxes; undone, three."""
    pad = detector.page.locator(".tr-pad").bounding_box()
    assert pad
    mouse = detector.page.mouse
    x, y, side = pad["x"], pad["y"], pad["width"]
    mouse.move(x + 0.17 * side, y + 0.6 * side)
    mouse.down()
    mouse.move(x + 0.165 * side, y + 0.75 * side, steps=3)
    mouse.move(x + 0.16 * side, y + 0.92 * side, steps=3)
    mouse.up()
    detector.idle()  # half of it may have looked like something else
    detector.page.wait_for_function(f"{BOXES}.length === 4")
    assert "1" in drawn_boxes(detector.page)
    detector.press("Control+z")
    detector.page.wait_for_function(f"{BOXES}.length === 3")


def test_an_empty_pad_has_nothing_in_it(detector: Visitor) -> None:
    """Clears the pad: no box, and the line says so."""
    detector.page.locator(".tr-clear").click()
    detector.page.wait_for_function(f"{BOXES}.length === 0")
    assert "0 boxes" in detector.page.locator(".tr-way-boxed .tr-way-note").text_content()


def test_every_pixel_is_coloured_by_its_digit(live: Visitor) -> None:
    """Opens the U-Net on a scene of three digits: their kinds are named, canvas first; an empty pad
    is canvas alone."""
    live.ask("load('./models/unet-mini/unet-mini.onnx')")
    live.idle()
    live.page.locator(".tr-samples button").nth(7).click()
    kinds = live.page.locator(".tr-kinds b")
    expect(kinds.first).to_have_text("canvas")
    names = sorted(truth(7))
    live.page.wait_for_function(
        "names => names.every(n => [...document.querySelectorAll('.tr-kinds b')]"
        ".some(b => b.textContent === n))",
        arg=names,
    )
    live.page.locator(".tr-clear").click()
    expect(kinds).to_have_count(1)


def test_a_reconstructed_picture_stands_below_the_pad_and_goes_with_its_network(
    live: Visitor,
) -> None:
    """Opens the autoencoder: its picture is drawn; opens LeNet again: its bars are back."""
    live.ask("load('./models/autoencoder/autoencoder.onnx')")
    live.idle()
    canvas = live.page.locator("canvas.tr-painted")
    canvas.wait_for()
    inked = "c => c.getContext('2d').getImageData(0, 0, 28, 28).data.filter(v => v > 200).length"
    assert canvas.evaluate(inked) > 28 * 28 + 20  # the alpha of every pixel, and some ink
    live.ask("load('./models/lenet/lenet.onnx')")
    live.idle()
    canvas.wait_for(state="detached")
    live.page.locator(".tr-answer .tr-row.tr-best").wait_for()


def test_an_answer_is_read_in_another_way(live: Visitor, sevens: Trace) -> None:
    """Has LeNet's answer without softmax, then as plain numbers; undo and a link bring it back; a
    network of ImageNet's size without names gets them, said to be a guess."""
    page, part = live.page, live.part("answer")
    bars = part.locator(".tr-row")
    live.button("readAs").click()
    choice = part.locator(".tr-as select").first
    choice.select_option("scores")
    live.until("s => s.shown.reading?.[0] === 'scores'")
    score = f"{sevens['logits'][0, 7]:.4g}"
    expect(bars.nth(7).locator("span").last).to_have_text(score)
    link = live.ask("link()")
    choice.select_option("numbers")
    expect(bars).to_have_count(0)
    expect(part.locator(".tr-plain li")).to_have_count(10)
    live.button("undo").click()
    expect(bars).to_have_count(10)
    live.ask("go({language: 'zh', reading: ['', '']})")
    expect(choice.locator("option").first).to_have_text("按文件所述")
    expect(bars.nth(7).locator("span").last).to_contain_text("%")
    live.ask(f"go('#{link}')")
    expect(bars.nth(7).locator("span").last).to_have_text(score)
    if not (DIST / "gallery" / "imagenet.json").is_file():
        return
    live.drop("thousand.onnx", thousand())
    live.until("s => !s.busy && s.output?.label === 'hen'")
    expect(part).to_contain_text(
        re.compile("名称取自 ImageNet，按数量猜测|those of ImageNet, guessed")
    )
    assert page.locator(".tr-as").is_hidden()


def thousand() -> bytes:
    """A network of pictures whose class number 8 of a thousand is always the likeliest."""
    ends = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 32]),
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1000]),
    ]
    weights = np.zeros((3, 1000), np.float32)
    weights[:, 8] = 9
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["logits"]),
    ]
    w = numpy_helper.from_array(weights, "w")
    graph = helper.make_graph(nodes, "thousand", ends[:1], ends[1:], [w])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
