"""All maps of a scene as one mesh: one draw call, one stack of textures."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np

from tensorama.engine.contract.slices import Slices, whole
from tensorama.scene import Scene
from tensorama.scene.build import gaps
from tensorama.scene.drawing.atlas import Atlas, pack
from tensorama.scene.drawing.detail import coarser
from tensorama.scene.pictures.picture import LARGEST, as_halves
from tensorama.scene.pictures.summary import summary
from tensorama.view import ffi
from tensorama.view.shaders import MAPS_FRAGMENT, MAPS_VERTEX

_SORTS = {"number": 0, "whole": 1, "truth": 2, "label": 3, "text": 3}  # as the shader knows them
_PIECE = 1 << 17  # numbers that are worked on before there may be a pause
PAGES = 1024  # a quad's page and the level of its copy are one number: page + level · this
TOGETHER = 64  # quads in an instance
_WIDE = 1024  # quads in a row of the textures that say what they are
# An L: the edges of a map that the one before it in a stack does not hide; see `shaders`.
_CORNERS = np.array([[1, 1], [1, -1], [0, -1], [0, 0], [-1, 0], [-1, 1]], np.float32)
_TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]], np.uint16)


class Maps:
    """The quads, their numbers and their blocks' state on the graphics card."""

    def __init__(self, scene: Scene, atlas: Atlas | None = None) -> None:
        three = ffi.three()
        self.scene = scene
        self._make_room(atlas or pack(scene))
        count = max(1, len(scene.blocks))
        self.state = np.zeros((4, count, 4), np.float32)
        self.state[3, :, 0] = -1  # no heat
        self._state_js = ffi.float_array(self.state)
        self.state_texture = three.DataTexture.new(self._state_js, count, 4)
        _raw_texture(self.state_texture, three.RGBAFormat, three.FloatType)
        self.scales = np.zeros(len(scene.blocks))  # the largest magnitudes, of each block
        self.map_scales = np.zeros(len(scene.block))  # and of each map
        self._slots = np.zeros((len(scene.block), 4), np.float32)
        self._place_slots()
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

    def _make_room(self, atlas: Atlas) -> None:
        """Empty pages for the numbers."""
        three = ffi.three()
        self.atlas = atlas
        self._touched: set[int] = set()  # pages with numbers that are not on the card yet
        page = partial(np.zeros, (atlas.height, atlas.width), np.float16)
        self._values = defaultdict[int, np.ndarray](page)  # the pages that were written to
        self._values_js = ffi.short_array(atlas.cells)
        self.values_texture = three.DataArrayTexture.new(
            self._values_js, atlas.width, atlas.height, atlas.pages
        )
        _raw_texture(self.values_texture, three.RedFormat, three.HalfFloatType)

    def _place_slots(self) -> None:
        self._slots[:, :3] = self.atlas.slots
        self._slots[:, 2] += PAGES * self.atlas.detail.level[self.scene.block]

    def repack(self, atlas: Atlas) -> None:
        """Go over to another packing: all numbers have to be set again."""
        self.values_texture.dispose()
        self._make_room(atlas)
        self._place_slots()
        self.uniforms.uValues.value = self.values_texture

    def _make_uniforms(self, three: Any) -> Any:
        def uniform(value: Any) -> Any:
            return ffi.options(value=value)

        return ffi.options(
            uMatrix=uniform(three.Matrix4.new()),
            uEye=uniform(three.Vector3.new()),
            uBlocks=uniform(self.state_texture),
            uSlot=uniform(None),
            uClosed=uniform(None),
            uOpen=uniform(None),
            uCells=uniform(None),
            uWhat=uniform(None),
            uCount=uniform(0),
            uTogether=uniform(TOGETHER),
            uValues=uniform(self.values_texture),
            uPalette=uniform(None),
            uGround=uniform(three.Vector3.new()),
            uHairline=uniform(three.Vector3.new()),
            uInk=uniform(three.Vector3.new()),
            uZero=uniform(three.Vector3.new()),
            uMost=uniform(three.Vector3.new()),
            uOdd=uniform(three.Vector3.new()),
            uCold=uniform(three.Vector3.new()),
            uHot=uniform(three.Vector3.new()),
            uNetworkScale=uniform(1.0),
            uFine=uniform(1.0),
            uClear=uniform(0.0),
            uLens=uniform(0.0),
            uScaleMode=uniform(1),
            uHover=uniform(three.Vector4.new(-1, -1, -1, -1)),
            uDark=uniform(three.Vector4.new(-1, -1, -1, -1)),
        )

    def _make_geometry(self, three: Any) -> Any:
        scene = self.scene
        pictures = [block.picture for block in scene.blocks]
        closed, opened = scene.closed, scene.open
        ratio = opened[:, 4] / np.maximum(opened[:, 3], 1e-9)
        cells = np.array([(p.cols, p.rows, p.cells) for p in pictures], np.float32).reshape(-1, 3)
        cells = cells[scene.block]
        depth = -closed[:, 2]
        deepest = np.array([b.closed_size[2] for b in scene.blocks] or [0.0])[scene.block]
        sorts = [_SORTS[b.picture.reading.sort] for b in scene.blocks]
        self.state[2, : len(sorts), 3] = sorts
        what = np.column_stack([
            scene.block,
            scene.chart,
            self._styles(),
            depth / np.maximum(deepest, 1e-9),
        ])  # fmt: skip
        self._quads = {
            "uSlot": self._slots,
            "uClosed": np.column_stack([gaps(scene), closed[:, 1:4]]).astype(np.float32),
            "uOpen": np.ascontiguousarray(opened[:, :4], np.float32),
            "uCells": np.column_stack([cells, ratio]).astype(np.float32),
            "uWhat": what.astype(np.float32),
        }
        count = len(scene.block)
        wide = max(1, min(_WIDE, count))
        high = max(1, math.ceil(count / wide))
        self._buffers = {}
        for name, values in self._quads.items():
            room = np.zeros((wide * high, 4), np.float32)
            room[:count] = values
            held = ffi.float_array(room)
            texture = three.DataTexture.new(held, wide, high)
            _raw_texture(texture, three.RGBAFormat, three.FloatType)
            getattr(self.uniforms, name).value = texture
            self._buffers[name] = held, texture
        self._seen = np.ones(count, bool)
        return self._make_instances(three, count)

    def _make_instances(self, three: Any, count: int) -> Any:
        """Corners and triangles of so many quads as one instance has."""
        number = np.repeat(np.arange(TOGETHER, dtype=np.float32), len(_CORNERS))
        corners = np.column_stack([np.tile(_CORNERS, (TOGETHER, 1)), number])
        first = len(_CORNERS) * np.arange(TOGETHER, dtype=np.uint16)
        indices = (_TRIANGLES + first[:, None, None]).reshape(-1)
        geometry = three.InstancedBufferGeometry.new()
        geometry.setAttribute("position", three.BufferAttribute.new(ffi.float_array(corners), 3))
        triangles = ffi.short_array(indices.size)
        triangles.assign(indices)
        geometry.setIndex(three.BufferAttribute.new(triangles, 1))
        self._draw_quads(geometry, count)
        return geometry

    def _draw_quads(self, geometry: Any, count: int) -> None:
        geometry.instanceCount = math.ceil(count / TOGETHER)
        self.uniforms.uCount.value = count

    def _choose_quads(self) -> None:
        """Draw only the quads that can be seen: some of a closed stack, none of a closed group.

        The card works on every corner that it is given, even of quads without any width.
        """
        shown, opening = self.state[2, :, 0] > 0, self.state[0, :, 3] > 0
        block = self.scene.block
        seen = shown[block] & (opening[block] | (self.scene.closed[:, 3] > 0))
        if np.array_equal(seen, self._seen):
            return
        self._seen = seen
        for name in self._quads:
            self._upload_quads(name)
        self._draw_quads(self.geometry, int(seen.sum()))

    def _upload_quads(self, name: str) -> None:
        held, texture = self._buffers[name]
        values = self._quads[name][self._seen]
        if values.size:
            held.subarray(0, values.size).assign(values.reshape(-1))
        texture.needsUpdate = True

    def _styles(self) -> np.ndarray:
        """How each quad is drawn: 0 a map, 1 tiles, 2 three channels as one picture."""
        scene, of = self.scene, self.scene.block
        tiles = np.array([b.picture.kind in ("vector", "scalar") for b in scene.blocks], int)
        images = np.array([b.image for b in scene.blocks], bool)
        return np.where(images[of] & (scene.chart < 0), 2, tiles[of])

    def set_values(self, block: int, values: np.ndarray) -> None:
        """Put a block's numbers (maps, rows, cols) on its maps."""
        whole(self.setting(block, values))

    def setting(self, block: int, values: np.ndarray) -> Slices[None]:
        """The same with pauses; until its end, what was there before stays on the maps.

        The scale of a block and of a map is its largest magnitude: a link that shows this run is
        as bright, whatever was seen before.
        """
        b = self.scene.blocks[block]
        quads = slice(b.first, b.first + b.count)
        parts = _some_maps(values)
        if b.opens:
            faces = []
            for part in parts:
                faces.append(summary(part))
                yield
            parts = [summary(np.stack(faces))[None], *parts]
        magnitudes = []
        for part in parts:
            magnitudes.append(_magnitudes(part))
            yield
        scales = np.concatenate(magnitudes)
        if b.picture.reading.sort in ("truth", "label", "text"):  # no amounts
            scales[:] = 1
        scale = float(scales.max(initial=0))
        factor = 2.0 ** -max(-120, min(120, math.ceil(math.log2(scale)))) if scale > 0 else 1.0
        level, names = int(self.atlas.detail.level[block]), b.picture.reading.sort
        made = []
        for part in parts:
            made.append(coarser(as_halves(part, factor), level, names in ("number", "whole")))
            yield
        halves = np.concatenate(made)
        for chunk in self.atlas.chunks[block]:
            start = chunk.first - b.first
            chunk.write(halves[start : start + chunk.count], self._values)
            self._touched.add(chunk.page)
        self.map_scales[quads], self.scales[block] = scales, scale
        self._slots[quads, 3] = self.map_scales[quads] * factor
        self.state[1, block, 3], self.state[2, block, 1] = scale * factor, factor
        self.state[2, block, 2] = float(values.min(initial=0) < 0)

    def leave_empty(self, block: int) -> None:
        """Of this block nothing is known: its outline is drawn, with nothing in it."""
        self.state[2, block, 2] = -1

    def begin(self, lens: bool) -> None:
        """The numbers of another run come, on scales of their own; lens: they are something else
        than the values."""
        self.scales[:], self.map_scales[:] = 0, 0
        self.uniforms.uLens.value = float(lens)

    def network_scale(self, shown: np.ndarray) -> float:
        """The largest magnitude in the blocks that are seen, (B,) of bool; integers have scales of
        their own."""
        amounts = self.state[2, : len(self.scales), 3] == 0
        return float(self.scales[amounts & shown].max(initial=0))

    def upload_values(self) -> None:
        """Send the pages that were written to since the last time to the graphics card."""
        if not self._touched:
            return
        size = self.atlas.width * self.atlas.height
        for page in sorted(self._touched):
            part = self._values_js.subarray(page * size, (page + 1) * size)
            part.assign(self._values[page].reshape(-1).view(np.uint16))
            self.values_texture.addLayerUpdate(page)
        self._touched.clear()
        self.values_texture.needsUpdate = True
        self._upload_quads("uSlot")

    def upload_state(self) -> None:
        """Send the blocks' places and lights to the graphics card."""
        self._choose_quads()
        self._state_js.assign(self.state.reshape(-1))
        self.state_texture.needsUpdate = True

    @property
    def texture_bytes(self) -> int:
        """Graphics memory of the numbers, the quads and the state."""
        quads = sum(values.nbytes for values in self._quads.values())
        return 2 * self.atlas.cells + self.state.nbytes + quads

    def dispose(self, shaders: bool = True) -> None:
        """Give back everything that lies on the graphics card; the shaders are the material's."""
        quads = (texture for _, texture in self._buffers.values())
        for thing in (self.geometry, self.values_texture, self.state_texture, *quads):
            thing.dispose()
        if shaders:
            self.material.dispose()


def _some_maps(values: np.ndarray) -> list[np.ndarray]:
    """Maps (maps, rows, cols), so many at a time as are quickly worked on."""
    some = max(1, _PIECE // max(1, values[:1].size))
    return [values[first : first + some] for first in range(0, len(values), some)]


def _magnitudes(maps: np.ndarray) -> np.ndarray:
    """The largest magnitude of each map; what is infinite or no number sets none."""
    sizes = np.abs(maps).reshape(len(maps), -1)
    found: np.ndarray = sizes.max(axis=1, initial=0)
    if found.max(initial=0) > LARGEST:
        found = np.where(sizes <= LARGEST, sizes, 0).max(axis=1, initial=0)
    return found


def _raw_texture(texture: Any, form: Any, kind: Any) -> None:
    texture.format = form
    texture.type = kind
    texture.needsUpdate = True
