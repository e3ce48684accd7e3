"""What networks for pictures are built of, and how it is written: convolution, norm, activation."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from graphs import Network
from torch import Tensor, nn


class Unit(nn.Module):
    """A convolution, its batch norm and what follows: "Relu", "LeakyRelu", "Relu6" or nothing."""

    def __init__(
        self, before: int, after: int, size: int = 3, stride: int = 1, groups: int = 1,
        then: str = "Relu",
    ) -> None:  # fmt: skip
        super().__init__()
        self.conv = nn.Conv2d(before, after, size, stride, size // 2, groups=groups, bias=False)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.norm = nn.BatchNorm2d(after)
        self.then = then

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self._convolved(x))
        if self.then == "LeakyRelu":
            return F.leaky_relu(x, 0.1)
        if self.then == "Relu6":
            return F.relu6(x)
        return F.relu(x) if self.then == "Relu" else x

    def _convolved(self, x: Tensor) -> Tensor:
        if self.conv.groups == 1 or not torch.is_autocast_enabled("cpu"):
            return self.conv(x)
        with torch.autocast("cpu", enabled=False):  # map by map, a processor is faster in float32
            return self.conv(x.float()).bfloat16()

    def write(self, g: Network, name: str, of: str) -> str:
        """Add it to a graph; the batch norm stays a node of its own."""
        conv = self.conv
        size, stride, pad = (side(getattr(conv, n)) for n in ("kernel_size", "stride", "padding"))
        weight = g.weight(f"{name}.weight", conv.weight)
        g("Conv", name, of, weight, kernel_shape=[size] * 2, strides=[stride] * 2,
          pads=[pad] * 4, group=conv.groups)  # fmt: skip
        x = normed(g, f"{name}.norm", name, self.norm)
        if self.then == "LeakyRelu":
            return g("LeakyRelu", f"{name}.leaky", x, alpha=0.1)
        if self.then == "Relu6":
            least, most = (g.weight(f"limit{n}", np.array(n, np.float32)) for n in (0, 6))
            return g("Clip", f"{name}.relu6", x, least, most)
        return g("Relu", f"{name}.relu", x) if self.then else x


def side(pair: tuple[int, ...]) -> int:
    """One of two equal sides."""
    return pair[0]


def normed(g: Network, name: str, of: str, norm: nn.BatchNorm2d) -> str:
    """A batch norm as it is after training: by the averages that it has kept."""
    parts = {"scale": norm.weight, "shift": norm.bias,
             "mean": norm.running_mean, "variance": norm.running_var}  # fmt: skip
    weights = [g.weight(f"{name}.{part}", value) for part, value in parts.items()]
    return g("BatchNormalization", name, of, *weights, epsilon=norm.eps)


def ended(g: Network, of: str, layer: nn.Linear) -> str:
    """The mean of each map over all places, and a dense layer that votes: (N,C,H,W) → (N,10)."""
    x = g("Flatten", "in_a_row", g("GlobalAveragePool", "mean_of_maps", of))
    return dense(g, "scores", x, layer)


def dense(g: Network, name: str, of: str, layer: nn.Linear) -> str:
    """A dense layer."""
    weights = (g.weight(f"{name}.{n}", getattr(layer, n)) for n in ("weight", "bias"))
    return g("Gemm", name, of, *weights, transB=1)
