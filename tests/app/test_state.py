"""A State goes into JSON and into a link and comes back; what is none leaves nothing behind."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.networks import ITEMS, SHAPES, acted, actions
from tensorama.app.actions import arriving, running
from tensorama.app.address import from_link, to_link
from tensorama.app.state import Origin, State, from_json, to_json
from tensorama.errors import LinkError

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")

doings = st.lists(actions, max_size=12)


@given(doings)
def test_what_went_into_json_comes_back(done: list) -> None:
    data = json.loads(json.dumps(to_json(acted(done))))
    again = from_json(data)
    assert to_json(again) == data
    assert again.opened == acted(done).opened


@given(doings)
def test_what_went_into_a_link_comes_back(done: list) -> None:
    state = from_json(to_json(acted(done)))  # with as many digits as a link keeps
    link = to_link(state)
    assert from_link("https://example.org/page#" + link) == state
    assert len(link) < 1000


@given(doings)
def test_a_state_never_names_what_the_network_lacks(done: list) -> None:
    state = acted(done)
    fitting, missing = arriving.fitting(state, ITEMS, SHAPES)
    assert fitting == state
    assert not missing


def test_a_drawing_of_many_points_makes_a_short_link() -> None:
    curve = [(0.5 + 0.4 * math.cos(n / 20), 0.5 + 0.4 * math.sin(n / 13)) for n in range(150)]
    state = running.drawn(State(model=Origin(address="./models/lenet/lenet.onnx")), [curve])
    assert len(to_link(state)) < 1000
    assert from_link(to_link(state)) == state


def test_a_fresh_state_is_an_empty_object() -> None:
    assert to_json(State()) == {}
    assert from_json({}) == State()


junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*to_json.__globals__["_READ"]]), junk))
def test_what_is_no_state_is_left_out_part_by_part(data: dict) -> None:
    state = from_json(data)
    assert from_json(to_json(state)) == from_json(json.loads(json.dumps(to_json(state))))


def test_one_wrong_part_does_not_take_the_others_along() -> None:
    state = from_json({"heat": "time", "speed": 3, "camera": [1, 2], "new in 2030": 1, "at": "a"})
    assert state == State(heat="time", at="a")


def test_what_a_link_names_and_the_network_lacks_is_told_and_left_out() -> None:
    there = ITEMS.names[0]
    state = State(
        opened=frozenset({"gone/", ITEMS.names[-1]}), at="lost", shelf="weights",
        near=there, selected=("nothing", (0,)),
    )  # fmt: skip
    fitting, missing = arriving.fitting(state, ITEMS, SHAPES)
    assert fitting == State(opened=frozenset({ITEMS.names[-1]}), near=there)
    assert arriving.what_is_missing(missing) == (
        "The link names “gone”, “lost”, “nothing[0]”, which this network does not have; "
        "the rest is shown."
    )
    assert arriving.what_is_missing(()) == ""


def test_of_many_missing_names_three_are_told() -> None:
    told = arriving.what_is_missing(["a", "b", "c", "d", "e"])
    assert told.startswith("The link names “a”, “b”, “c” and 2 more, which")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("", "This link does not say what to show; open the page and copy a new one."),
        ("layer", "This link does not say what to show; open the page and copy a new one."),
        ("2.abc", "This link was made by a newer Tensorama; load the page anew to open it."),
        ("1.", "This link is damaged or cut off; copy it again, whole."),
        ("1.%%%", "This link is damaged or cut off; copy it again, whole."),
        ("1.AAAA", "This link is damaged or cut off; copy it again, whole."),
    ],
)
def test_a_link_that_is_none_is_refused_in_a_sentence(link: str, sentence: str) -> None:
    with pytest.raises(LinkError) as refused:
        from_link(link)
    assert str(refused.value) == sentence


def test_a_link_that_was_cut_off_is_refused() -> None:
    link = to_link(State(model=Origin(address="./models/lenet/lenet.onnx"), at="conv1"))
    for end in range(2, len(link) - 1):
        with pytest.raises(LinkError):
            from_link(link[:end])


def test_a_link_that_unpacks_to_much_or_is_deep_is_refused() -> None:
    import base64
    import zlib

    def packed(text: bytes) -> str:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return "1." + base64.urlsafe_b64encode(packer.compress(text) + packer.flush()).decode()

    for text in (b'{"at":"' + b"a" * (2 << 20) + b'"}', b"[" * 50_000):
        with pytest.raises(LinkError):
            from_link(packed(text))
