"""How tensors are to be read: ids, masks and texts; heads, steps in time and volumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx.parser
import pytest

from engine.cases import Case, case
from engine.reference import feeds_of, model_of
from tensorama import Trace, load
from tensorama.inputs import default_feeds
from tensorama.onnxfile import Graph, ValueInfo
from tensorama.scene.pictures.reading import PLAIN, Reading, readings, sort_of

EXPORTS = Path(__file__).parents[2] / "engine" / "exports"


def read(name: str) -> tuple[Trace, dict[str, Reading]]:
    model = load(EXPORTS / f"{name}.onnx")
    trace = model.run(default_feeds(model))
    return trace, readings(model.graph, trace, trace.inner)


@pytest.mark.parametrize(
    ("dtype", "sort"),
    [("float32", "number"), ("float16", "number"), ("complex64", "number"), ("int8", "whole"),
     ("uint64", "whole"), ("bool", "truth"), ("object", "text"), ("str", "text")],
)  # fmt: skip
def test_the_type_tells_the_sort(dtype: str, sort: str) -> None:
    assert sort_of(np.zeros(3, dtype)) == sort


def test_token_ids_are_names_and_a_mask_of_integers_is_not() -> None:
    _, found = read("bert")
    assert found["ids"].sort == found["kinds"].sort == "label"
    assert found["mask"].sort == "whole"


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_whose_channels_stand_last_are_maps_of_rows_and_columns(channels: int) -> None:
    text = f"""<ir_version: 10, opset_import: ["" : 17]>
        g (uint8[n,h,w,{channels}] photo) => (float[n,{channels},a,b] y) {{
            x = Cast <to = 1> (photo)
            t = Transpose <perm = [0, 3, 1, 2]> (x)
            y = Relu (t)
        }}"""
    model = load(onnx.parser.parse_model(text).SerializeToString())
    trace = model.run(default_feeds(model))
    found = readings(model.graph, trace)
    assert found["photo"] == Reading("whole", (0, 3, 1, 2))
    assert found["x"] == Reading("number", (0, 3, 1, 2))
    assert found["t"] == found["y"] == PLAIN


@pytest.mark.parametrize(
    ("shape", "dtype", "axes"),
    [((1, 8, 9, 3), "float32", (0, 3, 1, 2)), ((8, 9, 3), "uint8", (2, 0, 1)),
     ((8, 9, 3), "float32", ()), ((1, 3, 8, 9), "float32", ()), ((1, 3, 4, 4), "float32", ()),
     ((1, 8, 9, 1), "float32", ()), ((1, 100, 1, 4), "float32", ())],
)  # fmt: skip
def test_an_end_of_the_network_may_look_like_a_picture(
    shape: tuple[int, ...], dtype: str, axes: tuple[int, ...]
) -> None:
    graph = Graph("g", (ValueInfo("x", 1, shape),), (), (), {}, {})
    assert readings(graph, {"x": np.zeros(shape, dtype)})["x"].axes == axes


def test_quantized_integers_are_amounts() -> None:
    trace, found = read("quantized")
    sorts = {found[name].sort for name, array in trace.items() if array.dtype == np.uint8}
    assert sorts == {"whole"}


@pytest.mark.parametrize("name", ["vit", "bert", "gpt", "gpt_scripted"])
def test_the_squares_of_an_attention_are_heads(name: str) -> None:
    trace, found = read(name)
    heads = [n for n, reading in found.items() if reading.called == "head"]
    assert heads
    shapes = {trace[n].shape for n in heads}
    assert any(shape[-1] == shape[-2] for shape in shapes), "no weights among them"
    assert len({shape[1] for shape in shapes if shape[1] > 1}) == 1, "heads differ in number"
    softmax = {s.node.outputs[0] for s in trace.steps if s.node.op == "Softmax"}
    assert softmax & set(heads) == {n for n in softmax if trace[n].ndim == 4}


def test_fused_attention_names_the_heads_of_what_it_recorded() -> None:
    trace, found = read("gpt_attention")
    inner = [n for n in trace.inner if n.endswith(("/scores", "/weights"))]
    assert len(inner) == 4
    assert {found[n].called for n in inner} == {"head"}


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_recurrent_tensors_are_sheets_of_time_by_units(name: str) -> None:
    trace, found = read(name)
    recorded = {n: array for n, array in trace.inner.items() if "gate" in n or "candidate" in n}
    assert len(recorded) >= 3
    steps = next(array.shape[1] for name, array in trace.items() if name == "ids")
    for tensor, array in recorded.items():
        assert array.shape[found[tensor].axes[2]] == steps, "rows are no steps in time"
        assert found[tensor].axes[3] == 3, "columns are no units"


def test_maps_of_a_convolution_are_read_as_they_are() -> None:
    trace, found = read("residual")
    assert {found[n] for n, array in trace.items() if array.ndim == 4} == {PLAIN}


def run(one: Case) -> tuple[Trace, dict[str, Reading]]:
    trace = load(model_of(one).SerializeToString()).run(feeds_of(one))
    return trace, readings(trace.model.graph, trace)


def test_volumes_are_those_that_are_computed_as_such() -> None:
    trace, found = run(case("Relu", np.zeros((1, 2, 4, 6, 6), np.float32)))
    assert all(found[n].volume for n in trace)
    trace, found = read("vit")
    five = [n for n, array in trace.items() if array.ndim == 5]
    assert five
    arranged = {n for s in trace.steps if s.node.op in ("Reshape", "Transpose") for n in s.outputs}
    assert not any(found[n].volume for n in arranged)


def test_places_that_were_found_are_names() -> None:
    _, found = run(case("ArgMax", np.zeros((3, 4), np.float32), axis=1))
    assert found["y0"].sort == "label"
