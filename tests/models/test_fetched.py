"""Networks of others as the site ships them: the numbers of onnxruntime, and what they know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import tensorama as tr
from engine.bundle import difference
from engine.reference import every_tensor
from tensorama.engine.contract import whole
from tensorama.inputs import default_feeds
from tensorama.inputs.ways import feeds_slices
from tensorama.inputs.ways.anyfile import SAMPLES
from tensorama.inputs.ways.sound import MICROPHONE, memory_of
from tensorama.inputs.ways.synthetic import sample_sound
from tensorama.outputs import decode
from tensorama.outputs.readings import heard, timed, written
from tensorama_build import networks
from tensorama_build.networks import efficientnet
from tensorama_build.photo import read_png

BUILT = Path(__file__).parents[2] / "dist" / "models"
NAMES = [network.name for network in networks.NETWORKS]
CLOSE = {"basic-pitch": 5e-4}  # it takes logarithms of powers near zero, where roundings grow


def built(name: str) -> Path:
    path = BUILT / name / f"{name}.onnx"
    if not path.is_file():
        pytest.skip(f"{name} is not in dist/: it is fetched when the site is built")
    return path


def feeds_of(model: tr.Model, name: str) -> dict[str, Any]:
    if name == "efficientnet-lite0":
        return {
            "input": efficientnet.prepared(read_png((BUILT / name / "coffee.png").read_bytes()))
        }
    return dict(default_feeds(model))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_is_what_onnxruntime_computes(name: str) -> None:
    path = built(name)
    model = tr.load(path)
    feeds = feeds_of(model, name)
    trace = model.run(feeds)
    for tensor, wanted in every_tensor(onnx.load(path), feeds).items():
        size = max(1.0, float(np.abs(wanted).max(initial=0))) if wanted.dtype.kind == "f" else 1.0
        fault = difference(trace[tensor], wanted, rtol=1e-3, atol=CLOSE.get(name, 5e-5) * size)
        assert not fault, f"{tensor} {fault}"


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    told = tr.load(built(name)).metadata
    (network,) = [network for network in networks.NETWORKS if network.name == name]
    assert told["license"] == network.licence
    assert told["title"]
    assert len(told["description"]) > 40


def test_the_coffee_is_an_espresso_and_the_cat_a_cat() -> None:
    """The figure in the card: espresso, 93.9 % where the photo is made smaller by means."""
    path = built("efficientnet-lite0")
    model = tr.load(path)
    labels = json.loads(model.metadata["labels"])
    said = {}
    for photo in ("coffee.png", "chelsea.png"):
        feeds = {"input": efficientnet.prepared(read_png((path.parent / photo).read_bytes()))}
        (shares,) = model.run(feeds)["probabilities"]
        said[photo] = labels[int(shares.argmax())], round(float(shares.max()), 2)
    assert said["coffee.png"] == ("espresso", 0.94)
    assert said["chelsea.png"][0] in ("Egyptian cat", "tabby", "tiger cat")


@pytest.mark.parametrize("name", [*SAMPLES])
def test_magika_knows_the_samples(name: str) -> None:
    """As the page feeds it; how bytes become numbers was compared with Magika's own package."""
    model = tr.load(built("magika"))
    feeds = whole(feeds_slices(model, {"bytes": ("file", name)}))
    answer = decode(model.run(feeds))
    assert answer is not None
    assert answer.count == 214
    kinds = {"py": "python", "html": "html", "csv": "csv"}
    assert (answer.best.label, answer.best.share > 0.95) == (kinds[name.split(".")[1]], True)


@pytest.mark.parametrize(
    ("file", "text"),
    [("line", "Every number is accountable."), ("characters", "神经网络的每一个数字")],
)
def test_a_line_of_text_is_read(file: str, text: str) -> None:
    path = built("ppocr-read")
    model, pixels = tr.load(path), read_png((path.parent / f"{file}.png").read_bytes())
    feeds = whole(feeds_slices(model, {"x": ("picture", "line")}, pictures={"line": pixels}))
    found = written(model.run(feeds))
    assert found is not None
    assert found.text.strip() == text


def seen(name: str, photo: str, tensor: str, output: str) -> np.ndarray:
    """What the page gets for the sample that lies beside a network."""
    path = built(name)
    model, pixels = tr.load(path), read_png((path.parent / photo).read_bytes())[..., :3]
    feeds = whole(feeds_slices(model, {tensor: ("picture", photo)}, pictures={photo: pixels}))
    return np.array(model.run(feeds)[output][0, 0])


def test_the_astronauts_face_is_found_where_it_is() -> None:
    heat = seen("centerface", "astronaut.png", "input.1", "537")
    assert heat.shape == (80, 80)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert heat.max() > 0.8
    assert (15 <= row <= 22, 31 <= column <= 39) == (True, True), "her nose"
    heat[row - 4 : row + 5, column - 4 : column + 5] = 0
    assert heat.max() < 0.3, "there is one face"


def test_the_lines_of_the_page_are_found_and_nothing_between() -> None:
    shares = seen("ppocr-find", "page.png", "x", "sigmoid_0.tmp_0")
    text = shares > 0.3
    assert text[48:58, 40:170].mean() > 0.6, "its first line"
    assert text[282:290, 170:264].mean() > 0.5, "and its last, small one"
    assert not text[165:205].any(), "between its third line and the characters"
    assert not text[:30].any()


def test_vowels_are_heard_as_speech_and_notes_are_not() -> None:
    model = tr.load(built("silero-vad"))
    found = timed(model.run(whole(feeds_slices(model, {}))))
    assert found is not None
    speech = found.values[:, 0]
    half = len(speech) // 2  # vowels before it, behind it the notes
    assert speech[:half].max() > 0.95
    assert speech[half + 10 :].max() < 0.5


def test_a_sound_in_pieces_is_heard_as_the_whole_where_the_network_remembers() -> None:
    model = tr.load(built("silero-vad"))
    whole_run = model.run(whole(feeds_slices(model, {})))
    sound, kept = sample_sound("vowels", 16000), dict[str, Any]()
    shares = []
    for at in range(0, len(sound) - 8 * 512, 8 * 512):
        kept[MICROPHONE] = np.concatenate([np.zeros(64, np.float32), sound])[at : at + 64 + 8 * 512]
        trace = model.run(
            whole(feeds_slices(model, {"input": ("sound", MICROPHONE, 64)}, 0, None, kept))
        )
        kept |= {memory_of(name): trace.outputs[of] for name, of in (("h", "hn"), ("c", "cn"))}
        shares.append(trace.outputs["speech_probs"].reshape(-1))
    pieces = np.concatenate(shares)
    wanted = whole_run.outputs["speech_probs"].reshape(-1)[: len(pieces)]
    assert pieces == pytest.approx(wanted, abs=1e-4)


def test_the_notes_of_the_sample_are_heard() -> None:
    model = tr.load(built("basic-pitch"))
    found = timed(model.run(whole(feeds_slices(model, {}))))
    assert found is not None
    assert {note.name for note in heard(found)} == {"C4", "E4", "G4", "C5"}
    assert [note.name for note in heard(found)][:3] == ["C4", "E4", "G4"]
