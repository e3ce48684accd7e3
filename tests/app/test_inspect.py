"""What the inspector says of a pinned number is the trace's, and adds up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.test_exports import feeds_for
from tensorama import Trace, load
from tensorama.app.inspect.grids import folded, folded_index
from tensorama.app.inspect.pinned import Pinned, compared, neighbour, placed, ranked
from tensorama.app.inspect.readers import strongest_reader
from tensorama.app.inspect.seeing import seen, told
from tensorama.app.inspect.sheet import Sheet, signed
from tensorama.explain import explain
from tensorama.scene.pictures.colour import DARK
from tensorama.scene.pictures.picture import EMPTY, picture_of
from tensorama.scene.pictures.reading import Reading

EXPORTS = Path(__file__).parents[1] / "engine" / "exports"


def sheet_of(trace: Trace, tensor: str, *index: int, **more: Any) -> tuple[Sheet, str]:
    array = np.asarray(trace[tensor])
    pinned = Pinned(
        tensor, index, array, picture_of(tensor, array.shape), "a layer",
        explained=explain(trace, tensor, index), trace=trace, **more,
    )  # fmt: skip
    sheet = Sheet(pinned)
    return sheet, sheet.markup()


def numbers(text: str) -> list[float]:
    return [
        float(n.replace("−", "-")) for n in re.findall(r"<b class=\"[\w-]*\">([^<]+)</b>", text)
    ]


def test_every_channel_of_a_convolution_is_there_with_its_subtotal(threes: Trace) -> None:
    sheet, markup = sheet_of(threes, "relu2", 0, 6, 7, 2)
    body = markup[markup.index("tr-in-products") : markup.index("tr-in-chain")]
    assert sorted(map(int, re.findall(r"map (\d+)", body))) == [*range(6)]
    totals = numbers(body)
    products = explain(threes, "relu2", (0, 6, 7, 2)).groups[0].share.sum(axis=(1, 2))
    rest = totals.pop(3)  # what is folded, told once for all of it
    np.testing.assert_allclose(totals, sorted(products, key=lambda p: -abs(p)), rtol=1e-3)
    assert rest == pytest.approx(sum(totals[3:]), rel=1e-2)
    assert len(sheet.grids) == 18
    assert sheet.grids[0].cell(0, 0) == ("pool1", (0, 4, 7, 2))
    assert sheet.grids[0].values[2, 3] == threes["pool1"][0, 4, 9, 5]


def test_the_stages_stand_in_their_order_and_end_at_the_recorded_value(threes: Trace) -> None:
    _, markup = sheet_of(threes, "relu2", 0, 6, 7, 2)
    chain = markup[markup.index("tr-in-chain") :]
    names = re.findall(r"<small>([^<]+)</small>", chain)
    assert names[:4] == ["sum", "bias", "sum + bias", "Relu"]
    assert re.findall(r"<i>(.)</i>", chain)[:3] == ["+", "=", "→"]
    assert "equals the recorded value" in chain


def test_cells_beyond_the_edge_are_marked(threes: Trace) -> None:
    sheet, markup = sheet_of(threes, "relu1", 0, 2, 0, 0)
    beyond = sheet.grids[0].beyond
    assert beyond is not None
    assert beyond.sum() == 16
    assert "16 of 25 cells of the window lie beyond the edge" in markup
    assert sheet.grids[0].cell(0, 0) is None
    image = sheet.grids[0].painted(DARK, 1)
    assert image.shape == (60, 60, 4)
    first = image[:12, :12]
    assert 0 < (first[..., 3] > 0).mean() < 0.6, "struck out"


def test_the_winner_of_a_window_is_marked_and_leads_to_its_cell(threes: Trace) -> None:
    sheet, markup = sheet_of(threes, "pool1", 0, 2, 3, 4)
    window = threes["relu1"][0, 2, 6:8, 8:10]
    at = np.unravel_index(window.argmax(), (2, 2))
    assert sheet.grids[0].marked == (int(at[0]), int(at[1]))
    assert f"[&quot;relu1&quot;, [0, 2, {6 + at[0]}, {8 + at[1]}]]" in markup


def test_shares_of_a_softmax_are_bars(threes: Trace) -> None:
    _, markup = sheet_of(threes, "probabilities", 0, 3, labels=[*"abcdefghij"])
    bars = [float(share) for share in re.findall(r"--share:([\d.]+)", markup)]
    np.testing.assert_allclose(bars, threes["probabilities"][0], atol=1e-3)
    own = re.search(r'class="tr-in-own"><span>(\w)', markup)
    assert own
    assert own[1] == "d"
    assert "<em>d</em>" in markup


def test_a_copy_leads_to_what_it_is_a_copy_of(threes: Trace) -> None:
    _, markup = sheet_of(threes, "flatten", 0, 5)
    assert "[&quot;pool2&quot;, [0, 0, 1, 0]]" in markup


def test_names_from_a_file_are_text_and_never_markup(threes: Trace) -> None:
    array = np.zeros((2, 2), np.float32)
    name = '<img src=x onerror="alert(1)">'
    pinned = Pinned(
        name,
        (0, 1),
        array,
        picture_of(name, (2, 2)),
        name,
        unexplained=name,
        descent=[(name, (0, 0))],
    )
    assert "<img" not in Sheet(pinned).markup()


@pytest.mark.parametrize(("recorded", "value", "same", "words"), [
    (np.float32(0.1), 0.1, True, "computed again, it equals the recorded value"),
    (np.float32(1), 1.00001, True,
         "computed again, it equals the recorded value but for rounding, 1e-05"),
    (np.float32(1), 1.1, False, "computed again, it differs from the recorded value by 0.1"),
    (np.float32("nan"), float("nan"), True, "computed again, it equals the recorded value"),
    (np.float32("inf"), 1.0, False, "computed again, it is not the recorded value"),
    (np.int64(3), 3, True, "computed again, it equals the recorded value"),
    (np.int64(3), 4, False, "computed again, it is not the recorded value"),
])  # fmt: skip
def test_what_was_computed_again_is_compared(
    recorded: Any, value: Any, same: bool, words: str
) -> None:
    assert compared(recorded, value) == (same, words)


def test_a_cell_is_told_where_it_stands() -> None:
    assert placed(picture_of("t", (1, 6, 4, 5)), (0, 2, 3, 1)) == "map 2, row 3, column 1"
    assert placed(picture_of("t", (7, 5)), (3, 1)) == "row 3, column 1"
    assert placed(picture_of("t", (1, 120)), (0, 77)) == "cell 77"
    assert placed(picture_of("t", ()), ()) == ""
    heads = picture_of("t", (1, 4, 6, 6), Reading(called="head"))
    assert placed(heads, (0, 3, 1, 2)) == "head 3, row 1, column 2"
    two = picture_of("t", (2, 4, 8, 8), heads.reading)
    assert placed(two, (1, 2, 3, 4)) == "item 1, head 2, row 3, column 4"
    assert placed(picture_of("t", (2, 6, 4, 5)), (1, 2, 3, 1)) == "item 1, map 2, row 3, column 1"


def test_arrows_lead_to_neighbours_and_stop_at_the_edge() -> None:
    maps = picture_of("t", (1, 6, 4, 5))
    assert neighbour(maps, (0, 2, 3, 1), 1, 0) == (0, 2, 3, 2)
    assert neighbour(maps, (0, 2, 3, 1), 0, 1) is None
    assert neighbour(maps, (0, 2, 3, 1), 0, 0, -1) == (0, 1, 3, 1)
    bar = picture_of("t", (1, 120))
    assert neighbour(bar, (0, 77), 0, 1) == (0, 78)
    assert neighbour(bar, (0, 77), -1, 0) == (0, 77 - bar.rows)
    assert neighbour(bar, (0, 0), 0, -1) is None


def test_a_row_is_folded_as_the_scene_draws_it() -> None:
    values = np.arange(37, dtype=np.float32)
    sheet, (places,) = folded(values), folded_index([np.arange(37)])
    there = sheet < EMPTY
    assert there.sum() == 37
    np.testing.assert_array_equal(sheet[there], places[there])


def test_a_number_is_ranked_among_its_tensor(threes: Trace) -> None:
    array = np.array([1.0, 5.0, 3.0, 3.0])
    pinned = Pinned("t", (2,), array, picture_of("t", (4,)), "a layer")
    assert ranked(pinned) == "Of the 4 numbers in this tensor 1 is larger."


def test_who_reads_a_number_most_is_found_by_computing_again(threes: Trace) -> None:
    drawn = {"relu1", "pool1", "relu2", "pool2", "relu3", "relu4", "probabilities"}
    at = np.unravel_index(threes["relu1"].argmax(), threes["relu1"].shape)
    n, c, y, x = map(int, at)
    assert strongest_reader(threes, "relu1", (n, c, y, x), drawn) == (
        "pool1",
        (n, c, y // 2, x // 2),
    )
    other = np.array(threes["flatten"])
    other[0, 3 * 25 + 12] = 0.0 if other[0, 3 * 25 + 12] else 1.0
    weights = threes.model.graph.weights
    dense = np.maximum(other @ weights["fc1.weight"].T + weights["fc1.bias"], 0)
    changed = np.abs(dense - threes["relu3"])[0].argmax()
    reader = strongest_reader(threes, "pool2", (0, 3, 2, 2), drawn)
    assert reader == ("relu3", (0, int(changed)))
    assert strongest_reader(threes, "probabilities", (0, 3), drawn) is None


@pytest.mark.parametrize("name", ["gpt", "lstm", "bert", "vit"])
def test_every_number_of_a_network_has_a_reader_or_none(name: str) -> None:
    """Also where what reads it keeps something of its inside: a norm, a memory."""
    model = load(EXPORTS / f"{name}.onnx")
    trace = model.run(feeds_for(model))
    drawn = {tensor for step in trace.steps for tensor in step.node.outputs}
    for step in trace.steps:
        for tensor in filter(None, step.node.inputs):
            value = trace.get(tensor)
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
                found = strongest_reader(trace, tensor, (0,) * value.ndim, drawn)
                assert found is None or found[0] in drawn


def test_what_is_seen_of_the_input_is_told(threes: Trace) -> None:
    found = seen(threes, "relu2", (0, 6, 7, 2))
    assert found == ("input", ((0, 1), (0, 1), (12, 26), (2, 16)))
    assert told("input", (1, 1, 28, 28), found[1]) == (
        "It can see 14 × 14 of the 28 × 28 cells of input."
    )
    assert told("input", (2, 2), ((0, 2), (0, 2))) == "It can see all of input."


def test_signs() -> None:
    assert [signed(v) for v in (0.5, -0.25, 0.0, -0.0, True, "a")] == [
        "+0.5", "−0.25", "0", "0", "True", '"a"',
    ]  # fmt: skip
