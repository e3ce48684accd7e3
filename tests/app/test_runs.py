"""Runs of the open model: the newest is shown, and any can be given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import tensorama as tr
from tensorama.app import runs as runs_of_the_page
from tensorama.app.runs import Runs

Shown = list[tuple[float, bool]]


def doubling() -> tr.Model:
    """A model that adds a number to itself, three times over."""
    names = ["x", "a", "b", "y"]
    nodes = [helper.make_node("Add", [n, n], [m]) for n, m in pairwise(names)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "doubling", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    return tr.load(model.SerializeToString())


def feed(number: float) -> dict[str, np.ndarray]:
    return {"x": np.float32([number])}


def played(story: Callable[[Runs, tr.Model], Coroutine[Any, Any, None]]) -> Shown:
    """What is shown in a story: the last number of each run, and whether its input was whole."""
    shown: Shown = []

    async def show(trace: tr.Trace, finished: bool) -> None:
        shown.append((float(trace["y"][0]), finished))

    async def play() -> None:
        await story(Runs(show, lambda text, part: None), doubling())

    asyncio.run(play())
    return shown


async def unshown(trace: tr.Trace, finished: bool) -> None:
    """Show nothing."""


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause after every node, as in a page that has much to do."""
    monkeypatch.setattr("tensorama.app.running.PATIENCE", 0)


def test_a_run_is_shown_and_given() -> None:
    async def story(runs: Runs, model: tr.Model) -> None:
        trace = await runs.run(model, feed(1), True)
        assert trace["y"] == [8]
        assert not runs.busy

    assert played(story) == [(8, True)]


def test_of_many_the_first_is_finished_and_the_newest_shown() -> None:
    async def story(runs: Runs, model: tr.Model) -> None:
        asked = [asyncio.ensure_future(runs.run(model, feed(n), True)) for n in range(1, 6)]
        traces = await asyncio.gather(*asked)
        assert [float(trace["y"][0]) for trace in traces] == [40] * 5

    assert played(story) == [(40, True)]


def test_unfinished_inputs_are_shown_on_the_way() -> None:
    async def story(runs: Runs, model: tr.Model) -> None:
        first = asyncio.ensure_future(runs.run(model, feed(1), False))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.gather(first, runs.run(model, feed(2), True))

    assert played(story) == [(8, False), (16, True)]


def test_a_run_can_be_given_up_and_the_next_goes_on() -> None:
    async def story(runs: Runs, model: tr.Model) -> None:
        runs.call_off()  # nothing
        asked = asyncio.ensure_future(runs.run(model, feed(1), True))
        for _ in range(3):
            await asyncio.sleep(0)
        assert runs.busy
        runs.call_off()
        assert not runs.busy
        again = await runs.run(model, feed(2), True)
        with pytest.raises(tr.AbandonedError, match=r"The run was given up: it was called off\."):
            await asked
        assert again["y"] == [16]

    assert played(story) == [(16, True)]


def test_what_goes_wrong_is_told_to_who_asked() -> None:
    async def story(runs: Runs, model: tr.Model) -> None:
        with pytest.raises(tr.FeedError):
            await runs.run(model, {}, True)
        assert not runs.busy
        await runs.run(model, feed(3), True)

    assert played(story) == [(24, True)]


def test_a_person_is_told_of_a_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str | None, float | None]] = []
    monkeypatch.setattr(runs_of_the_page, "_LONG", -1)

    async def show(trace: tr.Trace, finished: bool) -> None:
        pass

    runs = Runs(show, lambda text, part: told.append((text, part)))
    asyncio.run(runs.run(doubling(), feed(1), True))
    assert told == [
        ('Computing Add "a"', 1 / 3), ('Computing Add "b"', 2 / 3), ('Computing Add "y"', 1.0),
        (None, None),
    ]  # fmt: skip
