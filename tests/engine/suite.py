"""ONNX's own backend test suite: its cases, and how one of them is checked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

import tensorama as tr
from engine.bundle import difference
from tensorama.onnxfile.types import element_type, from_ml_dtypes, unmarked


@cache
def cases(kind: str) -> dict[str, Any]:
    """The suite's cases of a kind ("node", "simple", …) by name."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the suite makes infinities on purpose
        return {case.name: case for case in load_model_tests(kind=kind)}


def faults(case: Any) -> list[str]:
    """Run all data sets of a case; say what differs from what the suite expects."""
    data, sets = _load(case)
    model = tr.load(data)
    found = []
    for inputs, expected in sets:
        names = [value.name for value in model.graph.inputs]
        names += [v for v in _declared(case, model) if v not in names]
        feeds = dict(zip(names, map(_taken, inputs), strict=False))
        feeds = {name: value for name, value in feeds.items() if value is not None}
        outputs = model.run(feeds).outputs
        if len(outputs) != len(expected):
            found.append(f"{len(outputs)} outputs came, {len(expected)} were expected")
        for (name, came), wanted in zip(outputs.items(), expected, strict=False):
            fault = _fault(came, _taken(wanted), case.rtol, case.atol)
            if fault:
                found.append(f"{name} {fault}")
    return found


def _declared(case: Any, model: tr.Model) -> list[str]:
    """Inputs with a default weight may be fed as well, in the file's order."""
    return list(model.graph.weights)


def file_of(case: Any) -> bytes:
    """The model of a case as a file."""
    if case.model is not None:
        return case.model.SerializeToString()
    return (Path(case.model_dir) / "model.onnx").read_bytes()


def _load(case: Any) -> tuple[bytes, Sequence[tuple[Sequence[Any], Sequence[Any]]]]:
    if case.model is not None:
        return file_of(case), case.data_sets
    sets = [
        (_protos(f, "input"), _protos(f, "output"))
        for f in sorted(Path(case.model_dir).glob("test_data_set*"))
    ]
    return file_of(case), sets


def _protos(folder: Path, kind: str) -> list[Any]:
    files = sorted(folder.glob(f"{kind}_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
    return [onnx.TensorProto.FromString(file.read_bytes()) for file in files]


def _taken(value: Any) -> Any:
    """A value of the suite as this engine has it: numpy arrays, lists, None."""
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    if isinstance(value, (list, tuple)):
        return [_taken(item) for item in value]
    if isinstance(value, np.generic):
        value = np.asarray(value)
    return from_ml_dtypes(value) if isinstance(value, np.ndarray) else value


def _fault(came: Any, wanted: Any, rtol: float, atol: float) -> str:
    if isinstance(came, np.ndarray) and isinstance(wanted, np.ndarray):
        if wanted.dtype.kind not in "OUS" and element_type(came) != element_type(wanted):
            return f"has element type {element_type(came)}, not {element_type(wanted)}"
        return difference(unmarked(came), unmarked(wanted), rtol, atol)
    return difference(came, wanted, rtol, atol)
