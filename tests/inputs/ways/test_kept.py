"""Files that were given before stay for a while."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.inputs.ways.kept import keep


def test_the_oldest_of_a_sort_goes_and_what_is_of_another_stays() -> None:
    photo, sound, numbers = np.zeros((2, 2, 3)), np.zeros(9), np.zeros((1, 2))
    kept: dict[str, Any] = {
        "beside:a.png": photo, "camera": photo, "microphone h": photo, "0 tune.wav": sound,
    }  # fmt: skip
    keep(kept, "1 table.csv", numbers, 2)
    for name in ("2 a.png", "3 b.png", "2 a.png", "4 c.png"):
        keep(kept, name, photo, 2)
    assert [*kept] == [
        "beside:a.png", "camera", "microphone h", "0 tune.wav", "1 table.csv", "2 a.png", "4 c.png",
    ]  # fmt: skip
