"""Tree ensembles: every comparison, missing values, the ways in which leaves add up."""

import numpy as np

from engine.cases import case, normal

ML = "ai.onnx.ml"
X = normal(20, 3, seed=3)
GAPS = X.copy()
GAPS[::4, 1] = np.nan
# two trees:  0 ─ 1 (leaf), 2 ─ 3 (leaf), 4 (leaf)      and      0 ─ 1 (leaf), 2 (leaf)
TREES = {
    "nodes_treeids": [0, 0, 0, 0, 0, 1, 1, 1],
    "nodes_nodeids": [0, 1, 2, 3, 4, 0, 1, 2],
    "nodes_featureids": [0, 0, 1, 0, 0, 2, 0, 0],
    "nodes_values": [0.1, 0.0, -0.3, 0.0, 0.0, 0.5, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 3, 0, 0, 1, 0, 0],
    "nodes_falsenodeids": [2, 0, 4, 0, 0, 2, 0, 0],
}
LEAVES = [(0, 1), (0, 3), (0, 4), (1, 1), (1, 2)]


def modes(kind: str) -> list[str]:
    return [kind, "LEAF", kind, "LEAF", "LEAF", kind, "LEAF", "LEAF"]


def leaves(prefix: str, ids: list[int], weights: list[float]) -> dict[str, list]:
    return {
        f"{prefix}_treeids": [tree for tree, _ in LEAVES],
        f"{prefix}_nodeids": [node for _, node in LEAVES],
        f"{prefix}_ids": ids,
        f"{prefix}_weights": weights,
    }


def regressor(x=X, *, mode="BRANCH_LEQ", ids=(0, 0, 0, 0, 0), opset=3, **rest):
    return case(
        "TreeEnsembleRegressor", x, domain=ML, opset=opset, **TREES, nodes_modes=modes(mode),
        **leaves("target", list(ids), [1.0, 2.0, -3.0, 0.5, 0.25]), **rest,
    )  # fmt: skip


def classifier(x=X, *, ids, weights, opset=3, **rest):
    labels = {} if "classlabels_strings" in rest else {"classlabels_int64s": [10, 20, 30]}
    return case(
        "TreeEnsembleClassifier", x, domain=ML, opset=opset, outputs=2, **TREES,
        nodes_modes=modes("BRANCH_LEQ"), **leaves("class", ids, weights), **(labels | rest),
    )  # fmt: skip


MIXED = [0.2, 0.7, -0.5, 0.4, 0.1]
SHARES = [0.1, 0.3, 0.5, 0.4, 0.2]
TWO = {"classlabels_int64s": [0, 1]}
CASES = [
    *(
        regressor(mode=mode, n_targets=1)
        for mode in ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_NEQ")
    ),
    regressor(mode="BRANCH_EQ", x=np.round(X).astype(np.float32), n_targets=1),
    *(
        regressor(aggregate_function=how, ids=(0, 1, 0, 1, 0), n_targets=2)
        for how in ("SUM", "AVERAGE", "MIN", "MAX")
    ),
    regressor(n_targets=1, base_values=[0.75]),
    regressor(n_targets=2, ids=(0, 1, 0, 1, 0), post_transform="LOGISTIC", opset=1),
    regressor(x=GAPS, n_targets=1),
    regressor(x=GAPS, n_targets=1, nodes_missing_value_tracks_true=[1, 0, 1, 0, 0, 1, 0, 0]),
    *(
        classifier(ids=[0, 1, 2, 1, 0], weights=MIXED, post_transform=t)
        for t in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO")
    ),
    classifier(ids=[0, 1, 2, 1, 0], weights=SHARES, base_values=[0.1, 0.2, 0.3]),
    classifier(ids=[0, 1, 2, 1, 0], weights=SHARES, classlabels_strings=["a", "b", "c"], opset=1),
    *(
        classifier(ids=ids, weights=weights, post_transform=t, **TWO)
        for ids in ([1] * 5, [0] * 5)
        for weights in (MIXED, SHARES)
        for t in ("NONE", "LOGISTIC")
    ),
    # of two classes with a score each onnxruntime picks the second whenever its score is above 0,
    # even if the first one's is larger; the standard lets the larger win, so labels stay out here
    classifier(ids=[0, 1, 0, 1, 1], weights=[0.0, 0.3, -0.5, 0.4, 0.2], **TWO),
    classifier(
        ids=[0, 1, 0, 1, 1], weights=[0.0, 0.3, -0.5, 0.4, 0.2], post_transform="SOFTMAX", **TWO
    ),
]
