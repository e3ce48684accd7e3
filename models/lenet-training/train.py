"""Train LeNet-5 and keep how it was at eleven moments, from random to trained.

    python models/lenet-training/train.py --data ../shared/data

The network, the augmentation and the schedule are those of `models/lenet/train.py`; the moments
lie close together at first, where most is learned. Writes `step-00000.onnx` and so on (the
weights themselves, not their running average, so that one sees what a training sees) and
`film.json` with step, loss and accuracy of each, as measured with onnxruntime on the *written
files*.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.extend(str(Path(__file__).parents[1] / name) for name in ("recipes", "lenet"))

import digits
from graphs import Network, complain_unless_equal, run
from handwriting import augment
from torch import nn
from training import Training, arguments, count

HERE = Path(__file__).parent
BATCH, STEPS = 100, 100  # steps of one epoch
MOMENTS = (0, 10, 25, 50, 100, 200, 400, 700, 1200, 2000)  # and the last step
LAYERS = {"conv1": 0, "conv2": 3, "fc1": 7, "fc2": 9, "fc3": 11}
ABOUT = {
    "description": "LeNet-5 while it learns to read digits: one of eleven moments, from random "
    "numbers to a network that reads.",
    "license": "MIT",
    "source": "models/lenet-training/train.py",
    "input": {"kind": "drawing", "size": [28, 28], "range": [0, 1], "ink": 1, "center": "mass",
              "box": 20},
    "labels": [str(digit) for digit in range(10)],
    "output": {"kind": "classification", "tensor": "probabilities"},
}  # fmt: skip


def lenet() -> nn.Sequential:
    """LeNet-5: images (N,1,28,28) → logits (N,10), 61,706 weights."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def written(weights: dict[str, Tensor]) -> Network:
    """The graph of `models/lenet`, with these weights."""
    g = Network("lenet")
    x = g.input("input", "float", ["N", 1, 28, 28])

    def learned(op: str, name: str, of: str, made: str, **given: object) -> str:
        kinds = [
            (f"{name}.{kind}", weights[f"{LAYERS[name]}.{kind}"]) for kind in ("weight", "bias")
        ]
        return g(op, made, of, *(g.weight(*kind) for kind in kinds), **given)

    for number, pad in ((1, 2), (2, 0)):
        x = learned(
            "Conv", f"conv{number}", x, f"conv{number}", kernel_shape=[5, 5], pads=[pad] * 4
        )
        x = g("Relu", f"relu{number}", x)
        x = g("MaxPool", f"pool{number}", x, kernel_shape=[2, 2], strides=[2, 2])
    x = g("Flatten", "flatten", x, axis=1)
    x = g("Relu", "relu3", learned("Gemm", "fc1", x, "fc1", transB=1))
    x = g("Relu", "relu4", learned("Gemm", "fc2", x, "fc2", transB=1))
    g("Softmax", "probabilities", learned("Gemm", "fc3", x, "fc3", transB=1), axis=1)
    g.output("probabilities", "float", ["N", 10])
    return g


def main() -> None:
    """Load, train, write each moment, score it."""
    given = arguments("Train LeNet-5 and keep eleven moments.", HERE, epochs=50)
    train, test = digits.load(given.data)
    net = lenet()
    print(f"{count(net.parameters()):,} parameters")
    steps = STEPS * given.epochs
    kept_at = given.checkpoint.with_suffix(".moments.pt")
    kept = torch.load(kept_at, weights_only=True) if given.checkpoint.is_file() else {}
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    training = Training(net, optimizer, steps, given.checkpoint)

    def keep(step: int) -> None:
        kept[str(step)] = {name: value.clone() for name, value in net.state_dict().items()}
        torch.save(kept, kept_at)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        if step in MOMENTS:
            keep(step)
        chosen = torch.randint(len(train.labels), (BATCH,))
        labels = train.labels[chosen]
        return augment(train.images[chosen], labels), labels

    training.run(batch, lambda pair: F.cross_entropy(net(pair[0]), pair[1]))
    keep(steps)
    film = []
    for step in (*MOMENTS, steps):
        path = given.out.with_name(f"step-{step:05}.onnx")
        title = f"LeNet-5 after {step} steps" if step else "LeNet-5 before it has learned"
        weights = kept[str(step)]
        written(weights).save(path, {"title": title, **ABOUT})
        net.load_state_dict(weights)
        net.eval()
        with torch.no_grad():
            expected = net(test.images[:200]).softmax(1)
        complain_unless_equal(path, {"input": test.images[:200]}, "probabilities", expected)
        given_to = run(path, {"input": test.images}, "probabilities")
        right = (given_to.argmax(1) == test.labels).float().mean().item()
        loss = F.nll_loss(given_to.clamp_min(1e-12).log(), test.labels).item()
        film.append({"step": step, "file": path.name, "loss": round(loss, 4),
                     "accuracy": round(100 * right, 2)})  # fmt: skip
        print(f"step {step}: accuracy {100 * right:.2f} %, loss {loss:.4f}")
    given.out.with_name("film.json").write_text(json.dumps(film, indent=1) + "\n")


if __name__ == "__main__":
    main()
