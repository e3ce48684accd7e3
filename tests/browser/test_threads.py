"""The lines in 3D from a pinned number to what made it: colour, width and ends are the run's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.visitor import Visitor
from engine.test_exports import feeds_for
from tensorama import Trace, load
from tensorama.explain import explain
from tensorama.inputs import input_kind, rasterize, sample_digit

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"
UP, DOWN = (0xC2, 0x54, 0x1A), (0x21, 0x6B, 0xA6)  # orange and blue of the light theme


def pinned(live: Visitor, tensor: str, *index: int) -> list[dict[str, Any]]:
    """Pin a number; the lines that are drawn when nothing moves any more."""
    live.ask(f"select('{tensor}', {[*index]})")
    expect(live.part("in-cell")).to_contain_text(f"[{', '.join(map(str, index))}]")
    live.until("s => s.threads.length && !s.moving")
    return list(live.state()["threads"])


def are_in_their_cells(live: Visitor, threads: list[dict[str, Any]]) -> int:
    """Point at where lines begin: the cell that is told there is the one of the line."""
    told = 0
    for thread in threads[-6:]:
        tip = live.point_at(*thread["from"])
        if tip and tip.tensor == thread["tensor"]:
            assert tip.index == tuple(thread["index"])
            told += 1
    live.page.mouse.move(2, 2)
    return told


def grow_with_their_size(threads: list[dict[str, Any]], sizes: list[float]) -> None:
    """The strongest has the full width, and what weighs less is never wider."""
    order = np.argsort(sizes, kind="stable")
    widths = np.array([thread["width"] for thread in threads])
    assert (np.diff(widths[order]) >= -0.002).all()
    assert widths[order[-1]] == pytest.approx(2.6, abs=0.01)
    assert widths.min() >= 0.6


def test_of_a_convolution(live: Visitor) -> None:
    """LeNet: the fifty largest products, from their cells in pool1, orange where they add."""
    model = load(ROOT / "models" / "lenet" / "lenet.onnx")
    kind = input_kind(model)
    assert kind
    trace = model.run({kind.tensor: rasterize(sample_digit(7), kind)})
    live.label("pool1").click()
    live.still()
    threads = pinned(live, "relu2", 0, 6, 7, 2)
    weights = model.graph.weights["conv2.weight"][6].astype(float)
    products = trace["pool1"][0, :, 7:12, 2:7] * weights
    assert len(threads) == min(50, np.count_nonzero(products))
    sizes = []
    for thread in threads:
        assert thread["tensor"] == "pool1"
        _, channel, row, col = thread["index"]
        own = products[channel, row - 7, col - 2]
        assert thread["sign"] == np.sign(own)
        sizes.append(abs(own))
    assert min(sizes) >= np.sort(np.abs(products), axis=None)[-len(threads)] * 0.999
    grow_with_their_size(threads, sizes)
    to = threads[0]["to"]
    assert all(thread["to"] == to for thread in threads)
    assert are_in_their_cells(live, threads) >= 3
    box = live.part("scene").bounding_box()
    assert box
    picture = live.picture()
    for sign, colour in ((1, UP), (-1, DOWN)):
        strong = [t for t in threads if t["sign"] == sign][-1]
        (x, y), (a, b) = strong["from"], strong["to"]
        way = [(x + (a - x) * part, y + (b - y) * part) for part in np.linspace(0.1, 0.9, 60)]
        seen = live.colours(picture, way).astype(float)
        nearest = np.abs(seen - colour).sum(axis=1).min()
        assert nearest < 90, (sign, nearest)


def opened(live: Visitor, name: str) -> Trace:
    """An exported network, open on the page with all its layers; and its run on the same input."""
    data = (EXPORTS / f"{name}.onnx").read_bytes()
    live.drop(f"{name}.onnx", data)
    live.until(f"s => s.model?.name.startsWith('{name}') && !s.busy", seconds=60)
    model = load(data)
    feeds = feeds_for(model)
    live.ask(f"run({json.dumps({key: value.tolist() for key, value in feeds.items()})})")
    live.ask("openAll()")
    live.still()
    return model.run(feeds)


def as_explained(trace: Trace, threads: list[dict[str, Any]], tensor: str, *index: int) -> int:
    """Each line has the sign of the share that its cell has, and its width grows with the share."""
    shares: dict[Any, float] = {}
    for term in explain(trace, tensor, index).terms:
        for source in term.sources:
            cell = source.tensor, source.index
            if abs(term.share) > abs(shares.get(cell, 0.0)):
                shares[cell] = float(term.share)
    own = [t for t in threads if (t["tensor"], tuple(t["index"])) in shares]
    found = [shares[t["tensor"], tuple(t["index"])] for t in own]
    assert [t["sign"] for t in own] == [int(np.sign(share)) for share in found]
    order = np.argsort(np.abs(found), kind="stable")
    assert (np.diff([own[n]["width"] for n in order]) >= -0.002).all()
    return len(own)


def test_of_a_residual_sum(live: Visitor) -> None:
    """A residual network: the convolution and what goes around it, each by what it gave."""
    trace = opened(live, "residual")
    layers = {layer["tensor"] for layer in live.state()["layers"]}
    step = next(s for s in trace.steps if s.node.op == "Add")
    after = {s.node.inputs[0]: s.node.outputs[0] for s in trace.steps if s.node.op == "Relu"}
    tensor = after.get(step.node.outputs[0], step.node.outputs[0])
    assert tensor in layers
    shape = trace[tensor].shape
    at = np.unravel_index(int(trace[tensor].argmax()), shape)
    index = tuple(map(int, at))
    threads = pinned(live, tensor, *index)
    assert {thread["tensor"] for thread in threads} & layers
    assert as_explained(trace, threads, tensor, *index) + _moved(threads, step.node.inputs)
    for thread in threads:
        value = float(trace[thread["tensor"]][tuple(thread["index"])])
        assert thread["sign"] == np.sign(value)


def _moved(threads: list[dict[str, Any]], inputs: tuple[str, ...]) -> int:
    return sum(thread["tensor"] not in inputs for thread in threads)


def test_of_attention(live: Visitor) -> None:
    """A GPT: a line from each weight that the query may look at, by what its value adds."""
    trace = opened(live, "gpt")
    tensor, index = "scaled_dot_product_attention", (0, 1, 5, 3)
    threads = pinned(live, tensor, *index)
    weights, values = trace["val_75"][0, 1, 5], trace["getitem_2"][0, 1, :, 3]
    shares = weights * values
    own = [thread for thread in threads if thread["tensor"] == "val_75"]
    assert sorted(thread["index"][3] for thread in own) == [*range(6)], "not what is masked"
    for thread in own:
        assert thread["index"][:3] == [0, 1, 5]
        assert thread["sign"] == np.sign(shares[thread["index"][3]])
    sizes = [abs(float(shares[thread["index"][3]])) for thread in own]
    grow_with_their_size(own, sizes)


def test_of_gates(live: Visitor) -> None:
    """An LSTM: from the word that is read and from the state before, which its gates weigh."""
    trace = opened(live, "lstm")
    tensor = next(s.node.outputs[0] for s in trace.steps if s.node.op == "LSTM")
    t, n = 3, 0
    threads = pinned(live, tensor, t, 0, n, 5)
    states = [thread for thread in threads if thread["tensor"] == tensor]
    words = [thread for thread in threads if thread["tensor"] != tensor]
    assert states
    assert all(thread["index"][:3] == [t - 1, 0, n] for thread in states)
    assert {thread["tensor"] for thread in words} == {"/tokens/Gather_output_0"}
    assert all(thread["index"][:2] == [n, t] for thread in words), "the word of this step"
    assert {thread["sign"] for thread in threads} == {-1, 1}
    assert max(thread["width"] for thread in threads) == pytest.approx(2.6, abs=0.01)
