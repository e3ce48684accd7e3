"""Cases as one file, and the check that runs them: needs numpy and tensorama, nothing else.

The same check runs on CPython and inside Pyodide. A bundle is an `.npz`: the entry `index` holds
JSON with one record per case, every array of a record lies beside it under the number that the
record names. What is no plain array (strings, lists, maps, nothing) is spelled out in the JSON.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import tensorama as tr


class Writer:
    """Gathers records and arrays, and gives the bytes of the bundle."""

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        self._records: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        model: bytes,
        feeds: Mapping[str, Any],
        expected: Sequence[Any] | str,
        rtol: float,
        atol: float,
    ) -> None:
        """Keep one case: a model, what goes in, and what must come out, or the sentence."""
        self._records.append(
            {
                "name": name,
                "model": self._keep(np.frombuffer(model, np.uint8)),
                "feeds": {key: self._keep(value) for key, value in feeds.items()},
                "expected": expected
                if isinstance(expected, str)
                else [self._keep(value) for value in expected],
                "rtol": rtol,
                "atol": atol,
            }
        )

    def bytes(self) -> bytes:
        """The whole bundle."""
        index = np.frombuffer(json.dumps(self._records).encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, index=index, **self._arrays)  # type: ignore[arg-type]
        return file.getvalue()

    def _keep(self, value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"plain": value}
        if isinstance(value, dict):
            return {"map": [[self._keep(k), self._keep(v)] for k, v in value.items()]}
        if isinstance(value, (list, tuple)):
            return {"list": [self._keep(item) for item in value]}
        array = np.asarray(value)
        if array.dtype.kind in "OUS":
            return {"strings": [str(s) for s in array.ravel()], "shape": array.shape}
        key = f"a{len(self._arrays)}"
        self._arrays[key] = array
        return {"array": key}


def check_bundle(source: bytes | str | Path) -> list[str]:
    """Run every case of a bundle; give one sentence for each that fails."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    failures = []
    with np.load(file) as arrays:
        for record in json.loads(arrays["index"].tobytes()):
            failures += _check(record, arrays)
    return failures


def _check(record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> list[str]:
    feeds = {name: _restored(value, arrays) for name, value in record["feeds"].items()}
    try:
        model = tr.load(_restored(record["model"], arrays).tobytes())
        outputs = list(model.run(feeds).outputs.items())
    except Exception as error:  # a failure of the engine is a failed case, not a failed check
        if isinstance(error, tr.TensoramaError) and str(error) == record["expected"]:
            return []
        return [f"{record['name']}: {type(error).__name__}: {error}"]
    if isinstance(record["expected"], str):
        return [f"{record['name']}: was computed, but: {record['expected']}"]
    expected = [_restored(value, arrays) for value in record["expected"]]
    for (name, came), wanted in zip(outputs, expected, strict=True):
        fault = difference(came, wanted, record["rtol"], record["atol"])
        if fault:
            return [f"{record['name']}: {name} {fault}"]
    return []


def _restored(value: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    ((kind, content),) = [item for item in value.items() if item[0] != "shape"]
    if kind == "plain":
        return content
    if kind == "map":
        return {_restored(k, arrays): _restored(v, arrays) for k, v in content}
    if kind == "list":
        return [_restored(item, arrays) for item in content]
    if kind == "strings":
        return np.array(content, dtype=object).reshape(value["shape"])
    return arrays[content]


def difference(came: Any, wanted: Any, rtol: float, atol: float) -> str:
    """Say how a value differs from the wanted one in kind, dtype, shape or values; "" if not."""
    if isinstance(wanted, dict):
        if not isinstance(came, Mapping) or list(came) != list(wanted):
            return f"is {came!r}, a map with the keys {list(wanted)} was expected"
        faults = (difference(came[key], wanted[key], rtol, atol) for key in wanted)
        return next(filter(None, faults), "")
    if isinstance(wanted, (list, tuple)):
        if not isinstance(came, (list, tuple)) or len(came) != len(wanted):
            return f"is {came!r}, a sequence of {len(wanted)} was expected"
        for place, (ours, theirs) in enumerate(zip(came, wanted, strict=True)):
            fault = difference(ours, theirs, rtol, atol)
            if fault:
                return f"[{place}] {fault}"
        return ""
    if wanted is None or isinstance(wanted, (bool, int, str)):
        return "" if came == wanted else f"is {came!r}, {wanted!r} was expected"
    return _array_difference(np.asarray(came), np.asarray(wanted), rtol, atol)


def _array_difference(came: np.ndarray, wanted: np.ndarray, rtol: float, atol: float) -> str:
    if wanted.dtype.kind in "OUS":
        if came.dtype.kind not in "OUS" or came.shape != wanted.shape:
            return f"is {came.dtype} {came.shape}, strings {wanted.shape} were expected"
        same = all(str(a) == str(b) for a, b in zip(came.ravel(), wanted.ravel(), strict=True))
        return "" if same else f"is {came.tolist()}, {wanted.tolist()} was expected"
    if (came.dtype, came.shape) != (wanted.dtype, wanted.shape):
        return f"is {came.dtype} {came.shape}, {wanted.dtype} {wanted.shape} was expected"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        close = np.isclose(came, wanted, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return ""
    first = tuple(int(i) for i in np.argwhere(~close)[0])
    return (
        f"differs in {int((~close).sum())} of {close.size} values; at {first} it is "
        f"{came[first]!r}, {wanted[first]!r} was expected"
    )
