"""Opset 6, where its forms differ: broadcasting was still asked for by attributes.

Opset 7 is the oldest that this engine promises; ONNX's own suites and some old files need these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.ops import arithmetic, comparison
from tensorama.engine.ops.activations import parametric_relu
from tensorama.engine.ops.linear import gemm
from tensorama.engine.ops.normalization import batch_normalization_spatial
from tensorama.engine.ops.pooling import average_pool
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray


def _binary(name: str, since: int, function: Callable[[Array, Array], Array]) -> None:
    def binary(
        a: Array,
        b: Array,
        *,
        axis: int | None = None,
        broadcast: int = 0,
        consumed_inputs: Sequence[int] | None = None,
    ) -> Array:
        if broadcast and axis is not None:  # b stands at the axes from `axis` on
            b = b.reshape(*b.shape, *[1] * (a.ndim - axis % a.ndim - b.ndim))
        elif not broadcast and a.shape != b.shape:
            raise OperatorError("the shapes differ and broadcasting is not asked for")
        return function(a, b)

    binary.__doc__ = f"{name} of opsets before 7: `broadcast` and `axis` say how b meets a."
    op(name, since=since)(binary)


for _name, _since, _function in (
    ("Add", 6, arithmetic.add),
    ("Sub", 6, arithmetic.sub),
    ("Mul", 6, arithmetic.mul),
    ("Div", 6, arithmetic.div),
    ("Pow", 1, arithmetic.power),
    ("Equal", 1, comparison.equal),
    ("Greater", 1, comparison.greater),
    ("Less", 1, comparison.less),
    ("And", 1, comparison.both),
    ("Or", 1, comparison.either),
    ("Xor", 1, comparison.one_alone),
):
    _binary(_name, _since, _function)


@op("Gemm", since=6)
def gemm_6(
    a: Array,
    b: Array,
    c: Array,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    broadcast: int = 0,
    transA: int = 0,
    transB: int = 0,
) -> Array:
    """Gemm of opset 6: c is broadcast only if asked for."""
    return gemm(a, b, c, alpha=alpha, beta=beta, transA=transA, transB=transB)


@op("PRelu", since=6)
def parametric_relu_6(x: Array, slope: Array) -> Array:
    """PRelu of opset 6: the slope is one for all, or one per channel."""
    shared = slope.size == 1 or x.ndim < 2
    return parametric_relu(x, slope if shared else slope.reshape(-1, *[1] * (x.ndim - 2)))


@op("AveragePool", since=1)
def average_pool_1(
    x: Array,
    *,
    kernel_shape: Sequence[int],
    auto_pad: str = "NOTSET",
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """AveragePool of opsets 1-6: the border never counts."""
    return average_pool(x, kernel_shape=kernel_shape, auto_pad=auto_pad, pads=pads, strides=strides)


@op("BatchNormalization", since=6, needs=("outputs",))
def batch_normalization_6(
    x: Array,
    scale: Array,
    b: Array,
    mean: Array,
    var: Array,
    *,
    epsilon: float = 1e-5,
    is_test: int = 0,
    momentum: float = 0.9,
    spatial: int = 1,
    outputs: int,
) -> Array | tuple[Array, ...]:
    """BatchNormalization of opset 6: `is_test` says that it does not train."""
    return batch_normalization_spatial(
        x, scale, b, mean, var, epsilon=epsilon, momentum=momentum, spatial=spatial,
        outputs=1 if is_test else outputs,
    )  # fmt: skip


@op("Dropout", since=6, needs=("outputs",))
def dropout_6(
    x: Array, *, is_test: int = 0, ratio: float = 0.5, outputs: int
) -> Array | tuple[Array, Array]:
    """Dropout of opset 6: at inference it lets everything through."""
    return x if outputs == 1 else (x, np.ones_like(x))
