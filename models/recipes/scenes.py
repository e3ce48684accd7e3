"""Scenes: one to five handwritten digits of different sizes on a textured canvas, with boxes."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from digits import Digits
from torch import Tensor

SIZE = 96  # pixels of a scene, both ways
MOST = 5  # digits in one scene
SMALLEST, LARGEST = 24.0, 54.0  # pixels of the 28×28 picture that a digit is on
INKED = 0.5  # as much of a pixel has to be ink to count


class Scenes(NamedTuple):
    """pictures (N,1,96,96) in 0..1; which digit each pixel is of, 0 canvas, 1 a zero, …, (N,96,96);

    boxes (N,5,4) as left, top, right, bottom in pixels; digits (N,5), -1 where there is none.
    """

    pictures: Tensor
    pixels: Tensor
    boxes: Tensor
    digits: Tensor


def scenes(digits: Digits, many: int) -> Scenes:
    """Make scenes at random (torch's generator)."""
    centers, sizes, shown = _places(many)
    chosen = torch.randint(len(digits.labels), (many, MOST))
    ink = _placed(digits.images[chosen.flatten()], centers.flatten(0, 1), sizes.flatten())
    ink = ink.view(many, MOST, SIZE, SIZE) * shown[..., None, None]
    strength = torch.rand(many, MOST, 1, 1) * 0.35 + 0.65
    canvas = _canvas(many)
    picture = canvas
    for number in range(MOST):
        part = ink[:, number : number + 1]
        picture = picture * (1 - part) + strength[:, number : number + 1] * part
    picture = (picture + 0.03 * torch.randn_like(picture)).clamp(0, 1)
    inked = ink > INKED
    boxes, seen = _boxes(inked)
    named = torch.where(seen, digits.labels[chosen], -1)
    strongest, which = ink.max(1)
    pixels = torch.where(
        strongest > INKED, named.add(1).gather(1, which.flatten(1)).view_as(which), 0
    )
    return Scenes(picture, pixels, boxes, named)


def _places(many: int) -> tuple[Tensor, Tensor, Tensor]:
    """Centres (N,5,2), sizes (N,5), which of the five are there: no two much over each other."""
    wanted = torch.randint(1, MOST + 1, (many,))
    sizes = SMALLEST + (LARGEST - SMALLEST) * torch.rand(many, MOST) ** 1.5
    centers, shown = torch.zeros(many, MOST, 2), torch.zeros(many, MOST, dtype=torch.bool)
    for number in range(MOST):
        size = sizes[:, number]
        free = ~shown[:, number] & (wanted > number)
        for _ in range(12):  # tries
            edge = 0.4 * size[:, None]
            center = edge + torch.rand(many, 2) * (SIZE - 2 * edge)
            away = (center[:, None] - centers).abs()
            reach = 0.36 * (sizes + size[:, None])
            over = ((away < reach[..., None]).all(-1) & shown).any(1)
            place = free & ~over
            centers[place, number] = center[place]
            shown[place, number] = True
            free = free & over
    return centers, sizes, shown


def _placed(images: Tensor, centers: Tensor, sizes: Tensor) -> Tensor:
    """Each picture on a canvas of its own, a little turned: (N,1,28,28) → (N,96,96)."""
    angle = (torch.rand(len(images)) * 2 - 1) * 0.2
    scale = SIZE / sizes
    cos, sin = angle.cos() * scale, angle.sin() * scale
    x, y = (centers * 2 / SIZE - 1).unbind(1)
    rows = [cos, -sin, -(cos * x - sin * y), sin, cos, -(sin * x + cos * y)]
    grid = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), [len(images), 1, SIZE, SIZE], False)
    return F.grid_sample(images, grid, align_corners=False)[:, 0]


def _canvas(many: int) -> Tensor:
    """Grey clouds of several sizes: (N,1,96,96), darker than ink."""
    total = torch.rand(many, 1, 1, 1) * 0.3
    for cells in (3, 8, 24, 48):
        clouds = torch.rand(many, 1, cells, cells) - 0.5
        weight = torch.rand(many, 1, 1, 1) * 0.25
        total = total + weight * F.interpolate(clouds, (SIZE, SIZE), mode="bilinear")
    return total.clamp(0, 0.5)


def _boxes(inked: Tensor) -> tuple[Tensor, Tensor]:
    """The smallest box around each digit's ink (N,5,4), and whether there is any (N,5)."""
    across, down = inked.any(2).int(), inked.any(3).int()
    left, top = across.argmax(2), down.argmax(2)
    right, bottom = SIZE - across.flip(2).argmax(2), SIZE - down.flip(2).argmax(2)
    seen = inked.flatten(2).any(2)
    return torch.stack([left, top, right, bottom], 2).float() * seen[..., None], seen
