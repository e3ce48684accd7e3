"""Recorded numbers as files: numpy's own, and tables for programs that calculate with those.

numpy writes the files, so numpy reads them: np.load("conv1.npy"), np.load("lenet.npz")["conv1"].
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

import numpy as np

from tensorama.app.amounts import size_words
from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.layers import Layer
from tensorama.onnxfile.types import narrow_type, unmarked
from tensorama.phrases import phrase

MOST = 1_000_000  # numbers of a table; programs that read them take no more rows either
_PIECE = 1 << 18  # numbers that are written at once
_TEXT = 1 << 15  # letters of a table


def portable(value: Any) -> np.ndarray:
    """A recorded array as numpy saves it: texts of a fixed width, narrow floats in wider ones."""
    array = np.asarray(value)
    if narrow_type(array):
        array = unmarked(array)
    if array.dtype != object:
        return array
    texts = [t.decode("utf-8", "replace") if isinstance(t, bytes) else t for t in array.flat]
    return np.array(texts, str).reshape(array.shape)


def npy_pieces(name: str, value: Any) -> Iterator[bytes]:
    """The bytes of a .npy file, piece after piece, so that a page can breathe between them.

    TensoramaError for what is not one array.
    """
    array = _one(name, value)
    if array.dtype == object:
        array = portable(array)  # texts are as wide as the longest
    head = io.BytesIO()
    kind = np.lib.format.dtype_to_descr(portable(array.flat[:0]).dtype)
    np.lib.format.write_array_header_1_0(
        head, {"descr": kind, "fortran_order": False, "shape": array.shape}
    )
    yield head.getvalue()
    for start in range(0, array.size, _PIECE):
        yield portable(array.flat[start : start + _PIECE]).tobytes()


def as_table(name: str, value: Any, between: str = ",") -> str:
    """One tensor as a table: a row for each place along all axes but the last, with that place.

    Two axes are rows and columns as they are; one axis is one number a row. TensoramaError where
    that cannot be, or is too much.
    """
    return "".join(table_pieces(name, value, between))


def table_pieces(name: str, value: Any, between: str = ",") -> Iterator[str]:
    """The text of a table, some rows at a time. Refuses at once what `as_table` refuses."""
    array = portable(_one(name, value))
    if array.size > MOST:
        raise TensoramaError(phrase(
            '"{name}" has {count:,} numbers, too many for a table (at most {most:,}). Take it '
            "as .npy: numpy reads that at once.", name=name, count=array.size, most=MOST,
        ))  # fmt: skip
    file = io.StringIO()
    writer = csv.writer(file, delimiter=between, lineterminator="\n")
    rows = array.reshape(-1, 1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    if array.ndim > 2:
        places = [f"axis {axis}" for axis in range(array.ndim - 1)]
        writer.writerow([*places, *range(array.shape[-1])])
    for place, row in zip(np.ndindex(array.shape[:-1] or rows.shape[:1]), rows, strict=True):
        # str of a float: the shortest digits that are just this one
        writer.writerow([*(place if array.ndim > 2 else ()), *map(str, row)])
        if file.tell() >= _TEXT:
            yield file.getvalue()
            file.seek(0)
            file.truncate()
    yield file.getvalue()


def _one(name: str, value: Any) -> np.ndarray:
    """A value that is one array."""
    if isinstance(value, list):
        raise TensoramaError(phrase(
            '"{name}" is a sequence of {count:,} tensors, not one table of numbers. Take the whole '
            "run or its layer as .npz: there each of them is an array of its own.",
            name=name, count=len(value),
        ))  # fmt: skip
    if not isinstance(value, np.ndarray | np.generic):
        raise TensoramaError(phrase(
            '"{name}" is no array, so there is nothing that numpy could save.', name=name
        ))  # fmt: skip
    return np.asarray(value)


def of_run(trace: Trace) -> dict[str, Any]:
    """All that a run leaves, by name: inputs, tensors, what operators recorded, the weights."""
    return _apart({**trace.model.graph.weights, **trace.inner, **trace})


def of_layer(trace: Trace, layer: Layer) -> dict[str, Any]:
    """What a layer or group reads, has and makes: inputs, weights, tensors, what is inside."""
    names: dict[str, None] = dict.fromkeys(layer.tensors or (layer.tensor,))
    for node in (node for leaf in layer.leaves for node in leaf.nodes):
        names.update(dict.fromkeys(name for name in (*node.inputs, *node.outputs) if name))
        own = f"{node.name or next(iter(node.outputs), '')}/"
        names.update(dict.fromkeys(part for part in trace.inner if part.startswith(own)))
    every = {**trace.model.graph.weights, **trace.inner, **trace}
    return _apart({name: every[name] for name in names if name in every})


def _apart(values: Mapping[str, Any]) -> dict[str, Any]:
    """Each tensor of a sequence by a name of its own; what is no array is left out."""
    apart: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list):
            apart.update({f"{name}/{place}": item for place, item in enumerate(value)})
        else:
            apart[name] = value
    return {name: v for name, v in apart.items() if isinstance(v, np.ndarray | np.generic)}


def size_of(arrays: Mapping[str, Any]) -> int:
    """How many bytes arrays take, about as many as their file."""
    return sum(np.asarray(array).nbytes + 250 for array in arrays.values())


def in_words(arrays: Mapping[str, Any]) -> str:
    """The size of arrays as a person reads it."""
    return size_words(size_of(arrays))


def packing(arrays: Mapping[str, Any], file: IO[bytes]) -> Iterator[float]:
    """Write arrays as a .npz file, as np.savez does; yields how far it is, 0..1.

    file: needs write and flush alone, so what is written can go elsewhere at once.
    """
    total, done = max(1, size_of(arrays)), 0.0
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            own, written = size_of({name: array}), 0
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                for piece in npy_pieces(name, array):
                    entry.write(piece)
                    written += len(piece)
                    yield (done + min(own, written)) / total
            done += own
            yield done / total


def file_name(*parts: str) -> str:
    """A name that every system takes for a file."""
    words = (part.removesuffix(".onnx") for part in parts)
    kept = re.sub(r"[^\w.-]+", "_", "-".join(filter(None, words)))
    return kept.strip("._")[:80] or "values"
