"""Decision trees as a file has them: questions, leaves, and the way of a row between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_SIGNS = {"BRANCH_LEQ": "≤", "BRANCH_LT": "<", "BRANCH_GTE": "≥", "BRANCH_GT": ">",
          "BRANCH_EQ": "=", "BRANCH_NEQ": "≠", "BRANCH_MEMBER": "∈"}  # fmt: skip
_MODES = (*_SIGNS, "LEAF")


@dataclass(frozen=True, slots=True)
class Question:
    """What a tree asks at a node: is this feature so, and where to go with either answer."""

    feature: int
    sign: str
    limit: Any  # a number, or the set that it may be a member of
    yes: Any
    no: Any
    missing_is_yes: bool

    def asked(self, value: Any) -> bool:
        """The answer for a value."""
        if np.isnan(value) and self.missing_is_yes:
            return True
        if self.sign == "∈":
            return bool(np.isin(value, self.limit))
        return bool({
            "≤": value <= self.limit, "<": value < self.limit, "≥": value >= self.limit,
            ">": value > self.limit, "=": value == self.limit, "≠": value != self.limit,
        }[self.sign])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forest:
    """Questions and leaves by their keys; a leaf has what it says of each target that it names."""

    roots: Sequence[Any]
    questions: Mapping[Any, Question]
    leaves: Mapping[Any, Mapping[int, float]]

    def path(self, root: Any, row: np.ndarray) -> tuple[list[tuple[Question, bool]], Any]:
        """The questions on the way from a root, with their answers; and the leaf."""
        way, at = [], root
        while at in self.questions:
            question = self.questions[at]
            answer = question.asked(row[question.feature])
            way.append((question, answer))
            at = question.yes if answer else question.no
        return way, at


def either(given: Mapping[str, Any], name: str) -> Any:
    """An attribute that may be given as a tensor."""
    tensor = given.get(f"{name}_as_tensor")
    return given.get(name) if tensor is None else np.ravel(tensor)


def older(given: Mapping[str, Any], kind: str, dtype: Any) -> Forest:
    """Nodes named by tree and node; what leaves say stands in lists beside them."""
    questions, roots = {}, dict[Any, Any]()
    count = len(given["nodes_treeids"])
    missing = given.get("nodes_missing_value_tracks_true") or [0] * count
    limits = np.asarray(either(given, "nodes_values"), dtype)
    for place in range(count):
        tree = given["nodes_treeids"][place]
        key = tree, given["nodes_nodeids"][place]
        roots.setdefault(tree, key)
        if given["nodes_modes"][place] != "LEAF":
            questions[key] = Question(
                int(given["nodes_featureids"][place]), _SIGNS[given["nodes_modes"][place]],
                limits[place], (tree, given["nodes_truenodeids"][place]),
                (tree, given["nodes_falsenodeids"][place]), bool(missing[place]),
            )  # fmt: skip
    leaves: dict[Any, dict[int, float]] = {}
    for tree, node, target, weight in zip(
        given[f"{kind}_treeids"], given[f"{kind}_nodeids"], given[f"{kind}_ids"],
        either(given, f"{kind}_weights"), strict=True,
    ):  # fmt: skip
        said = leaves.setdefault((tree, node), {})
        said[int(target)] = said.get(int(target), 0.0) + float(np.asarray(weight, dtype))
    return Forest(list(roots.values()), questions, leaves)


def newer(given: Mapping[str, Any]) -> Forest:
    """Inner nodes and leaves in separate lists; sets that nodes ask for are cut at each NaN."""
    modes = [_MODES[int(mode)] for mode in given["nodes_modes"]]
    members: list[np.ndarray] = []
    if given.get("membership_values") is not None:
        values = given["membership_values"]
        cuts = np.split(values, np.flatnonzero(np.isnan(values)) + 1)
        members = [cut[~np.isnan(cut)] for cut in cuts]
    sets = iter(members)
    missing = given.get("nodes_missing_value_tracks_true") or [0] * len(modes)
    questions = {}
    for place, mode in enumerate(modes):
        yes, no = (
            ("leaf" if given[f"nodes_{side}leafs"][place] else "node",
             given[f"nodes_{side}nodeids"][place])
            for side in ("true", "false")
        )  # fmt: skip
        limit: Any = given["nodes_splits"][place]
        questions["node", place] = Question(
            int(given["nodes_featureids"][place]), _SIGNS[mode],
            next(sets, np.zeros(0)) if mode == "BRANCH_MEMBER" else limit, yes, no,
            bool(missing[place]),
        )  # fmt: skip
    leaves: dict[Any, dict[int, float]] = {
        ("leaf", place): {int(target): float(weight)}
        for place, (target, weight) in enumerate(
            zip(given["leaf_targetids"], given["leaf_weights"], strict=True)
        )
    }
    return Forest([("node", int(root)) for root in given["tree_roots"]], questions, leaves)
