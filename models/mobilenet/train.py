"""Train a small MobileNet on the photos of CIFAR-10 and write it as an ONNX file.

    python models/mobilenet/train.py --data ../shared/data

Blocks that widen, look at each map by itself, and narrow again (Sandler and others:
*MobileNetV2: Inverted Residuals and Linear Bottlenecks*, 2018), narrow and for small photos. The
recipe is that of `models/recipes/cifar.py`. Ends with the accuracy on the 10,000 test photos, of
the *written file*, run by onnxruntime.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import cifar
from graphs import Network
from units import Unit, ended

HERE = Path(__file__).parent
ABOUT = {
    "title": "MobileNet, small",
    "description": "Tells ten kinds of things on small photos apart, with little work: each block "
    "widens, looks at every map by itself, and narrows again.",
    "license": "MIT",
    "source": "models/mobilenet/train.py",
}
STAGES = ((16, 1, 1), (32, 3, 4), (64, 4, 4), (96, 1, 4))  # width, blocks, how many times inside


class Block(nn.Module):
    """Widen by 1×1, look by 3×3 at each map alone, narrow by 1×1; then add what came in.

    The first block does not widen: at the full size of the photo maps are dear.
    """

    def __init__(self, before: int, after: int, stride: int, times: int) -> None:
        super().__init__()
        inside = times * before
        self.widen = Unit(before, inside, 1, then="Relu6") if times > 1 else None
        self.look = Unit(inside, inside, 3, stride, groups=inside, then="Relu6")
        self.narrow = Unit(inside, after, 1, then="")
        self.adds = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.widen is None else self.widen(x)
        y = self.narrow(self.look(wide))
        return x + y if self.adds else y

    def write(self, g: Network, name: str, of: str) -> str:
        """Add it to a graph."""
        x = of if self.widen is None else self.widen.write(g, f"{name}/widen", of)
        x = self.narrow.write(g, f"{name}/narrow", self.look.write(g, f"{name}/depthwise3x3", x))
        return g("Add", f"{name}/add", of, x) if self.adds else x


class MobileNet(nn.Module):
    """Photos (N,3,32,32) → scores (N,10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Unit(3, 32, then="Relu6")
        blocks, before = {}, 32
        for stage, (width, many, times) in enumerate(STAGES, 1):
            for number in range(1, many + 1):
                stride = 2 if number == 1 and stage in (2, 3) else 1
                blocks[f"stage{stage}/block{number}"] = Block(before, width, stride, times)
                before = width
        self.blocks = nn.ModuleDict(blocks)
        self.conv2 = Unit(96, 256, 1, then="Relu6")
        self.head = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        for block in self.blocks.values():
            x = block(x)
        return self.head(self.conv2(x).mean((2, 3)))

    def write(self, g: Network, of: str) -> str:
        """Add it to a graph; → scores."""
        x = self.conv1.write(g, "conv1", of)
        for name, block in self.blocks.items():
            x = block.write(g, name, x)
        return ended(g, self.conv2.write(g, "conv2", x), self.head)


if __name__ == "__main__":
    torch.manual_seed(1)
    cifar.main(MobileNet(), ABOUT, HERE, epochs=30, rate=0.3)
