"""Plain line segments that change often: ties from a cell to its sources, borders of groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.scene.layout.borders import NONE
from tensorama.view import ffi
from tensorama.view.shaders import SEGMENTS_FRAGMENT, SEGMENTS_VERTEX

_FIRST = 64  # segments that there is room for at first; it doubles when needed


class Segments:
    """One draw call of line segments in one colour; `over` draws them over everything."""

    def __init__(self, over: bool, strength: float) -> None:
        three = ffi.three()
        self.geometry = three.BufferGeometry.new()
        self._count = 0
        self._make_room(_FIRST)
        self.uniforms = ffi.options(
            uMatrix=ffi.options(value=three.Matrix4.new()),
            uInk=ffi.options(value=three.Vector3.new()),
            uCold=ffi.options(value=three.Vector3.new()),
            uHot=ffi.options(value=three.Vector3.new()),
            uStrength=ffi.options(value=strength),
        )
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=SEGMENTS_VERTEX,
                fragmentShader=SEGMENTS_FRAGMENT,
                uniforms=self.uniforms,
                glslVersion=three.GLSL3,
                transparent=True,
                depthTest=not over,
                depthWrite=False,
            )
        )
        self.lines = three.LineSegments.new(self.geometry, self.material)
        self.lines.frustumCulled = False
        self.lines.renderOrder = 2 if over else 0
        self.lines.visible = False

    def _make_room(self, count: int) -> None:
        three = ffi.three()
        self._points = np.zeros((count, 2, 3), np.float32)
        self._points_js: Any = ffi.float_array(self._points)
        self._positions: Any = three.BufferAttribute.new(self._points_js, 3)
        self._heat = np.full((count, 2), NONE, np.float32)
        self._heat_js: Any = ffi.float_array(self._heat)
        self._heats: Any = three.BufferAttribute.new(self._heat_js, 1)
        self.geometry.dispose()  # gives the buffers of before back
        self.geometry.setAttribute("position", self._positions)
        self.geometry.setAttribute("aHeat", self._heats)

    @property
    def drawn(self) -> np.ndarray:
        """The segments that are drawn, (S,2,3)."""
        return self._points[: self._count]

    @property
    def heat(self) -> np.ndarray:
        """How hot each of them is, (S,)."""
        return self._heat[: self._count, 0]

    def show(self, segments: np.ndarray, heat: np.ndarray | None = None) -> None:
        """Draw these segments (S,2,3) and no others; heat (S,) colours them, 0 cold to 1 hot."""
        self._count = count = len(segments)
        self.lines.visible = count > 0
        if not count:
            return
        if count > len(self._points):
            self._make_room(1 << (count - 1).bit_length())
        self._points[:count] = segments
        self._points_js.assign(self._points.reshape(-1))
        self._positions.needsUpdate = True
        if heat is not None:
            self._heat[:count] = heat[:, None]
            self._heat_js.assign(self._heat.reshape(-1))
            self._heats.needsUpdate = True
        self.geometry.setDrawRange(0, 2 * count)

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        self.geometry.dispose()
        self.material.dispose()
