"""Train a small GPT that writes plays, character by character, and write it as an ONNX file.

    python models/gpt-mini/train.py --data ../shared/data

Four blocks of four heads with learned positions, trained on the first nine tenths of
`tinyshakespeare.txt`. Ends with the loss on the last tenth, of the *written file*, run by
onnxruntime. An interrupted training goes on where it stopped when the command is given again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "recipes"))

import text
from graphs import Network
from training import arguments

WIDTH, HEADS, BLOCKS, LENGTH = 144, 4, 4, 128
BATCH, STEPS = 16, 5000  # steps of one epoch
ABOUT = {
    "title": "GPT, small",
    "description": "A transformer that writes plays: it has read Shakespeare character by "
    "character and says which character comes next, by looking back at those before it.",
    "license": "MIT",
    "source": "models/gpt-mini/train.py",
}


class Attention(nn.Module):
    """Each place asks all places before it what they hold, in several heads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        n, t, _ = x.shape
        q, k, v = (
            part(x).view(n, t, HEADS, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(n, t, WIDTH))


class Block(nn.Module):
    """Attention, then two dense layers; each adds to what came in."""

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.widen, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.attention(self.norm1(x)))
        return x + self.drop(self.narrow(F.gelu(self.widen(self.norm2(x)))))


class GPT(nn.Module):
    """Characters (N,T) → for each place scores of the next character (N,T,C)."""

    def __init__(self, characters: int, drop: float = 0.1) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, WIDTH)
        self.positions = nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(Block(drop) for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters, bias=False)
        self.drop = nn.Dropout(drop)
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=0.02 / (2 if "narrow" in name else 1))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.drop(self.characters(tokens) + self.positions.weight[: tokens.shape[1]])
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def written(net: GPT, characters: str) -> Network:
    """The network as a graph: one name for each thing, blocks as folders."""
    g = Network("gpt-mini")
    tokens = g.input("tokens", "int64", ["N", "T"])
    g("Gather", "characters", g.weight("characters.weight", net.characters.weight), tokens)
    g("Shape", "length", tokens, start=1, end=2)
    start = g.integers("start", 0)
    rows = g.integers("rows", 0)
    both = g.integers("both", 0, 1), g.integers("from", 0, 0)
    g(
        "Slice",
        "positions",
        g.weight("positions.weight", net.positions.weight),
        start,
        "length",
        rows,
    )
    x = g("Add", "embedded", "characters", "positions")
    earlier = torch.full((LENGTH, LENGTH), -1e9).triu(1).numpy()
    g("Concat", "square", "length", "length", axis=0)
    g("Slice", "mask", g.weight("later", earlier), both[1], "square", both[0])
    g.integers("split", 0, 0, HEADS, WIDTH // HEADS)
    g.integers("join", 0, 0, WIDTH)
    g.weight("shrink", torch.tensor((WIDTH // HEADS) ** -0.5).numpy())

    def linear(name: str, of: str, layer: nn.Linear) -> str:
        product = g("MatMul", name, of, g.weight(f"{name}.weight", layer.weight.T))
        return g("Add", f"{name}.plus_bias", product, g.weight(f"{name}.bias", layer.bias))

    def norm(name: str, of: str, layer: nn.LayerNorm) -> str:
        scale, bias = g.weight(f"{name}.scale", layer.weight), g.weight(f"{name}.bias", layer.bias)
        return g("LayerNormalization", name, of, scale, bias, axis=-1, epsilon=layer.eps)

    def heads(name: str, of: str, order: Sequence[int]) -> str:
        split = g("Reshape", f"{name}/heads", of, "split")
        return g("Transpose", f"{name}/by_head", split, perm=order)

    for number, block in enumerate(net.blocks, 1):
        at, inside = f"block{number}/attention", f"block{number}/dense"
        y = norm(f"block{number}/norm1", x, block.norm1)
        q, k, v = (
            linear(f"{at}/{part}", y, getattr(block.attention, part))
            for part in ("query", "key", "value")
        )
        q = heads(f"{at}/query", q, (0, 2, 1, 3))
        k = heads(f"{at}/key", k, (0, 2, 3, 1))
        v = heads(f"{at}/value", v, (0, 2, 1, 3))
        scores = g("Mul", f"{at}/scaled", g("MatMul", f"{at}/scores", q, k), "shrink")
        masked = g("Add", f"{at}/masked", scores, "mask")
        weights = g("Softmax", f"{at}/weights", masked, axis=-1)
        mixed = g("MatMul", f"{at}/mixture", weights, v)
        mixed = g("Transpose", f"{at}/by_place", mixed, perm=(0, 2, 1, 3))
        mixed = g("Reshape", f"{at}/joined", mixed, "join")
        x = g(
            "Add",
            f"block{number}/after_attention",
            x,
            linear(f"{at}/out", mixed, block.attention.out),
        )
        y = norm(f"block{number}/norm2", x, block.norm2)
        y = linear(f"{inside}/widen", y, block.widen)
        half = g("Mul", f"{inside}/gelu/half", y, g.weight("half", torch.tensor(0.5).numpy()))
        part = g(
            "Div", f"{inside}/gelu/divided", y, g.weight("root", torch.tensor(2.0).sqrt().numpy())
        )
        part = g("Erf", f"{inside}/gelu/erf", part)
        part = g("Add", f"{inside}/gelu/shifted", part, g.weight("one", torch.tensor(1.0).numpy()))
        y = g("Mul", f"{inside}/gelu/gelu", half, part)
        x = g("Add", f"block{number}/after_dense", x, linear(f"{inside}/narrow", y, block.narrow))
    x = norm("norm", x, net.norm)
    g("MatMul", "logits", x, g.weight("head.weight", net.head.weight.T))
    g("Softmax", "probabilities", "logits", axis=-1)
    g.output("probabilities", "float", ["N", "T", len(characters)])
    return g


def main() -> None:
    """Load, train, write, score."""
    given = arguments("Train a character GPT.", Path(__file__).parent, epochs=1)
    text.train(
        given, ABOUT, GPT, written, length=LENGTH, batch=BATCH, steps=STEPS,
        lr=2e-3, betas=(0.9, 0.98), weight_decay=0.1,
    )  # fmt: skip


if __name__ == "__main__":
    main()
