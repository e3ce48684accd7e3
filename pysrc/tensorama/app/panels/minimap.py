"""The overview in a corner: the whole network, what of it is in view, and how far the run is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tensorama.app.actions import travelling
from tensorama.app.cells import hit_of_pinned
from tensorama.app.desk import Desk
from tensorama.scene.layout.plan import Plan, corner, plan_of, whole_in_view
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi
from tensorama.view.stage import Stage

_WIDEST, _HIGHEST = 190.0, 120.0  # CSS pixels
_NARROW = 640  # CSS pixels of a box in which it is shown only when asked for
_EDGE = 12  # CSS pixels: both its borders


class Minimap:
    """A plan on a canvas, drawn when the layout or what is lit changes; the frame only moves.

    Shown where not all of the network is in view, until a person decides.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._box = desk.frame.part("map")
        self._canvas, self._view, self._here = self._box.children
        self._pen = self._canvas.getContext("2d")
        self._plan: Plan | None = None
        self._layout: Any = None
        self._boxes = np.zeros((0, 4))  # the blocks of the layout on that plan
        self._drawn: tuple[Any, ...] = ()
        self._bright = np.zeros(0, bool)  # which of them were lit then
        self._seen: tuple[Any, ...] = ()
        self._placed: tuple[Any, ...] = ()
        self._stands: tuple[Any, ...] = ()  # in that room, away from what one looked at then
        self._covers = False  # some of that all the same
        self._dragging = False
        self._handlers = ffi.Handlers()
        on = self._handlers.on
        on(self._box, "pointerdown", self._down)
        on(self._box, "pointermove", self._move)
        for event in ("pointerup", "pointercancel"):
            self._handlers.do(self._box, event, self._up)
        desk.session.opened.listen(self._begin)
        desk.drawn.listen(self._follow)

    @property
    def shown(self) -> bool:
        """Whether it stands on the page."""
        return not self._box.hidden

    def _begin(self) -> None:
        """Another network is shown."""
        self._drawn, self._seen = (), ()

    def _follow(self) -> None:
        """Show where one is now."""
        state = self.desk.state
        stage = self.desk.stage
        if not isinstance(stage, Stage) or not len(stage.scene.blocks):
            return
        within, wanted = self.desk.shelf is not None, state.overview
        seen = (
            stage.sight, id(stage.layout), stage.player.dawns, stage.theme, stage.room,
            wanted, self._dragging, within, state.at, state.selected,
        )  # fmt: skip
        if seen == self._seen:
            return
        self._seen = seen
        matrix = stage.matrix()
        if wanted is None:
            wide = stage.room.width > _NARROW
            wanted = self._dragging or (
                wide
                and not whole_in_view(stage.layout, matrix, stage.room)
                and not (state.selected and self._stand(stage))
            )
        wanted = wanted and not within
        if wanted != self.shown:
            self._box.hidden = not wanted
            self.desk.frame.button("map").setAttribute("aria-pressed", str(wanted).lower())
        if wanted:
            self._draw(stage)
            self._place(stage, matrix)
            self._stand(stage)

    def _plan_of(self, stage: Stage) -> Plan:
        if self._plan is None or self._layout is not stage.layout:
            self._layout = stage.layout
            self._plan = plan_of(stage.layout, _WIDEST, _HIGHEST)
            self._boxes = self._plan.blocks(stage.layout)
        return self._plan

    def _draw(self, stage: Stage) -> None:
        """Draw the plan, if it is another one than before."""
        plan = self._plan_of(stage)
        bright, state = stage.player.bright, (stage.layout, stage.theme)
        again = self._drawn and self._drawn[0] is state[0] and self._drawn[1] == state[1]
        before, self._bright, self._drawn = self._bright, bright, state
        boxes, shown, theme = self._boxes, stage.layout.shown, THEMES[stage.theme]
        if again and not (before & ~bright).any():  # nothing has to be taken away
            self._fill(boxes[shown & bright & ~before], theme.up[0])
            return
        self._outline(stage, plan, theme.hairline)
        self._fill(boxes[shown & ~bright], theme.quiet)
        self._fill(boxes[shown & bright], theme.up[0])

    def _fill(self, boxes: np.ndarray, colour: str) -> None:
        self._pen.fillStyle = colour
        for box in boxes.tolist():
            self._pen.fillRect(*box)

    def _outline(self, stage: Stage, plan: Plan, colour: str) -> None:
        """Begin again with an empty plan and the frames of the open groups."""
        density, pen = min(2.0, float(ffi.window.devicePixelRatio)), self._pen
        self._canvas.width, self._canvas.height = (
            round(plan.width * density) + 1,
            round(plan.height * density) + 1,
        )
        self._box.style.width, self._box.style.height = (
            f"{plan.width:.1f}px",
            f"{plan.height:.1f}px",
        )
        pen.setTransform(density, 0, 0, density, 0, 0)
        pen.strokeStyle = colour
        frames = [(f.left, f.top, f.right, f.bottom) for f in stage.layout.frames]
        ends = np.array(frames).reshape(-1, 4)
        inset = np.array([0.5, 0.5, -1, -1])
        for box in (plan.rectangles(ends[:, :2], ends[:, 2:]) + inset).tolist():
            pen.strokeRect(*box)

    def _place(self, stage: Stage, matrix: np.ndarray) -> None:
        """Move the frame of the view and the mark of what one is at."""
        plan, at = self._plan, self.desk.at
        assert plan is not None
        view = tuple(round(part, 1) for part in plan.view(matrix, stage.room))
        here = None
        if at is not None:
            left, bottom, right, top = stage.rectangle(at)
            ends = np.array([[left, top], [right, bottom]])
            here = tuple(plan.rectangles(ends[:1], ends[1:])[0].round(1).tolist())
        if (view, here) == self._placed:
            return
        self._placed = view, here
        for element, spot in ((self._view, view), (self._here, here)):
            element.hidden = spot is None
            if spot:
                x, y, wide, high = spot
                element.style.transform = f"translate({x}px,{y}px)"
                element.style.width, element.style.height = f"{wide}px", f"{high}px"

    def _stand(self, stage: Stage) -> bool:
        """Stand in a corner, and not on the layer that one is at or of which a cell is pinned;
        tell whether that could not be."""
        state, pinned, at = self.desk.state, hit_of_pinned(self.desk), self.desk.at
        stands = stage.room, state.at, state.selected
        moving = stage.travelling or self._dragging
        if moving and stands == self._stands:
            return self._covers
        self._stands, plan = stands, self._plan_of(stage)
        looked_at = {at} if at is not None else set()
        if pinned:
            looked_at.add(stage.scene.tree.visible(pinned.block, stage.opened))
        kept = np.array([stage.destination(item) for item in looked_at]).reshape(-1, 4)
        size = plan.width + _EDGE, plan.height + _EDGE
        x, y, self._covers = corner(size, stage.room, kept, low=stage.room.width > _NARROW)
        self._box.style.left, self._box.style.top = f"{x:.0f}px", f"{y:.0f}px"
        return self._covers

    # what a person does ----------------------------------------------------------------------

    def _down(self, event: Any) -> None:
        event.preventDefault()
        self._dragging = True
        self._box.setPointerCapture(event.pointerId)
        self.desk.leave()
        self._go(event, quick=False)

    def _move(self, event: Any) -> None:
        if self._dragging:
            self._go(event, quick=True)

    def _up(self) -> None:
        self._dragging = False
        self.desk.store.rest()
        self.desk.stage.soon()

    def _go(self, event: Any, quick: bool) -> None:
        """Look at the point of the network under the pointer."""
        if self._plan is None:
            return
        box = self._canvas.getBoundingClientRect()
        x, y = self._plan.in_scene(event.clientX - box.left, event.clientY - box.top)
        stage = self.desk.stage
        stage.look(lambda camera: replace(camera, target=(x, y, 0.0)), quick)
        self.desk.do(travelling.looking(self.desk.state, stage.heading), going_on=True)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
