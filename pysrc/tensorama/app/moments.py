"""The moments of a training: networks beside each other, which `film.json` lists in their order."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

Read = Callable[[str], Awaitable[bytes | bytearray]]

_MOMENT = re.compile(r"(?:.*/)?step-\d+\.onnx")


def folder_of(address: str) -> str:
    """Where the training lies that this network is a moment of; "" if it is of none."""
    return address.rpartition("/")[0] if _MOMENT.fullmatch(address) else ""


async def moments_in(folder: str, read: Read) -> list[dict[str, Any]]:
    """Each moment's step, file, loss and accuracy, as they are read from there."""
    return list(json.loads(bytes(await read(f"{folder}/film.json"))))
