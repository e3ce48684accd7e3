"""Networks of Keras: channels stand last between the convolutions, and count for no size."""

from __future__ import annotations

from onnx import NodeProto

import tensorama as tr
from layers.graphs import model, node
from tensorama.engine.contract import whole
from tensorama.layers import layer_tree
from tensorama.layers.channels import channels_last

FIRST, LAST = [0, 3, 1, 2], [0, 2, 3, 1]
Shapes = dict[str, tuple[int, ...]]


def keras(sizes: list[int]) -> tuple[tr.Model, Shapes]:
    """Maps of these sizes in turn; where they fall, each is padded before."""
    nodes = list[NodeProto]()
    shapes: Shapes = {"x": (1, sizes[0], sizes[0], 3)}

    def made(op: str, name: str, shape: tuple[int, ...], more: str = "", **how: object) -> None:
        before = [*shapes][-1]
        nodes.append(node(op, f"{before} {more} -> {name}", f"net/{name}/{op}", **how))
        shapes[name] = shape

    high, channels = sizes[0], 3
    for number, size in enumerate(sizes):
        if high > size:
            high += 1
            made("Pad", f"pad{number}", (1, high, high, channels), "w_pads")
        made("Transpose", f"a{number}", (1, channels, high, high), perm=FIRST)
        high, channels = size, 8 * (number + 1)
        made("Conv", f"c{number}", (1, channels, size, size), f"w{number}")
        made("Transpose", f"b{number}", (1, size, size, channels), perm=LAST)
        made("HardSwish", f"d{number}", (1, size, size, channels))
    before = [*shapes][-1]
    nodes.append(node("Identity", f"{before} -> y"))
    return model(*nodes), {**shapes, "y": shapes[before]}


def test_what_lies_between_convolutions_has_its_channels_last() -> None:
    network, shapes = keras([32, 16])
    found = whole(channels_last(network.graph, shapes))
    assert found == {"x", "b0", "d0", "pad1", "b1", "d1", "y"}


def test_keys_turned_for_their_product_are_no_maps() -> None:
    turned = [node("Reshape", "x w_s -> k"), node("Transpose", "k -> t", perm=LAST)]
    network = model(*turned, node("Softmax", "t -> y"))
    shapes: Shapes = {"x": (1, 9, 64), "k": (1, 9, 4, 16), "t": (1, 4, 16, 9), "y": (1, 4, 16, 9)}
    assert not whole(channels_last(network.graph, shapes))


def test_stages_are_told_by_height_and_width() -> None:
    network, shapes = keras([64, 64, 32, 32, 32, 16, 16, 16, 8, 8, 8])
    names = [group.name for group in layer_tree(network, shapes).children if group.children]
    assert [name.rpartition("· ")[2] for name in names if "·" in name][-3:] == [
        "32×32",
        "16×16",
        "8×8",
    ]
