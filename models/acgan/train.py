"""Train a generator of digits and the discriminator that it has to convince, and write both.

    python models/acgan/train.py --data ../shared/data

An auxiliary-classifier GAN: the generator draws a digit from its label and 32 random numbers, the
discriminator says whether a picture is real and which digit it shows. Writes `acgan.onnx`: label
and noise → picture → what the discriminator makes of it. Ends with how many of 1,000 such digits
`models/lenet/lenet.onnx` reads as what was asked for, from the *written file*.
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
from tqdm import tqdm
from training import arguments, count, one_cycle

NOISE, BATCH, STEPS = 32, 64, 150  # steps of one epoch
ABOUT = {
    "title": "ACGAN",
    "description": "Draws the digit that it is asked for, each time another one; a second network "
    "says whether the drawing looks real, and reads it.",
    "license": "MIT",
    "source": "models/acgan/train.py",
}


class Generator(nn.Module):
    """Label as one of ten (N,10) and noise (N,32) → pictures (N,1,28,28) in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.seed = nn.Linear(10 + NOISE, 48 * 49)
        self.norm0, self.norm1, self.norm2 = (nn.BatchNorm2d(n) for n in (48, 32, 16))
        self.paint1 = nn.ConvTranspose2d(48, 32, 4, stride=2, padding=1, bias=False)
        self.paint2 = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False)
        self.ink = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, label: Tensor, noise: Tensor) -> Tensor:
        x = self.seed(torch.cat([label, noise], 1)).view(-1, 48, 7, 7)
        x = F.relu(self.norm1(self.paint1(F.relu(self.norm0(x)))))
        return torch.sigmoid(self.ink(F.relu(self.norm2(self.paint2(x)))))


class Discriminator(nn.Module):
    """Pictures → scores: real (N,1), which digit (N,10)."""

    def __init__(self) -> None:
        super().__init__()
        self.look1 = nn.Conv2d(1, 16, 4, stride=2, padding=1)
        self.look2 = nn.Conv2d(16, 32, 4, stride=2, padding=1)
        self.look3 = nn.Conv2d(32, 64, 3, stride=2, padding=1)
        self.real, self.digit = nn.Linear(64 * 16, 1), nn.Linear(64 * 16, 10)
        self.drop = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in (self.look1, self.look2, self.look3):
            x = self.drop(F.leaky_relu(layer(x), 0.2))
        x = x.flatten(1)
        return self.real(x), self.digit(x)


def written(maker: Generator, judge: Discriminator) -> Network:
    """The generator, and behind it the discriminator; batch norms are kept as layers."""
    g = Network("acgan")
    label = g.input("label", "float", ["N", 10])
    noise = g.input("noise", "float", ["N", NOISE])

    def norm(name: str, of: str, layer: nn.BatchNorm2d) -> str:
        parts = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
        names = ("scale", "shift", "mean", "variance")
        weights = [g.weight(f"{name}.{n}", p) for n, p in zip(names, parts, strict=True)]
        g("BatchNormalization", name, of, *weights, epsilon=layer.eps)
        return g("Relu", f"{name}.relu", name)

    def learned(op: str, name: str, of: str, layer: nn.Module, **given: object) -> str:
        weights = [g.weight(f"{name}.{n}", p) for n, p in layer.named_parameters()]
        return g(op, name, of, *weights, **given)

    half = {"kernel_shape": [4, 4], "strides": [2, 2], "pads": [1, 1, 1, 1]}
    x = g("Concat", "generator/asked", label, noise, axis=1)
    x = learned("Gemm", "generator/seed", x, maker.seed, transB=1)
    x = g("Reshape", "generator/as_maps", x, g.integers("maps", 0, 48, 7, 7))
    x = norm("generator/seed.norm", x, maker.norm0)
    x = norm(
        "generator/paint1.norm",
        learned("ConvTranspose", "generator/paint1", x, maker.paint1, **half),
        maker.norm1,
    )
    x = norm(
        "generator/paint2.norm",
        learned("ConvTranspose", "generator/paint2", x, maker.paint2, **half),
        maker.norm2,
    )
    x = learned("Conv", "generator/ink", x, maker.ink, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    x = g("Sigmoid", "picture", x)
    layers = (
        (judge.look1, half),
        (judge.look2, half),
        (judge.look3, {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    )
    for number, (layer, given) in enumerate(layers, 1):
        x = learned("Conv", f"discriminator/look{number}", x, layer, **given)
        x = g("LeakyRelu", f"discriminator/look{number}.leaky", x, alpha=0.2)
    x = g("Flatten", "discriminator/in_a_row", x)
    g("Sigmoid", "real", learned("Gemm", "discriminator/real", x, judge.real, transB=1))
    learned("Gemm", "discriminator/digit", x, judge.digit, transB=1)
    g("Softmax", "digit", "discriminator/digit", axis=-1)
    g.output("picture", "float", ["N", 1, 28, 28])
    g.output("real", "float", ["N", 1])
    g.output("digit", "float", ["N", 10])
    return g


def main() -> None:
    """Load, train, write, score."""
    given = arguments("Train an ACGAN of digits.", Path(__file__).parent, epochs=80)
    train, _ = digits.load(given.data)
    maker, judge = Generator(), Discriminator()
    print(f"{count(maker.parameters()):,} + {count(judge.parameters()):,} parameters")
    average = torch.optim.swa_utils.AveragedModel(
        maker, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimizers = [
        torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.99))
        for net, rate in ((maker, 1e-3), (judge, 5e-4))
    ]
    parts = {"maker": maker, "judge": judge, "average": average,
             "making": optimizers[0], "judging": optimizers[1]}  # fmt: skip
    first = _restored(given.checkpoint, parts)
    steps = STEPS * given.epochs
    bar = tqdm(range(first, steps), initial=first, total=steps, mininterval=5)
    since = 0
    for step in bar:
        torch.manual_seed(1_000_003 * (step + 1))
        for optimizer, highest in zip(optimizers, (1e-3, 5e-4), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = highest * one_cycle(step, steps, warm=0.02)
        real, labels = _drawn(train)
        asked = torch.randint(10, (BATCH,))
        made = maker(F.one_hot(asked, 10).float(), torch.randn(BATCH, NOISE))
        seen, read = judge(real)
        seen_made, read_made = judge(made.detach())
        judged = (
            F.softplus(-seen).mean() + F.softplus(seen_made).mean()
            + F.cross_entropy(read, labels) + 0.2 * F.cross_entropy(read_made, asked)
        )  # fmt: skip
        _stepped(optimizers[1], judged)
        seen_made, read_made = judge(made)
        convinced = F.softplus(-seen_made).mean() + F.cross_entropy(read_made, asked)
        _stepped(optimizers[0], convinced)
        average.update_parameters(maker)
        since += 1
        if since == 400:
            since = 0
            bar.set_postfix(judge=f"{judged.item():.2f}", maker=f"{convinced.item():.2f}")
            state = {name: part.state_dict() for name, part in parts.items()}
            torch.save({**state, "step": step + 1}, given.checkpoint.with_suffix(".new"))
            given.checkpoint.with_suffix(".new").replace(given.checkpoint)
    trained = average.module.eval()
    told = {
        **ABOUT,
        "inputs": {"label": {"kind": "one of", "labels": [str(d) for d in range(10)]},
                   "noise": {"kind": "noise"}},
        "output": {"kind": "picture", "tensor": "picture", "range": [0, 1]},
    }  # fmt: skip
    written(trained, judge.eval()).save(given.out, told)
    torch.manual_seed(0)
    asked, noise = torch.arange(1000) % 10, torch.randn(1000, NOISE)
    feeds = {"label": F.one_hot(asked, 10).float(), "noise": noise}
    with torch.no_grad():
        complain_unless_equal(given.out, feeds, "picture", trained(feeds["label"], noise))
    pictures = run(given.out, feeds, "picture")
    lenet = Path(__file__).parents[1] / "lenet" / "lenet.onnx"
    read = run(lenet, {"input": pictures}, "probabilities").argmax(1)
    print(f"read by lenet as what was asked for: {(read == asked).float().mean():.1%} of 1,000")


def _drawn(train: digits.Digits) -> tuple[Tensor, Tensor]:
    chosen = torch.randint(len(train.labels), (BATCH,))
    return digits.nudged(train.images[chosen]), train.labels[chosen]


def _stepped(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def _restored(checkpoint: Path, parts: dict[str, nn.Module | torch.optim.Optimizer]) -> int:
    if not checkpoint.is_file():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    print(f"going on after step {state['step']}")
    return int(state["step"])


if __name__ == "__main__":
    main()
