"""Several layers in one node, as onnxruntime's optimizers and exporters write them.

Domain com.microsoft; each is a short sentence in terms of the standard operators.
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.ops.activations import gelu, sigmoid
from tensorama.engine.ops.convolution import conv
from tensorama.engine.ops.linear import gemm
from tensorama.engine.ops.normalization import layer_normalized
from tensorama.engine.ops.quantization import dequantize_linear
from tensorama.engine.ops.squash import squashers
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
Record = Callable[[str, np.ndarray], None]
MICROSOFT = "com.microsoft"


@op("Gelu", since=1, domain=MICROSOFT)
def gelu_exact(x: Array) -> Array:
    """Gelu by the error function."""
    return gelu(x)


@op("FastGelu", since=1, domain=MICROSOFT)
def fast_gelu(x: Array, bias: Array | None = None) -> Array:
    """Gelu by its likeness with tanh, after a bias."""
    return gelu(x if bias is None else x + bias, approximate="tanh")


@op("BiasGelu", since=1, domain=MICROSOFT)
def bias_gelu(a: Array, b: Array) -> Array:
    """Gelu after a bias."""
    return gelu(a + b)


@op("QuickGelu", since=1, domain=MICROSOFT)
def quick_gelu(x: Array, *, alpha: float = 1.702) -> Array:
    """x · sigmoid(alpha·x)"""
    return x * sigmoid(x * x.dtype.type(alpha))


@op("SkipLayerNormalization", since=1, domain=MICROSOFT, needs=("record",))
def skip_layer_normalization(
    x: Array,
    skip: Array,
    gamma: Array,
    beta: Array | None = None,
    bias: Array | None = None,
    *,
    epsilon: float = 1e-12,
    record: Record,
) -> tuple[Array, Array, Array, Array]:
    """LayerNormalization of a sum: x + skip + bias.

    x (N,S,D), skip (N,S,D), (1,S,D) or (S,D), gamma, beta, bias (D)
    → y (N,S,D), mean, 1/deviation (N,S,1), the sum (N,S,D)
    """
    joined = x + skip if bias is None else x + skip + bias
    y, mean, inverse = layer_normalized(_wide(joined), -1, epsilon, _wide(gamma), beta)
    record("mean", mean)
    record("inverse_deviation", inverse)
    return y.astype(x.dtype, copy=False), mean, inverse, joined


@op("SkipSimplifiedLayerNormalization", since=1, domain=MICROSOFT, needs=("record",))
def skip_simplified_layer_normalization(
    x: Array,
    skip: Array,
    gamma: Array,
    bias: Array | None = None,
    *,
    epsilon: float = 1e-12,
    record: Record,
) -> tuple[Array, Array, Array, Array]:
    """RMSNormalization of a sum: x + skip + bias. Shapes as in SkipLayerNormalization."""
    joined = x + skip if bias is None else x + skip + bias
    y, mean, inverse = layer_normalized(_wide(joined), -1, epsilon, _wide(gamma), centre=False)
    record("inverse_root_mean_square", inverse)
    mean = np.broadcast_to(mean, inverse.shape)
    return y.astype(x.dtype, copy=False), mean, inverse, joined


def _wide(x: Array) -> Array:
    """float16 statistics are made in float32."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


@op("EmbedLayerNormalization", since=1, domain=MICROSOFT, needs=("record",))
def embed_layer_normalization(
    input_ids: Array,
    segment_ids: Array | None,
    word_embedding: Array,
    position_embedding: Array,
    segment_embedding: Array | None,
    gamma: Array,
    beta: Array,
    mask: Array | None = None,
    position_ids: Array | None = None,
    *,
    epsilon: float = 1e-12,
    mask_index_type: int = 0,
    record: Record,
) -> tuple[Array, Array, Array]:
    """Look up words, positions and segments, add them, and normalize.

    input_ids, segment_ids, mask (N,S) → y (N,S,D), how many tokens count (N), the sum (N,S,D)
    """
    length = input_ids.shape[-1] if input_ids.ndim else 0
    places = np.arange(length)[None] if position_ids is None else position_ids
    if input_ids.ndim != 2:
        raise OperatorError(f"input_ids has {input_ids.ndim} dimensions, 2 were expected")
    tables = [
        ("input_ids", input_ids, word_embedding),
        ("position_ids", places, position_embedding),
    ]
    if segment_ids is not None and segment_embedding is not None:
        tables.append(("segment_ids", segment_ids, segment_embedding))
    for name, ids, table in tables:
        if name == "segment_ids" and ids.shape != input_ids.shape:
            raise OperatorError(f"{name} must have the shape of input_ids, {ids.shape} came")
        if table.ndim != 2 or table.shape[1] != word_embedding.shape[-1]:
            raise OperatorError(
                f"the table for {name} must have rows of one length with the others"
            )
        if ids.size and not 0 <= ids.min() <= ids.max() < len(table):
            raise OperatorError(f"{name} go up to {ids.max()}, the table has {len(table)} rows")
    joined = word_embedding[input_ids] + position_embedding[places]
    if segment_ids is not None and segment_embedding is not None:
        joined = joined + segment_embedding[segment_ids]
    y, mean, inverse = layer_normalized(_wide(joined), 2, epsilon, _wide(gamma), beta)
    record("mean", mean)
    record("inverse_deviation", inverse)
    counting = np.zeros(len(input_ids), np.int32) if mask is None else mask.sum(axis=1)
    return y.astype(joined.dtype, copy=False), counting.astype(np.int32), joined


@op("QEmbedLayerNormalization", since=1, domain=MICROSOFT, needs=("record",))
def quantized_embed_layer_normalization(
    input_ids: Array,
    segment_ids: Array | None,
    word_embedding: Array,
    position_embedding: Array,
    segment_embedding: Array | None,
    gamma: Array,
    beta: Array,
    mask: Array | None,
    word_embedding_scale: Array,
    position_embedding_scale: Array,
    segment_embedding_scale: Array | None,
    gamma_scale: Array,
    beta_scale: Array,
    word_embedding_zero_point: Array,
    position_embedding_zero_point: Array,
    segment_embedding_zero_point: Array | None,
    gamma_zero_point: Array,
    beta_zero_point: Array,
    *,
    epsilon: float = 1e-12,
    record: Record,
) -> tuple[Array, Array]:
    """EmbedLayerNormalization whose tables are stored in 8 bits, each with a scale and zero point.

    → y (N,S,D), how many tokens count (N)
    """
    kinds = None
    if segment_embedding is not None and segment_embedding_scale is not None:
        kinds = _real(segment_embedding, segment_embedding_scale, segment_embedding_zero_point)
    y, counting, _ = embed_layer_normalization(
        input_ids,
        segment_ids,
        _real(word_embedding, word_embedding_scale, word_embedding_zero_point),
        _real(position_embedding, position_embedding_scale, position_embedding_zero_point),
        kinds,
        _real(gamma, gamma_scale, gamma_zero_point),
        _real(beta, beta_scale, beta_zero_point),
        mask,
        epsilon=epsilon,
        record=record,
    )
    return y, counting


def _real(x: Array, scale: Array, zero_point: Array | None) -> Array:
    return dequantize_linear(x, scale.reshape(()), zero_point)


@op("FusedConv", since=1, domain=MICROSOFT)
def fused_conv(
    x: Array,
    w: Array,
    b: Array | None = None,
    z: Array | None = None,
    *,
    activation: str = "",
    activation_params: Sequence[float] = (),
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> Array:
    """Conv, then z added, then an activation."""
    y = conv(
        x, w, b, auto_pad=auto_pad, dilations=dilations, group=group,
        kernel_shape=kernel_shape, pads=pads, strides=strides,
    )  # fmt: skip
    return _activated(y if z is None else y + z, activation, activation_params)


@op("FusedGemm", since=1, domain=MICROSOFT)
def fused_gemm(
    a: Array,
    b: Array,
    c: Array | None = None,
    *,
    activation: str = "",
    activation_alpha: float | None = None,
    activation_beta: float | None = None,
    activation_gamma: float | None = None,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,
    transB: int = 0,
) -> Array:
    """Gemm, then an activation."""
    y = gemm(a, b, c, alpha=alpha, beta=beta, transA=transA, transB=transB)
    given = [p for p in (activation_alpha, activation_beta) if p is not None]
    return _activated(y, activation, given)


def _activated(x: Array, name: str, parameters: Sequence[float]) -> Array:
    """Apply the activation of that name; parameters are its alpha and beta, or Clip's limits."""
    if not name:
        return x
    if name == "Clip":
        low, high = parameters or (-np.inf, np.inf)
        return np.clip(x, low, high)
    ((squash,),) = squashers([name], (name,), 1, parameters[:1], parameters[1:2], None)
    return squash(x)
