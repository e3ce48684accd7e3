"""Make the small exports that the whole-network tests run: fresh, with seeded random weights.

Needs PyTorch (the extra `train`); running the tests needs only the files this writes:

    python tests/engine/exports/make.py [NAME …]

Each network is as small as its kind allows (a file stays below 200 kB) and still has every kind of
node that the exporters write for it. Dimensions that vary in use are exported as such.
"""

from __future__ import annotations

import io
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn import functional as F

HERE = Path(__file__).parent
LIMIT = 200_000
OPSET = 18
DYNAMO = {"dynamo": True, "optimize": True, "external_data": False}
SCRIPT = {"dynamo": False}


class Residual(nn.Module):
    """A convolution, batch normalisation and a skip, twice, then a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        )
        self.blocks = nn.ModuleList([_ResidualBlock(8, 8, 1), _ResidualBlock(8, 16, 2)])
        self.head = nn.Linear(16, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(self.stem(image), 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class _ResidualBlock(nn.Module):
    def __init__(self, a: int, b: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.skip = nn.Conv2d(a, b, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.skip(x))


class Depthwise(nn.Module):
    """Inverted bottlenecks: widen, filter each channel by itself, weigh channels, narrow."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.widen, self.filter = nn.Conv2d(8, 24, 1), nn.Conv2d(24, 24, 5, 2, 2, groups=24)
        self.squeeze, self.excite = nn.Conv2d(24, 6, 1), nn.Conv2d(6, 24, 1)
        self.narrow = nn.Conv2d(24, 12, 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(c) for c in (8, 24, 24, 12))
        self.head = nn.Linear(12, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = F.hardswish(self.norms[0](self.stem(image)))
        x = F.silu(self.norms[1](self.widen(x)))
        x = F.relu6(self.norms[2](self.filter(x)))
        share = F.relu(self.squeeze(x.mean((2, 3), keepdim=True)))
        x = x * F.hardsigmoid(self.excite(share))
        x = self.norms[3](self.narrow(x))
        return F.log_softmax(self.head(x.mean((2, 3))), dim=1)


class UNet(nn.Module):
    """Down, across and up again with skips: transposed convolution, resizing, group norms."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([_double(1, 8), _double(8, 16), _double(16, 16)])
        self.up1, self.mix1 = nn.ConvTranspose2d(16, 16, 2, 2), _double(32, 8)
        self.mix2 = _double(16, 8)
        self.head = nn.Conv2d(8, 3, 1)

    def forward(self, image: Tensor) -> Tensor:
        a = self.down[0](image)
        b = self.down[1](F.max_pool2d(a, 2))
        c = self.down[2](F.avg_pool2d(b, 2))
        x = self.mix1(torch.cat((self.up1(c), b), 1))
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.softmax(self.head(self.mix2(torch.cat((x, a), 1))), 1)


def _double(a: int, b: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1), nn.GroupNorm(2, b), nn.LeakyReLU(0.1),
        nn.Conv2d(b, b, 3, padding=1), nn.InstanceNorm2d(b, affine=True), nn.ELU(),
    )  # fmt: skip


class VisionTransformer(nn.Module):
    """Patches as tokens, a class token, position embeddings, two blocks of attention."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 24))
        self.positions = nn.Parameter(torch.randn(1, 17, 24))
        self.blocks = nn.ModuleList(_Block(24, 3, causal=False) for _ in range(2))
        self.norm, self.head = nn.LayerNorm(24), nn.Linear(24, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


class _Block(nn.Module):
    """Pre-norm attention and a dense pair, each with a skip."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, t, d = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(n, t, d))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class GPT(nn.Module):
    """Tokens and positions in, causal blocks, the tokens' own table as the way out."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(64, 24), nn.Embedding(16, 24)
        self.blocks = nn.ModuleList(_Block(24, 4, causal=True) for _ in range(2))
        self.norm = nn.LayerNorm(24)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.tokens.weight.T


class BERT(nn.Module):
    """Words, positions and segments; a mask over padding; post-norm blocks; a pooled output."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(64, 24), nn.Embedding(16, 24)
        self.kinds, self.norm = nn.Embedding(2, 24), nn.LayerNorm(24, eps=1e-12)
        self.query, self.key, self.value, self.out = (nn.Linear(24, 24) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(24, 48), nn.Linear(48, 24)
        self.norm1, self.norm2 = nn.LayerNorm(24, eps=1e-12), nn.LayerNorm(24, eps=1e-12)
        self.pooler = nn.Linear(24, 24)

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        n, t = ids.shape
        x = self.words(ids) + self.places(torch.arange(t)) + self.kinds(kinds)
        x = self.norm(x)
        q, k, v = (
            layer(x).view(n, t, 3, 8).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        hidden = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(8) + hidden, -1)
        y = (weights @ v).transpose(1, 2).reshape(n, t, 24)
        x = self.norm1(x + self.out(y))
        x = self.norm2(x + self.fc2(F.gelu(self.fc1(x))))
        return x, torch.tanh(self.pooler(x[:, 0]))


class Recurrent(nn.Module):
    """Tokens through a recurrent network, its last states to a classifier."""

    def __init__(self, kind: type[nn.RNNBase], layers: int, bidirectional: bool) -> None:
        super().__init__()
        self.tokens = nn.Embedding(32, 12)
        self.memory = kind(12, 16, layers, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(16 * (1 + bidirectional), 5)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        y, _ = self.memory(self.tokens(ids))
        return self.head(y[:, -1]), y


class Detector(nn.Module):
    """Boxes and class scores for every cell of a picture; the suppression is added as nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.SiLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.SiLU()
        )
        self.boxes, self.classes = nn.Conv2d(16, 4, 1), nn.Conv2d(16, 3, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = self.body(image)
        boxes = self.boxes(x).flatten(2).transpose(1, 2)
        rows, columns = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
        centers = torch.stack((rows, columns), -1).reshape(1, 64, 2) + torch.sigmoid(boxes[..., :2])
        half = torch.exp(0.3 * boxes[..., 2:])
        corners = torch.cat((centers - half, centers + half), -1)
        return corners, torch.sigmoid(self.classes(x)).flatten(2)


class Dense(nn.Module):
    """A dense network, to be quantized."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(20, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 10)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.layers(x), -1)


def _export(
    net: nn.Module,
    inputs: dict[str, Tensor],
    how: dict[str, object],
    varying: dict[str, dict[int, str]] | None = None,
    opset: int = OPSET,
) -> onnx.ModelProto:
    """One of PyTorch's two exporters; batch normalisations get statistics that are not 0 and 1."""
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.2)
            layer.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.2)
    net.eval()
    settings = dict(how)
    if varying and settings["dynamo"]:
        settings["dynamic_shapes"] = tuple(
            {axis: torch.export.Dim(name) for axis, name in varying.get(key, {}).items()}
            for key in inputs
        )
    elif varying:
        settings["dynamic_axes"] = varying
    file = io.BytesIO()
    torch.onnx.export(
        net, tuple(inputs.values()), file, input_names=list(inputs), opset_version=opset, **settings
    )
    return onnx.load_model_from_string(file.getvalue())


def _image(channels: int, size: int) -> dict[str, Tensor]:
    return {"image": torch.randn(1, channels, size, size)}


def _ids(count: int, length: int = 9) -> dict[str, Tensor]:
    return {"ids": torch.randint(0, count, (2, length))}


def residual() -> onnx.ModelProto:
    # not optimized: the batch normalisations stay nodes of their own
    return _export(Residual(), _image(3, 32), {**DYNAMO, "optimize": False})


def depthwise() -> onnx.ModelProto:
    return _export(Depthwise(), _image(3, 32), SCRIPT, {"image": {0: "N"}})


def unet() -> onnx.ModelProto:
    return _export(UNet(), _image(1, 24), DYNAMO)


def vit() -> onnx.ModelProto:
    return _export(VisionTransformer(), _image(3, 16), DYNAMO)


def gpt() -> onnx.ModelProto:
    return _export(GPT(), _ids(64), DYNAMO, {"ids": {1: "T"}}, opset=20)


def gpt_attention() -> onnx.ModelProto:
    return _export(GPT(), _ids(64), DYNAMO, {"ids": {1: "T"}}, opset=23)


def gpt_scripted() -> onnx.ModelProto:
    return _export(GPT(), _ids(64), SCRIPT, {"ids": {0: "N", 1: "T"}}, opset=14)


def bert() -> onnx.ModelProto:
    inputs = {**_ids(64), "mask": torch.ones(2, 9, dtype=torch.int64)}
    inputs["kinds"] = torch.zeros(2, 9, dtype=torch.int64)
    varying = {name: {0: "N", 1: "T"} for name in inputs}
    return _export(BERT(), inputs, SCRIPT, varying, opset=17)


def lstm() -> onnx.ModelProto:
    return _export(Recurrent(nn.LSTM, 2, True), _ids(32), SCRIPT, {"ids": {1: "T"}}, opset=17)


def gru() -> onnx.ModelProto:
    return _export(Recurrent(nn.GRU, 1, False), _ids(32), SCRIPT, {"ids": {1: "T"}}, opset=11)


def detector() -> onnx.ModelProto:
    """The network's boxes go through NonMaxSuppression, and what is left is gathered."""
    model = _export(Detector(), _image(3, 32), DYNAMO)
    graph = model.graph
    boxes, scores = (output.name for output in graph.output)
    for name, kind, value in (
        ("most", TensorProto.INT64, 5),
        ("overlap", TensorProto.FLOAT, 0.4),
        ("lowest", TensorProto.FLOAT, 0.5),
        ("box_of", TensorProto.INT64, 2),
    ):
        graph.initializer.append(helper.make_tensor(name, kind, [1], [value]))
    graph.node.extend(
        [
            helper.make_node(
                "NonMaxSuppression", [boxes, scores, "most", "overlap", "lowest"], ["selected"]
            ),
            helper.make_node("Gather", ["selected", "box_of"], ["places"], axis=1),
            helper.make_node("Squeeze", [boxes, "zero"], ["flat"]),
            helper.make_node("GatherND", ["flat", "places"], ["found"]),
        ]
    )
    graph.initializer.append(helper.make_tensor("zero", TensorProto.INT64, [1], [0]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("selected", TensorProto.INT64, ["K", 3]))
    graph.output.append(helper.make_tensor_value_info("found", TensorProto.FLOAT, ["K", 4]))
    return model


def quantized() -> onnx.ModelProto:
    """Weights in 8 bits, activations quantized as they come."""
    return _in_8_bits(
        _export(Dense(), {"x": torch.randn(4, 20)}, SCRIPT, {"x": {0: "N"}}, opset=17)
    )


def lstm_quantized() -> onnx.ModelProto:
    """onnxruntime's quantizer has an LSTM of its own."""
    return _in_8_bits(lstm())


def bert_quantized() -> onnx.ModelProto:
    """Fused as onnxruntime's optimizer for transformers does, then in 8 bits."""
    from onnxruntime.transformers import optimizer

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.onnx")
        onnx.save(bert(), plain)
        fused = optimizer.optimize_model(str(plain), "bert", num_heads=3, hidden_size=24)
        return _in_8_bits(fused.model)


def _in_8_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization import quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        plain, done = Path(folder, "plain.onnx"), Path(folder, "quantized.onnx")
        onnx.save(model, plain)
        quantize_dynamic(  # reduce_range: exact on processors without VNNI too
            plain, done, reduce_range=True, extra_options={"DefaultTensorType": TensorProto.FLOAT}
        )
        return onnx.load(done)


NETWORKS: dict[str, Callable[[], onnx.ModelProto]] = {
    make.__name__: make
    for make in (
        residual, depthwise, unet, vit, gpt, gpt_attention, gpt_scripted, bert, lstm, gru,
        detector, quantized, lstm_quantized, bert_quantized,
    )
}  # fmt: skip


def main(names: list[str]) -> None:
    """Write the named networks, or all."""
    torch.set_num_threads(1)
    for name in names or NETWORKS:
        torch.manual_seed(0)
        model = NETWORKS[name]()
        for entity in (model.graph, *model.graph.node, *model.graph.value_info):
            del entity.metadata_props[:]  # the exporter's notes hold source lines and paths
        for node in model.graph.node:
            node.doc_string = ""
        onnx.checker.check_model(model)
        data = model.SerializeToString()
        if len(data) > LIMIT:
            raise SystemExit(f"{name} has {len(data)} bytes, more than {LIMIT}")
        (HERE / f"{name}.onnx").write_bytes(data)
        print(f"{name}: {len(data):,} bytes, {len(model.graph.node)} nodes")


if __name__ == "__main__":
    main(sys.argv[1:])
