"""The fuzz command: every mutation can be made again, and what goes wrong is told by its root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper

from tensorama_build.errors import BuildError
from tensorama_build.fuzz import hunt, originals, worker
from tensorama_build.fuzz.originals import Original
from tensorama_build.places import Places

ROOT = Path(__file__).resolve().parents[2]


def relu() -> Original:
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, [2, 3])],
        [helper.make_tensor_value_info("y", 1, [2, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    x = numpy_helper.from_array(np.ones((2, 3), np.float32), "x")
    return Original("relu", model.SerializeToString(), {"x": x})


def test_a_mutation_depends_on_seed_and_number_alone() -> None:
    some = [relu()]
    first = [worker.mutation(some, 7, number) for number in range(40)]
    assert first == [worker.mutation(some, 7, number) for number in range(40)]
    assert first != [worker.mutation(some, 8, number) for number in range(40)]
    assert len({data for _, data in first}) > 20


def caught(monkeypatch: pytest.MonkeyPatch, visit: Any, count: int = 4) -> hunt.Catch:
    """What a hunt comes to whose second mutation meets this."""

    second = worker.mutation([relu()], 1, 1)[1]

    def visit_or_fail(data: bytes) -> str:
        return visit() if data == second else "ran"

    monkeypatch.setattr(worker, "visit", visit_or_fail)
    catch = hunt.Catch()
    for outcome in hunt.hunt([relu()], 1, range(count), patience=0.3):
        catch.add(outcome)
    return catch


def endless() -> str:
    while True:
        pass


def wrong() -> str:
    raise IndexError("out of range")


def test_what_takes_for_ever_is_ended_and_the_hunt_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    catch = caught(monkeypatch, endless)
    assert (catch.mutations, catch.hangs, catch.others) == (4, 1, 0)
    assert [found.first for found in catch.roots.values()] == [1]


def test_a_process_that_dies_is_told_by_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    catch = caught(monkeypatch, os.abort)
    assert (catch.mutations, catch.hangs, catch.others) == (4, 0, 1)
    assert list(catch.roots) == ["SIGABRT in nowhere of ours"]


def test_an_exception_is_told_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    catch = caught(monkeypatch, wrong)
    assert list(catch.roots) == ["IndexError in nowhere of ours"]
    assert str(catch).splitlines()[-1] == (
        "4 mutations: 3 ran, 0 were refused in a sentence, 0 took for ever, 1 went wrong otherwise."
    )


def test_a_folder_without_models_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(originals, "_cases", lambda places: [])
    monkeypatch.setattr(originals, "_suite", list)
    with pytest.raises(BuildError, match="There are no models to change"):
        originals.originals(Places(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_mutated_models_run_or_are_refused_in_a_sentence(seed: int) -> None:
    """A few of what `build.py fuzz` does by the thousand: no hang, no other exception."""
    places = Places(ROOT)
    models = [*originals._files(places), *originals._cases(places)]
    catch = hunt.Catch()
    for outcome in hunt.hunt(models, seed, range(60)):
        catch.add(outcome)
    assert catch.mutations == 60
    assert not catch.roots, str(catch)
    assert 5 < catch.ran < 55
