"""The shelf beside a layer: its weights, or what is inside, and nothing on top of another."""

from __future__ import annotations

from collections import ChainMap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import parser

from scene.scenes import overlapping
from tensorama import load
from tensorama.inputs import default_feeds
from tensorama.layers import find_layers
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.pictures.reading import readings
from tensorama.scene.shelf import CAPTION, FRONT, Shelf, inside_of, shelf_of, weights_of

ROOT = Path(__file__).parents[2]
LENET = ROOT / "models" / "lenet" / "lenet.onnx"
EXPORTS = ROOT / "tests" / "engine" / "exports"
BESIDE = (-4.0, -3.0, 4.0, 3.0)


def looked_into(path: Path, layer: str, weights: bool) -> dict[str, Picture]:
    model = load(path)
    trace: Any = model.run(default_feeds(model))
    arrays: Any = ChainMap(trace, trace.inner, dict(model.graph.weights))
    found = next(one for one in find_layers(model) if one.name == layer)
    if weights:
        return weights_of(found, model.graph, arrays)
    read = readings(model.graph, trace, trace.inner)
    return inside_of(found, read, arrays, trace.inner)


def check(shelf: Shelf) -> None:
    """Nothing overlaps, captions included, and all stands inside, to the right of the layer."""
    sizes = np.array([block.open_size[:2] for block in shelf.scene.blocks])
    low = shelf.anchors[:, :2] - sizes / 2 - [0, CAPTION * 0.6]
    high = shelf.anchors[:, :2] + sizes / 2
    assert not overlapping(np.column_stack([low, high]))
    left, bottom, right, top = shelf.rectangle
    assert left > BESIDE[2]
    assert (low >= [left, bottom]).all()
    assert (high <= [right, top]).all()
    assert (shelf.anchors[:, 2] == FRONT).all()
    assert [*shelf.corners[0]] == [left, top, FRONT]


def test_a_convolution_has_kernels_and_a_bias() -> None:
    pictures = looked_into(LENET, "conv2", weights=True)
    assert {title: p.shape for title, p in pictures.items()} == {
        "Conv weights": (16, 6, 5, 5), "Conv bias": (16,),
    }  # fmt: skip
    check(shelf_of(pictures, BESIDE, 1.7))


def test_a_pool_has_no_weights_and_its_inside_is_what_is_shown() -> None:
    assert not looked_into(LENET, "pool1", weights=True)
    assert not looked_into(LENET, "pool1", weights=False)


def test_between_the_operators_of_a_layer_there_is_what_the_first_made() -> None:
    (title, picture), *rest = looked_into(LENET, "conv1", weights=False).items()
    assert not rest
    assert title == "Conv"
    assert picture.shape == (1, 6, 28, 28)


@pytest.mark.parametrize(
    ("name", "layer", "parts"),
    [("lstm", "memory/LSTM 1", {"input gate", "output gate", "forget gate", "candidate", "cell"}),
     ("gru", "memory", {"update gate", "reset gate", "candidate"})],
)  # fmt: skip
def test_gates_and_states_are_inside_of_a_recurrent_layer(
    name: str, layer: str, parts: set[str]
) -> None:
    pictures = looked_into(EXPORTS / f"{name}.onnx", layer, weights=False)
    assert parts <= set(pictures)
    gate = pictures[sorted(parts)[0]]
    assert gate.rows == 16, "steps are rows"
    assert gate.cols == 16, "units are columns"
    check(shelf_of(pictures, BESIDE, 1.7))


def test_weights_of_a_recurrent_layer_are_called_what_they_are() -> None:
    pictures = looked_into(EXPORTS / "lstm.onnx", "memory/LSTM 1", weights=True)
    assert {"LSTM input weights", "LSTM recurrent weights", "LSTM bias"} <= set(pictures)
    check(shelf_of(pictures, BESIDE, 1.7))


def test_scores_and_weights_are_inside_of_a_fused_attention() -> None:
    pictures = looked_into(EXPORTS / "gpt_attention.onnx", "attention 1", weights=False)
    assert {"scores", "weights"} <= set(pictures)
    assert pictures["weights"].name(0) == "head 0"


@pytest.mark.parametrize("count", [3, 60])
def test_layers_of_the_branch_that_ran_are_inside_of_an_if(count: int, tmp_path: Path) -> None:
    layers = " ".join(f"c{n} = Mul (t{n}, w)  t{n + 1} = Relu (c{n})" for n in range(count))
    text = f"""<ir_version: 8, opset_import: ["" : 21]>
        f (float[1,4,4] x, bool c) => (float[1,4,4] y) <float w = {{2}}> {{
            [choice] y = If (c) <
                else_branch = a () => (float[1,4,4] t{count}) {{ t0 = Softplus (x) {layers} }},
                then_branch = b () => (float[1,4,4] t) {{ t = Neg (x) }}
            >
        }}"""
    path = tmp_path / "choice.onnx"
    path.write_bytes(parser.parse_model(text).SerializeToString())
    pictures = looked_into(path, "choice", weights=False)
    assert all(picture.tensor.startswith("choice/") for picture in pictures.values())
    assert 1 < len(pictures) <= 40
    assert [*pictures.values()][-1].tensor == f"choice/t{count}"
    if count == 3:
        assert [p.tensor for p in pictures.values()] == [
            "choice/t0",
            *(f"choice/t{n}" for n in (1, 2, 3)),
        ]
    check(shelf_of(pictures, BESIDE, 1.7))


def test_two_inputs_of_one_role_have_two_names() -> None:
    pictures = looked_into(EXPORTS / "vit.onnx", "blocks.0.qkv", weights=True)
    assert len({p.tensor for p in pictures.values()}) >= 2
    assert len(pictures) == len(set(pictures))


@pytest.mark.parametrize("aspect", [0.5, 1.0, 3.0])
def test_pictures_are_as_large_as_the_room_lets_them(aspect: float) -> None:
    pictures = looked_into(EXPORTS / "lstm.onnx", "memory/LSTM 1", weights=False)
    left, bottom, right, top = shelf_of(pictures, BESIDE, aspect).rectangle
    others = [shelf_of(pictures, BESIDE, other).rectangle for other in (0.1, 0.5, 1.0, 3.0, 20.0)]
    needed = [max((c - a) / aspect, d - b) for a, b, c, d in others]
    assert max((right - left) / aspect, top - bottom) <= min(needed) * 1.15


def test_kernels_take_most_of_the_shelf() -> None:
    shelf = shelf_of(looked_into(LENET, "conv2", weights=True), BESIDE, 1.7)
    _, bottom, _, top = shelf.rectangle
    high = shelf.scene.blocks[0].open_size[1]
    assert high > 0.7 * (top - bottom)
