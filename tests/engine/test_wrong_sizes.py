"""With one size made wrong, the page says or computes what numpy does, and never reads beyond."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, case
from engine.kernel_host import Host
from engine.reference import feeds_of, model_of
from engine.wrong import disagreement, wrong_cases
from tensorama.engine import kernel

EVERY = 61


def test_the_kernel_agrees_with_numpy_about_wrong_sizes() -> None:
    faults = [
        f"{name}: {fault}"
        for name, case in islice(wrong_cases(), 0, None, EVERY)
        if (fault := disagreement(case))
    ]
    assert not faults, "\n".join(faults)


def f(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def u(*shape: int) -> np.ndarray:
    return np.ones(shape, np.uint8)


X, W, ONE, ZERO = f(1, 3, 5, 5), f(4, 3, 3, 3), f(), u()
Q, K = f(1, 3, 1, 8), f(1, 3, 18, 8)
MS = "com.microsoft"
SENTENCES: list[tuple[str, Case]] = [
    ("B has 2 values, there are 4 kernels", case("Conv", X, W, f(2))),
    ("B has 1 values, there are 4 kernels", case("Conv", X, W, f(1))),
    ("a kernel of 0 × 3 cells sees nothing", case("Conv", X, f(4, 3, 0, 3))),
    ("4 kernels cannot be dealt to 3 groups", case("Conv", X, f(4, 1, 3, 3), group=3)),
    ("B has 5 values, there are 4 kernels", case("FusedConv", X, W, f(5), domain=MS, opset=1)),
    ("B has 2 values, there are 3 kernels", case("ConvTranspose", X, f(3, 3, 3, 3), f(2))),
    ("strides must be positive, [0, 1] came",
     case("ConvTranspose", X, f(3, 4, 3, 3), strides=[0, 1])),
    ("the pads leave -1 cells along an axis",
     case("ConvTranspose", X, f(3, 4, 3, 3), pads=[8, 0, 0, 0])),
    ("output_padding must be 2 numbers from 0 on, [-1, 0] came",
     case("ConvTranspose", X, f(3, 4, 3, 3), output_padding=[-1, 0])),
    ("a kernel of 0 × 2 cells sees nothing", case("MaxPool", X, kernel_shape=[0, 2])),
    ("a kernel of 0 × 2 cells sees nothing", case("AveragePool", X, kernel_shape=[0, 2])),
    ("a mask of 4 × 18 does not fit scores of 1 × 3 × 1 × 18",
     case("Attention", Q, K, K, f(4, 18) > 0, opset=23)),
    ("a bias of 4 × 18 does not fit scores of 1 × 3 × 1 × 18",
     case("Attention", Q, K, K, f(4, 18), opset=23)),
    ("there are 3 heads of keys but 6 of values",
     case("Attention", Q, K, f(1, 6, 18, 8), opset=23)),
    ("x has 5 values at each place, weights 6 rows",
     case("Attention", f(2, 4, 5), f(6, 72), f(72), domain=MS, opset=1, num_heads=3)),
    ("seqlens_k has 2 values, there are 1 rows",
     case("GroupQueryAttention", f(1, 3, 64), None, None, None, None, np.array([2, 2], np.int32),
          np.array(3, np.int32), domain=MS, opset=1, num_heads=4, kv_num_heads=2)),
    ("B has 6 zero points and 5 columns", case("MatMulInteger", u(4, 6), u(6, 5), ZERO, u(6))),
    ("A has 3 zero points and 4 rows", case("MatMulInteger", u(4, 6), u(6, 5), u(3))),
    ("B has 6 zero points and 5 columns",
     case("QLinearMatMul", u(4, 6), ONE, ZERO, u(6, 5), f(5), u(6), ONE, ZERO)),
    ("B has 73 zero points and 72 columns",
     case("QAttention", u(2, 4, 6), u(6, 72), f(72), ONE, f(72), None, ZERO, u(73), domain=MS,
          opset=1, num_heads=3)),
    ("the zero point of W has 2 values, there are 4 kernels",
     case("QLinearConv", u(1, 3, 5, 5), ONE, ZERO, u(4, 3, 3, 3), ONE, u(2), ONE, ZERO)),
    ("there is one zero point for X, 3 came",
     case("ConvInteger", u(1, 3, 5, 5), u(4, 3, 3, 3), u(3))),
    ("A must have K = 64 values in each row, its shape is (2, 65)",
     case("MatMulNBits", f(2, 65), u(3, 2, 16), f(6), domain=MS, opset=1, N=3, K=64, bits=4,
          block_size=32)),
    *((f"1 targets of {n} columns need {n} coefficients, there are 4",
       case("LinearRegressor", f(5, n), domain="ai.onnx.ml", opset=1, coefficients=[1.0] * 4))
      for n in (3, 16)),
    ('"i" has the sizes 0 and 3 in "ii"', case("Einsum", f(0, 3), equation="ii->i")),
    ("rois must be (R,4), (4, 8) came", case("RoiAlign", X, f(4, 8), np.zeros(4, np.int64))),
    ("matrices in 2 and in 3 cannot be multiplied one by one",
     case("MatMul", f(2, 3, 4), f(3, 4, 5))),
    ("(2,3) and (2,4) do not fit together: sizes must be equal, or one of them 1",
     case("Add", f(2, 3), f(2, 4))),
]  # fmt: skip


@pytest.mark.parametrize("players", ["numpy", "kernel"])
@pytest.mark.parametrize(
    ("sentence", "wrong"), SENTENCES, ids=lambda item: getattr(item, "name", "")
)
def test_what_is_wrong_is_said(sentence: str, wrong: Case, players: str, player: Host) -> None:
    model = tr.load(model_of(wrong).SerializeToString())
    with (
        kernel.using(player if players == "kernel" else None),
        pytest.raises(tr.OperatorError) as e,
    ):
        model.run(feeds_of(wrong))
    assert f": {sentence}; x0 (" in str(e.value)


@pytest.mark.parametrize("shape", [(0, 3, 1, 8), (1, 3, 0, 8)])
def test_attention_to_or_from_nothing(shape: Any, player: Host) -> None:
    """No rows or no queries give nothing; no keys give zeros."""
    nothing = f(*shape)
    rows = f(shape[0], 3, 18, 8)
    for q, k in ((nothing, rows), (rows, nothing)):
        model = tr.load(model_of(case("Attention", q, k, k, opset=23)).SerializeToString())
        feeds = {"x0": q, "x1": k, "x2": k}
        y = model.run(feeds)["y0"]
        with kernel.using(None):
            assert (y == model.run(feeds)["y0"]).all()
        assert y.shape == q.shape
        assert not y.any()
