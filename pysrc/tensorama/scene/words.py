"""Layers and shapes in words, as labels, outline and search write them."""

from __future__ import annotations

from tensorama.layers import Layer


def shape_in_words(shape: tuple[int, ...]) -> str:
    """A shape without the axis of a batch of one: "6 × 28 × 28"."""
    inner = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return " × ".join(map(str, inner)) or "1"


def said(layer: Layer, shape: tuple[int, ...]) -> str:
    """A layer as a screen reader should say it: "conv1, Conv + Relu, 6 by 28 by 28"."""
    op = "" if layer.kind == "input" else layer.op
    words = shape_in_words(shape).replace(" × ", " by ")
    return ", ".join(part for part in (layer.name, op, words) if part)
