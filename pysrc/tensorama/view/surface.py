"""The surface: a canvas, what three.js draws on it, and with how many pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.atlas import PAGE
from tensorama.scene.drawing.detail import Limits
from tensorama.scene.drawing.pixels import Pixels
from tensorama.view import ffi
from tensorama.view.maps import PAGES

_MOST_BYTES, _BYTES_A_GB = 256 << 20, 32 << 20  # of numbers, on a device with so much memory


class Surface:
    """Draws what hangs on it. `matrix` is the one that everything is drawn with; `restored` is
    called when the graphics card was gone and is back.

    Raises TensoramaError where the browser has no WebGL 2.
    """

    def __init__(self, canvas: Any, restored: Callable[[], None]) -> None:
        three = ffi.three()
        self.canvas = canvas
        try:
            self.renderer = three.WebGLRenderer.new(
                ffi.options(
                    canvas=canvas,
                    antialias=True,
                    powerPreference="high-performance",
                    preserveDrawingBuffer=True,  # so that parts of it can be drawn again
                )
            )
        except Exception as error:
            raise TensoramaError(phrase(
                "This browser gives no WebGL 2, which the 3D picture needs. "
                "Switch on hardware acceleration or try another browser."
            )) from error  # fmt: skip
        self.matrix = three.Matrix4.new()
        self.limits = _limits(self.renderer)
        self.pixels = Pixels()
        self._scene, self._camera = three.Scene.new(), three.Camera.new()
        self.density = self._drawn_with = 1.0  # pixels per CSS pixel: wanted, and now
        self._handlers = ffi.Handlers()
        self._back_proxy = self._handlers.keep(self._give_back)
        self._handlers.do(canvas, "webglcontextlost", self._lost)
        self._handlers.do(canvas, "webglcontextrestored", restored)
        self._still: Any = None  # stands for the picture while the graphics card is given back
        self.awake = True  # may draw

    def hang(self, thing: Any) -> None:
        """Draw something of three.js from now on."""
        self._scene.add(thing)

    def take_down(self, thing: Any) -> None:
        """Draw that no longer."""
        self._scene.remove(thing)

    def resize(self, room: Room, density: float) -> None:
        """The window changed: so many pixels of the screen are one CSS pixel there."""
        self.density = self._drawn_with = density
        self.renderer.setPixelRatio(density)
        self.renderer.setSize(room.width, room.height, False)

    def drawn_with(self, share: float) -> bool:
        """Whether the last frame had this share of the pixels' width and height."""
        return self.density * share == self._drawn_with

    def draw(self, share: float = 1.0) -> None:
        """Draw a frame with this share of the pixels' width and height."""
        density = self.density * share
        if density != self._drawn_with:
            self._drawn_with = density
            self.renderer.setPixelRatio(density)
        self.renderer.render(self._scene, self._camera)
        if self._still is not None and not self.renderer.getContext().isContextLost():
            self._still.remove()
            self._still = None

    def draw_parts(self, parts: np.ndarray, height: float) -> None:
        """Draw these rectangles (R,4) again, left, top, right, bottom in CSS pixels of a canvas of
        this height, with as many pixels as the frame before; all else stays."""
        self.renderer.setScissorTest(True)
        for left, top, right, bottom in parts.tolist():
            self.renderer.setScissor(left, height - bottom, right - left, bottom - top)
            self.renderer.render(self._scene, self._camera)
        self.renderer.setScissorTest(False)

    def draw_alone(self, matrix: np.ndarray, times: int) -> None:
        """Draw a frame for a picture to keep, seen by this matrix, without a ground. A pixel of
        the page has so many here, and lines are as thick; cells look as they do on the screen."""
        renderer, things = self.renderer, [*self._scene.children]
        kept = [(u.value, u.value.clone()) for t in things if (u := _uniform(t, "uMatrix"))]
        rooms = [(u.value, u.value.clone()) for t in things if (u := _uniform(t, "uRoom"))]
        room = self.canvas.width, self.canvas.height

        def draw(right: int, down: int) -> None:
            moved = np.eye(4)
            moved[:2, 3] = right / room[0], down / room[1]
            numbers = (moved @ matrix).reshape(-1).tolist()
            for held, _ in kept:
                held.set(*numbers)
            renderer.render(self._scene, self._camera)

        for held, _ in rooms:
            held.set(room[0] / times, room[1] / times)
        fine = [u for t in things if (u := _uniform(t, "uFine"))]
        for uniform in fine:
            uniform.value = times / self.density
        renderer.setClearAlpha(0)
        draw(0, 0)
        solid = [thing for thing in things if thing.visible and not hasattr(thing, "isLine")]
        for thing in solid:
            thing.visible = False
        renderer.autoClear = False
        for step in {*range(1 - times, times, 2)} - {0}:
            draw(step, 0)
            draw(0, step)
        renderer.autoClear = True
        for thing in solid:
            thing.visible = True
        for held, before in (*kept, *rooms):
            held.copy(before)
        for uniform in fine:
            uniform.value = 1.0
        renderer.setClearAlpha(1)

    def sleep(self) -> None:
        """Give the graphics card back, which only so many pictures can have: what is seen stays as
        a still picture."""
        if not self.awake:
            return
        self.awake = False
        if self._still is None:
            self.draw()  # else it is blank already
            self._still = still = ffi.document.createElement("canvas")
            still.className = "tr-still"
            still.width, still.height = self.canvas.width, self.canvas.height
            still.getContext("2d").drawImage(self.canvas, 0, 0)
            self.canvas.after(still)
        self.renderer.forceContextLoss()

    def wake(self) -> None:
        """Draw again."""
        if not self.awake:
            self.awake = True
            self._ask_back()

    def _lost(self) -> None:
        if self.awake and self._still is not None:  # woken before it was quite asleep
            self._ask_back()

    def _ask_back(self) -> None:
        """It cannot be had back while its loss is still being told."""
        ffi.window.setTimeout(self._back_proxy, 0)

    def _give_back(self) -> None:
        if self.awake and self.renderer.getContext().isContextLost():
            self.renderer.forceContextRestore()

    def stats(self) -> dict[str, float]:
        """What the picture costs the graphics card at this moment."""
        info = self.renderer.info
        return {
            "drawCalls": int(info.render.calls),
            "triangles": int(info.render.triangles),
            "geometries": int(info.memory.geometries),
            "textures": int(info.memory.textures),
        }

    def dispose(self) -> None:
        """Take it down."""
        self._handlers.remove()
        self.renderer.dispose()


def _uniform(thing: Any, name: str) -> Any:
    """What a thing's shaders are told by this name, if they are."""
    return ffi.found(getattr(thing.material.uniforms, name, None))


def _limits(renderer: Any) -> Limits:
    """What the graphics card allows, and a part of the memory that the device says it has."""
    gl = renderer.getContext()
    memory = ffi.found(getattr(ffi.window.navigator, "deviceMemory", None))  # GB; not told by all
    return Limits(
        min(PAGE, int(gl.getParameter(gl.MAX_TEXTURE_SIZE))),
        min(PAGES, int(gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS))),
        Limits().bytes if memory is None else int(min(_MOST_BYTES, float(memory) * _BYTES_A_GB)),
    )
