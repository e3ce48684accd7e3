"""Random cells of every network among the fixtures, computed again from their operands."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.test_classical import FOLDER
from engine.test_classical import NAMES as CLASSICAL
from engine.test_exports import EXPORTS, feeds_for
from engine.test_exports import NAMES as EXPORTED
from explain.cells import fault, some_cells
from tensorama.errors import UnsupportedError


def _faults(trace: tr.Trace, most: int, atol: float = 1e-5) -> list[str]:
    """What is wrong with cells of the tensors, and of what operators recorded inside."""
    faults = []
    for name in [*trace, *trace.inner]:
        value: Any = trace[name] if name in trace else trace.inner[name]
        spread = 0.0
        if getattr(value, "dtype", None) == np.float32:
            spread = float(np.abs(value[np.isfinite(value)]).max(initial=0))
        for index in some_cells(value, most, seed=zlib.crc32(name.encode())):
            try:
                faults.append(fault(trace, name, index, 1e-4, atol + 1e-6 * spread))
            except UnsupportedError as error:
                faults.append(str(error))
    return [text for text in faults if text]


@pytest.mark.parametrize("name", EXPORTED)
def test_cells_of_an_exported_network(name: str) -> None:
    model = tr.load((EXPORTS / f"{name}.onnx").read_bytes())
    assert not _faults(model.run(feeds_for(model)), 3)


@pytest.mark.parametrize("name", CLASSICAL)
def test_cells_of_a_classical_model(name: str) -> None:
    model = tr.load((FOLDER / f"{name}.onnx").read_bytes())
    feeds = {"X": np.random.default_rng(1).standard_normal((12, 4)).astype(np.float32)}
    if name.startswith("text"):
        feeds["X"] = np.array(["The cat barked", "", "stocks and shares", "dogs!"], object)
    if name == "scaled":
        feeds["X"][::5, 1] = np.nan
    # the weights of the Gaussian process are large and of both signs, which amplifies rounding
    assert not _faults(model.run(feeds), 4, 1e-3 if name == "process" else 1e-5)
