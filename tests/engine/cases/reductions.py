"""Reductions over axes, positions of extremes, the best k, running sums."""

import numpy as np

from engine.cases import case, f32, i64, normal, scalar, uniform

X = uniform(3, 2, 4, low=0.5, high=2)
WHOLE = uniform(3, 4, low=1, high=9, dtype="int32")
NAMES = (
    "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
    "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare",
)  # fmt: skip
TIES = f32([[1, 3, 3, 2], [5, 1, 5, 5]])
CASES = [
    *(case(name, X, opset=o, axes=axes, keepdims=k)
      for name in NAMES for o in (7, 11) for axes, k in (([1], 1), ([0, 2], 0), ([-1], 0))),
    *(case(name, X, opset=11) for name in NAMES),
    *(case(name, X, opset=11, keepdims=0) for name in NAMES),
    *(case(name, X, i64(*axes), opset=18, keepdims=k)
      for name in NAMES for axes, k in (((1,), 1), ((0, 2), 0), ((-1,), 0))),
    *(case(name, X, opset=18) for name in NAMES),
    *(case(name, X, None, opset=18, noop_with_empty_axes=1)
      for name in ("ReduceSum", "ReduceMean", "ReduceMax")),
    *(case(name, WHOLE, i64(1), opset=18)
      for name in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                   "ReduceSumSquare")),
    case("ReduceSum", X, i64(1), opset=13),
    case("ReduceMax", f32([[np.inf, -np.inf], [-np.inf, -np.inf]]), i64(1), opset=18),
    case("ReduceLogSumExp", f32([[1000, 1000], [-1000, -1000]]), i64(1), opset=18),
    case("ReduceMax", X > 1, i64(1), opset=20),
    # onnxruntime has no reductions of nothing; what the standard says of them
    case("ReduceSum", normal(2, 0, 3), i64(1), opset=18,
         expected=lambda x, a: np.zeros((2, 1, 3), np.float32)),
    case("ReduceMax", normal(2, 0, 3), i64(1), opset=18,
         expected=lambda x, a: np.full((2, 1, 3), -np.inf, np.float32)),
    *(case(name, X, opset=o, axis=axis, keepdims=k)
      for name in ("ArgMax", "ArgMin") for o in (7, 11, 13)
      for axis, k in ((0, 1), (1, 0), (2, 1))),
    *(case(name, TIES, opset=o, axis=1, select_last_index=last)
      for name in ("ArgMax", "ArgMin") for o in (12, 13) for last in (0, 1)),
    case("ArgMax", WHOLE, axis=-1, keepdims=0),
    *(case("TopK", X, opset=7, outputs=2, k=2, axis=axis) for axis in (1, -1)),
    case("TopK", X, i64(2), opset=10, outputs=2),
    *(case("TopK", x, i64(k), opset=11, outputs=2, axis=axis, largest=largest)
      for x, k, axis in ((X, 3, -1), (X, 2, 0), (TIES, 3, 1), (WHOLE.astype("int64"), 2, 1))
      for largest in (0, 1)),
    *(case("CumSum", normal(3, 4), scalar(axis, "int64"), opset=o, exclusive=e, reverse=r)
      for o in (11, 14) for axis in (0, 1, -1) for e in (0, 1) for r in (0, 1)),
    case("CumSum", WHOLE, scalar(1, "int32")),
    # onnxruntime sums no half floats; 4,096 times 0.1 is 409.5 if the sum keeps its digits
    case("ReduceSum", np.full((1, 4096), 0.1, np.float16), i64(1), opset=18,
         expected=lambda x, a: np.array([[409.5]], np.float16)),
    case("CumProd", f32(1, 2, 3, 4), scalar(0, "int64"), opset=26, exclusive=1,
         expected=lambda x, a: f32(1, 1, 2, 6)),
]  # fmt: skip
