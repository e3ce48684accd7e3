"""Files that mean harm, or that broke on the way: each gets a sentence, and none takes for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

import tensorama as tr
from engine.cases import all_cases
from engine.reference import feeds_of, model_of
from tensorama.onnxfile.types import DTYPES

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("exports/*.onnx"), *HERE.glob("classical/*.onnx")])
PATIENCE = 60  # seconds of computing, for what takes little: only something endless needs more


@pytest.fixture(autouse=True)
def nothing_endless() -> Iterator[None]:
    def give_up(number: int, frame: Any) -> None:
        raise TimeoutError("this takes for ever")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def model(
    nodes: Sequence[onnx.NodeProto],
    functions: Sequence[onnx.FunctionProto] = (),
    **weights: Any,
) -> onnx.ModelProto:
    """A model with one input x (2), one output y, and whole numbers as weights."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", 1, [2])],
        [onnx.ValueInfoProto(name="y")],
        [numpy_helper.from_array(np.array(value), name) for name, value in weights.items()],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("f", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=10)


def function(name: str, nodes: Sequence[onnx.NodeProto]) -> onnx.FunctionProto:
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("f", 1)]
    return helper.make_function("f", name, ["x"], ["y"], list(nodes), opsets)


def told(file: onnx.ModelProto | bytes) -> str:
    """The sentence with which a file is refused, when it is loaded or when it runs."""
    data = file if isinstance(file, bytes) else file.SerializeToString()
    with pytest.raises(tr.TensoramaError) as caught:
        tr.load(data).run({"x": np.ones(2, np.float32)})
    return str(caught.value)


def chain(length: int, calls: int) -> onnx.ModelProto:
    """Functions of which each calls the one before it so many times."""
    functions = [function("f0", [helper.make_node("Relu", ["x"], ["y"])])]
    for k in range(1, length):
        names = ["x", *[f"t{n}" for n in range(calls - 1)], "y"]
        nodes = [
            helper.make_node(f"f{k - 1}", [names[n]], [names[n + 1]], domain="f")
            for n in range(calls)
        ]
        functions.append(function(f"f{k}", nodes))
    return model([helper.make_node(f"f{length - 1}", ["x"], ["y"], domain="f")], functions)


def test_functions_that_call_functions_without_end() -> None:
    assert told(chain(2000, 1)) == "Functions call each other more than 32 deep."


def test_functions_that_spell_out_to_ever_more_nodes() -> None:
    sentence = "Spelled out, the functions have more than 50,000 nodes."
    assert told(chain(6, 40)) == sentence


def test_functions_within_measure() -> None:
    x = np.float32([-1, 2])
    np.testing.assert_array_equal(
        tr.load(chain(20, 1).SerializeToString()).run({"x": x})["y"], [0, 2]
    )


def test_a_function_that_calls_itself() -> None:
    calls = [helper.make_node("f0", ["x"], ["y"], domain="f")]
    assert told(model(calls, [function("f0", calls)])) == 'The function "f0" calls itself.'


HUGE = [
    ("Expand", ["x", "s"], {"s": [1 << 62, 2]}, "be larger than anything can be; x (2), s (2)"),
    ("Tile", ["x", "s"], {"s": [1 << 50]}, "memory does not suffice for 8.00 PiB; x (2), s (1)"),
    ("Pad", ["x", "s"], {"s": [1 << 40, 1 << 62]}, "be larger than anything can be; x (2), s (2)"),
    ("Range", ["a", "b", "c"], {"a": 0, "b": 1 << 60, "c": 1}, "be larger than anything can be; a"),
    ("Resize", ["x", "", "", "s"], {"s": [1 << 50]}, "memory does not suffice for 4.00 PiB; x (2)"),
    ("Gather", ["x", "s"], {"s": [1 << 62]}, "do not fit axis 0 of size 2; x (2), s (1)"),
    ("Reshape", ["x", "s"], {"s": [-1, -1]}, "only one size of the shape can be -1; x (2), s (2)"),
    ("HannWindow", ["s"], {"s": 1 << 50}, "memory does not suffice for 8.00 PiB; s ()"),
    ("TopK", ["x", "s"], {"s": [1 << 62]}, "there are no 4611686018427387904 best of 2 values"),
]


@pytest.mark.parametrize(("op", "inputs", "weights", "words"), HUGE, ids=[case[0] for case in HUGE])
def test_sizes_beyond_everything(op: str, inputs: list, weights: dict, words: str) -> None:
    outputs = ["y", "z"] if op == "TopK" else ["y"]
    sentence = told(model([helper.make_node(op, inputs, outputs)], **weights))
    assert sentence.startswith(f'{op} "y": ')
    assert words in sentence


@pytest.mark.parametrize("shape", [[1 << 40, 1 << 10], [1 << 60, 1 << 60]])
def test_a_sparse_weight_beyond_everything(shape: list[int]) -> None:
    file = model([helper.make_node("Identity", ["w"], ["y"])])
    values = numpy_helper.from_array(np.ones(1, np.float32), "w")
    places = numpy_helper.from_array(np.array([[1, 1]]))
    file.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, shape))
    words = ",".join(map(str, shape))
    assert told(file) == f'The sparse weight "w" would be too large in full: ({words}).'


def test_a_name_that_is_no_text() -> None:
    data = model([helper.make_node("Relu", ["x"], ["y"], name="NAME")]).SerializeToString()
    assert told(data.replace(b"NAME", b"N\xff\xfeE")) == (
        "A name in this ONNX file is no text (UTF-8): b'N\\xff\\xfeE'."
    )


@pytest.mark.parametrize(
    "data",
    [b"\x08" + b"\x80" * 1_000_000, b"\x0b" * 1_000_000, b"\x3a\xff\xff\xff\xff\x7f" * 1000],
    ids=["a number without end", "groups in groups", "parts beyond the end"],
)
def test_bytes_that_lead_nowhere(data: bytes) -> None:
    assert "ONNX" in told(data)


def _damaged(random: np.random.Generator) -> tuple[str, bytes]:
    """A committed file with a few bytes changed, lost or added."""
    path = FILES[random.integers(len(FILES))]
    data = bytearray(path.read_bytes())
    kind = random.integers(4)
    for _ in range(int(random.integers(1, 6))):
        at, some = int(random.integers(len(data))), int(random.integers(1, 9))
        if kind == 0:
            data[at] = int(random.integers(256))
        elif kind == 1:
            data[at] ^= 1 << int(random.integers(8))
        elif kind == 2:
            del data[at : at + some]
        else:
            data[at:at] = random.bytes(some)
    return path.name, bytes(data)


def _feeds(read: tr.Model) -> dict[str, Any]:
    feeds = {}
    for value in read.graph.inputs:
        shape = [s if isinstance(s, int) and s < 100 else 2 for s in value.shape or ()]
        dtype = DTYPES.get(value.elem_type, np.dtype(np.float32))
        feeds[value.name] = (
            np.full(shape, "a", object) if dtype.kind == "O" else np.ones(shape, dtype)
        )
    return feeds


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_damaged_files_work_or_get_a_sentence(seed: int) -> None:
    """Whatever comes, nothing but the errors of one tree is raised."""
    random, told_off = np.random.default_rng(seed), 0
    for _ in range(100):
        name, data = _damaged(random)
        try:
            read = tr.load(data)
            read.run(_feeds(read))
        except tr.TensoramaError:
            told_off += 1
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}: {error!r}") from error
    assert told_off > 10


NUMBERS = [0, 1, -1, 2, 3, -2, 7, 100, 2**31, -(2**31), 2**63 - 1, -(2**63), 2**40, 1_000_000]
FLOATS = [0, 1, -1, 1e30, np.nan, np.inf, -np.inf, 0.5]
TEXTS = ["", "x0", "y0", "Relu", "€", "axis", "Conv"]


def _leaves(message: Any) -> list[tuple[Any, Any]]:
    """Every field that is set, at every depth, with the message that it stands in."""
    found = []
    for field, value in message.ListFields():
        found.append((message, field))
        if field.type == field.TYPE_MESSAGE:
            for inner in value if isinstance(getattr(message, field.name), Sequence) or hasattr(
                value, "add"
            ) else [value]:  # fmt: skip
                found += _leaves(inner)
    return found


def _other(field: Any, random: np.random.Generator) -> Any:
    if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return float(random.choice(FLOATS))
    if field.type == field.TYPE_STRING:
        return str(random.choice(TEXTS))
    if field.type == field.TYPE_BYTES:
        return random.bytes(int(random.integers(0, 9)))
    if field.type == field.TYPE_ENUM:
        return int(random.integers(0, 15))
    number = NUMBERS[random.integers(len(NUMBERS))]
    if field.type == field.TYPE_INT32:
        return max(-(2**31), min(2**31 - 1, number))
    return abs(number) if field.type == field.TYPE_UINT64 else number


def _twist(file: onnx.ModelProto, random: np.random.Generator) -> None:
    """Change, double or take away one thing that a file says."""
    leaves = _leaves(file)
    message, field = leaves[random.integers(len(leaves))]
    value, what = getattr(message, field.name), random.integers(3)
    if hasattr(value, "add"):  # a list of messages
        place = int(random.integers(len(value)))
        if what:
            value.add().CopyFrom(value[place])
        else:
            del value[place]
    elif hasattr(value, "append"):
        place = int(random.integers(len(value)))
        if what == 0:
            del value[place]
        elif what == 1:
            value.append(_other(field, random))
        else:
            value[place] = _other(field, random)
    elif what == 0 or field.type == field.TYPE_MESSAGE:
        message.ClearField(field.name)
    else:
        setattr(message, field.name, _other(field, random))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_twisted_models_work_or_get_a_sentence(seed: int) -> None:
    """Well-formed files that say something wrong: every operator, attributes, shapes and names."""
    random, cases = np.random.default_rng(seed), all_cases()
    sentences: list[str] = []
    for _ in range(100):
        case = cases[random.integers(len(cases))]
        file = model_of(case)
        _twist(file, random)
        try:
            tr.load(file.SerializeToString()).run(feeds_of(case))
        except tr.TensoramaError as error:
            sentences.append(str(error))
        except Exception as error:
            raise AssertionError(f"{case.name}, seed {seed}: {error!r}") from error
    assert len(sentences) > 10
    assert not any("\n" in sentence for sentence in sentences)
