"""Cells that a graph inside of a node made: the branch of an If, the turn of a loop, a function.

Such a cell is that of the inner graph; how it came about there is told by the inner nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.explain.account import Account, Index, Operand, Said, Stage, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.inside import LOCAL
from tensorama.explain.movement import copied, copied_from
from tensorama.phrases import phrase


@declares("function", domain=LOCAL)
def function(cell: Cell) -> Account:
    """A function that the model brings with it: the cell of its own graph."""
    name = cell.call.node.op
    said = Said('Made by the nodes of the function "{name}" of this model.', {"name": name})
    return made_inside(cell, cell.insides[0].gives[cell.output], cell.at, said, "function")


@declares("slice", domain=LOCAL)
def cut(cell: Cell) -> Account:
    """What a turn of a loop was given of a tensor."""
    fixed, rest = cell.call.attributes["fixed"], iter(cell.at)
    rank = len(cell.at) + len(fixed)
    at = tuple(np.asarray(fixed[a]) if a in fixed else next(rest) for a in range(rank))
    said = Said(
        "The slice that this turn was given: place {place}.", {"place": [*fixed.values()][-1]}
    )
    return copied(Operand(0, at, "slice"), said)


@declares("If")
def branch(cell: Cell) -> Account:
    """The branch that the condition chose."""
    true = bool(cell.array(0).item())
    said = Said(
        "The condition was {answer}, so the {which} branch made this number.",
        {
            "answer": phrase("true") if true else phrase("false"),
            "which": "then" if true else "else",
        },
    )
    asked = Operand(0, (np.zeros((), np.int64),) * len(cell.shape(0)), "condition")
    return made_inside(cell, cell.insides[0].gives[cell.output], cell.at, said, "branch", [asked])


@declares("Loop")
def turn(cell: Cell) -> Account:
    """The last turn made what is carried along; each turn made its slice of what is collected."""
    turns, carried = cell.insides, len(cell.call.node.inputs) - 2
    if cell.output >= carried:
        made = cell.at[0]
        source = [inside.gives[1 + cell.output] for inside in turns]
        return of_turns(cell, source, made, cell.at[1:])
    if not turns:
        said = Said("The loop did not turn once: this is what it started with.")
        return made_inside(cell, _named(cell, 2 + cell.output), cell.at, said, "turn")
    said = Said("The last of {count} turns of the loop left this.", {"count": len(turns)})
    return made_inside(cell, turns[-1].gives[1 + cell.output], cell.at, said, "turn")


@declares("Scan")
def scanned(cell: Cell) -> Account:
    """The last turn made the states; each turn made its slice of the results."""
    given, old = cell.attributes, cell.call.operator.since == 8
    inputs = len(cell.call.node.inputs) - old
    states = inputs - int(given["num_scan_inputs"])
    turns, at = cell.insides, cell.at
    if old:
        return _scanned_batch(cell, states)
    if cell.output < states:
        if not turns:
            said = Said("There was nothing to scan: this is the state at the start.")
            return made_inside(cell, _named(cell, cell.output), at, said, "turn")
        said = Said("The state after the last of {count} turns.", {"count": len(turns)})
        return made_inside(cell, turns[-1].gives[cell.output], at, said, "turn")
    place = cell.output - states
    axes, directions = given["scan_output_axes"], given["scan_output_directions"]
    axis = int(axes[place]) % len(at) if axes else 0
    number = at[axis]
    if directions and directions[place]:
        number = len(turns) - 1 - number
    source = [inside.gives[cell.output] for inside in turns]
    return of_turns(cell, source, number, at[:axis] + at[axis + 1 :])


def _scanned_batch(cell: Cell, states: int) -> Account:
    """Scan of opset 8, where the first axis is a batch of sequences of several lengths."""
    ends = np.cumsum([0, *_lengths(cell)])
    if cell.output < states:
        source = [cell.insides[end - 1].gives[cell.output] for end in ends[1:]]
        return of_turns(cell, source, cell.at[0], cell.at[1:])
    lengths = np.diff(ends)
    if cell.one and cell.at[1] >= lengths[cell.at[0]]:
        said = Said(
            "The sequence has only {length} steps: 0 fills the rest.",
            {"length": int(lengths[cell.at[0]])},
        )
        zero = np.zeros((), cell.result.dtype)[()]
        return Account((), lambda values: Worked([Stage("filled", zero)], [], said), "turn")
    source = [inside.gives[cell.output] for inside in cell.insides]
    number = np.minimum(ends[cell.at[0]] + cell.at[1], len(source) - 1)
    return of_turns(cell, source, number, cell.at[2:])


def _lengths(cell: Cell) -> list[int]:
    last = len(cell.inputs) - 1
    n, longest = cell.shape(last)[:2]
    return cell.array(0).tolist() if cell.has(0) else [longest] * n


@declares("SequenceMap")
def mapped(cell: Cell) -> Account:
    """Each tensor of the sequence had a turn of its own."""
    source = [inside.gives[cell.output] for inside in cell.insides]
    return of_turns(cell, source, cell.at[0], cell.at[1:])


def of_turns(cell: Cell, sources: Sequence[str], turns: np.ndarray, at: Index) -> Account:
    """A cell of what one of the turns gave: which, and where therein."""
    if cell.one:
        said = Said(
            "Turn {turn} of {count} made this slice.",
            {"turn": int(turns) + 1, "count": len(sources)},
        )
        return made_inside(cell, sources[int(turns)], at, said, "turn")
    return copied_from(sources, turns, at)


def _named(cell: Cell, position: int) -> str:
    return cell.known_as(cell.call.node.inputs[position])


def made_inside(
    cell: Cell, tensor: str, at: Index, said: Said, body: str, asked: Sequence[Operand] = ()
) -> Account:
    """The same number as a cell of another tensor; `asked` decided of which."""
    return copied(Operand(tensor, at, "made"), said, body, asked, merged=True)
