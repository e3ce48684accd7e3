"""What is pointed at: no part of the State, as nobody could share it."""

from __future__ import annotations

from dataclasses import dataclass

from tensorama.app.signals import Signal
from tensorama.scene.camera.pick import Hit


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the pointer is over the picture, in CSS pixels of the box, and which cell lies there.

    `on_shelf`: it is a cell of the shelf, and no cell of the network.
    """

    x: float
    y: float
    hit: Hit | None = None
    on_shelf: bool = False


class Pointer:
    """`spot`: over which cell it is; None when it is not over the picture. `item`: the layer or
    group whose name it is over, somewhere on the page."""

    def __init__(self) -> None:
        self.spot: Spot | None = None
        self.item: int | None = None
        self.moved = Signal()  # (before, after): Spots or None
        self.named = Signal()  # (item): or None

    @property
    def hit(self) -> Hit | None:
        """The cell under the pointer."""
        return self.spot.hit if self.spot else None

    def move(self, spot: Spot | None) -> None:
        """It is here now, or gone."""
        before, self.spot = self.spot, spot
        if before is not spot:
            self.moved.tell(before, spot)

    def name(self, item: int | None) -> None:
        """It is over the name of this layer or group now, or over none."""
        if item != self.item:
            self.item = item
            self.named.tell(item)
