"""Operator cases with one size made wrong: the page must say, or compute, what numpy does.

    PYTHONPATH=pysrc:tests python tests/engine/wrong.py

goes through all of them, some 50,000, in minutes; the tests through a sample.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

import tensorama as tr
from engine.bundle import Writer, difference
from engine.cases import Case, all_cases
from engine.kernel_host import host
from engine.reference import feeds_of, model_of
from tensorama.engine import kernel
from tensorama.errors import TensoramaError


def wrong_cases() -> Iterator[tuple[str, Case]]:
    """Each case with each axis of each input longer, shorter, empty, doubled or dropped."""
    for case in all_cases():
        for place, array in enumerate(case.inputs):
            if isinstance(array, np.ndarray):
                for how, wrong in _wrongs(array):
                    inputs = [*case.inputs[:place], wrong, *case.inputs[place + 1 :]]
                    name = f"{case.name}: input {place} {how}"
                    yield name, replace(case, inputs=tuple(inputs))


def _wrongs(array: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for axis, size in enumerate(array.shape):
        picks: dict[str, Sequence[int]] = {
            "longer": [*range(size), 0], "shorter": range(size - 1), "doubled": [*range(size)] * 2,
            "empty": [],
        }  # fmt: skip
        for how, pick in picks.items() if size else ():
            indices = np.array(pick, np.intp)
            yield f"{how} in axis {axis}", np.take(array, indices, axis)
        if size:
            dropped = np.asarray(np.take(array, 0, axis), array.dtype)
            yield f"without axis {axis}", dropped


def outcome(model: tr.Model, feeds: Any, player: kernel.Kernel | None) -> list[Any] | str:
    """The outputs, or the sentence."""
    with kernel.using(player), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's about means of nothing
        try:
            return list(model.run(feeds).outputs.values())
        except TensoramaError as error:
            return str(error)


def write_wrong(every: int) -> bytes:
    """A part of them as a bundle, with what numpy says or computes."""
    writer = Writer()
    for name, case in islice(wrong_cases(), 0, None, every):
        data, feeds = model_of(case).SerializeToString(), feeds_of(case)
        expected = outcome(tr.load(data), feeds, None)
        writer.add(name, data, feeds, expected, max(case.rtol, 1e-4), max(case.atol, 1e-5))
    return writer.bytes()


def disagreement(case: Case) -> str:
    """How the kernel and numpy differ in what they say or compute; "" if they do not."""
    model, feeds = tr.load(model_of(case).SerializeToString()), feeds_of(case)
    by_numpy, by_kernel = (outcome(model, feeds, k) for k in (None, host(False)))
    if isinstance(by_numpy, str) or isinstance(by_kernel, str):
        same = by_numpy == by_kernel if type(by_numpy) is type(by_kernel) else False
        return "" if same else f"numpy: {by_numpy}; kernel: {by_kernel}"
    differences = (
        difference(came, wanted, max(case.rtol, 1e-4), max(case.atol, 1e-5))
        for came, wanted in zip(by_kernel, by_numpy, strict=True)
    )
    return next(filter(None, differences), "")


if __name__ == "__main__":
    count = 0
    for name, case in wrong_cases():
        count += 1
        fault = disagreement(case)
        if fault:
            print(name, fault[:400])
    print(f"{count} cases")
