"""EfficientNet-Lite0 from the weights that PyTorch wrote: an ONNX file with weights of eight bits.

Tan, Le: *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*, 2019. Lite0 is
its smallest member, made for phones: no squeeze-and-excitation, Relu6 instead of Swish.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..photo import square
from .graph import Graph
from .weights import read_weights

SIZE = 224
_MIDDLE, _SPREAD = 127, 128  # of the pixels that it was trained on
_EPSILON = 1e-3
# kernel, stride, blocks of each stage
_STAGES = ((3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1))

ABOUT = {
    "description": "Says which of 1,000 things a photo shows, most of them animals and household "
    "things, as those of ImageNet are.",
    "author": "Mingxing Tan and Quoc V. Le; weights for PyTorch by ML Illustrated",
    "input": {
        "kind": "picture",
        "size": [SIZE, SIZE],
        "channels": 3,
        "range": [0, 1],
        "mean": [round(_MIDDLE / 255, 6)] * 3,
        "deviation": [round(_SPREAD / 255, 6)] * 3,
        "samples": [
            {"file": "coffee.png", "title": "Coffee", "title.zh": "咖啡",
             "credit": "Rachel Michetti, CC0"},
            {"file": "chelsea.png", "title": "Cat", "title.zh": "猫",
             "credit": "Stefan van der Walt, CC0"},
            {"file": "rocket.jpg", "title": "Rocket", "title.zh": "火箭",
             "credit": "SpaceX, public domain"},
        ],
    },
    "output": {"kind": "classification", "tensor": "probabilities"},
}  # fmt: skip


def convert(weights: bytes, classes: bytes, about: Mapping[str, Any]) -> bytes:
    """The ONNX file. classes: the script that names them; about: what the file says of itself."""
    labels = class_names(classes.decode("utf-8"))
    writer = _Writer(read_weights(weights))
    g = writer.graph
    x = writer.layer("stem", "input", "_conv_stem", "_bn0", stride=2)
    number = 0
    for stage, (kernel, stride, blocks) in enumerate(_STAGES, 1):
        for block in range(1, blocks + 1):
            x = writer.block(
                f"stage{stage}/block{block}", x, f"_blocks.{number}.", kernel,
                stride if block == 1 else 1,
            )  # fmt: skip
            number += 1
    x = writer.layer("head", x, "_conv_head", "_bn1")
    x = g("Flatten", "flatten", g("GlobalAveragePool", "pool", x), axis=1)
    w = g.short("logits.weight", writer.weights["_fc.weight"])
    b = g.weight("logits.bias", writer.weights["_fc.bias"])
    x = g("Softmax", "probabilities", g("Gemm", "logits", x, w, b, transB=1), axis=1)
    return g.file(x, [1, len(labels)], {**about, "labels": labels})


def class_names(script: str) -> list[str]:
    """The first name of each class, out of a script with a table of them, in order."""
    rows = re.findall(r"^\s+(\d+): ((?:['\"].*['\"](?: \+\s*)?\s*)+),?$", script, re.M)
    names = {
        int(number): "".join(re.findall(r"'([^']*)'|\"([^\"]*)\"", text)[0])
        for number, text in rows
    }
    return [names[number].partition(",")[0] for number in range(len(names))]


class _Writer:
    """Layers of convolution, batch norm and Relu6, with the weights of one file."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.graph = Graph("efficientnet_lite0", [1, 3, SIZE, SIZE])
        self.graph.weight("zero", np.array(0, np.float32))
        self.graph.weight("six", np.array(6, np.float32))

    def layer(
        self, name: str, x: str, conv: str, norm: str, stride: int = 1, relu: bool = True
    ) -> str:
        """Convolution, batch norm, and Relu6 where there is one."""
        g, w = self.graph, self.weights[f"{conv}.weight"]
        side = w.shape[-1]
        group = w.shape[0] if w.shape[1] == 1 else 1
        x = g(
            "Conv", name, x, g.short(f"{name}.weight", w), kernel_shape=[side, side],
            strides=[stride, stride], pads=[side // 2] * 4, group=group,
        )  # fmt: skip
        parts = ("weight", "bias", "running_mean", "running_var")
        given = [g.weight(f"{name}.norm.{p}", self.weights[f"{norm}.{p}"]) for p in parts]
        x = g("BatchNormalization", f"{name}.norm", x, *given, epsilon=_EPSILON)
        return g("Clip", f"{name}.relu6", x, "zero", "six") if relu else x

    def block(self, name: str, x: str, of: str, kernel: int, stride: int) -> str:
        """Widen, filter each map by itself, narrow; what came in is added where it fits."""
        came = x
        if f"{of}_expand_conv.weight" in self.weights:
            x = self.layer(f"{name}/widen", x, f"{of}_expand_conv", f"{of}_bn0")
        x = self.layer(f"{name}/filter", x, f"{of}_depthwise_conv", f"{of}_bn1", stride)
        x = self.layer(f"{name}/narrow", x, f"{of}_project_conv", f"{of}_bn2", relu=False)
        w = self.weights
        before = w.get(f"{of}_expand_conv.weight", w[f"{of}_depthwise_conv.weight"])
        channels = before.shape[1] if f"{of}_expand_conv.weight" in w else before.shape[0]
        same = stride == 1 and channels == w[f"{of}_project_conv.weight"].shape[0]
        return self.graph("Add", f"{name}/add", x, came) if same else x


def prepared(pixels: np.ndarray) -> np.ndarray:
    """A photo (rows, columns, channels) as the network takes it (1,3,224,224)."""
    seen = (square(pixels[..., :3], SIZE) - _MIDDLE) / _SPREAD
    return np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32)
