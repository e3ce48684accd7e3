"""Train LeNet-5 on handwritten digits and write it as a clean ONNX file.

    python models/lenet/train.py --data ../shared/data --out models/lenet/lenet.onnx

The script reads `mnist.npz` from the data folder, trains on its 10,000 training images alone,
takes the averaged weights at the end of the last epoch (no checkpoint is picked by its score),
and prints the accuracy of the *written file*, run by onnxruntime. The same seed on the same
machine writes the same bytes. `--holdout 2000` keeps that many training images aside and scores
those instead of the test set: use it to try settings, so that the test set stays unseen.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

try:
    import numpy as np
    import onnx
    import onnxruntime
    import torch
    import torch.nn.functional as F
    from handwriting import augment, move, restroke
    from onnx import TensorProto, helper, numpy_helper
    from torch import Tensor, nn
except ModuleNotFoundError as missing:
    raise SystemExit(
        f"Training needs {missing.name}, which is not installed here. "
        'In the root of the repository, run: pip install ".[dev,train]"'
    ) from None

BATCH = 100
DATA_FILE = "mnist.npz"
METADATA = {
    "title": "LeNet-5",
    "description": "A small convolutional network that reads one handwritten digit: two rounds of "
    "looking for strokes and shrinking the picture, then three dense layers that vote.",
    "input": json.dumps(
        {
            "kind": "drawing",
            "size": [28, 28],
            "range": [0, 1],
            "ink": 1,
            "center": "mass",
            "box": 20,
        }
    ),
    "labels": json.dumps([str(digit) for digit in range(10)]),
    "output": json.dumps({"kind": "classification", "tensor": "probabilities"}),
    "license": "MIT",
    "source": "models/lenet/train.py",
}


class Digits(NamedTuple):
    """Pictures of digits and what they show: images (N,1,28,28) in 0..1, labels (N,)."""

    images: Tensor
    labels: Tensor


# --- data ---------------------------------------------------------------------------------------


def load_digits(folder: Path) -> tuple[Digits, Digits]:
    """Read the training and the test digits; leave with one sentence if they are not there."""
    path = folder / DATA_FILE
    if not path.is_file():
        raise SystemExit(
            f"The training data is missing: no {DATA_FILE} in {folder}. "
            "Name the folder that holds it: --data FOLDER"
        )
    with np.load(path) as arrays:
        try:
            return _digits(arrays, "train"), _digits(arrays, "test")
        except KeyError as absent:
            raise SystemExit(f"{path} holds no array {absent.args[0]}") from None


def _digits(arrays: np.lib.npyio.NpzFile, part: str) -> Digits:
    images = torch.from_numpy(arrays[f"{part}_images"]).float().div(255).unsqueeze(1)
    return Digits(images, torch.from_numpy(arrays[f"{part}_labels"]).long())


def hold_out(train: Digits, count: int) -> tuple[Digits, Digits]:
    """Split the last `count` training digits off, to score settings without the test set."""
    if not 0 < count < len(train.labels):
        raise SystemExit(f"--holdout must leave some of the {len(train.labels)} training images")
    return (
        Digits(train.images[:-count], train.labels[:-count]),
        Digits(train.images[-count:], train.labels[-count:]),
    )


# --- training -----------------------------------------------------------------------------------


def lenet() -> nn.Sequential:
    """LeNet-5: images (N,1,28,28) → logits (N,10), 61,706 weights."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def batches(digits: Digits) -> Iterator[Digits]:
    """Deal out all digits once, shuffled and augmented, BATCH at a time."""
    for chosen in torch.randperm(len(digits.labels)).split(BATCH):
        images, labels = digits.images[chosen], digits.labels[chosen]
        yield Digits(augment(images, labels), labels)


def train(digits: Digits, *, epochs: int) -> nn.Module:
    """Train with AdamW on a one-cycle schedule; return the running average of the weights."""
    net = lenet()
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998)
    )
    steps = epochs * math.ceil(len(digits.labels) / BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps, pct_start=0.15)
    began = time.perf_counter()
    for epoch in range(1, epochs + 1):
        total = 0.0
        for images, labels in batches(digits):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(net)
            total += loss.item() * len(labels)
        if epoch == 1 or epoch % 10 == 0 or epoch == epochs:
            seconds = time.perf_counter() - began
            print(f"epoch {epoch}/{epochs}: loss {total / len(digits.labels):.4f}, {seconds:.0f} s")
    return shortened(average.module.eval())


@torch.no_grad()
def shortened(net: nn.Module) -> nn.Module:
    """Round every weight to 12 significant bits, in place.

    Trailing zeros are what makes the file a third smaller on its way to a page; the rounding
    (one part in 8,192 at most) changes no answer on the test images.
    """
    for weight in net.parameters():
        bits = weight.view(torch.int32)
        bits.copy_(bits + 0x800 & ~0xFFF)
    return net


# --- the file -----------------------------------------------------------------------------------


def to_onnx(net: nn.Module) -> onnx.ModelProto:
    """Write the trained weights as thirteen plainly named nodes, with every shape recorded."""
    weights = _named_weights(net)
    graph = helper.make_graph(
        _nodes(),
        "lenet",
        inputs=[helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 1, 28, 28])],
        outputs=[helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])],
        initializer=[numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="tensorama",
    )
    helper.set_model_props(model, METADATA)
    model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
    return model


def _named_weights(net: nn.Module) -> dict[str, np.ndarray]:
    """Give the weights their layers' names: conv1.weight, conv1.bias, … fc3.bias."""
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    names = ["conv1", "conv2", "fc1", "fc2", "fc3"]
    return {
        f"{name}.{kind}": getattr(layer, kind).detach().numpy()
        for name, layer in zip(names, layers, strict=True)
        for kind in ("weight", "bias")
    }


def _nodes() -> list[onnx.NodeProto]:
    """Chain the layers: each takes the tensor before it and its own weights, if it has any."""
    five, half = {"kernel_shape": [5, 5]}, {"kernel_shape": [2, 2], "strides": [2, 2]}
    chain: list[tuple[str, str, str, dict[str, Any]]] = [
        ("conv1", "Conv", "conv1", five | {"pads": [2, 2, 2, 2]}),
        ("relu1", "Relu", "relu1", {}),
        ("pool1", "MaxPool", "pool1", half),
        ("conv2", "Conv", "conv2", five),
        ("relu2", "Relu", "relu2", {}),
        ("pool2", "MaxPool", "pool2", half),
        ("flatten", "Flatten", "flatten", {"axis": 1}),
        ("fc1", "Gemm", "fc1", {"transB": 1}),
        ("relu3", "Relu", "relu3", {}),
        ("fc2", "Gemm", "fc2", {"transB": 1}),
        ("relu4", "Relu", "relu4", {}),
        ("fc3", "Gemm", "logits", {"transB": 1}),
        ("softmax", "Softmax", "probabilities", {"axis": 1}),
    ]
    nodes, before = [], "input"
    for name, operator, output, attributes in chain:
        weights = [f"{name}.weight", f"{name}.bias"] if operator in ("Conv", "Gemm") else []
        nodes.append(
            helper.make_node(operator, [before, *weights], [output], name=name, **attributes)
        )
        before = output
    return nodes


# --- scores -------------------------------------------------------------------------------------


def probabilities(path: Path, images: Tensor) -> Tensor:
    """Run the written file with onnxruntime: images (N,1,28,28) → (N,10)."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (result,) = session.run(["probabilities"], {"input": images.numpy()})
    return torch.from_numpy(result)


def error_percent(path: Path, digits: Digits) -> float:
    """Percentage of digits that the written file reads wrong."""
    wrong = probabilities(path, digits.images).argmax(dim=1) != digits.labels
    return 100 * wrong.float().mean().item()


def report(path: Path, net: nn.Module, digits: Digits) -> None:
    """Print how well the written file reads, also when the digits are nudged about."""
    with torch.no_grad():
        expected = net(digits.images[:500]).softmax(dim=1)
    torch.testing.assert_close(
        probabilities(path, digits.images[:500]), expected, rtol=1e-4, atol=1e-5
    )
    count = len(digits.labels)
    print(f"accuracy: {100 - error_percent(path, digits):.2f} % of {count} unseen images")
    nudges = {
        "shifted by up to 1 pixel": {"pixels": 1.0},
        "shifted by up to 2 pixels": {"pixels": 2.0},
        "turned by up to 10 degrees": {"degrees": 10.0},
        "turned by up to 20 degrees": {"degrees": 20.0},
        "stretched by up to 15 %": {"stretch": 0.14},
        "slanted by up to 0.2": {"shear": 0.2},
    }
    for words, strength in nudges.items():
        moved = Digits(move(digits.images, **strength), digits.labels)
        print(f"error, {words}: {error_percent(path, moved):.2f} %")
    redrawn = Digits(restroke(digits.images), digits.labels)
    print(f"error, redrawn with another pen: {error_percent(path, redrawn):.2f} %")


# --- command line -------------------------------------------------------------------------------


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description="Train LeNet-5 and write lenet.onnx.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=here / "lenet.onnx", metavar="FILE")
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="part of what fixes the bytes")
    parser.add_argument(
        "--holdout",
        type=int,
        default=0,
        metavar="COUNT",
        help="score on this many training images instead of the test set",
    )
    return parser.parse_args()


def main() -> None:
    """Load, train, write, score."""
    arguments = parse_arguments()
    if not arguments.out.parent.is_dir():
        raise SystemExit(
            f"There is no folder {arguments.out.parent} to write {arguments.out.name} in"
        )
    train_digits, test_digits = load_digits(arguments.data)
    if arguments.holdout:
        train_digits, test_digits = hold_out(train_digits, arguments.holdout)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    torch.use_deterministic_algorithms(True)
    net = train(train_digits, epochs=arguments.epochs)
    onnx.save(to_onnx(net), arguments.out)
    print(f"wrote {arguments.out}: {arguments.out.stat().st_size:,} bytes")
    report(arguments.out, net, test_digits)


if __name__ == "__main__":
    main()
