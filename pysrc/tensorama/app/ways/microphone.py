"""What sounds: a file, which the browser unpacks, or the microphone, as long as it is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.sources import home
from tensorama.app.ways.devices import asked, switched_off
from tensorama.errors import TensoramaError
from tensorama.inputs.ways.resampling import Resampler
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi

SECONDS = 60  # that are kept of a file
_HEAVIEST = 32 << 20  # bytes of a file
_BEHIND = 2  # seconds that a network may be behind; what is older is not heard
_REASONS = {
    "NotAllowedError": phrase(
        "The microphone may not be used: allow it for this page, and try again."
    ),
    "NotFoundError": phrase("There is no microphone on this device."),
    "NotReadableError": phrase("The microphone is in use by something else."),
}


async def unpacked(blob: Any, name: str, rate: int) -> np.ndarray:
    """The sound in a file, float32 -1…1, of one channel, at so many samples in a second.

    Of a long one the first SECONDS. Raises TensoramaError with one sentence for what is no sound.
    """
    size = int(blob.size)
    if not size:
        raise TensoramaError(phrase("{name} is empty: it has no bytes.", name=name))
    if size > _HEAVIEST:
        raise TensoramaError(phrase(
            "{name} has {megabytes} MB; sounds of up to {most} MB are read.",
            name=name, megabytes=size >> 20, most=_HEAVIEST >> 20,
        ))  # fmt: skip
    try:
        studio = ffi.js.OfflineAudioContext.new(1, 1, rate)  # unpacks to its own rate
        sound = await studio.decodeAudioData(await blob.arrayBuffer())
    except Exception as error:
        raise TensoramaError(phrase(
            "{name} is no sound that this browser can read, or a damaged one.", name=name
        )) from error  # fmt: skip
    count = min(int(sound.length), SECONDS * rate)
    if not count:
        raise TensoramaError(phrase("{name} has no sound in it.", name=name))
    channels = range(int(sound.numberOfChannels))
    parts = [_numbers(sound.getChannelData(n).subarray(0, count)) for n in channels]
    return np.clip(np.nan_to_num(np.mean(parts, axis=0)), -1, 1).astype(np.float32)


def _numbers(array: Any) -> np.ndarray:
    """The numbers of a Float32Array."""
    numbers = np.empty(int(array.length), np.float32)
    array.assign_to(memoryview(numbers))  # type: ignore[arg-type]
    return numbers


class Microphone:
    """An open microphone: `take(count)` is what it heard next, `latest(count)` what it heard last.

    Both are None until so much more was heard.
    """

    def __init__(self, stream: Any, rate: int) -> None:
        self._stream, self._rate = stream, rate
        self._studio: Any = ffi.js.AudioContext.new()
        self._resampler = Resampler(float(self._studio.sampleRate), rate)
        self._handlers = ffi.Handlers()
        self._heard = np.zeros(0, np.float32)
        self._new = 0

    @staticmethod
    async def opened(rate: int) -> Microphone:
        """Ask for the microphone. Raises TensoramaError if it is refused."""
        stream = await asked(
            {"audio": {"channelCount": 1}},
            phrase("A page has a microphone only at an address with https."), _REASONS, _other,
        )  # fmt: skip
        microphone = Microphone(stream, rate)
        try:
            await microphone._listen()
        except Exception as error:
            microphone.close()
            raise TensoramaError(_other(error)) from error
        except BaseException:
            microphone.close()
            raise
        return microphone

    async def _listen(self) -> None:
        studio = self._studio
        await studio.audioWorklet.addModule(f"{home()}ear.js")
        ear = ffi.js.AudioWorkletNode.new(studio, "ear")
        ear.port.onmessage = self._handlers.keep(self._came)
        studio.createMediaStreamSource(self._stream).connect(ear)
        ear.connect(studio.destination)  # silence; what leads nowhere is not asked for samples
        await studio.resume()

    def _came(self, event: Any) -> None:
        piece = self._resampler.take(_numbers(event.data))
        self._heard = np.concatenate([self._heard, piece])[-_BEHIND * self._rate :]
        self._new += len(piece)

    def take(self, count: int) -> np.ndarray | None:
        """The next samples; each is given once."""
        if len(self._heard) < count:
            return None
        taken, self._heard = self._heard[:count], self._heard[count:]
        return taken

    def latest(self, count: int) -> np.ndarray | None:
        """The last samples, silence before the first, if there are new ones."""
        if not self._new:
            return None
        self._new = 0
        heard = self._heard[-count:]
        return np.concatenate([np.zeros(count - len(heard), np.float32), heard])

    def close(self) -> None:
        """Switch it off."""
        switched_off(self._stream)
        self._studio.close()
        self._handlers.remove()


def _other(error: Exception) -> Phrase:
    return phrase("The microphone could not be opened: {reason}", reason=str(error))
