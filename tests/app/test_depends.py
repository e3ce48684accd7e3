"""What a number depends on: asking, the map over the input, how the number falls. No page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tensorama import Trace
from tensorama.app.actions import asking
from tensorama.app.address import from_link, to_link
from tensorama.app.deeper import asked, falling, overlay
from tensorama.app.lens import Lens
from tensorama.app.state import METHODS, Depends, State, from_json, to_json
from tensorama.explain.gradients import METHODS as KNOWN
from tensorama.explain.gradients import Deletion, Randomized, attribute, deletion, randomized
from tensorama.phrases import phrase
from tensorama.scene.pictures.colour import DARK
from tensorama.scene.pictures.picture import picture_of

CELL = ("logits", (0, 3))


def test_the_methods_of_a_state_are_those_that_there_are() -> None:
    assert [*METHODS] == [*KNOWN] == [*asked.NAMES]


def test_asking_twice_for_the_same_ends_it() -> None:
    state = asking.asked(State(), CELL)
    assert state.depends == Depends(CELL)
    assert asking.asked(state, CELL).depends is None
    other = asking.asked(asking.by_method(state, "gradient"), ("logits", (0, 4)))
    assert other.depends == Depends(("logits", (0, 4)), "gradient")  # the method stays


def test_nothing_is_put_beside_itself() -> None:
    state = asking.against(asking.asked(State(), CELL), CELL)
    assert state.depends
    assert state.depends.against is None
    assert asking.against(State(), CELL) == State()


def test_a_link_brings_a_question_back() -> None:
    state = asking.shuffled(asking.at_layer(asking.asked(State(), CELL), "conv2"))
    state = asking.against(state, ("logits", (0, 9)))
    assert from_json(json.loads(json.dumps(to_json(state)))) == state
    assert from_link(to_link(state)) == state


@pytest.mark.parametrize(
    "data", [3, [], [["x", [0]]], [["x", [0]], "magic", None, "", False], [["x", [0]], "gradient"]]
)
def test_what_is_no_question_is_left_out(data: object) -> None:
    assert from_json({"depends": data}) == State()


def test_a_map_lies_over_its_input_in_the_colours_of_sign(threes: Trace) -> None:
    made = attribute(threes, *CELL, "gradient_times_value")
    picture = picture_of("input", (1, 1, 28, 28))
    spoken = overlay.flat_map(made, "input", picture)
    assert np.array_equal(spoken, made.maps["input"][0, 0])  # one channel
    image = overlay.over(picture, threes["input"], spoken, overlay.scale_of(spoken), DARK)
    assert image.shape == (28, 28, 4)
    red, blue = image[..., 0].astype(int), image[..., 2].astype(int)
    best, worst = (np.unravel_index(f(spoken), spoken.shape) for f in (np.argmax, np.argmin))
    assert red[best] > blue[best]
    assert blue[worst] > red[worst]
    empty = np.argwhere(np.asarray(threes["input"])[0, 0] == 0)[0]
    assert abs(int(red[tuple(empty)]) - int(blue[tuple(empty)])) < 20  # neither


def test_shares_of_three_channels_add_up() -> None:
    made = attribute_like(np.arange(12.0).reshape(1, 3, 2, 2))
    spoken = overlay.flat_map(made, "x", picture_of("x", (1, 3, 2, 2)))
    assert spoken.tolist() == [[12, 15], [18, 21]]


def attribute_like(values: np.ndarray):
    from tensorama.explain.gradients import Attribution

    return Attribution("occlusion", "y", (0,), 1.0, {"x": values})


def test_a_small_map_is_stretched_place_for_place() -> None:
    small = np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2)
    wide = overlay.stretched(small, (1, 2, 4, 6))
    assert wide.shape == (1, 2, 4, 6)
    assert wide[0, 1].tolist() == [[1, 1, 1, 2, 2, 2]] * 2 + [[3, 3, 3, 4, 4, 4]] * 2


def test_words_stand_in_a_row() -> None:
    picture, value, spoken = overlay.row_of(np.ones((1, 5, 3)), np.full((1, 5, 3), -2.0))
    assert (picture.rows, picture.cols) == (1, 5)
    assert value.tolist() == [[3] * 5]
    assert spoken.tolist() == [[-6] * 5]


def test_how_fast_the_number_falls_is_told(threes: Trace) -> None:
    fall = deletion(threes, attribute(threes, *CELL, "gradient_times_value"), "input")
    words = falling.told(fall)
    assert words.startswith("Half of the number is gone with the ")
    assert falling.half_gone(fall.deleted, fall.answers) < falling.chance(fall)
    markup = falling.plot(fall)
    assert markup.count("<polyline") == 1 + len(fall.random)


def test_a_map_no_better_than_chance_is_called_out() -> None:
    deleted = np.linspace(0, 1, 5)
    fall = Deletion(deleted, np.array([4.0, 4, 4, 4, 0]), np.array([[4.0, 3, 2, 1, 0]]))
    assert falling.told(fall).endswith("do not trust it here.")
    assert falling.half_gone(deleted, np.array([4.0, 3, 2, 1, 0])) == 0.5


def test_a_map_that_does_not_change_with_shuffled_weights_is_called_out(threes: Trace) -> None:
    made = attribute(threes, *CELL, "integrated_gradients")
    said, well = asked.changed(randomized(threes, made))
    assert well
    assert "speaks of what the network learned" in said
    said, well = asked.changed(Randomized(made, 0.98))
    assert not well
    assert "Do not take it as a reason." in said


def test_integrated_gradients_tell_what_is_missing(threes: Trace) -> None:
    made = attribute(threes, *CELL, "integrated_gradients")
    less, more = (replace(made, difference=10.0, gap=gap) for gap in (0.1, -0.1))
    assert asked.added_up(less) == "They add up to 9.9 of 10; 1.0% is missing."
    assert asked.added_up(more) == "They add up to 10.1 instead of 10: 1.0% too much."
    assert asked.added_up(attribute(threes, *CELL)) is None


def test_a_method_that_speaks_of_the_input_alone_says_so(threes: Trace) -> None:
    said = asked.alone(attribute(threes, *CELL, "occlusion"))
    assert said
    assert said.startswith("It speaks of what came in;")
    assert asked.alone(attribute(threes, *CELL, "gradient_times_value")) is None


def test_a_lens_says_why_there_is_nothing() -> None:
    lens = Lens(
        phrase("influence"), phrase("influence"), {"x": np.array([[1.5, -2]])}, {"d": "No rule."},
        "nothing of this went into it",
    )  # fmt: skip
    assert lens.remark("x", (0, 1)) == "influence -2"
    assert lens.remark("d", (0,)) == "influence: No rule."
    assert lens.remark("z", ()) == "influence: nothing of this went into it"


def test_a_map_that_falls_fast_but_not_to_half_says_so() -> None:
    deleted = np.linspace(0, 1, 5)
    fall = Deletion(deleted, np.array([4.0, 2.5, 2.5, 2.5, 0]), np.array([[4.0, 4, 4, 1, 0]]))
    assert falling.told(fall).endswith("but half of it is not gone sooner.")
