"""A drawing as SVG: plain paths and texts, nothing that a converter could stumble over."""

from __future__ import annotations

from html import escape

from tensorama.engine.contract.slices import Slices, whole
from tensorama.figure.drawing import Drawing, Path, Text

_FONT = "Helvetica, Arial, 'Liberation Sans', 'Noto Sans CJK SC', sans-serif"
_MM = 25.4 / 72


def as_svg(drawing: Drawing) -> str:
    """The drawing as a file; its size is given in millimetres, as it is to be printed."""
    return whole(svg_slices(drawing))


def svg_slices(drawing: Drawing) -> Slices[str]:
    """The same with pauses."""
    w, h = drawing.width, drawing.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(w * _MM)}mm"'
        f' height="{number(h * _MM)}mm" viewBox="0 0 {number(w)} {number(h)}"'
        f' font-family="{_FONT}" fill="none" stroke-linejoin="round" stroke-linecap="round">',
        f"<title>{written(drawing.title)}</title>",
    ]
    if drawing.ground:
        parts.append(f'<rect width="100%" height="100%" fill="{drawing.ground}"/>')
    for mark in drawing.marks:
        parts.append(_path(mark) if isinstance(mark, Path) else _line(mark))
        yield
    return "\n".join([*parts, "</svg>", ""])


def _path(path: Path) -> str:
    steps = "".join(step + " ".join(map(number, where)) for step, where in path.steps)
    looks = f' fill="{path.fill}"' if path.fill else ""
    if path.stroke:
        looks += f' stroke="{path.stroke}" stroke-width="{number(path.width)}"'
    if path.dashed:
        looks += ' stroke-dasharray="1.2 1.6"'
    return f'<path d="{steps}"{looks}/>'


def _line(text: Text) -> str:
    looks = f'font-size="{number(text.size)}" fill="{text.colour}"'
    if text.anchor != "start":
        looks += f' text-anchor="{text.anchor}"'
    if text.bold:
        looks += ' font-weight="bold"'
    return f'<text x="{number(text.x)}" y="{number(text.y)}" {looks}>{written(text.text)}</text>'


def written(text: str) -> str:
    """Text that comes out of a file, never markup; what XML has no letters for is left out."""
    return escape("".join(sign if sign.isprintable() else " " for sign in text), quote=False)


def number(value: float) -> str:
    """A length in hundredths of a point, without needless zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
