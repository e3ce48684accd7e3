"""Rotary position embedding: turn each pair of values by an angle that grows with the position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.registry import op
from tensorama.errors import OperatorError


def rotate(x: np.ndarray, cos: np.ndarray, sin: np.ndarray, interleaved: bool) -> np.ndarray:
    """Turn the first 2·R values of every head, pair by pair; the others stay.

    x (N,S,H,E), cos and sin (N,S,R) or (1,S,R) → (N,S,H,E)
    (a, b) → (a·cos - b·sin, a·sin + b·cos);  pairs are neighbours if interleaved, else halves
    """
    half = cos.shape[-1]
    if 2 * half > x.shape[-1]:
        raise OperatorError(f"{half} angles turn {2 * half} values, a head has {x.shape[-1]}")
    cos, sin = cos[:, :, None, :], sin[:, :, None, :]
    turned, rest = x[..., : 2 * half], x[..., 2 * half :]
    if interleaved:
        a, b = turned[..., 0::2], turned[..., 1::2]
        pairs = np.stack((a * cos - b * sin, a * sin + b * cos), axis=-1).reshape(turned.shape)
    else:
        a, b = turned[..., :half], turned[..., half:]
        pairs = np.concatenate((a * cos - b * sin, a * sin + b * cos), axis=-1)
    return np.concatenate((pairs.astype(x.dtype, copy=False), rest), axis=-1)


def angles(
    cos_cache: np.ndarray, sin_cache: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine of the angles at some places, out of tables (positions,R)."""
    if cos_cache.ndim != 2 or cos_cache.shape != sin_cache.shape or not cos_cache.size:
        raise OperatorError(
            "cos_cache and sin_cache must be alike, with angles for each position; "
            f"{cos_cache.shape} and {sin_cache.shape} came"
        )
    if places.size and not 0 <= places.min() <= places.max() < len(cos_cache):
        raise OperatorError(
            f"positions go from {places.min()} to {places.max()}, angles are known for "
            f"{len(cos_cache)}"
        )
    return cos_cache[places], sin_cache[places]


def _with_heads_last_but_one(x: np.ndarray, heads: int) -> np.ndarray:
    """(N,H,S,E) or (N,S,H·E) → (N,S,H,E)"""
    if x.ndim == 4:
        return x.transpose(0, 2, 1, 3)
    if x.ndim != 3:
        raise OperatorError(f"X has {x.ndim} dimensions, 3 or 4 were expected")
    if heads <= 0:
        raise OperatorError("X has 3 dimensions, so num_heads must be given")
    if x.shape[2] % heads:
        raise OperatorError(f"{x.shape[2]} values per position do not split into {heads} heads")
    return x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads)


def _like_input(turned: np.ndarray, x: np.ndarray) -> np.ndarray:
    return turned.transpose(0, 2, 1, 3) if x.ndim == 4 else turned.reshape(x.shape)


@op("RotaryEmbedding", since=23)
def rotary_embedding(
    x: np.ndarray,
    cos_cache: np.ndarray,
    sin_cache: np.ndarray,
    position_ids: np.ndarray | None = None,
    *,
    interleaved: int = 0,
    num_heads: int = 0,
    rotary_embedding_dim: int = 0,
) -> np.ndarray:
    """Write each position into the values there, by turning pairs of them.

    x (N,H,S,E) or (N,S,H·E), cos_cache and sin_cache (positions,R) with position_ids (N,S), or
    (N,S,R) without → like x.  R is half of what is turned (rotary_embedding_dim, or all of E).
    https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html, https://arxiv.org/abs/2104.09864
    """
    split = _with_heads_last_but_one(x, num_heads)
    if position_ids is not None:
        cos_cache, sin_cache = angles(cos_cache, sin_cache, position_ids)
    half = (rotary_embedding_dim or split.shape[-1]) // 2
    for name, cache in (("cos_cache", cos_cache), ("sin_cache", sin_cache)):
        if cache.ndim != 3 or cache.shape[-1] != half:
            raise OperatorError(
                f"{name} must give {half} angles for each position, {cache.shape[-1]} came"
            )
    return _like_input(rotate(split, cos_cache, sin_cache, bool(interleaved)), x)


@op("RotaryEmbedding", since=1, domain="com.microsoft")
def rotary_embedding_microsoft(
    x: np.ndarray,
    position_ids: np.ndarray,
    cos_cache: np.ndarray,
    sin_cache: np.ndarray,
    *,
    interleaved: int = 0,
    is_packed_batching: int = 0,
    num_heads: int = 0,
    rotary_embedding_dim: int = 0,
    scale: float = 1.0,
) -> np.ndarray:
    """RotaryEmbedding as onnxruntime writes it.

    position_ids (1,) is the first position of every row, (N,S) gives each. Without num_heads a
    head has twice as many values as cos_cache has angles.
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
    """
    if x.ndim == 3 and not num_heads:
        num_heads = x.shape[2] // (rotary_embedding_dim or 2 * max(1, *cos_cache.shape[-1:]))
    split = _with_heads_last_but_one(x, num_heads)
    if position_ids.size == 1 and position_ids.ndim <= 1:
        position_ids = position_ids.reshape(1, 1) + np.arange(split.shape[1])
    if position_ids.shape not in ((1, split.shape[1]), split.shape[:2]):
        raise OperatorError(f"position_ids must be {split.shape[:2]}, or the first position")
    turned = rotate(split, *angles(cos_cache, sin_cache, position_ids), bool(interleaved))
    return _like_input(turned * split.dtype.type(scale) if scale != 1.0 else turned, x)


@op("MRotaryEmbedding", since=1, domain="com.microsoft")
def rotary_embedding_of_three(
    x: np.ndarray,
    position_ids: np.ndarray,
    cos_cache: np.ndarray,
    sin_cache: np.ndarray,
    *,
    interleaved: int = 0,
    is_packed_batching: int = 0,
    mrope_layout: int = 0,
    mrope_section: Sequence[int],
    num_heads: int = 0,
    rotary_embedding_dim: int = 0,
    scale: float = 1.0,
) -> np.ndarray:
    """RotaryEmbedding in time, height and width at once: each turns some of the pairs.

    position_ids (3,N,S); mrope_section: how many pairs each turns. They lie one after the other,
    or (mrope_layout 1) every third belongs to the next, as long as it has some, the rest to time.
    https://arxiv.org/abs/2409.12191 (Qwen2-VL)
    """
    if x.ndim == 3 and not num_heads:
        num_heads = x.shape[2] // (rotary_embedding_dim or 2 * max(1, *cos_cache.shape[-1:]))
    split = _with_heads_last_but_one(x, num_heads)
    angles(cos_cache, sin_cache, position_ids)
    sections, half = [int(size) for size in mrope_section], cos_cache.shape[-1]
    if len(sections) != 3 or min(sections) < 0 or sum(sections) != half:
        raise OperatorError(f"mrope_section must be three numbers that sum to {half}")
    if position_ids.shape != (3, *split.shape[:2]):
        raise OperatorError(f"position_ids must be {(3, *split.shape[:2])}")
    pair = np.arange(half)
    if mrope_layout:
        stream = np.zeros(half, np.int64)
        for which in (1, 2):
            stream[(pair % 3 == which) & (pair < 3 * sections[which])] = which
    else:
        stream = np.repeat(np.arange(3), sections)
    places = position_ids[stream].transpose(1, 2, 0)  # (N,S,half)
    cos, sin = (cache[places, pair] for cache in (cos_cache, sin_cache))
    turned = rotate(split, cos, sin, bool(interleaved))
    return _like_input(turned * split.dtype.type(scale) if scale != 1.0 else turned, x)
