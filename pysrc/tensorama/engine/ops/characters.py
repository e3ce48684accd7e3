"""Words as vectors made of their letters."""

from __future__ import annotations

import math

import numpy as np

from tensorama.engine import contract
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("WordConvEmbedding", since=1, domain=MICROSOFT)
@contract.sliced
def word_conv_embedding(
    sequence: Array,
    w: Array,
    b: Array,
    c: Array,
    *,
    char_embedding_size: int | None = None,
    conv_window_size: int | None = None,
    embedding_size: int | None = None,
) -> contract.Slices[Array]:
    """Slide kernels over the letters of each word, and keep the strongest answer of each kernel.

    sequence (words,L) as numbers of letters, 0 behind their end; c (letters,E) a vector for each
    letter, w (M,1,K,E), b (M) → (words,M)
    y = max over places of tanh(conv);  words without letters give zeros
    """
    if w.ndim != 4 or w.shape[1] != 1 or c.ndim != 2 or c.shape[1] != w.shape[3]:
        raise OperatorError("W must be (M,1,K,E), and C have E values for each letter")
    if b.shape != w.shape[:1]:
        raise OperatorError(f"B must have one value for each of {len(w)} kernels")
    if sequence.ndim != 2 or sequence.shape[1] < w.shape[2]:
        raise OperatorError("sequence must be (words, letters), with no word shorter than a kernel")
    if sequence.size and not 0 <= sequence.min() <= sequence.max() < len(c):
        raise OperatorError(f"letters go up to {sequence.max()}, C has {len(c)} rows")
    window, places = w.shape[2], sequence.shape[1] - w.shape[2] + 1
    letters = c[sequence]  # (words,L,E)
    seen = np.lib.stride_tricks.sliding_window_view(letters, window, axis=1)  # (words,places,E,K)
    each = math.prod(w.shape[2:])
    rows = seen.swapaxes(2, 3).reshape(len(sequence) * places, each)
    answers = yield from contract.matmul_slices(rows, w.reshape(len(w), each).T)
    y = np.tanh(answers.reshape(len(sequence), places, len(w)) + b)
    lengths = np.where(
        (sequence == 0).any(axis=1), (sequence == 0).argmax(axis=1), sequence.shape[1]
    )
    inside = np.arange(places) < np.maximum(lengths - window + 1, 1)[:, None]
    best = np.where(inside[:, :, None], y, -np.inf).max(axis=1)
    return np.where(lengths[:, None] > 0, best, 0).astype(w.dtype)
