"""The camera: a stream of frames, for as long as somebody wants them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.ways.decoding import pixels_of
from tensorama.app.ways.devices import asked, switched_off
from tensorama.phrases import Phrase, phrase
from tensorama.view import ffi

EDGE = 320  # pixels of a frame; more is thrown away by most networks, and takes its time
_REASONS = {
    "NotAllowedError": phrase("The camera may not be used: allow it for this page, and try again."),
    "NotFoundError": phrase("There is no camera on this device."),
    "NotReadableError": phrase("The camera is in use by something else."),
}


class Camera:
    """An open camera; `frame()` is what it sees now."""

    def __init__(self, stream: Any, video: Any) -> None:
        self._stream, self._video = stream, video

    @staticmethod
    async def opened() -> Camera:
        """Ask for the camera and wait for its first frame. Raises TensoramaError if refused."""
        stream = await asked(
            {"video": {"width": {"ideal": 640}, "facingMode": "environment"}},
            phrase("A page has a camera only at an address with https."), _REASONS, _other,
        )  # fmt: skip
        video = ffi.document.createElement("video")
        video.muted = video.playsInline = True
        video.srcObject = stream
        try:
            await video.play()
        except BaseException:
            switched_off(stream)
            raise
        return Camera(stream, video)

    def frame(self) -> np.ndarray:
        """What it sees, uint8 (h,w,3)."""
        wide, high = int(self._video.videoWidth), int(self._video.videoHeight)
        return pixels_of(self._video, wide, high, EDGE)

    def close(self) -> None:
        """Switch it off."""
        switched_off(self._stream)
        self._video.srcObject = None


def _other(error: Exception) -> Phrase:
    return phrase("The camera could not be opened: {reason}", reason=str(error))
