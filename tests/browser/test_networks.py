"""Real networks, one after the other: each opens, stands well, runs, and every number is right.

Of the nine architectures that the onnx package carries those unlike each other (all of them are
run, laid out and explained without a page), and fresh exports of the common kinds. What the page
shows is compared with onnxruntime, cell by cell.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import tensorama as tr
from browser.conftest import Shared
from browser.files import made_up
from browser.visitor import Tip, Visitor
from engine.reference import every_tensor
from scene.scenes import overlapping
from tensorama.scene.words import plain, written

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
FILES = {
    name: LIGHT / f"light_{name}.onnx"
    for name in ("bvlc_alexnet", "densenet121", "inception_v1", "resnet50", "shufflenet")
} | {name: EXPORTS / f"{name}.onnx" for name in ("unet", "vit", "gpt", "lstm", "detector")}
SMALLEST = {"width": 720, "height": 480}  # a processor draws these, pixel by pixel
CELLS = 200  # that are read by their index
PATIENCE = 10  # times that a slow machine is waited for
BLOCKS = 6  # that the pointer goes to
AIMS = ((0.5, 0.5), (0.62, 0.43), (0.3, 0.7))  # and where on each
PICTURES = os.environ.get("TENSORAMA_PICTURES")  # a folder to put a picture of each view into

READ = """
async ([box, cells]) => {
  const read = [];
  for (const [tensor, index] of cells)
    read.push((await document.querySelector(box).tensorama.select(tensor, index)).value);
  return read;
}
"""

# Asks again and again until nothing moves any more, or so many frames were drawn.
SETTLED = """
async ([box, frames]) => {
  const {tensorama} = document.querySelector(box);
  const last = (await tensorama.stats()).frames + (frames ?? Infinity);
  for (const end = performance.now() + 180_000; performance.now() < end;) {
    const {busy, moving} = await tensorama.state();
    if ((!busy && !moving) || (await tensorama.stats()).frames >= last) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  throw new Error("it still moves after 180 s");
}
"""


@pytest.fixture(scope="module")
def hall(browser, site) -> Iterator[Shared]:
    """One page for all the networks; it grows to gigabytes and is closed with this file."""
    sharing = Shared(browser, site.url)
    sharing.begin().page.set_viewport_size(SMALLEST)
    yield sharing
    sharing.close()


@pytest.fixture
def visitor(hall: Shared) -> Iterator[Visitor]:
    """Someone before the page, watched."""
    hall.watch.faults.clear()
    yield hall.visitor or hall.begin()
    assert not hall.watch.faults, "\n".join(hall.watch.faults)


@cache
def expected(name: str) -> dict[str, Any]:
    """Every tensor of a network as onnxruntime computes it from what the page makes up."""
    feeds = made_up(tr.load(FILES[name]))
    return {**feeds, **every_tensor(onnx.load(FILES[name]), feeds)}


def load(visitor: Visitor, name: str) -> dict[str, Any]:
    """Open a network by its address."""
    address = f"networks/{name}.onnx"
    visitor.page.route(f"**/{address}", lambda route: route.fulfill(path=FILES[name]))
    visitor.ask(f"load('./{address}').then(() => 0)")
    visitor.page.unroute(f"**/{address}")
    return settled(visitor)


def settled(visitor: Visitor) -> dict[str, Any]:
    """The state once everything stands at its place.

    Where a processor draws, a large network's numbers come to the picture over many slow frames;
    that is waited for only where a picture is kept: what is read comes from the run itself.
    """
    visitor.page.evaluate(SETTLED, [visitor.box, None if PICTURES else 8])
    return visitor.state()


# how it stands -------------------------------------------------------------------------------


def check_layout(state: dict[str, Any]) -> None:
    """No two blocks overlap, children stand in their parents, every link runs forward."""
    layers = state["layers"]
    shown = [number for number, layer in enumerate(layers) if layer["shown"]]
    assert shown
    boxes = np.array([layers[number]["place"] for number in shown])
    clash = [(layers[shown[a]]["name"], layers[shown[b]]["name"]) for a, b in overlapping(boxes)]
    assert not clash, f"these overlap: {clash}"
    groups = {group["number"]: group for group in state["groups"]}
    for item in [*(layers[n] for n in shown), *(g for g in groups.values() if g["open"])]:
        outer = [groups[number] for number in item["inside"] if groups[number]["open"]]
        if outer and item["place"]:
            assert within(item["place"], outer[-1]["place"]), (item["name"], outer[-1]["name"])
    for source, target in state["links"]:
        before, after = rectangles_apart(layers, groups, source, target)
        assert before[2] <= after[0] + 0.01 or before[1] >= after[3] - 0.01, (
            f"{layers[source]['name']} → {layers[target]['name']} runs back"
        )


def within(inner: list[float], outer: list[float]) -> bool:
    """Whether one rectangle lies in another."""
    return (
        inner[0] >= outer[0] - 0.01
        and inner[1] >= outer[1] - 0.01
        and inner[2] <= outer[2] + 0.01
        and inner[3] <= outer[3] + 0.01
    )


def rectangles_apart(
    layers: list[dict], groups: dict[int, dict], source: int, target: int
) -> tuple[list[float], list[float]]:
    """Where both ends of a link stand on the level on which they are apart."""

    def steps(number: int) -> list[tuple[int, list[float]]]:
        opened = [groups[group] for group in layers[number]["inside"] if groups[group]["open"]]
        return [
            *((g["number"], g["place"]) for g in opened),
            (-number - 1, layers[number]["place"]),
        ]

    for (a, first), (b, second) in zip(steps(source), steps(target), strict=False):
        if a != b:
            return first, second
    raise AssertionError(f"{source} → {target} is a link of a block with itself")


# what it says --------------------------------------------------------------------------------


def check_cells(visitor: Visitor, name: str, state: dict[str, Any]) -> None:
    """Two hundred cells of all kinds of tensors hold what onnxruntime computes."""
    random = np.random.default_rng(len(name))
    wanted = expected(name)
    tensors = [layer["tensor"] for layer in state["layers"] if wanted[layer["tensor"]].size]
    cells = []
    for number in range(CELLS):
        tensor = tensors[number % len(tensors)]
        cells.append((tensor, [int(random.integers(n)) for n in wanted[tensor].shape]))
    values = visitor.page.evaluate(READ, [visitor.box, cells])
    for (tensor, index), value in zip(cells, values, strict=True):
        assert right(value, wanted[tensor], tuple(index)), (tensor, index, value)


def check_pointer(visitor: Visitor, name: str, state: dict[str, Any]) -> None:
    """Whatever the pointer rests on is told exactly, and is what onnxruntime computes."""
    wanted = expected(name)
    few = min(3, sum(layer["shown"] for layer in state["layers"]) - 2)
    tips = pointed(visitor, state)
    for _ in range(PATIENCE):
        if len({tip.layer for tip in tips}) >= few:
            break
        visitor.page.wait_for_timeout(1000)
        tips = pointed(visitor, visitor.state(), patiently=True)
    assert len({tip.layer for tip in tips}) >= few, visitor.state()
    recorded = visitor.page.evaluate(READ, [visitor.box, [(tip.tensor, tip.index) for tip in tips]])
    for tip, value in zip(tips, recorded, strict=True):
        number = wanted[tip.tensor].dtype.type
        assert tip.value == (value if isinstance(value, str) else written(number(value))), tip
        assert right(tip.value, wanted[tip.tensor], tip.index), tip


def pointed(visitor: Visitor, state: dict[str, Any], patiently: bool = False) -> list[Tip]:
    """What is told at places on blocks all along the network.

    Chromium hands a movement of the mouse on with the next frame, which takes a while where a
    processor draws and has other things to do: `patiently` waits for it.
    """
    scene = visitor.part("scene").bounding_box()
    assert scene
    boxes = [layer["box"] for layer in state["layers"] if layer["shown"]]
    found = []
    for number in np.linspace(0, len(boxes) - 1, BLOCKS).round().astype(int):
        left, top, right, bottom = boxes[number]
        for across, down in AIMS:
            x, y = left + across * (right - left), top + down * (bottom - top)
            tip = visitor.point_at(scene["x"] + x, scene["y"] + y)
            if patiently:
                visitor.page.evaluate("new Promise((go) => requestAnimationFrame(go))")
                tip = visitor.tip()
            if tip:
                found.append(tip)
    visitor.page.mouse.move(2, 2)
    return found


def right(said: Any, reference: np.ndarray, index: tuple[int, ...]) -> bool:
    """Whether the page's number is onnxruntime's: floats are added up in another order there."""
    value = reference[index]
    if reference.dtype.kind != "f" or not np.isfinite(value):
        return bool(said in (written(value), plain(value)))
    near = 2e-4 * max(1e-6, float(np.abs(reference).max(initial=0)))
    return float(said) == pytest.approx(float(value), rel=2e-3, abs=near)


def keep(visitor: Visitor, name: str) -> None:
    """Put a picture of the page where a person asked for it."""
    if PICTURES:
        visitor.page.screenshot(path=f"{PICTURES}/{name}.png")


@pytest.mark.parametrize("name", FILES)
def test_a_network_stands_runs_and_tells_its_numbers(visitor: Visitor, name: str) -> None:
    """Opens a network, opens everything in it, points here and there, closes everything again."""
    closed = load(visitor, name)
    assert closed["message"] is None
    assert closed["model"]["name"] == f"{name}.onnx"
    check_layout(closed)
    keep(visitor, f"{name}-closed")
    check_pointer(visitor, name, closed)
    check_cells(visitor, name, closed)
    visitor.ask("openAll()")
    opened = settled(visitor)
    assert all(layer["open"] for layer in opened["layers"] if layer["maps"] > 1)
    assert all(group["open"] for group in opened["groups"])
    assert all(layer["shown"] for layer in opened["layers"])
    check_layout(opened)
    keep(visitor, f"{name}-open")
    check_pointer(visitor, name, opened)
    visitor.ask("closeAll()")
    again = settled(visitor)
    assert [layer["shown"] for layer in again["layers"]] == [
        layer["shown"] for layer in closed["layers"]
    ]
    check_layout(again)
    expected.cache_clear()
