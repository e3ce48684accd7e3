"""Train an LSTM that writes plays, character by character, and write it as an ONNX file.

    python models/lstm-mini/train.py --data ../shared/data

One layer with a memory of 320 cells, trained on the first nine tenths of `tinyshakespeare.txt`.
Ends with the loss on the last tenth, of the *written file*, run by onnxruntime. An interrupted
training goes on where it stopped when the command is given again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import text
from graphs import Network
from training import arguments

WIDTH, MEMORY, LENGTH = 64, 320, 128
BATCH, STEPS = 24, 3000  # steps of one epoch
ABOUT = {
    "title": "LSTM, small",
    "description": "A recurrent network that writes plays: it reads one character after the other, "
    "keeps what matters in a memory of 320 cells, and says which character comes next.",
    "license": "MIT",
    "source": "models/lstm-mini/train.py",
}


class Writer(nn.Module):
    """Characters (N,T) → for each place scores of the next character (N,T,C)."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, WIDTH)
        self.lstm = nn.LSTM(WIDTH, MEMORY, batch_first=True)
        self.head = nn.Linear(MEMORY, characters)
        self.drop = nn.Dropout(0.2)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.lstm(self.characters(tokens))
        return self.head(self.drop(states))


def written(net: Writer, characters: str) -> Network:
    """The network as a graph: embedding, LSTM, dense layer, softmax."""
    g = Network("lstm-mini")
    tokens = g.input("tokens", "int64", ["N", "T"])
    g("Gather", "characters", g.weight("characters.weight", net.characters.weight), tokens)
    g("Transpose", "in_time", "characters", perm=(1, 0, 2))

    def gates(weight: Tensor) -> Tensor:
        """ONNX has the gates as input, output, forget, candidate; torch as i, f, c, o."""
        i, f, c, o = weight.chunk(4)
        return torch.cat([i, o, f, c])

    layer = net.lstm
    w = g.weight("lstm.weight", gates(layer.weight_ih_l0)[None])
    r = g.weight("lstm.recurrence", gates(layer.weight_hh_l0)[None])
    bias = torch.cat([gates(layer.bias_ih_l0), gates(layer.bias_hh_l0)])[None]
    g("LSTM", "lstm", "in_time", w, r, g.weight("lstm.bias", bias), hidden_size=MEMORY)
    g("Squeeze", "one_way", "lstm", g.integers("direction", 1))
    g("Transpose", "states", "one_way", perm=(1, 0, 2))
    g("MatMul", "head", "states", g.weight("head.weight", net.head.weight.T))
    g("Add", "logits", "head", g.weight("head.bias", net.head.bias))
    g("Softmax", "probabilities", "logits", axis=-1)
    g.output("probabilities", "float", ["N", "T", len(characters)])
    return g


def main() -> None:
    """Load, train, write, score."""
    given = arguments("Train a character LSTM.", Path(__file__).parent, epochs=1)
    text.train(
        given, ABOUT, Writer, written, length=LENGTH, batch=BATCH, steps=STEPS,
        lr=6e-3, weight_decay=0.02,
    )  # fmt: skip


if __name__ == "__main__":
    main()
