"""The stage: a canvas with one scene on it, its camera, its movement, and what lies under a pixel.

It draws only when something changed, and then does only what that change makes necessary.
Everything it makes on the graphics card it gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tensorama.engine.contract import Slices, whole
from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene import Camera, Layout, Player, Scene, build_scene
from tensorama.scene.camera.camera import Room, project
from tensorama.scene.camera.eye import Eye
from tensorama.scene.camera.motion import Spring
from tensorama.scene.camera.pick import Hit, pick
from tensorama.scene.camera.reach import reach
from tensorama.scene.drawing.atlas import PAGE, pack_within
from tensorama.scene.drawing.detail import Limits, Seen, sight_of
from tensorama.scene.drawing.figures import NOT_DARK
from tensorama.scene.drawing.standing import Standing, standing_slices
from tensorama.scene.drawing.ties import outlines, ties
from tensorama.scene.layout.borders import borders
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.layout.places import Places, Spots
from tensorama.view import ffi
from tensorama.view.filling import Filling
from tensorama.view.links import Links
from tensorama.view.loop import Loop
from tensorama.view.maps import PAGES, Maps
from tensorama.view.paint import Paint
from tensorama.view.segments import Segments

if TYPE_CHECKING:  # fetched later than this
    from tensorama.explain import Region

_AT_ONCE = 10.0  # seconds: all movement is over
_FLASH = 0.25  # seconds in which a live run passes over the picture
_MOST_BYTES, _BYTES_A_GB = 256 << 20, 32 << 20  # of numbers, on a device with so much memory
_NOTHING = np.zeros((0, 2, 3))


class Stage:
    """Shows one scene at a time on a canvas.

    In each frame `before` is called before anything moves, for what is to be shown from now on, and
    `after` before it is drawn, for what follows the picture (labels).
    Raises TensoramaError where the browser has no WebGL 2.
    """

    def __init__(self, canvas: Any, before: Callable[[], None], after: Callable[[], None]) -> None:
        three = ffi.three()
        self.canvas, self._before, self._after = canvas, before, after
        try:
            self.renderer = three.WebGLRenderer.new(
                ffi.options(canvas=canvas, antialias=True, powerPreference="high-performance")
            )
        except Exception as error:
            raise TensoramaError(phrase(
                "This browser gives no WebGL 2, which the 3D picture needs. "
                "Switch on hardware acceleration or try another browser."
            )) from error  # fmt: skip
        self._three_scene = three.Scene.new()
        self._three_camera = three.Camera.new()
        self._matrix = three.Matrix4.new()  # the one that everything is drawn with
        self._handlers = ffi.Handlers()
        self.loop = Loop(self._draw)
        self.request_frame = self.loop.request
        self._handlers.do(canvas, "webglcontextrestored", self._restored)
        self.limits = _limits(self.renderer)
        self.eye = Eye()
        self.dark = NOT_DARK
        self.paint = Paint(self.renderer)
        self.ties = Segments(over=True, strength=0.62)
        self.borders = Segments(over=False, strength=1.0)
        for segments in (self.ties, self.borders):
            segments.uniforms.uMatrix.value = self._matrix
            self._three_scene.add(segments.lines)
        self.scene = build_scene((), {})
        self.now = Places(self.scene, arrange_in(self.scene, (), self.room))
        self.maps: Maps | None = None
        self.links: Links | None = None
        self.filling: Filling | None = None
        self.player = Player()
        self._items, self._shares = np.zeros(0, int), cast("np.ndarray | None", None)
        self._tied: tuple[Hit, dict[int, Region], Collection[int]] | None = None
        self._boxes, self._boxed_by = np.zeros((0, 4)), (_NOTHING, _NOTHING, _NOTHING)
        self._focus = Spring(np.zeros(0), stiffness=16)
        self._refocusing = False
        self._seen = Seen(np.zeros(0), np.zeros(0))  # when all was last at rest
        self._unused: list[Any] = []  # materials; to compile their shaders anew takes long
        self.calm = False  # a person asked for less movement
        self.sight = 0  # another number whenever something is seen elsewhere than before
        self.travelling = False  # and so it will be in the next frame
        self.frame_ms = 0.0

    # what is shown ---------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        """Where everything stands when all movement is over."""
        return self.now.layout

    @property
    def opened(self) -> set[int]:
        """The open blocks and groups."""
        return self.now.opened

    def standing(self, scene: Scene) -> Slices[Standing]:
        """How a scene would be seen first, with pauses; what is shown stays."""
        return standing_slices(scene, self.room, self.limits)

    def show(self, scene: Scene, standing: Standing | None = None) -> None:
        """Put another scene on the stage; the one before is given back."""
        if standing is None or standing.room != self.room:
            standing = whole(self.standing(scene))
        self._clear()
        self.scene, self.now, self._seen = scene, standing.places, standing.seen
        self._reach()
        self.eye.fit(self.layout.points, home=True, at_once=True)
        self.maps, self.links = Maps(scene, standing.atlas), Links(scene)
        self.filling = Filling(self.maps)
        for thing, drawn in ((self.links, self.links.lines), (self.maps, self.maps.mesh)):
            thing.uniforms.uMatrix.value = self._matrix
            self._three_scene.add(drawn)
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

    def _reach(self) -> None:
        self.eye.reach = reach(self.scene, self.layout.points, self.room)

    def _looked_at(self, changed: set[int]) -> int | None:
        """What must not jump: the one that opens or closes, or what is nearest to the middle."""
        if len(changed) == 1:
            return self.scene.tree.face(next(iter(changed)))
        blocks = np.flatnonzero(self.layout.shown)
        if not len(blocks):
            return None
        away = np.linalg.norm(self.layout.anchors[blocks] - self.heading.target, axis=1)
        return int(blocks[away.argmin()])

    def _keep_in_sight(self, block: int, before: Layout) -> None:
        """Move the camera as a block moves from one layout to the next."""
        moved = self.layout.anchors[block] - before.anchors[block]
        self.eye.move(moved)

    def set_values(self, numbers: Callable[[int], np.ndarray]) -> None:
        """Show these numbers: `numbers(block)` gives a block's (maps, rows, cols).

        It is asked only for blocks that are seen, at once or, where there are many, over the next
        frames, so that the page never waits for long.
        """
        if self.filling:
            self.filling.take(numbers)
            self.filling.fill(self.layout.shown, moving=False)
        self.request_frame()

    def scale_of_network(self) -> float:
        """The largest magnitude in all blocks that were seen so far."""
        return self.maps.network_scale if self.maps else 0.0

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

    # from where it is seen -------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """The window, and the part of it that is free."""
        return self.eye.room

    @property
    def camera(self) -> Camera:
        """From where the picture is seen at this moment."""
        return self.eye.camera

    @property
    def heading(self) -> Camera:
        """From where the picture will be seen when the camera has arrived."""
        return self.eye.heading

    @property
    def following(self) -> bool:
        """Whether the camera keeps everything in view, as nobody has moved it."""
        return self.eye.following

    def look(self, change: Callable[[Camera], Camera], quick: bool = False) -> None:
        """Change the camera that is being moved to, e.g. `look(lambda c: c.orbit(0.1, 0))`.

        `quick` follows a hand closely; otherwise the camera travels there at ease.
        """
        self.eye.look(change, quick)
        self.request_frame()

    def zoomed(self, camera: Camera, factor: float, towards: np.ndarray | None = None) -> Camera:
        """A camera closer by or further away, as far as there is something to be seen."""
        return self.eye.zoomed(camera, factor, towards)

    def fit(self, home: bool = False, at_once: bool = False) -> None:
        """Bring everything into view, as large as it goes; `home` also turns to the first view."""
        self.eye.fit(self.layout.points, home, at_once or self.calm)
        self.request_frame()

    def arrive(self) -> None:
        """End all travelling at once."""
        self.eye.arrive()
        self.now.arrive()
        self.request_frame()

    def fly_to(self, item: int) -> None:
        """Bring one block or group close: what it is seen as now."""
        self.look(lambda camera: camera.fitted(self._corners(item), self.room))

    def bring_in(self, item: int) -> None:
        """Bring one block or group into the free part of the window, if it will reach beyond."""
        seen = project(self._corners(item), self.heading.matrix(self.room), self.room)
        (x, y, _), (right, low, _), room = seen.min(axis=0), seen.max(axis=0), self.room
        inside = x >= room.left and right <= room.width - room.right
        if not (inside and y >= room.top and low <= room.height - room.bottom):
            self.fly_to(item)

    def _corners(self, item: int) -> np.ndarray:
        left, bottom, right, top = self.rectangle(item)
        return np.array([[left, bottom, 0], [right, bottom, 0], [right, top, 0], [left, top, 0]])

    def rectangle(self, item: int) -> tuple[float, float, float, float]:
        """Where an item will stand: left, bottom, right, top."""
        return self.now.rectangle(item)

    def resize(self, room: Room, density: float) -> None:
        """The window, or the part of it that is free, changed."""
        lines_before = self.layout.row.max(initial=0)
        changed = room != self.room
        self.eye.resize(room)
        self.renderer.setPixelRatio(density)
        self.renderer.setSize(room.width, room.height, False)
        if changed and len(self.scene.blocks):
            self.now.go(arrange_in(self.scene, self.opened, room), self.opened)
            self._reach()
            if self.following:
                self.fit(at_once=lines_before == self.layout.row.max(initial=0))
        self.request_frame()

    def label_pixels(self) -> float:
        """The height in CSS pixels that is free under each block at this moment."""
        return self.layout.label / self.unit()

    def unit(self) -> float:
        """How many units of the scene a CSS pixel is at this moment."""
        return self.camera.unit(self.room)

    def spots(self) -> Spots:
        """Where the labels of all that is seen hang at this moment, in the scene."""
        return self.now.spots()

    def places(self) -> np.ndarray:
        """Where each quad is at this moment, (Q,5): x, y, z, width, height."""
        return self.now.quads()

    def matrix(self) -> np.ndarray:
        """From the scene to clip space, at this moment."""
        return self.eye.matrix

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """Points of the scene (P,3) in CSS pixels of the canvas (P,3): x, y, distance."""
        return self.eye.on_screen(points)

    # the pointer -----------------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Hit | None:
        """What lies under this pixel of the canvas."""
        start, direction = self.eye.ray(x, y)
        now = self.now
        return pick(self.scene, now.anchors, now.opening, now.shown, start, direction)

    def boxes(self) -> np.ndarray:
        """Where the blocks are on the canvas, (B,4): left, top, right, bottom in CSS pixels."""
        by = self.eye.matrix, self.now.anchors, self.now.sizes  # other arrays when anything moved
        if not all(a is b for a, b in zip(by, self._boxed_by, strict=True)):
            corners = self.now.corners()
            seen = self.on_screen(corners.reshape(-1, 3))[:, :2].reshape(*corners.shape[:2], 2)
            self._boxes = np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)
            self._boxed_by = by
        return self._boxes

    def point_under(self, x: float, y: float) -> np.ndarray:
        """The point of the scene under a pixel, in the plane z = 0 or else near the target."""
        return self.eye.point_under(x, y)

    def mark(self, hit: Hit | None) -> None:
        """Draw a mark around the cell under the pointer."""
        if self.maps:
            where = (hit.block, hit.chart, hit.col, hit.row) if hit else (-1, -1, -1, -1)
            self.maps.uniforms.uHover.value.set(*where)
            self.request_frame()

    def darken(self, block: int = -1, chart: int = -1, first: int = 0, last: int = -1) -> None:
        """Leave the cells first … last of a map dark, counted as `scene.pictures.order` does."""
        self.dark = block, chart, first, last
        if self.maps:
            self.maps.uniforms.uDark.value.set(*self.dark)
        self.request_frame()

    def tie(
        self, hit: Hit | None, windows: dict[int, Region], threaded: Collection[int] = ()
    ) -> None:
        """Draw lines from a cell to the regions of other blocks' tensors that it came from, without
        lines to those blocks that are `threaded` otherwise."""
        self._tied = (hit, windows, threaded) if hit and windows else None
        self._draw_ties()
        self.request_frame()

    def _draw_ties(self) -> None:
        if self._tied is None:
            self.ties.show(_NOTHING)
            return
        hit, windows, threaded = self._tied
        opened = self.now.opening > 0.5
        self.ties.show(ties(self.scene, self.now.quads_of, opened, hit, windows, threaded))

    def heat(self, shares: np.ndarray | None) -> None:
        """Colour all that is seen, and its border, by shares 0..1 of the items; None: no longer."""
        self._items, self._shares = self.scene.tree.seen(self.opened)[0], shares
        self.now.wake()
        self.request_frame()

    def hang(self, thing: Any) -> None:
        """Draw something more of three.js before the network."""
        self._three_scene.add(thing)

    def take_down(self, thing: Any) -> None:
        """Draw that no longer."""
        self._three_scene.remove(thing)

    def focus(self, blocks: set[int] | None, far: float = 0.62) -> None:
        """Let everything but these blocks recede so far; None brings all back."""
        self._focus.goal[:] = 0
        if blocks is not None:
            self._focus.goal[:] = far
            self._focus.goal[list(blocks)] = 0
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

    def _colour(self) -> None:
        if self.maps and self.links:
            self.paint.on(self.maps, self.links, self.ties, self.borders)
        else:
            self.paint.ground()

    def _restored(self) -> None:
        """The graphics card was gone and is back: three.js sends everything to it once more."""
        self.now.wake()
        self._colour()
        self.request_frame()

    def _draw(self, seconds: float, now: float) -> bool:
        """Draw one frame; tell whether there is more to do in the next one."""
        self._before()
        moving = self._advance(_AT_ONCE if self.calm else seconds, now)
        self._after()
        spent = float(ffi.performance.now()) - 1000 * now
        self.frame_ms = 0.8 * self.frame_ms + 0.2 * spent
        self.renderer.render(self._three_scene, self._three_camera)
        self._tidy()
        return moving

    def _advance(self, seconds: float, now: float) -> bool:
        """Bring the picture to this moment; tell whether there is more to do in the next frame."""
        self.travelling = any([self.eye.advance(seconds), self.now.advance(seconds)])
        if self.eye.changed or self.now.changed:
            self.sight += 1
        if self.eye.changed:
            self._matrix.set(*self.eye.matrix.reshape(-1).tolist())
        self.player.calm = self.calm
        relit = self.player.advance(now)
        refocused = self._refocusing
        self._refocusing = refocused and self._focus.advance(seconds)
        if not (self.maps and self.links and self.filling):
            return self.travelling or relit
        if self.eye.changed:
            self.maps.uniforms.uEye.value.set(*self.eye.camera.position.tolist())
        if not self.travelling and (self.eye.changed or self.now.changed):
            self._sharpen(self.maps, self.filling)
        filled = self.filling.fill(self.layout.shown, self.travelling)
        if self.now.changed:
            self._place(self.maps, self.links)
        if relit or refocused:
            self._light(self.maps)
        if relit:
            self.links.light(*self.player.travel(self.layout.links))
        if filled or self.now.changed or relit or refocused:
            self.maps.upload_state()
        return self.travelling or relit or self._refocusing or self.filling.going_on

    def _sharpen(self, maps: Maps, filling: Filling) -> None:
        """In a network larger than the device allows: more of what is near, less elsewhere."""
        detail = maps.atlas.detail
        if detail.level.any() or detail.faces.any():
            self._seen = sight_of(self.now, self.eye)
            atlas = pack_within(self.scene, self._seen, self.limits)
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
        now, count = self.now, len(self.scene.blocks)
        maps.state[0, :count, :3], maps.state[0, :count, 3] = now.anchors, now.opening
        maps.state[2, :count, 0] = now.shown
        maps.state[3, :count, 0] = -1 if self._shares is None else self._shares[self._items]
        links.move(self.layout, now.anchors, now.sizes)
        rectangles, heat = borders(
            self.layout, now.anchors, now.sizes, now.framed, self._items, self._shares
        )
        self.borders.show(outlines(rectangles), heat.repeat(4))
        if self._tied:
            self._draw_ties()

    def _light(self, maps: Maps) -> None:
        """Light everything as the run and the focus want it now."""
        count = len(self.scene.blocks)
        maps.state[1, :count, 0] = self.player.lit()
        maps.state[1, :count, 1] = self.player.flare()
        maps.state[1, :count, 2] = self._focus.now

    @property
    def moving(self) -> bool:
        """Whether a frame is still to be drawn."""
        return self.loop.waiting

    def stats(self) -> dict[str, float]:
        """What the picture costs at this moment."""
        info = self.renderer.info
        return {
            "drawCalls": int(info.render.calls),
            "triangles": int(info.render.triangles),
            "geometries": int(info.memory.geometries),
            "textures": int(info.memory.textures),
            "textureBytes": self.maps.texture_bytes if self.maps else 0,
            "blocks": len(self.scene.blocks),
            "coarse": int((self.maps.atlas.detail.level > 0).sum()) if self.maps else 0,
            "summarised": self.summarised,
            "frameMs": round(self.frame_ms, 3),
            "frames": self.loop.frames,
        }

    def _clear(self) -> None:
        for part, thing in ((self.maps, "mesh"), (self.links, "lines")):
            if part:
                self._three_scene.remove(getattr(part, thing))
                part.dispose(shaders=False)
                self._unused.append(part.material)
        self.maps = self.links = self._tied = self.filling = self._shares = None
        self.ties.show(_NOTHING)
        self.borders.show(_NOTHING)

    def _tidy(self) -> None:
        """Give back materials of before, once what is seen now has taken over their shaders."""
        while self._unused:
            self._unused.pop().dispose()

    def dispose(self) -> None:
        """Take everything down."""
        self._clear()
        self._tidy()
        self.ties.dispose()
        self.borders.dispose()
        self.loop.dispose()
        self.paint.dispose()
        self._handlers.remove()
        self.renderer.dispose()


def _limits(renderer: Any) -> Limits:
    """What the graphics card allows, and a part of the memory that the device says it has."""
    gl = renderer.getContext()
    memory = ffi.found(getattr(ffi.window.navigator, "deviceMemory", None))  # GB; not told by all
    return Limits(
        min(PAGE, int(gl.getParameter(gl.MAX_TEXTURE_SIZE))),
        min(PAGES, int(gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS))),
        Limits().bytes if memory is None else int(min(_MOST_BYTES, float(memory) * _BYTES_A_GB)),
    )


__all__ = ["Layout", "Stage"]
