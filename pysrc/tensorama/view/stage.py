"""The stage: a canvas with one scene on it, its camera, its movement, and what lies under a pixel.

It draws only when something of the picture changed, and then does only what that change makes
necessary; a moment of the page in which the picture stays the same (`soon`) draws nothing.
Everything it makes on the graphics card it gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.engine.contract import Slices, whole
from tensorama.scene import Layout, Player, Scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.camera.motion import Spring
from tensorama.scene.camera.pick import Hit
from tensorama.scene.drawing.atlas import pack_within
from tensorama.scene.drawing.detail import Seen, sight_of
from tensorama.scene.drawing.figures import NOT_DARK
from tensorama.scene.drawing.patches import area, patches
from tensorama.scene.drawing.standing import Standing, standing_slices
from tensorama.scene.drawing.threads import Threads
from tensorama.scene.layout.fitting import arrange_in
from tensorama.view import ffi
from tensorama.view.filling import Filling, Numbers
from tensorama.view.links import Links
from tensorama.view.loop import Loop
from tensorama.view.maps import Maps
from tensorama.view.marks import Marks
from tensorama.view.paint import Paint
from tensorama.view.sight import Sight
from tensorama.view.surface import Surface

if TYPE_CHECKING:  # fetched later than this
    from tensorama.explain import Region

_AT_ONCE = 10.0  # seconds: all movement is over
_MOSTLY = 0.5  # of the window: what is drawn again in parts is less
_FLASH = 0.25  # seconds in which a live run passes over the picture


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A scene as it is seen first, and what draws it, of which nothing lies on the card yet."""

    standing: Standing
    maps: Maps
    links: Links


class Stage(Sight):
    """Shows one scene at a time on a canvas.

    In each frame `before` is called before anything moves, for what is to be shown from now on, and
    `after` before it is drawn, for what follows the picture (labels). `request_frame` has the
    picture drawn; `soon` has both called, and nothing drawn if the picture is the same.
    Raises TensoramaError where the browser has no WebGL 2.
    """

    def __init__(self, canvas: Any, before: Callable[[], None], after: Callable[[], None]) -> None:
        self.loop = Loop(self._draw)
        self.soon = self.loop.request
        super().__init__(self._request)
        self._stale = True  # the picture is another than the one that was drawn last
        self._remarked = False  # only the cell that is marked is, and the lines from it
        self._over = np.zeros((0, 4))  # the parts of the window that those lay on, drawn last
        self.drawn = 0  # frames
        self._before, self._after = before, after
        self.surface = Surface(canvas, self._restored)
        self.hang, self.take_down = self.surface.hang, self.surface.take_down
        self.sleep, self.wake = self.surface.sleep, self.surface.wake
        self.dark = NOT_DARK
        self.paint = Paint(self.surface.renderer)
        self.marks = Marks(self.surface)
        self.maps: Maps | None = None
        self.links: Links | None = None
        self.filling: Filling | None = None
        self.player = Player()
        self._focus = Spring(np.zeros(0), stiffness=16)
        self._refocusing = False
        self._seen = Seen(np.zeros(0), np.zeros(0))  # when all was last at rest
        self._unused: list[Any] = []  # materials; to compile their shaders anew takes long
        self._moved = False  # what is seen, in this frame
        self.sight = 0  # another number whenever something is seen elsewhere than before
        self.travelling = False  # and so it will be in the next frame
        self.frame_ms = 0.0

    # what is shown ---------------------------------------------------------------------------

    def ready(self, scene: Scene) -> Slices[Ready]:
        """Make ready what shows a scene, with pauses; what is shown stays."""
        standing = yield from standing_slices(scene, self.room, self.surface.limits)
        yield
        maps = Maps(scene, standing.atlas)
        yield
        return Ready(standing, maps, Links(scene))

    def show(self, scene: Scene, ready: Ready | None = None) -> None:
        """Put another scene on the stage; the one before is given back."""
        if ready is None or ready.standing.room != self.room:
            ready = whole(self.ready(scene))
        standing = ready.standing
        self._clear()
        self.dark = NOT_DARK
        self.scene, self.now, self._seen = scene, standing.places, standing.seen
        self._reach()
        self.eye.fit(self.layout.points, home=True, at_once=True)
        self.maps, self.links = ready.maps, ready.links
        self.filling = Filling(self.maps)
        for thing, drawn in ((self.links, self.links.lines), (self.maps, self.maps.mesh)):
            thing.uniforms.uMatrix.value = self.surface.matrix
            self.hang(drawn)
        self._focus.jump(np.zeros(len(scene.blocks)))
        self.player.begin(*scene.tree.seen(()))
        self._colour()
        self.request_frame()

    def set_open(self, blocks: set[int]) -> int | None:
        """Open exactly these blocks; the others close and all slide to their places.

        Gives the block that keeps its place in the window, if there is one.
        """
        count = len(self.scene.blocks)
        opened = {n for n in blocks if n >= count or self.scene.blocks[n].opens}
        self.player.fold(*self.scene.tree.seen(opened))
        before, held = self.layout, self._looked_at(opened ^ self.opened)
        self.now.go(arrange_in(self.scene, opened, self.room), opened)
        self._reach()
        self.request_frame()
        if self.following:
            self.fit()
            return None
        if held is not None:
            self._keep_in_sight(held, before)
        return held

    def set_values(self, numbers: Numbers, lens: bool = False) -> None:
        """Show these numbers: `numbers(block)` gives a block's (maps, rows, cols), None if there
        are none. lens: they are something else than the values.

        It is asked only for blocks that are seen, at once or, where there are many, over the next
        frames, so that the page never waits for long.
        """
        if self.filling and self.maps:
            self.maps.begin(lens)
            self.filling.take(numbers)
            self.filling.fill(self.layout.shown, moving=False)
            self.maps.upload_state()
        self.request_frame()

    def scale_of_network(self) -> float:
        """The largest magnitude in all blocks that are seen."""
        return self.maps.network_scale(self.layout.shown) if self.maps else 0.0

    def scale_of(self, block: int) -> float:
        """The magnitude at the end of the colour scale of a block."""
        return float(self.maps.scales[block]) if self.maps else 0.0

    def scale_of_map(self, quad: int) -> float:
        """The magnitude at the end of the colour scale of a single map."""
        return float(self.maps.map_scales[quad]) if self.maps else 0.0

    def set_scale_mode(self, mode: int) -> None:
        """Share the colour scale by map (0), by layer (1), or over the whole network (2)."""
        if self.maps:
            self.maps.uniforms.uScaleMode.value = mode
            self.request_frame()

    def play(self, seconds: np.ndarray, from_dark: bool = True) -> None:
        """A run that took so long in each block passes through: from the dark, or as a flash."""
        self.player.take(seconds)
        if self.calm:
            self.player.finish()
        elif not from_dark:
            self.player.flash(_FLASH)
        else:
            self.player.play(from_start=True)
        self.request_frame()

    def resize(self, room: Room, density: float) -> None:
        """The window, or the part of it that is free, may have changed."""
        if room == self.room and density == self.surface.density:
            return  # to say the same again would blank the canvas
        lines_before = self.layout.row.max(initial=0)
        changed = room != self.room
        self.eye.resize(room)
        self.surface.resize(room, density)
        if changed and len(self.scene.blocks):
            self.now.go(arrange_in(self.scene, self.opened, room), self.opened)
            self._reach()
            if self.following:
                self.fit(at_once=lines_before == self.layout.row.max(initial=0))
        self.request_frame()

    def mark(self, hit: Hit | None) -> None:
        """Draw a mark around the cell under the pointer."""
        self.marks.cell = hit
        if self.maps:
            where = (hit.block, hit.chart, hit.col, hit.row) if hit else (-1, -1, -1, -1)
            self.maps.uniforms.uHover.value.set(*where)
            self._remark()

    def darken(self, block: int = -1, chart: int = -1, first: int = 0, last: int = -1) -> None:
        """Leave the cells first … last of a map dark, counted as `scene.pictures.order` does."""
        if self.dark == (block, chart, first, last):
            return
        self.dark = block, chart, first, last
        if self.maps:
            self.maps.uniforms.uDark.value.set(*self.dark)
        self.request_frame()

    def tie(
        self, hit: Hit | None, windows: dict[int, Region], threaded: Collection[int] = ()
    ) -> None:
        """Draw lines from a cell to the regions of other blocks' tensors that it came from, without
        lines to those blocks that are `threaded` otherwise."""
        self.marks.tie(self, hit, windows, threaded)
        self._remark()

    def thread(self, threads: Threads | None) -> None:
        """Draw these lines from cells to the one that they made, as they run now."""
        if self.marks.thread(self, threads):
            self._colour()
        self._remarked = True

    def heat(self, shares: np.ndarray | None) -> None:
        """Colour all that is seen, and its border, by shares 0..1 of the items; None: no longer."""
        self.marks.items, self.marks.shares = self.scene.tree.seen(self.opened)[0], shares
        self.now.wake()
        self.request_frame()

    def focus(self, blocks: set[int] | None, far: float = 0.62) -> None:
        """Let everything but these blocks recede so far; None brings all back."""
        goal = np.zeros(len(self._focus.goal))
        if blocks is not None:
            goal[:] = far
            goal[list(blocks)] = 0
        if np.array_equal(goal, self._focus.goal):
            return
        self._focus.goal = goal
        self._refocusing = True
        self.request_frame()

    # drawing ---------------------------------------------------------------------------------

    @property
    def theme(self) -> str:
        """ "dark" or "light"."""
        return self.paint.theme

    def set_theme(self, theme: str) -> None:
        """Draw in the colours of "dark" or "light"."""
        self.paint.choose(theme)
        self._colour()
        self.request_frame()

    def _request(self) -> None:
        self._stale = True
        self.soon()

    def _remark(self) -> None:
        self._remarked = True
        self.soon()

    def _colour(self) -> None:
        if self.maps and self.links:
            self.paint.on(self.maps, self.links, self.marks)
        else:
            self.paint.ground()

    def _restored(self) -> None:
        """The graphics card was gone and is back: three.js sends everything to it once more."""
        self.now.wake()
        self._colour()
        self.request_frame()

    def _draw(self, seconds: float, now: float) -> bool:
        """Draw one frame, if it differs; tell whether there is more to do in the next one."""
        self._before()
        moving = self._advance(_AT_ONCE if self.calm else seconds, now)
        self._after()
        pixels = self.surface.pixels
        share = pixels.share(now, self.loop.waited, self._moved)
        stale = self._stale or not self.surface.drawn_with(share)
        if stale or self._remarked:
            spent = float(ffi.performance.now()) - 1000 * now
            self.frame_ms = 0.8 * self.frame_ms + 0.2 * spent
            parts = self._changed_parts()
            self._stale = self._remarked = False
            self.drawn += 1
            if stale or area(parts) > _MOSTLY * self.room.width * self.room.height:
                self.surface.draw(share)
            else:
                self.surface.draw_parts(parts, self.room.height)
            self._tidy()
        return moving or pixels.fewer

    def _changed_parts(self) -> np.ndarray:
        """What of the window, (R,4), marks and lines lie on now, or lay on in the last frame."""
        seen = self.on_screen(self.marks.segments(self).reshape(-1, 3))
        before, self._over = self._over, patches(seen.reshape(-1, 2, 3), self.room)
        return np.concatenate([before, self._over])

    def _advance(self, seconds: float, now: float) -> bool:
        """Bring the picture to this moment; tell whether there is more to do in the next frame."""
        self.travelling = any([self.eye.advance(seconds), self.now.advance(seconds)])
        self._moved = self.eye.changed or self.now.changed
        self.sight += self._moved
        if self.eye.changed:
            self.surface.matrix.set(*self.eye.matrix.reshape(-1).tolist())
        self.player.calm = self.calm
        relit = self.player.advance(now)
        refocused = self._refocusing
        self._refocusing = refocused and self._focus.advance(seconds)
        self._stale |= self._moved or relit or refocused
        if not (self.maps and self.links and self.filling):
            return self.travelling or relit
        if self.eye.changed:
            self.maps.uniforms.uEye.value.set(*self.eye.camera.position.tolist())
        if not self.travelling and self._moved:
            self._sharpen(self.maps, self.filling)
        filled = self.filling.fill(self.layout.shown, self.travelling)
        if self.now.changed:
            self._place(self.maps, self.links)
        if relit or refocused:
            self._light(self.maps)
        if relit:
            self.links.light(*self.player.travel(self.layout.links))
        self._stale |= filled
        if filled or self.now.changed or relit or refocused:
            self.maps.upload_state()
        return self.travelling or relit or self._refocusing or self.filling.going_on

    def _sharpen(self, maps: Maps, filling: Filling) -> None:
        """In a network larger than the device allows: more of what is near, less elsewhere."""
        detail = maps.atlas.detail
        if detail.level.any() or detail.faces.any():
            self._seen = sight_of(self.now, self.eye)
            atlas = pack_within(self.scene, self._seen, self.surface.limits)
            if detail.worse(atlas.detail, self.layout.shown):
                maps.repack(atlas)
                filling.begin_again()

    @property
    def summarised(self) -> int:
        """How many open layers in sight are drawn from their summaries, as there is no room."""
        if self.maps is None:
            return 0
        faces = self.maps.atlas.detail.faces
        if not faces.any():
            return 0
        faces = faces & (self._seen.area > 0)
        return int(faces[[n for n in self.opened if n < len(faces)]].sum())

    def _place(self, maps: Maps, links: Links) -> None:
        """Put everything where it stands now."""
        now, marks, count = self.now, self.marks, len(self.scene.blocks)
        maps.state[0, :count, :3], maps.state[0, :count, 3] = now.anchors, now.opening
        maps.state[2, :count, 0] = now.shown
        maps.state[3, :count, 0] = -1 if marks.shares is None else marks.shares[marks.items]
        links.move(self.layout, now.anchors, now.sizes)
        marks.place(self)

    def _light(self, maps: Maps) -> None:
        """Light everything as the run and the focus want it now."""
        count = len(self.scene.blocks)
        maps.state[1, :count, 0] = self.player.lit()
        maps.state[1, :count, 1] = self.player.flare()
        maps.state[1, :count, 2] = self._focus.now

    @property
    def awake(self) -> bool:
        """Whether it may draw; see `sleep`."""
        return self.surface.awake

    @property
    def moving(self) -> bool:
        """Whether a frame is still to come."""
        return self.loop.waiting

    def stats(self) -> dict[str, float]:
        """What the picture costs at this moment."""
        return {
            **self.surface.stats(),
            "textureBytes": self.maps.texture_bytes if self.maps else 0,
            "blocks": len(self.scene.blocks),
            "coarse": int((self.maps.atlas.detail.level > 0).sum()) if self.maps else 0,
            "summarised": self.summarised,
            "frameMs": round(self.frame_ms, 3),
            "frames": self.drawn,
        }

    def _clear(self) -> None:
        for part, thing in ((self.maps, "mesh"), (self.links, "lines")):
            if part:
                self.take_down(getattr(part, thing))
                part.dispose(shaders=False)
                self._unused.append(part.material)
        self.maps = self.links = self.filling = None
        self.marks.clear()

    def _tidy(self) -> None:
        """Give back materials of before, once what is seen now has taken over their shaders."""
        while self._unused:
            self._unused.pop().dispose()

    def dispose(self) -> None:
        """Take everything down."""
        self._clear()
        self._tidy()
        self.marks.dispose()
        self.loop.dispose()
        self.paint.dispose()
        self.surface.dispose()


__all__ = ["Layout", "Stage"]
