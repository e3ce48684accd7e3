"""Search: a field at the key /, what it finds, and the way there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.files import small
from browser.test_outline import scoped
from browser.visitor import Visitor


def found(live: Visitor) -> list[str]:
    """The names that are listed."""
    return live.part("found").locator("[role=option] span:first-child").all_inner_texts()


def chosen(live: Visitor) -> str:
    """The name that the choice is at, as a screen reader is told."""
    id = live.part("typed").get_attribute("aria-activedescendant")
    return str(live.page.locator(f'[id="{id}"] span').first.inner_text())


@pytest.fixture
def searching(live: Visitor):
    """Someone who has pressed / and is in the empty field."""
    live.part("scene").focus()
    live.press("/")
    expect(live.part("typed")).to_be_focused()
    live.part("typed").fill("")
    yield live
    live.press("Escape")
    expect(live.part("search")).to_be_hidden()


def test_names_operators_and_shapes_are_found(searching: Visitor) -> None:
    """Types: the list follows each letter; a word, an operator, a shape, nothing."""
    field = searching.part("typed")
    field.press_sequentially("pool")
    assert found(searching)[:2] == ["pool1", "pool2"]
    field.fill("softmax")
    assert "fc3" in found(searching)
    field.fill("16x5")
    assert found(searching)[0] == "pool2"
    field.fill("relu 6x28")
    assert found(searching)[0] == "conv1"
    field.fill("elephant")
    assert found(searching) == []
    expect(searching.part("found-count")).to_have_text("Nothing is called so.")


def test_enter_goes_to_the_choice_and_back_leads_back(searching: Visitor) -> None:
    """Finds fc1, presses Enter: the field closes and fc1 comes close. [: as before."""
    searching.still()
    home = searching.places()
    searching.part("typed").fill("fc")
    assert chosen(searching) == found(searching)[0] == "fc1"
    searching.press("ArrowDown")
    assert chosen(searching) == "fc2"
    searching.press("ArrowUp", "Enter")
    expect(searching.part("search")).to_be_hidden()
    expect(searching.part("scene")).to_be_focused()
    near = searching.moved(home)
    assert near["fc2"][0] - near["fc1"][0] > 1.5 * (home["fc2"][0] - home["fc1"][0])
    searching.press("[")
    assert searching.moved(near)["fc1"] == pytest.approx(home["fc1"], abs=1)


def test_who_searches_by_the_button_has_the_keys_on_the_picture_then(live: Visitor) -> None:
    """Clicks the button and goes to fc1: the picture has the keys. Gives up a search: the button
    has them again."""
    live.button("search").click()
    live.part("typed").fill("fc1")
    live.press("Enter")
    expect(live.part("scene")).to_be_focused()
    live.button("search").click()
    live.press("Escape")
    expect(live.button("search")).to_be_focused()


def test_a_wrong_expression_is_said_in_a_word(searching: Visitor) -> None:
    """Switches to regular expressions: a right one finds, a wrong one is named, nothing breaks."""
    searching.button("regular").click()
    expect(searching.part("typed")).to_be_focused()
    searching.part("typed").fill(r"^(conv|fc)\d$")
    assert found(searching) == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    searching.part("typed").fill("(conv")
    assert found(searching) == []
    expect(searching.part("found-count")).to_have_text(
        "Not a regular expression: missing ), unterminated subpattern."
    )
    searching.part("typed").fill("(c+)+$")
    assert found(searching) == []
    expect(searching.part("found-count")).to_contain_text("This expression could take for ever")
    searching.press("Alt+r")
    expect(searching.button("regular")).to_have_attribute("aria-pressed", "false")


def test_what_is_folded_away_is_opened_on_the_way(searching: Visitor) -> None:
    """Finds a layer inside closed groups: the groups around it open, and no others."""
    searching.drop("scoped.onnx", scoped())
    searching.until("s => !s.busy && s.groups.length > 2")
    searching.part("scene").focus()
    searching.press("/")
    searching.part("typed").fill("stage2/block3")
    searching.part("found").get_by_role("option").nth(1).click()
    state = searching.until("s => s.groups.filter((g) => g.open).length === 2")
    assert [g["name"] for g in state["groups"] if g["open"]] == ["stage2", "block3"]
    searching.press("[")
    searching.until("s => !s.groups.some((g) => g.open)")


def test_a_name_that_is_markup_is_text(searching: Visitor) -> None:
    """Finds a layer named like an image tag: it is listed as text."""
    name = "<img src=x onerror=alert(1)>"
    searching.drop("odd.onnx", small(name))
    searching.until("s => !s.busy && s.layers.length < 8")
    searching.part("scene").focus()
    searching.press("/")
    searching.part("typed").fill("<img")
    assert found(searching) == [name]
    assert searching.part("found").locator("img").count() == 0
