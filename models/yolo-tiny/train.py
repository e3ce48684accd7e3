"""Train a small one-stage detector that finds digits in a scene, and write it as an ONNX file.

    python models/yolo-tiny/train.py --data ../shared/data

As YOLOv2 does: one look at the picture gives, for each cell of a grid of 12×12 and each of two
anchors, a box, whether there is something, and what. The scenes are made by
`models/recipes/scenes.py`. Ends with mAP@0.5 on 1,000 scenes of digits that it has not seen, of
the *written file*.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import digits
from graphs import Network, complain_unless_equal, run
from scenes import SIZE, Scenes, scenes
from scoring import mean_average_precision, suppressed
from training import Training, arguments, count
from units import Unit

HERE = Path(__file__).parent
BATCH, STEPS = 32, 100  # steps of one epoch
CELL, CELLS = 8, SIZE // 8
ANCHORS = ((10.0, 20.0), (20.0, 30.0))  # width and height in pixels
HELD_OUT = 1000
ABOUT = {
    "title": "YOLO, tiny",
    "description": "Finds handwritten digits of any size in a scene with one look: each cell of a "
    "grid says where a digit stands around it, how sure it is, and which digit it is.",
    "license": "MIT",
    "source": "models/yolo-tiny/train.py",
    "input": {"kind": "drawing", "size": [SIZE, SIZE], "range": [0, 1], "ink": 1, "center": "none",
              "box": 28},
    "labels": [str(digit) for digit in range(10)],
    "output": {"kind": "boxes", "boxes": "boxes", "scores": "scores", "raw": "raw",
               "grid": [CELLS, CELLS], "anchors": ANCHORS, "score": 0.3, "iou": 0.45},
}  # fmt: skip


class Detector(nn.Module):
    """Pictures (N,1,96,96) → raw numbers (N,2·15,12,12): x, y, width, height, there, ten kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.ModuleDict(
            {
                "conv1": Unit(1, 16, stride=2, then="LeakyRelu"),
                "conv2": Unit(16, 32, stride=2, then="LeakyRelu"),
                "conv3": Unit(32, 64, stride=2, then="LeakyRelu"),
                "conv4": Unit(64, 64, then="LeakyRelu"),
                "conv5": Unit(64, 96, then="LeakyRelu"),
                "conv6": Unit(96, 96, then="LeakyRelu"),
            }
        )
        self.head = nn.Conv2d(96, len(ANCHORS) * 15, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        for unit in self.trunk.values():
            x = unit(x)
        return self.head(x)


def corners() -> Tensor:
    """The left top corner of each prediction's cell in pixels: (288,2), anchor by anchor."""
    y, x = torch.meshgrid(torch.arange(CELLS), torch.arange(CELLS), indexing="ij")
    return torch.stack([x, y], 2).view(-1, 2).repeat(len(ANCHORS), 1).float() * CELL


def shapes() -> Tensor:
    """The anchor of each prediction: (288,2)."""
    return torch.tensor(ANCHORS).repeat_interleave(CELLS * CELLS, 0)


def rows(raw: Tensor) -> Tensor:
    """(N,30,12,12) → (N,288,15), anchor by anchor, row by row."""
    return raw.view(len(raw), len(ANCHORS), 15, -1).transpose(2, 3).flatten(1, 2)


def boxes_of(each: Tensor) -> Tensor:
    """Predictions (N,288,15) → boxes (N,288,4) as left, top, right, bottom in pixels."""
    center = corners() + each[..., :2].sigmoid() * CELL
    half = shapes() * each[..., 2:4].clamp(-4, 4).exp() * 0.5
    return torch.cat([center - half, center + half], 2)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap of each box with its partner: (…,4), (…,4) → (…)."""
    shared = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(
        0
    )
    area = [(x[..., 2:] - x[..., :2]).prod(-1) for x in (a, b)]
    return shared.prod(-1) / (area[0] + area[1] - shared.prod(-1)).clamp(min=1e-6)


def loss_of(net: Detector, batch: Scenes) -> Tensor:
    """Each true box belongs to the cell of its centre and the anchor that is most like it."""
    each = rows(net(batch.pictures))
    scene, number = (batch.digits >= 0).nonzero(as_tuple=True)
    true, kind = batch.boxes[scene, number], batch.digits[scene, number]
    size = true[:, 2:] - true[:, :2]
    column, row = ((true[:, :2] + true[:, 2:]) / 2 / CELL).long().clamp(0, CELLS - 1).unbind(1)
    anchors = torch.tensor(ANCHORS)
    shared = torch.minimum(size[:, None], anchors).prod(2)
    likeness = shared / (size.prod(1)[:, None] + anchors.prod(1) - shared)
    place = likeness.argmax(1) * CELLS * CELLS + row * CELLS + column
    chosen = each[scene, place]
    boxes = boxes_of(each)
    there = torch.zeros(each.shape[:2])
    there[scene, place] = 1
    best = torch.stack(
        [iou(boxes[n, :, None], batch.boxes[n, None]).amax(1) for n in range(len(boxes))]
    )
    counts = (there > 0) | (best.detach() < 0.5)  # a good box of another cell is no mistake
    sure = F.binary_cross_entropy_with_logits(each[..., 4], there, reduction="none")
    mine = boxes[scene, place]
    off = (1 - iou(mine, true)) + 0.05 * F.smooth_l1_loss(mine, true, reduction="none").mean(1)
    named = F.cross_entropy(chosen[:, 5:], kind, reduction="none")
    return ((sure * counts).sum() + (2 * off + named).sum()) / len(kind)


def written(net: Detector) -> Network:
    """The graph: the trunk, the raw maps, and how boxes and scores come of them."""
    g = Network("yolo-tiny")
    x = g.input("picture", "float", ["N", 1, SIZE, SIZE])
    for name, unit in net.trunk.items():
        x = unit.write(g, name, x)
    weights = (g.weight(f"raw.{n}", getattr(net.head, n)) for n in ("weight", "bias"))
    g("Conv", "raw", x, *weights, kernel_shape=[1, 1])
    g("Reshape", "decode/by_anchor", "raw", g.integers("by_anchor", 0, len(ANCHORS), 15, CELLS**2))
    g("Transpose", "decode/turned", "decode/by_anchor", perm=[0, 1, 3, 2])
    g("Reshape", "decode/rows", "decode/turned", g.integers("rows", 0, -1, 15))
    axis = g.integers("last", 2)

    def part(name: str, start: int, end: int) -> str:
        ends = g.integers(f"{name}.from", start), g.integers(f"{name}.to", end)
        return g("Slice", f"decode/{name}", "decode/rows", *ends, axis)

    place = g("Sigmoid", "decode/in_cell", part("place", 0, 2))
    place = g("Mul", "decode/in_pixels", place, g.weight("cell", torch.tensor(float(CELL)).numpy()))
    center = g("Add", "decode/center", g.weight("corners", corners().numpy()), place)
    limits = (g.weight(f"limit{n}", torch.tensor(float(n)).numpy()) for n in (-4, 4))
    size = g("Clip", "decode/size.kept", part("size", 2, 4), *limits)
    half = g.weight("half_anchors", (shapes() * 0.5).numpy())
    half = g("Mul", "decode/half", g("Exp", "decode/times", size), half)
    low, high = g("Sub", "decode/low", center, half), g("Add", "decode/high", center, half)
    g("Concat", "boxes", low, high, axis=2)
    there = g("Sigmoid", "decode/there", part("sure", 4, 5))
    kind = g("Softmax", "decode/kind", part("kinds", 5, 15), axis=-1)
    g("Mul", "scores", there, kind)
    g.output("boxes", "float", ["N", len(ANCHORS) * CELLS**2, 4])
    g.output("scores", "float", ["N", len(ANCHORS) * CELLS**2, 10])
    g.output("raw", "float", ["N", len(ANCHORS) * 15, CELLS, CELLS])
    return g


def main() -> None:
    """Load, train, write, score."""
    given = arguments("Train a detector of digits.", HERE, epochs=45)
    train, test = digits.load(given.data)
    net = Detector()
    print(f"{count(net.parameters()):,} parameters")
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    training = Training(net, optimizer, STEPS * given.epochs, given.checkpoint, decay=0.998)
    trained = training.run(
        lambda step: scenes(train, BATCH), lambda batch: loss_of(net, batch), clip=10.0
    )
    written(trained).save(given.out, ABOUT)
    torch.manual_seed(0)
    unseen = scenes(test, HELD_OUT)
    with torch.no_grad():
        expected = boxes_of(rows(trained(unseen.pictures[:50])))
    complain_unless_equal(given.out, {"picture": unseen.pictures[:50]}, "boxes", expected)
    feeds = {"picture": unseen.pictures}
    boxes, scores = (run(given.out, feeds, name).numpy() for name in ("boxes", "scores"))
    found = [suppressed(*pair) for pair in zip(boxes, scores, strict=True)]
    there = [
        (boxes[kinds >= 0].numpy(), kinds[kinds >= 0].numpy())
        for boxes, kinds in zip(unseen.boxes, unseen.digits, strict=True)
    ]
    print(f"mAP@0.5: {mean_average_precision(found, there, 10):.4f} on {HELD_OUT} unseen scenes")


if __name__ == "__main__":
    main()
