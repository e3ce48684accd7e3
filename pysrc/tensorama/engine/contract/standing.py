"""Where the window of a convolution or a pool stands."""

from __future__ import annotations

from typing import Protocol


class Window(Protocol):
    """Where a kernel may stand: see `ops.window`."""

    @property
    def strides(self) -> tuple[int, ...]: ...
    @property
    def dilations(self) -> tuple[int, ...]: ...
    @property
    def pads(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def sizes(self) -> tuple[int, ...]: ...
