"""What onnxruntime has in its own domain beside fused and quantized operators."""

import numpy as np

from engine.cases import Case, case, f32, i64, normal, scalar, strings, uniform


def _own(op: str, *inputs, **more) -> Case:
    return case(op, *inputs, domain="com.microsoft", opset=1, **more)


def _ints(*values) -> np.ndarray:
    return np.array(values, np.int32)


_SQUARES = normal(2, 3, 4, 4)
_BYTES = uniform(2, 4, 6, 6, low=0, high=256, dtype="uint8")
_BOXES = f32([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0.7, 0.9, 0.2, 0.1], [-0.2, 0.5, 1.3, 0.6])
_WHICH = _ints(0, 1, 1, 0)
_COSTS = uniform(5, 7, seed=3)


def _qconv(**more) -> Case:
    last = more.get("channels_last")
    x = _BYTES.transpose(0, 2, 3, 1).copy() if last else _BYTES
    return _own(
        "QLinearConv",
        x,
        scalar(0.02),
        scalar(120, "uint8"),
        uniform(6, 4, 3, 3, low=90, high=160, dtype="uint8"),
        uniform(6, low=0.01, high=0.02),
        np.full(6, 128, np.uint8),
        scalar(0.3),
        scalar(128, "uint8"),
        uniform(6, low=-99, high=99, dtype="int32"),
        constants=(1, 2, 3, 4, 5, 6, 7, 8),
        **more,
    )


_ROWS = uniform(3, 4, low=0, high=256, dtype="uint8")


def _word_lengths(*words) -> np.ndarray:
    return np.array([[*word, *[0] * (5 - len(word))] for word in words], np.int32)


CASES = [
    # onnxruntime has schemas for these four, and nothing on a CPU that computes them
    _own(
        "MulInteger",
        _ROWS,
        scalar(3, "uint8"),
        uniform(4, low=0, high=256, dtype="uint8", seed=1),
        scalar(200, "uint8"),
        expected=lambda a, _a, b, _b: (a.astype(np.int32) - 3) * (b.astype(np.int32) - 200),
    ),
    _own(
        "ReduceSumInteger",
        _ROWS,
        axes=[1],
        keepdims=0,
        expected=lambda x: x.astype(np.uint32).sum(axis=1, dtype=np.uint32),
    ),
    _own(
        "QLinearReduceMean",
        _ROWS,
        scalar(0.5),
        scalar(100, "uint8"),
        scalar(0.25),
        scalar(10, "uint8"),
        axes=[0],
        keepdims=1,
        expected=lambda x, *_: np.clip(
            np.rint(((x - np.float32(100)) * np.float32(0.5)).mean(axis=0, keepdims=True) / 0.25)
            + 10,
            0,
            255,
        ).astype(np.uint8),
    ),
    _own(
        "TorchEmbedding",
        normal(5, 3),
        i64(4, 0, 2),
        expected=lambda weight, indices: weight[indices],
    ),
    _own(
        "WordConvEmbedding",
        _word_lengths((1, 2, 3), (4,), (1, 2, 3, 4, 5), (6, 7)),  # of () onnxruntime makes chance
        normal(6, 1, 2, 3, seed=1),
        normal(6, seed=2),
        normal(8, 3, seed=3),
        constants=(1, 2, 3),
    ),
    _own("SampleOp", normal(2, 3)),
    *(_own("ExpandDims", normal(2, 3), scalar(a, "int32"), constants=(1,)) for a in (0, 2, -1)),
    *(
        _own("Trilu", normal(2, 4, 5), *k, upper=upper)
        for upper in (0, 1)
        for k in ((), (scalar(1, "int64"),), (scalar(-2, "int64"),))
    ),
    _own("GatherND", normal(2, 3, 4), uniform(5, 2, low=0, high=2, dtype="int64")),
    _own("GatherND", normal(2, 3, 4), uniform(2, 2, 1, low=0, high=2, dtype="int32")),
    _own("Unique", f32(2, 1, 1, 3, 4, 3), outputs=3),
    _own("Unique", f32(), outputs=3),
    _own("Range", scalar(1.0), scalar(2.0), scalar(0.3)),
    _own("Range", *_ints([2], [9])),
    *(
        _own("Pad", normal(2, 3), np.array(pads).reshape(shape), scalar(7.0), mode=mode)
        for pads in ([0, 2, 1, 0], [0, 1, 1, 1], [0, -1, 0, 1])
        for shape in ((4,), (1, 4))
        for mode in ("constant", "reflect", "edge")
    ),
    _own("Pad", normal(2, 3), i64(1, 1, 0, 0)),
    *(
        _own(
            "GridSample",
            normal(2, 3, 4, 5),
            uniform(2, 3, 2, 2, low=-1.3, high=1.3),
            mode=mode,
            padding_mode=padding,
            align_corners=align,
            rtol=1e-4,
            atol=1e-5,
        )
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for align in (0, 1)
    ),
    _own("TransposeMatMul", normal(2, 4, 3), normal(2, 5, 4, seed=1), transA=1, transB=1),
    _own("TransposeMatMul", normal(3, 4), normal(4, 5), alpha=0.5),
    _own(
        "ConvTransposeWithDynamicPads",
        normal(1, 2, 4, 4),
        normal(2, 3, 3, 3, seed=1),
        i64(1, 1, 1, 1),
        normal(3),
        strides=[2, 2],
        output_padding=[1, 1],
    ),
    _own("NhwcMaxPool", _BYTES, kernel_shape=[2, 3], strides=[2, 1], pads=[0, 1, 0, 1]),
    _own("NhwcMaxPool", _BYTES.view(np.int8), kernel_shape=[2, 2], dilations=[2, 1]),
    _qconv(),
    _qconv(channels_last=1, pads=[1, 1, 1, 1], strides=[2, 2]),
    _own("Inverse", _SQUARES),
    _own("Inverse", normal(3, 3, dtype="float64")),
    _own(
        "MatMulInteger16",
        uniform(2, 3, 4, low=-30000, high=30000, dtype="int16"),
        uniform(4, 5, low=-30000, high=30000, dtype="int16"),
    ),
    *(
        _own("CDist", normal(4, 3, dtype=kind), normal(5, 3, seed=1, dtype=kind), metric=metric)
        for kind in ("float32", "float64")
        for metric in ("sqeuclidean", "euclidean")
    ),
    *(_own("DynamicTimeWarping", costs) for costs in (_COSTS, _COSTS.T.copy(), _COSTS[None])),
    _own("DynamicTimeWarping", np.zeros((3, 4), np.float32)),  # all ways cost the same
    *(
        _own("UnfoldTensor", normal(2, 7, 3), dim=dim, size=size, step=step)
        for dim, size, step in ((1, 3, 2), (-2, 7, 1), (2, 2, 1), (0, 1, 5))
    ),
    _own("UnfoldTensor", i64(*range(6)), size=4),
    *(
        _own("CropAndResize", normal(2, 3, 5, 6), _BOXES, _WHICH, _ints(*size), mode=mode)
        for mode in ("bilinear", "nearest")
        for size in ((3, 4), (1, 1), (7, 1))
    ),
    _own(
        "CropAndResize", normal(2, 3, 5, 6), _BOXES, _WHICH, _ints(2, 2), extrapolation_value=-3.0
    ),
    *(
        _own("MurmurHash3", x, **more)
        for x in (
            strings("", "a", "word", "longer", "ü", "four and more"),
            i64(0, 1, -5, 1 << 40),
            _ints([3, 4], [5, -6]),
            f32(0.5, -1),
            normal(3, dtype="float64"),
            uniform(3, low=0, high=99, dtype="uint32"),
        )
        for more in ({}, {"positive": 0, "seed": 42})
    ),
    *(
        _own("NGramRepeatBlock", tokens, normal(2, 9), ngram_size=size)
        for tokens in (
            i64(1, 2, 1, 2, 1).reshape(1, 5).repeat(2, 0),
            uniform(2, 30, high=9, dtype="int64"),
        )
        for size in (1, 2, 3, 6)
    ),
    *(
        _own("BifurcationDetector", i64(2, 2, 1, 5, 3, 4, 5, 4, 4), *rest, outputs=2)
        for rest in (
            (i64(2, 2, 1), i64(3)),
            (i64(2, 2, 1), scalar(2, "int64"), i64(1, 5, 3, 4, 2, 7, 4, 3)),
            (i64(2, 2, 1), scalar(3, "int64"), i64(5, 3, 4, 5, 4, 4, 9)),
            (i64(5, 4), scalar(0, "int64")),
            (
                i64(
                    5,
                ),
                scalar(0, "int64"),
            ),
            (
                i64(
                    4,
                ),
                scalar(0, "int64"),
            ),
        )
    ),
]
