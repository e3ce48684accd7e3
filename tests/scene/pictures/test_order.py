"""The cells of a map one after the other: each once, and back again."""

from __future__ import annotations

import pytest

from tensorama.scene.pictures.order import cell_of, number_of
from tensorama.scene.pictures.picture import picture_of

SHAPES = ((1, 3, 4, 5), (1, 10), (37,), (7, 24), (), (2, 4, 7, 7))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_cell_of_a_map_comes_once(shape: tuple[int, ...]) -> None:
    picture = picture_of("x", shape)
    cells = [cell_of(picture, 0, number) for number in range(picture.cells)]
    assert len({*cells}) == picture.cells
    assert None not in cells
    for number, cell in enumerate(cells):
        assert cell is not None
        _, row, col = picture.place(cell)
        assert number_of(picture, row, col) == number
    assert cell_of(picture, 0, picture.cells) is None
    assert cell_of(picture, 0, -1) is None


def test_a_map_is_read_row_by_row_and_a_vector_in_the_order_of_its_index() -> None:
    maps = picture_of("x", (1, 3, 4, 5))
    assert [cell_of(maps, 2, n) for n in (0, 1, 5)] == [(0, 2, 0, 0), (0, 2, 0, 1), (0, 2, 1, 0)]
    vector = picture_of("x", (1, 400))
    assert [cell_of(vector, 0, n) for n in range(400)] == [(0, n) for n in range(400)]
