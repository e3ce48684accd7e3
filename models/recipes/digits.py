"""Handwritten digits: pictures in 0..1 and what they show."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from training import needed

FILE = "mnist.npz"


class Digits(NamedTuple):
    """images (N,1,28,28) in 0..1, labels (N,)."""

    images: Tensor
    labels: Tensor


def load(folder: Path) -> tuple[Digits, Digits]:
    """The digits to train on and those to test on."""
    with np.load(needed(folder, FILE)) as arrays:
        return _part(arrays, "train"), _part(arrays, "test")


def _part(arrays: np.lib.npyio.NpzFile, part: str) -> Digits:
    images = torch.from_numpy(arrays[f"{part}_images"]).float().div(255).unsqueeze(1)
    return Digits(images, torch.from_numpy(arrays[f"{part}_labels"]).long())


def nudged(images: Tensor, degrees: float = 8.0, stretch: float = 0.08) -> Tensor:
    """Each picture turned and stretched a little, at random."""
    n = len(images)
    angle = (torch.rand(n) * 2 - 1) * degrees * torch.pi / 180
    size = 1 + (torch.rand(n, 2) * 2 - 1) * stretch
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros(n)
    rows = [cos * size[:, 0], -sin, zero, sin, cos * size[:, 1], zero]
    theta = torch.stack(rows, 1).view(n, 2, 3)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)
