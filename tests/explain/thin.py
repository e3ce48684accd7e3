"""Cases of operators of which the engine's tests have few or none, as `engine.cases` has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.cases import Case, case, normal, uniform

MICROSOFT = "com.microsoft"


def whole(*shape: int, seed: int = 0, kind: str = "uint8") -> np.ndarray:
    """Stored integers."""
    return uniform(*shape, low=0, high=120, dtype=kind, seed=seed)


def _number(value: float, kind: str = "float32") -> np.ndarray:
    return np.array(value, kind)


def _transposed(**more: object) -> Case:
    return case(
        "QLinearConvTranspose",
        whole(2, 4, 5, 6), _number(0.05), _number(60, "uint8"),
        whole(4, 3, 3, 3, seed=1), _number(0.04), _number(58, "uint8"),
        _number(1.5), _number(90, "uint8"), uniform(6, low=-90, high=90, dtype="int32"),
        opset=1, domain=MICROSOFT, group=2, **more,
    )  # fmt: skip


def _shares(opset: int) -> Case:
    """QLinearSoftmax names an opset in an attribute."""
    made = case(
        "QLinearSoftmax", whole(3, 5, 2), _number(0.1), _number(60, "uint8"), _number(1 / 256),
        _number(0, "uint8"), domain=MICROSOFT, opset=1,
    )  # fmt: skip
    return replace(made, attributes={"axis": 1, "opset": opset})


_ROWS = normal(6, 3, seed=5)
_MACHINE: dict[str, object] = {
    "domain": "ai.onnx.ml", "opset": 1, "kernel_params": [0.4, 0.3, 3.0],
    "support_vectors": normal(5, 3, seed=6).reshape(-1).tolist(), "rho": [0.1, -0.2, 0.3],
}  # fmt: skip
_OF_THREE = {
    **_MACHINE, "vectors_per_class": [2, 1, 2], "classlabels_ints": [4, 7, 9],
    "coefficients": normal(10, seed=7).tolist(),
}  # fmt: skip


def _machines() -> list[Case]:
    """Support vector machines of every kernel, with and without probabilities."""
    made = []
    for kernel in ("LINEAR", "RBF", "POLY", "SIGMOID"):
        more = {"kernel_type": kernel}
        made += [
            case("SVMRegressor", _ROWS, n_supports=5, coefficients=normal(5, seed=8).tolist(),
                 **_MACHINE, **more),
            case("SVMClassifier", _ROWS, outputs=2, **_OF_THREE, **more),
            case("SVMClassifier", _ROWS, outputs=2, prob_a=[-1.0, -0.5, -2.0],
                 prob_b=[0.1, 0.2, -0.1], post_transform="SOFTMAX", **_OF_THREE, **more),
        ]  # fmt: skip
    one = {**_MACHINE, "rho": [0.2], "n_supports": 5, "one_class": 1, "kernel_type": "RBF"}
    straight = {"domain": "ai.onnx.ml", "opset": 1, "rho": [0.3]}
    return [
        *made,
        case("SVMRegressor", _ROWS, coefficients=normal(5, seed=8).tolist(), **one),
        case("SVMClassifier", _ROWS, outputs=2, classlabels_strings=["a", "b", "c"],
             coefficients=normal(9, seed=8).tolist(), post_transform="LOGISTIC", **straight),
    ]  # fmt: skip


def _grove(**more: object) -> Case:
    """TreeEnsemble: two trees, one asks whether a value is a member of a set."""
    given: dict[str, object] = {
        "n_targets": 2, "aggregate_function": 1, "tree_roots": [0, 2],
        "nodes_featureids": [0, 1, 2], "nodes_modes": np.array([0, 3, 6], np.uint8),
        "nodes_splits": np.array([0.1, -0.3, 0], np.float32),
        "nodes_truenodeids": [1, 0, 3], "nodes_trueleafs": [0, 1, 1],
        "nodes_falsenodeids": [1, 2, 0], "nodes_falseleafs": [1, 1, 1],
        "leaf_targetids": [0, 1, 0, 1],
        "leaf_weights": np.array([1.5, -2, 0.25, 3], np.float32),
        "membership_values": np.array([1, 2, np.nan], np.float32),
    }  # fmt: skip
    x = np.array([[0, 0, 1], [0.05, -1, 5], [4, 1, 2], [np.nan, 0, 3]], np.float32)
    return case("TreeEnsemble", x, domain="ai.onnx.ml", opset=5, **{**given, **more})


_CHANCES = np.array([[0.1, 0.9], [1.0, 0.0]], np.float32)

_LINEAR = {"q_num_heads": 4, "kv_num_heads": 2, "opset": 27, "outputs": 2}
_QKV = (normal(2, 5, 12), normal(2, 5, 6, seed=1, scale=0.5), normal(2, 5, 8, seed=2))

CASES = [
    case("TensorScatter", normal(2, 4, 3), normal(2, 2, 3, seed=1), np.array([1, 0]), opset=24,
         axis=1),
    case("TensorScatter", normal(2, 4, 3), normal(2, 2, 3, seed=1), np.array([3, 2]), opset=24,
         axis=1, mode="circular"),
    case("LinearAttention", *_QKV, update_rule="linear", **_LINEAR),
    case("LinearAttention", *_QKV, normal(2, 2, 3, 4, seed=3), -abs(normal(2, 5, 6, seed=4)),
         uniform(2, 5, 2, low=0, high=1, dtype="float32", seed=5), scale=0.3, **_LINEAR),
    case("CausalConvWithState", normal(2, 3, 6), normal(3, 1, 4, seed=1), normal(3, seed=2),
         normal(2, 3, 3, seed=3), opset=27, outputs=2, activation="silu"),
    case("CausalConvWithState", normal(2, 3, 2), normal(3, 1, 4, seed=1), opset=27, outputs=2),
    case("RandomNormal", shape=[2, 3], seed=4.0, mean=2.0, scale=3.0, opset=1),
    case("RandomNormalLike", _CHANCES, opset=1),
    case("RandomUniform", shape=[2, 3], low=-1.0, opset=1),
    case("RandomUniformLike", _CHANCES, seed=1.0, opset=1),
    case("Bernoulli", _CHANCES, seed=2.0, opset=15),
    case("Multinomial", np.log(_CHANCES + 0.1), sample_size=4, opset=7),
    *_machines(),
    _grove(),
    _grove(aggregate_function=0, post_transform=1),
    _grove(aggregate_function=2),
    _grove(aggregate_function=3),
    case("QuantizeLinear", np.array([0.5, 1.5, 2.5, -0.5, 300], np.float32), _number(1), opset=13),
    *(_shares(opset) for opset in (9, 13)),
    case("QLinearWhere", np.array([[True, False]]), whole(3, 2), _number(0.1), _number(60, "uint8"),
         whole(3, 1, seed=1), _number(0.2), _number(50, "uint8"), _number(0.15),
         _number(70, "uint8"), domain=MICROSOFT, opset=1),
    _transposed(pads=[1, 0, 1, 2], strides=[2, 1], dilations=[1, 2]),
    _transposed(strides=[2, 3], auto_pad="SAME_UPPER"),
    _transposed(strides=[2, 3], output_padding=[1, 2]),
    case("QLinearAveragePool", whole(1, 5, 5, 2), _number(0.1), _number(60, "uint8"), _number(0.1),
         _number(3, "uint8"), domain=MICROSOFT, opset=1, channels_last=1, kernel_shape=[3, 3],
         strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1),
    case("GRU", normal(6, 2, 3), normal(1, 12, 3, seed=1), normal(1, 12, 4, seed=2), None,
         np.array([6, 4], np.int32), outputs=[False, True], opset=14),
    case("RNN", normal(6, 2, 3), normal(1, 4, 3, seed=1), normal(1, 4, 4, seed=2), None,
         np.array([6, 0], np.int32), outputs=[False, True], opset=14, direction="reverse"),
]  # fmt: skip
