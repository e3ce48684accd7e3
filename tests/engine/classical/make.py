"""Make the scikit-learn fixtures: `pip install scikit-learn skl2onnx`, then run this file.

Small models of every common kind, trained on seeded data, as skl2onnx exports them. Running the
tests needs neither.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn import (
    cluster,
    decomposition,
    discriminant_analysis,
    ensemble,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)  # fmt: skip
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 4)).astype(np.float32)
TWO = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
THREE = (X @ RANDOM.standard_normal((4, 3))).argmax(axis=1)
WORDS = np.array(["cat", "dog", "owl"])[THREE]
REAL = X @ RANDOM.standard_normal(4) + np.square(X[:, 0])
GAPS = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X).astype(np.float32)
SEED = {"random_state": 0}

MODELS = {
    "logistic_two": (linear_model.LogisticRegression(), X, TWO),
    "logistic_words": (linear_model.LogisticRegression(), X, WORDS),
    "ridge": (linear_model.Ridge(), X, REAL),
    "sgd": (linear_model.SGDClassifier(**SEED), X, THREE),
    "tree": (tree.DecisionTreeClassifier(max_depth=4, **SEED), X, THREE),
    "tree_two": (tree.DecisionTreeClassifier(max_depth=4, **SEED), X, TWO),
    "tree_regressor": (tree.DecisionTreeRegressor(max_depth=4, **SEED), X, REAL),
    "forest": (ensemble.RandomForestClassifier(8, max_depth=4, **SEED), X, WORDS),
    "forest_two": (ensemble.RandomForestClassifier(8, max_depth=4, **SEED), X, TWO),
    "forest_regressor": (ensemble.RandomForestRegressor(8, max_depth=4, **SEED), X, REAL),
    "boosting": (ensemble.GradientBoostingClassifier(n_estimators=8, **SEED), X, THREE),
    "boosting_two": (ensemble.GradientBoostingClassifier(n_estimators=8, **SEED), X, TWO),
    "boosting_regressor": (ensemble.GradientBoostingRegressor(n_estimators=8, **SEED), X, REAL),
    "adaboost": (ensemble.AdaBoostClassifier(n_estimators=5, **SEED), X, THREE),
    "isolation": (ensemble.IsolationForest(n_estimators=8, **SEED), X, None),
    "voting": (
        ensemble.VotingClassifier(
            [("a", linear_model.LogisticRegression()), ("b", naive_bayes.GaussianNB())],
            voting="soft",
            flatten_transform=False,
        ),
        X,
        THREE,
    ),
    "bayes": (naive_bayes.GaussianNB(), X, THREE),
    "discriminant": (discriminant_analysis.LinearDiscriminantAnalysis(), X, THREE),
    "neighbours": (neighbors.KNeighborsClassifier(3), X, THREE),
    "neighbours_regressor": (neighbors.KNeighborsRegressor(3), X, REAL),
    "kmeans": (cluster.KMeans(3, n_init=2, **SEED), X, None),
    "pca": (decomposition.PCA(2), X, None),
    "mlp": (neural_network.MLPClassifier(hidden_layer_sizes=(6, 5), max_iter=50, **SEED), X, THREE),
    "mlp_regressor": (
        neural_network.MLPRegressor(hidden_layer_sizes=(6,), max_iter=50, **SEED),
        X,
        REAL,
    ),
    "process": (gaussian_process.GaussianProcessRegressor(), X[:20], REAL[:20]),
    "svc": (svm.SVC(), X, THREE),
    "svc_two": (svm.SVC(kernel="linear"), X, TWO),
    "svc_probability": (svm.SVC(probability=True, **SEED), X, THREE),
    "svc_probability_two": (svm.SVC(kernel="poly", probability=True, **SEED), X, TWO),
    "svr": (svm.SVR(), X, REAL),
    "outliers": (svm.OneClassSVM(), X, None),
    "linear_svc": (svm.LinearSVC(**SEED), X, THREE),
    "scaled": (
        pipeline.make_pipeline(
            impute.SimpleImputer(),
            preprocessing.StandardScaler(),
            preprocessing.PolynomialFeatures(2),
            feature_selection.SelectKBest(k=6),
            linear_model.LogisticRegression(),
        ),
        GAPS,
        THREE,
    ),
    "bounded": (
        pipeline.make_pipeline(
            preprocessing.MinMaxScaler(),
            preprocessing.Normalizer("l1"),
            preprocessing.KBinsDiscretizer(4, encode="onehot-dense"),
            linear_model.LogisticRegression(),
        ),
        X,
        TWO,
    ),
}
TEXTS = np.array([
    "the cat sat", "a dog barked loud", "dogs and cats", "stocks fell", "the market rose 5 %",
    "Shares and bonds, sold!",
])  # fmt: skip
TOPICS = np.array(["pet", "pet", "pet", "money", "money", "money"])
WORDS_COUNTED = {
    "text_weighed": TfidfVectorizer(ngram_range=(1, 2)),
    "text_counted": CountVectorizer(token_pattern="[a-z]+", stop_words=["the", "a"]),
    "text_letters": TfidfVectorizer(analyzer="char", ngram_range=(1, 2)),
}


def _of_texts(vectorizer: CountVectorizer) -> onnx.ModelProto:
    """A model that tells what a text is about; its words are lowered as everywhere, not as in the
    language of a computer that may lack it."""
    model = pipeline.make_pipeline(vectorizer, linear_model.LogisticRegression())
    model.fit(TEXTS, TOPICS)
    texts = [("X", StringTensorType([None]))]
    proto = convert_sklearn(model, initial_types=texts, target_opset={"": 21, "ai.onnx.ml": 3})
    for node in proto.graph.node:
        if node.op_type == "StringNormalizer":
            node.attribute.append(onnx.helper.make_attribute("locale", "C"))
    return proto


def main() -> None:
    for name, (model, x, y) in MODELS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x) if y is None else model.fit(x, y)
            proto = to_onnx(model, x[:1], target_opset={"": 21, "ai.onnx.ml": 3})
        (HERE / f"{name}.onnx").write_bytes(proto.SerializeToString())
    for name, vectorizer in WORDS_COUNTED.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (HERE / f"{name}.onnx").write_bytes(_of_texts(vectorizer).SerializeToString())
    near = neighbors.KNeighborsClassifier(3).fit(X, THREE)
    proto = to_onnx(
        near, X[:1], target_opset={"": 21, "ai.onnx.ml": 3}, options={id(near): {"optim": "cdist"}}
    )
    (HERE / "neighbours_at_once.onnx").write_bytes(proto.SerializeToString())


if __name__ == "__main__":
    main()
