"""What sort of layer an operator starts, and which operators only follow another one."""

from __future__ import annotations

# kind -> the operators that start such a layer; everything else is "operation"
KINDS: dict[str, frozenset[str]] = {
    "convolution": frozenset({
        "Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv", "FusedConv",
    }),
    "dense": frozenset({
        "Gemm", "MatMul", "MatMulInteger", "QLinearMatMul", "FusedGemm", "FusedMatMul", "Linear",
        "LinearClassifier", "LinearRegressor",
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
        "Softmax", "LogSoftmax", "Hardmax", "Erf",
    }),
    "recurrent": frozenset({"RNN", "GRU", "LSTM", "DynamicQuantizeLSTM"}),
    "attention": frozenset({"Attention", "MultiHeadAttention", "GroupQueryAttention"}),
    "embedding": frozenset({"Gather", "EmbedLayerNormalization"}),
    "resize": frozenset({"Resize", "Upsample", "Pad", "DepthToSpace", "SpaceToDepth"}),
    "trees": frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"}),
}  # fmt: skip

# What a group of layers can be.
GROUPS = frozenset({
    "stage", "block", "residual", "inception", "attention", "mlp", "recurrent", "group",
})  # fmt: skip

# These say the same values in another arrangement or type: never worth a picture of their own.
ARRANGING = frozenset({
    "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout", "Cast",
    "CastLike",
})  # fmt: skip

# These read how large a tensor is, not what is in it.
MEASURING = frozenset({"Shape", "Size"})

# These take every value by itself, or also an average along an axis.
ELEMENTWISE = KINDS["activation"] - {"Softmax", "LogSoftmax", "Hardmax"} | {
    "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Reciprocal", "Exp", "Log", "Neg", "Abs", "Erf",
    "Min", "Max", "Cast", "Identity",
}  # fmt: skip
REDUCING = frozenset({
    "ReduceMean", "ReduceSum", "ReduceMax", "ReduceSumSquare", "ReduceL1", "ReduceL2",
})  # fmt: skip

# With a constant as the other operand these only scale or shift what came before.
_SCALING = frozenset({"Add", "Sub", "Mul", "Div"})

_KIND_OF = {op: kind for kind, ops in KINDS.items() for op in ops}


def kind_of(op: str) -> str:
    """The sort of layer that this operator starts."""
    return _KIND_OF.get(op, "operation")


def follows(op: str, live_inputs: int) -> bool:
    """Does this operator belong to the layer before it? `live_inputs` counts non-constants."""
    if op in ARRANGING or kind_of(op) in ("activation", "normalization"):
        return live_inputs == 1
    return op in _SCALING and live_inputs == 1
