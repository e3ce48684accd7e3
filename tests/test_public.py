"""What `import tensorama` gives, and what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import tensorama as tr

ROOT = Path(__file__).parents[1]
BROWSER = ("js", "pyodide", "pyodide_js", "pyscript", "_pyodide")


def imported_with(*modules: str) -> set[str]:
    """The modules that a fresh Python has loaded after importing these."""
    code = f"import sys, json, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "pysrc")},
    )
    return set(json.loads(done.stdout))


def test_all_equals_the_public_names() -> None:
    public = {
        name
        for name, value in vars(tr).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and value.__module__.startswith("tensorama")
    }
    assert set(tr.__all__) == public
    assert len(set(tr.__all__)) == len(tr.__all__)


def test_every_error_is_public() -> None:
    found, open_ = set(), [tr.TensoramaError]
    while open_:
        error = open_.pop()
        found.add(error.__name__)
        open_ += [e for e in error.__subclasses__() if e.__module__.startswith("tensorama.")]
    assert found == {name for name in tr.__all__ if name.endswith("Error")}


def test_what_is_public_is_documented() -> None:
    assert all(getattr(tr, name).__doc__ for name in tr.__all__)


@pytest.mark.parametrize("name", ["show", "fetch"])
def test_what_needs_a_page_says_so_outside_of_one(name: str) -> None:
    with pytest.raises(tr.TensoramaError) as caught:
        getattr(tr, name)
    assert str(caught.value) == (
        f"tensorama.{name} works in a web page only; here use load() and run()."
    )


@pytest.mark.parametrize("name", ["attribute", "influence"])
def test_what_explains_is_imported_when_it_is_asked_for(name: str) -> None:
    assert not {m for m in imported_with("tensorama") if m.startswith("tensorama.explain.grad")}
    assert getattr(tr, name).__doc__


def test_a_name_that_does_not_exist_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"^module 'tensorama' has no attribute 'shwo'$"):
        _ = tr.shwo
    assert not hasattr(tr, "anything")


def test_the_version_is_that_of_the_project() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{tr.__version__}"\n' in text


def test_importing_touches_no_browser_module() -> None:
    rooms = [f"tensorama.{room}" for room in ("layers", "scene", "inputs", "outputs")]
    loaded = imported_with("tensorama", *rooms)
    assert not loaded.intersection(BROWSER)
    assert not [name for name in loaded if name.startswith(("tensorama.view", "tensorama.app"))]


def test_importing_needs_no_more_than_numpy() -> None:
    packages = {name.split(".")[0] for name in imported_with("tensorama")}
    assert {"numpy", "tensorama"} <= packages
    others = {"google", "onnx", "onnxruntime", "playwright", "pytest", "torch"}
    assert not packages.intersection(others)


def test_what_explains_is_brought_when_it_is_first_asked_for() -> None:
    code = """
import sys, numpy as np, tensorama as tr
assert not [name for name in sys.modules if name.startswith("tensorama.explain")]
model = tr.load("models/lenet/lenet.onnx")
trace = model.run({"input": np.ones((1, 1, 28, 28), np.float32)})
made = tr.explain(trace, "conv1", (0, 3, 10, 12))
assert abs(made.value - made.recorded) < 1e-5
assert tr.receptive(trace, "conv1", (0, 3, 10, 12))["input"].sum() == 25
assert tr.why(trace, "conv1", (0, 3, 10, 12)).hops[-1].source.tensor == "input"
assert tr.explain(trace, "conv1", (0, 3, 10, 12)).sentence == made.sentence
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "pysrc")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=ROOT
    )
    assert not done.returncode, done.stderr
