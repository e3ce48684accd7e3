"""Train an autoencoder that keeps only two numbers of a digit, and draws it again from them.

    python models/autoencoder/train.py --data ../shared/data

Writes `autoencoder.onnx` (picture → two numbers → picture) and `decoder.onnx`, its second half, to
walk through the plane of the two numbers. Ends with the mean squared error on the 10,000 test
digits, of the *written file*, run by onnxruntime.
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
from training import Training, arguments, count
from units import Unit, dense

HERE = Path(__file__).parent
BATCH, STEPS = 100, 100  # steps of one epoch
DRAWN = {"kind": "drawing", "size": [28, 28], "range": [0, 1], "ink": 1, "center": "mass",
         "box": 20}  # fmt: skip
PLANE = {"kind": "plane", "range": [-3, 3]}
PICTURE = {"kind": "picture", "tensor": "picture", "range": [0, 1]}
ABOUT = {
    "title": "Autoencoder",
    "description": "Squeezes a drawn digit into two numbers and draws it again from them: what is "
    "alike comes to lie side by side.",
    "license": "MIT",
    "source": "models/autoencoder/train.py",
    "input": DRAWN,
    "output": PICTURE,
}
HALF = {
    **ABOUT,
    "title": "Decoder of the autoencoder",
    "description": "Draws a digit from two numbers: the second half of the autoencoder, to walk "
    "through the plane of all that it can draw.",
    "input": PLANE,
}


class Autoencoder(nn.Module):
    """Pictures (N,1,28,28) in 0..1 → two numbers (N,2) → scores of ink (N,1,28,28)."""

    def __init__(self) -> None:
        super().__init__()
        self.look1, self.look2 = Unit(1, 16, stride=2), Unit(16, 32, stride=2)
        self.look3 = Unit(32, 64, stride=2)
        self.squeeze, self.two_numbers = nn.Linear(64 * 16, 64), nn.Linear(64, 2)
        self.think, self.widen = nn.Linear(2, 128), nn.Linear(128, 32 * 49)
        self.paint1 = nn.ConvTranspose2d(32, 32, 4, stride=2, padding=1)
        self.paint2 = nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.ink = nn.Conv2d(16, 1, 3, padding=1)

    def encode(self, x: Tensor) -> Tensor:
        """The two numbers of each picture."""
        x = self.look3(self.look2(self.look1(x))).flatten(1)
        return self.two_numbers(F.relu(self.squeeze(x)))

    def decode(self, two: Tensor) -> Tensor:
        """Scores of ink, before the sigmoid."""
        x = F.relu(self.widen(F.relu(self.think(two)))).view(-1, 32, 7, 7)
        return self.ink(F.relu(self.paint2(F.relu(self.paint1(x)))))

    def write_encoder(self, g: Network, of: str) -> str:
        """Add the first half to a graph."""
        for number, unit in enumerate((self.look1, self.look2, self.look3), 1):
            of = unit.write(g, f"encoder/look{number}", of)
        x = dense(g, "encoder/squeeze", g("Flatten", "encoder/in_a_row", of), self.squeeze)
        return dense(g, "two_numbers", g("Relu", "encoder/squeeze.relu", x), self.two_numbers)

    def write_decoder(self, g: Network, of: str) -> None:
        """Add the second half to a graph; it ends in the output."""
        x = g("Relu", "decoder/think.relu", dense(g, "decoder/think", of, self.think))
        x = g("Relu", "decoder/widen.relu", dense(g, "decoder/widen", x, self.widen))
        x = g("Reshape", "decoder/as_maps", x, g.integers("maps", 0, 32, 7, 7))
        for number, layer in enumerate((self.paint1, self.paint2), 1):
            name = f"decoder/paint{number}"
            x = convolved(g, "ConvTranspose", name, x, layer, [4, 4], strides=[2, 2])
            x = g("Relu", f"{name}.relu", x)
        g("Sigmoid", "picture", convolved(g, "Conv", "decoder/ink", x, self.ink, [3, 3]))
        g.output("picture", "float", ["N", 1, 28, 28])


def convolved(
    g: Network, op: str, name: str, of: str, layer: nn.Module, size: list[int], **given: object
) -> str:
    """Add a convolution with weights and bias to a graph."""
    weights = [g.weight(f"{name}.{kind}", value) for kind, value in layer.named_parameters()]
    return g(op, name, of, *weights, kernel_shape=size, pads=[1, 1, 1, 1], **given)


def main() -> None:
    """Load, train, write both files, score."""
    given = arguments("Train an autoencoder of digits.", HERE, epochs=80)
    train, test = digits.load(given.data)
    net = Autoencoder()
    print(f"{count(net.parameters()):,} parameters")
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.01)
    training = Training(net, optimizer, STEPS * given.epochs, given.checkpoint, decay=0.998)

    def batch(step: int) -> Tensor:
        return digits.nudged(train.images[torch.randint(len(train.images), (BATCH,))])

    def loss_of(images: Tensor) -> Tensor:
        two = net.encode(images)
        blurred = two + 0.05 * torch.randn_like(two)  # neighbours on the plane shall look alike
        drawn = F.binary_cross_entropy_with_logits(net.decode(blurred), images)
        return drawn + 1e-3 * two.square().mean()

    trained = training.run(batch, loss_of, clip=1.0)
    whole, half = Network("autoencoder"), Network("decoder")
    trained.write_decoder(whole, trained.write_encoder(whole, whole.input(
        "input", "float", ["N", 1, 28, 28])))  # fmt: skip
    whole.output("two_numbers", "float", ["N", 2])
    whole.save(given.out, ABOUT)
    trained.write_decoder(half, half.input("two_numbers", "float", ["N", 2]))
    half.save(given.out.with_name("decoder.onnx"), HALF)
    with torch.no_grad():
        expected = torch.sigmoid(trained.decode(trained.encode(test.images[:200])))
    complain_unless_equal(given.out, {"input": test.images[:200]}, "picture", expected)
    again = run(given.out, {"input": test.images}, "picture")
    two = run(given.out, {"input": test.images}, "two_numbers")
    print(f"two numbers: {two.amin(0).tolist()} to {two.amax(0).tolist()}, deviation "
          f"{two.std(0).tolist()}")  # fmt: skip
    mean = F.mse_loss(train.images.mean(0, keepdim=True).expand_as(test.images), test.images)
    print(f"mean squared error {F.mse_loss(again, test.images):.4f} on the 10,000 test digits "
          f"(the mean picture always: {mean:.4f})")  # fmt: skip


if __name__ == "__main__":
    main()
