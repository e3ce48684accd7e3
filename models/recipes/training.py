"""What all training scripts share: a command line, a bar, and going on after an interruption."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

SAVED_EVERY = 60.0  # seconds


def arguments(about: str, folder: Path, *, epochs: int, seed: int = 1) -> argparse.Namespace:
    """Read the command line that all scripts have."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=folder / f"{folder.name}.onnx", metavar="FILE")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(f"{folder.name}.checkpoint.pt"),
        metavar="FILE",
        help="where to save once a minute, and to go on from",
    )
    given = parser.parse_args()
    if not given.out.parent.is_dir():
        raise SystemExit(f"There is no folder {given.out.parent} to write {given.out.name} in")
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    return given


def needed(folder: Path, name: str) -> Path:
    """A file of the data folder; leave with one sentence if it is not there."""
    path = folder / name
    if not path.is_file():
        raise SystemExit(
            f"The training data is missing: no {name} in {folder}. "
            "Name the folder that holds it: --data FOLDER"
        )
    return path


def one_cycle(step: int, steps: int, warm: float = 0.1, last: float = 0.02) -> float:
    """The share of the highest learning rate at a step: up along a line, down along a cosine."""
    at = step / max(1, steps)
    if at < warm:
        return max(at / warm, last)
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * (at - warm) / (1 - warm)))


class Training:
    """Steps of an optimizer on a one-cycle schedule, saved once a minute.

    `average` is the running average of the weights; it is what is written at the end. No checkpoint
    is ever picked by its score.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: torch.optim.Optimizer,
        steps: int,
        checkpoint: Path,
        decay: float = 0.999,
    ) -> None:
        self.net, self.optimizer, self.steps, self.checkpoint = net, optimizer, steps, checkpoint
        self.average = torch.optim.swa_utils.AveragedModel(
            net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay), use_buffers=True
        )
        self.highest = [group["lr"] for group in optimizer.param_groups]
        self.step, self.extra = 0, {}
        self._saved = time.monotonic()
        if checkpoint.is_file():
            self._load()

    def run(
        self, batch: Callable[[int], Any], loss_of: Callable[[Any], Tensor], clip: float = 1.0
    ) -> nn.Module:
        """Train to the end; `batch(step)` gives the step's data. → the averaged network."""
        self.net.train()
        recent = 0.0
        bar = tqdm(range(self.step, self.steps), initial=self.step, total=self.steps, mininterval=5)
        for step in bar:
            rate = one_cycle(step, self.steps)
            for group, highest in zip(self.optimizer.param_groups, self.highest, strict=True):
                group["lr"] = highest * rate
            torch.manual_seed(1_000_003 * (step + 1))  # the same after an interruption
            self.optimizer.zero_grad(set_to_none=True)
            loss = loss_of(batch(step))
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.parameters(), clip)
            self.optimizer.step()
            self.average.update_parameters(self.net)
            value = loss.item()
            recent = value if not recent else 0.98 * recent + 0.02 * value
            bar.set_postfix(loss=f"{recent:.4f}", refresh=False)
            self.step = step + 1
            if time.monotonic() - self._saved > SAVED_EVERY:
                self._save()
        self._save()
        return self.average.module.eval()

    def _save(self) -> None:
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "steps": self.steps,
        }
        beside = self.checkpoint.with_suffix(".new")
        torch.save(state, beside)
        beside.replace(self.checkpoint)  # whole or not at all
        self._saved = time.monotonic()

    def _load(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        if state["steps"] > self.steps:  # more steps go on where fewer ended
            raise SystemExit(
                f"{self.checkpoint} is of a training of {state['steps']} steps, not {self.steps}. "
                "Delete it, or name another with --checkpoint FILE"
            )
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        print(f"going on after step {self.step} of {self.steps}")


def count(parameters: Iterable[Tensor]) -> int:
    """How many numbers are learned."""
    return sum(parameter.numel() for parameter in parameters)
