"""Redraw digits as other hands and other pens would: the augmentation that train.py uses.

Every function takes pictures (N,1,H,W) with ink 1 on paper 0 and returns new ones of the same
shape. Randomness comes from torch's global generator, so one seed fixes everything.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def augment(images: Tensor, labels: Tensor) -> Tensor:
    """Redraw each digit at random: moved, wobbled, with a thicker or finer pen."""
    n, _, height, width = images.shape
    grid = _affine_grid(images, degrees=14, pixels=1.8, stretch=0.16, shear=0.25)
    wobble = torch.randn(n, 2, 5, 5) * uniform(0.0, 0.09, n, 1, 1, 1)
    wobble = F.interpolate(wobble, size=(height, width), mode="bicubic", align_corners=True)
    flagged = flag_ones(images, labels)
    warped = F.grid_sample(flagged, grid + wobble.permute(0, 2, 3, 1), align_corners=False)
    return restroke(warped)


def uniform(low: float, high: float, *shape: int) -> Tensor:
    """Random numbers evenly spread over low..high."""
    return torch.rand(shape) * (high - low) + low


# --- the sheet ----------------------------------------------------------------------------------


def move(
    images: Tensor,
    *,
    degrees: float = 0.0,
    pixels: float = 0.0,
    stretch: float = 0.0,
    shear: float = 0.0,
) -> Tensor:
    """Turn, shift, stretch and slant each picture at random, by up to the given strengths.

    Width and height are each scaled by exp(±stretch); shear is in widths per height.
    """
    grid = _affine_grid(images, degrees=degrees, pixels=pixels, stretch=stretch, shear=shear)
    return F.grid_sample(images, grid, align_corners=False)


def _affine_grid(
    images: Tensor, *, degrees: float, pixels: float, stretch: float, shear: float
) -> Tensor:
    """Say for each output pixel where in the input to look: (N,H,W,2), x and y in -1..1."""
    n, _, height, _ = images.shape
    angle = uniform(-math.radians(degrees), math.radians(degrees), n)
    wide, high = uniform(-stretch, stretch, 2, n).exp()
    slant = uniform(-shear, shear, n)
    shift_x, shift_y = uniform(-pixels, pixels, 2, n) * (2 / height)
    cos, sin = angle.cos(), angle.sin()
    rows = [
        torch.stack([cos * wide, (slant * cos - sin) * high, shift_x], dim=1),
        torch.stack([sin * wide, (slant * sin + cos) * high, shift_y], dim=1),
    ]
    return F.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)


# --- the pen ------------------------------------------------------------------------------------


def restroke(images: Tensor) -> Tensor:
    """Change pen width and edge: blur a little, then spread a random band of greys to 0..1.

    A low band thickens the stroke, a high one thins it, a narrow one gives the hard edge of a
    digit drawn on a screen. Empty paper stays exactly 0; four in ten pictures stay as they are.
    """
    n = len(images)
    blurred = F.avg_pool2d(images, 3, stride=1, padding=1)
    soft = torch.lerp(images, blurred, uniform(0.0, 0.8, n, 1, 1, 1))
    darkest = uniform(0.0, 0.3, n, 1, 1, 1)
    redrawn = ((soft - darkest) / uniform(0.25, 0.7, n, 1, 1, 1)).clamp(0, 1)
    return torch.where(torch.rand(n, 1, 1, 1) < 0.6, redrawn, images)


# --- the flag of the one ------------------------------------------------------------------------


def flag_ones(images: Tensor, labels: Tensor) -> Tensor:
    """Give a third of the ones a flag, and some of the upright ones among them a foot.

    MNIST's writers drew the one as a bare stroke. Much of the world writes it with an upstroke
    before it, and a network that never saw that reads a 7. (A slanted one with both would be
    a 2 written like a Z, so it gets no foot.)
    """
    chosen = (labels == 1) & (torch.rand(len(labels)) < 0.33)
    ones = images[chosen]
    n = len(ones)
    top, bottom = _ends(ones)
    stroke = bottom - top
    length = stroke.norm(dim=1, keepdim=True)
    radius = (ones.sum(dim=(1, 2, 3)) / length[:, 0] / 2).clamp(0.8, 2.5)

    lean = torch.rad2deg(torch.atan2(-stroke[:, 0], stroke[:, 1]))
    opening = torch.minimum(uniform(25.0, 65.0, n), 65 - lean).clamp(
        min=15
    )  # a flag never lies flat
    flag = _below(lean + opening) * length * uniform(0.2, 0.5, n, 1)
    half_foot = _below(uniform(80.0, 100.0, n)) * length * uniform(0.12, 0.3, n, 1)
    foot = _line(images, bottom - half_foot, bottom + half_foot, radius)
    foot = foot * ((torch.rand(n) < 0.6) & (lean.abs() < 20)).view(-1, 1, 1, 1)

    result = images.clone()
    result[chosen] = torch.stack([ones, _line(images, top, top + flag, radius), foot]).amax(dim=0)
    return result


def _ends(ones: Tensor) -> tuple[Tensor, Tensor]:
    """Find the top and the bottom of each stroke: two times (N,2), x and y in pixels."""
    inked = ones[:, 0].amax(dim=2) > 0.5
    height, width = ones.shape[2:]
    top = inked.int().argmax(dim=1)
    bottom = height - 1 - inked.flip(1).int().argmax(dim=1)
    columns = torch.arange(width) + 0.5

    def point(row: Tensor) -> Tensor:
        ink = ones[torch.arange(len(ones)), 0, row]
        x = (ink * columns).sum(dim=1) / ink.sum(dim=1).clamp(min=1e-6)
        return torch.stack([x, row + 0.5], dim=1)

    return point(top), point(bottom)


def _below(degrees: Tensor) -> Tensor:
    """Point down the picture (0°), to its left (90°), or between: unit vectors (N,2)."""
    angle = torch.deg2rad(degrees)
    return torch.stack([-angle.sin(), angle.cos()], dim=1)


def _line(images: Tensor, start: Tensor, end: Tensor, radius: Tensor) -> Tensor:
    """Draw one round-ended line per picture: (N,2), (N,2) and (N,) in pixels → (N,1,H,W)."""
    height, width = images.shape[2:]
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    pixels = torch.stack([x, y], dim=-1).view(1, -1, 2)
    along = (end - start)[:, None]
    share = ((pixels - start[:, None]) * along).sum(-1, keepdim=True)
    share = (share / along.square().sum(-1, keepdim=True).clamp(min=1e-6)).clamp(0, 1)
    distance = (pixels - start[:, None] - share * along).norm(dim=-1)
    return (radius[:, None] - distance + 0.5).clamp(0, 1).view(-1, 1, height, width)
