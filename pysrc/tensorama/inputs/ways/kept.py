"""What a person gave out of files stays for a while, so that they can go back to it; what is shown
of it can be written down, to be there when it is shown again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tensorama.inputs.ways.anyfile import Ends
from tensorama.inputs.ways.picture import BESIDE, CAMERA
from tensorama.inputs.ways.sound import MICROPHONE

_NOT_GIVEN = (BESIDE, CAMERA, MICROPHONE)  # begin the names of what the page brings itself


def keep(pictures: dict[str, Any], key: str, value: Any, most: int) -> None:
    """Keep what a person gave as the newest of its sort, of which so many stay."""
    pictures.pop(key, None)
    pictures[key] = value
    given = (name for name in pictures if not name.startswith(_NOT_GIVEN))
    alike = [name for name in given if _sort(pictures[name]) == _sort(value)]
    for old in alike[:-most]:
        del pictures[old]


def is_own(given: Iterable[tuple[str, Iterable[object]]], pictures: Mapping[str, Any]) -> bool:
    """Whether an input is made of what only this page has: a file, what the camera saw.

    given: the gifts of a State. What has an address or lies beside the model's file can be fetched.
    """
    words = (word for _, gift in given for word in gift if isinstance(word, str))
    here = (word for word in words if word in pictures)
    return any("://" not in word and not word.startswith(BESIDE) for word in here)


def packed(given: Iterable[tuple[str, Iterable[object]]], pictures: Mapping[str, Any]) -> bytes:
    """What the inputs are made of now, as bytes of an .npz file; none where a page makes it all.

    given: the gifts of a State. What lies beside the model's file is not in it.
    """
    words = {word for _, gift in given for word in gift if isinstance(word, str)}
    arrays: dict[str, Any] = {}
    told: list[list[object]] = []
    for name, value in pictures.items():
        about: list[object] = [name]
        if name.startswith(BESIDE) or not words & {name, name.partition(" ")[0]}:
            continue
        if isinstance(value, Ends):
            about += [len(value.head), value.size]
            value = np.frombuffer(value.head + value.tail, np.uint8)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            arrays[str(len(told))] = value
            told.append(about)
    out = io.BytesIO()
    np.savez(out, **arrays, told=np.array(json.dumps(told)))
    return out.getvalue() if told else b""


def unpacked(data: bytes) -> dict[str, Any]:
    """What was written down by `packed`, by its names."""
    found: dict[str, Any] = {}
    with np.load(io.BytesIO(data)) as file:
        for number, (name, *more) in enumerate(json.loads(str(file["told"]))):
            value = file[str(number)]
            if more:
                head, size = more
                whole = value.tobytes()
                value = Ends(whole[:head], whole[head:], size)
            found[name] = value
    return found


def _sort(value: Any) -> tuple[type, int]:
    """Pictures, sounds, other numbers, ends of files."""
    return type(value), getattr(value, "ndim", 0)
