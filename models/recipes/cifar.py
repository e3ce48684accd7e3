"""Train a network on the photos of CIFAR-10: one recipe for all of them, for two cores and no GPU.

One-cycle SGD with Nesterov momentum and label smoothing; channels last, bfloat16 where numbers are
many and the processor has it; photos are mirrored and cut out at random, and a square of them may
be hidden. A first part of the steps may look at crops of 24×24, which cost little more than half of
the whole photos of 32×32 that the rest looks at, but some accuracy. What is written is the running
average of the weights; no checkpoint is picked by its score.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from graphs import Network, complain_unless_equal, run
from torch import Tensor, nn
from training import Training, arguments, count, needed

FILE = "cifar10-jpeg.zip"
CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
SAMPLES = [  # that lie beside the files; made small out of scikit-image's
    {"file": "cat.png", "title": "Cat", "title.zh": "猫", "credit": "Stefan van der Walt, CC0"},
    {"file": "coffee.png", "title": "Coffee", "title.zh": "咖啡", "credit": "Rachel Michetti, CC0"},
]
BATCH, EPOCH = 128, 391  # steps of one epoch
SMALL, WHOLE = 24, 32


class Photos(NamedTuple):
    """images (N,3,32,32) as bytes, labels (N,)."""

    images: Tensor
    labels: Tensor


def load(folder: Path, part: str) -> Photos:
    """Read the photos of "train" or "test"."""
    from PIL import Image

    images, labels = [], []
    with zipfile.ZipFile(needed(folder, FILE)) as archive:
        for name in sorted(archive.namelist()):
            if f"{part}/" not in name or not name.lower().endswith((".jpg", ".jpeg")):
                continue
            label = CLASSES.index(name.split("/")[-2])
            with Image.open(io.BytesIO(archive.read(name))) as image:
                images.append(np.asarray(image.convert("RGB")))
            labels.append(label)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
    return Photos(pixels, torch.tensor(labels))


def cut(images: Tensor, size: int) -> Tensor:
    """Each photo cut out at random, half of them mirrored: bytes (N,3,32,32) → (N,3,size,size)."""
    n = len(images)
    whole = size == WHOLE
    padded = F.pad(images.float(), (4,) * 4, mode="reflect").byte() if whole else images
    room = padded.shape[-1] - size + 1
    y, x = torch.randint(room, (2, n, 1))
    side = torch.arange(size)
    columns = torch.where(torch.rand(n, 1) < 0.5, side, size - 1 - side) + x
    rows = (side + y)[:, None, :, None]
    chosen = padded[torch.arange(n)[:, None, None, None], torch.arange(3)[:, None, None],
                    rows, columns[:, None, None, :]]  # fmt: skip
    return chosen.float().div_(255).contiguous(memory_format=torch.channels_last)


def hidden(photos: Tensor, side: int) -> Tensor:
    """Each photo (N,3,H,W) with a square at random places painted over in the mean colour."""
    n, _, height, width = photos.shape
    top, left = torch.randint(height + side - 1, (2, n, 1)) - (side - 1)  # partly outside, some
    rows, columns = torch.arange(height) - top, torch.arange(width) - left
    row, column = ((at >= 0) & (at < side) for at in (rows, columns))
    square = (row[:, :, None] & column[:, None, :])[:, None]
    return torch.where(square, torch.tensor(MEAN).view(1, 3, 1, 1), photos)


class Whole(nn.Module):
    """A network with the photos' mean and deviation before it: (N,3,H,W) in 0..1 → scores."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.net((x - self.mean) / self.deviation)


def written(whole: Whole, name: str, *, short: bool = False) -> Network:
    """The graph: mean and deviation, the network, softmax. short: see `Network`."""
    g = Network(name, short=short)
    x = g.input("photo", "float", ["N", 3, WHOLE, WHOLE])
    x = g("Sub", "centred", x, g.weight("mean", whole.mean.numpy()))
    x = g("Div", "scaled", x, g.weight("deviation", whole.deviation.numpy()))
    g("Softmax", "probabilities", whole.net.write(g, x), axis=1)
    g.output("probabilities", "float", ["N", len(CLASSES)])
    return g


def told(about: Mapping[str, str]) -> dict[str, Any]:
    """What a file says of its photos and classes."""
    picture = {"kind": "picture", "size": [WHOLE, WHOLE], "channels": 3, "range": [0, 1]}
    return {
        **about,
        "input": {**picture, "samples": SAMPLES},
        "labels": list(CLASSES),
        "output": {"kind": "classification", "tensor": "probabilities"},
    }


def main(
    net: nn.Module, about: Mapping[str, str], folder: Path, epochs: int, rate: float,
    crops: float = 0.0, hide: int = 0, short: bool = False,
) -> None:  # fmt: skip
    """Load, train, write, score.

    crops: the share of steps that look at crops; hide: the side of a hidden square, in pixels;
    short: the file's weights take eight bits each.
    """
    given = arguments(f"Train {about['title']} on CIFAR-10.", folder, epochs=epochs)
    train = load(given.data, "train")
    whole = Whole(net).to(memory_format=torch.channels_last)
    print(f"{count(net.parameters()):,} parameters")
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim == 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 5e-4}, {"params": plain, "weight_decay": 0.0}],
        lr=rate, momentum=0.9, nesterov=True,
    )  # fmt: skip
    has_bfloat16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()  # else float32 is much faster
    steps = EPOCH * given.epochs
    training = Training(whole, optimizer, steps, given.checkpoint, decay=0.998)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        turn = torch.Generator().manual_seed(step // EPOCH)
        order = torch.randperm(len(train.labels), generator=turn)
        at = (step % EPOCH) * BATCH
        chosen = order[at : at + BATCH]
        size = SMALL if step < crops * steps else WHOLE
        photos = cut(train.images[chosen], size)
        return hidden(photos, hide) if hide else photos, train.labels[chosen]

    def loss_of(pair: tuple[Tensor, Tensor]) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16):
            scores = whole(pair[0])
        return F.cross_entropy(scores.float(), pair[1], label_smoothing=0.1)

    trained = training.run(batch, loss_of, clip=5.0)
    written(trained, folder.name, short=short).save(given.out, told(about))
    test = load(given.data, "test")
    pictures = test.images.float() / 255
    with torch.no_grad():
        expected = trained(pictures[:100]).softmax(1)
    complain_unless_equal(given.out, {"photo": pictures[:100]}, "probabilities", expected)
    read = torch.cat(
        [run(given.out, {"photo": some}, "probabilities").argmax(1) for some in pictures.split(500)]
    )
    print(f"accuracy: {(read == test.labels).float().mean():.2%} of {len(read):,} unseen photos")
