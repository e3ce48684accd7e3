"""A trace is what was recorded: nobody can write to it, not through their own arrays either."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx.parser
import pytest

import tensorama as tr

TEXT = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[2,3] x) => (float[2,3] y) {
    s = SplitToSequence (x)
    a, b = Split <num_outputs: int = 2> (x)
    y = LayerNormalization <axis: int = 1> (x, w)
}
"""
X = np.array([[-1, 0, 2], [3, 4, 5]], np.float32)


def model_of() -> tr.Model:
    text = TEXT.replace("{", "<float[3] w = {1, 1, 1}> {", 1)
    return tr.load(onnx.parser.parse_model(text).SerializeToString())


def arrays(trace: tr.Trace) -> list[np.ndarray]:
    values: list[Any] = [*trace.values(), *trace.inner.values()]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    assert len(flat) > 6
    return flat


def test_no_array_can_be_written_nor_made_to_be() -> None:
    for array in arrays(model_of().run({"x": X})):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 7
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


@pytest.mark.parametrize("given", [lambda x: x, lambda x: x[:], lambda x: x.T.copy().T])
def test_what_was_fed_can_be_changed_without_changing_the_trace(given: Any) -> None:
    mine = given(X.copy())
    trace = model_of().run({"x": mine})
    before = trace["y"].copy()
    mine[...] = 9
    np.testing.assert_array_equal(trace["x"], X)
    np.testing.assert_array_equal(trace["a"], X[:1])  # a view of what was fed
    np.testing.assert_array_equal(trace["y"], before)


def test_what_nobody_can_write_to_is_not_copied() -> None:
    fixed = np.frombuffer(X.tobytes(), np.float32).reshape(2, 3)
    assert np.shares_memory(model_of().run({"x": fixed})["x"], fixed)
    writable = np.frombuffer(bytearray(X.tobytes()), np.float32).reshape(2, 3)
    writable.flags.writeable = False
    assert not np.shares_memory(model_of().run({"x": writable})["x"], writable)


def test_what_belongs_to_a_trace_cannot_be_exchanged() -> None:
    trace = model_of().run({"x": X})
    for mapping in (trace.feeds, trace.inner):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["x"] = X  # type: ignore[index]
    assert isinstance(trace.steps, tuple)


class Tensor:
    """As PyTorch's: it gives no numbers while it remembers how it came about."""

    def __init__(self, values: np.ndarray, trained: bool = True) -> None:
        self.values, self.trained = values, trained

    def detach(self) -> Tensor:
        return Tensor(self.values, trained=False)

    def cpu(self) -> Tensor:
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.trained:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.values


def test_a_tensor_that_requires_gradients_is_taken() -> None:
    np.testing.assert_array_equal(model_of().run({"x": Tensor(X)})["x"], X)


class Stubborn:
    """An object that fails in its own way when it is asked for numbers."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("Got unsupported ScalarType BFloat16")


def test_what_cannot_be_read_as_an_array_is_told() -> None:
    with pytest.raises(tr.FeedError) as caught:
        model_of().run({"x": Stubborn()})
    assert str(caught.value) == (
        'Input "x" takes float32 (2,3); what came cannot be read as an array '
        "(Got unsupported ScalarType BFloat16)."
    )
