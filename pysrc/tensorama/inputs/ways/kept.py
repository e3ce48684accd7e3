"""What a person gave out of files stays for a while, so that they can go back to it."""

from __future__ import annotations

from typing import Any

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


def _sort(value: Any) -> tuple[type, int]:
    """Pictures, sounds, other numbers, ends of files."""
    return type(value), getattr(value, "ndim", 0)
