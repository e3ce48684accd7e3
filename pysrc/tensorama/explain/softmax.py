"""A cell that competes with others of its row: softmax and what is like it."""

from __future__ import annotations

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares


@declares("Softmax", "LogSoftmax")
def softmax(cell: Cell) -> Account:
    """e to the power of the cell, as a share of the same of all cells of its row.

    Before opset 13 all axes from `axis` on were one row.
    """
    shape = cell.shape(0)
    rank = len(shape)
    axis = int(cell.attributes["axis"]) % rank
    axes = [axis] if cell.opset >= 13 else [*range(axis, rank)]
    at, rows = cell.spread(*(shape[a] for a in axes))
    index = [*at]
    for a, row in zip(axes, rows, strict=True):
        index[a] = row
    own = Operand(0, cell.same(0), "own")
    every = Operand(0, tuple(index), "row")
    power = m.power(m.name("e"), m.name("x", "i"))
    formula = m.fraction(power, m.total("k", m.power(m.name("e"), m.name("x", "k"))))
    logged = cell.op == "LogSoftmax"

    def work(values: Values) -> Worked:
        row = values(every)
        powers = np.exp(row - row.max())
        mine = np.exp(values(own) - row.max())
        share = mine / powers.sum()
        stages = [
            Stage("e^(x − max)", mine),
            Stage("sum of the row", powers.sum()),
            Stage("share", share),
        ]
        value = share
        if logged:
            value = values(own) - row.max() - np.log(powers.sum())
            stages.append(Stage("log", value))
        shares = np.zeros(row.shape)
        shares[tuple(int(cell.at[a]) for a in axes)] = value
        larger = int((row > values(own)).sum())
        said = Said(
            "Of {count} that compete for one whole, none is larger; it gets {percent} % of it."
            if not larger
            else "Of {count} that compete for one whole, {larger} are larger; it gets {percent} %.",
            {"count": row.size, "larger": larger, "percent": f"{100 * share:.3g}"},
        )
        terms = Terms((every,), shares, "row", powers / powers.sum())
        return Worked(stages, [terms], said, m.call("log", formula) if logged else formula)

    return Account((every,), work, "softmax")
