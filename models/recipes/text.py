"""Plays as characters: which there are, batches of lines, and how well a network foretells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from training import needed

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
