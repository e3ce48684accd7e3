"""The networks among the fixtures, each with the input that its test of the engine feeds."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import tensorama as tr
from engine.test_architectures import LENET, LIGHT, picture
from engine.test_classical import FOLDER
from engine.test_exports import EXPORTS, feeds_for

LARGE = {path.stem: path for path in sorted(LIGHT.glob("*.onnx"))}
EXPORTED = {path.stem: path for path in sorted(EXPORTS.glob("*.onnx"))}
CLASSICAL = {path.stem: path for path in sorted(FOLDER.glob("*.onnx"))}
FOUND = {"lenet": LENET, **EXPORTED, **CLASSICAL}
QUICK = {"light_shufflenet", "light_squeezenet", "light_bvlc_alexnet"}


@cache
def ran(name: str) -> tr.Trace:
    """One of the small networks, run."""
    return run(name)


def run(name: str) -> tr.Trace:
    """A network, run."""
    model = tr.load(LARGE[name] if name in LARGE else FOUND[name])
    return model.run(_feeds(name, model))


def _feeds(name: str, model: tr.Model) -> dict[str, Any]:
    random = np.random.default_rng(1)
    if name in LARGE:
        return picture(model)
    if name in EXPORTED:
        return feeds_for(model)
    if name == "lenet":
        return {model.graph.inputs[0].name: random.random((1, 1, 28, 28), np.float32)}
    if name.startswith("text"):
        return {"X": np.array(["The cat barked", "", "stocks and shares", "dogs!"], object)}
    return {"X": random.standard_normal((3, 4)).astype(np.float32)}
