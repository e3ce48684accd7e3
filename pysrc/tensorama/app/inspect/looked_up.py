"""A look-up: the index, and the row of the table that it names."""

from __future__ import annotations

import numpy as np

from tensorama.app.inspect.competing import cells
from tensorama.app.inspect.sheet import Sheet, section, way
from tensorama.explain import Explanation
from tensorama.explain.origin import origins
from tensorama.phrases import phrase


def body(sheet: Sheet, explained: Explanation) -> str:
    """Which row was asked for, by which cell; then the row, with the cell that was taken."""
    taken, asked = explained.groups[0].term(0).sources[:2]
    ways = "".join((way(asked, phrase("the index")), way(taken, phrase("the cell taken"))))
    parts = [f'<div class="tr-in-row tr-in-window">{ways}</div>']
    trace, axis = sheet.pinned.trace, len(taken.index) - 1
    if trace is not None and axis > 0:  # a table of rows
        table = np.asarray(origins(trace).array(taken.tensor))
        along = np.arange(table.shape[axis])
        index = [np.full(along.shape, part) for part in taken.index[:axis]] + [along]
        row = table[taken.index[:axis]]
        beyond = np.zeros(row.shape, bool)
        grid = cells(sheet, row, beyond, taken.tensor, index, taken.index[-1])
        where = ", ".join(map(str, taken.index[:axis]))
        words = phrase("row {row} of {name}", row=where, name=taken.tensor)
        parts += [sheet.grid(grid, words)]
    return section(phrase("Looked up in {name}", name=taken.tensor), *parts, kind="tr-in-looked")


BODIES = {"look-up": body}
