"""Train a small U-Net that says of each pixel of a scene which digit it is of; write it as ONNX.

    python models/unet-mini/train.py --data ../shared/data

The scenes are made by `models/recipes/scenes.py`. Ends with the mean IoU over canvas and ten
digits on 500 scenes of digits that it has not seen, of the *written file*.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import digits
from graphs import Network, complain_unless_equal, run
from scenes import SIZE, Scenes, scenes
from scoring import mean_iou
from training import Training, arguments, count
from units import Unit

HERE = Path(__file__).parent
BATCH, STEPS = 16, 100  # steps of one epoch
WIDTHS = (12, 24, 48, 72)
KINDS = 11
HELD_OUT = 500
ABOUT = {
    "title": "U-Net, mini",
    "description": "Says of each pixel of a scene which digit it is of: down to see the whole, up "
    "again to see where, with skips that carry what was seen sharply.",
    "license": "MIT",
    "source": "models/unet-mini/train.py",
    "input": {
        "kind": "drawing",
        "size": [SIZE, SIZE],
        "range": [0, 1],
        "ink": 1,
        "center": "none",
        "box": 28,
    },
    "labels": ["canvas", *(str(digit) for digit in range(10))],
    "output": {"kind": "segmentation", "tensor": "probabilities"},
}


class UNet(nn.Module):
    """Pictures (N,1,96,96) → scores of each pixel (N,11,96,96)."""

    def __init__(self) -> None:
        super().__init__()
        before = (1, *WIDTHS[:-1])
        self.down = nn.ModuleList(
            nn.ModuleList([Unit(a, b), Unit(b, b)]) for a, b in zip(before, WIDTHS, strict=True)
        )
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(WIDTHS)
        )
        self.up = nn.ModuleList(nn.ModuleList([Unit(2 * a, a), Unit(a, a)]) for a in WIDTHS[:-1])
        self.head = nn.Conv2d(WIDTHS[0], KINDS, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept = []
        for number, (first, second) in enumerate(self.down):
            x = second(first(F.max_pool2d(x, 2) if number else x))
            kept.append(x)
        for number in reversed(range(len(self.up))):
            first, second = self.up[number]
            x = second(first(torch.cat([kept[number], self.grow[number](x)], 1)))
        return self.head(x)


def written(net: UNet) -> Network:
    """The graph: down1 to down4, then up3 to up1."""
    g = Network("unet-mini")
    x = g.input("picture", "float", ["N", 1, SIZE, SIZE])
    kept = []
    for number, units in enumerate(net.down, 1):
        at = f"down{number}" if number < len(net.down) else "bottom"
        if number > 1:
            x = g("MaxPool", f"{at}/pool", x, kernel_shape=[2, 2], strides=[2, 2])
        for place, unit in enumerate(units, 1):
            x = unit.write(g, f"{at}/conv{place}", x)
        kept.append(x)
    for number in reversed(range(len(net.up))):
        at, layer = f"up{number + 1}", net.grow[number]
        weights = (g.weight(f"{at}/grow.{n}", getattr(layer, n)) for n in ("weight", "bias"))
        x = g("ConvTranspose", f"{at}/grow", x, *weights, kernel_shape=[2, 2], strides=[2, 2])
        x = g("Concat", f"{at}/skip", kept[number], x, axis=1)
        for place, unit in enumerate(net.up[number], 1):
            x = unit.write(g, f"{at}/conv{place}", x)
    weights = (g.weight(f"scores.{n}", getattr(net.head, n)) for n in ("weight", "bias"))
    g("Conv", "scores", x, *weights, kernel_shape=[1, 1])
    g("Softmax", "probabilities", "scores", axis=1)
    g.output("probabilities", "float", ["N", KINDS, SIZE, SIZE])
    return g


def main() -> None:
    """Load, train, write, score."""
    given = arguments("Train a U-Net on scenes of digits.", HERE, epochs=35)
    train, test = digits.load(given.data)
    net = UNet()
    print(f"{count(net.parameters()):,} parameters")
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.02)
    training = Training(net, optimizer, STEPS * given.epochs, given.checkpoint, decay=0.998)
    weights = torch.tensor([0.4] + [1.0] * 10)

    def loss_of(batch: Scenes) -> Tensor:
        return F.cross_entropy(net(batch.pictures), batch.pixels, weights)

    trained = training.run(lambda step: scenes(train, BATCH), loss_of, clip=5.0)
    written(trained).save(given.out, ABOUT)
    torch.manual_seed(0)
    unseen = scenes(test, HELD_OUT)
    with torch.no_grad():
        expected = trained(unseen.pictures[:20]).softmax(1)
    complain_unless_equal(given.out, {"picture": unseen.pictures[:20]}, "probabilities", expected)
    read = torch.cat(
        [run(given.out, {"picture": some}, "probabilities").argmax(1)
         for some in unseen.pictures.split(50)]
    )  # fmt: skip
    iou = mean_iou(read.numpy(), unseen.pixels.numpy(), KINDS)
    print(f"mean IoU: {iou:.4f} over {KINDS} kinds, on {HELD_OUT} unseen scenes")


if __name__ == "__main__":
    main()
