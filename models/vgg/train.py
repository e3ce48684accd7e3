"""Train a small VGG on the photos of CIFAR-10 and write it as an ONNX file.

    python models/vgg/train.py --data ../shared/data

Pairs of 3×3 convolutions, halved by pooling, each pair twice as wide (Simonyan, Zisserman: *Very
Deep Convolutional Networks for Large-Scale Image Recognition*, 2014), narrow and with batch
norms. The recipe is that of `models/recipes/cifar.py`. Ends with the accuracy on the 10,000 test
photos, of the *written file*, run by onnxruntime.
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
from units import Unit, dense

HERE = Path(__file__).parent
ABOUT = {
    "title": "VGG, small",
    "description": "Tells ten kinds of things on small photos apart: nothing but 3×3 "
    "convolutions in a row, halved by pooling and twice as wide each time.",
    "license": "MIT",
    "source": "models/vgg/train.py",
}
WIDTHS = (32, 64, 128)


class VGG(nn.Module):
    """Photos (N,3,32,32) → scores (N,10)."""

    def __init__(self) -> None:
        super().__init__()
        before = (3, *WIDTHS[:-1])
        self.pairs = nn.ModuleList(
            nn.ModuleList([Unit(a, b), Unit(b, b)]) for a, b in zip(before, WIDTHS, strict=True)
        )
        self.fc1, self.head = nn.Linear(WIDTHS[-1], 128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        for first, second in self.pairs:
            x = F.max_pool2d(second(first(x)), 2)
        return self.head(F.relu(self.fc1(x.mean((2, 3)))))

    def write(self, g: Network, of: str) -> str:
        """Add it to a graph; → scores."""
        x = of
        for stage, units in enumerate(self.pairs, 1):
            for number, unit in enumerate(units, 1):
                x = unit.write(g, f"conv{stage}_{number}", x)
            x = g("MaxPool", f"pool{stage}", x, kernel_shape=[2, 2], strides=[2, 2])
        x = g("Flatten", "in_a_row", g("GlobalAveragePool", "mean_of_maps", x))
        return dense(g, "scores", g("Relu", "fc1.relu", dense(g, "fc1", x, self.fc1)), self.head)


if __name__ == "__main__":
    torch.manual_seed(1)
    cifar.main(VGG(), ABOUT, HERE, epochs=20, rate=0.3, crops=0.6)
