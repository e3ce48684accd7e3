"""Attention and rotary positions, as the standard has them."""

import numpy as np

from engine.cases import Case, case, flags, i64, normal

_N, _S, _T, _H, _E = 2, 4, 6, 4, 8
_Q = normal(_N, _H, _S, _E)


def _keys(heads: int, length: int = _T, width: int = _E, seed: int = 1):
    return normal(_N, heads, length, width, seed=seed)


def _attention(*inputs, **more) -> Case:
    return case("Attention", *inputs, **{"opset": 23, "rtol": 1e-4, "atol": 1e-5, **more})


_K, _V = _keys(_H), _keys(_H, seed=2)
_PAST = (_keys(_H, 3, seed=3), _keys(_H, 3, seed=4))
_QKV_3D = [normal(_N, length, _H * _E, seed=s) for s, length in enumerate((_S, _T, _T))]
_MASK = flags(_S, _T, seed=1) | np.eye(_S, _T, dtype=bool)

CASES = [
    *(
        _attention(_Q, _K, _V, opset=opset, **more)
        for opset in (23, 24)
        for more in ({}, {"scale": 0.3}, {"softcap": 2.0}, {"is_causal": 1})
    ),
    *(_attention(_Q, _keys(g), _keys(g, seed=2)) for g in (1, 2)),
    _attention(_Q, _K, _keys(_H, width=5)),
    _attention(*_QKV_3D, q_num_heads=_H, kv_num_heads=_H),
    _attention(*_QKV_3D, q_num_heads=2, kv_num_heads=2, is_causal=1),
    *(
        _attention(_Q, _K, _V, mask, **more)
        for mask in (
            _MASK,
            normal(_S, _T),
            normal(_N, 1, _S, _T),
            normal(_N, _H, _S, _T),
        )
        for more in ({}, {"softcap": 1.5})
    ),
    *(_attention(_Q, _K, _V, None, *_PAST, outputs=3, **more) for more in ({}, {"is_causal": 1})),
    _attention(_Q, _K, _V, normal(_S, _T + 3), *_PAST, outputs=4, is_causal=1),
    *(
        _attention(_Q, _K, _V, normal(_S, _T), outputs=(True, False, False, True), **more)
        for more in (
            {"qk_matmul_output_mode": 0},
            {"qk_matmul_output_mode": 1, "softcap": 2.0},
            {"qk_matmul_output_mode": 2},
            {"qk_matmul_output_mode": 3},
        )
    ),
    _attention(_Q, _K, _V, None, None, None, i64(6, 4), opset=24),
    *(
        case("RotaryEmbedding", x, *caches, opset=23, **more)
        for interleaved in (0, 1)
        for x, caches, more in (
            (normal(_N, _H, _S, _E), (normal(_N, _S, 4), normal(_N, _S, 4, seed=1)), {}),
            (
                normal(_N, _H, _S, _E),
                (normal(9, 4), normal(9, 4, seed=1), np.array([[0, 1, 2, 3], [8, 7, 6, 5]])),
                {},
            ),
            (
                normal(_N, _S, _H * _E),
                (normal(9, 2), normal(9, 2, seed=1), np.array([[0, 1, 2, 3], [4, 5, 6, 7]])),
                {"num_heads": _H, "rotary_embedding_dim": 4},
            ),
        )
        for more in ({**more, "interleaved": interleaved},)
    ),
]
