"""One piece of work at a time: the newest is done, whatever was begun before is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tensorama.app.turns import Turns
from tensorama.errors import AbandonedError


def played(story: Callable[[Turns, list[str]], Coroutine[Any, Any, None]]) -> list[str]:
    """What a story tells, line by line; the end of all work is a line of its own."""
    told: list[str] = []

    async def play() -> None:
        await story(Turns(lambda: told.append("idle")), told)

    asyncio.run(play())
    return told


async def slow(told: list[str], name: str, gate: asyncio.Event) -> str:
    """Work that waits for a gate to open, and notes that it came through."""
    await gate.wait()
    told.append(name)
    return name


def test_work_gives_its_result_and_then_nothing_is_being_done() -> None:
    async def story(turns: Turns, told: list[str]) -> None:
        gate = asyncio.Event()
        gate.set()
        assert await turns.take("One", slow(told, "one", gate)) == "one"
        assert not turns.busy

    assert played(story) == ["one", "idle"]


def test_a_later_one_wins_though_the_earlier_would_end_later() -> None:
    async def story(turns: Turns, told: list[str]) -> None:
        first, second = asyncio.Event(), asyncio.Event()
        earlier = asyncio.ensure_future(turns.take("Opening a", slow(told, "a", first)))
        await asyncio.sleep(0)
        later = asyncio.ensure_future(turns.take("Opening b", slow(told, "b", second)))
        await asyncio.sleep(0)
        with pytest.raises(AbandonedError) as caught:
            await earlier
        assert str(caught.value) == "Opening a was given up: something newer was begun."
        assert caught.value.superseded
        assert turns.busy, "with the later one"
        second.set()
        assert await later == "b"
        first.set()
        await asyncio.sleep(0)

    assert played(story) == ["b", "idle"]


def test_what_was_begun_can_be_called_off() -> None:
    async def story(turns: Turns, told: list[str]) -> None:
        assert not turns.call_off(), "there is nothing"
        work = asyncio.ensure_future(turns.take("Opening a", slow(told, "a", asyncio.Event())))
        await asyncio.sleep(0)
        assert turns.call_off()
        with pytest.raises(AbandonedError) as caught:
            await work
        assert str(caught.value) == "Opening a was given up: it was called off."
        assert not caught.value.superseded
        assert not turns.busy

    assert played(story) == ["idle"]


def test_work_that_fails_fails_and_the_next_is_done() -> None:
    async def broken() -> None:
        raise ValueError("no")

    async def story(turns: Turns, told: list[str]) -> None:
        with pytest.raises(ValueError, match="no"):
            await turns.take("One", broken())
        gate = asyncio.Event()
        gate.set()
        await turns.take("Two", slow(told, "two", gate))

    assert played(story) == ["idle", "two", "idle"]


def test_who_waits_can_be_called_off_too() -> None:
    async def story(turns: Turns, told: list[str]) -> None:
        waiting = asyncio.ensure_future(turns.take("One", slow(told, "one", asyncio.Event())))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert played(story) == ["idle"]
