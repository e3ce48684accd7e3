"""Asking a person for their camera or microphone, and letting go of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tensorama.errors import TensoramaError
from tensorama.phrases import Phrase
from tensorama.view import ffi


async def asked(
    wanted: dict[str, Any],
    nowhere: Phrase,
    reasons: Mapping[str, Phrase],
    other: Callable[[Exception], Phrase],
) -> Any:
    """The stream that a person allows. Raises TensoramaError if there is none or it is refused.

    wanted: what the browser is asked for. nowhere: what is said where a page has no such thing;
    reasons: what, by the name of the browser's error.
    A person may have had enough before they answer: what they allow then is switched off at once.
    """
    devices: Any = ffi.found(getattr(ffi.window.navigator, "mediaDevices", None))
    if devices is None:
        raise TensoramaError(nowhere)
    answer = asyncio.ensure_future(devices.getUserMedia(ffi.to_json(wanted)))
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        answer.add_done_callback(_unwanted)
        raise
    except Exception as error:
        said = reasons.get(str(getattr(error, "name", "")))
        raise TensoramaError(said or other(error)) from error


def _unwanted(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled() and answer.exception() is None:
        switched_off(answer.result())


def switched_off(stream: Any) -> None:
    """Let go of what a stream comes from: its light goes out."""
    for track in stream.getTracks():
        track.stop()
