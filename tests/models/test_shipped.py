"""Every shipped network: the same numbers as onnxruntime, and the figure that its card tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.reference import every_tensor
from tensorama.inputs import default_feeds

MODELS = Path(__file__).parents[2] / "models"
DATA = MODELS.parents[1] / "shared" / "data"
FILES = sorted(MODELS.glob("*/*.onnx"))
LIMIT = 20_000_000  # bytes of all networks together
SENTENCE = "ROMEO:\nWhat light is"


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / name).exists(), reason=f"shared/data/{name} is not there")


def feeds_of(model: tr.Model) -> dict[str, Any]:
    """Something that the network knows: a line of a play where it reads, the usual otherwise."""
    told = json.loads(model.metadata.get("input", "{}"))
    if told.get("kind") != "text":
        return dict(default_feeds(model))
    tokens = [told["characters"].index(character) for character in SENTENCE]
    return {model.graph.inputs[0].name: np.array([tokens])}


def answer(name: str, feeds: dict[str, Any], output: str) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(MODELS / name), providers=["CPUExecutionProvider"])
    (result,) = session.run([output], feeds)
    return np.asarray(result)


def figure(name: str, pattern: str) -> float:
    """What the card says in bold."""
    match = re.search(pattern, (MODELS / name / "card.md").read_text("utf-8"))
    assert match, f"the card of {name} tells no figure"
    return float(match[1])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_tensor_is_what_onnxruntime_computes(file: Path) -> None:
    model = tr.load(file)
    feeds = feeds_of(model)
    trace = model.run(feeds)
    for name, wanted in every_tensor(onnx.load(file), feeds).items():
        size = max(1.0, float(np.abs(wanted).max())) if wanted.dtype.kind == "f" else 1.0
        fault = difference(trace[name], wanted, rtol=1e-3, atol=2e-5 * size)
        assert not fault, f"{name} {fault}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_says_what_it_is(file: Path) -> None:
    told = tr.load(file).metadata
    assert told["title"]
    assert len(told["description"]) > 40
    assert told["license"] == "MIT"
    assert (MODELS.parent / told["source"]).is_file()
    assert (file.parent / "card.md").is_file()


def test_all_together_are_small() -> None:
    assert sum(file.stat().st_size for file in FILES) <= LIMIT


def test_acgan_draws_what_it_is_asked_for() -> None:
    asked = np.arange(1000) % 10
    noise = np.random.default_rng(0).standard_normal((1000, 32), np.float32)
    feeds = {"label": np.eye(10, dtype=np.float32)[asked], "noise": noise}
    pictures = answer("acgan/acgan.onnx", feeds, "picture")
    read = answer("lenet/lenet.onnx", {"input": pictures}, "probabilities").argmax(1)
    told = figure("acgan", r"\*\*([\d.]+) %\*\* are read")
    assert 100 * (read == asked).mean() == pytest.approx(told, abs=0.7)  # other noise than there


@needs("tinyshakespeare.txt")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt-mini", "lstm-mini"])
def test_a_writer_foretells_the_text_that_it_has_not_seen(name: str) -> None:
    text = (DATA / "tinyshakespeare.txt").read_text("utf-8")
    told = json.loads(tr.load(MODELS / name / f"{name}.onnx").metadata["input"])
    numbers = np.array([told["characters"].index(character) for character in text])
    unseen, length = numbers[int(0.9 * len(numbers)) :], told["length"]
    many = (len(unseen) - 1) // length
    tokens = unseen[: many * length].reshape(many, length)
    following = unseen[1 : many * length + 1].reshape(many, length)
    given = np.concatenate(
        [
            np.take_along_axis(
                answer(f"{name}/{name}.onnx", {"tokens": rows}, "probabilities"),
                came[..., None], 2,
            )
            for rows, came in zip(
                np.array_split(tokens, 14), np.array_split(following, 14), strict=True
            )
        ]
    )  # fmt: skip
    loss = -np.log(given.astype(np.float64)).mean()
    assert loss == pytest.approx(figure(name, r"\*\*([\d.]+) nats"), abs=6e-4)
