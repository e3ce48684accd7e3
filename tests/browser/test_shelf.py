"""Looking into a layer: its weights and what is inside, beside it, and the way back."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from playwright.sync_api import expect

from browser.files import model_bytes
from browser.visitor import Tip, Visitor, reads
from tensorama import load
from tensorama.scene.words import written

ROOT = Path(__file__).parents[2]
LENET = load(ROOT / "models" / "lenet" / "lenet.onnx")
LSTM = ROOT / "tests" / "engine" / "exports" / "lstm.onnx"


def go_to(live: Visitor, layer: str) -> None:
    """Search a layer and travel there."""
    live.press("/")
    live.part("typed").fill(layer)
    live.press("Enter")
    live.still()


def cells_of(live: Visitor, tensor: str) -> list[Tip]:
    """Some cells of a tensor that the pointer reads on the right half of the picture."""
    size = live.page.viewport_size
    assert size
    found = {}
    for x, y in product(np.linspace(0.35, 0.98, 24), np.linspace(0.14, 0.84, 14)):
        tip = live.point_at(x * size["width"], y * size["height"])
        if tip and tip.tensor == tensor:
            found[tip.index] = tip
    return [*found.values()]


@pytest.mark.parametrize(("layer", "tensors"), [
    ("conv2", ["conv2.weight", "conv2.bias"]), ("fc2", ["fc2.weight", "fc2.bias"]),
])  # fmt: skip
def test_w_shows_the_weights_of_a_layer_and_escape_brings_back(
    live: Visitor, layer: str, tensors: list[str]
) -> None:
    """Presses W at a layer: each weight is read with its index; Escape: all is as it was."""
    go_to(live, layer)
    before = live.picture()
    live.press("w")
    state = live.still()
    assert state["shelf"]["layer"] == layer
    assert state["shelf"]["tensors"] == tensors
    assert {f"{'Conv' if 'conv' in layer else 'Gemm'} weights", tensors[0]} <= {*state["written"]}
    cells = cells_of(live, tensors[0])
    assert len(cells) > 3
    for tip in cells:
        assert tip.value == written(LENET.graph.weights[tip.tensor][tip.index])
        assert tip.layer == layer
        assert reads(tip.value, live.ask(f"select('{tip.tensor}', {list(tip.index)})")["value"])
    assert live.part("low").inner_text() == live.part("high").inner_text().replace("+", "−")
    live.press("Escape", "Escape")  # the chosen number first
    assert live.still()["shelf"] is None
    assert live.difference(before, live.picture()) < 0.001


def test_w_again_and_the_first_view_bring_back(live: Visitor) -> None:
    """Presses W twice over a layer in the first view: nothing has moved."""
    before, places = live.picture(), live.places()
    live.label("conv1").hover()
    live.press("w")
    assert live.still()["shelf"]["layer"] == "conv1"
    live.page.mouse.move(2, 2)
    live.press("w")
    assert live.still()["shelf"] is None
    assert live.places() == places
    assert live.difference(before, live.picture()) < 0.001


def test_what_has_no_weights_says_so(live: Visitor) -> None:
    """Presses W and I at a pool, and W at nothing: one sentence each, and nothing else."""
    live.label("pool1").hover()
    live.press("w")
    live.sees("“pool1” computes without weights.")
    live.press("Escape", "i")
    live.sees("“pool1” computes in one step: there is nothing inside but what is shown.")
    live.press("Escape")
    assert live.complaint("weights('pool1')") == "“pool1” computes without weights."
    assert live.complaint("inside('pool9')") == 'There is no layer "pool9".'
    assert live.state()["shelf"] is None


def test_gates_of_every_step_are_inside_of_a_recurrent_layer(live: Visitor) -> None:
    """Presses I at an LSTM: gates and cells over time, and what the pointer reads is recorded."""
    live.drop("lstm.onnx", LSTM.read_bytes())
    live.until("s => s.model.name === 'lstm.onnx' && !s.busy")
    live.ask("openAll()")
    go_to(live, "memory/LSTM 2")
    live.press("i")
    shelf = live.still()["shelf"]
    assert {"input gate", "forget gate", "output gate", "candidate", "cell"} <= {*shelf["titles"]}
    gate = shelf["tensors"][shelf["titles"].index("forget gate")]
    cells = cells_of(live, gate)
    assert cells
    for tip in cells:
        assert 0 < float(tip.value) < 1
        assert reads(tip.value, live.ask(f"select('{gate}', {list(tip.index)})")["value"])
    live.press("w")
    assert "LSTM recurrent weights" in live.still()["shelf"]["titles"]
    live.ask("closeAll()")
    assert live.still()["shelf"] is None, "it went with its layer"


def test_of_large_weights_the_strongest_are_shown_and_it_says_so(live: Visitor) -> None:
    """Presses W at a layer of five million weights: a reduced picture with exact numbers.

    The shelf that stood before the network of before is gone with it.
    """
    live.ask("weights('fc3')")
    weights = np.random.default_rng(5).standard_normal((2200, 2400)).astype(np.float32)
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")
    live.drop("large.onnx", model_bytes([node], [1, 2200], [1, 2400], {"w": weights}))
    assert live.until("s => s.model.name === 'large.onnx' && !s.busy")["shelf"] is None
    go_to(live, "product")
    live.press("w")
    live.still()
    live.until("s => s.written.some((text) => text.includes('strongest of 3 × 3'))")
    live.until("s => !s.moving")
    cells = cells_of(live, "w")
    assert len(cells) > 10
    for tip in cells:
        assert tip.value == written(weights[tip.index])
        assert tip.text.endswith("strongest of 3 × 3 here")
        row, col = (i // 3 * 3 for i in tip.index)
        field = weights[row : row + 3, col : col + 3]
        assert abs(weights[tip.index]) == np.abs(field).max()


def test_the_shelf_leaves_nothing_behind(live: Visitor) -> None:
    """Opens and closes shelves of several layers: no geometry and no texture is left."""
    live.still()
    live.ask("weights('conv1')")
    live.ask("weights()")
    live.still()
    before = live.ask("stats()")
    for layer in ("conv2", "fc1", "fc2", "conv1"):
        live.ask(f"weights('{layer}')")
        assert live.still()["shelf"]["layer"] == layer
        live.ask("weights()")
        assert live.still()["shelf"] is None
    after = live.ask("stats()")
    assert [after[k] for k in ("geometries", "textures")] == [
        before[k] for k in ("geometries", "textures")
    ]
    expect(live.part("tip")).to_be_hidden()
