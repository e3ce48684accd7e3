"""Which cells that are drawn made a number: what weighed most, also through what only moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.test_exports import feeds_for
from tensorama import Trace, explain, load
from tensorama.app.tracing import traced
from tensorama.scene.drawing.threads import MOST
from tensorama.scene.pictures.picture import Picture, picture_of

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
LENET = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"
DRAWN = ("input", "relu1", "pool1", "relu2", "pool2", "relu3", "relu4", "probabilities")


@pytest.fixture(scope="module")
def drawn(threes: Trace) -> dict[str, tuple[int, Picture]]:
    return {name: (n, picture_of(name, threes[name].shape)) for n, name in enumerate(DRAWN)}


def test_of_a_convolution_the_strongest_products_are_tied(threes: Trace, drawn) -> None:
    found = traced(threes, "relu2", (0, 6, 7, 2), drawn)
    assert found.weights == ("conv2.weight", "conv2.bias")
    (ends,) = found.ends
    assert ends.block == DRAWN.index("pool1")
    products = (
        threes["pool1"][0, :, 7:12, 2:7] * threes.model.graph.weights["conv2.weight"][6]
    ).reshape(-1)
    best = np.sort(np.abs(products))[::-1][:MOST]
    np.testing.assert_allclose(np.sort(ends.weights)[::-1], best, rtol=1e-4)
    first = int(ends.weights.argmax())
    at = ends.charts[first], ends.rows[first] - 7, ends.cols[first] - 2
    own = products.reshape(6, 5, 5)[at]
    assert abs(own) == pytest.approx(best[0])
    assert ends.signs[first] == np.sign(own)


def test_what_is_only_moved_is_tied_where_it_is_drawn(threes: Trace, drawn) -> None:
    found = traced(threes, "relu3", (0, 5), drawn)
    (ends,) = found.ends
    assert ends.block == DRAWN.index("pool2"), "through Flatten, which is not drawn"
    weights = threes.model.graph.weights["fc1.weight"][5].reshape(16, 5, 5)
    products = threes["pool2"][0] * weights
    own = products[ends.charts, ends.rows, ends.cols]
    np.testing.assert_allclose(ends.weights, np.abs(own), rtol=1e-4)
    np.testing.assert_array_equal(ends.signs, np.sign(own))


def test_of_a_pool_the_winner_stands_out(threes: Trace, drawn) -> None:
    (ends,) = traced(threes, "pool2", (0, 15, 3, 3), drawn).ends
    strongest = int(ends.weights.argmax())
    place = ends.charts[strongest], ends.rows[strongest], ends.cols[strongest]
    assert threes["relu2"][0][place] == threes["pool2"][0, 15, 3, 3]
    assert ends.signs[strongest] == 1
    assert (np.delete(ends.signs, strongest) == 0).all()


def test_what_was_given_is_tied_to_nothing(threes: Trace, drawn) -> None:
    assert traced(threes, "input", (0, 0, 3, 3), drawn).ends == ()
    assert traced(threes, "no such tensor", (0,), drawn).ends == ()


def test_of_gates_what_they_read_is_tied() -> None:
    """An LSTM keeps its gates inside: the lines lead to what the gates were made of."""
    model = load(EXPORTS / "lstm.onnx")
    trace = model.run(feeds_for(model))
    step = next(step for step in trace.steps if step.node.op == "LSTM")
    read, made = step.node.inputs[0], step.node.outputs[0]
    places = {name: (n, picture_of(name, trace[name].shape)) for n, name in enumerate((read, made))}
    index = (1, 0, 1, 8)
    found = traced(trace, made, index, places)
    assert {end.block for end in found.ends} == {0, 1}
    shares = [explain(trace, made, index).groups[n].share for n in range(2)]
    most = sum(abs(float(share)) for share in shares)
    assert max(end.weights.max() for end in found.ends) <= most
    for end in found.ends:
        if end.block == 0:  # the step that is read, of the right sequence
            _, picture = places[read]
            cells = [picture.index(*at) for at in zip(end.charts, end.rows, end.cols, strict=True)]
            assert {(cell[0], cell[1]) for cell in cells if cell} == {(1, 1)}
