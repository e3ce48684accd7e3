"""Buttons by which a person takes along the pinned number, its tensor, its layer, the run."""

from __future__ import annotations

from tensorama.app.amounts import size_words
from tensorama.app.inspect.files import MOST, portable
from tensorama.app.inspect.pinned import Pinned
from tensorama.app.inspect.wording import escape
from tensorama.phrases import counted, phrase


def markup(pinned: Pinned) -> str:
    """The buttons, with the size of what they save."""
    array = portable(pinned.array)
    table = array.size <= MOST
    tensor = {"saveTensor": f".npy, {size_words(array.nbytes + 128)}"}
    if table:
        tensor |= {"saveTable": phrase("CSV"), "copyTable": phrase("Copy")}
    rows = (
        (phrase("This number"), _buttons({"copyPython": phrase("Copy as Python")})),
        (
            counted("Tensor, {count:,} number", "Tensor, {count:,} numbers", array.size),
            _buttons(tensor),
        ),
        (
            phrase("More"),
            _buttons({"saveLayer": phrase("Layer .npz"), "saveRun": phrase("Run .npz")}),
        ),
    )
    parts = "".join(f"<p><span>{escape(t)}</span>{b}</p>" for t, b in rows)
    return (
        f'<section class="tr-in-take"><h3>{escape(phrase("Take it along"))}</h3>{parts}</section>'
    )


def _buttons(buttons: dict[str, str]) -> str:
    return "".join(
        f'<button type="button" data-do="{name}">{escape(words)}</button>'
        for name, words in buttons.items()
    )
