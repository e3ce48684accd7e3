"""How wrong an answer is: minus the logarithm of what the right class got."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.quantised import written


@declares("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(cell: Cell) -> Account:
    """The loss of one example, or of all; or (a second output) a logarithm of a share."""
    if cell.output == 1:
        return _logarithm(cell)
    shape = cell.shape(1)
    if cell.attributes["reduction"] == "none":
        places: tuple[np.ndarray, ...] = cell.at
    else:
        _, axes = cell.spread(*shape)
        places = tuple(axes)
    target = Operand(1, tuple(places), "right class")
    labels = np.asarray(cell.array(1)[target.index]).astype(np.int64)
    ignored = cell.attributes["ignore_index"]
    counted = np.ones(labels.shape, bool) if ignored is None else labels != ignored
    classes = np.where(counted, labels, 0) % cell.shape(0)[1]
    n, *rest = places
    logged = cell.op == "SoftmaxCrossEntropyLoss"
    own = Operand(0, (n, classes, *rest), "score of the right class")
    weight = [Operand(2, (classes,), "weight of the class")] if cell.has(2) else []
    operands = [own, target, *weight]
    if logged:  # the others of the row count as well
        rank = max((np.ndim(part) for part in places), default=0)
        every = np.arange(cell.shape(0)[1])
        wide = tuple(np.asarray(p)[..., None] for p in places)
        row = Operand(0, (wide[0], every.reshape((1,) * rank + (-1,)), *wide[1:]), "scores")
        operands.append(row)

    def work(values: Values) -> Worked:
        scores = np.asarray(values(own), float)
        logs = scores
        if logged:
            rows = np.asarray(values(row), float)
            top = rows.max(axis=-1)
            logs = scores - top - np.log(np.exp(rows - top[..., None]).sum(axis=-1))
        share: Any = np.where(counted, values(weight[0]) if weight else 1.0, 0.0)
        losses = np.where(counted, -logs * share, 0.0)
        total, value = losses.sum(), losses.sum()
        stages = [Stage("sum", total)]
        if cell.attributes["reduction"] == "mean":
            value = total / share.sum()
            losses = losses / share.sum()
            stages.append(Stage("mean", value))
        return Worked(stages, [Terms((own, target, *weight), losses, "losses")],
                      _said(cell, losses, logs, classes, counted, value), _FORMULA)  # fmt: skip

    return Account(operands, work, "elements")


_FORMULA = m.row(m.op("−"), m.call("log", m.name("p", "right")))


def _said(cell: Cell, losses: Any, logs: Any, classes: Any, counted: Any, value: Any) -> Said:
    if np.ndim(losses):
        worst = int(np.argmax(np.where(counted, -logs, -np.inf)))
        return Said(
            "{count} examples count; number {worst} was most wrong, by {loss}.",
            {
                "count": int(counted.sum()),
                "worst": worst,
                **written(loss=-np.ravel(logs)[worst]),
            },
        )
    if not counted:
        return Said("This example does not count: its class is the one to ignore.")
    if cell.op == "NegativeLogLikelihoodLoss":
        text = "The right class {label} has the logarithm {log}; the loss is minus that: {value}."
        return Said(text, {"label": int(classes), **written(log=float(logs), value=value)})
    return Said(
        "The right class {label} got {percent} %: minus the logarithm of that is {value}.",
        {"label": int(classes), "percent": m.percent(np.exp(logs)),
         **written(value=-float(logs))},
    )  # fmt: skip


def _logarithm(cell: Cell) -> Account:
    """The logarithm of the share that a class got."""
    at, (along,) = cell.spread(cell.shape(0)[1])
    own = Operand(0, cell.at, "own")
    row = Operand(0, (at[0], along, *at[2:]), "row")

    def work(values: Values) -> Worked:
        scores = np.asarray(values(row), float)
        powers = np.exp(scores - scores.max())
        value = np.float64(values(own) - scores.max() - np.log(powers.sum()))
        shares = np.zeros(scores.shape)
        shares[int(cell.at[1])] = value
        said = Said(
            "Class {label} gets {percent} %; this is the logarithm of it.",
            {"label": int(cell.at[1]), "percent": m.percent(np.exp(value))},
        )
        terms = [Terms((row,), shares, "row", powers / powers.sum())]
        stages = [Stage("share", np.exp(value)), Stage("log", value)]
        return Worked(stages, terms, said, m.call("log", m.call("softmax", m.name("x"))))

    return Account([own, row], work, "softmax")
