"""The shipped LeNet: what it says about itself, how it is built, and how well it reads."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from tensorama.inputs import Drawing, default_feeds, input_kind, rasterize, sample_digit
from tensorama.layers import find_layers
from tensorama.outputs import decode

ROOT = Path(__file__).parents[2]
FILE = ROOT / "models" / "lenet" / "lenet.onnx"
DATA = ROOT.parent / "shared" / "data" / "mnist.npz"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="models/lenet/lenet.onnx is not there")

# operator, node, output and its shape for a batch of N, as the card tells them
NODES = [
    ("Conv", "conv1", "conv1", (6, 28, 28)),
    ("Relu", "relu1", "relu1", (6, 28, 28)),
    ("MaxPool", "pool1", "pool1", (6, 14, 14)),
    ("Conv", "conv2", "conv2", (16, 10, 10)),
    ("Relu", "relu2", "relu2", (16, 10, 10)),
    ("MaxPool", "pool2", "pool2", (16, 5, 5)),
    ("Flatten", "flatten", "flatten", (400,)),
    ("Gemm", "fc1", "fc1", (120,)),
    ("Relu", "relu3", "relu3", (120,)),
    ("Gemm", "fc2", "fc2", (84,)),
    ("Relu", "relu4", "relu4", (84,)),
    ("Gemm", "fc3", "logits", (10,)),
    ("Softmax", "softmax", "probabilities", (10,)),
]

WEIGHTS = {
    "conv1.weight": (6, 1, 5, 5), "conv1.bias": (6,),
    "conv2.weight": (16, 6, 5, 5), "conv2.bias": (16,),
    "fc1.weight": (120, 400), "fc1.bias": (120,),
    "fc2.weight": (84, 120), "fc2.bias": (84,),
    "fc3.weight": (10, 84), "fc3.bias": (10,),
}  # fmt: skip


@cache
def lenet() -> tr.Model:
    return tr.load(FILE)


@cache
def mnist() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (10000,1,28,28) 0..1 and their digits."""
    with np.load(DATA) as file:
        return file["test_images"][:, None].astype(np.float32) / 255, file["test_labels"]


needs_data = pytest.mark.skipif(not DATA.exists(), reason="shared/data/mnist.npz is not there")


def test_its_nodes_are_those_of_the_card() -> None:
    nodes = lenet().graph.nodes
    assert [(n.op, n.name, n.outputs) for n in nodes] == [(o, n, (t,)) for o, n, t, _ in NODES]


def test_its_weights_are_those_of_the_card() -> None:
    weights = lenet().graph.weights
    assert {name: array.shape for name, array in weights.items()} == WEIGHTS
    assert {array.dtype for array in weights.values()} == {np.dtype("float32")}
    assert lenet().parameters == 61_706
    assert all(np.isfinite(array).all() for array in weights.values())


def test_it_takes_pictures_and_gives_probabilities_for_any_batch() -> None:
    graph = lenet().graph
    assert [(v.name, v.elem_type, v.shape) for v in graph.inputs] == [
        ("input", 1, ("N", 1, 28, 28))
    ]
    assert [(v.name, v.elem_type, v.shape) for v in graph.outputs] == [
        ("probabilities", 1, ("N", 10))
    ]


@pytest.mark.parametrize("batch", [1, 3])
def test_every_tensor_has_the_shape_that_the_card_and_the_file_tell(batch: int) -> None:
    trace = lenet().run({"input": np.zeros((batch, 1, 28, 28), np.float32)})
    assert list(trace) == ["input", *(tensor for _, _, tensor, _ in NODES)]
    for _, _, tensor, shape in NODES:
        assert trace[tensor].shape == (batch, *shape)
        declared = lenet().graph.values.get(tensor)
        if tensor != "probabilities":
            assert declared is not None
            assert declared.shape == ("N", *shape)


def test_it_says_how_its_input_is_made() -> None:
    assert input_kind(lenet()) == Drawing("input", (28, 28), box=20, ink=1, ground=0)


def test_it_names_its_classes_and_where_they_are_read() -> None:
    metadata = lenet().metadata
    assert json.loads(metadata["labels"]) == [str(digit) for digit in range(10)]
    assert json.loads(metadata["output"]) == {"kind": "classification", "tensor": "probabilities"}


def test_it_has_a_title_a_description_a_licence_and_a_source() -> None:
    metadata = lenet().metadata
    assert metadata["title"] == "LeNet-5"
    assert len(metadata["description"]) > 40
    assert metadata["license"] == "MIT"
    assert (ROOT / metadata["source"]).exists()


def test_a_person_sees_seven_layers_behind_the_input() -> None:
    layers = find_layers(lenet())
    assert [layer.name for layer in layers] == [
        "input", "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3",
    ]  # fmt: skip
    assert layers[-1].tensor == "probabilities"


def test_its_probabilities_sum_to_one_for_noise_and_for_nothing() -> None:
    for picture in (default_feeds(lenet())["input"], np.zeros((1, 1, 28, 28), np.float32)):
        probabilities = lenet().run({"input": picture})["probabilities"]
        assert (probabilities >= 0).all()
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_batch_gives_the_same_as_one_by_one() -> None:
    pictures = np.random.default_rng(0).random((5, 1, 28, 28), np.float32)
    together = lenet().run({"input": pictures})["probabilities"]
    for picture, expected in zip(pictures, together, strict=True):
        alone = lenet().run({"input": picture[None]})["probabilities"][0]
        np.testing.assert_allclose(alone, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("digit", range(10))
def test_each_sample_digit_is_read_right_and_surely(digit: int) -> None:
    drawing = input_kind(lenet())
    assert drawing is not None
    answer = decode(lenet().run({drawing.tensor: rasterize(sample_digit(digit), drawing)}))
    assert answer is not None
    assert answer.tensor == "probabilities"
    assert not answer.computed
    assert answer.best.label == str(digit)
    assert answer.best.share >= 0.9


@needs_data
def test_it_reads_99_percent_of_the_standard_test_images() -> None:
    pictures, digits = mnist()
    assert pictures.shape == (10_000, 1, 28, 28)
    right = 0
    for start in range(0, len(pictures), 500):
        batch = slice(start, start + 500)
        probabilities = lenet().run({"input": pictures[batch]})["probabilities"]
        right += int((probabilities.argmax(axis=1) == digits[batch]).sum())
    assert right >= 9_900


@needs_data
def test_a_test_image_is_centred_as_a_drawing_is() -> None:
    pictures = mnist()[0][:1000, 0].astype(float)
    rows, cols = np.indices((28, 28)) + 0.5
    mass = pictures.sum(axis=(1, 2))
    middle = [(pictures * where).sum(axis=(1, 2)) / mass for where in (rows, cols)]
    assert np.abs(np.subtract(middle, 14)).max() < 1, "to the whole pixel"
