"""An input offers its samples as gifts, and what a person gave to it before."""

from __future__ import annotations

import numpy as np
import pytest

from inputs.models import declaring, tensor
from tensorama.engine.contract import whole
from tensorama.inputs.ways import feeds_slices, ways_of


def test_photos_stand_beside_the_file_and_a_person_gave_others() -> None:
    notes = {"input": '{"kind": "picture", "samples": [{"file": "a.png", "title": "A", '
                      '"title.zh": "甲"}, {"file": "b.png"}]}'}  # fmt: skip
    model = declaring(tensor("image", (1, 3, 32, 32)), metadata=notes)
    pictures = {
        "beside:a.png": np.zeros((9, 9, 3), np.uint8),
        "01234567 mine.png": np.zeros((9, 9, 3), np.uint8),
        "01234567 table.csv": np.zeros((9, 9)),
        "camera": np.zeros((9, 9, 3), np.uint8),
    }
    own = ("picture", "beside:b.png", "fit", "signed", "BGR")
    found = dict(ways_of(model)[0].offers(own, pictures, "zh"))
    assert [*found] == ["甲", "b.png", "mine.png"]
    assert found["b.png"] == own
    assert found["mine.png"] == ("picture", "01234567 mine.png", *own[2:])


@pytest.mark.parametrize(
    ("name", "shape", "elem_type", "notes", "names"),
    [
        ("audio", (1, "samples"), 1, {}, ["Vowels, notes", "Notes"]),
        ("x", (1, 4), 1, {}, [*(f"random, {n}" for n in range(1, 6)), "zeros", "ones", "rising"]),
        ("label", (1, 2), 1, {"input": '{"kind": "one of", "labels": ["cat", "dog"]}'},
         ["cat", "dog"]),
        ("ids", (1, "T"), 7, {"input": '{"kind": "text", "characters": "abcde "}'}, ["“a”"]),
        ("z", (1, 8), 1, {"input": '{"kind": "noise"}'}, [f"random, {n}" for n in range(1, 6)]),
    ],
)  # fmt: skip
def test_each_way_to_give_an_input_has_its_own(
    name: str, shape: tuple[int | str, ...], elem_type: int, notes: dict[str, str],
    names: list[str],
) -> None:  # fmt: skip
    model = declaring(tensor(name, shape, elem_type), metadata=notes)
    found = [*ways_of(model)[0].offers((), {}, "en")]
    assert [str(called) for called, _ in found] == names
    feeds = [whole(feeds_slices(model, {name: gift}))[name] for _, gift in found]
    assert len({feed.tobytes() for feed in feeds}) == len(feeds)
