"""What a model is fed when nobody gives anything: always the same, and always accepted."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from inputs.models import Shape, declaring, tensor
from tensorama import engine
from tensorama.inputs import default_feeds, defaults
from tensorama.onnxfile import Graph, Node, ValueInfo
from tensorama.onnxfile.types import DTYPES, type_name


def made_up(shape: Shape | None, elem_type: int = 1, seed: int = 0) -> np.ndarray:
    return default_feeds(declaring(tensor("x", shape, elem_type)), seed)["x"]


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        (None, ()),
        ((), ()),
        ((3, 4), (3, 4)),
        (("N",), (1,)),
        (("N", 10), (1, 10)),
        ((None, None), (1, 16)),
        (("batch", "sequence", 64), (1, 16, 64)),
        (("N", 3, "H", "W"), (1, 3, 224, 224)),
        ((2, None, None, None), (2, 3, 224, 224)),
        (("N", 1, "D", "H", "W"), (1, 1, 16, 16, 16)),
        ((0, 5), (0, 5)),
    ],
    ids=str,
)
def test_free_dimensions_get_a_size(declared: Shape | None, shape: tuple[int, ...]) -> None:
    assert made_up(declared).shape == shape


def test_a_dimension_of_the_same_name_has_the_same_size_everywhere() -> None:
    model = declaring(
        tensor("tokens", ("batch", "length"), 7),
        tensor("places", ("length",), 7),
        tensor("mask", ("length", "length")),
    )
    feeds = default_feeds(model)
    assert [feed.shape for feed in feeds.values()] == [(1, 16), (16,), (16, 16)]
    engine.check_feeds(model, feeds)


@pytest.mark.parametrize("elem_type", sorted(DTYPES), ids=type_name)
def test_every_type_is_made_up_so_that_a_run_accepts_it(elem_type: int) -> None:
    model = declaring(tensor("x", ("N", 3, 8), elem_type))
    feeds = default_feeds(model)
    checked = engine.check_feeds(model, feeds)["x"]
    assert feeds["x"].dtype == DTYPES[elem_type]
    np.testing.assert_array_equal(checked, feeds["x"])


@pytest.mark.parametrize("elem_type", [16, 17, 23, 24], ids=type_name)
def test_a_narrow_type_holds_only_its_own_values(elem_type: int) -> None:
    values = made_up((500,), elem_type)
    narrower = np.unique(np.asarray(values, np.float32).view(np.uint32) & 0xFFFF)
    assert narrower.tolist() == [0], "the lower half of a float32 is empty in all of these"


@pytest.mark.parametrize("elem_type", [1, 10, 11], ids=type_name)
def test_floats_are_noise_around_zero(elem_type: int) -> None:
    values = made_up((1, 3, 64, 64), elem_type).astype(float)
    assert abs(values.mean()) < 0.05
    assert values.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("elem_type", [2, 3, 6, 7, 9, 12, 13], ids=type_name)
def test_whole_numbers_and_truth_are_0_and_1(elem_type: int) -> None:
    assert set(made_up((200,), elem_type).astype(int).tolist()) == {0, 1}


def test_strings_are_text() -> None:
    values = made_up(("N", 3), 8)
    assert values.dtype == object
    assert values.tolist() == [["text"] * 3]


def test_a_seed_gives_the_same_each_time_and_another_seed_something_else() -> None:
    np.testing.assert_array_equal(made_up((50,), seed=3), made_up((50,), seed=3))
    assert not np.array_equal(made_up((50,), seed=3), made_up((50,), seed=4))


def test_two_inputs_are_not_fed_the_same() -> None:
    feeds = default_feeds(declaring(tensor("a", (20,)), tensor("b", (20,))))
    assert list(feeds) == ["a", "b"]
    assert not np.array_equal(feeds["a"], feeds["b"])


def test_an_optional_input_is_left_out() -> None:
    model = declaring(tensor("x", (3,)), ValueInfo("maybe", kind="optional"))
    assert list(default_feeds(model)) == ["x"]


def test_an_optional_input_is_given_where_it_is_taken_without_asking() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (optional(float[3]) maybe) => (float[3] y) { y = OptionalGetElement (maybe) }
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    feeds = default_feeds(model)
    assert feeds["maybe"].shape == (3,)
    model.run(feeds)


@pytest.mark.parametrize(
    ("declared", "shape"),
    [("seq(float[2,N])", (2, 2)), ("seq(float)", (2, 2)), ("seq(int64[5])", (5,))],
)
def test_a_sequence_has_two_members(declared: str, shape: tuple[int, ...]) -> None:
    text = f"""
    <ir_version: 10, opset_import: ["" : 21]>
    g ({declared} parts) => (float[M] y) {{ y = ConcatFromSequence <axis = 0> (parts) }}
    """
    model = tr.load(onnx.parser.parse_model(text).SerializeToString())
    feeds = default_feeds(model)
    assert [part.shape for part in feeds["parts"]] == [shape, shape]
    assert model.run(feeds)["y"].shape == (2 * shape[0], *shape[1:])


def test_a_map_has_an_entry_that_the_graph_knows() -> None:
    element = ValueInfo("", 1, ())
    value = ValueInfo("words", kind="map", element=element, key_type=8)
    assert list(default_feeds(declaring(value))["words"]) == ["text"]
    node = Node(0, "", "DictVectorizer", "ai.onnx.ml", ("words",), ("y",),
                {"string_vocabulary": ("cat", "dog")})  # fmt: skip
    model = tr.Model(Graph("g", (value,), (), (node,), {}, {}), {"": 17, "ai.onnx.ml": 3}, {})
    feeds = default_feeds(model)
    assert list(feeds["words"]) == ["cat"]
    assert model.run(feeds)["y"].shape == (1, 2)


def test_what_cannot_be_made_up_is_refused_with_a_way_out() -> None:
    with pytest.raises(tr.UnsupportedError) as caught:
        default_feeds(declaring(ValueInfo("holes", kind="sparse_tensor")))
    assert str(caught.value) == (
        'Input "holes" is a sparse_tensor; give one in Python: model.run({…}).'
    )


@pytest.mark.parametrize("shape", [(2**15, 2**14), (10**6, 10**6, 10**6), (1, 2**28 + 1)])
def test_a_huge_input_is_refused_before_it_is_made(shape: tuple[int, ...]) -> None:
    with pytest.raises(tr.UnsupportedError) as caught:
        made_up(shape)
    count = f"{int(np.prod([float(n) for n in shape])):,}"
    assert str(caught.value) == f'Input "x" would need {count} numbers, too many for a page.'


def test_a_model_without_inputs_needs_nothing() -> None:
    assert default_feeds(declaring()) == {}


def test_numbers_that_choose_a_row_of_a_table_are_any_of_its_rows() -> None:
    text = """
    <ir_version: 10, opset_import: ["" : 21]>
    g (int32[1, 200] ids, int64[1, 4] mask) => (float[1, 200, 2] y, int64[1, 4] z)
    <float[50, 2] table = {%s}> {
        long = Cast <to = 7> (ids)
        y = Gather (table, long)
        z = Identity (mask)
    }
    """
    model = tr.load(onnx.parser.parse_model(text % ",".join(["1"] * 100)).SerializeToString())
    feeds = default_feeds(model)
    assert len(np.unique(feeds["ids"])) > 40
    assert feeds["ids"].max() < 50
    assert feeds["ids"].min() >= 0
    assert set(feeds["mask"].reshape(-1).tolist()) <= {0, 1}
    model.run(feeds)


@pytest.mark.parametrize("elem_type", [2, 3, 6, 7, 12, 13], ids=type_name)
def test_numbers_of_32_bits_as_a_page_makes_them_become_any_type(
    elem_type: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defaults, "meant", lambda wanted: np.full(wanted.shape, 5, np.int32))
    values = made_up((2,), elem_type)
    assert values.dtype == DTYPES[elem_type]
    assert values.tolist() == [5, 5]
