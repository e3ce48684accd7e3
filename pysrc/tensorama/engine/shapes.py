"""The shapes that operators give, told from the shapes of their inputs alone.

A rule gets a `Seen` and gives one shape per output, or None if it cannot tell; what a rule does not
know is never guessed. Numbers that decide over shapes are taken from small tensors whose values are
known already.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine.ops.window import window

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a node's inputs before it is computed; names that are left out are None."""

    shapes: Sequence[Shape | None]
    values: Sequence[np.ndarray | None]
    attributes: Mapping[str, Any]
    outputs: int

    def __getitem__(self, place: int) -> Shape:
        """The shape of an input that the rule needs."""
        shape = self.shapes[place]
        if shape is None:
            raise LookupError
        return shape

    def has(self, place: int) -> bool:
        return place < len(self.shapes) and self.shapes[place] is not None

    def numbers(self, place: int, attribute: str = "") -> list[int] | None:
        """The whole numbers of an input or an attribute; None if there is neither."""
        if attribute and self.attributes.get(attribute) is not None:
            return list(self.attributes[attribute])
        if not self.has(place):
            return None
        values = self.values[place]
        if values is None:
            raise LookupError  # it is there, but not known yet
        return [int(value) for value in values.reshape(-1)]

    def attribute(self, name: str, default: Any) -> Any:
        return self.attributes.get(name, default)


Rule = Callable[[Seen], Sequence[Shape] | None]


def same(s: Seen) -> Sequence[Shape]:
    """Every output in the shape of the first input."""
    return [s[0]] * s.outputs


def broadcast(s: Seen) -> Sequence[Shape]:
    return [np.broadcast_shapes(*[s[k] for k in range(len(s.shapes)) if s.has(k)])]


def matmul(s: Seen, a: int = 0, b: int = 1) -> Sequence[Shape]:
    return [_product(s[a], s[b])]


def _product(a: Shape, b: Shape) -> Shape:
    left, right = (a if len(a) > 1 else (1, *a)), (b if len(b) > 1 else (*b, 1))
    y = (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
    y = y if len(a) > 1 else (*y[:-2], y[-1])
    return y if len(b) > 1 else y[:-1]


def gemm(s: Seen) -> Sequence[Shape]:
    a, b = s[0], s[1]
    return [
        (a[1] if s.attribute("transA", 0) else a[0], b[0] if s.attribute("transB", 0) else b[1])
    ]


def _window(s: Seen, x: int, kernel: Sequence[int]) -> Shape:
    strides, dilations, pads = (s.attribute(n, None) for n in ("strides", "dilations", "pads"))
    padding = s.attribute("auto_pad", "NOTSET"), s.attribute("ceil_mode", 0)
    return window(s[x][2:], kernel, strides, dilations, pads, *padding).sizes


def conv(s: Seen, x: int = 0, w: int = 1) -> Sequence[Shape]:
    return [(s[x][0], s[w][0], *_window(s, x, s[w][2:]))]


def pool(s: Seen) -> Sequence[Shape]:
    return [(*s[0][:2], *_window(s, 0, s.attributes["kernel_shape"]))] * s.outputs


def global_pool(s: Seen) -> Sequence[Shape]:
    return [(*s[0][:2], *[1] * (len(s[0]) - 2))]


def conv_transpose(s: Seen) -> Sequence[Shape] | None:
    rank = len(s[0]) - 2
    if s.attribute("auto_pad", "NOTSET") != "NOTSET" or s.attribute("output_shape", None):
        return None
    strides, dilations = (s.attribute(n, None) or [1] * rank for n in ("strides", "dilations"))
    extra = s.attribute("output_padding", None) or [0] * rank
    pads = s.attribute("pads", None) or [0] * (2 * rank)
    sizes = [
        strides[k] * (s[0][2 + k] - 1) + (s[1][2 + k] - 1) * dilations[k] + 1 + extra[k]
        - pads[k] - pads[rank + k]
        for k in range(rank)
    ]  # fmt: skip
    return [(s[0][0], s[1][1] * s.attribute("group", 1), *sizes)]


def reshape(s: Seen) -> Sequence[Shape]:
    wanted = s.numbers(1) or []
    if not s.attribute("allowzero", 0):
        wanted = [s[0][k] if size == 0 else size for k, size in enumerate(wanted)]
    rest = math.prod(size for size in wanted if size != -1)
    return [tuple(math.prod(s[0]) // max(1, rest) if d == -1 else d for d in wanted)]


def flatten(s: Seen) -> Sequence[Shape]:
    axis = s.attribute("axis", 1)
    axis = axis + len(s[0]) if axis < 0 else axis
    return [(math.prod(s[0][:axis]), math.prod(s[0][axis:]))]


def transpose(s: Seen) -> Sequence[Shape]:
    order = s.attribute("perm", None) or range(len(s[0]))[::-1]
    return [tuple(s[0][axis] for axis in order)]


def squeeze(s: Seen) -> Sequence[Shape]:
    axes = s.numbers(1, "axes")
    gone = {a % len(s[0]) for a in axes} if axes else {k for k, d in enumerate(s[0]) if d == 1}
    return [tuple(d for k, d in enumerate(s[0]) if k not in gone)]


def unsqueeze(s: Seen) -> Sequence[Shape]:
    axes = s.numbers(1, "axes") or []
    rank = len(s[0]) + len(axes)
    new, rest = {a % rank for a in axes}, [*s[0]]
    return [tuple(1 if k in new else rest.pop(0) for k in range(rank))]


def concat(s: Seen) -> Sequence[Shape]:
    axis = s.attributes["axis"] % len(s[0])
    total = sum(s[k][axis] for k in range(len(s.shapes)))
    return [(*s[0][:axis], total, *s[0][axis + 1 :])]


def split(s: Seen) -> Sequence[Shape]:
    axis = s.attribute("axis", 0) % len(s[0])
    size, count = s[0][axis], s.outputs
    sizes = s.numbers(1, "split")
    if sizes is None:
        each = -(-size // count)
        sizes = [max(0, min(each, size - k * each)) for k in range(count)]
    return [(*s[0][:axis], part, *s[0][axis + 1 :]) for part in sizes]


def slice_(s: Seen) -> Sequence[Shape]:
    starts, ends = s.numbers(1, "starts") or [], s.numbers(2, "ends") or []
    axes = s.numbers(3, "axes") or list(range(len(starts)))
    steps = s.numbers(4) or [1] * len(starts)
    shape = list(s[0])
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        shape[axis] = len(range(shape[axis])[start:end:step])
    return [tuple(shape)]


def gather(s: Seen) -> Sequence[Shape]:
    axis = s.attribute("axis", 0) % len(s[0])
    return [(*s[0][:axis], *s[1], *s[0][axis + 1 :])]


def second(s: Seen) -> Sequence[Shape]:
    return [s[1]]


def expand(s: Seen) -> Sequence[Shape]:
    return [np.broadcast_shapes(s[0], tuple(s.numbers(1) or ()))]


def tile(s: Seen) -> Sequence[Shape]:
    return [tuple(d * r for d, r in zip(s[0], s.numbers(1) or (), strict=True))]


def filled(s: Seen) -> Sequence[Shape]:
    return [tuple(s.numbers(0) or ())]


def drawn(s: Seen) -> Sequence[Shape]:
    return [tuple(s.attributes["shape"])]


def range_(s: Seen) -> Sequence[Shape]:
    """As many numbers as lie between a start and a limit."""
    start, limit, step = (_number(s, place) for place in range(3))
    return [(max(0, math.ceil((limit - start) / step)),)]


def _number(s: Seen, place: int) -> float:
    value = s.values[place]
    if value is None or value.size != 1:
        raise LookupError
    return float(value.reshape(-1)[0])


def pad(s: Seen) -> Sequence[Shape]:
    pads = s.numbers(1, "pads") or []
    axes = s.numbers(3) or list(range(len(s[0])))
    shape = list(s[0])
    for k, axis in enumerate(axes):
        shape[axis] += pads[k] + pads[len(axes) + k]
    return [tuple(shape)]


def reduce(s: Seen) -> Sequence[Shape]:
    axes, rank = s.numbers(1, "axes"), len(s[0])
    if not axes and s.attribute("noop_with_empty_axes", 0):
        return [s[0]]
    gone = {a % rank for a in axes} if axes else set(range(rank))
    keep = s.attribute("keepdims", 1)
    return [tuple(1 if k in gone else d for k, d in enumerate(s[0]) if keep or k not in gone)]


def best(s: Seen) -> Sequence[Shape]:
    axis, keep = s.attribute("axis", 0) % len(s[0]), s.attribute("keepdims", 1)
    return [tuple(1 if k == axis else d for k, d in enumerate(s[0]) if keep or k != axis)]


def top_k(s: Seen) -> Sequence[Shape]:
    axis = s.attribute("axis", -1) % len(s[0])
    count = s.attribute("k", None)
    count = (s.numbers(1) or [0])[0] if count is None else count
    return [(*s[0][:axis], count, *s[0][axis + 1 :])] * 2


def resize(s: Seen) -> Sequence[Shape] | None:
    if s.attribute("axes", None) or s.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        return None
    if s.has(3) and s[3] != (0,):
        return [tuple(s.numbers(3) or ())]
    place = 2 if len(s.shapes) > 2 else 1
    scales = s.attribute("scales", None)
    if scales is None:
        values = s.values[place]
        if values is None:
            return None
        scales = values.reshape(-1).tolist()
    return [tuple(int(np.float32(d) * np.float32(k)) for d, k in zip(s[0], scales, strict=True))]


def depth_to_space(s: Seen) -> Sequence[Shape]:
    n, c, h, w = s[0]
    b = s.attributes["blocksize"]
    return [(n, c // (b * b), h * b, w * b)]


def space_to_depth(s: Seen) -> Sequence[Shape]:
    n, c, h, w = s[0]
    b = s.attributes["blocksize"]
    return [(n, c * b * b, h // b, w // b)]


def layer_norm(s: Seen) -> Sequence[Shape]:
    axis = s.attribute("axis", -1) % len(s[0])
    row = (*s[0][:axis], *[1] * (len(s[0]) - axis))
    return [s[0], row, row][: s.outputs]


def batch_norm(s: Seen) -> Sequence[Shape]:
    return [s[0], *[s[1]] * (s.outputs - 1)]


def recurrent(s: Seen) -> Sequence[Shape] | None:
    if s.attribute("layout", 0):
        return None
    (t, n, _), (d, _, h) = s[0], s[2]
    return [(t, d, n, h), *[(d, n, h)] * (s.outputs - 1)]


def attention(s: Seen) -> Sequence[Shape] | None:
    """Queries, keys and values with four axes each, without a cache."""
    if s.outputs > 1 or s.has(4):
        return None
    q, v = s[0], s[2]
    if len(q) == 4 and len(v) == 4:
        return [(*q[:3], v[3])]
    heads = s.attribute("kv_num_heads", None), s.attribute("q_num_heads", None)
    if len(q) != 3 or len(v) != 3 or None in heads:
        return None
    return [(*q[:2], v[2] // heads[0] * heads[1])]


def attention_in_8_bits(s: Seen) -> Sequence[Shape]:
    """The dense layer makes queries, keys and values side by side; present holds the past, too."""
    (n, t, _), width, heads = s[0], s[1][1] // 3, s.attribute("num_heads", 1)
    before = s[8][3] if s.has(8) else 0
    return [(n, t, width), (2, n, heads, before + t, width // heads)][: s.outputs]


def skip_norm(s: Seen) -> Sequence[Shape]:
    row = (*s[0][:-1], 1)
    return [s[0], row, row, s[0]][: s.outputs]


def recurrent_in_8_bits(s: Seen) -> Sequence[Shape]:
    (t, n, _), (d, h, _) = s[0], s[2]
    return [(t, d, n, h), *[(d, n, h)] * (s.outputs - 1)]


def einsum(s: Seen) -> Sequence[Shape] | None:
    left, arrow, right = s.attributes["equation"].replace(" ", "").partition("->")
    if not arrow or "." in left:
        return None
    sizes = {
        c: d for k, term in enumerate(left.split(",")) for c, d in zip(term, s[k], strict=True)
    }
    return [tuple(sizes[c] for c in right)]


_SAME = """
    Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast CastLike Ceil Celu Clip Cos Cosh CumProd
    CumSum DequantizeLinear Dropout Elu Erf Exp EyeLike Floor Gelu GroupNormalization HardSigmoid
    HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LRN LeakyRelu Log LogSoftmax
    LpNormalization MeanVarianceNormalization Mish Neg Not PRelu QuantizeLinear RandomNormalLike
    RandomUniformLike Reciprocal Relu ReverseSequence RotaryEmbedding Round ScatterElements
    ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh
    TensorScatter ThresholdedRelu Trilu FastGelu QuickGelu
""".split()  # noqa: SIM905
_BROADCAST = """
    Add And BiasGelu BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less
    LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor
""".split()  # noqa: SIM905
_REDUCED = "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split()  # noqa: SIM905
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME, same),
    **dict.fromkeys(_BROADCAST, broadcast),
    **{f"Reduce{name}": reduce for name in _REDUCED},
    "ArgMax": best, "ArgMin": best, "Attention": attention, "AveragePool": pool,
    "BatchNormalization": batch_norm, "Concat": concat, "ConstantOfShape": filled, "Conv": conv,
    "ConvInteger": conv, "ConvTranspose": conv_transpose, "DepthToSpace": depth_to_space,
    "DynamicQuantizeLSTM": recurrent_in_8_bits, "DynamicQuantizeLinear": lambda s: [s[0], (), ()],
    "Einsum": einsum, "Expand": expand,
    "Flatten": flatten, "GRU": recurrent, "Gather": gather, "GatherElements": second,
    "Gemm": gemm, "GlobalAveragePool": global_pool,
    "GlobalLpPool": global_pool, "GlobalMaxPool": global_pool, "LSTM": recurrent,
    "LayerNormalization": layer_norm, "LpPool": pool, "MatMul": matmul, "MatMulInteger": matmul,
    "MaxPool": pool, "Pad": pad, "QAttention": attention_in_8_bits,
    "QLinearConv": lambda s: None if s.attribute("channels_last", 0) else conv(s, 0, 3),
    "QLinearMatMul": lambda s: matmul(s, 0, 3), "RMSNormalization": lambda s: [s[0]],
    "RNN": recurrent, "RandomNormal": drawn, "RandomUniform": drawn, "Range": range_,
    "Reshape": reshape, "Resize": resize, "Size": lambda s: [()], "Slice": slice_,
    "SkipLayerNormalization": skip_norm, "SkipSimplifiedLayerNormalization": skip_norm,
    "SpaceToDepth": space_to_depth, "Split": split, "Squeeze": squeeze, "Tile": tile,
    "TopK": top_k, "Transpose": transpose, "Unsqueeze": unsqueeze, "Upsample": resize,
}  # fmt: skip
