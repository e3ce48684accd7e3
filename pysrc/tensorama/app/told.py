"""What a step was, in words: "conv1 opened", "heat by time", "a stroke"."""

from __future__ import annotations

from collections.abc import Callable

from tensorama.app.state import State

_ORDER = (  # the part that tells most stands first; others changed along with it
    "model", "strokes", "sample", "seed", "sizes", "selected", "descent", "shelf", "ways", "opened",
    "near", "at", "camera", "heat", "scale", "theme", "speed", "loop", "outline", "overview",
    "hidden", "language",
)  # fmt: skip


def difference(before: State, after: State) -> str:
    """The difference between two States in a few words; "" if there is none that is told."""
    for part in _ORDER:
        if getattr(before, part) != getattr(after, part):
            return _WORDS[part](before, after)
    return ""


def _name(name: str) -> str:
    return f"“{name.rstrip('/').rpartition('/')[2] if name.endswith('/') else name}”"


def _opened(before: State, after: State) -> str:
    more, less = after.opened - before.opened, before.opened - after.opened
    if len(more) + len(less) == 1:
        return f"{_name(next(iter(more or less)))} {'opened' if more else 'closed'}"
    counts = [f"{len(more)} opened"] * bool(more) + [f"{len(less)} closed"] * bool(less)
    return ", ".join(counts)


def _strokes(before: State, after: State) -> str:
    if after.sample is not None:
        return f"the sample digit {after.sample}"
    if not after.strokes:
        return "the pad cleared"
    return "a stroke"


def _selected(before: State, after: State) -> str:
    if after.selected is None:
        return "no cell chosen"
    tensor, index = after.selected
    return f"the cell {tensor}[{', '.join(map(str, index))}]"


def _shelf(before: State, after: State) -> str:
    return f"the {after.shelf} of {_name(after.at)}" if after.shelf else "the shelf put away"


def _ways(before: State, after: State) -> str:
    words = {"up": "all that {} comes from", "down": "all that comes of {}", "": "no ways followed"}
    return words[after.ways].format(_name(after.at))


def _near(before: State, after: State) -> str:
    return f"the way to {_name(after.near)}" if after.near else "all into view"


def _said(words: str) -> Callable[[State, State], str]:
    return lambda before, after: words


_WORDS: dict[str, Callable[[State, State], str]] = {
    "model": _said("another model"),
    "strokes": _strokes,
    "sample": _strokes,
    "seed": _said("other noise"),
    "sizes": _said("other sizes"),
    "selected": _selected,
    "descent": _said("the way down to a cell"),
    "shelf": _shelf,
    "ways": _ways,
    "opened": _opened,
    "near": _near,
    "at": lambda before, after: f"at {_name(after.at)}" if after.at else "at the whole network",
    "camera": lambda before, after: "another view" if after.camera else "all into view",
    "heat": lambda before, after: f"heat by {after.heat}" if after.heat else "no heat",
    "scale": lambda before, after: f"colours on one scale by {after.scale}",
    "theme": lambda before, after: after.theme or "the system's theme",
    "speed": lambda before, after: f"speed {after.speed:g}×",
    "loop": lambda before, after: "again and again" if after.loop else "once",
    "outline": lambda before, after: "the outline" if after.outline else "no outline",
    "overview": lambda before, after: "the overview" if after.overview else "no overview",
    "hidden": _said("what is hidden"),
    "language": _said("another language"),
}
