"""Values moved to a common scale: by learned statistics, or by those of the values themselves.

Operators that measure mean and deviation record both, so that they can be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.kernel import cells
from tensorama.engine.kernel.recorder import replayable
from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
Record = Callable[[str, Array], None]


def _along_channels(values: Array, x: Array) -> Array:
    """A vector (C) in the shape in which it meets x (N,C,…)."""
    return values.reshape(-1, *[1] * (x.ndim - 2)) if values.ndim == 1 and x.ndim > 1 else values


def normalized_by(x: Array, scale: Array, b: Array, mean: Array, var: Array, eps: float) -> Array:
    """(x − mean) / √(var + eps) · scale + b as one product and one sum per cell."""
    factor = scale / np.sqrt(var.astype(scale.dtype) + scale.dtype.type(eps))
    shift = b - mean * factor
    scaled = cells.scaled(x, factor, shift)
    if scaled is not None:
        return scaled
    y = x * _along_channels(factor, x) + _along_channels(shift, x)
    return y.astype(x.dtype, copy=False)


def _complain_unless_fitting(x: Array, *vectors: Array) -> None:
    channels = x.shape[1] if x.ndim > 1 else 1
    for vector in vectors:
        if vector.ndim == 1 and vector.size != channels:
            raise OperatorError(f"X has {channels} channels, {vector.size} statistics came")


@op("BatchNormalization", since=14)
@replayable("x", derived=True)
def batch_normalization(
    x: Array,
    scale: Array,
    b: Array,
    input_mean: Array,
    input_var: Array,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Array | tuple[Array, Array, Array]:
    """Bring each channel to mean 0 and variance 1 (as measured in training), then scale and shift.

    x (N,C,*D), the others (C).  y = (x − mean) / √(var + ε) · scale + b
    In training mode the batch's own statistics count, and the running ones are given as well.
    """
    _complain_unless_fitting(x, scale, b, input_mean, input_var)
    if not training_mode:
        return normalized_by(x, scale, b, input_mean, input_var, epsilon)
    mean, var = _batch_statistics(x)
    y = normalized_by(x, scale, b, mean.astype(x.dtype), var.astype(x.dtype), epsilon)
    return y, _running(input_mean, mean, momentum), _running(input_var, var, momentum)


def _batch_statistics(x: Array) -> tuple[Array, Array]:
    axes = tuple(i for i in range(x.ndim) if i != 1)
    wide = x.astype(np.float64)
    return wide.mean(axis=axes), wide.var(axis=axes)


def _running(old: Array, new: Array, momentum: float) -> Array:
    return (old * momentum + new * (1 - momentum)).astype(old.dtype)


@op("BatchNormalization", since=9, needs=("outputs",))
@replayable("x", derived=True)
def batch_normalization_by_outputs(
    x: Array,
    scale: Array,
    b: Array,
    mean: Array,
    var: Array,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    outputs: int,
) -> Array | tuple[Array, ...]:
    """BatchNormalization of opsets 9-13: it trains when it has more than one output.

    The outputs are then y, running mean and variance, and the batch's own mean and variance.
    """
    _complain_unless_fitting(x, scale, b, mean, var)
    if outputs == 1:
        return normalized_by(x, scale, b, mean, var, epsilon)
    own_mean, own_var = _batch_statistics(x)
    saved = own_mean.astype(mean.dtype), own_var.astype(var.dtype)
    y = normalized_by(x, scale, b, *saved, epsilon)
    return y, _running(mean, own_mean, momentum), _running(var, own_var, momentum), *saved


@op("BatchNormalization", since=7, needs=("outputs",))
@replayable("x", derived=True)
def batch_normalization_spatial(
    x: Array,
    scale: Array,
    b: Array,
    mean: Array,
    var: Array,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    spatial: int = 1,
    outputs: int,
) -> Array | tuple[Array, ...]:
    """BatchNormalization of opsets 7-8: without `spatial` every cell has its own statistics."""
    if spatial:
        return batch_normalization_by_outputs(
            x, scale, b, mean, var, epsilon=epsilon, momentum=momentum, outputs=outputs
        )
    factor = scale / np.sqrt(var + var.dtype.type(epsilon))
    return x * factor + (b - mean * factor)


def normalized(
    x: Array, axes: tuple[int, ...], epsilon: float, centre: bool = True
) -> tuple[Array, Array, Array]:
    """Bring values to mean 0 and variance 1 along axes; give mean and 1/deviation as well.

    Without `centre` the mean stays, and the root of the mean square is made 1.
    """
    if axes and axes == tuple(range(x.ndim - len(axes), x.ndim)):
        fast = cells.normalized(x, axes[0], epsilon, centre=centre)
        if fast is not None:
            return fast
    mean = x.mean(axis=axes, keepdims=True) if centre else np.zeros((), x.dtype)
    centred = x - mean if centre else x
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    return centred * inverse, mean, inverse


def layer_normalized(
    x: Array,
    axis: int,
    epsilon: float,
    scale: Array,
    shift: Array | None = None,
    centre: bool = True,
    stash_type: int = 1,
) -> tuple[Array, Array, Array]:
    """`normalized` from an axis on, scaled and shifted; statistics of float16 in float32."""
    axis = axis_of(axis, x.ndim)
    fast = cells.normalized(x, axis, epsilon, scale, shift, centre)
    if fast is not None:
        return fast
    wide = x.astype(np.float32) if stash_type == 1 and x.dtype == np.float16 else x
    y, mean, inverse = normalized(wide, tuple(range(axis, x.ndim)), epsilon, centre)
    y = y.astype(x.dtype, copy=False) * scale
    return (y if shift is None else y + shift), mean, inverse


# Since 17 by the standard; onnxruntime's optimizer writes it into models of older opsets too.
@op("LayerNormalization", since=1, needs=("record",))
@replayable("x", "scale", "b")
def layer_normalization(
    x: Array,
    scale: Array,
    b: Array | None = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
    record: Record,
) -> tuple[Array, Array, Array]:
    """Bring the values from `axis` on to mean 0 and variance 1, then scale and shift.

    Also gives the mean and 1/deviation of each position.
    """
    y, mean, inverse = layer_normalized(x, axis, epsilon, scale, b, stash_type=stash_type)
    record("mean", mean)
    record("inverse_deviation", inverse)
    return y, mean, inverse


@op("RMSNormalization", since=23, needs=("record",))
@replayable("x", "scale")
def rms_normalization(
    x: Array,
    scale: Array,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
    record: Record,
) -> Array:
    """Bring the root of the mean square to 1, from `axis` on, then scale."""
    y, _, inverse = layer_normalized(x, axis, epsilon, scale, centre=False, stash_type=stash_type)
    record("inverse_root_mean_square", inverse)
    return y


@op("SimplifiedLayerNormalization", since=1, needs=("record",))
@replayable("x", "scale")
def simplified_layer_normalization(
    x: Array,
    scale: Array,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
    record: Record,
) -> tuple[Array, Array]:
    """onnxruntime's older name for RMSNormalization; it gives 1/root mean square as well."""
    y, _, inverse = layer_normalized(x, axis, epsilon, scale, centre=False, stash_type=stash_type)
    record("inverse_root_mean_square", inverse)
    return y, inverse


@op("InstanceNormalization", since=6, needs=("record",))
@replayable("x", "scale", "b")
def instance_normalization(
    x: Array, scale: Array, b: Array, *, epsilon: float = 1e-5, record: Record
) -> Array:
    """Bring each channel of each picture to mean 0 and variance 1, then scale and shift."""
    _complain_unless_fitting(x, scale, b)
    y, mean, inverse = normalized(x, tuple(range(2, x.ndim)), epsilon)
    record("mean", mean)
    record("inverse_deviation", inverse)
    return _each_channel_scaled(y, scale, b)


def _each_channel_scaled(y: Array, scale: Array, shift: Array) -> Array:
    """y · scale + shift with one of each per channel; y may be overwritten."""
    scaled = cells.scaled(y, scale, shift, in_place=True)
    return y * _along_channels(scale, y) + _along_channels(shift, y) if scaled is None else scaled


def _grouped(x: Array, num_groups: int) -> Array:
    if x.ndim < 2 or not x.shape[1] or x.shape[1] % num_groups:
        raise OperatorError(f"{x.shape[1:2]} channels cannot be dealt to {num_groups} groups")
    return x.reshape(x.shape[0], num_groups, -1)


@op("GroupNormalization", since=18, needs=("record",))
@replayable("x", derived=True)
def group_normalization_by_group(
    x: Array, scale: Array, bias: Array, *, epsilon: float = 1e-5, num_groups: int, record: Record
) -> Array:
    """GroupNormalization of opsets 18-20: scale and bias are one per group."""
    each = x.shape[1] // num_groups
    return group_normalization(
        x, scale.repeat(each), bias.repeat(each), epsilon=epsilon, num_groups=num_groups,
        record=record,
    )  # fmt: skip


@op("GroupNormalization", since=21, needs=("record",))
@replayable("x", "scale", "bias")
def group_normalization(
    x: Array,
    scale: Array,
    bias: Array,
    *,
    epsilon: float = 1e-5,
    num_groups: int,
    stash_type: int = 1,
    record: Record,
) -> Array:
    """Bring groups of channels to mean 0 and variance 1, then scale and shift each channel."""
    groups = _grouped(x, num_groups)
    wide = groups.astype(np.float32) if stash_type == 1 and x.dtype == np.float16 else groups
    y, mean, inverse = normalized(wide, (2,), epsilon)
    record("mean", mean)
    record("inverse_deviation", inverse)
    return _each_channel_scaled(y.astype(x.dtype, copy=False).reshape(x.shape), scale, bias)


@op("LRN", since=1)
def local_response_normalization(
    x: Array, *, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0, size: int
) -> Array:
    """Dampen a value by the squares of its neighbours in the channels around it.

    x (N,C,*D).  y = x / (bias + alpha/size · Σ x²)^beta over `size` channels
    """
    if size < 1 or x.ndim < 2:
        raise OperatorError(f"size is {size} and x has {x.ndim} axes, both are too few")
    channels = x.shape[1]  # no window reaches beyond the last one
    before, after = min((size - 1) // 2, channels), min(size // 2, channels)
    border = [(0, 0), (before, after)] + [(0, 0)] * (x.ndim - 2)
    squares = np.pad(x * x, border)
    total = squares[:, :channels].copy()
    for shift in range(1, before + after + 1):
        total += squares[:, shift : shift + channels]
    kind = x.dtype.type
    total = kind(bias) + kind(alpha / size) * total
    if beta == 0.75:  # the usual one: two roots cost far less than a power
        root = np.sqrt(total)
        return x / (root * np.sqrt(root))
    return x / total ** kind(beta)


@op("LpNormalization", since=1)
def lp_normalization(x: Array, *, axis: int = -1, p: int = 2) -> Array:
    """Make the p-norm along an axis 1; what is all zeros stays so."""
    axis = axis_of(axis, x.ndim)
    if p not in (1, 2):
        raise OperatorError(f"p is {p}, 1 or 2 was expected")
    size = np.abs(x) if p == 1 else x * x
    norm = size.sum(axis=axis, keepdims=True)
    norm = np.sqrt(norm) if p == 2 else norm
    return np.where(norm == 0, x.dtype.type(0), x / np.where(norm == 0, x.dtype.type(1), norm))


@op("MeanVarianceNormalization", since=9, needs=("record",))
def mean_variance_normalization(
    x: Array, *, axes: Sequence[int] = (0, 2, 3), record: Record
) -> Array:
    """Bring values to mean 0 and variance 1 along axes (batch and picture by default)."""
    which = tuple(axis_of(int(axis), x.ndim) for axis in axes)
    mean = x.mean(axis=which, keepdims=True)
    centred = x - mean
    deviation = np.sqrt(np.square(centred).mean(axis=which, keepdims=True))
    record("mean", mean)
    record("deviation", deviation)
    return centred / (deviation + x.dtype.type(1e-9))
