"""Gates and norms of recent language models."""

from engine.cases import Case, case, normal, scalar


def _own(op: str, *inputs, **more) -> Case:
    return case(
        op, *inputs, domain="com.microsoft", opset=1, **{"rtol": 1e-4, "atol": 1e-5, **more}
    )


_X, _STREAMS, _FLAT = normal(2, 3, 8), normal(2, 3, 4, 6), normal(2, 3, 24)

CASES = [
    _own("ScaledSiLU", _X, alpha=0.5),
    _own("ScaledSiLU", _X, scalar(2.0)),
    _own("GatedAdd", _X, normal(2, 3, 8, seed=1), normal(2, 3, 1, seed=2)),
    *(
        _own("GatedRMSNorm", _X, normal(c, seed=1), normal(2, 3, 8, seed=2), activation=name)
        for c in (8, 4)
        for name in ("silu", "swish", "sigmoid")
    ),
    *(_own("BranchwiseRMSNorm", _STREAMS, *s) for s in ((), (normal(6),), (normal(4, 6),))),
    *(
        _own("BranchwiseRMSNorm", _FLAT, normal(size), num_branches=4, epsilon=0.1)
        for size in (6, 24)
    ),
    _own("LinearAttentionGate", normal(2, 3, 4), normal(4, seed=1), normal(4, seed=2)),
    _own(
        "LinearAttentionGate",
        normal(2, 3, 4),
        normal(4, seed=1),
        normal(4, seed=2),
        normal(2, 3, 4, seed=3),
        outputs=2,
    ),
    *(
        _own("HyperConnectionPreMix", _STREAMS, normal(2, 3, *mix, seed=1), reduction_scale=0.5)
        for mix in ((4,), (4, 1), (4, 6))
    ),
    *(
        _own("HyperConnectionPreMix", _FLAT, normal(2, 3, *mix, seed=1), num_branches=4)
        for mix in ((4,), (24,))
    ),
    *(
        _own(
            "HyperConnectionPostMix",
            _STREAMS,
            normal(2, 3, 6, seed=1),
            normal(2, 3, *mix, seed=2),
            *rest,
        )
        for mix in ((4,), (4, 1), (4, 6))
        for rest in ((), (normal(2, 3, 4, 4, seed=3),))
    ),
    _own("HyperConnectionPostMix", _FLAT, normal(2, 3, 6), normal(2, 3, 4, seed=2), num_branches=4),
    *(
        _own(
            "EngramGate",
            _STREAMS,
            normal(2, 3, 4, 6, seed=1),
            normal(2, 3, 6, seed=2),
            normal(4, 6, seed=3),
            normal(4, 6, seed=4),
            *more,
            outputs=1 + len(more),
        )
        for more in ((), (normal(4, 6, seed=5),))
    ),
    *(
        _own("MoEGroupRouter", normal(2, 3, 8), normal(8, seed=1), **choice)
        for choice in (
            {"top_k": 3},
            {"top_k": 2, "n_group": 4, "topk_group": 2},
            {"top_k": 4, "n_group": 2, "topk_group": 1, "group_topk": 1, "router_sentinel": -9.0},
        )
    ),
    _own("MoEGroupRouter", normal(5, 8), normal(8, seed=1), top_k=2, outputs=(False, True, True)),
]
