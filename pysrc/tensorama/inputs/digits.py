"""Ten sample digits as pen strokes, drawn for this project: one for each class."""

from __future__ import annotations

from tensorama.inputs.drawing import Strokes
from tensorama.inputs.kinds import Drawing

# per digit its strokes, each "x,y x,y …" in hundredths of the pad, y down
_DIGITS = (
    (  # 0
        "56,13 45,14 42,15 37,19 32,27 29,33 27,39 25,49 25,55 26,65 28,71 31,77 35,82 "
        "40,86 45,88 51,87 60,83 64,79 68,73 72,64 74,57 74,47 72,34 70,28 67,23 63,18 "
        "59,15 50,14",
    ),
    (  # 1
        "39,29 46,23 53,14 55,13 56,14 56,20 50,88",
    ),
    (  # 2
        "28,32 30,23 34,18 42,13 48,12 57,14 62,17 66,25 67,31 64,40 60,48 48,63 30,81 "
        "27,84 39,83 48,84 60,86 74,84",
    ),
    (  # 3
        "31,20 38,14 45,12 54,12 57,13 63,17 65,20 66,26 65,33 64,35 60,40 55,43 44,46 "
        "57,49 65,54 69,58 70,61 71,68 70,74 64,81 56,86 50,88 44,88 38,86 33,83 27,77",
    ),
    (  # 4
        "42,12 38,26 32,41 27,51 27,54 29,54 32,54 73,50",
        "64,22 57,89",
    ),
    (  # 5
        "37,15 36,28 33,39 34,44 36,44 43,40 46,40 52,39 58,41 64,45 67,50 69,56 69,62 "
        "68,68 64,76 58,83 53,86 47,88 40,88 37,87 28,82",
        "37,15 54,15 70,12",
    ),
    (  # 6
        "62,12 50,21 44,28 39,36 32,51 30,61 30,68 31,74 35,82 40,86 43,87 50,88 56,87 "
        "61,84 65,79 68,72 67,66 66,62 62,57 56,54 50,54 47,54 41,57 37,61 32,69",
    ),
    (  # 7
        "27,18 38,16 54,17 66,14 71,14 70,18 60,35 52,53 46,71 42,89",
    ),
    (  # 8
        "64,21 58,14 55,12 52,12 48,12 42,14 37,18 35,21 34,24 35,27 39,36 43,40 58,52 "
        "62,57 66,65 67,71 65,77 62,82 57,86 54,88 50,88 44,88 39,85 35,81 34,78 33,71 "
        "33,68 35,63 41,55 58,41 64,34 65,28 66,23 62,17",
    ),
    (  # 9
        "66,25 60,16 57,14 51,13 47,13 42,15 37,19 34,24 32,30 32,38 36,44 41,48 47,48 "
        "53,46 56,45 61,40 64,33 66,24 66,32 64,52 56,88",
    ),
)


def sample_digit(digit: int) -> Strokes:
    """The strokes of a digit 0..9, with coordinates 0..1."""
    return [
        [(float(x) / 100, float(y) / 100) for x, y in (point.split(",") for point in line.split())]
        for line in _DIGITS[digit]
    ]


# where the digits of a scene stand on the pad: how far behind the first, left, top, size
_SCENE = ((0, 0.05, 0.06, 0.42), (3, 0.6, 0.1, 0.3), (7, 0.42, 0.56, 0.36))


def sample_scene(digit: int) -> Strokes:
    """The strokes of three digits of different sizes beside each other, this one the first."""
    return [
        [(left + x * size, top + y * size) for x, y in line]
        for behind, left, top, size in _SCENE
        for line in sample_digit((digit + behind) % 10)
    ]


def on_pad(strokes: Strokes, sample: int | None, drawing: Drawing | None) -> Strokes:
    """What is drawn for this network: of a sample digit a scene, if it looks at scenes."""
    scene = drawing is not None and drawing.scene and sample is not None
    return sample_scene(sample) if scene and sample is not None else strokes
