"""Everything that a person can do by a button, a key or its name: one table.

Toolbar, list of keys, keyboard and search of commands are made from it. To add a button, add a line
here and, where it should stand on the page, `{{do NAME}}` in `shell.html`; to change a key, change
it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tensorama.app import walking
from tensorama.app.actions import arriving, asking, looks, opening, running, selecting, travelling
from tensorama.app.cells import answer_cell, item_under
from tensorama.app.choices import THEME, heat_words
from tensorama.app.speech import NAMES
from tensorama.app.state import HEATS, LANGUAGES, SPEEDS, State
from tensorama.app.told import difference, opened_model
from tensorama.phrases import Phrase, phrase
from tensorama.scene import Camera
from tensorama.scene.zoom import depths

if TYPE_CHECKING:  # the page is made without a browser
    from tensorama.app.desk import Desk

Do = Callable[["Desk"], object]

_TURN = 0.12  # radians a key press
_STEP = 40  # CSS pixels a key press
_CLOSER = 0.8
_ARROWS = (  # to the right, down
    ("ArrowLeft", (-1, 0)), ("ArrowRight", (1, 0)), ("ArrowUp", (0, -1)), ("ArrowDown", (0, 1)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """`name`: of its button; `words`: what it does, a text of the catalogues; `keys`: as the
    browser calls them, the first one is told; `icon`: paths on a square of 16; `listed`: it can be
    found by its words."""

    name: str
    words: str
    keys: tuple[str, ...]
    do: Do
    icon: str = ""
    listed: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.words, Phrase):
            object.__setattr__(self, "words", phrase(self.words))


def _state(action: Callable[[State], State]) -> Do:
    """What needs nothing but the State."""
    return lambda desk: desk.do(action(desk.state))


def _open(action: Callable[..., State]) -> Do:
    """What opens or closes: the way back leads to how it was."""
    return lambda desk: desk.jump(action(desk.state, desk.items))


def _ask(name: str) -> Do:
    """What a panel does by itself, as it concerns nobody else."""
    return lambda desk: desk.asked.tell(name)


def _clear(desk: Desk) -> None:
    if desk.session.draws:
        desk.do(running.cleared(desk.state))


def _theme(desk: Desk) -> None:
    desk.do(looks.themed(desk.state, desk.stage.theme))


def _language(desk: Desk) -> None:
    desk.do(looks.spoken(desk.state, desk.speech.language))


def _map(desk: Desk) -> None:
    desk.do(looks.overviewed(desk.state, bool(desk.frame.part("map").hidden)))


def _fit(desk: Desk) -> None:
    desk.do(travelling.fitted(desk.state))
    if desk.state.camera is None and not desk.state.near:
        desk.stage.fit()


def _home(desk: Desk) -> None:
    desk.do(travelling.fitted(desk.state))
    desk.stage.fit(home=True)


def turn(across: int, up: int) -> Do:
    """Turn the picture by one press of a key."""
    return lambda desk: look(desk, lambda c: c.orbit(across * _TURN, up * _TURN))


def push(across: int, up: int) -> Do:
    """Move the picture by one press of a key."""

    def do(desk: Desk) -> None:
        step = _STEP * desk.stage.camera.unit(desk.stage.room)
        look(desk, lambda c: c.pan(across * step, up * step))

    return do


def _arrow(across: int, down: int) -> Do:
    """Go to the next cell of the pinned one, or else turn the picture."""

    def do(desk: Desk) -> None:
        (walking.step(across, down) if desk.state.selected else turn(across, -down))(desk)

    return do


def _held_arrow(across: int, down: int) -> Do:
    """Go to the next map, to the strongest source or reader, or else move the picture."""
    walk = walking.step(0, 0, down) if down else walking.down if across < 0 else walking.up

    def do(desk: Desk) -> None:
        (walk if desk.state.selected else push(across, -down))(desk)

    return do


def _unpin(desk: Desk) -> None:
    desk.jump(selecting.unselected(desk.state))


def _zoom(factor: float) -> Do:
    return lambda desk: look(desk, lambda c: desk.stage.zoomed(c, factor))


def look(desk: Desk, change: Callable[[Camera], Camera], quick: bool = False) -> None:
    """Look from elsewhere. Before a shelf that is looking at the shelf, which is no place of the
    network."""
    desk.stage.look(change, quick)
    if not desk.shelf:
        desk.do(travelling.looking(desk.state, desk.stage.heading), going_on=True)


def pointed(desk: Desk) -> int | None:
    """What is pointed at, or else where one is, or else what holds the chosen cell."""
    found = desk.pointer.item, item_under(desk), desk.at, _chosen(desk)
    return next((item for item in found if item is not None), None)


def _chosen(desk: Desk) -> int | None:
    chosen = desk.state.selected
    return selecting.block_of(desk.items, chosen[0]) if chosen else None


def _shelf(what: str) -> Do:
    """Look into what is pointed at, or away again."""

    def do(desk: Desk) -> None:
        item, state = pointed(desk), desk.state
        if state.shelf and (item is None or (desk.at, state.shelf) == (item, what)):
            desk.do(travelling.looked_away(state))
        elif item is None:
            desk.said.tell(phrase("Point at a layer first, or open one."))
        else:
            desk.do(travelling.looked_into(state, desk.items, item, what))

    return do


def _about(desk: Desk) -> None:
    """Tell what is pointed at, in words and figures, or no more of it."""
    item, state = pointed(desk), desk.state
    if state.about and not state.selected and item in (None, desk.at):
        desk.jump(travelling.asking_no_more(state))
    elif item is None:
        desk.said.tell(phrase("Point at a layer first, or open one."))
    else:
        desk.jump(travelling.asking_about(state, desk.items, item))


def _ways(way: str) -> Do:
    """Follow what is pointed at."""

    def do(desk: Desk) -> None:
        item, state = pointed(desk), desk.state
        if item is None:
            desk.said.tell(phrase("Point at a layer first, or open one."))
        elif desk.at == item:
            desk.do(travelling.following(state, way))
        else:
            desk.do(travelling.following(travelling.being_at(state, desk.items, item), way))

    return do


def _player(change: Callable[[Desk], None], asked: str = "") -> Do:
    """What the run does; while a map or a number is stepped through, its panel does it."""

    def do(desk: Desk) -> None:
        if desk.state.stepping and asked:
            desk.asked.tell(asked)
        elif len(desk.stage.player.ends):
            change(desk)
            desk.stage.soon()

    return do


def _toggle_play(desk: Desk) -> None:
    player = desk.stage.player
    (player.pause if player.playing else player.play)()


def _undo(desk: Desk) -> None:
    other, _ = desk.store.others
    if other is not None:
        desk.session.background(_to_model(desk, other, desk.store.back_to, _undone, desk.state))
        return
    step = desk.store.undo()
    _let_go(desk)
    what = difference(*step, desk.items) if step else ""
    desk.hinted.tell(_undone(what) if what else phrase("There is nothing to undo."))


def _redo(desk: Desk) -> None:
    _, other = desk.store.others
    if other is not None:
        desk.session.background(_to_model(desk, other, desk.store.on_to, _done_again, other))
        return
    step = desk.store.redo()
    _let_go(desk)
    what = difference(*step, desk.items) if step else ""
    desk.hinted.tell(_done_again(what) if what else phrase("There is nothing to do again."))


def _undone(what: str) -> Phrase:
    return phrase("Undone: {what}.", what=what)


def _done_again(what: str) -> Phrase:
    return phrase("Done again: {what}.", what=what)


async def _to_model(
    desk: Desk,
    state: State,
    enter: Callable[[State], None],
    words: Callable[[str], Phrase],
    came: State,
) -> None:
    """Go to another model, as it was seen; tell which one `came` by the step."""
    await desk.session.again(state, enter)
    desk.hinted.tell(words(opened_model(came)))


def _let_go(desk: Desk) -> None:
    """A run on another shape may lack the cell that was pinned."""
    state, _ = arriving.fitting(desk.state, desk.items, desk.session.shapes)
    desk.store.put(state)


def _step(name: str) -> Do:
    """Step through the pinned number, or over its map."""

    def do(desk: Desk) -> None:
        if desk.state.selected is None:
            desk.said.tell(phrase("Pin a cell first: click on one, or press Enter."))
        else:
            desk.asked.tell(name)

    return do


def _depends(desk: Desk) -> None:
    """Show what the pinned number, or else the answer, depends on; or the values again."""
    state = desk.state
    target = state.selected or answer_cell(desk)
    if state.depends:
        desk.do(asking.unasked(state))
    elif target is None:
        desk.said.tell(phrase("Pin a cell first: click on one, or press Enter."))
    else:
        desk.do(asking.asked(state, target))


def _escape(desk: Desk) -> None:
    """Refuse what is asked, or give up what takes its time, or close what floats, or else end what
    is stepped through, or the shelf."""
    desk.store.tell()  # what the key before closed gives its room back first
    if not desk.frame.part("ask").hidden:
        desk.asked.tell("refuse")
    elif desk.state.gallery and not desk.floats():
        desk.do(looks.browsing(desk.state, False))
    elif desk.state.outline and desk.frame.part("outline").contains(desk.frame.active):
        desk.do(looks.outlined(desk.state, False))  # the key before opened it and went there
    elif desk.session.going_on:
        desk.session.call_off()
    elif desk.floats():
        desk.asked.tell("escape")
    elif desk.state.console:
        desk.do(looks.consoled(desk.state, False))
    elif desk.state.summary:
        desk.do(looks.summarised(desk.state, False))
    elif desk.state.stepping:
        desk.asked.tell("stepEnd")
    elif desk.state.selected:
        _unpin(desk)
    elif desk.state.depends:
        desk.do(asking.unasked(desk.state))
    elif desk.state.shelf:
        desk.do(travelling.looked_away(desk.state))
    elif desk.state.about:
        desk.jump(travelling.asking_no_more(desk.state))


COMMANDS = (
    Command("file", "Open an ONNX file", (), _ask("file"),
            "M8 10.5v-8M5 5.2l3-3 3 3M2.5 9.5v3.2c0 .5.3.8.8.8h9.4c.5 0 .8-.3.8-.8V9.5"),
    Command("gallery", "Networks to look at: the gallery", ("e",), _state(looks.browsing),
            "M2.5 3h4.6v4.6H2.5zM8.9 3h4.6v4.6H8.9z"
            "M2.5 10h4.6M2.5 12.8h3.2M8.9 10h4.6M8.9 12.8h3.2"),
    Command("openAll", "Open one level more", ("o",), _open(opening.level_more),
            "M2.5 2.5h4.4v4.4H2.5zM9.1 2.5h4.4v4.4H9.1zM2.5 9.1h4.4v4.4H2.5zM9.1 9.1h4.4v4.4H9.1z"),
    Command("closeAll", "Close one level", ("c",), _open(opening.level_less),
            "M2.5 5.5h8v8h-8zM4.6 3.9h7.5v7.5M6.6 2.3h7.1v7.1"),
    Command("fit", "Bring all into view", ("f",), _fit,
            "M2.5 5.7V2.5h3.2M10.3 2.5h3.2v3.2M13.5 10.3v3.2h-3.2M5.7 13.5H2.5v-3.2"),
    Command("home", "Turn back to the first view", ("r", "Home"), _home),
    Command("search", "Find a layer, a tensor or a command", ("/",), _ask("search"),
            "M10.2 10.2l3.3 3.3M11.3 7A4.3 4.3 0 1 1 2.7 7a4.3 4.3 0 0 1 8.6 0z", listed=False),
    Command("outline", "Outline: all layers as a list", ("l",), _state(looks.outlined),
            "M2.5 3.5h11M5.5 8h8M5.5 12.5h8M2.5 8h.1M2.5 12.5h.1"),
    Command("depends", "What it depends on: the pinned number, or the answer", ("b",), _depends,
            "M8 13.5V9M8 9L3.5 4.5M8 9l4.5-4.5M8 9V2.5M3.5 4.5V2.5h2M12.5 4.5V2.5h-2"),
    Command("summary", "Summary: the network as a table", ("n",), _state(looks.summarised),
            "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6M10.5 6.5v6"),
    Command("console", "Python console over the model and its run", ("`", "k"),
            _state(looks.consoled), "M2.5 3.5h11v9h-11zM4.8 6.2L7 8l-2.2 1.8M8.2 10h3"),
    Command("undo", "Undo", ("Control+z", "Meta+z"), _undo,
            "M4.8 3.2L2.3 5.7l2.5 2.5M2.6 5.7h6.6a4 4 0 0 1 0 8H6"),
    Command("redo", "Redo", ("Control+Shift+z", "Meta+Shift+z", "Control+y"), _redo,
            "M11.2 3.2l2.5 2.5-2.5 2.5M13.4 5.7H6.8a4 4 0 0 0 0 8H10"),
    Command("readAs", "Read an output in another way", (), _ask("readAs")),
    Command("link", "Copy a link that shows the same", ("Shift+l",), _ask("link"),
            "M6.6 9.4l2.8-2.8M7.2 4.6l1.5-1.5a3 3 0 0 1 4.2 4.2l-1.5 1.5"
            "M8.8 11.4l-1.5 1.5a3 3 0 0 1-4.2-4.2l1.5-1.5"),
    Command("saveOneFile", "Save as one file, which opens without a network", (),
            _ask("saveOneFile")),
    Command("saveAlone", "Save as one file, which opens without a network", (), _ask("saveAlone")),
    Command("embed", "Put what is seen into an article", (), _ask("embed"),
            "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5M9 3L7 13"),
    Command("picture", "Picture: save or copy what is seen, or a figure for a paper", ("x",),
            _ask("picture"), "M2.5 3.5h11v9h-11zM2.5 11l3.5-3.5 3 3 1.8-1.8 2.7 2.7M10.4 6.2h.1"),
    Command("theme", "Dark or light", ("t",), _theme,
            "M13.5 8A5.5 5.5 0 1 1 2.5 8a5.5 5.5 0 0 1 11 0zM8 2.5v11M9.5 3v10M11 3.8v8.4"),
    Command("language", "Another language: 中文, English", ("g",), _language,
            "M1.5 4h7M5 2.3V4M3 4c.5 2.6 2 4.4 4.4 5.3M7 4C6.5 6.6 4.7 8.7 2 9.8"
            "M8.3 13.7l2.9-6.7 2.9 6.7M9.3 11.5h3.8"),
    Command("help", "Keys and gestures", ("?",), _ask("help"),
            "M5.6 5.9c0-1.5 1.1-2.4 2.5-2.4s2.4.9 2.4 2.1c0 1.8-2.4 1.9-2.4 3.8M8.1 12.2v.3"),
    Command("parts", "Choose what stands on the page", (), _ask("parts")),
    Command("back", "Back to where you were", ("[", "Alt+[", "Alt+ArrowLeft"),
            lambda desk: desk.back(), "M10 3.5L5.5 8l4.5 4.5"),
    Command("forward", "Forward again", ("]", "Alt+]", "Alt+ArrowRight"),
            lambda desk: desk.forward(), "M6 3.5L10.5 8 6 12.5"),
    Command("putAway", "Close the outline", (),
            _state(lambda state: looks.outlined(state, False)),
            "M4.5 4.5l7 7M11.5 4.5l-7 7", listed=False),
    Command("whole", "The whole network", (),
            lambda desk: desk.jump(travelling.gone_out(desk.state))),
    Command("replay", "Play the run", (" ",), _player(_toggle_play, "stepPlay")),
    Command("stepBack", "One step back", (",",),
            _player(lambda desk: desk.stage.player.walk(-1), "stepLess"),
            "M12 3.5v9L5.5 8zM4 3.5v9"),
    Command("stepOn", "One step on", (".",),
            _player(lambda desk: desk.stage.player.walk(1), "stepMore"),
            "M4 3.5v9L10.5 8zM12 3.5v9"),
    Command("speed", "Speed: ½×, 1×, 2×, 4×", (), _state(running.next_speed), listed=False),
    Command("loop", "Play again and again", (), _state(running.looped),
            "M4.5 11.5h6a3 3 0 0 0 0-7h-5a3 3 0 0 0-2.6 1.5M7.5 2.5l-2 2 2 2"),
    Command("map", "Overview of the network", ("m",), _map,
            "M2.5 3.5h11v9h-11zM8.5 6.5h3v3h-3z"),
    Command("heat", "Heat: time, memory, parameters or multiply-adds", ("h",),
            _state(looks.next_heat), listed=False),
    Command("more", "Steps, speed, loop, heat", (), _ask("more"),
            "M3.5 8h1M7.5 8h1M11.5 8h1", listed=False),
    Command("scale", "What shares one scale of colours: a map, a layer, or the network", ("s",),
            _state(looks.next_scale)),
    Command("weights", "The weights of a layer", ("w",), _shelf("weights")),
    Command("inside", "What a layer computes on the way", ("i",), _shelf("inside")),
    Command("about", "What is this layer? In words and figures", ("a",), _about,
            "M5.6 5.9c0-1.5 1.1-2.4 2.5-2.4s2.4.9 2.4 2.1c0 1.8-2.4 1.9-2.4 3.8M8.1 12.2v.3"),
    Command("unabout", "Close what is told of the layer", (),
            lambda desk: desk.jump(travelling.asking_no_more(desk.state)),
            "M4.5 4.5l7 7M11.5 4.5l-7 7", listed=False),
    Command("up", "All that a layer comes from", ("u",), _ways("up")),
    Command("down", "All that comes of a layer", ("d",), _ways("down")),
    Command("photo", "A photo of a drawing, or the camera, in place of the pad", (), _ask("photo"),
            "M2.5 5h2.6l1.2-1.7h3.4L10.9 5h2.6v7.5h-11zM8 6.6a2.1 2.1 0 1 0 .01 0z"),
    Command("clear", "Clear the pad", ("Delete", "Backspace"), _clear,
            "M4.5 4.5l7 7M11.5 4.5l-7 7"),
    Command("reseed", "New noise", (), _state(running.reseeded)),
    Command("fold", "Input and answer", (), _ask("fold"), listed=False),
    Command("dismiss", "Close this message", (), _ask("dismiss"), listed=False),
    Command("callOff", "Give up what is going on", (), lambda desk: desk.session.call_off(),
            listed=False),
    Command("closer", "Come closer", ("+", "="), _zoom(_CLOSER)),
    Command("away", "Go away", ("-",), _zoom(1 / _CLOSER)),
    Command("escape", "Close what floats, give up what is going on", ("Escape",), _escape,
            listed=False),
    Command("pin", "Pin a cell: where its number comes from", ("Enter",), walking.pin),
    Command("unpin", "Close the inspector", (), _unpin, "M4.5 4.5l7 7M11.5 4.5l-7 7", listed=False),
    Command("why", "Why? To the strongest source of the pinned cell", ("y",), walking.down),
    Command("whereTo", "To the strongest reader of the pinned cell", ("Shift+y",), walking.up),
    Command("copyPython", "Copy as Python: the lines that compute the pinned number", (),
            _ask("copyPython")),
    Command("copyTable", "Copy the numbers of a tensor as a table", (), _ask("copyTable")),
    Command("saveTensor", "Download a tensor as .npy", (), _ask("saveTensor")),
    Command("saveTable", "Download a tensor as CSV", (), _ask("saveTable")),
    Command("saveLayer", "Download a layer as .npz: what it reads, has and makes", (),
            _ask("saveLayer")),
    Command("saveRun", "Download the whole run as .npz", (), _ask("saveRun")),
    Command("stepThrough", "Step through the pinned number: what made it, one after the other",
            ("p",), _step("stepThrough"), "M3 12.5h2.5v-3H8v-3h2.5v-3H13"),
    Command("stepOver", "Slide over the map of the pinned number, cell by cell", ("Shift+p",),
            _step("stepOver"), "M2.5 2.5h11v11h-11zM2.5 6.2h11M6.2 2.5v11M8.3 9.8h3.4"),
    *(Command(f"turn{key}", "Turn, or the next cell", (key,), _arrow(*way), listed=False)
      for key, way in _ARROWS),
    *(Command(f"push{key}", "Move, or the next map", (f"Shift+{key}",), _held_arrow(*way),
              listed=False) for key, way in _ARROWS),
)  # fmt: skip

BY_NAME = {command.name: command for command in COMMANDS}
BY_KEY = {key: command for command in COMMANDS for key in command.keys}

# what the list of keys says: keys in words, what they do, and the commands whose keys these are
HELP = (
    (phrase("Drag, arrow keys"), phrase("turn")),
    (phrase("Right drag, two fingers, Shift + arrows"), phrase("move")),
    (phrase("Wheel, pinch, + and −"), phrase("zoom")),
    (phrase("Click a layer, Enter on its name"), phrase("open or close it")),
    (phrase("Point at a cell, hold a finger on it"), phrase("read its number"), "tip"),
    (phrase("Click a cell, Enter"), phrase("pin it: where its number comes from"), "pin"),
    (phrase("Arrow keys, pinned"), phrase("the next cell; with Shift ↑ ↓ the next map"), "pin"),
    (
        phrase("P, Shift + P, pinned"),
        phrase("step through the number, over its map; Escape ends"),
        "stepThrough,stepOver",
    ),
    (phrase("Y, Shift + Y, pinned"), phrase("the strongest source, the strongest reader"), "pin"),
    ("O, C", phrase("open, close one level"), "openAll,closeAll"),
    ("Shift + 1 … 9", phrase("look so many levels deep")),
    (phrase("U, D at a layer"), phrase("all it comes from, all that comes of it"), "up,down"),
    (
        phrase("W, I at a layer"),
        phrase("its weights, what is inside; again: back"),
        "weights,inside",
    ),
    (phrase("A at a layer"), phrase("what it is and does, in words and figures"), "about"),
    ("F, R", phrase("all into view, first view"), "fit,home"),
    (phrase("Space"), phrase("play the run, pause"), "replay"),
    (phrase(". and ,"), phrase("one step on, one back"), "stepOn,stepBack"),
    ("0 … 9, Delete", phrase("sample digit, clear"), "samples"),
    ("/", phrase("find a layer, a tensor or a command"), "search"),
    ("M", phrase("overview of the network: click, drag"), "map"),
    ("L", phrase("outline: all layers as a list"), "outline"),
    ("B", phrase("what the pinned number depends on, or the answer"), "depends"),
    ("K, `", phrase("Python console"), "console"),
    ("N", phrase("summary: the network as a table"), "summary"),
    ("E", phrase("other networks to look at"), "gallery"),
    (phrase("[ and ], Alt + ← and →"), phrase("back, forward"), "back,forward"),
    (phrase("Ctrl or ⌘ + Z, with Shift"), phrase("undo, redo"), "undo,redo"),
    ("Shift + L", phrase("copy a link that shows the same"), "link"),
    ("X", phrase("picture: save or copy what is seen, a figure for a paper"), "picture"),
    ("H", phrase("heat: time, memory, parameters, multiply-adds"), "heat"),
    ("T, S", phrase("dark or light, colour scale"), "theme,scale"),
    ("G", phrase("another language: 中文, English"), "language"),
    (phrase("Tab, then arrows"), phrase("along the timeline, through the outline")),
    ("?, Escape", phrase("these keys, close what floats")),
)


def listed(desk: Desk) -> Iterator[Command]:
    """All commands that can be found by their words, those that take a choice once for each."""
    yield from (c for c in COMMANDS if c.listed)
    for heat in HEATS:
        yield _choice("heat", heat_words(heat), _state(partial(looks.heated, by=heat)))
    for theme in ("dark", "light"):
        yield _choice("theme", THEME[theme], _state(partial(looks.in_theme, theme=theme)))
    for language in filter(None, LANGUAGES):
        words = Phrase(NAMES[language], NAMES[language])
        do = _state(partial(looks.in_language, language=language))
        yield _choice("language", words, do)
    for speed in SPEEDS:
        words = phrase("Speed {speed:g}×", speed=speed)
        yield _choice("speed", words, _state(partial(running.at_speed, speed=speed)))
    for level in range(1, max(depths(desk.items.tree).values(), default=0) + 2):
        words = phrase("Open level {level}", level=level)
        yield _choice("openAll", words, _open(partial(opening.at_level, level=level)))


def _choice(name: str, words: Phrase, do: Do) -> Command:
    return Command(name, words, (), do)


def key_in_words(key: str) -> str:
    """A key as it stands on a keyboard: `o` is O, `Control+z` Ctrl + Z."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    names = [{"Control": "Ctrl"}.get(name, name) for name in held]
    last = {" ": "Space"}.get(last, last)
    return " + ".join([*names, last.upper() if len(last) == 1 else last])
