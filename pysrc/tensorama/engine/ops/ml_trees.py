"""Decision trees, many at once: all rows walk down all trees together, one level at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorama.engine.ops.activations import sigmoid
from tensorama.engine.ops.ml_scores import ML, as_float, labels_of, transformed
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
_MODES = (
    "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ",
    "BRANCH_MEMBER", "LEAF",
)  # fmt: skip
_COMPARE: tuple[Any, ...] = (
    np.less_equal, np.less, np.greater_equal, np.greater, np.equal, np.not_equal,
)  # fmt: skip
_MEMBER, _LEAF = 6, 7


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as flat arrays over nodes; children are node numbers. Leaves add weights to targets.

    `weights` (nodes, targets) is what a leaf adds, `counts` whether it says anything of a target.
    """

    roots: Array
    modes: Array
    features: Array
    values: Array
    yes: Array
    no: Array
    missing_is_yes: Array
    weights: Array
    counts: Array
    members: dict[int, Array]

    def leaves(self, x: Array) -> Array:
        """The leaf that each row reaches in each tree: (N,F) → (N,trees)"""
        at = np.broadcast_to(self.roots, (len(x), len(self.roots))).copy()
        rows = np.arange(len(x))[:, None]
        for _ in range(len(self.modes) + 1):
            modes = self.modes[at]
            if (modes == _LEAF).all():
                return at
            given, limit = x[rows, self.features[at]], self.values[at]
            goes = np.zeros(at.shape, bool)
            for mode in np.unique(modes):
                if mode < _MEMBER:
                    goes = np.where(modes == mode, _COMPARE[mode](given, limit), goes)
            for node, members in self.members.items():
                goes = np.where(at == node, np.isin(given, members), goes)
            goes = np.where(np.isnan(given), goes | self.missing_is_yes[at], goes)
            at = np.where(modes == _LEAF, at, np.where(goes, self.yes[at], self.no[at]))
        raise OperatorError("the nodes of a tree run in a circle")

    def scores(self, x: Array, aggregate: str) -> tuple[Array, Array]:
        """What the leaves say together, per target, and whether they say anything: (N,targets)"""
        if x.ndim == 1:
            x = x[None]
        if self.features.size and self.features.max() >= x.shape[1]:
            raise OperatorError(
                f"the trees ask for feature {self.features.max()}, there are {x.shape[1]}"
            )
        leaves = self.leaves(x)
        if aggregate in ("MIN", "MAX"):
            fold: Any = np.minimum if aggregate == "MIN" else np.maximum
            start = np.inf if aggregate == "MIN" else -np.inf
            total = np.full((len(x), self.weights.shape[1]), start, self.weights.dtype)
            for tree in leaves.T:
                total = np.where(self.counts[tree], fold(total, self.weights[tree]), total)
            total = np.where(np.isinf(total), 0, total)
        else:
            total = np.zeros((len(x), self.weights.shape[1]), self.weights.dtype)
            for tree in leaves.T:
                total += self.weights[tree]
            if aggregate == "AVERAGE":
                total /= self.weights.dtype.type(len(self.roots))
        said = np.zeros(total.shape, bool)
        for tree in leaves.T:
            said |= self.counts[tree]
        return total.astype(self.weights.dtype), said


def _forest(attributes: dict[str, Any], kind: str, targets: int, dtype: np.dtype) -> Forest:
    """The older encoding: nodes named by (tree, node), leaf weights in lists beside them."""
    trees, nodes = attributes["nodes_treeids"], attributes["nodes_nodeids"]
    place = {key: i for i, key in enumerate(zip(trees, nodes, strict=True))}
    modes = np.array([_MODES.index(mode) for mode in attributes["nodes_modes"]])

    def children(name: str) -> Array:
        return np.array(
            [
                place.get((tree, child), 0) if mode != _LEAF else 0
                for tree, child, mode in zip(trees, attributes[name], modes, strict=True)
            ]
        )

    first = {tree: i for i, tree in reversed(list(enumerate(trees)))}
    roots = sorted(first.values())
    weights = np.zeros((len(nodes), targets), dtype)
    counts = np.zeros(weights.shape, bool)
    listed = zip(
        attributes[f"{kind}_treeids"], attributes[f"{kind}_nodeids"], attributes[f"{kind}_ids"],
        _either(attributes, f"{kind}_weights"), strict=True,
    )  # fmt: skip
    for tree, node, target, weight in listed:
        weights[place[tree, node], target] += weight
        counts[place[tree, node], target] = True
    missing = attributes["nodes_missing_value_tracks_true"] or [0] * len(nodes)
    return Forest(
        np.array(roots), modes, np.array(attributes["nodes_featureids"]),
        np.asarray(_either(attributes, "nodes_values"), dtype), children("nodes_truenodeids"),
        children("nodes_falsenodeids"), np.array(missing, bool), weights, counts, {},
    )  # fmt: skip


def _either(attributes: dict[str, Any], name: str) -> Any:
    """An attribute that is a list of floats or a tensor."""
    tensor = attributes.get(f"{name}_as_tensor")
    return tensor.ravel() if tensor is not None else attributes[name]


@op("TreeEnsembleRegressor", since=1, domain=ML)
def tree_ensemble_regressor(
    x: Array,
    *,
    aggregate_function: str = "SUM",
    base_values: Sequence[float] | None = None,
    base_values_as_tensor: Array | None = None,
    n_targets: int = 1,
    nodes_falsenodeids: Sequence[int],
    nodes_featureids: Sequence[int],
    nodes_hitrates: Sequence[float] | None = None,
    nodes_hitrates_as_tensor: Array | None = None,
    nodes_missing_value_tracks_true: Sequence[int] | None = None,
    nodes_modes: Sequence[str],
    nodes_nodeids: Sequence[int],
    nodes_treeids: Sequence[int],
    nodes_truenodeids: Sequence[int],
    nodes_values: Sequence[float] | None = None,
    nodes_values_as_tensor: Array | None = None,
    post_transform: str = "NONE",
    target_ids: Sequence[int],
    target_nodeids: Sequence[int],
    target_treeids: Sequence[int],
    target_weights: Sequence[float] | None = None,
    target_weights_as_tensor: Array | None = None,
) -> Array:
    """What a forest predicts: its leaves' weights, summed (or averaged …) per target.

    x (N,F) → (N,n_targets)
    """
    attributes = dict(locals())
    forest = _forest(attributes, "target", n_targets, _precision(x))
    scores, _ = forest.scores(_features(x), aggregate_function)
    base = base_values if base_values_as_tensor is None else base_values_as_tensor
    if base is not None and len(base):
        scores = scores + np.asarray(base, scores.dtype)
    return transformed(scores, post_transform).astype(np.float32)


def _precision(x: Array) -> np.dtype:
    return np.dtype(np.float64 if x.dtype == np.float64 else np.float32)


def _features(x: Array) -> Array:
    return x if x.dtype.kind == "f" else as_float(x)


@op("TreeEnsembleClassifier", since=1, domain=ML)
def tree_ensemble_classifier(
    x: Array,
    *,
    base_values: Sequence[float] | None = None,
    base_values_as_tensor: Array | None = None,
    class_ids: Sequence[int],
    class_nodeids: Sequence[int],
    class_treeids: Sequence[int],
    class_weights: Sequence[float] | None = None,
    class_weights_as_tensor: Array | None = None,
    classlabels_int64s: Sequence[int] | None = None,
    classlabels_strings: Sequence[str] | None = None,
    nodes_falsenodeids: Sequence[int],
    nodes_featureids: Sequence[int],
    nodes_hitrates: Sequence[float] | None = None,
    nodes_hitrates_as_tensor: Array | None = None,
    nodes_missing_value_tracks_true: Sequence[int] | None = None,
    nodes_modes: Sequence[str],
    nodes_nodeids: Sequence[int],
    nodes_treeids: Sequence[int],
    nodes_truenodeids: Sequence[int],
    nodes_values: Sequence[float] | None = None,
    nodes_values_as_tensor: Array | None = None,
    post_transform: str = "NONE",
) -> tuple[Array, Array]:
    """What a forest votes for: its leaves' weights, summed per class; the largest wins.

    x (N,F) → labels (N), scores (N,C). Two classes may share one score: above 0.5 (if all weights
    are positive) or 0 the second class wins.
    """
    attributes = dict(locals())
    labels = labels_of(classlabels_int64s, classlabels_strings)
    forest = _forest(attributes, "class", labels.size, _precision(x))
    scores, _ = forest.scores(_features(x), "SUM")
    base = base_values if base_values_as_tensor is None else base_values_as_tensor
    base = np.zeros(1, scores.dtype) if base is None else np.asarray(base, scores.dtype)
    scores = scores + base
    if labels.size == 2 and len(set(class_ids)) == 1:
        shares = bool((np.asarray(_either(attributes, "class_weights")) >= 0).all())
        winner = (scores[:, class_ids[0]] > (0.5 if shares else 0)).astype(np.int64)
        if class_ids[0] == 0:  # the one score counts for the second class
            both = _of_two(scores[:, :1], shares, post_transform)
        else:
            both = transformed(scores, post_transform)
        return labels[winner], both.astype(np.float32)
    return labels[scores.argmax(axis=1)], transformed(scores, post_transform).astype(np.float32)


def _of_two(score: Array, shares: bool, post_transform: str) -> Array:
    """One score for two classes: a share of 1, or a signed distance from the border."""
    if post_transform == "LOGISTIC":
        return np.concatenate([sigmoid(-score), sigmoid(score)], axis=1)
    return np.concatenate([1 - score if shares else -score, score], axis=1)


@op("TreeEnsemble", since=5, domain=ML)
def tree_ensemble(
    x: Array,
    *,
    aggregate_function: int = 1,
    leaf_targetids: Sequence[int],
    leaf_weights: Array,
    membership_values: Array | None = None,
    n_targets: int = 1,
    nodes_falseleafs: Sequence[int],
    nodes_falsenodeids: Sequence[int],
    nodes_featureids: Sequence[int],
    nodes_hitrates: Array | None = None,
    nodes_missing_value_tracks_true: Sequence[int] | None = None,
    nodes_modes: Array,
    nodes_splits: Array,
    nodes_trueleafs: Sequence[int],
    nodes_truenodeids: Sequence[int],
    post_transform: int = 0,
    tree_roots: Sequence[int],
) -> Array:
    """A forest in its newer encoding: inner nodes and leaves stand in separate lists.

    x (N,F) → (N,n_targets)
    """
    inner, leaves = len(nodes_featureids), len(leaf_targetids)
    modes = np.concatenate([nodes_modes.astype(np.int64), np.full(leaves, _LEAF)])

    def children(ids: Sequence[int], is_leaf: Sequence[int]) -> Array:
        return np.concatenate([np.array(ids) + inner * np.array(is_leaf), np.zeros(leaves, int)])

    weights = np.zeros((inner + leaves, n_targets), leaf_weights.dtype)
    counts = np.zeros(weights.shape, bool)
    places = np.arange(inner, inner + leaves)
    weights[places, list(leaf_targetids)] = leaf_weights
    counts[places, list(leaf_targetids)] = True
    missing = list(nodes_missing_value_tracks_true or [0] * inner) + [0] * leaves
    forest = Forest(
        np.array(tree_roots), modes,
        np.concatenate([np.array(nodes_featureids), np.zeros(leaves, int)]),
        np.concatenate([nodes_splits, np.zeros(leaves, nodes_splits.dtype)]),
        children(nodes_truenodeids, nodes_trueleafs),
        children(nodes_falsenodeids, nodes_falseleafs),
        np.array(missing, bool), weights, counts, _members(modes, membership_values),
    )  # fmt: skip
    names = ("AVERAGE", "SUM", "MIN", "MAX")
    scores, _ = forest.scores(x, names[aggregate_function])
    transforms = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
    return transformed(scores, transforms[post_transform]).astype(x.dtype)


def _members(modes: Array, values: Array | None) -> dict[int, Array]:
    """The sets that nodes test membership of: one list, cut at each NaN."""
    nodes = np.flatnonzero(modes == _MEMBER)
    if values is None or not nodes.size:
        return {}
    sets = np.split(values, np.flatnonzero(np.isnan(values)))
    return {int(n): s[~np.isnan(s)] for n, s in zip(nodes, sets, strict=False)}
