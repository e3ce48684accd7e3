"""Make the gradients that whole networks are compared with: PyTorch's, of the networks in
`tests/engine/exports` and of the demo LeNet.

Needs PyTorch (the extra `train`); running the tests needs only the files this writes:

    PYTHONPATH=pysrc:tests python tests/explain/autograd/make.py [NAME …]

A network is made with the seed of its export and run in float64 with everything that its functions
give watched. PyTorch's tensors are found again among those of the export by their values, its
parameters among the weights. Of large gradients some cells are kept, and the length of the whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

import tensorama as tr
from engine.exports import make as exports

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[3]
MOST = 120  # cells that are kept of a gradient


class LeNet(nn.Module):
    """The demo network, its layers named as in its file."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc2(F.relu(self.fc1(torch.flatten(x, 1)))))
        return torch.softmax(self.fc3(x), 1)


class Caught(Exception):
    """A network and its inputs on the way to the exporter."""


class Watched(TorchFunctionMode):
    """Keeps the gradient of all that PyTorch's functions give."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        made = function(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else [made]:
            if isinstance(tensor, Tensor) and tensor.requires_grad and not tensor.is_leaf:
                tensor.retain_grad()
                self.seen.append(tensor)
        return made


def network(name: str) -> tuple[nn.Module, dict[str, Tensor], Path]:
    """The network as it was exported, inputs for it, and the file."""
    if name == "lenet":
        path, net = ROOT / "models" / "lenet" / "lenet.onnx", LeNet()
        weights = tr.load(path).graph.weights
        net.load_state_dict({key: torch.tensor(weights[key].copy()) for key in net.state_dict()})
        image = torch.zeros(1, 1, 28, 28)
        image[0, 0, 5, 6:21] = image[0, 0, 5:24, 19] = 1
        return net, {"input": image + torch.rand(image.shape) / 8}, path
    torch.onnx.export = _catch
    try:
        exports.NETWORKS[name]()
    except Caught as caught:
        net, inputs, names = caught.args
        return net, dict(zip(names, inputs, strict=True)), exports.HERE / f"{name}.onnx"
    raise SystemExit(f"{name} is not exported by PyTorch")


def _catch(net: nn.Module, inputs: Any, file: Any, *, input_names: Any, **_: Any) -> None:
    raise Caught(net, inputs, input_names)


def expected(name: str) -> dict[str, np.ndarray]:
    """The feeds, the cell, and PyTorch's gradients by the names of the export."""
    torch.manual_seed(0)
    net, inputs, path = network(name)
    net = net.double().eval()
    feeds = {key: value.numpy() for key, value in inputs.items()}
    trace = tr.load(path).run(feeds)
    wide = {
        key: value.double().requires_grad_() if value.is_floating_point() else value
        for key, value in inputs.items()
    }
    with Watched() as watched:
        result = net(*wide.values())
    result = result[0] if isinstance(result, tuple) else result
    output = next(iter(trace.outputs))
    index = tuple(size // 2 for size in result.shape)
    result[index].backward()
    file: dict[str, np.ndarray] = {f"feed/{key}": value for key, value in feeds.items()}
    file["cell"] = np.array([output, *map(str, index)])
    pairs = [(t.detach().numpy(), t.grad.numpy()) for t in watched.seen if t.grad is not None]
    pairs += [(t.detach().numpy(), t.grad.numpy()) for t in wide.values() if t.requires_grad]
    found = dict(_alike({**trace}, pairs))
    weights = [_pair(p) for p in net.parameters() if p.grad is not None]
    turned = [(p.T, g.T) for p, g in weights if p.ndim == 2]
    stacked = [pair for module in net.modules() for pair in _stacked(module)]
    stored = dict(_alike(trace.model.graph.weights, weights + turned + stacked))
    for key, gradient in {**found, **stored}.items():
        flat = gradient.reshape(-1)
        places = np.arange(flat.size)
        if flat.size > MOST:
            places = np.sort(np.random.default_rng(0).choice(flat.size, MOST, replace=False))
            file[f"places/{key}"] = places.astype(np.int32)
        file[f"gradient/{key}"] = flat[places].astype(np.float32)
        file[f"length/{key}"] = np.array(np.linalg.norm(flat), np.float32)
    print(
        f"{name}: {len(found)} of {len(trace)} tensors of {len(trace.steps)} nodes, {len(stored)} "
        f"of {len(trace.model.graph.weights)} weights, {len(weights)} parameters"
    )
    return file


def _pair(parameter: Tensor) -> tuple[np.ndarray, np.ndarray]:
    gradient = parameter.grad
    assert gradient is not None
    return parameter.detach().numpy(), gradient.numpy()


_ORDERS = {nn.LSTM: (0, 3, 1, 2), nn.GRU: (1, 0, 2)}  # ONNX's gates among PyTorch's


def _stacked(module: nn.Module) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The weights of a recurrent layer as ONNX stacks them: directions, gates in its order."""
    order = _ORDERS.get(type(module))
    for layer in range(module.num_layers if order else 0):
        ends = ("", "_reverse") if module.bidirectional else ("",)
        for kinds in (["weight_ih"], ["weight_hh"], ["bias_ih", "bias_hh"]):
            sides = [
                [_pair(getattr(module, f"{kind}_l{layer}{end}")) for kind in kinds] for end in ends
            ]
            yield tuple(
                np.stack(
                    [np.concatenate([_dealt(p[which], order) for p in side]) for side in sides]
                )
                for which in (0, 1)
            )


def _dealt(array: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    parts = np.split(array, len(order))
    return np.concatenate([parts[gate] for gate in order])


def _alike(
    arrays: Any, pairs: list[tuple[np.ndarray, np.ndarray]]
) -> Iterator[tuple[str, np.ndarray]]:
    """For each array the gradient of the one that is like it, unless two with others are."""
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or array.size < 2:
            continue
        twins = [
            n for n, other in arrays.items()
            if n != name and (_equal(array, other) or _equal(array.T, other))
        ]  # fmt: skip
        alike = [gradient for value, gradient in pairs if _equal(array, value)]
        if alike and not twins and all(np.allclose(alike[0], g, 1e-6, 1e-9) for g in alike):
            yield name, alike[0]


def _equal(one: np.ndarray, other: Any) -> bool:
    if not isinstance(other, np.ndarray) or one.shape != other.shape:
        return False
    return bool(np.allclose(one, other, 1e-4, 1e-5))


NETWORKS = (
    "lenet", "residual", "depthwise", "unet", "vit", "gpt", "gpt_attention", "gpt_scripted",
    "bert", "lstm", "gru",
)  # fmt: skip

if __name__ == "__main__":
    torch.set_num_threads(1)
    for chosen in sys.argv[1:] or NETWORKS:
        np.savez_compressed(HERE / f"{chosen}.npz", **expected(chosen))
