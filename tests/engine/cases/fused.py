"""Several layers in one node, as onnxruntime's optimizers write them."""

import numpy as np

from engine.cases import Case, case, normal, uniform


def _fused(op: str, *inputs, **more) -> Case:
    return case(
        op, *inputs, domain="com.microsoft", opset=1, **{"rtol": 1e-4, "atol": 1e-5, **more}
    )


_X, _D = normal(2, 5, 8), 8
_VECTORS = [normal(8, seed=s) for s in (1, 2, 3)]
_SKIP = normal(2, 5, 8, seed=5)
_TABLES = [normal(n, 8, seed=n) for n in (10, 6, 2)]


def _embedded(segments: bool, **more) -> Case:
    ids = uniform(2, 5, high=10, dtype="int32")
    kinds = uniform(2, 5, high=2, dtype="int32") if segments else None
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    word, place, kind = _TABLES
    return _fused(
        "EmbedLayerNormalization",
        ids,
        kinds,
        word,
        place,
        kind if segments else None,
        *_VECTORS[:2],
        mask,
        constants=(2, 3, 4, 5, 6)
        if segments
        else (2, 3, 5, 6),  # onnxruntime wants to know the tables' sizes
        **more,
    )


def _embedded_in_8_bits(kind: str, segments: bool, masked: bool) -> Case:
    low, high = (0, 256) if kind == "uint8" else (-128, 128)
    rows = [(10, 8), (6, 8), (2, 8), (8,), (8,)]
    tables = [
        uniform(*shape, low=low, high=high, dtype=kind, seed=seed)
        for seed, shape in enumerate(rows)
    ]
    scales = [np.array(0.01 + 0.01 * seed, np.float32) for seed in range(5)]
    zeros = [np.array((low + high) // 2 + seed, kind) for seed in range(5)]
    if not segments:
        tables[2], scales[2], zeros[2] = None, None, None
    mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)
    inputs = [
        uniform(2, 5, high=10, dtype="int32"),
        uniform(2, 5, high=2, dtype="int32") if segments else None,
        *tables,
        mask if masked else None,
        *scales,
        *zeros,
    ]
    constants = [i for i in range(2, len(inputs)) if i != 7 and inputs[i] is not None]
    return _fused("QEmbedLayerNormalization", *inputs, outputs=2, constants=tuple(constants))


def _picked(bits: int, zeros: bool, *shape: int) -> Case:
    """Rows of a table of 64 values in blocks of 16, stored in bytes of 8/bits values."""
    blocks = uniform(12, 4, low=0.01, high=0.05)
    points = uniform(12, 4 * bits // 8, high=255, dtype="uint8", seed=1) if zeros else None
    return _fused(
        "GatherBlockQuantized",
        uniform(12, 64 * bits // 8, high=255, dtype="uint8"),
        uniform(*shape, low=-12, high=12, dtype="int64"),
        blocks,
        points,
        constants=(0, 2, 3) if zeros else (0, 2),
        bits=bits,
        block_size=16,
    )


CASES = [
    *(
        _embedded_in_8_bits(kind, segments, masked)
        for kind in ("uint8", "int8")
        for segments in (False, True)
        for masked in (False, True)
    ),
    *(
        _picked(bits, zeros, *shape)
        for bits in (4, 8)
        for zeros in (False, True)
        for shape in ((3,), (2, 3))
    ),
    _fused("Gelu", _X),
    _fused("FastGelu", _X),
    _fused("FastGelu", _X, _VECTORS[0]),
    _fused("BiasGelu", _X, _VECTORS[0]),
    _fused("QuickGelu", _X),
    _fused("QuickGelu", _X, alpha=1.0),
    *(
        _fused("SkipLayerNormalization", _X, normal(*skip, seed=5), *vectors, outputs=outputs)
        for skip, vectors, outputs in (
            ((2, 5, 8), _VECTORS[:1], 1),
            ((2, 5, 8), _VECTORS[:2], 1),
            ((1, 5, 8), _VECTORS, (True, False, False, True)),
            ((5, 8), _VECTORS, (True, False, False, True)),
        )
    ),
    *(
        _fused(
            "SkipSimplifiedLayerNormalization",
            _X,
            normal(2, 5, 8, seed=5),
            *v,
            outputs=o,
            epsilon=e,
        )
        for v, o, e in (
            (_VECTORS[:1], 1, 1e-5),
            (_VECTORS[:2], (True, False, False, True), 1e-6),
        )
    ),
    _embedded(True, outputs=2, mask_index_type=1),
    _embedded(True, outputs=3, mask_index_type=1, epsilon=1e-5),
    _embedded(False, outputs=2, mask_index_type=1),
    *(
        _fused("FusedConv", normal(1, 3, 6, 6), normal(4, 3, 3, 3, seed=1), normal(4, seed=2), **a)
        for a in (
            {"activation": "Relu", "pads": [1, 1, 1, 1]},
            {"activation": "LeakyRelu", "activation_params": [0.2]},
            {"activation": "Clip", "activation_params": [0.0, 1.0], "strides": [2, 2]},
            {"activation": "HardSigmoid", "activation_params": [0.3, 0.4]},
            {"activation": "Tanh"},
            {"activation": "Sigmoid"},
        )
    ),
    _fused(
        "FusedConv",
        normal(1, 3, 6, 6),
        normal(4, 3, 3, 3, seed=1),
        normal(4, seed=2),
        normal(1, 4, 4, 4, seed=3),
        activation="Relu",
    ),
    *(
        _fused("FusedGemm", normal(3, 4), normal(5, 4), normal(5), transB=1, alpha=0.5, **a)
        for a in (
            {"activation": "Relu"},
            {"activation": "LeakyRelu", "activation_alpha": 0.2},
            {"activation": "Tanh", "beta": 2.0},
        )
    ),
]
