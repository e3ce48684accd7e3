"""How the next character is chosen: by the network's shares, more or less freely."""

from __future__ import annotations

import numpy as np

from tensorama.engine import Trace
from tensorama.outputs.following import row_of_next


def shares_of(trace: Trace) -> np.ndarray | None:
    """The network's shares of all characters to come next; of scores their softmax."""
    found = row_of_next(trace)
    if found is None:
        return None
    row = found[1].astype(np.float64)
    if row.min() >= 0 and abs(row.sum() - 1) <= 1e-3:
        return np.asarray(row / row.sum())
    powers = np.exp(row - row.max())
    return np.asarray(powers / powers.sum())


def chosen(shares: np.ndarray, temperature: float, top_k: int) -> np.ndarray:
    """The shares by which one is drawn: p^(1/temperature) of the `top_k` likeliest, summing to 1.

    A temperature of 0 leaves only the likeliest, of 1 all shares as they are; top_k 0: all.
    https://arxiv.org/abs/1904.09751
    """
    kept = np.zeros(shares.shape, bool)
    kept[np.argsort(-shares, kind="stable")[: top_k or shares.size]] = True
    if temperature <= 0:
        return np.eye(shares.size)[int(shares.argmax())]
    logs = np.log(np.maximum(shares, 1e-300)) / temperature
    powers = np.where(kept, np.exp(logs - logs[kept].max()), 0.0)
    return np.asarray(powers / powers.sum())


def drawn(shares: np.ndarray, seed: int, place: int) -> int:
    """The number of one drawn by these shares; the same for the same seed and place in the text."""
    return int(np.random.default_rng((seed, place)).choice(shares.size, p=shares))
