"""Who reads whom among the layers that have a picture, also through those that have none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tensorama.layers import Layer


def bridged(layers: Sequence[Layer], shown: Collection[str]) -> list[Layer]:
    """The layers that are shown, each reading others that are.

    A layer whose values are no array (a sequence of tensors, an optional) has no picture; what
    reads from it is linked to what it was made of. layers: in an order to compute them.
    """
    sources: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        found = [(name,) if name in shown else sources.get(name, ()) for name in layer.reads]
        sources[layer.name] = tuple(dict.fromkeys(name for names in found for name in names))
    return [
        layer if sources[layer.name] == layer.reads else replace(layer, reads=sources[layer.name])
        for layer in layers
        if layer.name in shown
    ]
