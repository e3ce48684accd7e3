"""How wide texts are: the widths of Helvetica, as every PDF reader and Arial have them.

In thousandths of the size, from Adobe's font metrics of the fourteen fonts that need no file.
"""

from __future__ import annotations

import unicodedata

_PLAIN = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 "
    "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 "
    "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 "
    "556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611 "
    "975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 "
    "333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 "
    "611 611 389 556 333 611 556 778 556 556 500 389 280 389 584"
)
_OTHER = {"×": 584, "·": 278, "…": 1000, "–": 556, "—": 1000, "−": 584, "°": 400, "→": 1000}
_WIDTHS = [
    {chr(32 + n): int(width) for n, width in enumerate(row.split())} | _OTHER
    for row in (_PLAIN, _BOLD)
]


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in points."""
    return sum(_width(letter, _WIDTHS[bold]) for letter in text) * size / 1000


def _width(letter: str, widths: dict[str, int]) -> int:
    if letter not in widths:
        base = unicodedata.normalize("NFD", letter)[0]  # é is as wide as e
        wide = unicodedata.east_asian_width(letter) in "WF"
        return 1000 if wide else widths.get(base, 667)
    return widths[letter]


def cut(text: str, size: float, most: float, bold: bool = False) -> str:
    """A text, or as much of its beginning as there is room for."""
    if width(text, size, bold) <= most:
        return text
    while text and width(text + "…", size, bold) > most:
        text = text[:-1]
    return text.rstrip(" +·") + "…"


def wrapped(text: str, size: float, most: float, lines: int, bold: bool = False) -> list[str]:
    """A text in at most so many lines, each no wider than this; what is left out is an ellipsis."""
    rows = [""]
    for word in text.replace(" + ", " +\u00a0").replace(" ×", "\u00a0×").split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if width(longer, size, bold) <= most or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    if len(rows) > lines:
        rows = rows[:lines]
        words = rows[-1].split(" ")
        while len(words) > 1 and (
            words[-1].endswith("…") or width(" ".join([*words, "…"]), size, bold) > most
        ):
            words.pop()
        rows[-1] = " ".join([*words, "…"])
    return [cut(row.replace("\u00a0", " "), size, most, bold) for row in rows]
