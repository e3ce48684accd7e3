"""The lines between layers: one draw call for all of them."""

from __future__ import annotations

import numpy as np

from tensorama.scene import Layout, Scene
from tensorama.scene.layout.paths import POINTS, moved, routes
from tensorama.view import ffi
from tensorama.view.shaders import LINES_FRAGMENT, LINES_VERTEX

_BEHIND = 0.6  # how bright a line is behind what flows along it


class Links:
    """Polylines from block to block, drawn as line segments."""

    def __init__(self, scene: Scene) -> None:
        three = ffi.three()
        self._layout: Layout | None = None
        self._routes = np.zeros((0, POINTS, 3), np.float32)  # of that layout
        count = len(scene.links)
        self._pairs = np.zeros((count, POINTS - 1, 2, 3), np.float32)
        self._light = np.zeros((count, POINTS - 1, 2), np.float32)
        self._pairs_js, self._light_js = map(ffi.float_array, (self._pairs, self._light))
        self._positions = three.BufferAttribute.new(self._pairs_js, 3)
        self._lights = three.BufferAttribute.new(self._light_js, 1)
        self.geometry = three.BufferGeometry.new()
        self.geometry.setAttribute("position", self._positions)
        self.geometry.setAttribute("aLight", self._lights)
        self.uniforms = ffi.options(
            uMatrix=ffi.options(value=three.Matrix4.new()),
            uQuiet=ffi.options(value=three.Vector3.new()),
            uLit=ffi.options(value=three.Vector3.new()),
        )
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=LINES_VERTEX,
                fragmentShader=LINES_FRAGMENT,
                uniforms=self.uniforms,
                glslVersion=three.GLSL3,
            )
        )
        self.lines = three.LineSegments.new(self.geometry, self.material)
        self.lines.frustumCulled = False
        self.lines.visible = count > 0

    def move(self, layout: Layout, anchors: np.ndarray, sizes: np.ndarray) -> None:
        """Draw the lines between blocks that stand here now."""
        count = len(layout.links)
        self.lines.visible = count > 0
        if not count:
            return
        if layout is not self._layout:
            self._layout, self._routes = layout, routes(layout)
        points = moved(self._routes, layout, anchors, sizes)
        self._pairs[:count, :, 0], self._pairs[:count, :, 1] = points[:, :-1], points[:, 1:]
        self._pairs_js.assign(self._pairs.reshape(-1))
        self._positions.needsUpdate = True
        self.geometry.setDrawRange(0, 2 * count * (POINTS - 1))

    def drawn(self, anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """The lines between blocks that stand here, (K,POINTS,3)."""
        layout = self._layout
        return self._routes if layout is None else moved(self._routes, layout, anchors, sizes)

    @property
    def lit(self) -> np.ndarray:
        """How bright each of their parts is, 0..1 (K,POINTS-1)."""
        bright: np.ndarray = self._light[: len(self._routes)].mean(axis=2)
        return bright

    def light(self, way: np.ndarray, bright: np.ndarray) -> None:
        """Light each line up to a part of its length, 0..1 (K,), as bright as 0..1 (K,)."""
        count = len(way)
        if not count:
            return
        along = np.linspace(0, 1, POINTS, dtype=np.float32)
        # what flows is brightest where it has come to, and leaves a glow behind
        ahead = along[None] - way[:, None]
        near = np.clip(1 - np.abs(ahead) * 3, 0, 1)
        near[ahead < 0] = np.maximum(near, _BEHIND)[ahead < 0]
        near *= ((way > 0) * bright)[:, None]
        self._light[:count, :, 0], self._light[:count, :, 1] = near[:, :-1], near[:, 1:]
        self._light_js.assign(self._light.reshape(-1))
        self._lights.needsUpdate = True

    def dispose(self, shaders: bool = True) -> None:
        """Give back everything that lies on the graphics card; the shaders are the material's."""
        self.geometry.dispose()
        if shaders:
            self.material.dispose()
