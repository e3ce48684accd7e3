"""Pictures of every kind: what stands on a cell and beside the pointer is what was recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx.parser
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import expect

from browser.files import made_up
from browser.visitor import Tip, Visitor, reads
from tensorama import Trace, load
from tensorama.scene.words import written

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
WORDS = np.array(["lizard", "<b>a long description of a thing</b>", "", "日本語"], object)


def many_kinds() -> bytes:
    """Masks, places, scalars, odd numbers, sizes, nothing at all, integers, ids and texts."""
    node = helper.make_node
    nodes = [
        node("Greater", ["x", "third"], ["above"], name="above"),
        node("ArgMax", ["x"], ["best"], name="best", axis=1, keepdims=0),
        node("ReduceMean", ["x"], ["mean"], name="mean", keepdims=0),
        node("Log", ["x"], ["log"], name="log"),
        node("Slice", ["x", "none", "none"], ["nothing"], name="nothing"),
        node("Cast", ["x"], ["whole"], name="whole", to=TensorProto.INT32),
        node("Gather", ["words", "ids"], ["said"], name="said"),
    ]
    kinds = {"above": TensorProto.BOOL, "best": TensorProto.INT64, "said": TensorProto.STRING,
             "whole": TensorProto.INT32}  # fmt: skip
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "kinds",
        [info("x", TensorProto.FLOAT, [4, 6]), info("ids", TensorProto.INT64, [2, 4])],
        [info(n.output[0], kinds.get(n.output[0], TensorProto.FLOAT), None) for n in nodes],
        [
            numpy_helper.from_array(np.float32(0.3).reshape(()), "third"),
            numpy_helper.from_array(np.zeros(1, np.int64), "none"),
            numpy_helper.from_array(WORDS, "words"),
        ],
    )
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets).SerializeToString())


def show(live: Visitor, name: str, data: bytes) -> Trace:
    """Drop a file; the same run on CPython."""
    live.drop(name, data)
    live.until(f"s => s.model.name === '{name}' && !s.busy")
    live.still()
    model = load(data)
    return model.run(made_up(model))


def cell_of(live: Visitor, layer: str) -> Tip:
    """Point at a cell of a layer, once nothing moves."""
    live.still()
    tip = live.point_at(*live.spot_on(layer))
    assert tip
    return tip


def photo() -> bytes:
    """Takes pictures as cameras give them: bytes, channels last, of any size."""
    text = """<ir_version: 10, opset_import: ["" : 17]>
        g (uint8[n,h,w,3] photo) => (float[n,3,a,b] y) {
            x = Cast <to = 1> (photo)
            t = Transpose <perm = [0, 3, 1, 2]> (x)
            y = AveragePool <kernel_shape = [32, 32], strides = [32, 32]> (t)
        }"""
    return bytes(onnx.parser.parse_model(text).SerializeToString())


def test_a_picture_with_its_channels_last_is_one_picture(live: Visitor) -> None:
    """Opens a network for photos: one picture of 224 by 224, each cell in place."""
    trace = show(live, "photo.onnx", photo())
    tip = cell_of(live, "photo")
    assert tip.tensor == "photo"
    assert tip.value == written(trace["photo"][tip.index])
    assert 1 < tip.index[1] < 222
    assert tip.index[3] < 3


def test_each_kind_is_read_in_its_own_words(live: Visitor) -> None:
    """Points at a mask, ids, a scalar, integers and texts: what the run recorded, as it is said."""
    trace = show(live, "kinds.onnx", many_kinds())
    shapes = {layer["name"]: layer["shape"] for layer in live.state()["layers"]}
    assert shapes["nothing"] == [0, 6]
    expect(live.label("nothing").locator(".tr-label-shape")).to_have_text("empty (0,6)")
    for layer in ("above", "best", "mean", "log", "whole", "said", "ids"):
        tip = cell_of(live, layer)
        value = trace[tip.tensor][tip.index]
        if isinstance(value, np.floating) and np.isfinite(value):
            assert float(tip.value) == pytest.approx(float(value), rel=1e-5), layer
        else:
            assert tip.value == written(value), layer
        assert reads(tip.value, live.ask(f"select('{tip.tensor}', {list(tip.index)})")["value"])
    for layer, words in (("above", ("false", "true")), ("ids", ("", "one hue for each number"))):
        cell_of(live, layer)
        expect(live.part("low")).to_have_text(words[0])
        expect(live.part("high")).to_have_text(words[1])
        expect(live.button("scale")).to_be_hidden()
    cell_of(live, "whole")
    assert "." not in live.part("high").inner_text()
    expect(live.button("scale")).to_be_visible()
    odd = [tuple(map(int, index)) for index in np.argwhere(np.isnan(trace["log"]))]
    assert live.ask(f"select('log', {list(odd[0])})")["value"] == "NaN"


def test_what_is_near_is_written_on_its_cells(live: Visitor) -> None:
    """Brings a mask, ids and texts close: their cells say what they are; from afar they do not."""
    trace = show(live, "kinds.onnx", many_kinds())
    live.press("-", "-", "-", "-")
    live.still()
    assert not live.state()["written"]
    cut = {written(value)[:4] for value in trace["said"].flat}
    wanted = {
        "above": {"true", "false"},
        "ids": {str(value) for value in trace["ids"].flat},
        "said": cut - {""},
    }
    for layer, words in wanted.items():
        live.press("/")
        live.part("typed").fill(layer)
        live.press("Enter")
        live.still()
        texts = live.state()["written"]
        assert {text[:4] if layer == "said" else text for text in texts} >= words, layer


@pytest.mark.parametrize(("name", "layer", "names"), [
    ("vit", "attention weights 1", ["head 0", "head 1", "head 2"]),
    ("lstm", "memory/LSTM 1", ["forward", "backward"]),
])  # fmt: skip
def test_maps_with_a_meaning_have_names(
    live: Visitor, name: str, layer: str, names: list[str]
) -> None:
    """Opens an attention and a recurrent layer and comes near: each map says what it is."""
    show(live, f"{name}.onnx", (EXPORTS / f"{name}.onnx").read_bytes())
    live.ask("openAll()")
    live.press("/")
    live.part("typed").fill(layer)
    live.press("ArrowDown", "ArrowUp", "Enter")
    live.still()
    assert {*names} <= {*live.state()["written"]}


def test_a_square_of_an_attention_is_read_with_its_head(live: Visitor) -> None:
    """Points at the weights of an attention: the number, and which head it is of."""
    trace = show(live, "vit.onnx", (EXPORTS / "vit.onnx").read_bytes())
    live.ask("openAll()")
    live.press("/")
    live.part("typed").fill("attention weights 1")
    live.press("Enter")
    live.still()
    tip = cell_of(live, "attention weights 1")
    assert float(tip.value) == pytest.approx(float(trace[tip.tensor][tip.index]), rel=1e-4)
    expect(live.part("tip")).to_contain_text(f"head {tip.index[1]}")
