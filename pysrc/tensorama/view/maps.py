"""All maps of a scene as one instanced mesh: one draw call, one stack of textures."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.scene import Scene
from tensorama.scene.atlas import Atlas, pack
from tensorama.scene.picture import LARGEST
from tensorama.scene.summary import summary
from tensorama.view import ffi
from tensorama.view.shaders import MAPS_FRAGMENT, MAPS_VERTEX

_CORNERS = np.array([
    [-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0],
    [-0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0],
], np.float32)  # fmt: skip


class Maps:
    """The quads, their numbers and their blocks' state on the graphics card."""

    def __init__(self, scene: Scene) -> None:
        three = ffi.three()
        self.scene = scene
        self.atlas: Atlas = pack(scene)
        atlas = self.atlas
        self._values = np.zeros((atlas.pages, atlas.height, atlas.width), np.float32)
        self._values_js = ffi.float_array(self._values)
        self.values_texture = three.DataArrayTexture.new(
            self._values_js, atlas.width, atlas.height, atlas.pages
        )
        _raw_texture(self.values_texture, three.RedFormat, three.FloatType)
        count = max(1, len(scene.blocks))
        self.state = np.zeros((3, count, 4), np.float32)
        self._state_js = ffi.float_array(self.state)
        self.state_texture = three.DataTexture.new(self._state_js, count, 3)
        _raw_texture(self.state_texture, three.RGBAFormat, three.FloatType)
        self._slots = self._slot_attribute()
        self.uniforms = self._make_uniforms(three)
        self.geometry = self._make_geometry(three)
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=MAPS_VERTEX,
                fragmentShader=MAPS_FRAGMENT,
                uniforms=self.uniforms,
                glslVersion=three.GLSL3,
                side=three.DoubleSide,
            )
        )
        self.mesh = three.Mesh.new(self.geometry, self.material)
        self.mesh.frustumCulled = False

    def _slot_attribute(self) -> np.ndarray:
        slots = np.zeros((len(self.scene.block), 4), np.float32)
        slots[:, :3] = self.atlas.slots
        return slots

    def _make_uniforms(self, three: Any) -> Any:
        def uniform(value: Any) -> Any:
            return ffi.options(value=value)

        return ffi.options(
            uMatrix=uniform(three.Matrix4.new()),
            uBlocks=uniform(self.state_texture),
            uValues=uniform(self.values_texture),
            uRamp=uniform(None),
            uGround=uniform(three.Vector3.new()),
            uHairline=uniform(three.Vector3.new()),
            uInk=uniform(three.Vector3.new()),
            uZero=uniform(three.Vector3.new()),
            uOdd=uniform(three.Vector3.new()),
            uNetworkScale=uniform(1.0),
            uScaleMode=uniform(1),
            uHover=uniform(three.Vector4.new(-1, -1, -1, -1)),
        )

    def _make_geometry(self, three: Any) -> Any:
        scene = self.scene
        pictures = [scene.blocks[number].picture for number in scene.block]
        closed, opened = scene.closed, scene.open
        ratio = closed[:, 4] / np.maximum(closed[:, 3], 1e-9)
        cells = np.array([(p.cols, p.rows, p.cells) for p in pictures], np.float32).reshape(-1, 3)
        depth = -closed[:, 2]
        deepest = np.array([b.closed_size[2] for b in scene.blocks] or [0.0])[scene.block]
        what = np.column_stack([
            scene.block,
            scene.chart,
            [p.kind in ("vector", "scalar") for p in pictures],
            depth / np.maximum(deepest, 1e-9),
        ])  # fmt: skip
        geometry = three.InstancedBufferGeometry.new()
        geometry.setAttribute("position", three.BufferAttribute.new(ffi.float_array(_CORNERS), 3))
        self._slots_js = ffi.float_array(self._slots)
        self._slot_buffer = three.InstancedBufferAttribute.new(self._slots_js, 4)
        geometry.setAttribute("aSlot", self._slot_buffer)
        for name, values in (
            ("aClosed", closed[:, :4]),
            ("aOpen", opened[:, :4]),
            ("aCells", np.column_stack([cells, ratio])),
            ("aWhat", what),
        ):
            attribute = three.InstancedBufferAttribute.new(ffi.float_array(values), 4)
            geometry.setAttribute(name, attribute)
        geometry.instanceCount = len(scene.block)
        return geometry

    def set_values(self, block: int, values: np.ndarray) -> float:
        """Put a block's numbers (maps, rows, cols) on its maps; give its largest magnitude.

        The scale of a block and of a map is the largest magnitude that was ever put on it, so that
        one input can be compared with the next, and a silent one stays dark.
        """
        b = self.scene.blocks[block]
        magnitudes = np.abs(values).reshape(len(values), -1)
        real = np.where(magnitudes <= LARGEST, magnitudes, 0).max(axis=1)
        largest = float(real.max(initial=0))
        first = b.first
        charts = [summary(values), *values] if b.opens else [*values]
        for quad, chart in enumerate(charts, first):
            x, y, page = self.atlas.slots[quad]
            self._values[page, y : y + chart.shape[0], x : x + chart.shape[1]] = chart
        scales = self._slots[first : first + b.count, 3]
        np.maximum(scales, [largest, *real] if b.opens else real, out=scales)
        self.state[1, block, 3] = max(largest, self.state[1, block, 3])
        return largest

    def scale_of_map(self, quad: int) -> float:
        """The largest magnitude on one map."""
        return float(self._slots[quad, 3])

    def upload_values(self) -> None:
        """Send all numbers to the graphics card."""
        self._values_js.assign(self._values.reshape(-1))
        self.values_texture.needsUpdate = True
        self._slots_js.assign(self._slots.reshape(-1))
        self._slot_buffer.needsUpdate = True

    def upload_state(self) -> None:
        """Send the blocks' places and lights to the graphics card."""
        self._state_js.assign(self.state.reshape(-1))
        self.state_texture.needsUpdate = True

    @property
    def texture_bytes(self) -> int:
        """Graphics memory of the numbers and the state."""
        return int(self._values.nbytes + self.state.nbytes)

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        for thing in (self.geometry, self.material, self.values_texture, self.state_texture):
            thing.dispose()


def _raw_texture(texture: Any, form: Any, kind: Any) -> None:
    texture.format = form
    texture.type = kind
    texture.needsUpdate = True
