"""What a step was, in words: "“conv1” opened", "heat by time", "a stroke"."""

from __future__ import annotations

from collections.abc import Callable

from tensorama.app.choices import SCALE, THEME, heat_words
from tensorama.app.items import Items
from tensorama.app.state import State
from tensorama.phrases import Phrase, joined, phrase

_ORDER = (  # the part that tells most stands first; others changed along with it
    "model", "strokes", "sample", "seed", "sizes", "given", "reading", "stepping", "selected",
    "descent", "about",
    "shelf", "ways", "opened",
    "near", "at", "camera", "depends", "summary", "console", "heat", "scale", "theme", "speed",
    "loop", "outline", "overview", "gallery", "hidden", "language",
)  # fmt: skip


def difference(before: State, after: State, items: Items) -> str:
    """The difference between two States in a few words; "" if there is none.

    items: of the network that both are about.
    """
    for part in _ORDER:
        if getattr(before, part) != getattr(after, part):
            return _WORDS[part](before, after, items)
    return phrase("a change") if before != after else ""


def opened_model(state: State) -> Phrase:
    """The opening of the model of a State, in words."""
    name = state.model.name or state.model.address.rsplit("/", 1)[-1].split("?")[0]
    return phrase("“{name}” opened", name=name) if name else phrase("another model")


def _opened(before: State, after: State, items: Items) -> Phrase:
    more, less = after.opened - before.opened, before.opened - after.opened
    if len(more) + len(less) == 1:
        name = items.called(next(iter(more or less)))
        return (
            phrase("“{name}” opened", name=name) if more else phrase("“{name}” closed", name=name)
        )
    counts = [phrase("{count} opened", count=len(more))] * bool(more)
    counts += [phrase("{count} closed", count=len(less))] * bool(less)
    return joined(", ", counts)


def _strokes(before: State, after: State, items: Items) -> Phrase:
    if after.sample is not None:
        return phrase("the sample digit {digit}", digit=after.sample)
    return phrase("a stroke") if after.strokes else phrase("the pad cleared")


def _given(before: State, after: State, items: Items) -> Phrase:
    was, now = dict(before.given), dict(after.given)
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    gift = now.get(changed[0]) or was.get(changed[0]) or ("",)
    return _GIVEN.get(gift[0], phrase("another input"))


_GIVEN = {
    "text": phrase("the text"),
    "one of": phrase("another choice"),
    "noise": phrase("other noise"),
    "picture": phrase("another picture"),
    "sound": phrase("another sound"),
    "file": phrase("other bytes"),
}


def _selected(before: State, after: State, items: Items) -> Phrase:
    if after.selected is None:
        return phrase("no cell chosen")
    tensor, index = after.selected
    return phrase("the cell {cell}", cell=f"{tensor}[{', '.join(map(str, index))}]")


def _shelf(before: State, after: State, items: Items) -> Phrase:
    name = items.called(after.at)
    if not after.shelf:
        return phrase("the shelf put away")
    if after.shelf == "weights":
        return phrase("the weights of “{name}”", name=name)
    return phrase("the inside of “{name}”", name=name)


def _ways(before: State, after: State, items: Items) -> Phrase:
    name = items.called(after.at)
    if after.ways == "up":
        return phrase("all that “{name}” comes from", name=name)
    if after.ways == "down":
        return phrase("all that comes of “{name}”", name=name)
    return phrase("no ways followed")


def _about(before: State, after: State, items: Items) -> Phrase:
    name = items.called(after.at or before.at)
    if after.about:
        return phrase("what “{name}” is", name=name)
    return phrase("no more of “{name}”", name=name)


def _near(before: State, after: State, items: Items) -> Phrase:
    if not after.near:
        return phrase("all into view")
    return phrase("the way to “{name}”", name=items.called(after.near))


def _at(before: State, after: State, items: Items) -> Phrase:
    if not after.at:
        return phrase("at the whole network")
    return phrase("at “{name}”", name=items.called(after.at))


def _stepping(before: State, after: State, items: Items) -> Phrase:
    if after.stepping is None:
        return phrase("no more step by step")
    return phrase("step by step")


def _depends(before: State, after: State, items: Items) -> Phrase:
    if after.depends is None:
        return phrase("the values again")
    return phrase("what a number depends on")


_Words = Callable[[State, State, Items], Phrase]


def _always(words: Phrase) -> _Words:
    return lambda before, after, items: words


def _as(says: Callable[[State], Phrase]) -> _Words:
    return lambda before, after, items: says(after)


_WORDS: dict[str, _Words] = {
    "model": _as(lambda state: opened_model(state)),
    "strokes": _strokes,
    "sample": _strokes,
    "seed": _always(phrase("other noise")),
    "sizes": _always(phrase("other sizes")),
    "given": _given,
    "reading": _always(phrase("read in another way")),
    "selected": _selected,
    "stepping": _stepping,
    "descent": _always(phrase("the way down to a cell")),
    "about": _about,
    "shelf": _shelf,
    "ways": _ways,
    "opened": _opened,
    "near": _near,
    "at": _at,
    "camera": _as(lambda s: phrase("another view") if s.camera else phrase("all into view")),
    "depends": _depends,
    "console": _as(lambda s: phrase("the console") if s.console else phrase("no console")),
    "summary": _as(lambda s: phrase("the summary") if s.summary else phrase("no summary")),
    "heat": _as(lambda state: heat_words(state.heat)),
    "scale": _as(lambda s: phrase("one scale of colours: {shared}", shared=SCALE[s.scale])),
    "theme": _as(lambda state: THEME[state.theme]),
    "speed": _as(lambda state: phrase("speed {speed:g}×", speed=state.speed)),
    "loop": _as(lambda s: phrase("again and again") if s.loop else phrase("once")),
    "outline": _as(lambda s: phrase("the outline") if s.outline else phrase("no outline")),
    "overview": _as(lambda s: phrase("the overview") if s.overview else phrase("no overview")),
    "gallery": _as(lambda s: phrase("the gallery") if s.gallery else phrase("no gallery")),
    "hidden": _always(phrase("what is hidden")),
    "language": _always(phrase("another language")),
}
