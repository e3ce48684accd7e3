"""A photo of a drawing in place of the pad: from a file, dropped, pasted, from the camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.feeding import DROP_A_PHOTO
from tensorama.app.ways.made import button
from tensorama.app.ways.picture import PictureField
from tensorama.inputs.ways import Photo
from tensorama.phrases import Phrase, phrase


class PhotoField(PictureField):
    """Stands below the pad when it was asked for, or when a photo is given; drawing ends it."""

    drops = DROP_A_PHOTO

    def __init__(self, desk: Desk, way: Photo, box: Any) -> None:
        super().__init__(desk, way, box)
        self._is_asked = False
        self._details.remove()
        self._row.append(button(desk.say(phrase("Draw instead")), self._handlers, self._let_go))

    def _sample_buttons(self) -> Iterator[Any]:
        """None: the pad has sample digits."""
        yield from ()

    def _let_go(self) -> None:
        self._live.stop()
        self._is_asked = False
        self.desk.do(running.gave(self.desk.state, self.way.tensor, None))
        self.show()

    @property
    def _is_photo(self) -> bool:
        """Whether what is given is one; else it is numbers."""
        return self._gift[:1] == (self.way.kind,)

    def ask(self) -> None:
        """Stand there: somebody wants to give a photo; asked again with nothing given, go."""
        self._is_asked = not self._is_asked or bool(self._gift or self._live)
        self.show()
        self.desk.resized.tell()

    def dispose(self) -> None:
        """Give the pad its room back."""
        super().dispose()
        self.desk.frame.box.classList.remove("tr-with-photo")

    def show(self) -> None:
        """Show the photo and the ink that was found on it, if one is given."""
        given = bool(self._gift)
        self._is_asked &= not given  # so that drawing on the pad ends it
        here = not self._is_photo or self.way.source(self._gift) in self.desk.session.pictures
        self._box.hidden = not (given or self._live or self._is_asked)
        self.desk.frame.box.classList.toggle("tr-with-photo", not self._box.hidden)
        self._chain.hidden = not (given and here)  # else the pad is what the network sees
        super().show()

    def _nothing(self, array: Any) -> Phrase | str:
        shown = self._is_photo and not self._chain.hidden and isinstance(array, np.ndarray)
        if not shown or array.min() < array.max():
            return ""
        return phrase("No ink was found on it: a drawing has to stand out from its ground.")
