"""Sounds of our own to feed networks with, made of sines: five vowels, and a few notes.

Nobody speaks in them: a vowel is a buzz whose overtones are loud where a mouth would let them be.
https://en.wikipedia.org/wiki/Formant (frequencies after Peterson and Barney, 1952)
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tensorama.phrases import phrase

SAMPLES = {"vowels": phrase("Vowels, notes"), "notes": phrase("Notes")}
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (570, 840, 2410),
           (530, 1840, 2480))  # a, i, u, o, e: of a man, in Hz # fmt: skip
_WIDTHS, _HEIGHTS = (90, 110, 170), (1.0, 0.6, 0.3)  # of the formants
_LONG, _PAUSE, _EDGE = 0.28, 0.08, 0.03  # seconds of a vowel, after it, of its swelling
_NOTES = (60, 64, 67, 72, 67, 64, 60)  # C E G C G E C, as MIDI numbers them
_APART, _TUNE = 0.25, 1.99  # seconds from note to note, and of all of them
_LOUDEST = 0.5


@cache
def sample_sound(name: str, rate: int) -> np.ndarray:
    """The sound of this name, float32 -1…1, at so many samples in a second.

    "vowels": a i u o e, and behind them the notes, so that one can be told from the other.
    """
    if name != "vowels":
        return _notes(rate)
    pause = np.zeros(rate // 2, np.float32)
    return np.concatenate([pause, _vowels(rate), pause, _notes(rate)])


def _vowels(rate: int) -> np.ndarray:
    t = np.arange(int(_LONG * rate)) / rate
    swelling = np.minimum(1, np.minimum(t, _LONG - t) / _EDGE)
    pause, made = np.zeros(int(_PAUSE * rate)), []
    for place, formants in enumerate(_VOWELS):
        pitch = 130 * (1.15 - 0.024 * place) * (1 + 0.02 * np.sin(10 * np.pi * t) - 0.1 * t / _LONG)
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        buzz = np.zeros(len(t))
        for n in range(1, int(min(4000, rate / 2) / 130)):
            parts = zip(formants, _WIDTHS, _HEIGHTS, strict=True)
            loud = sum(high / (1 + ((n * pitch - at) / wide) ** 2) for at, wide, high in parts)
            buzz += loud / np.sqrt(n) * np.sin(n * phase)
        made += [buzz * swelling, pause]
    return _as_loud(np.concatenate(made))


def _notes(rate: int) -> np.ndarray:
    """Plucked strings: overtones that die away the sooner the higher they are."""
    made = np.zeros(int(_TUNE * rate))
    for place, note in enumerate(_NOTES):
        begin = int(place * _APART * rate)
        t = np.arange(len(made) - begin) / rate
        pitch = 440 * 2 ** ((note - 69) / 12)
        for n in range(1, 7):
            tone = np.sin(2 * np.pi * pitch * n * t) * np.exp(-t * (3 + 1.5 * n)) / n
            made[begin:] += tone * np.minimum(1, t / 0.005)
    return _as_loud(made)


def _as_loud(sound: np.ndarray) -> np.ndarray:
    return (_LOUDEST * sound / np.abs(sound).max()).astype(np.float32)
