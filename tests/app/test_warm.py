"""Times of a warm run: how often a network is run for them, and when it is left."""

from __future__ import annotations

import asyncio

import numpy as np
import onnx.parser
import pytest

import tensorama as tr
from tensorama import engine
from tensorama.app.warm import SHORT, timed_again

CHAIN = """
<ir_version: 10, opset_import: ["" : 21]>
g (float[N,4] x) => (float[N,4] z) { a = Relu (x)  b = Sin (a)  z = Neg (b) }
"""


def first_run(seconds: float = 0.01) -> tr.Trace:
    """A trace whose nodes took so long each."""
    model = tr.load(onnx.parser.parse_model(CHAIN).SerializeToString())
    trace = model.run({"x": np.ones((2, 4), np.float32)})
    return trace.retimed(dict.fromkeys(range(3), seconds))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, np.ndarray]]:
    """The feeds of all runs; the node of number n takes 1 + n seconds in each."""
    fed: list[dict[str, np.ndarray]] = []
    usual = engine.steps_with_pauses

    def counted(model, feeds):
        fed.append(feeds)
        for step in usual(model, feeds):
            if step is not None:
                object.__setattr__(step, "seconds", 1.0 + step.node.index)
            yield step

    monkeypatch.setattr(engine, "steps_with_pauses", counted)
    return fed


def test_a_short_run_is_done_twice_more_and_tells_the_times_of_the_last(runs) -> None:
    trace = first_run()
    again = asyncio.run(timed_again(trace, lambda: True))
    assert again
    assert len(runs) == 2
    assert all(feeds["x"] is trace["x"] for feeds in runs)
    assert [step.seconds for step in again.steps] == [1.0, 2.0, 3.0]
    assert list(again) == list(trace)
    assert all(again[name] is trace[name] for name in trace)


def test_a_long_run_is_left_as_it_is(runs) -> None:
    trace = first_run(SHORT)
    assert asyncio.run(timed_again(trace, lambda: True)) is None
    assert not runs


def test_what_is_no_longer_wanted_is_left_at_once(runs) -> None:
    trace, asked = first_run(), iter([True, True, False])
    assert asyncio.run(timed_again(trace, lambda: next(asked))) is None
    assert len(runs) == 1
