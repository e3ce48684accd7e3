"""Linear models of ai.onnx.ml: weighted sums of features, classes that win, and probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import Account, Operand, Said, Stage, Terms, Values, Worked
from tensorama.explain.cell import Cell
from tensorama.explain.declare import declares
from tensorama.explain.quantised import written
from tensorama.explain.squashes import sigmoid
from tensorama.phrases import sentences

ML = "ai.onnx.ml"


def labels_of(ints: Sequence[int] | None, words: Sequence[str] | None) -> list[Any]:
    """The labels of classes, whichever are given."""
    return list(words or ints or ())


def post(scores: np.ndarray, transform: str) -> np.ndarray:
    """Scores of all classes after the transform that a model asks for."""
    if transform == "SOFTMAX":
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum())
    if transform == "SOFTMAX_ZERO":
        powers = np.where(scores == 0, 0, np.exp(scores - scores.max()))
        return np.asarray(powers / (powers.sum() or 1))
    if transform == "LOGISTIC":
        return np.asarray(sigmoid(scores))
    if transform == "PROBIT":
        normal = NormalDist()
        return np.array([normal.inv_cdf(p) if 0 < p < 1 else np.nan for p in scores.tolist()])
    return scores


def features(cell: Cell) -> Operand:
    """The row of features that a cell of a model's answer belongs to."""
    (n, *_), (along,) = cell.spread(cell.shape(0)[-1])
    return Operand(0, (n, along) if len(cell.shape(0)) > 1 else (along,), "features")


def decided(operand: Operand, measure: np.ndarray, name: str) -> Terms:
    """Cells that decided over a label: they do not add up to it, but counted so much."""
    return Terms((operand,), np.zeros(np.shape(measure)), name, np.asarray(measure))


def coefficients(given: Mapping[str, Any], width: int) -> tuple[np.ndarray, np.ndarray]:
    """The weights of a linear model, (targets or classes, features), and its intercepts."""
    weights = np.array(given["coefficients"], np.float32).astype(float).reshape(-1, width)
    intercepts = given.get("intercepts") or [0] * len(weights)
    return weights, np.array(intercepts, np.float32).astype(float)


@declares("LinearRegressor", "LinearClassifier", domain=ML)
def linear(cell: Cell) -> Account:
    """A weighted sum of the features of a row, for one target or class."""
    given, x = cell.attributes, features(cell)
    weights, biases = coefficients(given, cell.shape(0)[-1])
    labels = labels_of(given.get("classlabels_ints"), given.get("classlabels_strings"))
    labelled = bool(labels) and cell.output == 0
    two = len(weights) == 1 and len(labels) == 2

    def work(values: Values) -> Worked:
        row = np.asarray(values(x), float)
        scores = weights @ row + biases
        winner = int(scores[0] > 0) if two else int(scores.argmax())
        which = (0 if two else winner) if labelled else 0 if two else int(cell.at[1])
        shares = row * weights[which]
        best = int(np.abs(shares).argmax())
        numbers = {
            "count": row.size, "best": best,
            **written(score=scores[which], share=shares[best], value=row[best],
                      sum=shares.sum(), bias=biases[which]),
        }  # fmt: skip
        text = (
            "{count} features, each times its weight, add up to {sum}, with the intercept {bias} "
            "to {score}; feature {best} ({value}) weighs most: {share}."
            if shares.any() and biases[which] else
            "None of the {count} features has a say here: the intercept {bias} alone is left."
            if biases[which] else
            "{count} features, each times its weight, add up to {score}; feature {best} ({value}) "
            "weighs most: {share}."
        )  # fmt: skip
        terms = [Terms((x,), shares, "products"), Terms((), np.asarray(biases[which]), "intercept")]
        stages = [Stage("sum", shares.sum()), Stage("score", scores[which])]
        if labelled:
            label = labels[winner]
            said = sentences((Said("Class {label} wins.", {"label": label}), Said(text, numbers)))
            return Worked([*stages, Stage("label", label)], terms, said, _FORMULA)
        transform = given["post_transform"]
        if two:
            second = post(scores, transform)[0]
            stages.append(Stage("share", second if int(cell.at[1]) else 1 - second))
        elif transform != "NONE":
            stages.append(Stage(transform.lower(), np.float64(post(scores, transform)[which])))
        return Worked(stages, terms, Said(text, numbers), _FORMULA)

    return Account((x,), work, "products")


_FORMULA = m.row(m.total("k", m.row(m.name("x", "k"), m.op("·"), m.name("w", "k"))), m.op("+"),
                 m.name("b"))  # fmt: skip
