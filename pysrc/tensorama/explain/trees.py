"""Decision trees: the path of a row through each tree, and what the leaves at its ends say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tensorama.explain import mathml as m
from tensorama.explain.account import (
    Account,
    Operand,
    Path,
    Said,
    Stage,
    Terms,
    Turn,
    Values,
    Worked,
)
from tensorama.explain.cell import Cell
from tensorama.explain.classes import ML, labels_of, post
from tensorama.explain.declare import declares
from tensorama.explain.forests import Forest, Question, either, newer, older
from tensorama.explain.movement import unworked
from tensorama.explain.quantised import all_of, written
from tensorama.onnxfile import Node
from tensorama.phrases import Phrase, joined, phrase, sentences

_NAMES = ("AVERAGE", "SUM", "MIN", "MAX")

# of a node, read once: for features of this type
_forests: WeakKeyDictionary[Node, dict[Any, Forest]] = WeakKeyDictionary()


@declares("TreeEnsembleRegressor", "TreeEnsembleClassifier", "TreeEnsemble", domain=ML)
def ensemble(cell: Cell) -> Account:
    """The leaves that a row reaches, added up for one target or class."""
    n = cell.at[0]
    shape = cell.shape(0)
    if not cell.one:
        return Account([all_of(cell, 0, "features", [n] if len(shape) > 1 else [])], unworked,
                       "tree")  # fmt: skip
    x = cell.array(0)
    row = x.reshape(-1) if x.ndim == 1 else x[int(n)]
    row = row if row.dtype.kind == "f" else row.astype(np.float32)
    given = cell.attributes
    known = _forests.setdefault(cell.step.node, {})
    dtype = np.float64 if row.dtype == np.float64 else np.float32
    if dtype not in known:
        kind = "class" if cell.op.endswith("Classifier") else "target"
        known[dtype] = newer(given) if cell.op == "TreeEnsemble" else older(given, kind, dtype)
    forest = known[dtype]
    paths = [forest.path(root, row) for root in forest.roots]
    if cell.op.endswith("Classifier"):
        return _classified(cell, forest, paths)
    aggregate = given["aggregate_function"]
    aggregate = _NAMES[aggregate] if isinstance(aggregate, int) else aggregate
    count = int(given["n_targets"])
    sums = [_gathered(forest, paths, target, aggregate) for target in range(count)]
    base = either(given, "base_values")
    base = np.zeros(count) if base is None or not len(base) else np.broadcast_to(base, count)
    transform = given["post_transform"]
    transform = _TRANSFORMS[transform] if isinstance(transform, int) else transform
    target = int(cell.at[1])
    return _told(cell, paths, sums, base, target, transform, aggregate)


_TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
Paths = list[tuple[list[tuple[Question, bool]], Any]]


def _gathered(forest: Forest, paths: Paths, target: int, aggregate: str) -> np.ndarray:
    """What each tree gives to a target, so that the sum is what all say together."""
    said = np.array([forest.leaves.get(leaf, {}).get(target, np.nan) for _, leaf in paths])
    if aggregate in ("MIN", "MAX"):
        shares = np.zeros(said.shape)
        if not np.isnan(said).all():
            place = int(np.nanargmin(said) if aggregate == "MIN" else np.nanargmax(said))
            shares[place] = said[place]
        return shares
    shares = np.nan_to_num(said)
    return shares / len(paths) if aggregate == "AVERAGE" else shares


def _told(
    cell: Cell, paths: Paths, sums: Sequence[np.ndarray], base: np.ndarray, target: int,
    transform: str, aggregate: str,
) -> Account:  # fmt: skip
    """The account of a target."""
    scores = np.array([shares.sum() for shares in sums]) + base
    value = np.float64(post(scores, transform)[target])
    terms = _terms(cell, paths, sums[target], float(base[target]))
    stages = [Stage(aggregate.lower(), sums[target].sum())]
    if base[target]:
        stages.append(Stage("+ base", scores[target]))
    if transform != "NONE":
        stages.append(Stage(transform.lower(), value))
    said = _path_said(cell, paths, sums[target], scores[target])
    turned = _turned(cell, paths, sums[target])

    def work(values: Values) -> Worked:
        return Worked(stages, terms, said, m.total("t", m.call("leaf", m.name("x"))), turned)

    return Account([o for term in terms for o in term.operands], work, "tree")


def _terms(cell: Cell, paths: Paths, shares: np.ndarray, base: float) -> list[Terms]:
    """Each leaf's share, at the feature that was asked for last before it; and all decisions."""
    asked = [(tree, q.feature) for tree, (way, _) in enumerate(paths) for q, _ in way]
    lasts = np.array([way[-1][0].feature if way else 0 for way, _ in paths])
    terms = [Terms((_features(cell, lasts, "decided"),), shares, "leaves")]
    if asked:
        trees, features = (np.array(part) for part in zip(*asked, strict=True))
        decided = _features(cell, features, "decision")
        measure = np.abs(shares)[trees]
        terms.append(Terms((decided,), np.zeros(len(features)), "decisions", measure))
    if base:
        terms.append(Terms((), np.asarray(base), "base"))
    return terms


def _features(cell: Cell, features: np.ndarray, role: str) -> Operand:
    if len(cell.shape(0)) == 1:
        return Operand(0, (features,), role)
    return Operand(0, (np.full(features.shape, int(cell.at[0])), features), role)


def _row_of(cell: Cell) -> np.ndarray:
    """The features that all trees are asked about."""
    x = cell.array(0)
    return x.reshape(-1) if x.ndim == 1 else x[int(cell.at[0])]


def _turned(cell: Cell, paths: Paths, shares: np.ndarray) -> list[Path]:
    """The ways through all trees, with what each gave."""
    row = _row_of(cell)
    return [
        Path(tree, [
            Turn(q.feature, row[q.feature], q.sign,
                 tuple(np.ravel(q.limit).tolist()) if q.sign == "∈" else q.limit, yes)
            for q, yes in way
        ], float(share))
        for tree, ((way, _), share) in enumerate(zip(paths, shares, strict=True))
    ]  # fmt: skip


def _path_said(cell: Cell, paths: Paths, shares: np.ndarray, score: Any) -> Said:
    """The path through the tree that says most."""
    strongest = int(np.abs(shares).argmax())
    way, _ = paths[strongest]
    row = _row_of(cell)
    steps: list[str] = [_decided(q, yes, row[q.feature]) for q, yes in way[:4]]
    more = ["…"] if len(way) > 4 else []
    path = joined(", ", [*steps, *more]) if steps else phrase("nothing is asked")
    numbers = {"path": path, "tree": strongest, "count": len(paths),
               **written(leaf=shares[strongest], score=score)}  # fmt: skip
    if len(paths) == 1:
        return Said("The path through the tree: {path}. Its leaf says {leaf}.", numbers)
    return Said(
        "{count} trees together say {score}. Tree {tree} says most, {leaf}: {path}.", numbers
    )


def _decided(question: Any, yes: bool, value: Any) -> Phrase:
    """One decision on the way."""
    known = {"feature": question.feature, "value": m.written(value), "sign": question.sign}
    if question.sign == "∈":
        text = (
            "feature {feature} ({value}) is one of {count} values" if yes
            else "feature {feature} ({value}) is not one of {count} values"
        )  # fmt: skip
        return Said(text, {"count": len(question.limit), **known})
    text = (
        "feature {feature} ({value}) is {sign} {limit}" if yes
        else "feature {feature} ({value}) is not {sign} {limit}"
    )  # fmt: skip
    return Said(text, {"limit": m.written(question.limit), **known})


def _classified(cell: Cell, forest: Forest, paths: Paths) -> Account:
    """A score, or the label of the class that wins."""
    given = cell.attributes
    labels = labels_of(given["classlabels_int64s"], given["classlabels_strings"])
    ids = set(given["class_ids"])
    sums = [_gathered(forest, paths, c, "SUM") for c in range(len(labels))]
    base = either(given, "base_values")
    base = np.zeros(len(labels)) if base is None else np.broadcast_to(base, len(labels))
    scores = np.array([shares.sum() for shares in sums]) + base
    transform = given["post_transform"]
    if len(labels) == 2 and len(ids) == 1:
        only = ids.pop()
        shares = bool((np.asarray(either(given, "class_weights")) >= 0).all())
        winner = int(np.float32(scores[only]) > (0.5 if shares else 0))
        if cell.output == 0:
            return _label(cell, paths, sums[only], float(base[only]), labels, winner)
        if only == 0:
            return _one_score(cell, paths, sums[0], float(base[0]), shares, transform)
    elif cell.output == 0:
        winner = int(scores.argmax())
        return _label(cell, paths, sums[winner], float(base[winner]), labels, winner)
    return _told(cell, paths, sums, base, int(cell.at[1]), transform, "SUM")


def _one_score(
    cell: Cell, paths: Paths, sums: np.ndarray, base: float, shares: bool, transform: str
) -> Account:
    """One score for two classes: a share of 1, or a signed distance from the border."""
    score, second = sums.sum() + base, int(cell.at[1]) == 1
    if transform == "LOGISTIC":
        value = 1 / (1 + np.exp(-score if second else score))
    else:
        value = score if second else 1 - score if shares else -score
    terms = _terms(cell, paths, sums, base)
    stages = [Stage("sum", sums.sum())]
    if base:
        stages.append(Stage("+ base", score))
    stages.append(Stage("second class" if second else "first class", np.float64(value)))
    said = _path_said(cell, paths, sums, score)
    formula = m.total("t", m.call("leaf", m.name("x")))
    turned = _turned(cell, paths, sums)
    return Account(
        [o for term in terms for o in term.operands],
        lambda values: Worked(stages, terms, said, formula, turned), "tree",
    )  # fmt: skip


def _label(
    cell: Cell, paths: Paths, sums: np.ndarray, base: float, labels: Sequence[Any], winner: int
) -> Account:
    """The label of the class that wins."""
    score = sums.sum() + base
    terms = _terms(cell, paths, sums, base)
    label = labels[winner]
    wins = Said("Class {label} wins with {score}.", {"label": label, "score": m.written(score)})
    said = sentences((wins, _path_said(cell, paths, sums, score)))
    stages = [Stage("sum", sums.sum()), Stage("score", score), Stage("label", label)]
    formula = m.row(m.op("argmax"), m.name("score", "c"))
    turned = _turned(cell, paths, sums)
    return Account(
        [o for term in terms for o in term.operands],
        lambda values: Worked(stages, terms, said, formula, turned), "tree",
    )  # fmt: skip
