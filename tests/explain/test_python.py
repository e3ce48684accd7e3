"""Lines of plain numpy, executed where there is nothing else, give the recorded number."""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.reference import feeds_of, model_of
from engine.test_exports import EXPORTS, feeds_for
from explain.cells import some_cells
from tensorama.app.inspect.files import of_run
from tensorama.errors import UnsupportedError
from tensorama.explain import lines as lines_of
from tensorama.explain.declare import declared
from tensorama.explain.python import as_python, in_numpy
from tensorama.inputs import input_kind, rasterize, sample_digit

LENET = Path(__file__).parents[2] / "models" / "lenet" / "lenet.onnx"
_written: dict[str, int] = defaultdict(int)  # cells of each operator that numpy computed again
# look-ups, places, paths through trees, answers that are no arithmetic
WITHOUT = {
    "BitCast", "CategoryMapper", "DynamicTimeWarping", "LabelEncoder", "MurmurHash3",
    "NonMaxSuppression", "RegexFullMatch", "StringSplit", "TfIdfVectorizer",
    "TreeEnsembleClassifier", "TreeEnsembleRegressor",
}  # fmt: skip
CASES = [case for case in all_cases() if (case.domain, case.op) in declared()]


def computed(lines: str, run: dict[str, Any] | None = None) -> Any:
    """What y is after the lines, in a place where only numpy is known."""
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(np, "load", lambda file: run)
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(lines, names)
    return names["y"]


def same(trace: tr.Trace, tensor: str, index: tuple[int, ...], rtol: float = 1e-4) -> bool:
    """Whether numpy has words for a cell; AssertionError where they give another number."""
    try:
        lines = in_numpy(trace, tensor, index)
    except UnsupportedError:
        return False
    assert "tensorama" not in lines.partition("\n")[2]
    value, every = computed(lines, of_run(trace)), {**trace.inner, **trace}
    np.testing.assert_allclose(value, every[tensor][index], rtol, 1e-5)
    return True


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_numpy_computes_a_cell_of_an_operator_again(case: Case) -> None:
    trace = tr.load(model_of(case).SerializeToString()).run(feeds_of(case))
    for name in filter(None, trace.steps[-1].node.outputs):
        for index in some_cells(trace[name], 2, seed=3):
            if np.asarray(trace[name]).dtype.kind in "biufc":
                _written[case.op] += same(trace, name, index, max(1e-3, case.rtol))


def test_numpy_has_words_for_all_operators_but_these() -> None:
    if len(_written) > 250:  # all ran here
        assert {op for op, cells in _written.items() if not cells} == WITHOUT


def _of_lenet() -> tr.Trace:
    model = tr.load(LENET)
    kind = input_kind(model)
    assert kind
    return model.run({kind.tensor: rasterize(sample_digit(7), kind)})


@pytest.mark.parametrize("name", ["lenet", "gpt", "bert", "lstm", "gru", "residual", "unet"])
def test_numpy_computes_numbers_of_whole_networks_again(name: str) -> None:
    if name == "lenet":
        trace = _of_lenet()
    else:
        model = tr.load(EXPORTS / f"{name}.onnx")
        trace = model.run(feeds_for(model))
    tried = [(t, i) for t in trace for i in some_cells(trace[t], 3)]
    floats = [(t, i) for t, i in tried if trace[t].dtype.kind == "f"]
    written = {f"{tensor}{index}": same(trace, tensor, index) for tensor, index in floats}
    assert all(written.values()), [cell for cell, there in written.items() if not there]


def test_the_lines_say_which_cells_they_start_from_and_what_each_stage_is() -> None:
    lines = in_numpy(_of_lenet(), "relu1", (0, 3, 10, 12)).splitlines()
    assert lines[1] == "import numpy as np"
    assert lines[3].startswith("window = np.array([[[")
    assert lines[3].endswith("# input[0, 0, 8:13, 10:15]")
    assert lines[4].endswith("# conv1.weight[3, 0, 0:5, 0:5]")
    assert lines[5] == "sum_ = (window * kernel).sum()"
    assert lines[6].startswith("bias = ")
    assert lines[6].endswith("# conv1.bias[3]")
    assert lines[7:] == ["t1 = sum_ + bias  # + bias", "y = max(t1, 0)", "print(y)"]


def test_many_operands_are_read_from_the_saved_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_of, "_LITERAL", 20)
    model = tr.load(EXPORTS / "residual.onnx")
    trace = model.run(feeds_for(model))
    run, found = of_run(trace), 0
    for tensor in (name for name in trace if trace[name].dtype.kind == "f"):
        for index in some_cells(trace[tensor], 2):
            lines = in_numpy(trace, tensor, index, "residual.npz")
            found += "np.load('residual.npz')" in lines
            np.testing.assert_allclose(computed(lines, run), trace[tensor][index], 1e-4, 1e-5)
    assert found > 20


def test_both_ways_run_where_the_files_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = _of_lenet()
    (tmp_path / "lenet.onnx").write_bytes(LENET.read_bytes())
    arrays = of_run(trace)
    np.savez(tmp_path / "LeNet-5.npz", **arrays)
    monkeypatch.chdir(tmp_path)
    exec(as_python(trace, "logits", (0, 7), "lenet.onnx", "LeNet-5.npz"), {})
    value, recorded, again = map(float, capsys.readouterr().out.split())
    assert recorded == float(str(trace["logits"][0, 7]))
    assert value == pytest.approx(recorded, rel=1e-5) == again
