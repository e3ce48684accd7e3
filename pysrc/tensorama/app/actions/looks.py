"""How it looks: theme, scale of colours, heat, which panels stand on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tensorama.app.state import HEATS, LANGUAGES, SCALES, THEMES, State


def themed(state: State, now: str) -> State:
    """From dark to light or back; `now`: what is seen, be it the system's wish."""
    return replace(state, theme="light" if now == "dark" else "dark")


def in_theme(state: State, theme: str) -> State:
    """Dark or light; "": as the system wishes."""
    return replace(state, theme=THEMES[THEMES.index(theme)])


def spoken(state: State, now: str) -> State:
    """In the next language; `now`: what is spoken, be it the browser's wish."""
    languages = LANGUAGES[1:]
    return replace(state, language=_after(languages, now))


def in_language(state: State, language: str) -> State:
    """In this language; "": as the browser wishes."""
    return replace(state, language=LANGUAGES[LANGUAGES.index(language)])


def next_scale(state: State) -> State:
    """Share one scale of colours by map, by layer, or over the whole network: the next of these."""
    return replace(state, scale=_after(SCALES, state.scale))


def next_heat(state: State) -> State:
    """Colour by the next measure, after the last by none."""
    return replace(state, heat=_after(HEATS, state.heat))


def heated(state: State, by: str) -> State:
    """Colour by this measure; "": by none."""
    return replace(state, heat=HEATS[HEATS.index(by)])


def outlined(state: State, shown: bool | None = None) -> State:
    """Show the outline or put it away."""
    return replace(state, outline=not state.outline if shown is None else shown)


def summarised(state: State, shown: bool | None = None) -> State:
    """Show the network as a table or put that away."""
    return replace(state, summary=not state.summary if shown is None else shown)


def consoled(state: State, shown: bool | None = None) -> State:
    """Show the Python console or put it away."""
    return replace(state, console=not state.console if shown is None else shown)


def overviewed(state: State, shown: bool) -> State:
    """Show the overview or put it away, whatever is in view."""
    return replace(state, overview=shown)


def browsing(state: State, shown: bool | None = None) -> State:
    """Look for another network, or back to the one that is open."""
    return replace(state, gallery=not state.gallery if shown is None else shown)


def hiding(state: State, names: Iterable[str]) -> State:
    """The page without these buttons and parts; a panel that nobody could close goes with them."""
    hidden = frozenset(names)
    if "outline" in hidden:
        state = replace(state, outline=False)
    if "console" in hidden:
        state = replace(state, console=False)
    if "summary" in hidden:
        state = replace(state, summary=False)
    if "gallery" in hidden:
        state = replace(state, gallery=False)
    if "map" in hidden:
        state = replace(state, overview=False)
    if "inspector" in hidden:
        state = replace(state, selected=None, descent=())
    if hidden & {"layer", "about"}:
        state = replace(state, about=False)
    return replace(state, hidden=hidden)


def _after(choices: tuple[str, ...], one: str) -> str:
    return choices[(choices.index(one) + 1) % len(choices)]
