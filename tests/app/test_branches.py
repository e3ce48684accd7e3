"""The outline of a tree: which rows are seen, where one is, what the keys of a tree do."""

from __future__ import annotations

import pytest

from scene.scenes import chain
from scene.test_levels import residual_net
from tensorama.app.branches import Branches, common_scope


@pytest.fixture
def branches() -> Branches:
    """stem, s0 (s0b0 (s0b0a, s0b0b, s0b0+), s0b1 (…)), s1 (…), head: all closed."""
    return Branches(residual_net(stages=2))


def names(branches: Branches) -> list[str]:
    return [branches.scene.layer(row.item).name for row in branches.rows]


def here(branches: Branches) -> str:
    assert branches.item is not None
    return branches.scene.layer(branches.item).name


def press(branches: Branches, *keys: str) -> None:
    for key in keys:
        meaning = branches.meaning(key)
        if isinstance(meaning, set):
            branches.open(meaning)
        elif meaning is not None:
            branches.at = meaning


def test_closed_groups_show_no_rows_inside(branches: Branches) -> None:
    assert names(branches) == ["stem", "s0", "s1", "head"]
    assert [(row.level, row.position, row.siblings) for row in branches.rows] == [
        (1, 1, 4), (1, 2, 4), (1, 3, 4), (1, 4, 4),
    ]  # fmt: skip


def test_an_open_group_shows_its_items_a_level_deeper(branches: Branches) -> None:
    branches.open({branches.scene.named("s0"), branches.scene.named("s0b1")})
    assert names(branches) == [
        "stem", "s0", "s0b0", "s0b1", "s0b1a", "s0b1b", "s0b1+", "s1", "head",
    ]  # fmt: skip
    assert [row.level for row in branches.rows] == [1, 1, 2, 2, 3, 3, 3, 1, 1]
    row = branches.rows[5]
    assert (row.position, row.siblings) == (2, 3)


def test_what_lies_in_a_closed_group_is_seen_as_that_group(branches: Branches) -> None:
    scene = branches.scene
    inner = scene.named("s0b1b")
    assert branches.row_of(inner) == 1
    branches.open({scene.named("s0b1")})  # open inside, but s0 around it is closed
    assert names(branches) == ["stem", "s0", "s1", "head"]
    assert branches.row_of(inner) == 1
    branches.open({scene.named("s0"), scene.named("s0b1")})
    assert branches.row_of(inner) == 5


def test_the_arrows_walk_and_fold(branches: Branches) -> None:
    press(branches, "ArrowUp")
    assert here(branches) == "stem"
    press(branches, "ArrowRight", "ArrowLeft")  # a layer has nothing to open and nothing around it
    assert here(branches) == "stem"
    press(branches, "ArrowDown", "ArrowRight")
    assert here(branches) == "s0"
    assert len(branches.rows) == 6
    press(branches, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown")
    assert here(branches) == "s0b0b"
    press(branches, "ArrowLeft")
    assert here(branches) == "s0b0"
    press(branches, "ArrowLeft")
    assert names(branches) == ["stem", "s0", "s0b0", "s0b1", "s1", "head"]
    press(branches, "ArrowLeft", "ArrowLeft")
    assert names(branches) == ["stem", "s0", "s1", "head"]
    assert here(branches) == "s0"


def test_home_end_and_pages_stay_inside(branches: Branches) -> None:
    press(branches, "End")
    assert here(branches) == "head"
    press(branches, "ArrowDown", "PageDown")
    assert here(branches) == "head"
    assert branches.meaning("PageUp", page=2) == 1
    press(branches, "Home")
    assert here(branches) == "stem"


def test_a_star_opens_all_siblings(branches: Branches) -> None:
    press(branches, "*")
    assert names(branches) == ["stem", "s0", "s0b0", "s0b1", "s1", "s1b0", "s1b1", "head"]


def test_other_keys_mean_nothing(branches: Branches) -> None:
    assert branches.meaning("x") is None
    assert branches.meaning("F5") is None


def test_one_goes_where_something_is_opened_or_closed(branches: Branches) -> None:
    scene = branches.scene
    branches.open({scene.named("s1")})
    assert here(branches) == "s1"
    everything = set(range(len(scene.blocks) + len(scene.tree.groups)))
    branches.open(everything)
    assert here(branches) == "s1"
    branches.at = branches.row_of(scene.named("s1b0b"))
    branches.open(set())
    assert here(branches) == "s1"


def test_a_network_without_groups_and_one_without_layers() -> None:
    flat = Branches(chain(5000))
    assert len(flat.rows) == 5000
    press(flat, "End", "ArrowRight", "ArrowLeft")
    assert flat.item == 4999
    nothing = Branches(chain(0))
    assert nothing.item is None
    assert nothing.meaning("ArrowDown") is None
    nothing.open(set())


def test_names_are_told_without_the_scope_they_share() -> None:
    assert common_scope(["a/b/conv1", "a/b/conv2", "a/b/c/add"]) == "a/b/"
    assert common_scope(["layer1.0.conv1", "layer1.0.conv2"]) == "layer1.0."
    assert common_scope(["conv1", "conv2"]) == ""
    assert common_scope(["a/b", "c/d"]) == ""
    assert common_scope(["a/b"]) == ""
    assert common_scope([]) == ""
