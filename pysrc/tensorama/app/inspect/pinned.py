"""A pinned number and all that is known of it: which cell it is, where, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.app.state import CellName
from tensorama.engine import Trace
from tensorama.explain import Explanation
from tensorama.phrases import Phrase, counted, joined, phrase
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.words import tail

_LETTERS, _FEWEST = 20, 5  # of a tensor's name
_MAPS: Mapping[str, Callable[[int], Phrase]] = {  # by what a `Reading` calls them
    "": lambda chart: phrase("map {number}", number=chart),
    "head": lambda chart: phrase("head {number}", number=chart),
    "direction": lambda chart: phrase("direction {number}", number=chart),
}


@dataclass(frozen=True, slots=True, eq=False)
class Pinned:
    """One number of a run, pinned.

    explained: None where its operator declares nothing; `unexplained` says so then. layer, op:
    where it is shown. scale_of: the end of a tensor's colour scale in the scene, 0 where it is not
    drawn. labels: the names of the cells of an output, or of what a head looks at, if these have
    some. trace: the run.
    """

    tensor: str
    index: tuple[int, ...]
    array: np.ndarray
    picture: Picture
    layer: str
    op: str = ""
    explained: Explanation | None = None
    unexplained: str = ""
    descent: Sequence[CellName] = ()
    scale_of: Callable[[str], float] = lambda tensor: 0.0
    labels: Sequence[str] = ()
    trace: Trace | None = None

    @property
    def recorded(self) -> Any:
        """What the run left."""
        return self.array[self.index]


def named(tensor: str, index: Sequence[int], room: int = 0) -> str:
    """A cell as numpy would be asked for it; in so many letters, if the name can be so short."""
    place = f"[{', '.join(map(str, index))}]"
    return f"{tail(tensor, max(_FEWEST, room - len(place)) if room else _LETTERS)}{place}"


def placed(picture: Picture, index: tuple[int, ...]) -> str:
    """Where a cell stands in the picture of its tensor, counted from 0 as its index is."""
    if picture.kind == "scalar":
        return ""
    chart, row, col = picture.place(index)
    if picture.kind == "vector":
        return phrase("cell {number}", number=col * picture.rows + row)
    where = phrase("row {row}, column {column}", row=row, column=col)
    if picture.depth > 1:
        volume, piece = divmod(chart, picture.depth)
        stack = phrase("channel {channel}, slice {slice}", channel=volume, slice=piece)
        return joined(", ", (stack, where))
    item, number = divmod(chart, picture.maps)
    parts = [_MAPS[picture.reading.called](number), where] if picture.maps > 1 else [where]
    if picture.items > 1:
        parts.insert(0, phrase("item {item}", item=item))
    return joined(", ", parts)


def neighbour(
    picture: Picture, index: tuple[int, ...], across: int, down: int, charts: int = 0
) -> tuple[int, ...] | None:
    """The cell so many columns, rows and maps away; None beyond the edge."""
    chart, row, col = picture.place(index)
    if picture.kind == "vector":
        flat = col * picture.rows + row + across * picture.rows + down
        return picture.index(0, flat % picture.rows, flat // picture.rows) if flat >= 0 else None
    return picture.index(chart + charts, row + down, col + across)


def ranked(pinned: Pinned) -> str:
    """How large the number is among those of its tensor; "" if that says nothing."""
    array, value = pinned.array, pinned.recorded
    if array.size < 2 or array.dtype.kind not in "iuf" or value != value:
        return ""
    larger = int(np.count_nonzero(array > value))
    if not larger:
        return phrase("Of the {all:,} numbers in this tensor none is larger.", all=array.size)
    return counted(
        "Of the {all:,} numbers in this tensor {count:,} is larger.",
        "Of the {all:,} numbers in this tensor {count:,} are larger.",
        larger, all=array.size,
    )  # fmt: skip


def compared(recorded: Any, value: Any) -> tuple[bool, str]:
    """Whether what was computed again is what was recorded, and the words for it."""
    kind = getattr(recorded, "dtype", np.dtype(object)).kind
    if kind not in "fc":
        same = bool(np.all(recorded == value))
    elif recorded != recorded or value != value:
        same = bool(recorded != recorded and value != value)
    elif not np.isfinite(recorded) or not np.isfinite(value):
        same = bool(recorded == value)
    else:
        with np.errstate(over="ignore"):
            same = bool(recorded.dtype.type(value) == recorded)
        far = abs(complex(value) - complex(recorded))
        if not same and far <= 1e-4 * max(abs(complex(recorded)), 1e-3):
            return True, phrase(
                "computed again, it equals the recorded value but for rounding, {far:.1g}", far=far
            )
        if not same:
            return False, phrase(
                "computed again, it differs from the recorded value by {far:.3g}", far=far
            )
    if same:
        return True, phrase("computed again, it equals the recorded value")
    return False, phrase("computed again, it is not the recorded value")
