"""Train a small Inception on the photos of CIFAR-10 and write it as an ONNX file.

    python models/inception/train.py --data ../shared/data

Each block looks through windows of 1×1, 3×3 and 5×5 at once (Szegedy and others: *Going Deeper
with Convolutions*, 2014), narrow and with batch norms. The recipe is that of
`models/recipes/cifar.py`. Ends with the accuracy on the 10,000 test photos, of the *written
file*, run by onnxruntime.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import cifar
from graphs import Network
from units import Unit, ended

HERE = Path(__file__).parent
ABOUT = {
    "title": "Inception, small",
    "description": "Tells ten kinds of things on small photos apart: each block looks through "
    "windows of 1×1, 3×3 and 5×5 at once and lays what it sees side by side.",
    "license": "MIT",
    "source": "models/inception/train.py",
}


class Block(nn.Module):
    """Four ways side by side: 1×1; 3×3; 5×5; the largest of the neighbourhood."""

    def __init__(self, before: int, one: int, three: int, five: int, pooled: int) -> None:
        super().__init__()
        self.one = Unit(before, one, 1)
        self.narrow3, self.three = Unit(before, three * 2 // 3, 1), Unit(three * 2 // 3, three)
        self.narrow5, self.five = Unit(before, five // 2, 1), Unit(five // 2, five, 5)
        self.pooled = Unit(before, pooled, 1)
        self.width = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.pooled(F.max_pool2d(x, 3, 1, 1))
        ways = self.one(x), self.three(self.narrow3(x)), self.five(self.narrow5(x)), pooled
        return torch.cat(ways, 1)

    def write(self, g: Network, name: str, of: str) -> str:
        """Add it to a graph."""
        one = self.one.write(g, f"{name}/1x1", of)
        three = self.three.write(g, f"{name}/3x3", self.narrow3.write(g, f"{name}/3x3_narrow", of))
        five = self.five.write(g, f"{name}/5x5", self.narrow5.write(g, f"{name}/5x5_narrow", of))
        near = g("MaxPool", f"{name}/pool", of, kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
        pooled = self.pooled.write(g, f"{name}/pool_1x1", near)
        return g("Concat", f"{name}/side_by_side", one, three, five, pooled, axis=1)


class Inception(nn.Module):
    """Photos (N,3,32,32) → scores (N,10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = Unit(3, 32), Unit(32, 48)
        self.first = nn.ModuleList([Block(48, 32, 48, 16, 16), Block(112, 32, 64, 16, 16)])
        self.second = nn.ModuleList([Block(128, 48, 96, 24, 24), Block(192, 48, 96, 24, 24)])
        self.head = nn.Linear(192, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv2(self.conv1(x)), 2)
        for block in self.first:
            x = block(x)
        x = F.max_pool2d(x, 2)
        for block in self.second:
            x = block(x)
        return self.head(x.mean((2, 3)))

    def write(self, g: Network, of: str) -> str:
        """Add it to a graph; → scores."""
        half = {"kernel_shape": [2, 2], "strides": [2, 2]}
        x = self.conv2.write(g, "conv2", self.conv1.write(g, "conv1", of))
        for stage, blocks in enumerate((self.first, self.second), 1):
            x = g("MaxPool", f"pool{stage}", x, **half)
            for number, block in enumerate(blocks, 1):
                x = block.write(g, f"inception{stage}{'ab'[number - 1]}", x)
        return ended(g, x, self.head)


if __name__ == "__main__":
    torch.manual_seed(1)
    cifar.main(Inception(), ABOUT, HERE, epochs=30, rate=0.3)
