"""What a teacher can take off the page: names, what goes with them, and that all of it is there."""

from __future__ import annotations

import re

from tensorama.app import address
from tensorama.app.actions import looks
from tensorama.app.commands import BY_NAME, HELP
from tensorama.app.parts import GROUPED, PARTS, gone, named, unknown
from tensorama.app.shell import style, template
from tensorama.app.state import State

UNASKED = {  # buttons of something that floats or of a part, which go with it
    "dismiss", "callOff", "regular",
}  # fmt: skip


def test_names_are_read_in_any_case_and_what_is_none_is_said() -> None:
    assert named("Outline, HEAT,,openall") == ({"outline", "heat", "openAll"}, [])
    known, lacking = named("heat,colour,escape")
    assert (known, lacking) == ({"heat"}, ["colour", "escape"]), "what leads out of a thing stays"
    assert unknown(lacking) == (
        "“colour”, “escape” cannot be hidden: there is no such button or part. "
        "“Choose what stands on the page” in the search (/) lists all."
    )


def test_every_button_of_the_page_can_be_taken_away() -> None:
    on_page = set(re.findall(r'data-do="(\w+)"', template())) - UNASKED
    assert on_page
    for name in on_page:
        assert named(name) == ({name}, [])
    assert GROUPED - {"samples"} <= BY_NAME.keys()


def test_every_part_has_what_takes_it_away() -> None:
    css = style()
    for part in PARTS:
        assert f".tr-no-{part.name} " in css, part.name


def test_the_list_of_keys_names_commands() -> None:
    names = {name for row in HELP if len(row) > 2 for name in row[2].split(",")}
    assert names <= {*BY_NAME, *(part.name for part in PARTS)}


def test_what_belongs_to_a_part_goes_with_it() -> None:
    assert gone({"timeline", "heat"}) == {
        "timeline", "heat", "replay", "stepBack", "stepOn", "speed", "loop",
    }  # fmt: skip
    assert gone(()) == frozenset()


def test_a_panel_that_could_not_be_closed_goes_too() -> None:
    state = State(outline=True, selected=("a", (0,)), heat="memory")
    hidden = looks.hiding(state, ["outline", "inspector", "heat", "map"])
    assert (hidden.outline, hidden.selected, hidden.overview) == (False, None, False)
    assert hidden.heat == "memory", "what a teacher has set stays"


def test_a_link_carries_what_is_hidden() -> None:
    state = looks.hiding(State(), ["heat", "outline", "answer"])
    assert address.from_link(address.to_link(state)).hidden == {"heat", "outline", "answer"}
