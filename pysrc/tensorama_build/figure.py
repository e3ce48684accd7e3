"""`build.py figure`: the architecture of a network as a vector drawing, one column wide."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import BuildError
from .pack import model_path
from .places import Places

_PAGE = 230  # millimetres that a page has for figures
_MM = 25.4 / 72


def write_figure(
    places: Places, name: str, out: Path | None, style: str, level: int, dark: bool
) -> int:
    """Draw a model into a file whose ending says what it is; tell how large it is in print."""
    from tensorama import load
    from tensorama.errors import TensoramaError
    from tensorama.figure import as_pdf, as_svg, figure, unwritable

    path = model_path(places, name)
    out = out or Path(f"{path.stem}.svg")
    if out.suffix not in (".svg", ".pdf"):
        raise BuildError(f"{out.name}: a figure is an .svg or a .pdf file")
    if not out.parent.is_dir():
        raise BuildError(f"There is no folder {out.parent} to write {out.name} in")
    try:
        model = load(path)
        drawing = figure(model, shapes_of(model), style=style, level=level, dark=dark)
    except TensoramaError as error:
        raise BuildError(f"{path.name}: {error.sentence}") from error
    pdf = out.suffix == ".pdf"
    out.write_bytes(as_pdf(drawing) if pdf else as_svg(drawing).encode())
    wide, high = drawing.width * _MM, drawing.height * _MM
    print(f"Wrote {out}: {wide:.0f} × {high:.0f} mm.")
    if high > _PAGE:
        print("That is higher than a page: a lower --level shows less.")
    if pdf and (letters := unwritable(drawing)):
        print(f"Helvetica has no {letters}: a question mark stands there. The .svg has them.")
    return 0


def shapes_of(model: Any) -> Mapping[str, tuple[int, ...]]:
    """The shape of each tensor, for sizes that the file gives or that are made up.

    They are followed through the graph without computing it, where that is possible.
    """
    import numpy as np

    from tensorama.engine.forecast import forecast
    from tensorama.inputs import default_feeds
    from tensorama.layers import find_layers

    feeds = default_feeds(model)
    shapes = forecast(model, feeds).shapes
    if all(layer.tensor in shapes for layer in find_layers(model)):
        return shapes
    return {n: a.shape for n, a in model.run(feeds).items() if isinstance(a, np.ndarray)}
