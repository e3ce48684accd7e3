"""The edge of each room that works on what stands in a file: only sentences come out of it.

Whatever else is raised inside is a fault of ours that some file has found. It becomes a sentence as
well, which names the room and the line, so that it can be reported and what was open before stays.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from tensorama.errors import TensoramaError, TooLargeError, UnforeseenError
from tensorama.phrases import phrase

F = TypeVar("F", bound=Callable[..., Any])
_OWN = Path(__file__).parent


def told(doing: str) -> Callable[[F], F]:
    """Let nothing but a TensoramaError out of a function, or of a generator at work.

    doing: what the function does, as the sentence begins: a text of the catalogues.
    """

    def around(function: F) -> F:
        @wraps(function)
        def at_once(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except TensoramaError:
                raise
            except Exception as error:  # the boundary: everything becomes a sentence
                raise _sentence(doing, error) from error

        @wraps(function)
        def in_slices(*args: Any, **kwargs: Any) -> Any:
            try:
                return (yield from function(*args, **kwargs))
            except TensoramaError:
                raise
            except Exception as error:
                raise _sentence(doing, error) from error

        return cast(F, in_slices if inspect.isgeneratorfunction(function) else at_once)

    return around


def _sentence(doing: str, error: Exception) -> TensoramaError:
    """What is told of an error that is no sentence yet."""
    if isinstance(error, MemoryError):
        return TooLargeError(
            phrase("{doing} needs more memory than there is.", doing=phrase(doing))
        )
    return UnforeseenError(phrase(
        "{doing} met something that nobody foresaw ({error}; {place}). Please report it "
        "together with the file.", doing=phrase(doing),
        error=f"{type(error).__name__}: {error}", place=_place(error),
    ))  # fmt: skip


def _place(error: Exception) -> str:
    """The innermost line of ours that an exception went through."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    own = (f for f in frames if Path(f.filename).is_relative_to(_OWN) and f.filename != __file__)
    frame = next(own, None)
    if frame is None:
        return phrase("in other people's code")
    return f"{Path(frame.filename).name}:{frame.lineno}"
