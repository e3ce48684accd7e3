"""A sound becomes what a network listens to, at its rate, wherever in the sound it listens."""

from __future__ import annotations

import numpy as np
import pytest

from inputs.models import declaring, tensor
from tensorama.engine.contract import whole
from tensorama.inputs.ways import Sound, feeds_slices, way_of, ways_of
from tensorama.inputs.ways.resampling import Resampler, resampled
from tensorama.inputs.ways.sound import MICROPHONE, memory_of
from tensorama.inputs.ways.synthetic import SAMPLES, sample_sound
from tensorama.onnxfile import Graph, Model

STRETCHES = '{"kind": "sound", "rate": 8000, "stretch": 4, "before": 2, "range": [-1, 1]}'


def sound_of(name: str, shape: tuple[int | str, ...], note: str = "") -> Sound | None:
    found = ways_of(declaring(tensor(name, shape), metadata={"input": note} if note else {}))
    return found[0] if found and isinstance(found[0], Sound) else None


def test_stretches_overlap_by_what_stands_before_them() -> None:
    way = sound_of("x", ("T", 6), STRETCHES)
    assert way is not None
    heard = np.arange(1, 11, dtype=np.float32)
    gift, files = ("sound", "mine", 1), {"mine": heard}
    assert way.sizes(gift, files) == {("x", 0): 3}
    made = way.make(gift, np.zeros((3, 6), np.float32), files)
    assert made.tolist() == [[0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 8, 9], [8, 9, 10, 0, 0, 0]]


def test_a_window_begins_where_it_is_wanted_and_ends_in_silence() -> None:
    way = sound_of("audio", (1, 300, 1))
    assert way is not None
    heard = np.linspace(-1, 1, 400, dtype=np.float32)
    made = way.make(("sound", "mine", 200), np.zeros((1, 300, 1), np.float32), {"mine": heard})
    assert made[0, :200, 0] == pytest.approx(heard[200:])
    assert not made[0, 200:].any()


@pytest.mark.parametrize(
    ("name", "shape", "rate"),
    [("waveform", ("N",), 16000), ("audio", (1, 15600), 16000), ("pcm", (1, 43844, 1), 22050),
     ("wav", ("batch", 256), 8000), ("input_values", ("batch", "length"), 16000)],
)  # fmt: skip
def test_a_rate_is_guessed_and_said_to_be(
    name: str, shape: tuple[int | str, ...], rate: int
) -> None:
    way = sound_of(name, shape)
    assert way is not None
    assert (way.rate, way.guessed) == (rate, True)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("audio", (1, 80, 3000)), ("x", (1, 16000)), ("audio", (1, 16)), ("audio", (16000, 16000))],
)
def test_what_has_another_name_or_shape_is_no_sound(name: str, shape: tuple[int, ...]) -> None:
    assert sound_of(name, shape) is None


@pytest.mark.parametrize(
    "note",
    ['{"kind": "sound", "rate": true}', '{"kind": "sound", "rate": 1e9, "stretch": -3}',
     '{"kind": "sound", "rate": [], "range": "loud", "sample": {}}'],
)  # fmt: skip
def test_odd_notes_are_passed_over(note: str) -> None:
    way = sound_of("x", (1, 15600), note)
    assert way is not None
    assert (way.rate, way.guessed, way.stretch, way.high) == (16000, True, 0, 1.0)


def test_the_rate_is_what_the_graph_compares_its_input_with() -> None:
    model = declaring(
        tensor("input", ("N", "T")), tensor("state", (2, "N", 8)), tensor("sr", (), 7)
    )
    way = way_of(model, model.graph.inputs[0])
    assert isinstance(way, Sound)
    assert way.rate == 16000


def test_memories_go_on_where_the_microphone_hears_more() -> None:
    inputs = (tensor("x", ("T", 6)), tensor("h", (1, 1, 3)), tensor("c", (1, 1, 3)))
    outputs = (tensor("p", ("T",)), tensor("hn", (1, "D", 3)), tensor("cn", (1, "D", 3)))
    graph = Graph("g", inputs, outputs, (), {}, {})
    model = Model(graph, {"": 17}, {"input": STRETCHES})
    (way, *_) = ways_of(model)
    assert isinstance(way, Sound)
    assert way.memories == (("h", "hn"), ("c", "cn"))
    kept = {MICROPHONE: np.ones(10, np.float32), memory_of("h"): np.full((1, 1, 3), 7.0)}
    given = {"x": ("sound", MICROPHONE, 2)}
    feeds = whole(feeds_slices(model, given, pictures=kept))
    assert feeds["x"].shape == (2, 6)
    assert feeds["h"].tolist() == [[[7, 7, 7]]]
    assert not feeds["c"].any()
    feeds = whole(feeds_slices(model, {**given, "h": ("numbers", "ones")}, pictures=kept))
    assert feeds["h"].tolist() == [[[1, 1, 1]]], "what was typed is worth more"
    assert not whole(feeds_slices(model, {}, pictures=kept))["h"].any()


def test_a_tone_keeps_its_pitch_at_another_rate_and_one_too_high_is_silenced() -> None:
    t = np.arange(4800) / 48000
    low, high = (np.sin(2 * np.pi * pitch * t) for pitch in (440, 15_000))
    wanted = np.sin(2 * np.pi * 440 * np.arange(1600) / 16000)
    made = resampled(low, 48000, 16000)
    assert made.shape == (1600,)
    assert made[100:-100] == pytest.approx(wanted[100:-100], abs=2e-3)
    assert np.abs(resampled(high, 48000, 16000)[100:-100]).max() < 0.01
    assert np.array_equal(resampled(low, 8000, 8000), low.astype(np.float32))


def test_piece_by_piece_gives_the_same_as_at_once() -> None:
    sound = np.random.default_rng(0).standard_normal(5000)
    once = Resampler(44100, 16000).take(sound)
    turned = Resampler(44100, 16000)
    pieces = [turned.take(sound[at : at + 128]) for at in range(0, 5000, 128)]
    assert np.concatenate(pieces) == pytest.approx(once, abs=1e-6)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_sounds_and_always_the_same(name: str) -> None:
    sound = sample_sound(name, 16000)
    assert sound.dtype == np.float32
    assert 0.4 < np.abs(sound).max() <= 0.5
    assert np.array_equal(sound, sample_sound.__wrapped__(name, 16000))
