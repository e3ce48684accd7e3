"""Weights of few bits: every number of bits, blocks, zero points of every kind."""

import numpy as np

from engine.cases import Case, case, normal, uniform


def _own(op: str, *inputs, **more) -> Case:
    tolerance = {"rtol": 1e-4, "atol": 1e-4}
    return case(op, *inputs, domain="com.microsoft", opset=1, **{**tolerance, **more})


def _bytes(*shape: int, seed: int = 0) -> np.ndarray:
    return uniform(*shape, low=0, high=256, dtype="uint8", seed=seed)


def _blocks(
    bits: int, block: int, k: int = 96, n: int = 5, zero: str = "", rest=(), dtype="float32", **more
) -> Case:
    """Everything but A is a weight, as onnxruntime wants it."""
    count = -(-k // block)
    shifts = {
        "": None,
        "packed": _bytes(n, -(-count * bits // 8), seed=3),
        "real": uniform(n, count, low=1, high=3, seed=4, dtype=dtype),
    }[zero]
    return _own(
        "MatMulNBits",
        normal(2, 3, k, dtype=dtype),
        _bytes(n, count, block * bits // 8, seed=1),
        uniform(n, count, low=0.1 / 2**bits, high=0.2 / 2**bits, seed=2, dtype=dtype),
        shifts,
        *rest,
        K=k,
        N=n,
        bits=bits,
        block_size=block,
        constants=tuple(range(1, 4 + len(rest))),
        **more,
    )


CASES = [
    *(
        _blocks(bits, block, zero=zero)
        for bits in (2, 4, 8)
        for block in (16, 32)
        for zero in ("", "packed")
    ),
    *(_blocks(bits, 32, zero="real") for bits in (4,)),
    _blocks(4, 32, k=80, zero="packed"),  # the last block is not full
    _blocks(4, 32, zero="packed", dtype="float16", rtol=1e-2, atol=1e-2),
    _blocks(4, 32, rest=(None, normal(5))),
    _blocks(4, 32, accuracy_level=1),
    _blocks(4, 32, k=64, rest=(uniform(64, low=0, high=2, dtype="int32"),)),
    *(
        _own(
            "MatMulBnb4",
            normal(2, k),
            _bytes(-(-n * k // 2)),
            uniform(-(-n * k // block), low=0.5, high=1),
            K=k,
            N=n,
            block_size=block,
            quant_type=kind,
            constants=(1, 2),
        )
        for kind in (0, 1)
        for n, k, block in ((5, 32, 16), (3, 64, 32), (3, 7, 16))
    ),
]
