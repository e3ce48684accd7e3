"""What a person is told of an error."""

from __future__ import annotations

from tensorama.errors import TensoramaError


def sentence(error: BaseException) -> str:
    """The sentence that a person is shown for an error."""
    if isinstance(error, TensoramaError):
        return str(error)
    if isinstance(error, MemoryError):
        return "This tab has not enough memory for that; close other tabs or take a smaller model."
    return f"Something unexpected went wrong ({type(error).__name__}: {error})."
