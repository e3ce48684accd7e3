"""Tensors out of .safetensors; whatever else the bytes are, it is said, and nothing is reserved."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest

from tensorama.errors import FeedError
from tensorama.inputs.ways.arrays import arrays_in


def packed(header: Any, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def one(dtype: str, shape: Any, place: Any, body: bytes = bytes(24)) -> bytes:
    return packed({"x": {"dtype": dtype, "shape": shape, "data_offsets": place}}, body)


def test_tensors_are_read_by_their_names() -> None:
    a, b = np.arange(6, dtype="<f4").reshape(2, 3), np.array([True, False])
    half = np.array([1.5, -2], np.float32).view(np.uint32) >> 16  # as bfloat16
    body = a.tobytes() + b.tobytes() + half.astype("<u2").tobytes()
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "BOOL", "shape": [2], "data_offsets": [24, 26]},
        "c": {"dtype": "BF16", "shape": [2, 1], "data_offsets": [26, 30]},
        "one": {"dtype": "F32", "shape": [], "data_offsets": [4, 8]},
    }
    found = arrays_in("w.safetensors", packed(header, body))
    assert {name: array.tolist() for name, array in found.items()} == {
        "a": a.tolist(), "b": [True, False], "c": [[1.5], [-2.0]], "one": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"", b"\x05\0\0\0\0\0\0\0{}", struct.pack("<Q", 2**63) + b"{}", packed(b"\xff{}"),
     packed(b"["), packed([]), packed({"x": 1}), packed(b"[" * 5000 + b"]" * 5000),
     one("F32", [6], [0, 25]), one("F32", [6], [8, 32]), one("F32", [6], [-4, 20]),
     one("F32", [6], [24, 0]), one("F32", [2**40, 2**40], [0, 24]), one("F32", [-2, -3], [0, 24]),
     one("F32", [True] * 6, [0, 24]), one("F32", "6", [0, 24]), one("F32", [6], [0]),
     one("F99", [6], [0, 24]), one("F32", [1] * 40 + [6], [0, 24]), one("F32", [6.0], [0, 24])],
    ids=range(20),
)  # fmt: skip
def test_a_hostile_file_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(FeedError, match=r"^w\.safetensors could not be read as numbers"):
        arrays_in("w.safetensors", data)


def test_a_file_without_tensors_holds_no_numbers() -> None:
    with pytest.raises(FeedError, match=r"^w\.safetensors holds no numbers"):
        arrays_in("w.safetensors", packed({"__metadata__": {}}))
