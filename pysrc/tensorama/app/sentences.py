"""What a person is told of an error, as a text that can be said in another language."""

from __future__ import annotations

from tensorama.errors import TensoramaError
from tensorama.phrases import phrase


def sentence(error: BaseException) -> str:
    """The sentence that a person is shown for an error."""
    if isinstance(error, TensoramaError):
        return error.sentence
    if isinstance(error, MemoryError):
        return phrase(
            "This tab has not enough memory for that; close other tabs or take a smaller model."
        )
    return phrase(
        "Something unexpected went wrong ({error}).", error=f"{type(error).__name__}: {error}"
    )
