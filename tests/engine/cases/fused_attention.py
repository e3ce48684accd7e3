"""Attention as onnxruntime's exporters write it."""

import numpy as np

from engine.cases import Case, case, f32, i64, normal, scalar, uniform

_N, _S, _H, _E, _P = 2, 4, 3, 8, 3
_D = _H * _E


def _fused(op: str, *inputs, **more) -> Case:
    return case(
        op, *inputs, domain="com.microsoft", opset=1, **{"rtol": 1e-4, "atol": 1e-5, **more}
    )


def _ints(*values) -> np.ndarray:
    return np.array(values, dtype=np.int32)


_X, _W, _B = normal(_N, _S, 6), normal(6, 3 * _D, seed=1, scale=0.4), normal(3 * _D, seed=2)
_PAST = normal(2, _N, _H, _P, _E, seed=3)
_MASK = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
_TRIANGLES = np.tril(np.ones((_N, _S, _S), np.int32))
_LONG_MASK = np.array([[0, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]], np.int32)


def _with_weights(mask=None, past=None, bias=None, **more) -> Case:
    outputs = 1 if past is None else 2
    return _fused("Attention", _X, _W, _B, mask, past, bias, num_heads=_H, outputs=outputs, **more)


_Q, _K, _V = (normal(_N, s, _D, seed=i) for i, s in enumerate((_S, 5, 5)))


def _multi(*inputs, outputs=1, **more) -> Case:
    return _fused("MultiHeadAttention", *inputs, num_heads=_H, outputs=outputs, **more)


def _quantized(kind: str, columns: bool, mask=None, past=None, **more) -> Case:
    """Inputs and weights in 8 bits, with one scale or one for each column."""
    count = 3 * _D if columns else 1
    scales = uniform(count, low=0.01, high=0.03) if columns else f32(0.02).reshape(1)
    low, high = (-64, 63) if kind == "int8" else (20, 220)
    zeros = uniform(count, low=high - 10, high=high - 1, dtype=kind)
    return _fused(
        "QAttention",
        uniform(_N, _S, 6, low=0, high=255, dtype="uint8"),
        uniform(6, 3 * _D, low=low, high=high, dtype=kind, seed=1),
        _B,
        scalar(0.01),
        scales if columns else scales.reshape(()),
        mask,
        scalar(120, "uint8"),
        zeros if columns else zeros.reshape(()),
        past,
        num_heads=_H,
        outputs=1 if past is None else 2,
        **more,
    )


_COS, _SIN = normal(20, _E // 2, seed=7), normal(20, _E // 2, seed=8)


def _grouped(new: int, past: int, ends: tuple, groups: int, total: int | None = None, **more):
    """Queries with 4 heads; `past` cached keys, or a buffer that long when `total` is given."""
    heads, width = 4, 16  # onnxruntime turns heads of 16, 32 … values only
    q = normal(_N, new, heads * width)
    k, v = (normal(_N, new, groups * width, seed=s) for s in (1, 2))
    old = [normal(_N, groups, past, width, seed=s) for s in (3, 4)] if past else [None, None]
    extra = [normal(20, 8, seed=s) for s in (7, 8)] if "do_rotary" in more else [None, None]
    rest = more.pop("rest", [])
    return _fused(
        "GroupQueryAttention",
        *(q, k, v, *old),
        _ints(*(end - 1 for end in ends)),
        scalar(total or past + new, "int32"),
        *extra,
        *rest,
        num_heads=heads,
        kv_num_heads=groups,
        outputs=3,
        **more,
    )


def _one_more(past: int = 3, rest=(), bias: bool = False, **more) -> Case:
    """One new token after `past` others; onnxruntime's CPU takes buffers only."""
    q, k, v = (normal(_N, 1, _D, seed=i) for i in range(3))
    old = [normal(_N, _H, 8, _E, seed=3 + i) for i in range(2)]  # buffers
    mask, added = (*rest, None, None)[:2]
    tail = [_ints(past), *([None, None, normal(3 * _D, seed=9)] if bias else [])]
    return _fused(
        "DecoderMaskedMultiHeadAttention",
        *(q, k, v, mask, added, *old, *tail),
        num_heads=_H,
        outputs=3,
        past_present_share_buffer=1,
        **more,
    )


def _normed_heads(q, k, v, ends, total, q_weight, k_weight):
    """Attention of one head each, by its formula, after norms of queries and keys."""

    def normed(x, weight):
        return x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + 1e-6) * weight

    q, k = normed(q, q_weight), normed(k, k_weight)
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True) @ v).astype(np.float32)


CASES = [
    _one_more(),
    _one_more(bias=True, scale=0.2),
    _one_more(rest=(_ints([0, 1, 1, 1], [1, 1, 1, 1]),)),
    _one_more(rest=(None, normal(1, _H, 1, 4, seed=8))),
    _fused(  # to what an encoder made
        "DecoderMaskedMultiHeadAttention",
        *(normal(_N, 1, _D), normal(_N, _H, 5, _E), normal(_N, _H, 5, _E, seed=1)),
        num_heads=_H,
    ),
    # onnxruntime's CPU has no such norms, so they are worked out here
    _fused(
        "GroupQueryAttention",
        *(normal(_N, 4, 16, seed=s) for s in range(3)),
        *(None, None, _ints(3, 3), scalar(4, "int32"), *[None] * 7),
        uniform(16, low=0.5, high=1.5),
        uniform(16, low=0.5, high=1.5, seed=1),
        num_heads=1,
        kv_num_heads=1,
        expected=lambda q, k, v, *rest: _normed_heads(
            q, k, v, rest[2], rest[3], rest[11], rest[12]
        ),
    ),
    *(
        _with_weights(mask, **more)
        for mask in (
            None,
            _MASK,
            _ints(3, 2),
            _ints(3, 4, 1, 0),
            np.tril(np.ones((_N, _S, _S), np.int32)),
        )
        for more in ({}, {"unidirectional": 1}, {"scale": 0.2})
    ),
    *(
        _with_weights(mask, _PAST, **more)
        for mask in (None, _LONG_MASK)
        for more in ({}, {"unidirectional": 1})
    ),
    _with_weights(bias=normal(1, _H, _S, _S)),
    _with_weights(mask=_MASK, mask_filter_value=-5.0),
    _fused(
        "Attention",
        _X,
        normal(6, 2 * _D + _H * 5, seed=1, scale=0.4),
        normal(2 * _D + _H * 5, seed=2),
        num_heads=_H,
        qkv_hidden_sizes=[_D, _D, _H * 5],
    ),
    *(_quantized(kind, c) for kind in ("uint8", "int8") for c in (False, True)),
    _quantized("uint8", False, _MASK, unidirectional=1),
    _quantized("int8", False, None, _PAST),
    _multi(_Q, _K, _V),
    _multi(_Q, _K, _V, scale=0.1),
    _multi(_Q, _K, normal(_N, 5, _H * 3)),
    _multi(_Q, _K, _V, normal(3 * _D)),
    _multi(_Q, _K, _V, None, np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)),
    _multi(_Q, _K, _V, None, None, normal(1, _H, _S, 5)),
    _multi(_Q, _K, _V, None, None, normal(_N, 1, _S, 5)),
    _multi(_Q, _Q, _Q, unidirectional=1),
    _multi(_Q, normal(_N, _H, 5, _E), normal(_N, _H, 5, _E, seed=1)),
    _multi(_Q, _Q, _Q, None, None, None, _PAST[0], _PAST[1], outputs=3),
    _multi(_Q, _Q, _Q, None, None, None, _PAST[0], _PAST[1], outputs=3, unidirectional=1),
    # The first prompt, then one token at a time; the cache grows, or is a buffer
    *(
        _grouped(new, past, ends, groups, total, **more)
        for groups in (1, 2, 4)
        for new, past, ends, total in (
            (5, 0, (5, 5), None),
            (1, 6, (7, 7), None),
            (1, 8, (7, 4), 7),
        )
        for more in ({}, {"do_rotary": 1}, {"local_window_size": 3})
    ),
    *(
        _grouped(5, 0, (5, 5), 2, **more)
        for more in (
            {"scale": 0.2},
            {"softcap": 2.0},
            {"do_rotary": 1, "rotary_interleaved": 1},
            {"smooth_softmax": 1},
            {"local_window_size": 1},
            {"rest": [None, normal(1, 4, 5, 5)]},
            {"rest": [None, None, normal(4)]},
        )
    ),
    _fused(
        "GroupQueryAttention",
        normal(_N, 3, (4 + 2 * 2) * _E),
        *[None] * 4,
        _ints(2, 2),
        scalar(3, "int32"),
        num_heads=4,
        kv_num_heads=2,
        outputs=3,
    ),
    # Rotary embedding
    *(  # turned by time, height and width
        _fused(
            "MRotaryEmbedding",
            x,
            uniform(3, _N, _S, high=20, dtype="int64"),
            _COS,
            _SIN,
            mrope_section=sections,
            mrope_layout=layout,
            interleaved=interleaved,
            num_heads=_H,
        )
        for x in (normal(_N, _S, _D), normal(_N, _H, _S, _E))
        for sections, layout, interleaved in (
            ([1, 1, 2], 0, 0),
            ([2, 1, 1], 1, 0),
            ([4, 0, 0], 0, 1),
        )
    ),
    *(
        _fused("RotaryEmbedding", x, places, _COS, _SIN, interleaved=i, **more)
        for x, more in ((normal(_N, _S, _D), {}), (normal(_N, _H, _S, _E), {}))
        for places in (i64(2), np.array([[0, 1, 2, 3], [5, 6, 7, 8]]))
        for i in (0, 1)
    ),
    _fused(
        "RotaryEmbedding",
        normal(_N, _S, _D * 2),
        i64(0),
        _COS,
        _SIN,
        num_heads=_H,
        rotary_embedding_dim=_E,
    ),
]
