"""The figures on the cards, measured again on the files: where a network and its data are there."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime
import pytest

MODELS = Path(__file__).parents[2] / "models"
DATA = MODELS.parents[1] / "shared" / "data"
PHOTOS = ("resnet20", "mobilenet", "vgg", "inception")


def needed(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.parent.name}/{path.name} is not there")
    return path


def told(name: str, pattern: str) -> float:
    """What the card says in bold."""
    match = re.search(pattern, (MODELS / name / "card.md").read_text("utf-8"))
    assert match, f"the card of {name} tells no figure"
    return float(match[1])


def answers(file: Path, feeds: dict[str, Any], *outputs: str, many: int = 250) -> list[np.ndarray]:
    """What onnxruntime gives, `many` at a time."""
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    total = len(next(iter(feeds.values())))
    parts = [
        session.run(list(outputs), {name: x[at : at + many] for name, x in feeds.items()})
        for at in range(0, total, many)
    ]
    return [np.concatenate(one) for one in zip(*parts, strict=True)]


def digits(part: str = "test") -> tuple[np.ndarray, np.ndarray]:
    with np.load(needed(DATA / "mnist.npz")) as file:
        return file[f"{part}_images"][:, None].astype(np.float32) / 255, file[f"{part}_labels"]


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The scenes' recipe; it needs PyTorch, which building and testing never install."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.syspath_prepend(str(MODELS / "recipes"))
    scenes = importlib.import_module("scenes")
    for name in ("scenes", "digits", "training", "scoring"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return scenes


def unseen(recipes: ModuleType, many: int) -> Any:
    import torch

    images, labels = digits()
    torch.manual_seed(0)
    given = (torch.from_numpy(images), torch.from_numpy(labels).long())
    return recipes.scenes(recipes.Digits(*given), many)


def test_autoencoder_draws_again_what_it_saw() -> None:
    file = needed(MODELS / "autoencoder" / "autoencoder.onnx")
    images, _ = digits()
    again, two = answers(file, {"input": images}, "picture", "two_numbers")
    error = np.square(again - images).mean()
    assert error == pytest.approx(told("autoencoder", r"\*\*([\d.]+)\*\*"), abs=1e-4)
    assert two.std(0).min() > 0.3  # both numbers say something
    mean = digits("train")[0].mean(0)
    assert error < 0.75 * np.square(mean - images).mean()


def test_the_half_that_draws_is_that_of_the_whole() -> None:
    file = needed(MODELS / "autoencoder" / "autoencoder.onnx")
    picture = np.random.default_rng(0).random((4, 1, 28, 28), np.float32)
    whole, two = answers(file, {"input": picture}, "picture", "two_numbers")
    (half,) = answers(file.with_name("decoder.onnx"), {"two_numbers": two}, "picture")
    np.testing.assert_allclose(half, whole, atol=1e-6)


def test_each_moment_of_lenet_reads_as_well_as_its_card_says() -> None:
    film = json.loads(needed(MODELS / "lenet-training" / "film.json").read_text("utf-8"))
    images, labels = digits()
    assert len(film) == 11
    for moment in film:
        file = MODELS / "lenet-training" / moment["file"]
        (read,) = answers(file, {"input": images}, "probabilities")
        assert 100 * (read.argmax(1) == labels).mean() == pytest.approx(
            moment["accuracy"], abs=0.02
        )
        row = rf"`{file.name}` \| [\d,]+ \| ([\d.]+) %"
        assert told("lenet-training", row) == moment["accuracy"]
    assert film[0]["accuracy"] < 30
    assert film[-1]["accuracy"] > 98


@pytest.mark.slow
def test_yolo_finds_the_digits_of_unseen_scenes(recipes: ModuleType) -> None:
    file = needed(MODELS / "yolo-tiny" / "yolo-tiny.onnx")
    scoring = importlib.import_module("scoring")
    made = unseen(recipes, 1000)
    feeds = {"picture": made.pictures.numpy()}
    boxes, scores = answers(file, feeds, "boxes", "scores")
    found = [scoring.suppressed(*pair) for pair in zip(boxes, scores, strict=True)]
    there = [
        (b[k >= 0].numpy(), k[k >= 0].numpy()) for b, k in zip(made.boxes, made.digits, strict=True)
    ]
    value = scoring.mean_average_precision(found, there, 10)
    assert value == pytest.approx(told("yolo-tiny", r"seed 0\): \*\*([\d.]+)\*\*"), abs=5e-3)


@pytest.mark.slow
def test_unet_knows_the_pixels_of_unseen_scenes(recipes: ModuleType) -> None:
    file = needed(MODELS / "unet-mini" / "unet-mini.onnx")
    scoring = importlib.import_module("scoring")
    made = unseen(recipes, 500)
    (read,) = answers(file, {"picture": made.pictures.numpy()}, "probabilities", many=50)
    value = scoring.mean_iou(read.argmax(1), made.pixels.numpy(), 11)
    assert value == pytest.approx(told("unet-mini", r"seed 0\): \*\*([\d.]+)\*\*"), abs=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", PHOTOS)
def test_a_net_of_photos_names_what_its_card_says(name: str) -> None:
    file = needed(MODELS / name / f"{name}.onnx")
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    names = re.search(r"float32 \(N,10\): (.*)\.", (file.parent / "card.md").read_text("utf-8"))
    assert names
    classes = names[1].split(", ")
    photos, labels = [], []
    with zipfile.ZipFile(needed(DATA / "cifar10-jpeg.zip")) as archive:
        for entry in sorted(n for n in archive.namelist() if n.startswith("test/")):
            if entry.endswith(".jpg"):
                photos.append(
                    np.asarray(image.open(io.BytesIO(archive.read(entry))).convert("RGB"))
                )
                labels.append(classes.index(entry.split("/")[1]))
    pixels = np.stack(photos).transpose(0, 3, 1, 2).astype(np.float32) / 255
    (read,) = answers(file, {"photo": pixels}, "probabilities")
    right = 100 * (read.argmax(1) == np.array(labels)).mean()
    assert right == pytest.approx(told(name, r"\*\*([\d.]+) %\*\*"), abs=0.05)
