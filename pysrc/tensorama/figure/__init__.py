"""The architecture of a network as a drawing for a paper: vectors and text, one column wide.

    drawing = figure(model, shapes, style="volumes", level=2)
    as_svg(drawing), as_pdf(drawing)

Made from the file alone, without a browser: the layers and the shapes of their tensors are all that
goes in, and the same ones give the same bytes. `standing` places what a level shows, a module for
each style paints it, `svg` and `pdf` write the same marks down; what is called `…_slices` does so
with pauses. Lengths are points of 1/72 inch, y runs down.
"""

from tensorama.figure.draw import LEVEL_OF_FIRST, STYLES, figure, figure_slices, levels
from tensorama.figure.pdf import as_pdf, pdf_slices, unwritable
from tensorama.figure.svg import as_svg, svg_slices

__all__ = [
    "LEVEL_OF_FIRST",
    "STYLES",
    "as_pdf",
    "as_svg",
    "figure",
    "figure_slices",
    "levels",
    "pdf_slices",
    "svg_slices",
    "unwritable",
]
