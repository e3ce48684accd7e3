"""A figure is legible in one column, the same every time, and read by others."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import onnx
import pytest

from tensorama import TensoramaError, load
from tensorama.engine.contract.slices import Parts
from tensorama.figure import (
    STYLES,
    as_pdf,
    as_svg,
    figure,
    figure_slices,
    pdf_slices,
    svg_slices,
    unwritable,
)
from tensorama.figure.drawing import Drawing, Text
from tensorama.figure.drawing import Path as Outline
from tensorama.figure.letters import width, wrapped
from tensorama.figure.words import does
from tensorama.layers import find_layers, layer_tree
from tensorama.scene.build import build_scene
from tensorama_build import commands
from tensorama_build.errors import BuildError
from tensorama_build.figure import shapes_of, write_figure
from tensorama_build.places import Places

ROOT = Path(__file__).parents[2]
LIGHT = sorted((Path(onnx.__file__).parent / "backend/test/data/light").glob("*.onnx"))
OURS = [ROOT / f"models/{name}/{name}.onnx" for name in ("lenet", "gpt-mini", "yolo-tiny", "acgan")]
T = TypeVar("T")
COLUMN = 84 * 72 / 25.4
Box = tuple[str, float, float, float, float]


def boxes(drawing: Drawing) -> Iterator[Box]:
    """Each text with the rectangle that it takes: left, top, right, bottom."""
    for mark in drawing.marks:
        if isinstance(mark, Text):
            wide = width(mark.text, mark.size, mark.bold)
            left = mark.x - wide * {"start": 0, "middle": 0.5, "end": 1}[mark.anchor]
            top, bottom = mark.y - 0.72 * mark.size, mark.y + 0.2 * mark.size
            yield mark.text, left, top, left + wide, bottom


def meet(a: Box, b: Box) -> bool:
    return a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]


def drawn(path: Path, style: str, level: int = 1) -> Drawing:
    model = load(path)
    return figure(model, shapes_of(model), style=style, level=level)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("path", "level"),
    [*((path, 1) for path in [*LIGHT, *OURS]), *((path, 2) for path in OURS[1:])],
    ids=lambda value: value.stem if isinstance(value, Path) else str(value),
)
def test_all_is_legible_in_one_column(path: Path, level: int, style: str) -> None:
    drawing = drawn(path, style, level)
    assert drawing.width == pytest.approx(COLUMN)
    texts = [*boxes(drawing)]
    clash = [(a[0], b[0]) for n, a in enumerate(texts) for b in texts[:n] if meet(a, b)]
    assert not clash
    assert min(mark.size for mark in drawing.marks if isinstance(mark, Text)) >= 6
    points = [
        point
        for mark in drawing.marks
        if isinstance(mark, Outline)
        for _, where in mark.steps
        for point in zip(where[::2], where[1::2], strict=True)
    ]
    points += [corner for _, *box in texts for corner in ((box[0], box[1]), (box[2], box[3]))]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


def test_every_layer_of_a_small_network_has_its_name_and_its_shape() -> None:
    said = [text for text, *_ in boxes(drawn(OURS[0], "volumes"))]
    for name, shape in (("conv1", "6×28×28"), ("pool2", "16×5×5"), ("fc3", "10")):
        assert said[said.index(name) + 1] == shape
    assert {"convolution", "pooling", "dense", "input"} <= {*said}  # the legend


def test_a_box_says_how_what_slides_slides() -> None:
    model = load(next(path for path in LIGHT if "alexnet" in path.stem))
    said = [does(layer, model.graph.weights) for layer in find_layers(model)]
    assert said[1:3] == ["Conv 11×11 /4 + Relu + LRN", "MaxPool 3×3 /2"]


def test_the_same_file_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    for suffix in ("svg", "pdf"):
        made = []
        for seed in "01":
            out = tmp_path / f"{seed}.{suffix}"
            line = [sys.executable, str(ROOT / "build.py"), "figure", "gpt-mini", "-o", str(out)]
            subprocess.run([*line, "--level", "2"], check=True, env={"PYTHONHASHSEED": seed})
            made.append(out.read_bytes())
        assert made[0] == made[1]


def test_a_page_can_breathe_while_a_figure_is_drawn_and_written() -> None:
    """There is a pause wherever a group is laid out, a line led, a layer painted, a mark written;
    the work says how far it is, and nothing of it is done twice for another width."""
    model = load(next(path for path in LIGHT if "densenet" in path.stem))
    shapes = shapes_of(model)
    root = layer_tree(model, shapes, find_layers(model))
    outputs = [value.name for value in model.graph.outputs]
    scene = build_scene(find_layers(model), shapes, root, outputs)
    slices = figure_slices(scene, model.graph.weights, root.name, "boxes", 3, False)
    drawing, told = driven(slices)
    shares = [share for share in told if share is not None]
    assert len(told) > 1000
    assert shares == sorted(shares)
    assert len({*shares}) > 50
    text, pauses = driven(svg_slices(drawing))
    assert len(pauses) == len(drawing.marks)
    assert text == as_svg(figure(model, shapes, style="boxes", level=3))
    data, pauses = driven(pdf_slices(drawing))
    assert len(pauses) == len(drawing.marks)
    assert data == as_pdf(drawing)


def driven(slices: Parts[T]) -> tuple[T, list[float | None]]:
    """What sliced work gives, and what it tells at its pauses."""
    told = []
    while True:
        try:
            told.append(next(slices))
        except StopIteration as stop:
            return stop.value, told


def test_a_text_out_of_a_file_is_text() -> None:
    drawing = Drawing(90, 20, "a & b", marks=[Text(1, 9, "<script>(\\x)", 6, "#000000")])
    assert ElementTree.fromstring(as_svg(drawing))[1].text == "<script>(\\x)"
    assert b"(<script>\\050\\134x\\051) Tj" in as_pdf(drawing)


def test_a_pdf_has_its_objects_where_its_table_says() -> None:
    data = as_pdf(drawn(OURS[0], "boxes"))
    table = re.findall(rb"(\d{10}) 00000 n ", data)
    assert len(table) == 7
    for number, place in enumerate(map(int, table), 1):
        assert data[place:].startswith(b"%d 0 obj\n" % number)
    assert data[int(data.split()[-2]) :].startswith(b"xref")


def test_letters_of_other_scripts_are_told() -> None:
    drawing = Drawing(90, 20, "", marks=[Text(9, 9, "é 卷积 ×? 卷", 6, "#000000")])
    assert unwritable(drawing) == "卷积"
    assert "卷积" in as_svg(drawing)
    assert b"(\\351 ?? \\327? ?) Tj" in as_pdf(drawing)


def test_what_is_too_long_ends_between_two_words() -> None:
    op = "LayerNorm ×2 + Add ×2 + attention + MLP"
    assert wrapped(op, 6, 46, 2) == ["LayerNorm ×2", "+ Add ×2 …"]


def test_a_level_that_is_not_there_gets_a_sentence() -> None:
    with pytest.raises(TensoramaError, match=r"^This network has 3 levels; 4 is none of them\.$"):
        drawn(OURS[1], "boxes", 4)


def test_the_command_takes_the_styles_that_there_are_and_two_sorts_of_file() -> None:
    assert commands.STYLES == STYLES
    with pytest.raises(BuildError, match=r"^a\.png: a figure is an \.svg or a \.pdf file$"):
        write_figure(Places(ROOT), "lenet", Path("a.png"), "boxes", 1, False)
