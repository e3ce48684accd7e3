"""Networks that listen, look at bytes, and read: what a person gives them, and what they say."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from browser.conftest import DIST, calm_window
from browser.test_pictures import REFUSED, WINDOW
from browser.visitor import Visitor
from tensorama_build import chromium

HEARING, KINDS, READING = (
    f"models/{name}/{name}.onnx" for name in ("silero-vad", "magika", "ppocr-read")
)

# A person who answers the browser's question late, and how often what they allowed was stopped.
LATE = """
() => {
  const track = {stop: () => { globalThis.stopped = (globalThis.stopped ?? 0) + 1; }};
  const stream = {getTracks: () => [track]};
  navigator.mediaDevices.getUserMedia =
    () => new Promise((go) => { globalThis.allow = () => go(stream); });
}
"""

pytestmark = pytest.mark.skipif(
    not (DIST / HEARING).is_file(), reason="networks of others are fetched when the site is built"
)


@pytest.fixture
def context(browser: Browser, watch) -> Iterator[BrowserContext]:
    """A window in which the inspector stands beside the input, less movement."""
    with calm_window(browser, watch, WINDOW) as visitor:
        yield visitor


def tone(seconds: float, rate: int) -> bytes:
    """A .wav of two channels with a tone of 440 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        writing.setnchannels(2)
        writing.setsampwidth(2)
        writing.setframerate(rate)
        t = np.arange(int(seconds * rate)) / rate
        one = (16000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
        writing.writeframes(np.stack([one, one], axis=1).tobytes())
    return file.getvalue()


def test_a_sound_is_dropped_and_each_moment_can_be_asked_for(page, site) -> None:
    """Opens Silero: it hears our own sound; a press on the curve pins a moment; then a dropped
    .wav of another rate; what is no sound gets a sentence, as does a microphone that is refused."""
    visitor = Visitor(page).visit(f"{site.url}?model={HEARING}")
    notes = page.locator(".tr-way-note")
    expect(notes.first).to_have_text("Vowels, notes: 4.8 s at 16,000 samples in a second.")
    expect(notes.last).to_contain_text("at most 100 %")
    page.locator(".tr-way-timed canvas").click()
    visitor.until("s => s.selection?.tensor === 'speech_probs'")
    visitor.drop("tone.wav", tone(1.0, 44100))
    visitor.until("s => s.shown.given?.[0][1][1].endsWith('tone.wav') && !s.busy")
    expect(notes.first).to_have_text("tone.wav: 1.0 s at 16,000 samples in a second.")
    # the peaks of 440 Hz at 16 kHz are as high as they were at 44.1 kHz
    heard = [visitor.ask(f"select('input', [20, {n}])")["value"] for n in range(64, 102)]
    assert max(heard) == pytest.approx(16000 / 32768, abs=0.02)
    row = io.BytesIO()
    np.save(row, np.linspace(-1, 1, 8000, dtype=np.float32))
    visitor.drop("row.npy", row.getvalue())
    visitor.until("s => s.shown.given?.[0][1][1].endsWith('row.npy') && !s.busy")
    expect(notes.first).to_have_text("row.npy: 0.5 s at 16,000 samples in a second.")
    assert visitor.ask("select('input', [0, 64])")["value"] == -1
    visitor.drop("wrong.npy", b"\x93NUMPY")
    visitor.sees(re.compile("^wrong.npy could not be read as numbers"))
    visitor.drop("no.wav", b"no sound")
    visitor.sees("no.wav is no sound that this browser can read, or a damaged one.")
    page.keyboard.press("Escape")
    page.evaluate(REFUSED)
    page.locator(".tr-way-sound button", has_text="Microphone").click()
    visitor.sees(re.compile("^The microphone may not be used"))
    ear = page.locator(".tr-way-sound button").nth(1)
    expect(ear).to_have_text("Microphone")
    page.evaluate(LATE)
    ear.click()
    page.wait_for_function("Boolean(globalThis.allow)")
    page.keyboard.press("Escape")
    expect(ear).to_have_text("Microphone")
    page.evaluate("globalThis.allow()")  # after they had enough
    page.wait_for_function("globalThis.stopped === 1")
    visitor.ask("go({language: 'zh', model: {address: '" + HEARING + "'}})")
    expect(notes.first).to_have_text("元音与音符：4.8 秒，每秒 16,000 个采样。")


def test_chromiums_own_fake_microphone_is_heard_stretch_by_stretch(browser, site) -> None:
    """Runs in a browser that beeps into its microphone: the curve grows, the LSTM remembers what
    it heard before; Escape switches the microphone off."""
    with_sound = browser.browser_type.launch(
        executable_path=str(chromium.ensure()),
        args=[*chromium.FLAGS, "--use-fake-device-for-media-stream",
              "--use-fake-ui-for-media-stream"],
    )  # fmt: skip
    try:
        page = with_sound.new_page(viewport=WINDOW, reduced_motion="reduce")
        visitor = Visitor(page).visit(f"{site.url}?model={HEARING}")
        ear = page.locator(".tr-way-sound button").nth(1)
        ear.click()
        expect(ear).to_have_text("Stop")
        expect(page.locator(".tr-way-note").first).to_contain_text(
            "Microphone: 0.3 s", timeout=60_000
        )
        curve = page.locator(".tr-way-timed .tr-way-note")
        expect(curve).not_to_contain_text("over 4.8 s", timeout=60_000)  # what was shown before
        expect(curve).to_contain_text(re.compile(r"over [1-9]\.\d s"), timeout=60_000)
        page.keyboard.press("Escape")
        expect(ear).to_have_text("Microphone")
        visitor.until("s => !s.busy && s.shown.given?.[0][1][1] === 'microphone'")
        assert visitor.ask("select('h', [0, 0, 5])")["value"] != 0
    finally:
        with_sound.close()


def test_any_file_is_an_input_of_magika_but_a_model(page, site) -> None:
    """Drops a script and a wrong archive: each is looked at, and named; a sample; then a model,
    which is opened."""
    visitor = Visitor(page).visit(f"{site.url}?model={KINDS}")
    visitor.until("s => !s.busy && s.output?.label === 'python'")
    expect(page.locator(".tr-drop")).to_have_text(re.compile("^Drop any file"))
    visitor.drop("install.zip", b'#!/bin/sh\nset -e\nfor f in *.txt; do\n  mv "$f" /tmp\ndone\n')
    state = visitor.until("s => !s.busy && s.output?.label === 'shell'")
    assert state["output"]["share"] > 0.9
    expect(page.locator(".tr-way-note")).to_contain_text("install.zip, 56 bytes")
    page.locator(".tr-way-file button", has_text="planets.csv").click()
    visitor.until("s => !s.busy && s.output?.label === 'csv'")
    visitor.button("undo").click()
    visitor.until("s => !s.busy && s.output?.label === 'shell'")
    visitor.drop("few.txt", b"hi")
    expect(page.locator(".tr-way-note")).to_contain_text("too few for the network")
    visitor.drop("lenet.onnx", (DIST / "models/lenet/lenet.onnx").read_bytes())
    visitor.until("s => !s.busy && s.model?.name === 'LeNet-5'")
    expect(page.locator(".tr-drop")).to_have_text(re.compile("^Drop a photo of a drawing"))


def test_a_line_of_text_is_read_and_each_sign_leads_to_its_number(page, site) -> None:
    """Opens PP-OCR: the line is read; a sign pins its share; then the line of Chinese signs."""
    visitor = Visitor(page).visit(f"{site.url}?model={READING}")
    text = page.locator(".tr-written")
    expect(text).to_have_text("Every number is accountable.", timeout=60_000)
    text.locator("button", has_text="v").first.click()
    state = visitor.until("s => s.selection?.tensor === 'softmax_11.tmp_0'")
    assert visitor.ask(f"select('softmax_11.tmp_0', {state['selection']['index']})")["value"] > 0.9
    page.locator(".tr-way button", has_text="Chinese").click()
    expect(text).to_have_text(re.compile("^神经网络的每一个数字"), timeout=60_000)
