"""Inputs of wrong sizes: whatever an operator makes of them, it never speaks numpy's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import tensorama as tr
from engine.cases import Case, all_cases
from engine.reference import feeds_of, model_of
from tensorama.engine.sentences import QUOTED
from tensorama.errors import TensoramaError

FIRST = {(case.domain, case.op): case for case in reversed(all_cases())}


def _wrong(x: np.ndarray) -> Iterator[np.ndarray]:
    """An axis less, an axis more, one cell less, none."""
    for axis in range(x.ndim):
        size = x.shape[axis]
        if size:
            yield np.asarray(np.take(x, 0, axis=axis), x.dtype)
            yield np.take(x, [], axis=axis).astype(x.dtype)
        if size > 1:
            yield np.take(x, range(size - 1), axis=axis)
    yield x[None]


@pytest.mark.filterwarnings("ignore:Mean of empty slice")  # it is NaN
@pytest.mark.parametrize("case", FIRST.values(), ids=[case.op for case in FIRST.values()])
def test_a_wrong_size_is_told_in_words(case: Case) -> None:
    told = []
    for place, given in enumerate(case.inputs):
        for wrong in _wrong(given) if isinstance(given, np.ndarray) else ():
            inputs = (*case.inputs[:place], wrong, *case.inputs[place + 1 :])
            other = replace(case, inputs=inputs)
            model = tr.load(model_of(other).SerializeToString())
            try:
                model.run(feeds_of(other))
            except TensoramaError as error:
                told.append(str(error))
    assert not [sentence for sentence in told if QUOTED in sentence]
