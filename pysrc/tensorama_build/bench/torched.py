"""PyTorch's way back through the networks of `explain`, where PyTorch is installed.

The same layers with random weights: how long a backward pass takes depends on the shapes alone.
"""

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

REPEATS = 6


def backward_ms(network: str) -> float | None:
    """The median time from a number of the answer to the gradient of the input; None without
    PyTorch, or for a network that is not written down here."""
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    if network not in _NETWORKS:
        return None
    torch.manual_seed(0)
    torch.set_num_threads(1)
    build, shape = _NETWORKS[network]
    model = build(torch.nn).eval().requires_grad_(False)
    times = []
    for _ in range(REPEATS):
        x = torch.rand(shape, requires_grad=True)
        y = model(x).max()
        started = perf_counter()
        torch.autograd.grad(y, x)
        times.append(1000 * (perf_counter() - started))
    return round(statistics.median(times[1:]), 2)


def _lenet(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def _resnet50(nn: Any) -> Any:
    class Bottleneck(nn.Module):
        def __init__(self, come: int, wide: int, stride: int) -> None:
            super().__init__()
            self.way = nn.Sequential(
                *_conv(nn, come, wide, 1), nn.ReLU(), *_conv(nn, wide, wide, 3, stride),
                nn.ReLU(), *_conv(nn, wide, 4 * wide, 1),
            )  # fmt: skip
            same = come == 4 * wide and stride == 1
            self.skip = nn.Identity() if same else nn.Sequential(
                *_conv(nn, come, 4 * wide, 1, stride)
            )  # fmt: skip

        def forward(self, x: Any) -> Any:
            return nn.functional.relu(self.way(x) + self.skip(x))

    layers, come = [*_conv(nn, 3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for wide, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(count):
            layers.append(Bottleneck(come, wide, stride if number == 0 else 1))
            come = 4 * wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def _conv(nn: Any, come: int, go: int, size: int, stride: int = 1) -> list[Any]:
    return [nn.Conv2d(come, go, size, stride, size // 2, bias=False), nn.BatchNorm2d(go)]


_NETWORKS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "lenet": (_lenet, (1, 1, 28, 28)),
    "resnet50": (_resnet50, (1, 3, 224, 224)),
}
