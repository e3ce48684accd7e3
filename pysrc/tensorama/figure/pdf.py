"""A drawing as PDF: one page, vectors, and text as text in Helvetica, which every reader has.

Nothing in it tells when or where it was made, and nothing is compressed: the same drawing gives the
same bytes everywhere. Helvetica writes Latin alone; a letter of another script becomes a question
mark (`unwritable` finds them), and has its place in the SVG. ISO 32000-1, 7.5 and 9.6.2.2.
"""

from __future__ import annotations

from tensorama.engine.contract.slices import Slices, whole
from tensorama.figure.drawing import Drawing, Path, Text
from tensorama.figure.letters import width
from tensorama.figure.svg import number

_ALIKE = str.maketrans({"−": "-", "→": ">", "\u00a0": " "})
_STEPS = {"M": "m", "L": "l", "C": "c", "Z": "h"}
# one of the fourteen fonts that need no file
_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
_START = {"start": 0.0, "middle": 0.5, "end": 1.0}


def as_pdf(drawing: Drawing) -> bytes:
    """The drawing as a file of one page, which is as large as the drawing."""
    return whole(pdf_slices(drawing))


def pdf_slices(drawing: Drawing) -> Slices[bytes]:
    """The same with pauses."""
    content = yield from _content(drawing)
    title = ("\ufeff" + drawing.title).encode("utf-16-be").hex()
    box = f"[0 0 {number(drawing.width)} {number(drawing.height)}]"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents 6 0 R"
        " /Resources << /Font << /F0 4 0 R /F1 5 0 R >> >> >>",
        _FONT.format(name="Helvetica"),
        _FONT.format(name="Helvetica-Bold"),
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        f"<< /Title <{title}> >>",
    ]
    file, places = "%PDF-1.4\n", []
    for count, body in enumerate(objects, 1):
        places.append(len(file))
        file += f"{count} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>"
    file += (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}\nstartxref\n{len(file)}\n%%EOF\n"
    )
    return file.encode("ascii")


def unwritable(drawing: Drawing) -> str:
    """The letters of a drawing that its PDF has question marks for, each once."""
    texts = (mark.text for mark in drawing.marks if isinstance(mark, Text))
    every = dict.fromkeys(sign for text in texts for sign in text)
    return "".join(sign for sign in every if "?" in _written(sign) and sign != "?")


def _content(drawing: Drawing) -> Slices[str]:
    rows = [f"1 0 0 -1 0 {number(drawing.height)} cm 1 j 1 J"]  # y runs down, ends are round
    if drawing.ground:
        size = f"{number(drawing.width)} {number(drawing.height)}"
        rows.append(f"{_colour(drawing.ground)} rg 0 0 {size} re f")
    for mark in drawing.marks:
        rows.append(_path(mark) if isinstance(mark, Path) else _text(mark))
        yield
    return "\n".join(rows)


def _path(path: Path) -> str:
    looks = []
    if path.fill:
        looks.append(f"{_colour(path.fill)} rg")
    if path.stroke:
        dashes = "[1.2 1.6]" if path.dashed else "[]"
        looks.append(f"{_colour(path.stroke)} RG {number(path.width)} w {dashes} 0 d")
    steps = [" ".join([*map(number, where), _STEPS[step]]) for step, where in path.steps]
    paint = "B" if path.fill and path.stroke else "f" if path.fill else "S"
    return " ".join([*looks, *steps, paint])


def _text(text: Text) -> str:
    wide = width(_written(text.text), text.size, text.bold)
    x = text.x - wide * _START[text.anchor]
    letters = "".join(
        chr(code) if 32 <= code < 127 and chr(code) not in "\\()" else f"\\{code:03o}"
        for code in _written(text.text).encode("cp1252")
    )
    return (
        f"BT {_colour(text.colour)} rg /F{int(text.bold)} {number(text.size)} Tf"
        f" 1 0 0 -1 {number(x)} {number(text.y)} Tm ({letters}) Tj ET"
    )


def _written(text: str) -> str:
    """A text in the letters that Helvetica has."""
    text = "".join(sign if sign.isprintable() else " " for sign in text.translate(_ALIKE))
    return text.encode("cp1252", "replace").decode("cp1252")


def _colour(colour: str) -> str:
    return " ".join(f"{int(colour[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))
