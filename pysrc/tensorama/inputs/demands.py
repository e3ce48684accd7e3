"""What operators demand of the sizes that come to them, told from shapes alone.

A rule gives the pairs of sizes that must go together. It says nothing of what it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from tensorama.engine.shapes import Seen, Shape


@dataclass(frozen=True, slots=True)
class Demand:
    """`got` must equal `want`, be at `least` that, or a `multiple` of it."""

    got: int
    want: int
    sort: str = "equal"

    @property
    def is_met(self) -> bool:
        if self.sort == "least":
            return self.got >= self.want
        if self.sort == "multiple":
            return self.got % self.want == 0 if self.want else self.got == 0
        return self.got == self.want

    def __str__(self) -> str:
        words = {"least": "at least ", "multiple": "a multiple of "}
        return f"{words.get(self.sort, '')}{self.want} was expected, {self.got} came"


Rule = Callable[[Seen], Iterator[Demand]]


def _together(*shapes: Shape) -> Iterator[Demand]:
    """Sizes from the last axis on are equal, or 1."""
    for sizes in zip_longest(*(shape[::-1] for shape in shapes), fillvalue=1):
        wide = [size for size in sizes if size != 1]
        yield from (Demand(size, wide[-1]) for size in wide[:-1])


def _known(s: Seen) -> list[Shape]:
    return [s[k] for k in range(len(s.shapes)) if s.has(k)]


def broadcast(s: Seen) -> Iterator[Demand]:
    yield from _together(*_known(s))


def expand(s: Seen) -> Iterator[Demand]:
    yield from _together(s[0], tuple(s.numbers(1) or ()))


def product(a: int = 0, b: int = 1) -> Rule:
    def rule(s: Seen) -> Iterator[Demand]:
        left, right = s[a], s[b]
        if left and right:
            yield Demand(left[-1], right[-2] if len(right) > 1 else right[0])
            yield from _together(left[:-2], right[:-2])

    return rule


def fused_product(s: Seen) -> Iterator[Demand]:
    a, b = s[0], s[1]
    inner = a[-2 if s.attribute("transA", 0) else -1], b[-1 if s.attribute("transB", 0) else -2]
    yield Demand(*inner)


def gemm(s: Seen) -> Iterator[Demand]:
    a, b = s[0], s[1]
    yield Demand(len(a), 2)
    yield Demand(a[0 if s.attribute("transA", 0) else 1], b[1 if s.attribute("transB", 0) else 0])


def conv(x: int = 0, w: int = 1) -> Rule:
    def rule(s: Seen) -> Iterator[Demand]:
        yield Demand(len(s[x]), len(s[w]))
        yield Demand(s[x][1], s[w][1] * s.attribute("group", 1))
        yield from _reaches(s, s[x][2:], s[w][2:])

    return rule


def conv_transpose(s: Seen) -> Iterator[Demand]:
    yield Demand(len(s[0]), len(s[1]))
    yield Demand(s[0][1], s[1][0])


def pool(s: Seen) -> Iterator[Demand]:
    kernel = s.attributes["kernel_shape"]
    yield Demand(len(s[0]), len(kernel) + 2)
    if not s.attribute("ceil_mode", 0):
        yield from _reaches(s, s[0][2:], kernel)


def _reaches(s: Seen, spatial: Sequence[int], kernel: Sequence[int]) -> Iterator[Demand]:
    """The kernel fits into the picture with its border."""
    rank = len(kernel)
    if str(s.attribute("auto_pad", "NOTSET")).startswith("SAME"):
        yield from (Demand(size, 1, "least") for size in spatial)
        return
    pads = s.attribute("pads", None) or [0] * (2 * rank)
    gaps = s.attribute("dilations", None) or [1] * rank
    for k, size in enumerate(spatial):
        yield Demand(size + pads[k] + pads[k + rank], (kernel[k] - 1) * gaps[k] + 1, "least")


def reshape(s: Seen) -> Iterator[Demand]:
    wanted = s.numbers(1) or []
    if not s.attribute("allowzero", 0):
        yield from (Demand(len(s[0]), k + 1, "least") for k, d in enumerate(wanted) if d == 0)
        wanted = [s[0][k] if size == 0 else size for k, size in enumerate(wanted)]
    rest = math.prod(size for size in wanted if size != -1)
    yield Demand(math.prod(s[0]), rest, "multiple" if -1 in wanted else "equal")


def concat(s: Seen) -> Iterator[Demand]:
    first = next((shape for shape in _known(s) if shape != (0,)), ())
    axis = s.attributes["axis"] % max(1, len(first))
    for shape in _known(s):
        if shape == (0,):
            continue  # an empty cache, as PyTorch writes it
        yield Demand(len(shape), len(first))
        yield from (
            Demand(a, b) for k, (a, b) in enumerate(zip(shape, first, strict=True)) if k != axis
        )


def split(s: Seen) -> Iterator[Demand]:
    sizes = s.numbers(1, "split")
    if sizes is not None:
        yield Demand(s[0][s.attribute("axis", 0)], sum(sizes))


def squeeze(s: Seen) -> Iterator[Demand]:
    for axis in s.numbers(1, "axes") or ():
        yield Demand(s[0][axis], 1)


def pad(s: Seen) -> Iterator[Demand]:
    if s.attribute("mode", "constant") != "reflect":
        return
    pads, axes = s.numbers(1, "pads") or [], s.numbers(3) or list(range(len(s[0])))
    for k, axis in enumerate(axes):
        yield Demand(s[0][axis], max(pads[k], pads[len(axes) + k]) + 1, "least")


def top_k(s: Seen) -> Iterator[Demand]:
    count = s.attribute("k", None)
    count = (s.numbers(1) or [0])[0] if count is None else count
    yield Demand(s[0][s.attribute("axis", -1)], count, "least")


def gather(s: Seen) -> Iterator[Demand]:
    """Whatever is picked must be there."""
    places = s.values[1]
    if places is not None and places.size:
        reach = max(int(places.max()) + 1, -int(places.min()))
        yield Demand(s[0][s.attribute("axis", 0)], reach, "least")


def recurrent(s: Seen) -> Iterator[Demand]:
    x, w, r = s[0], s[1], s[2]
    yield Demand(len(x), 3)
    yield Demand(x[2], w[2])
    batch = x[0 if s.attribute("layout", 0) else 1]
    if s.has(4):
        yield Demand(s[4][0], batch)
    for k in (5, 6):
        if s.has(k):
            state = s[k] if not s.attribute("layout", 0) else (s[k][1], s[k][0], s[k][2])
            yield from (Demand(a, b) for a, b in zip(state, (w[0], batch, r[2]), strict=True))


def channels(s: Seen) -> Iterator[Demand]:
    """One scale for each channel."""
    yield Demand(s[0][1], s[1][0])


def layer_norm(s: Seen) -> Iterator[Demand]:
    axis = s.attribute("axis", -1) % max(1, len(s[0]))
    yield from _together(s[0][axis:], s[1])


def last(place: int, axis: int = 0, x: int = 0) -> Rule:
    """The input's last axis is as long as an axis of another input."""

    def rule(s: Seen) -> Iterator[Demand]:
        yield Demand(s[x][-1], s[place][axis])

    return rule


def einsum(s: Seen) -> Iterator[Demand]:
    sizes: dict[str, int] = {}
    for k, term in enumerate(s.attributes["equation"].split("->")[0].replace(" ", "").split(",")):
        if "." not in term:
            yield Demand(len(s[k]), len(term))
            yield from (
                Demand(size, sizes.setdefault(letter, size))
                for letter, size in zip(term, s[k], strict=True)
            )


def space_to_depth(s: Seen) -> Iterator[Demand]:
    for size in s[0][2:]:
        yield Demand(size, s.attributes["blocksize"], "multiple")


def depth_to_space(s: Seen) -> Iterator[Demand]:
    yield Demand(s[0][1], s.attributes["blocksize"] ** 2, "multiple")


def _features(s: Seen) -> int:
    """How many columns a classical model reads."""
    a = s.attributes
    for name in ("nodes_featureids", "featureids"):
        if name in a:
            return max(a[name], default=-1) + 1
    return 0


def trees(s: Seen) -> Iterator[Demand]:
    yield Demand(s[0][-1], _features(s), "least")


def linear(s: Seen) -> Iterator[Demand]:
    a: Mapping[str, Any] = s.attributes
    rows = len(a.get("intercepts") or ()) or a.get("targets", 1)
    yield Demand(s[0][-1], len(a["coefficients"]) // max(1, rows))


def scaler(s: Seen) -> Iterator[Demand]:
    count = max(len(s.attribute(name, None) or ()) for name in ("offset", "scale"))
    if count > 1:
        yield Demand(s[0][-1], count)


def imputer(s: Seen) -> Iterator[Demand]:
    names = ("imputed_value_floats", "imputed_value_int64s")
    count = max(len(s.attribute(name, None) or ()) for name in names)
    if count > 1:
        yield Demand(s[0][-1], count)


def svm(s: Seen) -> Iterator[Demand]:
    a = s.attributes
    vectors = sum(a.get("vectors_per_class") or ()) or a.get("n_supports", 0)
    if vectors:
        yield Demand(s[0][-1], len(a["support_vectors"]) // vectors)
    elif a.get("classlabels_ints") or a.get("classlabels_strings"):
        labels = len(a.get("classlabels_ints") or a["classlabels_strings"])
        yield Demand(s[0][-1], len(a["coefficients"]) // labels)
    elif a.get("coefficients"):
        yield Demand(s[0][-1], len(a["coefficients"]))


def extractor(s: Seen) -> Iterator[Demand]:
    if s.values[1] is not None and s.values[1].size:
        yield Demand(s[0][-1], int(s.values[1].max()) + 1, "least")


_BROADCAST = """
    Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less
    LessOrEqual Max Mean Min Mod Mul Or Pow PRelu Sub Sum Where Xor
""".split()  # noqa: SIM905
DEMANDS: Mapping[str, Rule] = {
    **dict.fromkeys(_BROADCAST, broadcast),
    **dict.fromkeys(("AveragePool", "MaxPool", "LpPool"), pool),
    **dict.fromkeys(("GRU", "LSTM", "RNN"), recurrent),
    **dict.fromkeys(("BatchNormalization", "InstanceNormalization"), channels),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), layer_norm),
    **dict.fromkeys(("TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"), trees),
    **dict.fromkeys(("LinearClassifier", "LinearRegressor"), linear),
    **dict.fromkeys(("SVMClassifier", "SVMRegressor"), svm),
    "ArrayFeatureExtractor": extractor, "BiasGelu": last(1), "Concat": concat, "Conv": conv(),
    "ConvInteger": conv(), "ConvTranspose": conv_transpose, "DepthToSpace": depth_to_space,
    "Einsum": einsum, "Expand": expand, "FastGelu": last(1), "FusedConv": conv(),
    "FusedGemm": gemm, "Gather": gather, "Gemm": gemm, "Imputer": imputer, "MatMul": product(),
    "MatMulInteger": product(), "Pad": pad, "QLinearConv": conv(0, 3),
    "QLinearMatMul": product(0, 3), "Reshape": reshape, "Scaler": scaler,
    "SkipLayerNormalization": last(2), "SpaceToDepth": space_to_depth, "Split": split,
    "Squeeze": squeeze, "TopK": top_k,
    "MatMulIntegerToFloat": product(), "DynamicQuantizeMatMul": product(),
    "FusedMatMul": fused_product,
    "MatMulNBits": lambda s: iter([Demand(s[0][-1], s.attributes["K"])]),
    "QAttention": last(1), "SkipSimplifiedLayerNormalization": last(2),
    "DynamicQuantizeLSTM": lambda s: iter([Demand(s[0][2], s[1][1])]),
}  # fmt: skip
# of another domain of the same name, with its weights as an input: (N,T,D), (D,3H)
ATTENTION: Rule = last(1)
