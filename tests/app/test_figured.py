"""A figure in the page: drawn once, told of if it is long, given up when one wants another."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scene.scenes import LENET, scene_of
from tensorama.app import running
from tensorama.app.deeper.figured import Figured
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.figure import as_svg


def desk(model: object = SimpleNamespace(graph=SimpleNamespace(weights={}))) -> Any:
    session = SimpleNamespace(scene=scene_of(LENET), model=model, name="LeNet-5")
    return SimpleNamespace(session=session, say=str)


def test_a_figure_is_drawn_once_and_told_of_while_it_takes_long(monkeypatch) -> None:
    monkeypatch.setattr(running, "LONG", -1)
    told: list[float | None] = []
    figures = Figured(desk(), told.append)

    async def twice() -> Any:
        wanted = "volumes", 1, False, False
        return await asyncio.gather(figures.drawn(*wanted), figures.drawn(*wanted))

    one, other = asyncio.run(twice())
    assert one is other
    assert figures.is_last(one)
    assert as_svg(one).startswith("<svg")
    *shares, end = told
    assert end is None
    assert shares == sorted(cast("list[float]", shares))
    assert 0 < cast(float, shares[0]) < 0.2
    assert shares[-1] == 1


def test_it_is_given_up_for_another_one_and_when_one_says_so(monkeypatch) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0)
    figures = Figured(desk(), lambda done: None)

    async def another() -> Any:
        first = asyncio.ensure_future(figures.drawn("volumes", 1, False, False))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(figures.drawn("boxes", 1, False, False))
        await asyncio.sleep(0)
        return await asyncio.gather(first, second, return_exceptions=True)

    gone, drawn = asyncio.run(another())
    assert isinstance(gone, AbandonedError)
    assert gone.superseded
    assert figures.is_last(drawn)

    async def nothing() -> Any:
        drawing = asyncio.ensure_future(figures.drawn("scene", 1, False, False))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        figures.call_off()
        return await drawing

    with pytest.raises(AbandonedError, match=r"^The figure was given up: it was called off\.$"):
        asyncio.run(nothing())
    assert asyncio.run(figures.drawn("scene", 1, False, False)).marks, "it can be had again"


def test_without_a_network_there_is_a_sentence() -> None:
    with pytest.raises(TensoramaError, match=r"^No model is open yet\.$"):
        asyncio.run(Figured(desk(None), lambda done: None).drawn("boxes", 1, False, False))
