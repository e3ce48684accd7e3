"""Train ResNet-20 on the photos of CIFAR-10 and write it as an ONNX file.

    python models/resnet20/train.py --data ../shared/data

Three stages of three blocks; each block adds what it found to what came in (He, Zhang, Ren, Sun:
*Deep Residual Learning for Image Recognition*, 2015; here twice as wide). The recipe is that of
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
    "title": "ResNet-20",
    "description": "Tells ten kinds of things on small photos apart: a residual network, in which "
    "each block adds what it found to what came in.",
    "license": "MIT",
    "source": "models/resnet20/train.py",
}


class Block(nn.Module):
    """Two convolutions, and what came in added to them."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = Unit(before, after, stride=stride), Unit(after, after, then="")
        self.skip = Unit(before, after, 1, stride, then="") if before != after else None

    def forward(self, x: Tensor) -> Tensor:
        way = x if self.skip is None else self.skip(x)
        return F.relu(self.conv2(self.conv1(x)) + way)

    def write(self, g: Network, name: str, of: str) -> str:
        """Add it to a graph."""
        y = self.conv2.write(g, f"{name}/conv2", self.conv1.write(g, f"{name}/conv1", of))
        way = of if self.skip is None else self.skip.write(g, f"{name}/skip", of)
        return g("Relu", f"{name}/relu", g("Add", f"{name}/add", y, way))


class ResNet(nn.Module):
    """Photos (N,3,32,32) → scores (N,10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Unit(3, 32)
        blocks, before = {}, 32
        for stage, width in enumerate((32, 64, 128), 1):
            for number in (1, 2, 3):
                stride = 2 if number == 1 and stage > 1 else 1
                blocks[f"stage{stage}/block{number}"] = Block(before, width, stride)
                before = width
        self.blocks = nn.ModuleDict(blocks)
        self.head = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        for block in self.blocks.values():
            x = block(x)
        return self.head(x.mean((2, 3)))

    def write(self, g: Network, of: str) -> str:
        """Add it to a graph; → scores."""
        x = self.conv1.write(g, "conv1", of)
        for name, block in self.blocks.items():
            x = block.write(g, name, x)
        return ended(g, x, self.head)


if __name__ == "__main__":
    torch.manual_seed(1)
    cifar.main(ResNet(), ABOUT, HERE, epochs=46, rate=0.2, crops=0.5, hide=8, short=True)
