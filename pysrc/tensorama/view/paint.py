"""The colours of a theme on everything that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.scene.pictures.colour import THEMES, palette, rgb
from tensorama.view import ffi
from tensorama.view.links import Links
from tensorama.view.maps import Maps
from tensorama.view.marks import Marks


class Paint:
    """Dark or light: a texture with the colours of values and names, and a few single colours."""

    def __init__(self, renderer: Any) -> None:
        self.renderer = renderer
        self.theme = "dark"
        self._palette: Any = None

    def choose(self, theme: str) -> None:
        """Paint in the colours of "dark" or "light" from now on."""
        self.theme = theme
        if self._palette:
            self._palette.dispose()
        three, colours = ffi.three(), palette(THEMES[theme])
        rows, steps, _ = colours.shape
        bytes_js = ffi.js.Uint8Array.new(rows * steps * 4)
        opaque = np.full((rows, steps, 1), 255, np.uint8)
        bytes_js.assign(np.concatenate([colours, opaque], axis=2).reshape(-1))
        self._palette = three.DataTexture.new(bytes_js, steps, rows)
        self._palette.needsUpdate = True

    def on(self, maps: Maps, links: Links, marks: Marks) -> None:
        """Colour these."""
        self.ground()
        ties, borders = marks.ties, marks.borders
        theme, uniforms = THEMES[self.theme], maps.uniforms
        uniforms.uPalette.value = self._palette
        for name in ("ground", "hairline", "ink", "zero", "odd"):
            _set(getattr(uniforms, f"u{name.capitalize()}"), rgb(getattr(theme, name)))
        _set(uniforms.uMost, rgb(theme.up[-1]))
        if marks.strands:
            strands = marks.strands.uniforms
            for uniform, colour in zip(
                (strands.uUp, strands.uDown, strands.uNone), theme.threads, strict=True
            ):
                _set(uniform, rgb(colour))
        for one in (uniforms, borders.uniforms):
            _set(one.uCold, rgb(theme.heat[0]))
            _set(one.uHot, rgb(theme.heat[1]))
        _set(links.uniforms.uQuiet, theme.way)
        _set(links.uniforms.uLit, rgb(theme.up[1]))
        _set(ties.uniforms.uInk, rgb(theme.ink))
        _set(borders.uniforms.uInk, rgb(theme.hairline))

    def ground(self) -> None:
        """Colour what lies behind everything."""
        three = ffi.three()
        self.renderer.setClearColor(three.Color.new(*rgb(THEMES[self.theme].ground)), 1)
        self.renderer.outputColorSpace = three.LinearSRGBColorSpace  # colours are final as they are

    def dispose(self) -> None:
        """Give the texture back."""
        if self._palette:
            self._palette.dispose()


def _set(uniform: Any, colour: np.ndarray) -> None:
    uniform.value.set(*map(float, colour))
