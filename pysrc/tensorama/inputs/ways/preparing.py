"""From a picture as people have them to the numbers of a tensor: cut, made smaller, scaled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

FITS = ("crop", "fit", "stretch")  # what becomes of another shape: cut off, bars beside it, neither
ORDERS = ("RGB", "BGR")
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures
_GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue are, ITU-R BT.601
Row = tuple[float, ...]


class Scale(NamedTuple):
    """How a pixel 0…1 becomes a number: (low + (high - low) · pixel - mean) / deviation."""

    low: float = 0.0
    high: float = 1.0
    mean: Row = (0.0,)
    deviation: Row = (1.0,)


SCALES: Mapping[str, Scale] = {
    "unit": Scale(),
    "signed": Scale(-1, 1),
    "bytes": Scale(0, 255),
    "imagenet": Scale(mean=_MEAN, deviation=_DEVIATION),
    "caffe": Scale(0, 255, (123.675, 116.28, 103.53)),
}


class Preparing(NamedTuple):
    """What is done to a picture. `scale`: a name of SCALES, or "file" for what a file says."""

    fit: str = "crop"
    scale: str = "unit"
    order: str = "RGB"


def cut(pixels: np.ndarray, high: int, wide: int, fit: str) -> np.ndarray:
    """A picture, uint8 (h,w,3), made to this size: float64 0…1 (high,wide,3)."""
    if fit == "fit":
        return _fitted(pixels, high, wide)
    if fit == "crop":
        top, left, h, w = window(pixels.shape[0], pixels.shape[1], high, wide)
        pixels = pixels[top : top + h, left : left + w]
    return _resized(pixels / 255.0, high, wide)


def window(h: int, w: int, high: int, wide: int) -> tuple[int, int, int, int]:
    """The largest part in the middle that has the wanted shape: top, left, height, width."""
    part = min(h / high, w / wide)
    tall, broad = max(1, round(high * part)), max(1, round(wide * part))
    return (h - tall) // 2, (w - broad) // 2, tall, broad


def _fitted(pixels: np.ndarray, high: int, wide: int) -> np.ndarray:
    """All of the picture, with grey beside it."""
    part = min(high / pixels.shape[0], wide / pixels.shape[1])
    h, w = (max(1, round(size * part)) for size in pixels.shape[:2])
    made = np.full((high, wide, 3), 0.5)
    top, left = (high - h) // 2, (wide - w) // 2
    made[top : top + h, left : left + w] = _resized(pixels / 255.0, h, w)
    return made


def _resized(picture: np.ndarray, high: int, wide: int) -> np.ndarray:
    """Each pixel the mean of what it covers, between pixels by their distance."""
    by_row, by_column = (max(1, picture.shape[axis] // (2 * size)) for axis, size in
                         ((0, high), (1, wide)))  # fmt: skip
    h, w = picture.shape[0] // by_row * by_row, picture.shape[1] // by_column * by_column
    tiles = picture[:h, :w].reshape(h // by_row, by_row, w // by_column, by_column, 3)
    smaller = tiles.mean(axis=(1, 3)) if by_row * by_column > 1 else picture
    tall = _along(smaller, high)
    return _along(tall.transpose(1, 0, 2), wide).transpose(1, 0, 2)


def _along(rows: np.ndarray, after: int) -> np.ndarray:
    """As many rows as wanted, (after,·,3): each a tent over old ones, as wide as both.

    Of these few are added up; a product with all tents, which are empty but for them, took longer
    than the network that the picture was for.
    """
    before = len(rows)
    scale = before / after
    wide = max(scale, 1.0)
    middle = (np.arange(after) + 0.5) * scale - 0.5
    first = np.ceil(middle - wide).astype(int)
    places = first + np.arange(math.ceil(2 * wide))[:, None]  # (tents' width, after)
    tent = np.maximum(0, 1 - np.abs(places - middle) / wide)
    tent[(places < 0) | (places >= before)] = 0
    tent /= tent.sum(axis=0)
    made = np.zeros((after, *rows.shape[1:]))
    for share, place in zip(tent, np.clip(places, 0, before - 1), strict=True):
        made += share[:, None, None] * rows[place]
    return made


def scaled(picture: np.ndarray, channels: int, order: str, scale: Scale) -> np.ndarray:
    """A picture 0…1 (h,w,3) as the numbers that a network takes, (channels,h,w)."""
    maps = picture.transpose(2, 0, 1)
    if channels == 1:
        maps = np.tensordot(np.array(_GREY), maps, 1)[None]
    if channels == 4:
        maps = np.concatenate([maps, np.ones_like(maps[:1])])
    numbers = scale.low + (scale.high - scale.low) * maps
    mean, deviation = (_for_each(row, len(maps)) for row in (scale.mean, scale.deviation))
    numbers = (numbers - mean) / np.where(deviation == 0, 1, deviation)
    if order == "BGR" and channels >= 3:
        numbers = numbers[[2, 1, 0, *range(3, channels)]]
    return np.asarray(numbers)


def _for_each(row: Row, channels: int) -> np.ndarray:
    """One number for each channel; of one or of others for all the same."""
    numbers = np.array(row if len(row) == channels else (sum(row) / len(row),) * channels)
    return numbers[:, None, None]
