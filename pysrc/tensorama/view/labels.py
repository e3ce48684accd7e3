"""Names, operators and shapes beside the blocks, as real text: crisp, readable aloud, focusable.

A label is made when it is first seen, so that a network of thousands of layers costs no more than
what fits a window. While the picture moves, labels only follow; what each one says is chosen anew
every few frames and when all has come to rest.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.scene import Scene, build_scene
from tensorama.scene.drawing.crowding import LOWEST, beside_blocks, candidates, inwards, label_forms
from tensorama.scene.layout.places import Spots
from tensorama.scene.words import shape_in_words, short_name, short_op
from tensorama.view import ffi
from tensorama.view.stage import Stage
from tensorama.view.words import Words

# from the fullest to the shortest way to write a label, with the class that hides the rest
_FORMS = ("", "tr-brief", "tr-name")
_MOST_NEW = 60  # labels that are made in one frame
_MOST_KEPT = 400  # labels that are kept though they are not seen
_PATIENCE = 10  # frames of movement after which labels are chosen anew
_STEEPEST = 0.5  # radians that a title is turned at most
_HANG = ("translate(-50%,7px)", "translate(4px,2px)")  # under a block; as the title of a frame


@dataclass(slots=True)
class _Label:
    element: Any
    style: Any
    form: int = -1
    place: tuple[int, int, int, bool] | None = None


class Labels:
    """A button under each block (it opens and closes the layer), and words beside output cells."""

    def __init__(
        self,
        box: Any,
        on_click: Callable[[int], None],
        on_hover: Callable[[int | None], None],
        say: Callable[[str], str] = str,
    ) -> None:
        """`say`: names and operators as they are to be written."""
        self._say = say
        self.box = box
        self._on_click, self._on_hover = on_click, on_hover
        self._handlers = ffi.Handlers()
        self._handlers.on(box, "click", self._clicked)
        for event in ("pointerover", "focusin", "pointerout", "focusout"):
            self._handlers.on(box, event, self._pointed)
        self._pattern = _pattern()
        self._words = Words(box)
        self._stage: Stage | None = None
        self._begin(build_scene((), {}))

    def _begin(self, scene: Scene) -> None:
        self._scene = scene
        count = len(scene.blocks) + len(scene.tree.groups)
        self._faces = np.array([scene.tree.face(item) for item in range(count)], int)
        self._labels: dict[int, _Label] = {}
        self._line = _reading(scene)  # the place of each item, in which Tab goes through them
        self._there: list[tuple[int, int]] = []  # places and items of the labels, in their order
        self._widths = np.full((count, len(_FORMS)), np.nan)  # CSS pixels, as far as measured
        self._shown = np.zeros(0, int)  # which of the spots have a label now
        self._opened: set[int] = set()
        self._now: int | None = None
        self._hovered: int | None = None
        self._shares: np.ndarray | None = None
        self._text: Callable[[int], str] = str
        self._sight, self._waited, self._due = -1, 0, True

    def show(self, scene: Scene) -> None:
        """Label another scene; the labels of the one before go."""
        self.clear()
        self._begin(scene)

    # what is written -------------------------------------------------------------------------

    def _write(self, items: Sequence[int]) -> None:
        """Make the labels of these items, and measure how wide their forms are."""
        for item in items:
            layer, face = self._scene.layer(item), self._scene.blocks[self._scene.tree.face(item)]
            say = self._say
            called, does = say(layer.name), say(layer.op)
            shape = say(shape_in_words(face.picture.shape))
            button = self._pattern.cloneNode(True)
            name, op, size = button.children
            around = [say(self._scene.layer(group).name) for group in self._scene.tree.around(item)]
            name.textContent, size.textContent = short_name(called, around), shape
            op.textContent = short_op(does) if layer.kind != "input" else ""
            button.title = f"{called} · {does} · {shape}"
            if layer.children or face.opens:
                button.setAttribute("aria-expanded", str(item in self._opened).lower())
            button.dataset.item = str(item)
            if item == self._now:
                button.setAttribute("data-now", "")
            self._insert(item, button)
            button.style.transformOrigin = "0 0"
            self._labels[item] = _Label(button, button.style)
            self._paint(item)
        for number, form in enumerate(_FORMS):  # all at once: the page is laid out once a form
            for item in items:
                self._labels[item].element.className = f"tr-label {form}"
            for item in items:
                self._widths[item, number] = self._labels[item].element.offsetWidth
        for item in items:
            self._labels[item].element.className = "tr-label tr-gone"  # until it has a place

    def _insert(self, item: int, button: Any) -> None:
        """Put a label where Tab comes by: among those that were there before, in reading order."""
        place = int(self._line[item]), item
        number = bisect_left(self._there, place)
        later = self._labels[self._there[number][1]].element if number < len(self._there) else None
        self.box.insertBefore(button, later)
        insort(self._there, place)

    def set_open(self, opened: set[int]) -> None:
        """Tell by each label whether its layer is open."""
        for item in opened ^ self._opened:
            label = self._labels.get(item)
            if label and label.element.hasAttribute("aria-expanded"):
                label.element.setAttribute("aria-expanded", str(item in opened).lower())
        self._opened, self._due = set(opened), True

    def mark(self, item: int | None) -> None:
        """Let the label of the layer or group that is computed now stand out."""
        if item == self._now:
            return
        for other, change in ((self._now, "removeAttribute"), (item, "toggleAttribute")):
            if other is not None and other in self._labels:
                getattr(self._labels[other].element, change)("data-now")
        self._now, self._due = item, True
        if self._stage:
            self._stage.soon()

    def paint(self, shares: np.ndarray | None, text: Callable[[int], str] = str) -> None:
        """Draw a bar of a share 0..1 under each label and say in its title what it is; or none.

        text: what there is to say of an item; asked only of those that have a label.
        """
        self.box.classList.toggle("tr-heat", shares is not None)
        self._shares, self._text = shares, text
        for item in self._labels:
            self._paint(item)

    def _paint(self, item: int) -> None:
        label = self._labels[item]
        title = label.element.title.split("\n")[0]
        if self._shares is not None:
            label.style.setProperty("--share", f"{self._shares[item]:.1%}")
            title += "\n" + self._say(self._text(item))
        label.element.title = title

    def write_beside(self, block: int, words: Sequence[str], best: int = -1) -> None:
        """Write a word to the right of each cell of a column (the classes of an output)."""
        self._words.write(block, words, best)
        self._sight = -1

    # where it stands -------------------------------------------------------------------------

    def follow(self, stage: Stage) -> None:
        """Put every label where its block is now; where it is crowded say less, or nothing."""
        self._stage = stage
        if stage.sight == self._sight and not self._due:
            return
        self._sight = stage.sight
        self._waited += 1
        spots = stage.spots()
        if self._due or not stage.travelling or self._waited >= _PATIENCE:
            self._choose(stage, spots)
        placed = self._shown
        if not stage.travelling:  # those that are not seen wait where they belong
            placed = np.flatnonzero([item in self._labels for item in spots.items.tolist()])
        self._place(stage, spots, placed)
        self._words.follow(stage)

    def _place(self, stage: Stage, spots: Spots, placed: np.ndarray) -> None:
        """Put the labels of these spots where they hang.

        Seen aslant, the lower edge of a block falls to one side: its label hangs below that, and a
        title runs along the edge of its frame.
        """
        points = stage.on_screen(spots.points[placed])
        numbers = spots.items[placed]
        titles = placed >= len(spots.items) - spots.titles
        beside = stage.on_screen(spots.points[placed] + np.array([1.0, 0, 0])) - points
        half = stage.now.sizes[self._faces[numbers], 0] / 2
        reach = np.minimum(half, self._widths[numbers, -1] / 2 / np.maximum(beside[:, 0], 1e-3))
        points[:, 1] += np.where(titles, 0, np.abs(beside[:, 1]) * np.maximum(reach, 0))
        turned = np.arctan2(beside[:, 1], beside[:, 0])
        turned[~titles | (np.abs(turned) > _STEEPEST)] = 0
        items, turns = numbers.tolist(), turned.tolist()
        forms = [self._labels[item].form for item in items]
        moved = inwards(points[:, 0], self._widths[numbers, forms], stage.room)
        points[:, 0] = np.where(titles, points[:, 0], moved)
        for item, (x, y, w), turn, is_title in zip(
            items, points.tolist(), turns, titles.tolist(), strict=True
        ):
            label = self._labels[item]
            place = (round(x * 2), round(y * 2), round(turn * 200), is_title)
            if place != label.place and w > 0:
                label.place = place
                turn_words = f"rotate({turn:.3f}rad) " if is_title else ""
                label.style.transform = (
                    f"translate({x:.1f}px,{y:.1f}px) {turn_words}{_HANG[is_title]}"
                )

    def _choose(self, stage: Stage, spots: Spots) -> None:
        """Decide what each label says."""
        self._waited, self._due = 0, False
        points = stage.on_screen(spots.points)
        height, room = stage.label_pixels(), stage.room
        near = candidates(points, room)
        first_title = len(spots.items) - spots.titles
        near[:first_title] &= height >= LOWEST
        titles = np.array([frame.title for frame in stage.layout.frames])
        near[first_title:] &= titles / stage.unit() >= LOWEST
        near |= (spots.items == self._now) & (points[:, 2] > 0)
        wanted = spots.items[near]
        new = wanted[np.isnan(self._widths[wanted, 0])].tolist()
        if new:
            self._write(new[:_MOST_NEW])
        if len(new) > _MOST_NEW:
            self._due = True
            stage.soon()
        near &= ~np.isnan(self._widths[spots.items, 0])
        hang = np.flatnonzero(near[:first_title])
        points[hang, 0] = inwards(points[hang, 0], self._widths[spots.items[hang], 0], room)
        fullest = self._fullest(stage, spots, points, near)
        places = np.flatnonzero(near & (fullest >= 0))
        chosen = np.full(len(spots.items), -1)
        kept = np.flatnonzero(spots.items[places] == self._now)
        chosen[places] = label_forms(
            points[places], self._widths[spots.items[places]], spots.line[places], room.width,
            height, kept.tolist(),
        )  # fmt: skip
        chosen = np.where(chosen >= 0, np.maximum(chosen, fullest), -1)
        if spots.titles:
            fits = self._titles(stage, spots, points) & near[first_title:]
            chosen[first_title:] = np.where(fits, len(_FORMS) - 1, -1)
        self._shown = np.flatnonzero(chosen >= 0)
        self._prune({*spots.items[near].tolist()})
        forms = dict(zip(spots.items[self._shown].tolist(), chosen[self._shown], strict=True))
        for item, label in self._labels.items():
            form = forms.get(item, -1)
            if form != label.form:
                label.form = form
                label.element.className = f"tr-label {_FORMS[form] if form >= 0 else 'tr-gone'}"

    def _fullest(
        self, stage: Stage, spots: Spots, points: np.ndarray, near: np.ndarray
    ) -> np.ndarray:
        """The fullest form of each label in which it lies on no block; -1 if there is none."""
        fullest = np.zeros(len(spots.items), int)
        hangs = near & (spots.items != self._now)
        hangs[len(spots.items) - spots.titles :] = False
        if hangs.any():
            items, blocks = spots.items[hangs], np.flatnonzero(stage.layout.shown)
            own = np.searchsorted(blocks, self._faces[items])
            fullest[hangs] = beside_blocks(
                points[hangs], self._widths[items], fullest[hangs], own, stage.boxes()[blocks]
            )
        return fullest

    def _prune(self, near: set[int]) -> None:
        """Where there are many labels, let those go that are far away."""
        if len(self._labels) > _MOST_KEPT:
            for item in self._labels.keys() - near:
                self._labels.pop(item).element.remove()
                self._widths[item] = np.nan
            self._there = [place for place in self._there if place[1] in self._labels]

    def _titles(self, stage: Stage, spots: Spots, points: np.ndarray) -> np.ndarray:
        """Which titles fit on their frames."""
        starts, corners = points[-spots.titles :], spots.points[-spots.titles :].copy()
        corners[:, 0] += spots.wide
        ends = stage.on_screen(corners)
        wide = np.where((starts[:, 2] > 0) & (ends[:, 2] > 0), ends[:, 0] - starts[:, 0], 0)
        needed = self._widths[spots.items[-spots.titles :], -1] + 8
        return np.asarray(needed <= wide)

    # what a person does ----------------------------------------------------------------------

    def _item_of(self, element: Any) -> int | None:
        element = ffi.found(element)
        label = ffi.found(element.closest("[data-item]")) if element is not None else None
        return int(label.dataset.item) if label is not None else None

    def _clicked(self, event: Any) -> None:
        if event.detail > 1:  # the second half of a double click, which would close it again
            return
        item = self._item_of(event.target)
        if item is not None:
            self._on_click(item)

    def _pointed(self, event: Any) -> None:
        comes = event.type in ("pointerover", "focusin")
        item = self._item_of(event.target if comes else event.relatedTarget)
        if item != self._hovered:
            self._hovered = item
            self._on_hover(item)

    def clear(self) -> None:
        """Take all labels away."""
        for label in self._labels.values():
            label.element.remove()
        self._labels.clear()
        self._there.clear()
        self._words.write(-1, ())

    def dispose(self) -> None:
        """Take everything away and let go of the page's events."""
        self.clear()
        self._handlers.remove()


def _reading(scene: Scene) -> np.ndarray:
    """The place of each item in reading order: as computed, a group before what is in it."""
    groups = scene.tree.groups
    first = np.array([*range(len(scene.blocks)), *(group.members[0] for group in groups)], int)
    inner = np.arange(len(first)) < len(scene.blocks)  # groups have their numbers from outside in
    places = np.empty(len(first), int)
    places[np.lexsort((inner, first))] = np.arange(len(first))
    return places


def _pattern() -> Any:
    """A label without a text, to be copied."""
    button = ffi.document.createElement("button")
    button.type = "button"
    for kind in ("name", "op", "shape"):
        part = ffi.document.createElement("span")
        part.className = f"tr-label-{kind}"
        button.append(part, " ")  # read aloud as words of their own
    return button
