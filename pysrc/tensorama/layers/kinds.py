"""What sort of layer an operator starts, and which operators only follow another one."""

from __future__ import annotations

from functools import cache

from tensorama.phrases import Phrase, phrase

# kind -> the operators that start such a layer; everything else is "operation"
KINDS: dict[str, frozenset[str]] = {
    "convolution": frozenset({"Conv", "ConvTranspose", "DeformConv", "FusedConv"}),
    "dense": frozenset({
        "Gemm", "MatMul", "FusedGemm", "FusedMatMul", "Linear", "LinearClassifier",
        "LinearRegressor",
    }),
    "pooling": frozenset({
        "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool",
        "ReduceMean", "ReduceMax",
    }),
    "merge": frozenset({"Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum", "Concat"}),
    "normalization": frozenset({
        "BatchNormalization", "InstanceNormalization", "LayerNormalization", "LRN",
        "GroupNormalization", "RMSNormalization", "LpNormalization", "Scaler", "Normalizer",
    }),
    "activation": frozenset({
        "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "Sigmoid", "Tanh",
        "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Gelu", "Mish", "Swish", "Clip",
        "Softmax", "LogSoftmax", "Hardmax", "Erf", "FastGelu", "QuickGelu", "BiasGelu",
    }),
    "recurrent": frozenset({"RNN", "GRU", "LSTM", "DynamicQuantizeLSTM"}),
    "attention": frozenset({"Attention", "MultiHeadAttention", "GroupQueryAttention"}),
    "embedding": frozenset({"Gather", "EmbedLayerNormalization", "GatherBlockQuantized"}),
    "resize": frozenset({"Resize", "Upsample", "Pad", "DepthToSpace", "SpaceToDepth"}),
    "trees": frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"}),
}  # fmt: skip

# What a group of layers can be.
GROUPS = frozenset({
    "stage", "block", "residual", "inception", "attention", "mlp", "recurrent", "group",
})  # fmt: skip

# What sorts of layers and groups are called.
CALLED: dict[str, Phrase] = {
    "convolution": phrase("convolution"), "dense": phrase("dense"), "pooling": phrase("pooling"),
    "merge": phrase("merge"), "normalization": phrase("normalization"),
    "activation": phrase("activation"), "recurrent": phrase("recurrent"),
    "attention": phrase("attention"), "embedding": phrase("embedding"),
    "resize": phrase("resize"), "trees": phrase("trees"), "operation": phrase("operation"),
    "input": phrase("input"), "stage": phrase("stage"), "block": phrase("block"),
    "residual": phrase("residual"), "inception": phrase("inception"), "mlp": phrase("mlp"),
    "group": phrase("group"),
}  # fmt: skip

# What many layers of a kind are called together.
SORTS: dict[str, Phrase] = {
    "convolution": phrase("convolutions"), "dense": phrase("dense layers"),
    "recurrent": phrase("recurrent layers"), "attention": phrase("attention"),
    "embedding": phrase("embeddings"), "pooling": phrase("pooling"),
    "normalization": phrase("normalization"), "resize": phrase("resizing"),
    "trees": phrase("trees"), "input": phrase("inputs"),
}  # fmt: skip

# To and from whole numbers of a few bits: part of the layer whose values they carry.
QUANTIZING = frozenset({"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"})

# Operators on such numbers, besides those whose names only have QLinear or Integer more.
_PLAIN = {
    "QGemm": "Gemm", "QAttention": "Attention",
    "QEmbedLayerNormalization": "EmbedLayerNormalization",
    "DynamicQuantizeMatMul": "MatMul", "MatMulIntegerToFloat": "MatMul", "MatMulNBits": "MatMul",
    "DynamicQuantizeLSTM": "LSTM", "GatherBlockQuantized": "Gather",
}  # fmt: skip

# These say the same values in another type, or arrangement: never worth a picture of their own.
COPYING = QUANTIZING | {"Identity", "Dropout", "Cast", "CastLike"}
ARRANGING = COPYING | {"Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Expand"}

# These read how large a tensor is, not what is in it.
MEASURING = frozenset({"Shape", "Size"})

# These take every value by itself, or also an average along an axis.
COMPARING = frozenset({"Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"})
ELEMENTWISE = KINDS["activation"] - {"Softmax", "LogSoftmax", "Hardmax"} | COMPARING | {
    "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Reciprocal", "Exp", "Log", "Neg", "Abs", "Erf",
    "Min", "Max", "Cast", "Identity", "Where", "Not", "And", "Or",
}  # fmt: skip
REDUCING = frozenset({
    "ReduceMean", "ReduceSum", "ReduceMax", "ReduceSumSquare", "ReduceL1", "ReduceL2",
})  # fmt: skip

# With a constant as the other operand these only scale, shift or bound what came before.
_SCALING = frozenset({"Add", "Sub", "Mul", "Div", "Max", "Min"})

_KIND_OF = {op: kind for kind, ops in KINDS.items() for op in ops}


@cache
def plain(op: str) -> str:
    """What an operator does, whatever numbers it does it with: QLinearConv is Conv."""
    return _PLAIN.get(op) or op.removeprefix("QLinear").removesuffix("Integer")


def kind_of(op: str) -> str:
    """The sort of layer that this operator starts."""
    return _KIND_OF.get(plain(op), "operation")


def follows(op: str, live_inputs: int) -> bool:
    """Does this operator belong to the layer before it? `live_inputs` counts non-constants."""
    if op in ARRANGING or kind_of(op) in ("activation", "normalization"):
        return live_inputs == 1
    return plain(op) in _SCALING and live_inputs == 1
