"""Models of scikit-learn as skl2onnx exports them: every tensor compared with onnxruntime.

`classical/make.py` makes the files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.reference import every_tensor

FOLDER = Path(__file__).parent / "classical"
NAMES = sorted(path.stem for path in FOLDER.glob("*.onnx"))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_scikit_learn_answers_as_in_onnxruntime(name: str) -> None:
    data = (FOLDER / f"{name}.onnx").read_bytes()
    feeds = {"X": np.random.default_rng(1).standard_normal((12, 4)).astype(np.float32)}
    if name.startswith("text"):
        feeds["X"] = np.array(["The cat barked", "", "stocks and shares", "dogs!"], object)
    if name == "scaled":  # its imputer takes gaps
        feeds["X"][::5, 1] = np.nan
    trace = tr.load(data).run(feeds)
    for tensor, wanted in every_tensor(onnx.load_from_string(data), feeds).items():
        # the weights of the Gaussian process are large and of both signs, which amplifies rounding
        fault = difference(trace[tensor], wanted, 1e-4, 1e-3 if name == "process" else 1e-5)
        assert not fault, f"{tensor} {fault}"


def test_the_fixtures_are_there() -> None:
    assert len(NAMES) >= 38
