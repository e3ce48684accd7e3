"""The door to the kernel: what it refuses, and that everything has to go through it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from engine.kernel_host import Host
from tensorama.engine import kernel
from tensorama.engine.kernel.cells import combined
from tensorama.engine.kernel.declared import DECLARED
from tensorama.engine.kernel.door import Refused, address, door, extent, located, parameters
from tensorama.engine.kernel.program import BLOCK, SCRATCH, Program
from tensorama_build.kernel.module import kernel as written_kernel
from tensorama_build.kernel.products import SCRATCH_BYTES

SOURCES = Path(kernel.__file__).parents[2]


def floats(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def test_every_exported_function_is_declared_with_all_that_it_takes() -> None:
    module = written_kernel(relaxed=False)
    assert [name for name in module.exports if name != "replay"] != []
    assert set(module.exports) == {*DECLARED, "replay"}
    for name in DECLARED:
        words = [parameter.name for parameter in parameters(name)]
        assert words == list(module.written(name).parameters)
        addresses = {p.name for p in parameters(name) if p.pointer}
        assert addresses == {w for w in words if w in addresses}, name
        assert addresses, name


def test_scratch_memory_is_as_large_as_products_need() -> None:
    assert kernel.OWN_BYTES >= SCRATCH_BYTES


def test_nothing_but_the_door_knows_the_library() -> None:
    """ctypes leads to it; the memory's measure asks Python's own library alone."""
    libraries = {
        str(path.relative_to(SOURCES)): re.findall(r"\bCDLL\((.*?)\)", text)
        for path in SOURCES.rglob("*.py")
        if "CDLL" in (text := path.read_text(encoding="utf-8"))
    }
    assert libraries == {
        str(Path("engine", "memory.py")): ["None"],
        str(Path("engine", "kernel", "__init__.py")): ["str(path"],
    }


A, C = floats(3, 4), floats(3, 5)
SCRATCH_MEMORY = floats(kernel.SCRATCH_BYTES // 4)


def gemm(**others: Any) -> list[Any]:
    """The arguments of a product (3,4) · (4,5) that are right, but for some."""
    right = {
        "a": A, "a_row": 16, "a_column": 4, "b": floats(4, 5), "b_row": 20, "b_column": 4,
        "c": C, "c_row": 20, "m": 3, "n": 5, "k": 4, "bias": 0, "scratch": SCRATCH_MEMORY,
    }  # fmt: skip
    return list((right | others).values())


def frozen() -> np.ndarray:
    array = floats(3, 5)
    array.setflags(write=False)
    return array


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"a": floats(3, 3)}, "gemm a has bytes 0 to 36, not 0 to 48"),
        ({"a": np.broadcast_to(floats(1), (3, 4))}, "gemm a has bytes 0 to 4, not 0 to 48"),
        ({"a": A[::-1]}, "gemm a has bytes -32 to 16, not 0 to 48"),
        ({"a_row": -16}, "gemm a has bytes 0 to 48, not -32 to 16"),
        ({"bias": floats(2)}, "gemm bias has bytes 0 to 8, not 0 to 12"),
        ({"c": frozen()}, "gemm c cannot be written"),
        ({"c": np.zeros((3, 5), np.int32)}, "gemm c cannot be int32"),
        ({"a": 0}, "gemm a is no array"),
        ({"bias": 4}, "gemm bias is no array"),
        ({"bias": np.float32(1)}, "gemm bias is no array"),
        ({"scratch": floats(9)}, "gemm scratch has bytes 0 to 36, not 0 to 524288"),
        ({"m": -1}, "the kernel's gemm does not know these sizes"),
        ({"m": 1 << 30}, "the kernel's gemm does not know these sizes"),
        ({"c_row": -(1 << 32)}, "the kernel's gemm does not know these sizes"),
        ({"n": 1 << 29, "c_row": 0}, "gemm b has bytes 0 to 80, not 0 to 2147483708"),
    ],
)
def test_what_does_not_fit_is_refused(others: dict[str, Any], sentence: str) -> None:
    assert len(door("gemm")(located, *gemm())) == 13
    with pytest.raises(Refused, match=f"^{sentence}$"):
        door("gemm")(located, *gemm(**others))


@pytest.mark.parametrize("others", [{"a": A[::-1], "a_row": -16}, {"m": 0, "a": floats(0)}])
def test_what_fits_is_passed_on(others: dict[str, Any]) -> None:
    door("gemm")(located, *gemm(**others))


def test_numbers_of_cells_have_to_be_below_their_count() -> None:
    index = np.array([[0], [3]], np.int32)
    with pytest.raises(Refused, match="taps index has numbers that are not below 3"):
        door("taps")(located, floats(2, 3), floats(2, 2), 2, 3, 2, 1, index, floats(2, 1), 1)


def test_a_division_by_zero_is_refused() -> None:
    with pytest.raises(Refused):
        door("scale_shift")(located, A, A, 3, 0, 4, A, A)


def test_an_extent_is_what_numpy_says() -> None:
    for array in (A, A[::-1], A[:, ::-2], A[1:, 1:].T, A[:0], np.broadcast_to(A, (2, 3, 4))):
        low, high = np.lib.array_utils.byte_bounds(array)
        first = array.__array_interface__["data"][0]
        assert extent(array) == ((low - first, high - first) if array.size else (0, 0))


def test_what_is_larger_than_its_target_is_not_combined_into_it(player: Host) -> None:
    with pytest.raises(ValueError, match="could not be broadcast"):
        combined("add", floats(3, 1, 18), floats(4, 18))
    assert not player.calls


def test_a_program_is_checked_when_it_is_made() -> None:
    program = Program(SCRATCH_MEMORY)
    weights, fed = program.base(A), program.base()
    program.written("relu", [(weights, 0), (BLOCK, 8), 12])
    for wrong in (
        [(weights, 4), (BLOCK, 8), 12],  # reads behind the weights
        [(weights, -4), (BLOCK, 8), 12],
        [(BLOCK, 0), (weights, 0), 12],  # writes into weights
        [(BLOCK, 0), (fed, 0), 12],  # or into what is fed
        [(BLOCK, 0), (SCRATCH, 0), kernel.SCRATCH_BYTES],
        [0, (BLOCK, 0), 12],
    ):
        with pytest.raises(Refused):
            program.written("relu", wrong)


def test_what_comes_with_a_play_is_measured(player: Host) -> None:
    program = Program(player.scratch)
    fed = program.base()
    program.call(program.written("relu", [(fed, 4), (BLOCK, 8), 11]))
    play, block = player.player(program), np.zeros(52, np.uint8)
    play(block, [(fed, A)])
    for some, coming in ((block[1:], [(fed, A)]), (block, [(fed, A[:, 1:])]), (block, [])):
        with pytest.raises(Refused):
            play(some, coming)


def test_a_node_that_the_kernel_refuses_is_computed_by_numpy(
    player: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    kinds = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [8, 8])]
    weights = [helper.make_tensor("w", TensorProto.FLOAT, [8, 8], [1.0] * 64)]
    graph = helper.make_graph(
        [node], "g", kinds, [helper.make_empty_tensor_value_info("y")], weights
    )
    model = tr.load(helper.make_model(graph, ir_version=10).SerializeToString())

    def refusing(*_: Any) -> None:
        raise Refused("not this")

    monkeypatch.setattr(player, "call", refusing)
    y = model.run({"x": np.ones((8, 8), np.float32)})["y"]
    assert (y == 8).all()


def test_what_lies_across_the_middle_of_memory_is_left_to_numpy(
    player: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel compares addresses with a sign; a page's memory may grow beyond."""
    x = floats(8)
    monkeypatch.setitem(located.__globals__, "HALF", address(x) + 16)
    relu = door("relu")
    relu(located, x[:4], C, 4)
    relu(located, x[4:], C, 4)
    for wrong in (x, x[3:5]):
        with pytest.raises(Refused, match="relu x lies across the middle of memory"):
            relu(located, wrong, C, wrong.size)
    program = Program(SCRATCH_MEMORY)
    with pytest.raises(Refused):
        program.written("relu", [(program.base(x), 0), (BLOCK, 0), 8])
    fed = program.base()
    program.call(program.written("relu", [(fed, 0), (BLOCK, 0), 8]))
    with pytest.raises(Refused):
        program.addresses(np.zeros(32, np.uint8), [(fed, x)])
