"""Plays as characters: which there are, batches of lines, how a network learns to foretell them and
how well it does."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from graphs import Network, complain_unless_equal, run
from torch import Tensor, nn
from training import Training, count, needed

FILE = "tinyshakespeare.txt"


class Text(NamedTuple):
    """A text as numbers: the characters in order, and the numbers of its two parts."""

    characters: str
    train: Tensor
    validation: Tensor


def load(folder: Path) -> Text:
    """Read the plays: the first nine tenths to learn from, the last to be tested on."""
    text = needed(folder, FILE).read_text("utf-8")
    characters = "".join(sorted(set(text)))
    number = {character: place for place, character in enumerate(characters)}
    numbers = torch.tensor([number[character] for character in text])
    split = int(0.9 * len(numbers))
    return Text(characters, numbers[:split], numbers[split:])


def lines(numbers: Tensor, many: int, length: int) -> tuple[Tensor, Tensor]:
    """Stretches from random places, (many, length), and what follows each of their characters."""
    starts = torch.randint(len(numbers) - length - 1, (many,))
    rows = numbers[starts[:, None] + torch.arange(length + 1)]
    return rows[:, :-1], rows[:, 1:]


def windows(numbers: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """The whole text once, cut into stretches, and what follows each character."""
    many = (len(numbers) - 1) // length
    rows = numbers[: many * length].view(many, length)
    return rows, numbers[1 : many * length + 1].view(many, length)


def loss(probabilities: Callable[[Tensor], Tensor], tokens: Tensor, following: Tensor) -> float:
    """The mean of -log of what was given to the character that came, in nats."""
    total = 0.0
    for given, came in zip(tokens.split(64), following.split(64), strict=True):
        total -= probabilities(given).gather(2, came[..., None]).double().log().sum().item()
    return total / following.numel()


def metadata(about: Mapping[str, str], text: Text, length: int) -> dict[str, Any]:
    """What the file says of itself: its characters, and how much it can look back."""
    return {
        **about,
        "input": {"kind": "text", "length": length, "characters": text.characters},
        "labels": list(text.characters),
        "output": {"kind": "next character", "tensor": "probabilities"},
    }


def train(
    given: Namespace,
    about: Mapping[str, str],
    made: Callable[[int], nn.Module],
    written: Callable[[Any, str], Network],
    *,
    length: int,
    batch: int,
    steps: int,
    **adam: Any,
) -> None:
    """Train a network to say which character comes next, write it as a file, and score that file.

    made(count): a network for so many characters; written(net, characters): its graph. `batch`
    stretches of `length` characters a step, `steps` an epoch; adam: settings of the optimizer.
    """
    plays = load(given.data)
    net = made(len(plays.characters))
    print(f"{count(net.parameters()):,} parameters")
    optimizer = torch.optim.AdamW(net.parameters(), **adam)
    training = Training(net, optimizer, steps * given.epochs, given.checkpoint, decay=0.998)

    def loss_of(some: tuple[Tensor, Tensor]) -> Tensor:
        tokens, following = some
        return F.cross_entropy(net(tokens).flatten(0, 1), following.flatten())

    trained = training.run(lambda step: lines(plays.train, batch, length), loss_of)
    written(trained, plays.characters).save(given.out, metadata(about, plays, length))
    tokens, following = windows(plays.validation, length)
    with torch.no_grad():
        expected = trained(tokens[:4]).softmax(-1)
    complain_unless_equal(given.out, {"tokens": tokens[:4]}, "probabilities", expected)
    score = loss(lambda t: run(given.out, {"tokens": t}, "probabilities"), tokens, following)
    print(f"validation loss: {score:.4f} nats per character")
