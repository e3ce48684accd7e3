"""Notes that a file carries about itself, as text: read within bounds, whatever they hold.

JSON that is nested thousands of levels deep ends the Python of a page, and no `except` helps: its
depth is measured before it is read.
"""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 1 << 20  # characters of a note; more is no note
_DEEPEST = 32  # levels
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_QUOTED = r"""'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)\""""
_WRITTEN = re.compile(rf"\s*(?:(\d{{1,9}})\s*:\s*)?(?:{_QUOTED})\s*(?:,|\Z)", re.DOTALL)


def read_json(text: str) -> Any:
    """What a note in JSON says; None for text that is too long, too deep, or no JSON."""
    if len(text) > LONGEST or _depth(text) > _DEEPEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_python(text: str) -> dict[int, str] | list[str] | None:
    """A list or dict of texts as Python writes it: {0: 'person', 1: "it's"}; else None."""
    text = text.strip()
    if len(text) > LONGEST or len(text) < 2 or text[0] + text[-1] not in ("{}", "[]", "()"):
        return None
    body, at, keys, names = text[1:-1].strip(), 0, [], []
    while at < len(body):
        found = _WRITTEN.match(body, at)
        if found is None:
            return None
        key, single, double = found.groups()
        names.append(re.sub(r"\\(.)", r"\1", single if single is not None else double or ""))
        keys.append(None if key is None else int(key))
        at = found.end()
    if text[0] != "{":
        return names if not any(key is not None for key in keys) else None
    by_number = {key: name for key, name in zip(keys, names, strict=True) if key is not None}
    return by_number if len(by_number) == len(names) else None


def _depth(text: str) -> int:
    """How deep the brackets outside of quotes are nested; counted only until it is too deep."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        first = found.group()[0]
        depth += (first in "[{") - (first in "]}")
        deepest = max(deepest, depth)
        if deepest > _DEEPEST:
            break
    return deepest
