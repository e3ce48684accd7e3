"""The models that mutations begin with: every operator, real exports, classical models, demos."""

import importlib
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, numpy_helper

from ..errors import BuildError
from ..places import Places

_LARGEST = 1 << 20  # bytes of a model that is quickly changed and run


@dataclass(frozen=True)
class Original:
    """A model as its bytes, and values for its inputs as stored tensors, where some are known."""

    name: str
    data: bytes
    values: dict[str, TensorProto] = field(default_factory=dict)


def originals(places: Places) -> list[Original]:
    """All of them, in an order that is the same everywhere."""
    found = [*_files(places), *_cases(places), *_suite()]
    if not found:
        raise BuildError("There are no models to change; is this a whole checkout?")
    return found


def _files(places: Places) -> Iterator[Original]:
    """Models that lie in the checkout: exports, classical ones, demos."""
    folders = (places.root / "tests" / "engine", places.models)
    for path in sorted(file for folder in folders for file in folder.rglob("*.onnx")):
        if path.stat().st_size <= _LARGEST:
            yield Original(path.stem, path.read_bytes())


def _cases(places: Places) -> Iterator[Original]:
    """The operator cases of the tests: what ONNX's own suite lacks, as com.microsoft has it."""
    folder = str(places.root / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    cases = importlib.import_module("engine.cases")
    reference = importlib.import_module("engine.reference")
    for case in cases.all_cases():
        values = _stored(reference.feeds_of(case))
        yield Original(case.name, reference.model_of(case).SerializeToString(), values)


def _suite() -> Iterator[Original]:
    """ONNX's backend suite."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the suite makes infinities on purpose
        cases = load_model_tests(kind="node")
    for case in sorted(cases, key=lambda case: case.name):
        if case.model is None or case.model.ByteSize() > _LARGEST:
            continue
        inputs = case.data_sets[0][0] if case.data_sets else ()
        names = [value.name for value in case.model.graph.input]
        values = _stored(dict(zip(names, inputs, strict=False)))
        yield Original(case.name, case.model.SerializeToString(), values)


def _stored(feeds: dict[str, Any]) -> dict[str, TensorProto]:
    """Feeds as stored tensors; what is none (sequences, maps) is left out."""
    stored = {}
    for name, value in feeds.items():
        if isinstance(value, TensorProto):
            stored[name] = TensorProto()
            stored[name].CopyFrom(value)
        elif isinstance(value, np.ndarray | np.generic) and value.size <= _LARGEST // 8:
            stored[name] = numpy_helper.from_array(np.asarray(value))
        else:
            continue
        stored[name].name = name
    return stored


def parsed(original: Original) -> ModelProto:
    """A model of one's own to change."""
    model: ModelProto = ModelProto.FromString(original.data)
    return model
