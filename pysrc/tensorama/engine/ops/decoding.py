"""Rules of writing a text token by token: what may not be repeated, what was guessed right."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


@op("NGramRepeatBlock", since=1, domain=MICROSOFT)
def ngram_repeat_block(input_ids: Array, scores: Array, *, ngram_size: int) -> Array:
    """Forbid tokens that would repeat a row of ngram_size tokens: their score is minus infinity.

    input_ids (N,S), scores (N,V) → (N,V)
    """
    if input_ids.ndim != 2 or scores.ndim != 2 or len(input_ids) != len(scores):
        raise OperatorError("one row of tokens and one of scores are needed for each text")
    if ngram_size < 1:
        raise OperatorError(f"ngram_size is {ngram_size}, at least 1 was expected")
    length = input_ids.shape[1]
    y = scores.copy()
    if length < ngram_size:
        return y
    rows = np.lib.stride_tricks.sliding_window_view(input_ids, ngram_size, axis=1)
    begins = input_ids[:, None, length - ngram_size + 1 :]
    repeated = (rows[:, :, :-1] == begins).all(axis=2)
    text, place = np.nonzero(repeated)
    tokens = rows[text, place, -1]
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < scores.shape[1]:
        raise OperatorError(f"input_ids go up to {tokens.max()}, scores are for {scores.shape[1]}")
    y[text, tokens] = -np.inf
    return y


@op("BifurcationDetector", since=1, domain=MICROSOFT)
def bifurcation_detector(
    src_tokens: Array,
    cur_tokens: Array,
    prev_suffix_match_idx: Array,
    pred_tokens: Array | None = None,
    *,
    max_ngram_size: int = 3,
    min_ngram_size: int = 1,
) -> tuple[Array, Array]:
    """Keep what was guessed right, and tell from where to guess on (aggressive decoding).

    The guess was that the text goes on as src_tokens from prev_suffix_match_idx; pred_tokens (one
    more) is what the network says at each place. → the tokens so far, and where in src_tokens
    their last few stand, behind them, if they stand there once; else -1.
    https://arxiv.org/abs/2205.10350
    """
    tokens = cur_tokens.reshape(-1)
    source = src_tokens.reshape(-1)
    if pred_tokens is not None:
        start = int(prev_suffix_match_idx.reshape(-1)[0])
        guessed, said = source[start:], pred_tokens.reshape(-1)
        if start < 0 or len(said) != len(guessed) + 1:
            raise OperatorError(
                f"pred_tokens must be one more than the {len(guessed)} tokens that were guessed"
            )
        wrong = np.flatnonzero(said[:-1] != guessed)
        right = int(wrong[0]) if wrong.size else len(guessed)
        tokens = np.concatenate((tokens, said[: right + 1]))
    for size in range(min_ngram_size, max_ngram_size + 1):
        found = _places(source, tokens[len(tokens) - size :]) if size <= len(tokens) else []
        if len(found) == 1 or not found:
            break
    place = found[0] + size if len(found) == 1 and found[0] + size < len(source) else -1
    return tokens, np.full(prev_suffix_match_idx.shape, place, np.int64)


def _places(tokens: Array, sought: Array) -> list[int]:
    if not 0 < len(sought) <= len(tokens):
        return []
    rows = np.lib.stride_tricks.sliding_window_view(tokens, len(sought))
    return np.flatnonzero((rows == sought).all(axis=1)).tolist()
