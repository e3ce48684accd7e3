"""Walking through numbers by keyboard: neighbours, maps, down to what made one, up, back, on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.visitor import Visitor

ROOT = Path(__file__).parents[2]
FILES = {
    "residual": ROOT / "tests" / "engine" / "exports" / "residual.onnx",
    "gpt-mini": ROOT / "models" / "gpt-mini" / "gpt-mini.onnx",
    "lstm-mini": ROOT / "models" / "lstm-mini" / "lstm-mini.onnx",
}
FAR = 120  # presses; a GPT of four blocks has about half as many


def shown(live: Visitor, name: str) -> None:
    """The demo of this name is on the page."""
    if name != "lenet":
        live.drop(f"{name}.onnx", FILES[name].read_bytes())
        live.until(f"s => s.shown?.model?.name === '{name}.onnx' && !s.busy", seconds=60)
    live.still()


def cell(live: Visitor) -> tuple[str, list[int]]:
    """The pinned cell, as the page's State has it."""
    chosen = live.state()["selection"]
    return chosen["tensor"], chosen["index"]


@pytest.mark.parametrize("name", ["lenet", "residual", "gpt-mini", "lstm-mini"])
def test_why_leads_to_an_input_and_back_again(live: Visitor, name: str) -> None:
    """Enter pins the answer; Y again and again ends at an input; the way down is a breadcrumb; [
    and ] go back and on, and its first crumb leads to the answer again."""
    shown(live, name)
    live.part("model").click()
    live.part("scene").focus()
    live.press("Enter")
    live.until("s => s.selection")
    way = [cell(live)]
    for _ in range(FAR):
        live.press("y")
        live.until(f"s => s.shown.descent?.length === {len(way)}")
        way.append(cell(live))
        buttons = live.part("in-way").get_by_role("button")
        expect(buttons).to_have_count(len(way) - 1)
        if live.state()["layers"][0]["tensor"] == way[-1][0]:
            break
    expect(live.part("in-said")).to_contain_text("part of the input")
    assert len({(tensor, *index) for tensor, index in way}) == len(way)
    live.press("y")
    expect(live.part("hint")).to_contain_text("Nothing lies below")
    for key, place in (("[", -2), ("[", -3), ("]", -2)) if len(way) > 2 else (("[", -2),):
        live.press(key)
        tensor, index = way[place]
        live.until(
            f"s => s.selection.tensor === {tensor!r} && "
            f"s.selection.index.join() === '{','.join(map(str, index))}'"
        )
    live.part("in-way").get_by_role("button").first.click()
    tensor, index = way[0]
    live.until(f"s => s.selection.index.join() === '{','.join(map(str, index))}'")
    assert cell(live) == way[0]
    expect(live.part("in-way")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "tensor", "index", "keys"),
    [
        ("residual", "add", (0, 4, 4, 4), {
            "ArrowRight": (0, 4, 4, 5), "ArrowDown": (0, 4, 5, 4), "Shift+ArrowDown": (0, 5, 4, 4),
        }),
        ("gpt-mini", "block1/attention/weights", (0, 2, 8, 5), {
            "ArrowLeft": (0, 2, 8, 4), "ArrowUp": (0, 2, 7, 5), "Shift+ArrowUp": (0, 1, 8, 5),
        }),
        ("lstm-mini", "lstm", (8, 0, 0, 160), {
            "ArrowRight": (8, 0, 0, 161), "ArrowDown": (9, 0, 0, 160),
        }),
    ],
)  # fmt: skip
def test_arrows_go_to_neighbours_and_other_maps(
    live: Visitor, name: str, tensor: str, index: tuple[int, ...], keys: dict[str, tuple[int, ...]]
) -> None:
    """From a pinned cell each arrow goes to one neighbour; back brings the first one again."""
    shown(live, name)
    for key, there in keys.items():
        live.ask(f"select({tensor!r}, {[*index]})")
        cell = f"[{', '.join(map(str, index))}]"
        expect(live.part("in-cell")).to_contain_text(cell)
        live.part("scene").focus()
        live.press(key)
        live.until(f"s => s.selection.index.join() === '{','.join(map(str, there))}'")
        expect(live.part("in-cell")).to_contain_text(f"[{', '.join(map(str, there))}]")


@pytest.mark.parametrize(("name", "tensor", "index"), [
    ("lenet", "pool1", (0, 2, 9, 5)), ("residual", "relu", (0, 4, 6, 6)),
    ("gpt-mini", "block1/attention/weights", (0, 2, 8, 5)),
])  # fmt: skip
def test_what_of_it_goes_up_and_why_comes_back_down(
    live: Visitor, name: str, tensor: str, index: tuple[int, ...]
) -> None:
    """Shift + Y goes to a cell that was computed from this one; it lies later in the network."""
    shown(live, name)
    live.ask(f"select({tensor!r}, {[*index]})")
    live.part("scene").focus()
    live.press("Shift+y")
    live.until(f"s => s.selection.tensor !== {tensor!r}")
    order = [layer["tensor"] for layer in live.state()["layers"]]
    assert order.index(cell(live)[0]) > order.index(tensor)
    live.press("[")
    live.until(f"s => s.selection.tensor === {tensor!r}")
