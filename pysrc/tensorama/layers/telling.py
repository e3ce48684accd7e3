"""What a group without an author's name is called: by what it does, told from its operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from tensorama.layers.kinds import SORTS, plain
from tensorama.layers.layer import Layer
from tensorama.layers.patterns import COMPUTING
from tensorama.layers.unit import Unit, Wires
from tensorama.phrases import phrase

_POOLS = frozenset({"GlobalAveragePool", "ReduceMean", "GlobalMaxPool", "ReduceMax"})
_SIFTING = frozenset({"NonMaxSuppression", "TopK"})
_WAVES = frozenset({"STFT", "DFT", "MelWeightMatrix"})
_LARGER = frozenset({"Resize", "Upsample", "ConvTranspose"})
_CUTTING = frozenset(
    {"Slice", "Split", "Pad", "Concat", "Gather", "Transpose", "Reshape", "Expand"}
)
_MOST = 4096  # leaves that are looked at: of a longer row the beginning tells enough
_GATED = 4  # convolutions or dense layers in a gate, at most


def described(unit: Unit, wires: Wires) -> str:
    """A word or two for a group, "" where nothing better than its kind can be said."""
    layers = _layers(unit, wires)
    ops = {node.op for layer in layers for node in layer.work}
    for says, word in _SPECIAL:
        if says(layers, ops):
            return word
    if unit.kind == "group":
        return part(unit, wires)
    return ""


def part(unit: Unit, wires: Wires) -> str:
    """A word for a part that was only cut off, or has no other like it beside it."""
    layers = _layers(unit, wires)
    kinds = [layer.kind for layer in layers]
    working = {kind for kind in kinds if kind in COMPUTING}
    if "attention" in working or any(_attends(layer, layers) for layer in layers):
        return phrase("transformer")
    high, wide = unit.size or (0, 0)
    if "convolution" in working and unit.size:
        return phrase("features {high}×{wide}", high=high, wide=wide)
    if working:
        return SORTS[max(sorted(working), key=kinds.count)]
    kind = max(dict.fromkeys(kinds), key=kinds.count)
    if kind == "resize" and unit.size:
        return phrase("resizing {high}×{wide}", high=high, wide=wide)
    return SORTS.get(kind, _ARITHMETIC)


def _attends(layer: Layer, layers: Sequence[Layer]) -> bool:
    """Is this a softmax over a product of two tensors?"""
    if not any(node.op == "Softmax" for node in layer.work):
        return False
    products = {other.name for other in layers if other.kind == "dense" and len(other.reads) > 1}
    return layer.name in products or not products.isdisjoint(layer.reads)


def _layers(unit: Unit, wires: Wires) -> list[Layer]:
    return [wires.layers[leaf] for leaf in unit.leaves[:_MOST]]


_ARITHMETIC = phrase("arithmetic")


def _gates(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """Squeeze and excitation: channels are weighed by what an average of each says."""
    if len(layers) > _GATED + 3 or not _POOLS & ops or layers[-1].kind != "merge":
        return False
    working = [layer for layer in layers if layer.kind in ("convolution", "dense")]
    pooled = layers[0].kind == "pooling" and plain(layers[0].work[0].op) in _POOLS
    return pooled and 1 <= len(working) <= _GATED and "Mul" in {n.op for n in layers[-1].work}


def _scores(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """A softmax that is spelled out."""
    return {"Exp", "ReduceSum", "Div"} <= ops and not _works(layers)


def _compares(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """The nearest of all that is known: the least distances, one by one in a loop."""
    return "TopK" in ops and bool({"Scan", "CDist"} & ops)


def _sifts(layers: Sequence[Layer], ops: Set[str]) -> bool:
    return bool(_SIFTING & ops) and not _works(layers)


def _hears(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """Sound made into frequencies: by the operators for it, or by waves as fixed weights."""
    if _WAVES & ops:
        return True
    waves = [
        layer
        for layer in layers
        if layer.kind == "convolution" and max(_kernel(layer), default=0) >= 64
    ]
    return bool(waves) and "Sqrt" in ops and len(waves) == len(_works(layers))


def _fuses(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """A level of a pyramid: what comes from above is made larger and added to what is there."""
    return (
        bool(_LARGER & ops)
        and layers[-1].kind == "merge"
        and any(layer.kind == "convolution" for layer in layers)
    )


def _pools(layers: Sequence[Layer], ops: Set[str]) -> bool:
    """Spatial pyramid pooling: maxima of several windows beside each other."""
    pools = [layer for layer in layers if layer.kind == "pooling"]
    return ops == {"MaxPool", "Concat"} and len(pools) > 1


def _cuts(layers: Sequence[Layer], ops: Set[str]) -> bool:
    return ops <= _CUTTING


def _reckons(layers: Sequence[Layer], ops: Set[str]) -> bool:
    return len(layers) > 1 and {layer.kind for layer in layers} <= {
        "operation", "merge", "activation", "pooling",
    }  # fmt: skip


def _works(layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if layer.kind in COMPUTING]


def _kernel(layer: Layer) -> Sequence[int]:
    shape = layer.work[0].attributes.get("kernel_shape", ())
    return shape if isinstance(shape, tuple) else ()


_SPECIAL: tuple[tuple[Callable[[Sequence[Layer], Set[str]], bool], str], ...] = (
    (_gates, phrase("squeeze-excite")),
    (_scores, "softmax"),
    (_compares, phrase("nearest neighbours")),
    (_sifts, phrase("selection of boxes")),
    (_hears, phrase("spectrum")),
    (_fuses, phrase("fusion")),
    (_pools, phrase("pyramid pooling")),
    (_cuts, phrase("arrangement")),
    (_reckons, _ARITHMETIC),
)
