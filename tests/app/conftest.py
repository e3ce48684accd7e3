"""What several tests of the app stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorama import Trace, load
from tensorama.inputs import input_kind, rasterize, sample_digit

LENET = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"


@pytest.fixture(scope="session")
def threes() -> Trace:
    """The run of the demo on the sample digit 3."""
    model = load(LENET)
    kind = input_kind(model)
    assert kind
    return model.run({kind.tensor: rasterize(sample_digit(3), kind)})
