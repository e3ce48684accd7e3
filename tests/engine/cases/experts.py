"""Mixtures of experts: activations, shares, weights real and of few bits."""

import numpy as np

from engine.cases import Case, case, normal, uniform

_T, _E, _D, _I = 5, 4, 32, 32


def _own(op: str, *inputs, **more) -> Case:
    tolerance = {"rtol": 1e-4, "atol": 1e-4}
    return case(op, *inputs, domain="com.microsoft", opset=1, **{**tolerance, **more})


def _mixture(fused: int = 1, shape=(_T, _D), bias: bool = True, **more) -> Case:
    wide = fused * _I
    return _own(
        "MoE",
        normal(*shape),
        normal(_T, _E, seed=1),
        normal(_E, wide, _D, seed=2, scale=0.2),
        normal(_E, wide, seed=3) if bias else None,
        normal(_E, _D, _I, seed=4, scale=0.2),
        normal(_E, _D, seed=5) if bias else None,
        **more,
    )


def _few_bits(
    bits: int, block: int = 0, fused: int = 1, zeros: bool = False, shares: bool = False, **more
) -> Case:
    def layer(rows: int, columns: int, seed: int) -> list:
        blocks = [columns // block] if block else []
        return [
            uniform(_E, rows, columns * bits // 8, low=0, high=256, dtype="uint8", seed=seed),
            uniform(_E, rows, *blocks, low=0.3, high=0.6, seed=seed) / 2**bits,
            normal(_E, rows, seed=seed),
        ]

    def shifts(rows: int, columns: int, seed: int) -> np.ndarray | None:
        if not zeros:
            return None
        each = [rows, -(-columns // block * bits // 8)] if block else [-(-rows * bits // 8)]
        return uniform(_E, *each, low=0, high=256, dtype="uint8", seed=seed)

    inputs = [
        normal(_T, _D),
        normal(_T, _E, seed=1),
        *layer(fused * _I, _D, 2),
        *layer(_D, _I, 3),
        *[None] * 3,
        shifts(fused * _I, _D, 4),
        shifts(_D, _I, 5),
        None,
        uniform(_T, _E, seed=6) if shares else None,
    ]
    while inputs[-1] is None:
        inputs.pop()
    block_size = {"block_size": block} if block else {}
    constants = tuple(i for i in range(2, min(14, len(inputs))) if inputs[i] is not None)
    return _own(
        "QMoE", *inputs, expert_weight_bits=bits, k=2, constants=constants, **block_size, **more
    )


CASES = [
    *(
        _mixture(activation_type=activation, normalize_routing_weights=normalize, k=k)
        for activation in ("relu", "silu", "gelu", "identity")
        for normalize in (0, 1)
        for k in (1, 3)
    ),
    _mixture(shape=(1, _T, _D), bias=False, k=2),
    _mixture(2, activation_type="swiglu", swiglu_fusion=1, k=2),
    _mixture(
        2,
        activation_type="swiglu",
        swiglu_fusion=1,
        k=2,
        activation_alpha=1.702,
        activation_beta=1.0,
        swiglu_limit=0.5,
        normalize_routing_weights=1,
    ),
    *(  # blocks of 8 bits: onnxruntime rounds what meets them to 8 bits, too
        _few_bits(
            bits,
            block,
            zeros=zeros,
            activation_type="silu",
            normalize_routing_weights=1,
            **({"rtol": 0.02, "atol": 0.02} if bits == 8 and block else {}),
        )
        for bits in (2, 4, 8)
        for block in (0, 32)
        for zeros in (False, True)
    ),
    _few_bits(4, 16, 2, activation_type="swiglu", swiglu_fusion=1, swiglu_limit=7.0),
    _few_bits(4, shares=True, activation_type="relu"),
    _few_bits(4, shares=True, activation_type="relu", normalize_routing_weights=1),
]
