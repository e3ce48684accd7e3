"""The stage: a canvas with one scene on it, its camera, its movement, and what lies under a pixel.

It draws only when something changed. Everything it makes on the graphics card it gives back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.errors import TensoramaError
from tensorama.explain import Region
from tensorama.scene import Camera, Layout, Player, Scene, arrange, build_scene
from tensorama.scene.camera import Room, project, ray
from tensorama.scene.colour import THEMES, ramp, rgb
from tensorama.scene.fitting import arrange_in
from tensorama.scene.motion import Spring
from tensorama.scene.pick import Hit, pick, placed
from tensorama.scene.ties import outlines, ties
from tensorama.view import ffi
from tensorama.view.links import Links
from tensorama.view.maps import Maps
from tensorama.view.segments import Segments

_LONGEST_FRAME = 0.1  # seconds of movement shown in one frame, however long it took
_FILL = 0.012  # seconds of a frame for numbers that come into view
_FLASH = 0.25  # seconds in which a live run passes over the picture
_AT_EASE, _CLOSE_BEHIND = 11.0, 30.0  # stiffness of the camera's spring


class Stage:
    """Shows one scene at a time on a canvas.

    `on_frame` is called after each drawn frame, for what follows the picture (labels).
    Raises TensoramaError where the browser has no WebGL 2.
    """

    def __init__(self, canvas: Any, on_frame: Callable[[], None]) -> None:
        three = ffi.three()
        self.canvas = canvas
        self.on_frame = on_frame
        self.room = Room(300, 150)
        try:
            self.renderer = three.WebGLRenderer.new(
                ffi.options(canvas=canvas, antialias=True, powerPreference="high-performance")
            )
        except Exception as error:
            raise TensoramaError(
                "This browser gives no WebGL 2, which the 3D picture needs. "
                "Switch on hardware acceleration or try another browser."
            ) from error
        self._three_scene = three.Scene.new()
        self._three_camera = three.Camera.new()
        self._matrix = three.Matrix4.new()
        self._handlers = ffi.Handlers()
        self._tick_proxy = self._handlers.keep(self._tick)
        self._handlers.do(canvas, "webglcontextrestored", self._restored)
        self._ramp: Any = None
        self.theme = "dark"
        self.scene = build_scene((), {})
        self.maps: Maps | None = None
        self.links: Links | None = None
        self.ties = Segments(over=True, strength=0.62)
        self.borders = Segments(over=False, strength=1.0)
        self._three_scene.add(self.ties.lines)
        self._three_scene.add(self.borders.lines)
        self._tied: tuple[Hit, dict[int, Region]] | None = None
        self.opened: set[int] = set()
        self.layout = arrange(self.scene)
        self._camera = Spring(_numbers(Camera()), stiffness=_AT_EASE)
        self._anchors = Spring(np.zeros((0, 3)))
        self._sizes = Spring(np.zeros((0, 3)))
        self._opening = Spring(np.zeros(0))
        self._shown = Spring(np.zeros(0))
        self._framed = Spring(np.zeros((0, 4)))  # left, bottom, right, top of the open groups
        self._focus = Spring(np.zeros(0), stiffness=16)
        self._numbers: Callable[[int], np.ndarray] | None = None
        self._stale: set[int] = set()  # blocks whose numbers are not on the card
        self._filling = False
        self.player = Player()
        self._frame: Any = None
        self._last = 0.0
        self._moved = self._moving_places = False  # blocks moved in this frame, still move
        self._relit = False  # lights changed in this frame
        self._following = True  # the camera keeps everything in view until a person takes over
        self.calm = False  # a person asked for less movement
        self.frame_ms = 0.0
        self.frames = 0

    @property
    def anchors(self) -> np.ndarray:
        """Where the blocks are at this moment, (B,3): the middle of each front face."""
        return self._anchors.now

    @property
    def sizes(self) -> np.ndarray:
        """How large the blocks are at this moment, (B,3): width, height, depth."""
        return self._sizes.now

    # what is shown ---------------------------------------------------------------------------

    def show(self, scene: Scene) -> None:
        """Put another scene on the stage; the one before is given back."""
        self._clear()
        self.scene, self.opened = scene, set()
        self.maps, self.links = Maps(scene), Links(scene)
        self._three_scene.add(self.links.lines)
        self._three_scene.add(self.maps.mesh)
        self.layout = arrange_in(scene, (), self.room)
        self._anchors.jump(self.layout.anchors)
        self._sizes.jump(self.layout.sizes)
        self._opening.jump(np.zeros(len(scene.blocks)))
        self._shown.jump(self.layout.shown)
        self._framed.jump(np.zeros((0, 4)))
        self._focus.jump(np.zeros(len(scene.blocks)))
        self.player.begin(*scene.tree.seen(()))
        self._moving_places = True  # so that the first frame places everything
        self._colour()
        self.fit(home=True, at_once=True)

    def set_open(self, blocks: set[int]) -> None:
        """Open exactly these blocks; the others close and all slide to their places."""
        count = len(self.scene.blocks)
        self.opened = {n for n in blocks if n >= count or self.scene.blocks[n].opens}
        self._opening.goal[:] = 0
        self._opening.goal[[n for n in self.opened if n < count]] = 1
        self.player.fold(*self.scene.tree.seen(self.opened))
        self._arrange()

    def _arrange(self) -> None:
        before = self.layout
        self.layout = arrange_in(self.scene, self.opened, self.room, before)
        self._start_frames(before)
        self._anchors.goal[:] = self.layout.anchors
        self._sizes.goal[:] = self.layout.sizes
        self._shown.goal[:] = self.layout.shown
        if self._following:
            self.fit()
        self.request_frame()

    def _start_frames(self, before: Layout) -> None:
        """Let each frame grow out of the face of its group; those that were there go on."""
        now = {
            frame.group: rectangle
            for frame, rectangle in zip(before.frames, self._framed.now, strict=False)
        }
        starts, goals = [], []
        for frame in self.layout.frames:
            face = self.scene.tree.face(frame.group)
            (x, y, _), (wide, high, _) = self._anchors.now[face], self._sizes.now[face]
            grown = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            starts.append(now.get(frame.group, grown))
            goals.append((frame.left, frame.bottom, frame.right, frame.top))
        self._framed.jump(np.array(starts).reshape(-1, 4))
        self._framed.goal = np.array(goals, float).reshape(-1, 4)

    def set_values(self, numbers: Callable[[int], np.ndarray]) -> None:
        """Show these numbers: `numbers(block)` gives a block's (maps, rows, cols).

        It is asked only for blocks that are seen, at once or, where there are many, over the next
        frames, so that the page never waits for long.
        """
        self._numbers = numbers
        self._stale = set(range(len(self.scene.blocks)))
        self._fill()
        self.request_frame()

    def _fill(self) -> None:
        """Bring numbers of blocks that are seen to the graphics card, for a few milliseconds."""
        waiting = [n for n in np.flatnonzero(self.layout.shown).tolist() if n in self._stale]
        self._filling = False
        if not waiting or self.maps is None or self._numbers is None:
            return
        until = self._now() + _FILL
        for block in waiting:
            self.maps.set_values(block, self._numbers(block))
            self._stale.discard(block)
            if self._now() > until:
                self._filling = block != waiting[-1]
                break
        self.maps.upload_values()
        self.maps.uniforms.uNetworkScale.value = self.scale_of_network() or 1.0

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

    # the run ---------------------------------------------------------------------------------

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

    def _now(self) -> float:
        return float(ffi.performance.now()) / 1000

    # the camera ------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """Where the picture is seen from at this moment."""
        return _camera(self._camera.now)

    @property
    def heading(self) -> Camera:
        """Where the picture will be seen from when the camera has arrived."""
        return _camera(self._camera.goal)

    @property
    def following(self) -> bool:
        """Whether the camera keeps everything in view, as nobody has moved it."""
        return self._following

    def look(self, change: Callable[[Camera], Camera], quick: bool = False) -> None:
        """Change the camera that is being moved to, e.g. `look(lambda c: c.orbit(0.1, 0))`.

        `quick` follows a hand closely; otherwise the camera travels there at ease.
        """
        goal = change(_camera(self._camera.goal))
        self._following = False
        self._camera.goal = _numbers(goal)
        self._camera.stiffness = _CLOSE_BEHIND if quick else _AT_EASE
        self.request_frame()

    def fit(self, home: bool = False, at_once: bool = False) -> None:
        """Bring everything into view, as large as it goes; `home` also turns to the first view."""
        direction = Camera() if home else _camera(self._camera.goal)
        goal = direction.fitted(self.layout.points, self.room)
        self._camera.goal = _numbers(goal)
        self._camera.stiffness = _AT_EASE
        self._following = True
        if at_once or self.calm:
            self._camera.jump(self._camera.goal)
        self.request_frame()

    def fly_to(self, item: int) -> None:
        """Bring one block or group close: what it is seen as now."""
        left, bottom, right, top = self.rectangle(item)
        corners = np.array([[left, bottom, 0], [right, bottom, 0], [right, top, 0], [left, top, 0]])
        self.look(lambda camera: camera.fitted(corners, self.room))

    def rectangle(self, item: int) -> tuple[float, float, float, float]:
        """Where an item will stand: left, bottom, right, top."""
        for frame in self.layout.frames:
            if frame.group == item:
                return frame.left, frame.bottom, frame.right, frame.top
        tree = self.scene.tree
        face = tree.face(tree.visible(tree.face(item), self.opened))
        (x, y, _), (wide, high, _) = self.layout.anchors[face], self.layout.sizes[face]
        return x - wide / 2 - 2, y - high / 2 - 4, x + wide / 2 + 2, y + high / 2 + 4

    def label_pixels(self) -> float:
        """The height in CSS pixels that is free under each block at this moment."""
        return self.layout.label / self.camera.unit(self.room)

    def frame_pixels(self) -> dict[int, float]:
        """How wide the frames of the open groups are at this moment, in CSS pixels."""
        left, _, right, top = self._framed.now.T
        flat = np.zeros_like(left)
        starts = self.on_screen(np.column_stack([left, top, flat]))
        ends = self.on_screen(np.column_stack([right, top, flat]))
        wide = np.where((starts[:, 2] > 0) & (ends[:, 2] > 0), ends[:, 0] - starts[:, 0], 0)
        return {f.group: float(w) for f, w in zip(self.layout.frames, wide, strict=True)}

    def label_spots(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the labels of all items hang at this moment.

        → points (I,3) in the scene; line (I,): labels on one line must not meet, -1: not seen;
        title (I,): it stands on the frame of an open group instead of under a block.
        """
        tree, count = self.scene.tree, len(self.scene.blocks)
        total = count + len(tree.groups)
        points, line = np.zeros((total, 3)), np.full(total, -1)
        title = np.zeros(total, bool)
        under = self._anchors.now - self._sizes.now * np.array([0, 0.5, 0])
        for block in np.flatnonzero(self.layout.shown):
            item = tree.visible(int(block), self.opened)
            points[item], line[item] = under[block], self.layout.row[block]
        for place, (frame, rectangle) in enumerate(
            zip(self.layout.frames, self._framed.now, strict=True)
        ):
            points[frame.group] = rectangle[0], rectangle[3], 0
            line[frame.group], title[frame.group] = len(self.layout.low) + place, True
        return points, line, title

    def resize(self, room: Room, density: float) -> None:
        """The window, or the part of it that is free, changed."""
        wrapped_before = self.layout.row.max(initial=0)
        changed = room != self.room
        self.room = room
        self.renderer.setPixelRatio(density)
        self.renderer.setSize(room.width, room.height, False)
        if changed and len(self.scene.blocks):
            self.layout = arrange_in(self.scene, self.opened, room)
            self._anchors.goal[:] = self.layout.anchors
            self._sizes.goal[:] = self.layout.sizes
            if self._following:
                self.fit(at_once=wrapped_before == self.layout.row.max(initial=0))
        self.request_frame()

    def matrix(self) -> np.ndarray:
        """From the scene to clip space, at this moment."""
        return self.camera.matrix(self.room)

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """Points of the scene (P,3) in CSS pixels of the canvas (P,3): x, y, distance."""
        return project(points, self.matrix(), self.room)

    # the pointer -----------------------------------------------------------------------------

    def places(self) -> np.ndarray:
        """Where each quad is at this moment, (Q,5): x, y, z, width, height."""
        return placed(self.scene, self._anchors.now, self._opening.now, self._shown.now)

    def pick(self, x: float, y: float) -> Hit | None:
        """What lies under this pixel of the canvas."""
        start, direction = ray(x, y, self.matrix(), self.room)
        return pick(self.scene, self.places(), self._opening.now, start, direction)

    def boxes(self) -> np.ndarray:
        """Where the blocks are on the canvas, (B,4): left, top, right, bottom in CSS pixels."""
        anchors, sizes = self._anchors.now, self._sizes.now
        corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0, -1)])
        points = anchors[:, None] + sizes[:, None] * corners[None]
        seen = self.on_screen(points.reshape(-1, 3))[:, :2].reshape(-1, len(corners), 2)
        return np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)

    def point_under(self, x: float, y: float) -> np.ndarray:
        """The point of the scene under a pixel, in the plane z = 0 or else near the target."""
        start, direction = ray(x, y, self.matrix(), self.room)
        reach = -start[2] / direction[2] if abs(direction[2]) > 0.05 else self.camera.distance
        if not 0 < reach < 4 * self.camera.distance:
            reach = self.camera.distance
        return start + direction * reach

    def mark(self, hit: Hit | None) -> None:
        """Draw a mark around the cell under the pointer."""
        if self.maps:
            where = (hit.block, hit.chart, hit.col, hit.row) if hit else (-1, -1, -1, -1)
            self.maps.uniforms.uHover.value.set(*where)
            self.request_frame()

    def tie(self, hit: Hit | None, windows: dict[int, Region]) -> None:
        """Draw lines from a cell to the regions of other blocks' tensors that it came from."""
        self._tied = (hit, windows) if hit and windows else None
        self._draw_ties()
        self.request_frame()

    def _draw_ties(self) -> None:
        if self._tied is None:
            self.ties.show(np.zeros((0, 2, 3)))
            return
        hit, windows = self._tied
        opened = self._opening.now > 0.5
        self.ties.show(ties(self.scene, self.places(), opened, hit, windows))

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
        self.request_frame()

    # drawing ---------------------------------------------------------------------------------

    def set_theme(self, theme: str) -> None:
        """Draw in the colours of "dark" or "light"."""
        self.theme = theme
        three = ffi.three()
        if self._ramp:
            self._ramp.dispose()
        colours = ramp(THEMES[theme])
        bytes_js = ffi.js.Uint8Array.new(len(colours) * 4)
        bytes_js.assign(
            np.column_stack([colours, np.full(len(colours), 255, np.uint8)]).reshape(-1)
        )
        self._ramp = three.DataTexture.new(bytes_js, len(colours), 1)
        self._ramp.magFilter = self._ramp.minFilter = three.LinearFilter
        self._ramp.needsUpdate = True
        self._colour()
        self.request_frame()

    def _colour(self) -> None:
        theme = THEMES[self.theme]
        three = ffi.three()
        self.renderer.setClearColor(three.Color.new(*rgb(theme.ground)), 1)
        self.renderer.outputColorSpace = three.LinearSRGBColorSpace  # colours are final as they are
        if self.maps and self.links:
            uniforms = self.maps.uniforms
            uniforms.uRamp.value = self._ramp
            for name in ("ground", "hairline", "ink", "zero", "odd"):
                colour = getattr(uniforms, f"u{name.capitalize()}").value
                colour.set(*map(float, rgb(getattr(theme, name))))
            self.links.uniforms.uQuiet.value.set(
                *map(float, _mix(theme.hairline, theme.quiet, 0.3))
            )
            self.links.uniforms.uLit.value.set(*map(float, rgb(theme.up[1])))
            self.ties.uniforms.uInk.value.set(*map(float, rgb(theme.ink)))
            self.borders.uniforms.uInk.value.set(*map(float, rgb(theme.hairline)))

    def _restored(self) -> None:
        """The graphics card was gone and is back: three.js sends everything to it once more."""
        self._moving_places = True
        self._colour()
        self.request_frame()

    def request_frame(self) -> None:
        """Draw soon; asking again before that changes nothing."""
        if self._frame is None:
            self._frame = ffi.window.requestAnimationFrame(self._tick_proxy)

    def _tick(self, milliseconds: float) -> None:
        self._frame = None
        started = self._now()
        seconds = milliseconds / 1000
        elapsed = min(_LONGEST_FRAME, max(0.0, seconds - self._last)) if self._last else 0.016
        moving = self._advance(elapsed if not self.calm else 10.0)
        self._last = seconds if moving else 0.0
        self._draw()
        self.on_frame()
        self.frame_ms = 0.8 * self.frame_ms + 0.2 * (self._now() - started) * 1000
        self.renderer.render(self._three_scene, self._three_camera)
        self.frames += 1
        if moving:
            self.request_frame()

    def _advance(self, seconds: float) -> bool:
        springs = (
            self._camera, self._anchors, self._sizes, self._opening, self._focus, self._shown,
            self._framed,
        )  # fmt: skip
        moving = [spring.advance(seconds) for spring in springs]
        places_move = moving[1] or moving[2] or moving[3] or any(moving[5:])
        self._moved, self._moving_places = places_move or self._moving_places, places_move
        self.player.calm = self.calm
        self._relit = self.player.advance(self._now())
        self._fill()
        return any(moving) or self._relit or self._filling

    def _draw(self) -> None:
        if self.maps and self.links:
            state = self.maps.state
            count = len(self.scene.blocks)
            state[0, :count, :3], state[0, :count, 3] = self._anchors.now, self._opening.now
            state[1, :count, 0] = self.player.lit()
            state[1, :count, 1] = self.player.flare()
            state[1, :count, 2] = self._focus.now
            state[2, :count, 0] = self._shown.now
            self.maps.upload_state()
            if self._moved:
                self.links.move(self.layout, self._anchors.now, self._sizes.now)
                self.borders.show(outlines(self._framed.now))
            if self._relit:
                self.links.light(*self.player.travel(self.layout.links))
            self._matrix.set(*self.matrix().reshape(-1).tolist())
            self.maps.uniforms.uMatrix.value.copy(self._matrix)
            self.links.uniforms.uMatrix.value.copy(self._matrix)
            self.ties.uniforms.uMatrix.value.copy(self._matrix)
            self.borders.uniforms.uMatrix.value.copy(self._matrix)
            if self._tied and self._moved:
                self._draw_ties()

    @property
    def moving(self) -> bool:
        """Whether a frame is still to be drawn."""
        return self._frame is not None

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
            "frameMs": round(self.frame_ms, 3),
            "frames": self.frames,
        }

    def _clear(self) -> None:
        for part, thing in ((self.maps, "mesh"), (self.links, "lines")):
            if part:
                self._three_scene.remove(getattr(part, thing))
                part.dispose()
        self.maps = self.links = self._tied = self._numbers = None
        self._stale = set()
        self.ties.show(np.zeros((0, 2, 3)))
        self.borders.show(np.zeros((0, 2, 3)))

    def dispose(self) -> None:
        """Take everything down."""
        self._clear()
        self.ties.dispose()
        self.borders.dispose()
        if self._frame is not None:
            ffi.window.cancelAnimationFrame(self._frame)
        if self._ramp:
            self._ramp.dispose()
        self._handlers.remove()
        self.renderer.dispose()


def _numbers(camera: Camera) -> np.ndarray:
    return np.array([*camera.target, camera.yaw, camera.pitch, math.log(camera.distance)])


def _camera(numbers: np.ndarray) -> Camera:
    x, y, z, yaw, pitch, log_distance = (float(n) for n in numbers)
    return Camera((x, y, z), yaw, pitch, math.exp(log_distance))


def _mix(a: str, b: str, part: float) -> np.ndarray:
    return rgb(a) * (1 - part) + rgb(b) * part


__all__ = ["Layout", "Stage"]
