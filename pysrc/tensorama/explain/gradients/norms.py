"""Values moved to a common scale: by stored statistics, or by their own, which change as well."""

from __future__ import annotations

import numpy as np

from tensorama.engine.ops.shape import axis_of
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward, summed_to
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray
Axes = tuple[int, ...]


def standardized(x: Array, axes: Axes, epsilon: float, centre: bool = True) -> tuple[Array, Array]:
    """x at mean 0 and variance 1 along axes, and 1/deviation; without `centre` the mean stays."""
    centred = x - x.mean(axis=axes, keepdims=True) if centre else x
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    return centred * inverse, inverse


def through_statistics(
    change: Array, normal: Array, inverse: Array, axes: Axes, centre: bool = True
) -> Array:
    """The gradient of x by that of what `standardized` gives.

    A step of one cell moves mean and deviation, and so all others: these parts are taken off.
    """
    own = change - normal * (change * normal).mean(axis=axes, keepdims=True)
    if centre:
        own = own - change.mean(axis=axes, keepdims=True)
    back: Array = own * inverse
    return back


@differentiates("BatchNormalization")
def batch_normalization(at: Backward) -> Gradients:
    """As scale and shift of each channel: the statistics are those of training."""
    x, scale, _, mean, variance = at.inputs
    kind, given = x.dtype.type, at.attributes
    several = at.opset < 14 and len(at.call.node.outputs) > 1 and not given.get("is_test")
    if given.get("training_mode") or several:
        raise UnsupportedError(
            phrase("{node} measures its batch, as in training.", node=at.call.node.label)
        )
    one_each = x.ndim > 1 and mean.ndim == 1
    shape = [1, -1, *[1] * (x.ndim - 2)] if one_each else mean.shape
    inverse = 1 / np.sqrt(variance.astype(x.dtype) + kind(given["epsilon"]))
    by_x = at.dy * (scale * inverse).reshape(shape)
    if not any(at.wanted[1:]):
        return (by_x,)
    axes = tuple(axis for axis in range(x.ndim) if axis != 1) if one_each else (0,)
    total = at.dy.sum(axis=axes).reshape(mean.shape)
    met = (at.dy * x).sum(axis=axes).reshape(mean.shape)
    by_scale = (met - mean * total) * inverse
    by_variance = -by_scale * scale * inverse * inverse / 2
    return by_x, by_scale, total, -total * scale * inverse, by_variance


@differentiates("LayerNormalization")
def layer_normalization(at: Backward) -> Gradients:
    """By x through the statistics, by scale what it met, by the shift dy."""
    return _scaled_rows(at, at.x, 1, 2, at.dy)


@differentiates("RMSNormalization", "SimplifiedLayerNormalization")
def rms_normalization(at: Backward) -> Gradients:
    """As layer normalization; the mean stays."""
    return _scaled_rows(at, at.x, 1, None, at.dy, centre=False)


def _scaled_rows(
    at: Backward, x: Array, scale: int, shift: int | None, dy: Array, centre: bool = True
) -> list[Array | None]:
    """By x, and by the inputs that are scale and shift."""
    axis = axis_of(at.attributes.get("axis", -1), x.ndim)
    axes = tuple(range(axis, x.ndim))
    normal, inverse = standardized(x, axes, at.attributes["epsilon"], centre)
    factor = at.inputs[scale]
    gradients: list[Array | None] = [None] * len(at.inputs)
    gradients[0] = through_statistics(dy * factor, normal, inverse, axes, centre)
    if at.wants(scale):
        gradients[scale] = summed_to(factor.shape, dy * normal)
    if shift is not None and at.wants(shift):
        gradients[shift] = summed_to(at.inputs[shift].shape, dy)
    return gradients


@differentiates("SkipLayerNormalization", domain="com.microsoft", outputs=4)
def skip_layer_normalization(at: Backward) -> Gradients:
    """As layer normalization of a sum; what else reads the sum comes to it as well."""
    return _summed_rows(at, shift=3, bias=4, centre=True)


@differentiates("SkipSimplifiedLayerNormalization", domain="com.microsoft", outputs=4)
def skip_rms_normalization(at: Backward) -> Gradients:
    """As rms normalization of a sum."""
    return _summed_rows(at, shift=None, bias=3, centre=False)


def _summed_rows(at: Backward, shift: int | None, bias: int, centre: bool) -> list[Array | None]:
    if any(dy is not None for dy in at.dys[1:3]):
        raise UnsupportedError(
            phrase("The statistics of {node} have no gradient here.", node=at.call.node.label)
        )
    own, added = at.inputs[0] + at.inputs[1], at.input(bias)
    x = own if added is None else own + added
    gradients = _scaled_rows(at, x, 2, shift, at.dy, centre)
    by_sum = gradients[0]
    assert by_sum is not None
    if len(at.dys) > 3 and at.dys[3] is not None:
        by_sum = by_sum + at.dys[3]
    gradients[0], gradients[1] = by_sum, summed_to(at.inputs[1].shape, by_sum)
    if added is not None:
        gradients[bias] = summed_to(added.shape, by_sum)
    return gradients


@differentiates("EmbedLayerNormalization", domain="com.microsoft", outputs=3)
def embedded_rows(at: Backward) -> Gradients:
    """As layer normalization of what was looked up, and from there to the tables' rows."""
    ids, kinds, words, positions, segments = (at.input(i) for i in range(5))
    places = at.input(8) if at.input(8) is not None else np.arange(ids.shape[1])[None]
    places = np.broadcast_to(places, ids.shape)
    tables = [(2, words, ids), (3, positions, places)]
    if kinds is not None and segments is not None:
        tables.append((4, segments, kinds))
    x = sum(table[rows] for _, table, rows in tables)
    normal, inverse = standardized(x, (2,), at.attributes["epsilon"])
    by_sum = through_statistics(at.dy * at.inputs[5], normal, inverse, (2,))
    if len(at.dys) > 2 and at.dys[2] is not None:
        by_sum = by_sum + at.dys[2]
    gradients: list[Array | None] = [None] * len(at.inputs)
    for place, table, rows in tables:
        found = np.zeros_like(table)
        np.add.at(found, rows, by_sum)
        gradients[place] = found
    gradients[5] = summed_to(at.inputs[5].shape, at.dy * normal)
    gradients[6] = summed_to(at.inputs[6].shape, at.dy)
    return gradients


@differentiates("InstanceNormalization")
def instance_normalization(at: Backward) -> Gradients:
    """Each channel of each picture through its own statistics."""
    return _scaled_groups(at, at.x.shape[1])


@differentiates("GroupNormalization")
def group_normalization(at: Backward) -> Gradients:
    """Each group of channels through its own statistics."""
    return _scaled_groups(at, at.attributes["num_groups"])


def _scaled_groups(at: Backward, groups: int) -> list[Array | None]:
    x, scale = at.inputs[:2]
    grouped = x.reshape(x.shape[0], groups, -1)
    normal, inverse = standardized(grouped, (2,), at.attributes["epsilon"])
    each = x.shape[1] // len(scale) if len(scale) else 1  # channels that share one scale
    factor = np.repeat(scale, each).reshape(1, -1, *[1] * (x.ndim - 2))
    change = (at.dy * factor).reshape(grouped.shape)
    by_x = through_statistics(change, normal, inverse, (2,)).reshape(x.shape)

    def dealt(values: Array) -> Array:
        channels = values.sum(axis=(0, *range(2, x.ndim)))
        total: Array = channels.reshape(len(scale), each).sum(axis=1)
        return total

    by_scale = dealt(at.dy * normal.reshape(x.shape)) if at.wants(1) else None
    return [by_x, by_scale, dealt(at.dy) if at.wants(2) else None]


@differentiates("MeanVarianceNormalization")
def mean_variance_normalization(at: Backward) -> Gradients:
    """Through mean and deviation."""
    axes = tuple(axis_of(int(axis), at.x.ndim) for axis in at.attributes["axes"])
    centred = at.x - at.x.mean(axis=axes, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=axes, keepdims=True))
    small = at.x.dtype.type(1e-9)
    normal, inverse = centred / np.where(deviation == 0, 1, deviation), 1 / (deviation + small)
    return (through_statistics(at.dy, normal, inverse, axes),)


@differentiates("LpNormalization")
def lp_normalization(at: Backward) -> Gradients:
    """What grows lets the norm grow, and so the others shrink."""
    axis, x, y = axis_of(at.attributes["axis"], at.x.ndim), at.x, at.y
    size = np.abs(x) if at.attributes["p"] == 1 else x * x
    total = size.sum(axis=axis, keepdims=True)
    norm = total if at.attributes["p"] == 1 else np.sqrt(total)
    along = np.sign(x) if at.attributes["p"] == 1 else y
    weighed = (at.dy * y).sum(axis=axis, keepdims=True)
    return (np.where(norm == 0, 0, (at.dy - along * weighed) / np.where(norm == 0, 1, norm)),)


@differentiates("LRN")
def local_response_normalization(at: Backward) -> Gradients:
    """The cell's own way, and that through the squares that dampen its neighbours."""
    x, given = at.x, at.attributes
    kind, size, beta = x.dtype.type, given["size"], given["beta"]
    before, after = min((size - 1) // 2, x.shape[1]), min(size // 2, x.shape[1])
    factor = kind(given["alpha"] / size)
    total = kind(given["bias"]) + factor * _neighbours(x * x, before, after)
    power = total ** kind(-beta)
    spread = _neighbours(at.dy * x * power / total, after, before)
    return (at.dy * power - 2 * kind(beta) * factor * x * spread,)


def _neighbours(x: Array, before: int, after: int) -> Array:
    """For each channel the sum over the channels around it."""
    bordered = np.pad(x, [(0, 0), (before, after)] + [(0, 0)] * (x.ndim - 2))
    total = np.zeros_like(x)
    for shift in range(before + after + 1):
        total += bordered[:, shift : shift + x.shape[1]]
    return total
