"""Linear attention as onnxruntime's exporters write it: rules, heads, texts in a row, windows."""

import numpy as np

from engine.cases import Case, case, normal, uniform

_N, _T, _E, _V = 2, 5, 4, 3


def _own(op: str, *inputs, **more) -> Case:
    return case(
        op, *inputs, domain="com.microsoft", opset=1, **{"rtol": 1e-4, "atol": 1e-5, **more}
    )


def _ints(*values) -> np.ndarray:
    return np.array(values, np.int32)


def _linear(rule: str, heads: int, groups: int, past: bool = False, each: bool = False, **more):
    decays, writes = "gated" in rule, "delta" in rule
    state = (_N, groups, _E, _V)
    return _own(
        "LinearAttention",
        normal(_N, _T, heads * _E, scale=0.5),
        normal(_N, _T, groups * _E, seed=1, scale=0.5),
        normal(_N, _T, groups * _V, seed=2),
        normal(*state, seed=3) if past else None,
        uniform(_N, _T, groups * (_E if each else 1), low=-1) if decays else None,
        uniform(_N, _T, groups, seed=4) if writes else None,
        q_num_heads=heads,
        kv_num_heads=groups,
        update_rule=rule,
        outputs=2,
        **more,
    )


def _net(rule: str = "gated_delta", heads: int = 2, groups: int = 4, texts=(0, 2, 5), **more):
    tokens = texts[-1]
    packed, each = more.pop("packed", False), more.pop("each", False)
    activation = more.get("gate_activation", "none")
    q = normal(tokens, heads, _E, scale=0.5)
    k = normal(tokens, heads, _E, seed=1, scale=0.5)
    v = normal(tokens, groups, _V, seed=2)
    if packed:
        q, k, v = np.concatenate([x.reshape(tokens, -1) for x in (q, k, v)], axis=1), None, None
    decay = uniform(tokens, groups, *[_E] * each, low=-1, seed=5)
    return _own(
        "GatedDeltaNet",
        q,
        k,
        v,
        _ints(*texts) if more.pop("ragged", True) else None,
        decay if "gated" in rule else None,
        uniform(tokens, groups, seed=6) if "delta" in rule else None,
        normal(len(texts) - 1, groups, _V, _E, seed=7),
        normal(groups, seed=8, scale=0.5) if activation != "none" else None,
        normal(groups, seed=9) if activation != "none" else None,
        update_rule=rule,
        outputs=2,
        **more,
    )


CASES = [
    *(
        _linear(rule, heads, groups, past)
        for rule in ("linear", "gated", "delta", "gated_delta")
        for heads, groups in ((2, 2), (4, 2), (2, 4))
        for past in (False, True)
    ),
    _linear("gated", 2, 2, each=True),
    _linear("gated_delta", 2, 2, True, scale=0.3),
    *(_net(rule) for rule in ("linear", "gated", "delta", "gated_delta")),
    _net(each=True),
    _net(ragged=False, texts=(0, 3, 6)),
    _net(packed=True),
    _net(qk_l2_norm=1, beta_activation="sigmoid", scale=0.7),
    *(_net(gate_activation=name) for name in ("softplus", "sigmoid", "kda", "qwen")),
    *(
        _own(
            "CausalConvWithState",
            normal(_N, 3, _T),
            normal(3, 1, 3, seed=1),
            normal(3, seed=2) if bias else None,
            normal(_N, 3, 2 * dilation, seed=3) if past else None,
            activation=activation,
            dilation=dilation,
            outputs=2,
        )
        for bias, past, activation, dilation in (
            (0, 0, "none", 1),
            (1, 1, "silu", 1),
            (1, 1, "swish", 2),
            (0, 0, "none", 3),
        )
    ),
    _own(
        "CausalConvWithState",
        normal(_N, _T, 3),
        normal(3, 1, 3, seed=1),
        None,
        normal(_N, 2, 3, seed=3),
        channels_last=1,
        outputs=2,
    ),
    _own(
        "CausalConvWithState",
        normal(_N, _T, 2, 3),
        normal(6, 1, 2, seed=1),
        normal(6),
        channels_last=1,
        outputs=2,
    ),
]
