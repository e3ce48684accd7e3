"""The language in which the inspector is written: its markup comes from many small functions.

with speaking(desk.say):
    markup = sheet.markup()
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SAY: ContextVar[Callable[[str], str]] = ContextVar("say", default=str)


@contextmanager
def speaking(say: Callable[[str], str]) -> Iterator[None]:
    """Say all texts in this way while the block runs."""
    token = _SAY.set(say)
    try:
        yield
    finally:
        _SAY.reset(token)


def said(text: str) -> str:
    """A text in the language that is spoken now; names out of a file stay."""
    return _SAY.get()(text)


def escape(text: str) -> str:
    """A text in the language that is spoken now, as markup."""
    return html.escape(said(text))
