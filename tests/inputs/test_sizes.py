"""Free sizes of inputs are found from what they meet in the graph."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest
from onnx import numpy_helper

import tensorama as tr
from inputs.models import Shape, declaring, tensor
from tensorama.inputs import default_feeds, default_feeds_slices, free_sizes, trying
from tensorama.inputs.sizes import size_of, terms


def parsed(text: str, **weights: tuple[int, ...]) -> tr.Model:
    """A model in ONNX's text form, with weights of these shapes."""
    head = '<ir_version: 10, opset_import: ["" : 17, "ai.onnx.ml" : 3]>'
    proto = onnx.parser.parse_model(f"{head} {text}")
    for name, shape in weights.items():
        array = np.full(shape, 0.01, np.float32)
        proto.graph.initializer.append(numpy_helper.from_array(array, name))
    return tr.load(proto.SerializeToString())


def shapes_of(model: tr.Model) -> dict[str, tuple[int, ...]]:
    """The shapes that are fed; the model runs on them."""
    feeds = default_feeds(model)
    model.run(feeds)
    return {name: np.shape(value) for name, value in feeds.items()}


PATCHES = """
g (float[N,3,h,w] x) => (float y) {
    p = Conv <strides = [16, 16]> (x, w)
    s = Constant <value_ints = [1, 8, -1]> ()
    r = Reshape (p, s)
    t = Transpose <perm = [0, 2, 1]> (r)
    c = Concat <axis = 1> (t, token)
    y = Add (c, places)
}"""
FLAT = """
g (float[N,1,h,w] x) => (float y) {
    c = Conv <strides = [2, 2], pads = [1, 1, 1, 1]> (x, w)
    p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (c)
    f = Flatten (p)
    y = Gemm <transB = 1> (f, v)
}"""
LINES = """
g (float[N,3,h,w] x) => (float y) {
    c = Conv <strides = [16, 16]> (x, w)
    a = Constant <value_ints = [2]> ()
    y = Squeeze (c, a)
}"""
SAMPLES = """
g (float[batch,sequence] x) => (float y) {
    a = Constant <value_ints = [1]> ()
    u = Unsqueeze (x, a)
    y = Conv <strides = [128]> (u, w)
}"""
CASES = {
    "MatMul": ("g (float[a,b] x) => (float y) {y = MatMul (x, w)}", {"w": (65, 3)}, (1, 65)),
    "Gemm": (
        "g (float[?,?] x) => (float y) {y = Gemm <transB = 1> (x, w)}", {"w": (3, 65)}, (1, 65)
    ),
    "Sub": ("g (float[n,f] x) => (float y) {y = Sub (x, w)}", {"w": (9,)}, (1, 9)),
    "NHWC": ("g (float[n,h,w,3] x) => (float y) {y = Relu (x)}", {}, (1, 224, 224, 3)),
    "NHWC by use": (
        "g (float[a,b,p,q] x) => (float y) {t = Transpose <perm = [0,3,1,2]> (x) y = Conv (t, w)}",
        {"w": (4, 3, 9, 9)}, (1, 224, 224, 3),
    ),
    "window": (SAMPLES, {"w": (4, 1, 256)}, (1, 256)),
    "patches": (PATCHES, {"w": (8, 3, 16, 16), "token": (1, 1, 8), "places": (1, 17, 8)},
                (1, 3, 64, 64)),
    "flat": (FLAT, {"w": (4, 1, 3, 3), "v": (10, 4 * 7 * 7)}, (1, 1, 28, 28)),
    "flat, larger": (FLAT, {"w": (4, 1, 3, 3), "v": (10, 4 * 24 * 24)}, (1, 1, 96, 96)),
    "lines": (LINES, {"w": (8, 3, 16, 16)}, (1, 3, 16, 224)),
    "GRU": (
        "g (float[t,n,f] x) => (float y) {y, h = GRU <hidden_size = 2> (x, w, r)}",
        {"w": (1, 6, 11), "r": (1, 6, 2)}, (1, 16, 11),
    ),
    "Reshape": (
        "g (float[n,t,f] x) => (float y) {s = Constant <value_ints=[-1,40,7]> () y=Reshape(x,s)}",
        {}, (1, 16, 35),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_free_size_is_what_the_graph_wants(name: str) -> None:
    text, weights, shape = CASES[name]
    assert shapes_of(parsed(text, **weights))["x"] == shape


def test_a_kernel_that_is_an_input_is_small() -> None:
    model = parsed("g (float[?,?,?,?] x, float[?,?,?,?] k) => (float y) {y = Conv (x, k)}")
    assert shapes_of(model) == {"x": (1, 3, 224, 224), "k": (1, 3, 3, 3)}


def test_even_the_number_of_axes_may_be_open() -> None:
    proto = onnx.parser.parse_model("""
        <ir_version: 10, opset_import: ["" : 17]>
        g (float[a,b] x) => (float y) <float[3,2] w = {1,1,1,1,1,1}> { y = MatMul (x, w) }
    """)
    proto.graph.input[0].type.tensor_type.ClearField("shape")
    assert shapes_of(tr.load(proto.SerializeToString()))["x"] == (1, 3)


def test_inputs_that_belong_together_are_as_long_as_each_other() -> None:
    """Like a network for texts whose exporter kept the length of its example."""
    model = parsed(
        """g (int64[a,b] ids, int64[c,d] kinds, int64[e,f] mask) => (float y) {
            i = Gather (table, ids)
            k = Gather (table, kinds)
            t = Add (i, k)
            s = Constant <value_ints = [1, 9, 4]> ()
            r = Reshape (t, s)
            axes = Constant <value_ints = [2]> ()
            m = Unsqueeze (mask, axes)
            n = Cast <to = 1> (m)
            y = Mul (r, n)
        }""",
        table=(30, 4),
    )
    assert set(shapes_of(model).values()) == {(1, 9)}


def test_a_batch_that_was_fixed_by_its_example_is_found() -> None:
    model = parsed(
        """g (float[a,b] x) => (float y) {
            t = MatMul (x, w)
            s = Constant <value_ints = [2, 5]> ()
            y = Reshape (t, s)
        }""",
        w=(7, 5),
    )
    assert shapes_of(model)["x"] == (2, 7)


def test_a_window_of_words_is_as_long_as_its_layers_were_made_for() -> None:
    """Like Thai word cutters: a reshape to a fixed number of places after a convolution."""
    model = parsed(
        """g (float[a,b] x) => (float y) {
            axis = Constant <value_ints = [1]> ()
            u = Unsqueeze (x, axis)
            c = Conv (u, w)
            s = Constant <value_ints = [-1, 12, 5]> ()
            y = Reshape (c, s)
        }""",
        w=(5, 1, 10),
    )
    assert shapes_of(model)["x"] == (1, 21)


def test_a_tree_tells_how_many_features_it_reads() -> None:
    model = parsed("""g (float[N,F] x) => (float y) {
        y = ai.onnx.ml.TreeEnsembleRegressor <n_targets = 1,
            nodes_treeids = [0, 0, 0], nodes_nodeids = [0, 1, 2], nodes_featureids = [40, 0, 0],
            nodes_values = [0.5, 0.0, 0.0], nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"],
            nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0],
            target_treeids = [0, 0], target_nodeids = [1, 2], target_ids = [0, 0],
            target_weights = [1.0, 2.0]> (x)
    }""")
    assert shapes_of(model)["x"] == (1, 48)


def test_a_branch_that_the_sample_rate_chooses_is_followed() -> None:
    """Like Silero's voice detector: two networks of other windows, chosen by the rate."""
    model = parsed(
        """g (float[?,?] input, int64 sr) => (float y) {
            rate = Constant <value_int = 16000> ()
            is = Equal (sr, rate)
            y = If (is) <
                then_branch = a () => (float p) {
                    one = Constant <value_ints = [1]> ()
                    u = Unsqueeze (input, one)
                    p = Conv <strides = [128]> (u, long)
                },
                else_branch = b () => (float q) {
                    one = Constant <value_ints = [1]> ()
                    v = Unsqueeze (input, one)
                    q = Conv <strides = [64]> (v, short)
                }>
        }""",
        long=(4, 1, 400),
        short=(4, 1, 200),
    )
    feeds = default_feeds(model)
    assert feeds["sr"].shape == ()
    assert feeds["sr"] == 16000
    assert feeds["input"].shape == (1, 400)
    model.run(feeds)


def test_sizes_inside_of_a_function_count() -> None:
    proto = onnx.parser.parse_model("""
        <ir_version: 10, opset_import: ["" : 17, "own" : 1]>
        g (float[a,b] x) => (float y) <float[3,2] w = {1,1,1,1,1,1}> { y = own.Layer (x, w) }
        <domain: "own", opset_import: ["" : 17]>
        Layer (p, q) => (r) { r = MatMul (p, q) }
    """)
    assert shapes_of(tr.load(proto.SerializeToString()))["x"] == (1, 3)


def test_what_no_rule_foresees_is_tried() -> None:
    """Inside of a loop shapes are not followed; the model is run."""
    model = parsed(
        """g (float[a,b] x) => (float y) {
            most = Constant <value_int = 2> ()
            go = Constant <value_ints = [1]> ()
            on = Cast <to = 9> (go)
            y = Loop (most, on, x) <body = l (int64 i, bool c, float[N,M] s) => (bool d, float t) {
                d = Identity (c)
                t = MatMul (s, w)
            }>
        }""",
        w=(48, 48),
    )
    assert shapes_of(model)["x"] == (1, 48)


def test_where_nothing_fits_the_error_says_which_sizes_are_free_and_what_failed() -> None:
    text = "g (float[n,a] x, float[n,?] z) => (float y) {p=MatMul(x,w) q=MatMul(z,v) y=Add(p,q)}"
    with pytest.raises(tr.SizesError) as caught:
        default_feeds(parsed(text, w=(5, 3), v=(6, 4)))
    error = caught.value
    assert [(axis.name, axis.key) for axis in error.axes] == [
        ("n", "n"), ("a", "a"), ("z, axis 1", ("z", 1))
    ]  # fmt: skip
    assert error.axes[0].places == (("x", 0), ("z", 0))
    assert error.failed.startswith('Add "y": ')
    assert str(error) == (
        'The file leaves open the sizes "n", "a", "z, axis 1", and none that was tried fits. '
        f"{error.failed}"
    )


def test_a_search_makes_no_more_than_a_page_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a row of convolutions makes eight times as many numbers; what fails comes last."""
    row = (f"{b} = ConvTranspose <strides = [2, 2, 2]> ({a}, w)" for a, b in ("xp", "pq", "qr"))
    model = parsed(
        f"""g (float[N,1,a,b,c] x) => (float y) {{
            {" ".join(row)}
            n = NonZero (r)
            s = Constant <value_ints = [7]> ()
            y = Reshape (r, s)
        }}""",
        w=(1, 1, 2, 2, 2),
    )
    monkeypatch.setattr(trying, "_MADE", 1 << 20)
    assert default_feeds(model)["x"].shape == (1, 1, 16, 16, 16)
    with pytest.raises(tr.OperatorError, match="7"):  # whoever runs it is told
        model.run(default_feeds(model))


def test_sizes_that_are_given_stay() -> None:
    text = "g (float[n,3,h,w] x, float[?,7] z) => (float[A] y, float[B] v) {y=Relu(x) v=Relu(z)}"
    model = parsed(text)
    feeds = default_feeds(model, sizes={"h": 48, ("x", 3): 192, ("z", 0): 5})
    assert feeds["x"].shape == (1, 3, 48, 192)
    assert feeds["z"].shape == (5, 7)
    assert default_feeds(model)["x"].shape == (1, 3, 224, 224)


def test_a_size_that_is_given_wins_over_what_would_fit() -> None:
    text = "g (float[a,b] x) => (float y) {y = MatMul (x, w)}"
    feeds = default_feeds(parsed(text, w=(65, 3)), sizes={"a": 2, "b": 3})
    assert feeds["x"].shape == (2, 3)


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ({"hight": 3}, 'There is no free size \'hight\'; free are: "n", "x, axis 1".'),
        ({"n": -1}, 'The size of "n" must be a whole number, -1 came.'),
        ({("x", 1): 2.5}, 'The size of "x, axis 1" must be a whole number, 2.5 came.'),
    ],
)
def test_what_is_no_size_is_refused(sizes: dict[object, object], sentence: str) -> None:
    model = declaring(tensor("x", ("n", None)))
    with pytest.raises(tr.FeedError) as caught:
        default_feeds(model, sizes=sizes)  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_two_question_marks_may_differ() -> None:
    model = parsed("g (float[1,3,?,?] x) => (float y) {y = Relu (x)}")
    assert [axis.key for axis in free_sizes(model)] == [("x", 2), ("x", 3)]
    assert model.run({"x": np.zeros((1, 3, 48, 192), np.float32)})["y"].shape == (1, 3, 48, 192)


def test_the_search_pauses_and_can_be_dropped() -> None:
    text = "g (float[a,b] x) => (float y) {y = MatMul (x, w)}"
    work = default_feeds_slices(parsed(text, w=(65, 3)))
    next(work)
    work.close()


def test_sizes_are_sought_once_per_model() -> None:
    model = parsed("g (float[a,b] x) => (float y) {y = MatMul (x, w)}", w=(65, 3))
    default_feeds(model)
    with pytest.raises(StopIteration) as stop:
        next(default_feeds_slices(model, seed=1))
    assert stop.value.value["x"].shape == (1, 65)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("past + 1", 4),
        ("2*batch", 2),
        ("past_len + seq_len", 16),
        ("past*x", 48),
        ("a + 2*q + 3", 51),
    ],
)
def test_a_name_that_is_reckoned_follows_its_parts(name: str, size: int) -> None:
    assert terms(name)
    assert size_of(name, {"past": 3, "batch": 1}) == size


@pytest.mark.parametrize("name", ["batch", "floor(h/2) + 1", "N-1", "+", "a+", "unk__7", "a.b"])
def test_other_names_are_names(name: str) -> None:
    assert not terms(name)


@pytest.mark.parametrize(
    ("name", "declared", "shape"),
    [("waveform", ("batch", "time"), (1, 16000)), ("input_values", (None, None), (1, 16000)),
     ("audio", (1, 1, None), (1, 1, 16000)), ("x", ("n", "num_samples"), (1, 16000)),
     ("audio", (1, 80, None), (1, 80, 16)), ("x", ("a", "b", "c", "d"), (1, 3, 224, 224)),
     ("x", ("B", "H", "W", "C"), (1, 224, 224, 3)), ("x", (None, "frames", 40), (1, 16, 40)),
     ("pixel_values", ("batch_size", "num_channels", "height", "width"), (1, 3, 224, 224))],
)  # fmt: skip
def test_names_of_inputs_and_dimensions_suggest_sizes(
    name: str, declared: Shape, shape: tuple[int, ...]
) -> None:
    assert default_feeds(declaring(tensor(name, declared)))[name].shape == shape


def test_a_mask_for_one_more_than_before_is_for_all_that_is_fed() -> None:
    model = declaring(
        tensor("input_ids", ("batch", "sequence_length"), 7),
        tensor("attention_mask", ("batch", "past_sequence_length + 1"), 7),
        tensor("past_key_values.0.key", ("batch", 4, "past_sequence_length", 8)),
    )
    feeds = default_feeds(model, sizes={"past_sequence_length": 5})
    assert [feed.shape for feed in feeds.values()] == [(1, 16), (1, 21), (1, 4, 5, 8)]


def test_a_cache_is_empty_and_the_mask_as_long_as_everything() -> None:
    model = declaring(
        tensor("input_ids", ("batch", "sequence"), 7),
        tensor("attention_mask", ("batch", "past_sequence_length + sequence"), 7),
        tensor("past_key_values.0.key", ("batch", 4, "past_sequence_length", 8)),
    )
    feeds = default_feeds(model)
    assert [feed.shape for feed in feeds.values()] == [(1, 16), (1, 16), (1, 4, 0, 8)]
    longer = default_feeds(model, sizes={"past_sequence_length": 3})
    assert [feed.shape for feed in longer.values()] == [(1, 16), (1, 19), (1, 4, 3, 8)]
