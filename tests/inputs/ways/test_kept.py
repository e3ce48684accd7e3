"""Files that were given before stay for a while."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.inputs.ways.anyfile import Ends
from tensorama.inputs.ways.kept import is_own, keep, packed, unpacked


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


def test_what_no_link_can_bring_is_told() -> None:
    names = ("beside:a.png", "https://far.example/b.png", "camera", "0 c.png")
    pictures = dict.fromkeys(names, np.zeros((2, 2, 3), np.uint8))
    told = [is_own([("image", ("picture", name, "fit"))], pictures) for name in names]
    assert told == [False, False, True, True]
    assert not is_own([("image", ("picture", "0 gone.png")), ("x", ("zeros", 1))], pictures)


def test_what_is_shown_is_written_down_and_comes_back() -> None:
    photo, sound = np.arange(12, dtype=np.uint8).reshape(2, 2, 3), np.linspace(-1, 1, 9)
    ends = Ends(b"\x00#!", b"end", 12345)
    kept: dict[str, Any] = {
        "beside:a.png": photo, "microphone": sound, "microphone h": photo / 2, "0 a b.png": photo,
        "1 other.png": photo, "2 any.bin": ends, "microphone:heard": 3,
    }  # fmt: skip
    given = [
        ("x", ("picture", "0 a b.png", "crop")), ("y", ("file", "2 any.bin")),
        ("z", ("picture", "beside:a.png")), ("s", ("sound", "microphone", 64)),
    ]  # fmt: skip
    back = unpacked(packed(given, kept))
    assert {*back} == {"0 a b.png", "2 any.bin", "microphone", "microphone h"}
    assert back["2 any.bin"] == ends
    for name in ("0 a b.png", "microphone", "microphone h"):
        assert back[name].dtype == kept[name].dtype
        np.testing.assert_array_equal(back[name], kept[name])


def test_nothing_is_written_down_where_a_page_makes_it_all() -> None:
    assert packed([("x", ("picture", "sample"))], {"0 a.png": np.zeros((2, 2, 3))}) == b""
