"""Whole networks: the gradients of tensors and weights are those that PyTorch gave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tensorama as tr
from engine.kernel_host import host
from tensorama.engine import kernel
from tensorama.explain.gradients import influence

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
EXPECTED = sorted((HERE / "autograd").glob("*.npz"))


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_gradients_of_a_network_are_those_of_autograd(path: Path) -> None:
    _compare(path, runs=1)


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_so_they_are_by_the_kernel_of_a_page(path: Path) -> None:
    """From the second run on a page plays short nodes in one go: what they recorded is the same."""
    with kernel.using(host(relaxed=False)):
        _compare(path, runs=3)


def _compare(path: Path, runs: int) -> None:
    demo, exports = ROOT / "models" / path.stem, ROOT / "tests" / "engine" / "exports"
    model = tr.load((demo if demo.is_dir() else exports) / f"{path.stem}.onnx")
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    feeds = {name[5:]: array for name, array in stored.items() if name.startswith("feed/")}
    tensor, *index = stored["cell"].tolist()
    trace = [model.run(feeds) for _ in range(runs)][-1]
    found = influence(trace, tensor, [int(part) for part in index])
    assert not found.dark
    compared = [name[9:] for name in stored if name.startswith("gradient/")]
    noise = 1e-6 * max(stored[f"length/{name}"] for name in compared)  # of what is truly 0
    wrong = [name for name in compared if not _right(found.get(name), name, stored, noise)]
    assert not wrong
    assert any(name in model.graph.weights for name in compared)


def _right(
    gradient: np.ndarray | None, name: str, stored: dict[str, np.ndarray], noise: float
) -> bool:
    """Whether the cells that were kept are right, to a small part of the largest, and the whole."""
    if gradient is None:
        return not stored[f"length/{name}"].any()
    flat = gradient.reshape(-1).astype(np.float64)
    some = flat[stored[f"places/{name}"]] if f"places/{name}" in stored else flat
    size = np.abs(stored[f"gradient/{name}"]).max()
    close = np.allclose(some, stored[f"gradient/{name}"], 1e-3, 1e-4 * size + noise)
    return bool(close and np.isclose(np.linalg.norm(flat), stored[f"length/{name}"], 1e-3, noise))
