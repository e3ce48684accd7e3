"""Stepping through a map and through a number: what is so far is the run's, all ends as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.networks import ITEMS, SHAPES
from engine.test_exports import feeds_for
from tensorama import Trace, load
from tensorama.app.actions import arriving, selecting, stepping
from tensorama.app.address import from_link, to_link
from tensorama.app.history import place_of
from tensorama.app.inspect.course import Course, course, course_of
from tensorama.app.inspect.grids import Grid
from tensorama.app.inspect.pinned import Pinned
from tensorama.app.inspect.sheet import Sheet
from tensorama.app.inspect.stepped import markup, told
from tensorama.app.state import State
from tensorama.app.store import Store
from tensorama.app.tracing import stepped, traced
from tensorama.explain import explain
from tensorama.scene.pictures.colour import DARK
from tensorama.scene.pictures.picture import EMPTY, Picture, picture_of

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"
PICTURE = picture_of("relu1", (1, 6, 28, 28))
PINNED = selecting.selected(State(), "relu1", (0, 2, 10, 9))


# over a map: actions ----------------------------------------------------------------------------


def test_over_a_map_one_goes_row_by_row_and_returns_to_the_cell_that_was_pinned() -> None:
    state = stepping.over_map(PINNED, PICTURE)
    assert state.selected == ("relu1", (0, 2, 0, 0))
    assert stepping.cells_of(state, PICTURE) == 784
    for number, cell in (
        (1, (0, 1)),
        (27, (0, 27)),
        (28, (1, 0)),
        (783, (27, 27)),
        (9999, (27, 27)),
    ):
        state = stepping.moved_to(state, PICTURE, number)
        assert state.selected == ("relu1", (0, 2, *cell))
        assert stepping.place_in_map(state, PICTURE) == min(number, 783)
    assert stepping.moved_to(state, PICTURE, -3).selected == ("relu1", (0, 2, 0, 0))
    assert stepping.ended(state) == PINNED


def test_a_vector_is_stepped_through_downwards() -> None:
    picture = picture_of("logits", (1, 10))
    state = stepping.over_map(selecting.selected(State(), "logits", (0, 7)), picture)
    cells = [stepping.moved_to(state, picture, n).selected for n in range(10)]
    assert cells == [("logits", (0, n)) for n in range(10)]


def test_where_there_is_one_cell_or_none_that_is_drawn_nothing_begins() -> None:
    scalar = selecting.selected(State(), "y", ())
    assert stepping.over_map(scalar, picture_of("y", ())) is scalar
    second = selecting.selected(State(), "relu1", (1, 2, 0, 0))
    assert stepping.over_map(second, picture_of("relu1", (2, 6, 28, 28))) is second
    assert stepping.over_map(State(), PICTURE) == stepping.through(State()) == State()


def test_whoever_goes_elsewhere_steps_no_more() -> None:
    state = stepping.over_map(PINNED, PICTURE)
    assert selecting.selected(state, "relu1", (0, 0, 0, 0)).stepping is None
    assert selecting.unselected(state).stepping is None
    assert place_of(PINNED).on(state).stepping is None
    neighbour = selecting.selected(state, "relu1", (0, 2, 1, 0))
    assert stepping.going_on(state, neighbour).stepping == state.stepping
    inside = stepping.through(PINNED)
    assert stepping.going_on(inside, neighbour).stepping is None


def test_a_link_leads_to_the_same_step() -> None:
    for state in (
        stepping.moved_to(stepping.over_map(PINNED, PICTURE), PICTURE, 300),
        stepping.done(stepping.through(PINNED), 12),
    ):
        assert from_link(to_link(state)) == state


def test_a_link_to_steps_of_a_cell_that_is_not_there_shows_the_rest() -> None:
    name = sorted(SHAPES)[0]
    there = tuple(0 for _ in SHAPES[name])
    state = stepping.through(selecting.selected(State(), name, there))
    assert arriving.fitting(state, ITEMS, SHAPES)[0] == state
    lost = selecting.selected(State(), name, tuple(n - 1 for n in SHAPES[name]))
    fitted, _ = arriving.fitting(stepping.going_on(state, lost), ITEMS, SHAPES)
    assert fitted.stepping is None
    broken = {"selected": [name, [*there]], "stepping": ["elsewhere", [name, [*there]], 3]}
    from tensorama.app.state import from_json

    assert from_json(broken).stepping is None


def test_all_steps_are_taken_back_at_once() -> None:
    store = Store(PINNED)
    store.do(stepping.over_map(PINNED, PICTURE))
    for number in range(1, 40):
        store.put(stepping.moved_to(store.state, PICTURE, number))
    assert store.undo()
    assert store.state == PINNED


# through a number: what is so far ---------------------------------------------------------------


def begun(trace: Trace, tensor: str, *index: int) -> Course:
    return course(explain(trace, tensor, index))


def ends_right(trace: Trace, of: Course) -> None:
    recorded = trace[of.explained.tensor][of.explained.index]
    np.testing.assert_allclose(of.value(of.count), recorded, rtol=1e-4, atol=1e-6)


def test_a_convolution_sums_its_products_cell_by_cell(threes: Trace) -> None:
    of = begun(threes, "relu2", 0, 6, 7, 2)
    window = threes["pool1"][0, :, 7:12, 2:7].astype(np.float64)
    products = (window * threes.model.graph.weights["conv2.weight"][6]).reshape(-1)
    assert (of.legs[0].terms, of.count) == (150, 153)
    for done in (1, 40, 149, 150):
        assert of.value(done) == pytest.approx(products[:done].sum(), rel=1e-6)
        assert sum(group.share.size for group in of.reached(done)[:1]) == done
    (last,) = of.current(40)
    assert [int(axis[0]) for axis in last.indices[0]] == [0, 1, 7 + 14 // 5, 2 + 14 % 5]
    assert of.value(0) is None
    assert [stage.name for stage in of.stages] == ["sum", "bias", "+ bias", "Relu"]
    assert [of.stages_done(done) for done in (149, 150, 151, 153)] == [0, 1, 2, 4]
    ends_right(threes, of)


def test_a_softmax_sums_exponentials_and_takes_its_share(threes: Trace) -> None:
    of = begun(threes, "probabilities", 0, 3)
    (scores,) = threes["logits"].astype(np.float64)
    powers = np.exp(scores - scores.max())
    assert (of.legs[0].terms, of.count) == (10, 11)
    for done in range(1, 11):
        assert of.value(done) == pytest.approx(powers[:done].sum(), rel=1e-6)
    ends_right(threes, of)


def test_a_pool_keeps_the_largest_so_far(threes: Trace) -> None:
    of = begun(threes, "pool2", 0, 15, 3, 3)
    window = threes["relu2"][0, 15, 6:8, 6:8].reshape(-1)
    assert [of.value(done) for done in range(1, 5)] == np.maximum.accumulate(window).tolist()
    assert of.count == 4


@pytest.fixture(scope="module")
def runs() -> dict[str, Trace]:
    names = ("gpt", "lstm", "gru", "residual", "quantized")
    models = {name: load(EXPORTS / f"{name}.onnx") for name in names}
    return {name: model.run(feeds_for(model)) for name, model in models.items()}


def test_a_product_of_a_gpt_runs_along_row_and_column(runs: dict[str, Trace]) -> None:
    trace = runs["gpt"]
    node = next(n for n in trace.model.graph.nodes if n.op == "MatMul")
    tensor = node.outputs[0]
    index = tuple(size // 2 for size in trace[tensor].shape)
    of = course(explain(trace, tensor, index, fused=False))
    arrays = {**trace.model.graph.weights, **trace}
    a, b = (np.asarray(arrays[name], np.float64) for name in node.inputs)
    row, column = a[(*index[:-1],)], b[..., index[-1]]
    np.testing.assert_allclose([of.value(n) for n in range(1, 25)], np.cumsum(row * column))
    (last,) = of.current(9)
    assert (int(last.indices[0][-1][0]), int(last.indices[1][-2][0])) == (8, 8)


def test_gates_come_one_after_the_other(runs: dict[str, Trace]) -> None:
    trace = runs["lstm"]
    node = next(n for n in trace.model.graph.nodes if n.op == "LSTM")
    tensor = node.outputs[0]
    of = begun(trace, tensor, *(size // 2 for size in trace[tensor].shape))
    names = [stage.name for stage in of.stages]
    assert names == [
        "input gate", "forget gate", "candidate", "kept", "written", "memory cell", "output gate",
        "bent", "shown",
    ]  # fmt: skip
    values = {stage.name: float(stage.value) for stage in of.stages}
    assert values["memory cell"] == pytest.approx(values["kept"] + values["written"])
    assert "forget gate" in told(of, names.index("kept") + 1)
    ends_right(trace, of)


def test_the_products_of_each_gate_come_before_what_it_does(runs: dict[str, Trace]) -> None:
    """An LSTM: input · weights and state · weights of one gate after the other, with their sums."""
    trace = runs["lstm"]
    node = next(n for n in trace.model.graph.nodes if n.op == "LSTM")
    tensor = node.outputs[0]
    index = tuple(size // 2 for size in trace[tensor].shape)
    of = course(explain(trace, tensor, index), trace)
    assert [leg.about for leg in of.legs] == [
        "input gate", "forget gate", "candidate", "", "output gate", "",
    ]  # fmt: skip
    done = 0
    for leg, name in zip(of.legs, ("input_gate", "forget_gate", "candidate"), strict=False):
        assert leg.run
        gate = float(trace.inner[f"{node.name}/{name}"][index])
        sums = float(leg.run.sofar[-1])
        bent = np.tanh(sums) if name == "candidate" else 1 / (1 + np.exp(-sums))
        assert bent == pytest.approx(gate, rel=1e-5)
        assert told(of, done + 1).startswith(f"{name.replace('_', ' ')}: Product 1 of ")
        done += leg.count
        assert of.value(done) == pytest.approx(gate, rel=1e-5)
        assert of.stages_done(done) == of.stages_done(done - 1) + 1
    assert of.stages_done(of.count) == len(of.stages)
    ends_right(trace, of)
    sheet = Sheet(Pinned(
        tensor, index, trace[tensor], picture_of(tensor, trace[tensor].shape), "",
        explained=of.explained,
    ))  # fmt: skip
    markup(sheet, of, 3)
    products = sheet.grids[2]
    assert isinstance(products, Grid)
    assert (products.values < EMPTY).sum() == 3, "what is not reached is left out"


def test_a_normalised_number_has_a_mean_and_then_a_spread(runs: dict[str, Trace]) -> None:
    trace = runs["gpt"]
    node = next(n for n in trace.model.graph.nodes if n.op == "LayerNormalization")
    tensor, index = node.outputs[0], (0, 2, 5)
    of = course(explain(trace, tensor, index), trace)
    arrays = {**trace.model.graph.weights, **trace}
    row = np.asarray(arrays[node.inputs[0]], np.float64)[0, 2]
    count = len(row)
    assert [leg.run.kind if leg.run else "" for leg in of.legs] == ["sum", "square", ""]
    for done in (1, count // 2, count):
        assert of.value(done) == pytest.approx(row[:done].sum(), rel=1e-6, abs=1e-9)
    assert of.value(count + 1) == pytest.approx(row.mean(), rel=1e-6)
    squares = np.square(row - row.mean())
    for done in (1, count // 2, count):
        assert of.value(count + 1 + done) == pytest.approx(squares[:done].sum(), rel=1e-6)
    assert of.value(2 * count + 2) == pytest.approx(row.std(), rel=1e-3)
    assert "its distance squared" in told(of, count + 4)
    (last,) = of.current(count + 4)
    assert int(last.indices[0][-1][0]) == 2
    ends_right(trace, of)


def test_every_course_ends_at_the_recorded_number(runs: dict[str, Trace]) -> None:
    """One cell of each operator of five networks: told, drawn, and right at the end."""
    kinds = set()
    for trace in runs.values():
        for tensor in trace:
            array = trace[tensor]
            if not isinstance(array, np.ndarray) or not array.size or array.dtype.kind not in "fiu":
                continue
            index = tuple(size // 2 for size in array.shape)
            explained = explain(trace, tensor, index)
            if explained.node is None or (explained.node.op, explained.body) in kinds:
                continue
            kinds.add((explained.node.op, explained.body))
            of = course(explained, trace)
            ends_right(trace, of)
            pinned = Pinned(
                tensor, index, array, picture_of(tensor, array.shape), "", explained=explained
            )
            for done in {0, 1, of.count // 2, of.legs[0].count, of.count}:
                sheet = Sheet(pinned)
                assert markup(sheet, of, done)
                assert all(grid.painted(DARK, 1.0).size for grid in sheet.grids)
                sizes = [sheet.grids[k].size[0] for k in range(len(sheet.grids))]
                assert max(sizes, default=0) <= sheet.room
    assert {"products", "softmax", "gates", "normalisation", "winner", "reduction"} <= {
        body for _, body in kinds
    }


# in the picture ---------------------------------------------------------------------------------


def test_only_what_took_part_so_far_is_tied(threes: Trace) -> None:
    drawn: dict[str, tuple[int, Picture]] = {
        name: (n, picture_of(name, threes[name].shape))
        for n, name in enumerate(("input", "pool1", "relu2"))
    }
    cell: Any = ("relu2", (0, 6, 7, 2))
    nothing, now = stepped(threes, *cell, drawn, 0)
    assert (nothing.ends, now) == ((), {})
    first, now = stepped(threes, *cell, drawn, 33)
    assert now == {1: ((0, 1), (1, 2), (8, 9), (4, 5))}, "the 33rd: map 1, second row, third column"
    (ends,) = first.ends
    assert {*ends.charts.tolist()} <= {0, 1}
    last, now = stepped(threes, *cell, drawn, 153)
    assert not now
    whole = traced(threes, *cell, drawn)
    np.testing.assert_array_equal(last.ends[0].weights, whole.ends[0].weights)
    assert last.weights == whole.weights


def test_the_course_of_a_cell_is_found_out_once(threes: Trace) -> None:
    assert course_of(threes, "relu2", (0, 6, 7, 2)) is course_of(threes, "relu2", (0, 6, 7, 2))
    assert course_of(threes, "relu2", (0, 6, 99, 2)) is None
