"""Operators that are not computed here for a reason, and what a person can do about them.

Asked only when a node's operator is not found. `ops/OPERATORS.md` lists every operator of
onnxruntime with what it is for.
"""

from __future__ import annotations

from tensorama.onnxfile import Node

_PROCESSOR = (
    "this file was saved for one kind of processor. Save it again with ORT_ENABLE_EXTENDED "
    "or lower as its graph_optimization_level"
)
_AROUND = (
    "it prepares pictures, sounds or texts for a network, or reads its answer, and is computed by "
    "onnxruntime-extensions alone. Cut it off: onnx.utils.extract_model(file, new file, names of "
    "the tensors where the network begins, names of those where it ends)"
)
_UNTRANSLATED = (
    "PyTorch's exporter left it as it was. Export again with torch.onnx.export(…, dynamo=True), or "
    "write that part of the model with other operations"
)
_DEVICE = (
    "it is made for one kind of accelerator. Take the file that it was made from, before it was "
    "converted for that"
)
DOMAINS = {
    "com.microsoft.nchwc": _PROCESSOR,
    "com.ms.internal.nhwc": _PROCESSOR,
    "com.microsoft.extensions": _AROUND,
    "ai.onnx.contrib": _AROUND,
    "org.pytorch.aten": _UNTRANSLATED,
    "aten": _UNTRANSLATED,
    "prim": _UNTRANSLATED,
    "quantized": _UNTRANSLATED,
    "trt.plugins": _DEVICE,
    "com.microsoft.dml": _DEVICE,
    "com.microsoft.experimental": _DEVICE,
}
_COMPILED = (
    "it holds a network that was compiled for one kind of accelerator. Take the file that it was "
    "made from"
)
_GRAPHICS_CARD = (
    "it exists for graphics cards alone. Save or optimize the file for the CPU (in onnxruntime: "
    "providers=['CPUExecutionProvider'], in its transformers optimizer: without use_gpu)"
)
_SEARCH = (
    "it runs a whole network again and again to write a text. Export the network alone, without "
    "the search around it"
)
_MICROSOFT = {
    **dict.fromkeys(("EPContext", "Snpe"), _COMPILED),
    **dict.fromkeys(("BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch"), _SEARCH),
    **dict.fromkeys(
        (
            "BiasAdd", "BiasDropout", "BiasSoftmax", "BiasSplitGelu", "BitmaskBiasDropout",
            "BitmaskDropout", "ComplexMul", "ComplexMulConj", "ConvStateReplay",
            "DecoderAttention", "DecoderMaskedSelfAttention", "DequantizeBFP",
            "DequantizeWithOrder", "DynamicSparseAttention", "FusedMatMulActivation",
            "GatedDeltaNetStateReplay", "GatedRelativePositionBias", "GemmFastGelu", "GemmFloat8",
            "GemmaRotaryEmbedding", "GroupNorm", "HyperConnectionLowRankMix", "Irfft",
            "IsAllFinite", "LongformerAttention", "Mamba2Verify",
            "MatMulBlockQuantizedFp4Weight", "MatMulBlockQuantizedFp8Weight", "MatMulNBitsMlp",
            "MatMulNBitsQLoRA", "MatMulNBitsQkv", "MatMulPacked", "MoEPacked", "NhwcConv",
            "NhwcFusedConv", "PackedAttention", "PackedMultiHeadAttention",
            "PackedSparseAttentionIndexer", "PackedSparseAttentionIndexerMerge", "PagedAttention",
            "QOrderedAttention", "QOrderedGelu", "QOrderedLayerNormalization",
            "QOrderedLongformerAttention", "QOrderedMatMul", "QuantizeBFP", "QuantizeWithOrder",
            "RMSNormRotary", "RelativePositionBias", "RemovePadding", "RestorePadding", "Rfft",
            "RouterGateUpProj", "SkipGroupNorm", "SparseAttentionIndexer", "SparsePagedAttention",
            "SpeculativePrefixCommit", "SwiGLU",
        ),
        _GRAPHICS_CARD,
    ),
}  # fmt: skip


def advice(node: Node) -> str | None:
    """Why an operator that is not known here cannot be, and what to do; None if that is unknown."""
    why = DOMAINS.get(node.domain)
    if why is None and node.domain == "com.microsoft":
        why = _MICROSOFT.get(node.op)
    return why and f'{node.label} of domain "{node.domain}" is not computed here: {why}.'
