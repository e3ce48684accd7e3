"""What stands beside the pointer: the number under it, large, and what it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.app.cells import index_of, scene_under
from tensorama.app.desk import Desk
from tensorama.phrases import joined, phrase
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.words import field_in_words, remark, strongest, tail, written
from tensorama.view import ffi

_NAMED = 3  # weights that are named


def free_place(
    point: tuple[float, float],
    size: tuple[float, float],
    room: tuple[float, float],
    blocks: np.ndarray,
) -> tuple[float, float]:
    """Where a note of this size hides least of the blocks and is still near the point.

    room: the largest left and top that a note may have. → left, top
    """
    x, y = point
    wide, high = size
    boxes = blocks[
        (blocks[:, 0] <= x) & (blocks[:, 2] >= x) & (blocks[:, 1] <= y) & (blocks[:, 3] >= y)
    ]
    left, top, right, bottom = boxes[0] if len(boxes) else (x, y, x, y)
    spots = np.array([
        (x + 22, y - high - 18), (x - 22 - wide, y - high - 18),
        (x + 22, y + 24), (x - 22 - wide, y + 24),
        (x - wide / 2, top - high - 10), (x - wide / 2, bottom + 10),
        (right + 12, y - high / 2), (left - wide - 12, y - high / 2),
    ])  # fmt: skip
    spots = np.clip(spots, 8, np.maximum(room, 8))
    first = np.maximum(spots[:, None], blocks[None, :, :2])  # of what both cover: left, top
    last = np.minimum(spots[:, None] + size, blocks[None, :, 2:])
    overlap = np.clip(last - first, 0, None).prod(axis=2).sum(axis=1)
    far = np.hypot(spots[:, 0] + wide / 2 - x, spots[:, 1] + high / 2 - y)
    covers = (
        (spots[:, 0] < x) & (x < spots[:, 0] + wide) & (spots[:, 1] < y) & (y < spots[:, 1] + high)
    )
    best = int(np.argmin(overlap / (wide * high) * 400 + far + covers * 1e4))
    return float(spots[best, 0]), float(spots[best, 1])


class Tip:
    """A small note that keeps out of the way of what it speaks about."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.element, self.box = desk.frame.part("tip"), desk.frame.box
        desk.pointer.moved.listen(lambda before, after: self._read())
        desk.session.ran.listen(lambda finished: self._read())
        desk.session.opened.listen(self._hide)
        desk.session.lensed.listen(self._read)
        desk.spoken.listen(self._read)

    def _read(self) -> None:
        desk, spot = self.desk, self.desk.pointer.spot
        if spot is None or spot.hit is None or desk.session.trace is None:
            self._hide()
            return
        hit = spot.hit
        picture = scene_under(desk, spot.on_shelf).blocks[hit.block].picture
        index, is_summary = index_of(desk, hit, spot.on_shelf)
        value = desk.session.arrays[picture.tensor][index]
        item = desk.at if spot.on_shelf else hit.block
        layer = desk.stage.scene.layer(hit.block if item is None else item)
        first = [f"{picture.tensor}[{', '.join(map(str, index))}]"]
        if is_summary:
            first.append(strongest(picture.maps, picture.reading.called))
        if isinstance(picture, Reduced) and picture.field != (1, 1):
            first.append(field_in_words(picture.field))
        lines = [joined(" · ", first), joined(" · ", (layer.name, layer.op))]
        more = ["" if is_summary else picture.name(max(hit.chart, 0)), remark(value)]
        if desk.session.lens and not spot.on_shelf:
            more.append(desk.session.lens.remark(picture.tensor, index))
        if desk.traced.weights and not spot.on_shelf:
            names = joined(", ", map(tail, desk.traced.weights[:_NAMED]))
            more.append(phrase("with {names}", names=names))
        said = [desk.say(line) for line in (*lines, *more) if line]
        self._show(spot.x, spot.y, written(value), said, self._occupied())

    def _occupied(self) -> np.ndarray:
        """What a note should not hide: the blocks and the buttons, as boxes on the canvas."""
        outer = self.box.getBoundingClientRect()
        tools = self.desk.frame.part("tools").getBoundingClientRect()
        x, y = outer.left, outer.top
        buttons = (tools.left - x, tools.top - y, tools.right - x, tools.bottom - y)
        stage = self.desk.stage
        return np.vstack([stage.boxes()[stage.layout.shown], buttons])

    def _show(
        self, x: float, y: float, value: str, lines: Sequence[str], blocks: np.ndarray
    ) -> None:
        """Show a value and lines of explanation near this pixel of the box.

        blocks (B,4): left, top, right, bottom of what should not be covered, if possible.
        """
        element = self.element
        element.replaceChildren()
        for kind, text in (("b", value), *(("span", line) for line in lines)):
            part = ffi.document.createElement(kind)
            part.textContent = text
            element.append(part)
        element.hidden = False
        wide, high = element.offsetWidth, element.offsetHeight
        room = (self.box.clientWidth - wide - 8, self.box.clientHeight - high - 8)
        left, top = free_place((x, y), (wide, high), room, blocks)
        element.style.transform = f"translate({left:.0f}px,{top:.0f}px)"

    def _hide(self) -> None:
        self.element.hidden = True

    def dispose(self) -> None:
        """Show nothing."""
        self._hide()
