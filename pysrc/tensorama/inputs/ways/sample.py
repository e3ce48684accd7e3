"""A picture of our own to feed networks with: three balls on a chequered floor, drawn by rays.

https://en.wikipedia.org/wiki/Ray_casting
"""

from __future__ import annotations

from functools import cache

import numpy as np

SIZE = 256  # pixels of an edge
_BALLS = (  # middle, radius, colour
    ((-0.95, 0.75, 0.4), 0.75, (0.93, 0.45, 0.10)),
    ((0.75, 0.95, 1.3), 0.95, (0.20, 0.45, 0.85)),
    ((0.55, 0.38, -0.75), 0.38, (0.85, 0.15, 0.20)),
)
_EYE = np.array([0.0, 1.7, -4.4])
_LIGHT = np.array([-0.55, 0.75, -0.45]) / np.linalg.norm([-0.55, 0.75, -0.45])


@cache
def sample_picture() -> np.ndarray:
    """The picture as uint8 (height, width, 3), sRGB; the same on every machine."""
    rows, cols = np.mgrid[0:SIZE, 0:SIZE] / (SIZE - 1) - 0.5
    rays = np.stack([cols * 1.05, -rows * 1.05 - 0.2, np.ones_like(rows)], axis=-1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    sky = np.clip(rays[..., 1:2] * 1.6 + 0.35, 0, 1)
    colour = (1 - sky) * np.array([0.95, 0.90, 0.82]) + sky * np.array([0.45, 0.65, 0.90])
    far = np.where(rays[..., 1] < 0, -_EYE[1] / np.minimum(rays[..., 1], -1e-9), np.inf)
    colour = _floor(colour, rays, far)
    for middle, radius, own in _BALLS:
        near = _met(_EYE, rays, np.array(middle), radius)
        colour = np.where((near < far)[..., None], _ball(rays, near, middle, own), colour)
        far = np.minimum(far, near)
    shown = np.clip(colour, 0, 1) ** (1 / 2.2)
    return np.round(255 * shown).astype(np.uint8)


def _met(start: np.ndarray, rays: np.ndarray, middle: np.ndarray, radius: float) -> np.ndarray:
    """How far along each ray a ball is met; infinite where it is not."""
    to = middle - start
    along = (rays * to).sum(axis=-1)
    inside = radius**2 - (to**2).sum(axis=-1) + along**2
    near = along - np.sqrt(np.maximum(inside, 0))
    return np.where((inside > 0) & (near > 1e-3), near, np.inf)


def _lit(points: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """How bright points are: by how they face the light, less where a ball is in its way."""
    bright = np.clip((facing * _LIGHT).sum(axis=-1), 0, 1)
    light = np.broadcast_to(_LIGHT, points.shape)
    for middle, radius, _ in _BALLS:
        bright = np.where(np.isfinite(_met(points, light, np.array(middle), radius)), 0, bright)
    return 0.22 + 0.85 * bright


def _floor(colour: np.ndarray, rays: np.ndarray, far: np.ndarray) -> np.ndarray:
    points = _EYE + rays * np.where(np.isfinite(far), far, 0)[..., None]
    odd = (np.floor(points[..., 0] * 1.2) + np.floor(points[..., 2] * 1.2)) % 2
    own = np.where(odd[..., None] > 0, [0.75, 0.70, 0.60], [0.30, 0.26, 0.22])
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0]), points.shape)
    shade = own * _lit(points + 1e-3 * up, up)[..., None]
    mist = np.clip(np.where(np.isfinite(far), far, 99) / 16, 0, 1)[..., None] ** 2
    return np.where(np.isfinite(far)[..., None], shade * (1 - mist) + colour * mist, colour)


def _ball(
    rays: np.ndarray, near: np.ndarray, middle: tuple[float, ...], own: tuple[float, ...]
) -> np.ndarray:
    points = _EYE + rays * np.where(np.isfinite(near), near, 0)[..., None]
    facing = points - np.array(middle)
    facing /= np.linalg.norm(facing, axis=-1, keepdims=True)
    bright = _lit(points + 1e-3 * facing, facing)
    mirrored = rays - 2 * (rays * facing).sum(axis=-1, keepdims=True) * facing
    glint = np.clip((mirrored * _LIGHT).sum(axis=-1), 0, 1) ** 40
    return np.array(own) * bright[..., None] + 0.6 * (glint * (bright > 0.3))[..., None]
