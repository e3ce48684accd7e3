"""What stands on the page, so that a teacher can take some of it away: `?hide=outline,heat`.

What is named there is in `State.hidden`: the buttons and the keys of a command, by its name in the
table of commands, or a part of the page, by its name here. What they had set stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tensorama.app.commands import BY_NAME
from tensorama.phrases import Phrase, joined, phrase

_STAYS = frozenset({"escape", "callOff", "dismiss"})  # ways out of what is in one's way


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page; `commands`: those that go with it. style.css has what it is, `tr-no-`
    and its name."""

    name: str
    words: Phrase
    commands: tuple[str, ...] = ()


PARTS = (
    Part("title", phrase("Names at the top: of the page, of the model, where one is")),
    Part("input", phrase("What the network is fed with"), ("clear", "photo", "reseed", "samples")),
    Part("samples", phrase("Sample digits")),
    Part("answer", phrase("The answer")),
    Part("labels", phrase("Names beside the layers")),
    Part("tip", phrase("The number under the pointer")),
    Part(
        "inspector",
        phrase("Where a number comes from, by a click on it"),
        ("pin", "unpin", "stepThrough", "stepOver", "why", "whereTo", "depends"),
    ),
    Part("layer", phrase("What a layer is and does, in words and figures"), ("about",)),
    Part("shelf", phrase("Weights and insides of a layer"), ("weights", "inside")),
    Part(
        "timeline",
        phrase("The line of the run, and its buttons"),
        ("replay", "stepBack", "stepOn", "speed", "loop"),
    ),
    Part("welcome", phrase("The sentence for who is here for the first time")),
    Part("legend", phrase("What the colours mean"), ("scale",)),
)
_PART = {part.name: part for part in PARTS}
_KNOWN = {name.lower(): name for name in [*_PART, *BY_NAME] if name not in _STAYS}
GROUPED = frozenset(name for part in PARTS for name in part.commands)  # commands of a part


def named(names: str | Iterable[str]) -> tuple[frozenset[str], list[str]]:
    """What `hide=` names, in any case: what there is of it, and the words that name nothing."""
    words = names.split(",") if isinstance(names, str) else names
    asked = [word.strip() for word in words if word.strip()]
    known = frozenset(_KNOWN[word.lower()] for word in asked if word.lower() in _KNOWN)
    return known, [word for word in asked if word.lower() not in _KNOWN]


def unknown(names: Collection[str]) -> Phrase:
    """The sentence for what cannot be hidden, as it is no part of the page."""
    return phrase(
        "{names} cannot be hidden: there is no such button or part. "
        "“Choose what stands on the page” in the search (/) lists all.",
        names=joined(", ", [f"“{name}”" for name in names]),
    )


def gone(hidden: Collection[str]) -> frozenset[str]:
    """The names of all commands and parts that are taken away with these."""
    return frozenset(hidden).union(*(_PART[name].commands for name in hidden if name in _PART))
