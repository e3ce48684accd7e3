"""The 3D picture: brings the State onto the stage, and what is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tensorama.app import later
from tensorama.app.actions import running, travelling
from tensorama.app.cells import hit_of_pinned, index_of, windows_of
from tensorama.app.desk import Desk
from tensorama.app.heat import heat_of
from tensorama.app.pointer import Spot
from tensorama.app.state import SCALES, State
from tensorama.app.tracing import Traced, stepped, traced
from tensorama.scene.camera.pick import Hit
from tensorama.scene.drawing.threads import middles, threads
from tensorama.scene.levels import reachable
from tensorama.scene.run.player import Player
from tensorama.view import ffi
from tensorama.view.stage import Stage

if TYPE_CHECKING:  # fetched later than this
    from tensorama.explain import Region

_FAR = 0.93  # how far all recedes from a layer that is looked into
_HARDLY = 1e-4  # of a run: nobody sees such a difference
_SCALE_MODES = {name: number for number, name in enumerate(SCALES)}


class Picture:
    """Everything on the stage but what is written on it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._calm = ffi.window.matchMedia("(prefers-reduced-motion: reduce)")
        self._handlers.do(self._calm, "change", self._be_calm)
        self._be_calm()
        self._restoring = False  # a link says where in the run one is
        self._bringing = False  # the pinned cell may lie where it is not seen
        self._noted: float | None = None  # where the player stood when the State was told last
        self._heated: object = None  # the items that the heat was compared among
        self._tied: Hit | None = None  # the cell from which threads run
        self._drawn_at: object = None  # from where threads were drawn last
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(self._ran)
        desk.session.timed.listen(self._timed)
        desk.session.lensed.listen(self._look_through)
        listen = desk.store.listen
        listen(self._open, "opened")
        listen(self._look, "camera", "near")
        listen(self._scale, "scale")
        listen(self._look_away, "shelf")
        listen(lambda before, after: self._heat(), "heat")
        listen(lambda before, after: self._focus(), "at", "shelf", "ways", "opened")
        listen(self._choose, "selected")
        listen(lambda before, after: self._show_pinned(), "selected", "stepping")
        listen(lambda before, after: self._windows(), "opened")
        listen(self._play, "speed", "loop", "position")
        desk.pointer.moved.listen(self._point)
        desk.pointer.named.listen(lambda item: self._focus())
        desk.drawn.listen(self._follow)

    def _be_calm(self) -> None:
        self.desk.stage.calm = bool(self._calm.matches)

    # the State -------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Another network is shown: as the State says, at once."""
        state, stage, items = self.desk.state, self.desk.stage, self.desk.items
        self._tied, self.desk.traced = None, Traced()
        self._drawn_at = None
        if state.opened:
            stage.set_open(items.numbers(state.opened))
        self._see(state, at_once=True)
        self._restoring = state.position < 1.0
        stage.set_scale_mode(_SCALE_MODES[state.scale])
        self._focus()
        self._mark()

    def _ran(self, finished: bool) -> None:
        session, stage = self.desk.session, self.desk.stage
        shown = session.shown
        assert shown is not None
        self._fill()
        if self._restoring:
            stage.player.take(shown.outcome.seconds)
            stage.player.place(self.desk.state.position)
        else:
            stage.play(shown.outcome.seconds, finished)
        self._restoring = False
        self._heat()
        self._windows()

    def _fill(self) -> None:
        """Show the numbers of this run, or those that a lens has in their places."""
        session, blocks = self.desk.session, self.desk.stage.scene.blocks
        trace, lens = session.trace, session.lens
        assert trace is not None

        def numbers(block: int) -> np.ndarray | None:
            picture = blocks[block].picture
            array = lens.arrays.get(picture.tensor) if lens else np.asarray(trace[picture.tensor])
            return None if array is None else picture.values(array)

        self.desk.stage.set_values(numbers, lens is not None)

    def _look_through(self) -> None:
        self._fill()
        self._focus()

    def _timed(self) -> None:
        shown, stage = self.desk.session.shown, self.desk.stage
        assert shown is not None
        stage.player.take(shown.outcome.seconds)
        stage.soon()
        self._heat()

    def _open(self, before: State, after: State) -> None:
        desk, opened = self.desk, self.desk.items.numbers(after.opened)
        if opened == desk.stage.opened:
            return
        held = desk.stage.set_open(opened)
        if after.near and after.near == before.near:  # it may be larger now, or folded away
            self._see(after, at_once=False)
        elif after.camera is not None and after.camera == before.camera:
            if held is not None and len(opened ^ desk.items.numbers(before.opened)) > 1:
                desk.stage.bring_in(held)
            desk.store.put(travelling.looking(after, desk.stage.heading))

    def _look(self, before: State, after: State) -> None:
        self._see(after, at_once=False)

    def _look_away(self, before: State, after: State) -> None:
        if not after.shelf:
            self._see(after, at_once=False)

    def _see(self, state: State, at_once: bool) -> None:
        """Look from where the State says."""
        stage, near = self.desk.stage, self.desk.items.number(state.near)
        camera = state.camera
        if camera is not None:
            if not camera.near(stage.heading) or stage.following:
                stage.look(lambda _: camera)
        elif near is not None:
            stage.fly_to(near)
        else:
            stage.fit()
        if at_once:
            stage.arrive()

    def _scale(self, before: State, after: State) -> None:
        self.desk.stage.set_scale_mode(_SCALE_MODES[after.scale])

    def _play(self, before: State, after: State) -> None:
        player = self.desk.stage.player
        player.speed, player.loop = after.speed, after.loop
        moved = abs(player.share - after.position) > _HARDLY
        heard = after.position == self._noted  # from the player, who may be further by now
        if after.position != before.position and moved and not heard and _rests(player):
            player.place(after.position)
            self._noted = None
        self.desk.stage.soon()

    # heat ------------------------------------------------------------------------------------

    def _heat(self) -> None:
        self._heated = self.desk.stage.player.items
        heat = heat_of(self.desk)
        self.desk.stage.heat(heat.shares if heat else None)

    def _follow(self) -> None:
        """Compare what is seen now, if something opened or closed; note where the run stands."""
        player, state = self.desk.stage.player, self.desk.state
        if _rests(player) and abs(player.share - state.position) > _HARDLY:
            self._noted = player.share
            self.desk.do(running.placed(state, player.share))
        if self.desk.state.heat and self.desk.stage.player.items is not self._heated:
            self._heat()
        if self._bringing:
            self._bring()
        self._draw_threads()

    # what stands out -------------------------------------------------------------------------

    def _focus(self) -> None:
        """Let everything recede but what is looked into, followed, or pointed at by its name."""
        state, stage, at = self.desk.state, self.desk.stage, self.desk.at
        named, lens = self.desk.pointer.item, self.desk.session.lens
        if state.shelf and at is not None:
            stage.focus({at}, _FAR)
        elif named is not None:
            links = stage.scene.links.tolist()
            members = self._members(named)
            sources = {a for a, b in links if b in members}
            readers = {b for a, b in links if a in members}
            self._keep(members | sources | readers)
        elif state.ways and at is not None:
            forward = state.ways == "down"
            self._keep(reachable(stage.scene.links, self._members(at), forward))
        elif lens and lens.alone:
            pictures = [block.picture for block in stage.scene.blocks]
            self._keep({n for n, picture in enumerate(pictures) if picture.tensor in lens.arrays})
        else:
            stage.focus(None)

    def _members(self, item: int) -> set[int]:
        group = self.desk.stage.scene.tree.group(item)
        return set(group.members) if group else {item}

    def _keep(self, blocks: set[int]) -> None:
        stage = self.desk.stage
        tree = stage.scene.tree
        faces = {tree.face(tree.visible(block, stage.opened)) for block in blocks}
        stage.focus(blocks | faces)

    # the pointer -----------------------------------------------------------------------------

    def _point(self, before: Spot | None, after: Spot | None) -> None:
        was, now = ((s.hit, s.on_shelf) if s and s.hit else None for s in (before, after))
        if was == now:
            return
        if self.desk.shelf:
            self.desk.shelf.mark(after.hit if after and after.on_shelf else None)
        self._mark()
        self._windows()
        over = after is not None and after.hit is not None
        self.desk.frame.part("scene").classList.toggle("tr-over", over)

    def _hit(self) -> Hit | None:
        """The cell of the network under the pointer."""
        spot = self.desk.pointer.spot
        return spot.hit if spot and not spot.on_shelf else None

    def _choose(self, before: State, after: State) -> None:
        self._bringing = before.camera == after.camera  # a link says itself from where it is seen

    def _bring(self) -> None:
        """Bring the layer of the pinned cell into the free room, if the cell lies outside of it."""
        stage, hit = self.desk.stage, hit_of_pinned(self.desk)
        self._bringing = False
        if hit is None or not isinstance(stage, Stage) or stage.following:
            return
        picture, room = stage.scene.blocks[hit.block].picture, stage.room
        quads, rows, cols = (np.array([part]) for part in (hit.quad, hit.row, hit.col))
        (x, y, _), *_ = stage.on_screen(middles(stage.places()[quads], picture, rows, cols))
        aside = room.left <= x <= room.width - room.right
        if not (aside and room.top <= y <= room.height - room.bottom):
            stage.bring_in(stage.scene.tree.visible(hit.block, stage.opened))
            self.desk.store.put(travelling.looking(self.desk.state, stage.heading))

    def _windows(self) -> None:
        """Tie the cell under the pointer, or else the pinned one, to what it was computed from."""
        desk = self.desk
        hit = self._subject()
        if hit is not None and not desk.stage.layout.shown[hit.block]:
            hit = None
        known = hit is not None and later.is_here_or(desk.session.background, self._windows)
        found, windows = self._trace(hit) if hit and known else (Traced(), {})
        threaded = {end.block for end in found.ends}
        desk.stage.tie(hit, windows, threaded)
        self._tied, desk.traced = hit, found
        self._drawn_at = None

    def _trace(self, hit: Hit) -> tuple[Traced, dict[int, Region]]:
        desk = self.desk
        stage, trace, stepping = desk.stage, desk.session.trace, desk.state.stepping
        if trace is None or not isinstance(stage, Stage):
            return Traced(), {}
        blocks = stage.scene.blocks
        shown = np.flatnonzero(stage.layout.shown).tolist()
        drawn = {blocks[n].picture.tensor: (n, blocks[n].picture) for n in shown}
        cell = blocks[hit.block].picture.tensor, index_of(desk, hit)[0]
        if stepping and stepping.what == "cell":
            found, now = stepped(trace, *cell, drawn, stepping.done)
            return found, now or windows_of(desk, hit)
        return traced(trace, *cell, drawn), windows_of(desk, hit)

    def _draw_threads(self) -> None:
        """Draw the threads where they run now."""
        stage = self.desk.stage
        hit, ends = self._tied, self.desk.traced.ends
        if not isinstance(stage, Stage):
            return
        now = stage.sight, stage.room
        if self._drawn_at == now:
            return
        self._drawn_at = now
        opened = stage.now.opening > 0.5
        stage.thread(
            threads(stage.scene, stage.now.quads_of, opened, hit, ends) if hit and ends else None
        )

    def _mark(self) -> None:
        """Mark the cell under the pointer, or else the chosen one."""
        self.desk.stage.mark(self._subject())

    def _subject(self) -> Hit | None:
        """The cell that the picture speaks of: under the pointer, or else the pinned one, which
        comes first while it is stepped through."""
        chosen = hit_of_pinned(self.desk)
        return chosen if chosen and self.desk.state.stepping else self._hit() or chosen

    def _show_pinned(self) -> None:
        self._mark()
        self._windows()

    def dispose(self) -> None:
        """Let go of the system's events, and of the stage."""
        self._handlers.remove()
        self.desk.stage.dispose()


def _rests(player: Player) -> bool:
    """Whether the run stands where it is, until a person does something."""
    return not player.playing and not player.walking
