"""The lines in 3D from a pinned number to what made it: cells, signs and widths are the run's."""

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
from tensorama.explain import explain, receptive
from tensorama.inputs import input_kind, rasterize, sample_digit

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "engine" / "exports"


def pinned(live: Visitor, tensor: str, *index: int) -> list[dict[str, Any]]:
    """Pin a number; the lines that are drawn when nothing moves any more."""
    live.ask(f"select('{tensor}', {[*index]})")
    cell = f"[{', '.join(map(str, index))}]"
    expect(live.part("in-cell")).to_contain_text(cell)
    live.until("s => s.threads.length && !s.moving")
    return list(live.state()["threads"])


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


def demo(live: Visitor, name: str) -> Trace:
    """A network of `models`, open with all its layers, and its run on the same input."""
    data = (ROOT / "models" / name / f"{name}.onnx").read_bytes()
    live.drop(f"{name}.onnx", data)
    live.until(f"s => s.shown?.model?.name === '{name}.onnx' && !s.busy", seconds=60)
    model = load(data)
    tokens = np.arange(16).reshape(1, 16) * 7 % 60 + 1
    live.ask(f"run({{tokens: {tokens.tolist()}}})")
    live.ask("openAll()")
    live.ask("openAll()")
    live.still()
    return model.run({"tokens": tokens})


def test_of_an_attention(live: Visitor) -> None:
    """A GPT: a cell of a mixture is tied to the weights of its row and to the values they weigh."""
    trace = demo(live, "gpt-mini")
    tensor, index = "block1/attention/mixture", (0, 2, 8, 18)
    threads = pinned(live, tensor, *index)
    weights = [t for t in threads if t["tensor"] == "block1/attention/weights"]
    others = [t for t in threads if t["tensor"] != "block1/attention/weights"]
    assert {tuple(t["index"][:3]) for t in weights} == {(0, 2, 8)}
    assert max(t["index"][3] for t in weights) <= 8, "what comes later is hidden"
    row = trace["block1/attention/weights"][0, 2, 8].astype(float)
    step = next(s for s in trace.steps if tensor in s.outputs)
    shares = row * trace[step.node.inputs[1]][0, 2, :, 18]
    for thread in weights:
        assert thread["sign"] == np.sign(shares[thread["index"][3]])
    widths = {t["index"][3]: t["width"] for t in weights}
    order = sorted(widths, key=lambda key: abs(shares[key]))
    assert (np.diff([widths[key] for key in order]) >= -0.002).all()
    assert others, "the values are tied, too"
    seen = receptive(trace, tensor, index)
    assert all(seen[t["tensor"]][tuple(t["index"])] for t in others)


def test_of_an_lstm(live: Visitor) -> None:
    """An LSTM: a cell of its state is tied to the input at its step and to the state before."""
    trace = demo(live, "lstm-mini")
    tensor, index = "lstm", (8, 0, 0, 160)
    threads = pinned(live, tensor, *index)
    steps = {(t["tensor"], t["index"][0 if t["tensor"] == "lstm" else 1]) for t in threads}
    assert steps <= {("characters", 8), ("lstm", 7)}
    assert len(steps) == 2, "both the input and the state before took part"
    seen = receptive(trace, tensor, index)["characters"]
    assert all(seen[tuple(t["index"])] for t in threads if t["tensor"] == "characters")
    assert {thread["sign"] for thread in threads} == {-1, 1}
