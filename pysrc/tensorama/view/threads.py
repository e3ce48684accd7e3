"""Lines of any width, coloured by sign: one draw call for all threads of a cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.scene.camera.camera import Room
from tensorama.scene.drawing.threads import MOST, Threads
from tensorama.view import ffi
from tensorama.view.surface import Surface

_VERTEX = """
precision highp float;
uniform mat4 uMatrix;
uniform vec2 uRoom;          // the canvas in CSS pixels
in vec2 position;            // along 0..1, aside -1..1
in vec3 aFrom, aTo;
in vec3 aLook;               // width in CSS pixels, sign, strength
out vec2 vLook;
out float vAside;
void main() {
  vec4 a = uMatrix * vec4(aFrom, 1.0), b = uMatrix * vec4(aTo, 1.0);
  vec2 way = (b.xy / b.w - a.xy / a.w) * uRoom;
  vec2 normal = normalize(vec2(-way.y, way.x) + vec2(1e-6, 0.0));
  vec4 here = mix(a, b, position.x);
  float wide = aLook.x + 1.0;              // one pixel more for soft edges
  here.xy += normal * position.y * wide / uRoom * here.w;
  vLook = aLook.yz;
  vAside = position.y * wide / max(aLook.x, 0.01);
  gl_Position = here;
}
"""

_FRAGMENT = """
precision highp float;
uniform vec3 uUp, uDown, uNone;
in vec2 vLook;
in float vAside;
out vec4 colour;
void main() {
  vec3 rgb = vLook.x > 0.0 ? uUp : vLook.x < 0.0 ? uDown : uNone;
  colour = vec4(rgb, vLook.y * (1.0 - smoothstep(0.55, 1.0, abs(vAside) / 1.2)));
}
"""


class ThreadsView:
    """Draws threads over everything; it is made when there are some for the first time."""

    def __init__(self, surface: Surface) -> None:
        three = ffi.three()
        self.geometry = three.InstancedBufferGeometry.new()
        corners = np.array([[0, -1, 0], [1, -1, 0], [1, 1, 0], [0, 1, 0]], np.float32)
        corners_js: Any = three.BufferAttribute.new(ffi.float_array(corners), 3)
        self.geometry.setAttribute("position", corners_js)
        places = ffi.short_array(6)
        places.assign(np.array([0, 1, 2, 0, 2, 3], np.uint16))
        self.geometry.setIndex(three.BufferAttribute.new(places, 1))
        self._numbers = {
            name: np.zeros((MOST, 3), np.float32) for name in ("aFrom", "aTo", "aLook")
        }
        self._arrays: dict[str, Any] = {n: ffi.float_array(a) for n, a in self._numbers.items()}
        self._attributes: dict[str, Any] = {
            name: three.InstancedBufferAttribute.new(array, 3)
            for name, array in self._arrays.items()
        }
        for name, attribute in self._attributes.items():
            self.geometry.setAttribute(name, attribute)
        self.uniforms = ffi.options(
            uMatrix=ffi.options(value=surface.matrix),
            uRoom=ffi.options(value=three.Vector2.new()),
            uUp=ffi.options(value=three.Vector3.new()),
            uDown=ffi.options(value=three.Vector3.new()),
            uNone=ffi.options(value=three.Vector3.new()),
        )
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=_VERTEX, fragmentShader=_FRAGMENT, uniforms=self.uniforms,
                glslVersion=three.GLSL3, transparent=True, depthTest=False, depthWrite=False,
                side=three.DoubleSide,
            )
        )  # fmt: skip
        self.mesh = three.Mesh.new(self.geometry, self.material)
        self.mesh.frustumCulled = False
        self.mesh.renderOrder = 3
        self.mesh.visible = False
        surface.hang(self.mesh)

    def show(self, threads: Threads | None, room: Room) -> None:
        """Draw these and no others, in a window of this size."""
        count = min(len(threads.widths), MOST) if threads else 0
        self.mesh.visible = count > 0
        if not threads or not count:
            return
        self.uniforms.uRoom.value.set(room.width, room.height)
        looks = np.column_stack([threads.widths, threads.signs, threads.strength])
        parts = threads.segments[:, 0], threads.segments[:, 1], looks
        for (name, numbers), part in zip(self._numbers.items(), parts, strict=True):
            numbers[:count] = part[-count:]
            self._arrays[name].assign(numbers.reshape(-1))
            self._attributes[name].needsUpdate = True
        self.geometry.instanceCount = count

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        self.geometry.dispose()
        self.material.dispose()
