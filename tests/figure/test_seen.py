"""What is seen, as vectors: maps are images of their cells, in their places; labels are text."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from scene.scenes import LENET, scene_of
from tensorama.errors import TooLargeError
from tensorama.figure import mapped, seen
from tensorama.figure.cells import Look, colours_of, silent, written
from tensorama.figure.mapped import bare, png
from tensorama.figure.seen import as_seen, too_large
from tensorama.figure.sheet import Line, Plate, Sheet, View, Word
from tensorama.scene.camera.camera import Camera, Room, project
from tensorama.scene.camera.pick import pick, placed
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.pictures.colour import DARK, rgb

ROOM = Room(900, 500)
SVG = "{http://www.w3.org/2000/svg}"


def sheet() -> tuple[Sheet, View]:
    """LeNet closed, with the numbers of a ramp, as it is seen first."""
    scene = scene_of(LENET)
    layout = arrange_in(scene, (), ROOM)
    matrix = Camera().fitted(layout.points, ROOM).matrix(ROOM)
    opening, shown = np.zeros(len(scene.blocks)), layout.shown.astype(float)

    def values(block: int) -> np.ndarray:
        picture = scene.blocks[block].picture
        return picture.values(np.linspace(-1, 1, int(np.prod(picture.shape))))

    places = placed(scene, layout.anchors, opening, layout.shown)
    made = Sheet(scene, places, opening, shown, values, lambda block, quad: 1.0)
    return made, View(matrix, ROOM, DARK)


def drawn(
    made: Sheet, view: View, *words: Word | Plate, clear: bool = False, ties: tuple[Line, ...] = ()
) -> ElementTree.Element:
    window = 0.0, 0.0, ROOM.width, ROOM.height
    view = replace(view, clear=clear)
    return ElementTree.fromstring("".join(as_seen([made], ties, words, view, window, "a <b>")))


def looking(**looks: float) -> Callable[[int], Look]:
    return lambda block: Look(**looks)


def fills(picture: ElementTree.Element) -> set[str]:
    return {path.get("fill", "none") for path in picture.findall(f"{SVG}path")}


def colours(image: ElementTree.Element) -> np.ndarray:
    """The pixels of an embedded image, (rows, cols, 4)."""
    data = base64.b64decode(image.get("href", "").partition(",")[2])
    cols, rows = struct.unpack(">II", data[16:24])
    packed = re.search(rb"IDAT(.*)....\0\0\0\0IEND", data, re.DOTALL)
    assert packed
    return (
        np.frombuffer(zlib.decompress(packed[1]), np.uint8)
        .reshape(rows, -1)[:, 1:]
        .reshape(rows, cols, 4)
    )


def test_each_face_is_an_image_of_its_cells_where_it_is_seen() -> None:
    made, view = sheet()
    picture = drawn(made, view)
    assert picture[0].text == "a <b>"
    images = picture.findall(f"{SVG}image")
    first = next(n for n, block in enumerate(made.scene.block) if block == 0)
    x, y, z, wide, high = made.places[first]
    corner = project(np.array([[x - wide / 2, y + high / 2, z]]), view.matrix, ROOM)[0, :2]
    starts = [i.get("transform", "")[7:-1].split()[4:] for i in images]
    assert min(np.abs(np.array(s, float) - corner).max() for s in starts) < 0.02
    values = made.values(0)
    assert values is not None
    found = np.concatenate([colours(image).reshape(-1, 4) for image in images])
    wanted = colours_of(made.scene.blocks[0], 0, values, 1.0, DARK)
    assert {*map(tuple, wanted.reshape(-1, 4).tolist())} <= {*map(tuple, found.tolist())}


def test_where_perspective_bends_a_map_its_parts_go_on_below_those_after_them(monkeypatch) -> None:
    """With parts that may be off by less, there are more of them; between them is no ground."""
    made, view = sheet()
    count = len(drawn(made, view).findall(f"{SVG}image"))
    monkeypatch.setattr(mapped, "_BENT", 0.02)
    more = drawn(made, view).findall(f"{SVG}image")
    assert len(more) > 2 * count
    image = np.zeros((9, 9, 4), np.uint8)
    parts = "".join(mapped._images(made.places[0], image, (0, 9, 0, 9), view))
    sizes = [int(w) * int(h) for w, h in re.findall(r'<image width="(\d+)" height="(\d+)"', parts)]
    assert len(sizes) > 4
    assert sum(sizes) / 64 > 81, "no part goes on below the next"


def test_of_a_closed_stack_what_lies_behind_is_seen_at_its_edge_only() -> None:
    """Whatever the pointer can hit of a map behind is among the cells that are drawn."""
    made, view = sheet()
    scene = made.scene
    conv1 = next(n for n, block in enumerate(scene.blocks) if block.layer.name == "conv1")
    block = scene.blocks[conv1]
    part = bare(made, view.eye)
    behind = [q for q in range(block.first + 1, block.first + block.count) if scene.closed[q, 3]]
    assert (part[block.first] == 1).all()
    assert all(0 < np.abs(part[q]).max() < 0.2 for q in behind)
    for quad in behind:
        boxes = mapped._boxes(block, part[quad])
        x, y, z, wide, high = made.places[quad]
        for row, col in ((2, 0), (0, 5), (14, 0), (27, 27), (14, 14)):
            middle = np.array([x + ((col + 0.5) / 28 - 0.5) * wide,
                               y + (0.5 - (row + 0.5) / 28) * high, z])  # fmt: skip
            hit = pick(scene, _anchors(made), made.opening, made.shown, view.eye, middle - view.eye)
            if hit and hit.quad == quad:
                assert any(t <= row < b and left <= col < r for t, b, left, r in boxes)
    picture = drawn(made, view)
    assert len(picture.findall(f"{SVG}image")) > len(scene.blocks) + len(behind)


def _anchors(made: Sheet) -> np.ndarray:
    firsts = [block.first for block in made.scene.blocks]
    return made.places[firsts, :3]


def test_heat_colours_what_is_seen_from_afar_and_gives_way_to_values_near_by() -> None:
    made, view = sheet()
    hot, grey = rgb(DARK.heat[1]), 0.3
    vector = next(n for n, b in enumerate(made.scene.blocks) if b.picture.kind == "vector")
    look = Look(heat=1.0)
    zero = rgb(DARK.zero)
    luma = zero @ [0.3, 0.59, 0.11]
    assert look.over(zero, 2, DARK) == pytest.approx((1 - grey) * hot + grey * luma)
    assert look.over(zero, 40, DARK) == pytest.approx(zero)
    cool = drawn(replace(made, look=looking(heat=0.0)), view)
    warm = drawn(replace(made, look=looking(heat=1.0)), view)
    assert not fills(cool) & fills(warm) & {written(rgb(DARK.heat[1]))}
    assert fills(cool) != fills(warm) != fills(drawn(made, view))
    assert made.values(vector) is not None


def test_what_is_not_computed_is_silent_and_what_recedes_comes_near_the_ground() -> None:
    made, view = sheet()
    dark = drawn(replace(made, look=looking(lit=0.0)), view)
    assert not dark.findall(f"{SVG}image")
    assert written(silent(DARK)) in fills(dark)
    gone = drawn(replace(made, look=looking(away=1.0)), view)
    assert fills(gone) == {DARK.ground, "none"}
    assert not drawn(replace(made, look=looking(away=1.0)), view, clear=True).findall(f"{SVG}path")
    fading = drawn(replace(made, look=looking(away=0.75)), view, clear=True).findall(f"{SVG}g")
    assert {group.get("opacity") for group in fading} == {"0.25"}


def test_of_what_nothing_is_known_there_is_an_outline() -> None:
    made, view = sheet()
    unknown = drawn(replace(made, values=lambda block: None), view)
    assert not unknown.findall(f"{SVG}image")
    assert fills(unknown) == {"none"}


def test_the_cell_that_is_pinned_has_a_mark_and_what_is_not_reached_is_dark() -> None:
    made, view = sheet()
    ink = [p for p in drawn(made, view) if DARK.ink in (p.get("stroke"), p.get("fill"))]
    marked = drawn(replace(made, mark=(0, 0, 3, 4)), view)
    mark = [p for p in marked if DARK.ink in (p.get("stroke"), p.get("fill"))]
    assert len(mark) == len(ink) + 1
    x, y, z, wide, high = made.places[0]
    middle = view.project(np.array([[x + (4.5 / 28 - 0.5) * wide, y + (0.5 - 3.5 / 28) * high, z]]))
    points = np.array(re.findall(r"[-\d.]+", mark[-1].get("d", "")), float).reshape(-1, 2)
    assert points.mean(axis=0) == pytest.approx(middle[0, :2], abs=0.1)
    reached = drawn(replace(made, dark=(0, 0, 0, 28 * 28 - 1)), view)
    found = [colours(image)[..., :3] for image in reached.findall(f"{SVG}image")]
    silently = np.rint(silent(DARK) * 255)
    assert sum(image.size for image in found if (image == silently).all()) >= 28 * 28 * 64 * 3


def test_numbers_of_a_lens_are_no_picture() -> None:
    scene = scene_of(LENET)
    photo = replace(scene.blocks[0], image=True)
    values = np.random.default_rng(1).normal(size=(3, 4, 5))
    assert not np.array_equal(
        colours_of(photo, -1, values, 1.0, DARK), colours_of(photo, -1, values, 1.0, DARK, True)
    )


def test_lines_have_their_colours_widths_and_strengths_above_and_below_the_maps() -> None:
    made, view = sheet()
    points = _anchors(made)[:2]
    below = replace(made, lines=[Line(points, "#a6ffdf"), Line(points[::-1], "#a6ffdf")])
    threads = Line(points, "#ffb04d", 2.6, 0.5), Line(points, "#4da6eb", 0.6, 0.22)
    paths = drawn(below, view, ties=threads).findall(f"{SVG}path")
    assert paths[0].get("stroke") == "#a6ffdf"
    assert paths[0].get("d", "").count("M") == 2, "what looks alike is one path"
    looks = [(p.get("stroke"), p.get("stroke-width"), p.get("stroke-opacity")) for p in paths[-2:]]
    assert looks == [("#ffb04d", "2.6", "0.5"), ("#4da6eb", "0.6", "0.22")]


def test_a_later_sheet_stands_before_the_earlier_on_a_board_of_its_own() -> None:
    made, view = sheet()
    board = np.array([[-9, 9, 1], [9, 9, 1], [9, -9, 1], [-9, -9, 1.0]])
    window = 0.0, 0.0, ROOM.width, ROOM.height
    shelf = replace(made, look=looking(lit=0.0), board=board)
    text = "".join(as_seen([made, shelf], [], [], replace(view, clear=True), window, ""))
    kinds = [(e.tag.removeprefix(SVG), e.get("fill")) for e in ElementTree.fromstring(text)]
    at = kinds.index(("path", DARK.ground))
    assert "image" in [kind for kind, _ in kinds[:at]]
    assert "image" not in [kind for kind, _ in kinds[at:]]


def test_a_transparent_picture_has_no_ground_and_labels_are_text() -> None:
    made, view = sheet()
    word = Word((1, 0, 0, 1, 5, 9), "<conv1>", 12, "#d9dee7", bold=True)
    plate = Plate((1, 0, 0, 1, 5, 9), (0, 0, 40, 12), "#0e1116", 0.78)
    assert [t.text for t in drawn(made, view, word).findall(f"{SVG}text")] == ["<conv1>"]
    assert len(drawn(made, view, plate).findall(f"{SVG}rect")) == 2
    assert drawn(made, view).find(f"{SVG}rect") is not None
    assert drawn(made, view, clear=True).find(f"{SVG}rect") is None


def test_a_png_is_read_as_it_was_written() -> None:
    image = np.random.default_rng(1).integers(0, 256, (3, 5, 4), np.uint8)
    data = png(image)
    assert struct.unpack(">II", data[16:24]) == (5, 3)
    packed = re.search(rb"IDAT(.*)....\0\0\0\0IEND", data, re.DOTALL)
    assert packed
    rows = np.frombuffer(zlib.decompress(packed[1]), np.uint8).reshape(3, 21)
    assert np.array_equal(rows[:, 1:].reshape(image.shape), image)
    assert base64.b64encode(data).startswith(b"iVBORw0KGgo")


def test_what_is_too_much_gets_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(seen, "MOST", 3)
    with pytest.raises(TooLargeError, match=r"^\d+ maps are in sight, too many for a vector pictu"):
        drawn(*sheet())
    assert str(too_large(20_000, 9_000)) == (
        "20,000 × 9,000 pixels are more than this browser can make one picture of. Take fewer."
    )
