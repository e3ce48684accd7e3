"""The lines that tie a cell to where it came from, drawn over everything."""

from __future__ import annotations

import numpy as np

from tensorama.view import ffi
from tensorama.view.shaders import TIES_FRAGMENT, TIES_VERTEX

_CAPACITY = 2048  # line segments; more are left out


class Ties:
    """Line segments that change often: one buffer, filled as far as needed."""

    def __init__(self) -> None:
        three = ffi.three()
        self._points = np.zeros((_CAPACITY, 2, 3), np.float32)
        self._points_js = ffi.float_array(self._points)
        self._positions = three.BufferAttribute.new(self._points_js, 3)
        self.geometry = three.BufferGeometry.new()
        self.geometry.setAttribute("position", self._positions)
        self.uniforms = ffi.options(
            uMatrix=ffi.options(value=three.Matrix4.new()),
            uInk=ffi.options(value=three.Vector3.new()),
        )
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=TIES_VERTEX,
                fragmentShader=TIES_FRAGMENT,
                uniforms=self.uniforms,
                glslVersion=three.GLSL3,
                transparent=True,
                depthTest=False,
                depthWrite=False,
            )
        )
        self.lines = three.LineSegments.new(self.geometry, self.material)
        self.lines.frustumCulled = False
        self.lines.renderOrder = 2
        self.lines.visible = False

    def show(self, segments: np.ndarray) -> None:
        """Draw these segments (S,2,3) and no others."""
        count = min(len(segments), _CAPACITY)
        self.lines.visible = count > 0
        if count:
            self._points[:count] = segments[:count]
            self._points_js.assign(self._points.reshape(-1))
            self._positions.needsUpdate = True
            self.geometry.setDrawRange(0, 2 * count)

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        self.geometry.dispose()
        self.material.dispose()
