"""Networks to act on, without a page."""

from __future__ import annotations

from hypothesis import strategies as st

from scene.test_levels import residual_net
from tensorama.app.actions import asking, looks, opening, running, selecting, stepping, travelling
from tensorama.app.items import Items
from tensorama.app.state import METHODS, State
from tensorama.scene import Camera
from tensorama.scene.pictures.picture import picture_of

ITEMS = Items(residual_net())
SHAPES = {block.picture.tensor: block.picture.shape for block in ITEMS.scene.blocks}

numbers = st.integers(0, len(ITEMS.names) - 1)
units = st.floats(0, 1, width=32)
points = st.tuples(units, units)
strokes = st.lists(st.lists(points, min_size=1, max_size=4), max_size=3)
cameras = st.builds(
    Camera,
    st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 3),
    st.floats(-3, 3, width=32),
    st.floats(-1.5, 1.5, width=32),
    st.floats(2, 5000, width=32),
)

# what a person can do, each as a function State -> State
actions = st.one_of(
    numbers.map(lambda n: lambda s: opening.toggled(s, ITEMS, n)),
    numbers.map(lambda n: lambda s: opening.opened_up(s, ITEMS, n)),
    numbers.map(lambda n: lambda s: opening.closed(s, ITEMS, n)),
    st.integers(1, 5).map(lambda n: lambda s: opening.at_level(s, ITEMS, n)),
    st.integers(1, 5).map(lambda n: lambda s: opening.opened_to(s, ITEMS, n)),
    st.integers(1, 5).map(lambda n: lambda s: opening.closed_to(s, ITEMS, n)),
    st.just(lambda s: opening.level_more(s, ITEMS)),
    st.just(lambda s: opening.level_less(s, ITEMS)),
    numbers.map(lambda n: lambda s: travelling.gone_to(s, ITEMS, n)),
    numbers.map(lambda n: lambda s: travelling.asking_about(s, ITEMS, n)),
    st.sampled_from([
        travelling.gone_out, travelling.fitted, travelling.looked_away, travelling.asking_no_more,
    ]),
    cameras.map(lambda camera: lambda s: travelling.looking(s, camera)),
    st.sampled_from(["up", "down"]).map(lambda way: lambda s: travelling.following(s, way)),
    st.sampled_from([
        looks.next_heat, looks.next_scale, looks.outlined, looks.summarised, looks.consoled,
        asking.unasked, asking.shuffled, running.next_speed, running.looped,
        running.cleared, running.reseeded, selecting.unselected,
    ]),
    st.sampled_from([stepping.through, stepping.ended, lambda s: stepping.done(s, 3)]),
    st.sampled_from(sorted(SHAPES)).map(
        lambda name: lambda s: stepping.over_map(
            selecting.selected(s, name, tuple(n - 1 for n in SHAPES[name])),
            picture_of(name, SHAPES[name]),
        )
    ),
    st.sampled_from(["dark", "light"]).map(lambda now: lambda s: looks.themed(s, now)),
    st.booleans().map(lambda shown: lambda s: looks.overviewed(s, shown)),
    st.tuples(st.sampled_from(["weights", "inside"]), numbers).map(
        lambda chosen: lambda s: travelling.looked_into(s, ITEMS, chosen[1], chosen[0])
    ),
    units.map(lambda share: lambda s: running.placed(s, share)),
    strokes.map(lambda drawn: lambda s: running.drawn(s, drawn)),
    st.integers(0, 9).map(lambda digit: lambda s: running.sampled(s, digit)),
    st.sampled_from(sorted(SHAPES)).map(
        lambda name: lambda s: selecting.selected(s, name, tuple(n - 1 for n in SHAPES[name]))
    ),
    st.sampled_from(sorted(SHAPES)).map(
        lambda name: lambda s: selecting.descended(s, ITEMS, name, tuple(0 for n in SHAPES[name]))
    ),
    st.sampled_from(sorted(SHAPES)).map(
        lambda name: lambda s: asking.asked(s, (name, tuple(0 for n in SHAPES[name])))
    ),
    st.sampled_from(METHODS).map(lambda method: lambda s: asking.by_method(s, method)),
    st.integers(0, 3).map(
        lambda n: lambda s: selecting.ascended(s, ITEMS, n) if n < len(s.descent) else s
    ),
)  # fmt: skip


def acted(doings: list) -> State:
    """The State after all of these."""
    state = State()
    for do in doings:
        state = do(state)
    return state
