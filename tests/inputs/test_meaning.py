"""What an input is called, and how the graph uses it, tells what it holds."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from inputs.models import Shape, declaring, tensor
from tensorama.inputs import default_feeds

INT, FLOAT, BYTE, BOOL = 7, 1, 2, 9


def parsed(text: str) -> tr.Model:
    head = '<ir_version: 10, opset_import: ["" : 17]>'
    return tr.load(onnx.parser.parse_model(f"{head} {text}").SerializeToString())


@pytest.mark.parametrize(
    ("name", "kind", "shape", "value"),
    [
        ("attention_mask", INT, (1, 4), 1),
        ("encoder_attention_mask", INT, (1, 4), 1),
        ("model.padding_mask", BOOL, (1, 4), True),
        ("pixel_mask", FLOAT, (1, 4, 4), 1.0),
        ("mask_input", FLOAT, (1, 1, 4, 4), 0.0),
        ("has_mask_input", FLOAT, (1,), 0.0),
        ("use_cache_branch", BOOL, (1,), False),
        ("token_type_ids", INT, (1, 4), 0),
        ("sr", INT, (), 16000),
        ("sample_rate", FLOAT, (1,), 16000.0),
        ("speaker_id", INT, (1,), 0),
        ("temperature", FLOAT, (), 1.0),
        ("iou_threshold", FLOAT, (1,), 0.5),
        ("max_length", INT, (1,), 1),
        ("h0", FLOAT, (2, 1, 4), 0.0),
        ("state", FLOAT, (2, 1, 4), 0.0),
        ("past_key_values.0.key", FLOAT, (1, 2, 3, 4), 0.0),
        ("onnx::cache_in", FLOAT, (1, 4), 0.0),
    ],
    ids=str,
)
def test_a_name_tells_what_is_usual(
    name: str, kind: int, shape: tuple[int, ...], value: float
) -> None:
    made = default_feeds(declaring(tensor(name, shape, kind)))[name]
    assert made.shape == shape
    assert (made == value).all()


def test_a_rate_that_a_single_step_cannot_mean_stays_noise() -> None:
    """Many numbers called `sr` are no sample rate."""
    made = default_feeds(declaring(tensor("sr", (50,))))["sr"]
    assert len(np.unique(made)) == 50


def test_a_sample_rate_is_one_that_the_graph_asks_for() -> None:
    text = """g (int64 sr) => (bool a, bool b) {
        low = Constant <value_int = 8000> ()
        high = Constant <value_int = 24000> ()
        a = Equal (sr, low)
        b = Equal (high, sr)
    }"""
    assert default_feeds(parsed(text))["sr"] == 24000


@pytest.mark.parametrize(
    ("inputs", "length"),
    [
        ([tensor("ids", ("b", "s"), INT)], 16),
        ([tensor("audio_signal", ("b", 80, "t"))], 16),
        ([tensor("features", ("b", "t", 80))], 16),
        ([tensor("features", (1, 300, 80))], 300),
        ([tensor("scale", (1,))], 1),
    ],
    ids=str,
)
def test_a_length_is_the_full_length(inputs: list[tr.onnxfile.ValueInfo], length: int) -> None:
    feeds = default_feeds(declaring(*inputs, tensor("input_lengths", ("b",), INT)))
    assert feeds["input_lengths"].tolist() == [length]


def test_positions_count_up() -> None:
    made = default_feeds(declaring(tensor("position_ids", ("b", "s"), INT)))["position_ids"]
    assert made.tolist() == [[*range(16)]]


@pytest.mark.parametrize("shape", [("n", "h", "w", 3), ("n", 3, "h", "w"), ("h", "w", 3)], ids=str)
def test_a_picture_of_bytes_has_all_shades(shape: Shape) -> None:
    made = default_feeds(declaring(tensor("x", shape, BYTE)))["x"]
    assert made.dtype == np.uint8
    assert (made.min(), made.max()) == (0, 255)
    assert sorted(made.shape)[-2:] == [224, 224]


def test_the_size_of_the_picture_is_told_to_who_asks() -> None:
    model = declaring(
        tensor("images", (1, 3, 320, 640)),
        tensor("orig_target_sizes", ("n", 2), INT),
        tensor("scale_factor", ("n", 2)),
    )
    feeds = default_feeds(model)
    assert feeds["orig_target_sizes"].tolist() == [[320, 640]]
    assert feeds["scale_factor"].tolist() == [[1, 1]]


def test_a_mask_that_hides_hides_nothing() -> None:
    """Where true means to leave out, all true would leave nothing."""
    text = """g (bool[1,4] padding_mask, float[1,4] x) => (float[1,4] y) {
        low = Constant <value_float = -1e9> ()
        y = Where (padding_mask, low, x)
    }"""
    assert not default_feeds(parsed(text))["padding_mask"].any()
    kept = text.replace("low, x)", "x, low)")
    assert default_feeds(parsed(kept))["padding_mask"].all()


TABLE = "<float[5,1] t = {1,2,3,4,5}>"


@pytest.mark.parametrize(
    "body",
    [
        "y = Gather (t, x)",
        "a = Cast <to = 6> (x) y = Gather (t, a)",
        "k = Constant <value_int = 0> () a = Add (x, k) b = Abs (x) y = Gather (t, a)",
        "a = Constant <value_ints = [-1]> () b = Reshape (x, a) y = Gather (t, b)",
    ],
)
def test_ids_are_rows_of_the_table(body: str) -> None:
    model = parsed(f"g (int64[60] x) => (float[60,1] y) {TABLE} {{ {body} }}")
    feeds = default_feeds(model)
    assert set(feeds["x"].tolist()) == {0, 1, 2, 3, 4}
    model.run(feeds)


def test_ids_may_be_written_as_floats_or_be_looked_up_spelled_out() -> None:
    """As Keras and JAX do."""
    model = parsed("""g (float[60] x, int32[60,1] z) => (float[60,1] y, bool[60,4] e)
        <float[5,1] t = {1,2,3,4,5}, int32[1,4] all = {0,1,2,3}> {
            a = Cast <to = 7> (x)
            y = Gather (t, a)
            e = Equal (z, all)
        }""")
    feeds = default_feeds(model)
    assert set(feeds["x"].tolist()) == {0, 1, 2, 3, 4}
    assert set(feeds["z"].reshape(-1).tolist()) == {0, 1, 2, 3}


def test_what_a_recurrent_layer_starts_with_is_zero() -> None:
    text = """g (float[3,1,2] x, float[1,1,2] q) => (float[3,1,1,2] y)
        <float[1,2,2] w = {1,0,0,1}, float[1,2,2] r = {1,0,0,1}> {
            y = RNN <hidden_size = 2> (x, w, r, , , q)
        }"""
    assert not default_feeds(parsed(text))["q"].any()


@pytest.mark.parametrize(
    "text",
    [
        "g (float[2,3] x, int64[2] s) => (float[a,b] y) { y = Reshape (x, s) }",
        "g (float[2,3] x, int64[3] s) => (float[a,b,c] y) { y = Expand (x, s) }",
        "g (float[2,3] x, int64[2] s, int64[2] e, int64[2] a) => (float[p,q] y)"
        "{ y = Slice (x, s, e, a) }",
        "g (float[2,3] x, int64[2] a) => (float[p,q,r,s] y) { y = Unsqueeze (x, a) }",
        "g (float[2,3] x, int64 a) => (float[2,3] y) { y = CumSum (x, a) }",
        "g (uint8[9] x, uint8[9] z) => (uint8[9] y) { y = Mod (x, z) }",
        "g (float[2,3] x, int64[1] k) => (float[2,1] y, int64[2,1] i) { y, i = TopK (x, k) }",
        "g (float[7,1,2] x, int32[1] n) => (float[7,1,1,2] y)"
        "<float[1,2,2] w = {1,0,0,1}, float[1,2,2] r = {1,0,0,1}>"
        "{ y = RNN <hidden_size = 2> (x, w, r, , n) }",
    ],
)
def test_what_an_operator_takes_beside_its_tensors_goes_along_with_any(text: str) -> None:
    model = parsed(text)
    feeds = default_feeds(model)
    trace = model.run(feeds)
    assert trace["y"].size
    if "n" in feeds:
        assert feeds["n"].tolist() == [7]
