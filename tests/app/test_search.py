"""Search finds layers, groups and tensors, orders them, and never throws at what was typed."""

from __future__ import annotations

import pytest

from scene.scenes import LENET, scene_of
from scene.test_levels import residual_net
from tensorama.app.search import Entry, entries, has_shape, search
from tensorama.layers import find_layers
from tensorama.model import load
from tensorama.scene import build_scene

NET = [
    Entry(9, "group", "layer1", "2 residual", (1, 256, 14, 14)),
    Entry(0, "layer", "conv1", "Conv + Relu", (1, 64, 112, 112), "Conv conv1/Conv Relu relu_7"),
    Entry(1, "layer", "/layer1/conv1", "Conv + Relu", (1, 256, 14, 14)),
    Entry(2, "layer", "/layer1/add", "Add", (1, 256, 14, 14)),
    Entry(3, "layer", "pool", "MaxPool", (1, 64, 56, 56)),
    Entry(0, "tensor", "conv1_out", "Conv", (1, 64, 112, 112)),
]


def names(typed: str, regular: bool = False) -> list[str]:
    return [entry.name for entry in search(NET, typed, regular).entries]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("conv1", ["conv1", "conv1_out", "/layer1/conv1"]),
        ("CONV1", ["conv1", "conv1_out", "/layer1/conv1"]),
        ("layer1", ["layer1", "/layer1/conv1", "/layer1/add"]),
        ("/layer1", ["/layer1/conv1", "/layer1/add"]),
        ("maxpool", ["pool"]),
        ("residual", ["layer1"]),
        ("256x14", ["layer1", "/layer1/conv1", "/layer1/add"]),
        ("256×14×14", ["layer1", "/layer1/conv1", "/layer1/add"]),
        ("14,14 add", ["/layer1/add"]),
        ("56", ["pool"]),
        ("conv 112x112", ["conv1", "conv1_out"]),
        ("relu_7", ["conv1"]),
        ("14x256", []),
        ("nothing like it", []),
        ("   ", []),
        ("(", []),
        ("9" * 5000, []),
    ],
)
def test_words_find_names_operators_and_shapes(typed: str, found: list[str]) -> None:
    assert names(typed) == found
    assert search(NET, typed).problem == ""


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (r"^conv\d$", ["conv1"]),
        (r"(add|POOL)$", ["/layer1/add", "pool"]),
        (r"^256x14x14$", ["layer1", "/layer1/conv1", "/layer1/add"]),
        (r"^Add$", ["/layer1/add"]),
        (r"relu_\d", ["conv1"]),
    ],
)
def test_a_regular_expression_finds_too(typed: str, found: list[str]) -> None:
    assert names(typed, regular=True) == found


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("(", "Not a regular expression: missing ), unterminated subpattern."),
        ("*a", "Not a regular expression: nothing to repeat."),
        ("[z-a]", "Not a regular expression: bad character range z-a."),
        ("\\", "Not a regular expression: bad escape (end of pattern)."),
        ("a{99999999999}", "Not a regular expression: the repetition number is too large."),
    ],
)
def test_a_wrong_expression_is_said_in_a_sentence(typed: str, problem: str) -> None:
    found = search(NET, typed, regular=True)
    assert found.entries == ()
    assert found.problem == problem


def test_a_shape_is_typed_as_sizes_beside_each_other() -> None:
    assert has_shape((1, 6, 28, 28), "6x28")
    assert has_shape((1, 6, 28, 28), "1x6x28x28")
    assert has_shape((10,), "10")
    assert not has_shape((1, 6, 28, 28), "1x28")
    assert not has_shape((1, 6, 28, 28), "6x28x28x28x28")
    assert not has_shape((1, 16, 28, 28), "6x28")
    assert not has_shape((), "x")


def test_a_scene_has_entries_for_groups_layers_and_their_tensors() -> None:
    scene = residual_net(stages=1, blocks=2)
    found = entries(scene, {})
    assert [entry.name for entry in found if entry.kind == "group"] == ["s0", "s0b0", "s0b1"]
    assert [entry.item for entry in found if entry.kind == "layer"] == list(
        range(len(scene.blocks))
    )
    lenet = load("models/lenet/lenet.onnx")
    shapes = {name: shape for name, (shape, _) in LENET.items()}
    layers = find_layers(lenet)
    shapes |= {layer.tensor: (1, 4) for layer in layers}
    shapes["relu1"] = (1, 6, 28, 28)
    scene = build_scene(layers, shapes)
    tensors = [entry for entry in entries(scene, shapes) if entry.kind == "tensor"]
    assert tensors
    for entry in tensors:
        made = {name for node in scene.blocks[entry.item].layer.nodes for name in node.outputs}
        assert entry.name in made


def test_nothing_is_found_in_nothing() -> None:
    assert entries(scene_of({}), {}) == []
    assert search([], "conv").entries == ()
