"""How far things are apart: rows of matrices, and two sequences laid along each other."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from tensorama.engine import contract
from tensorama.engine.contract.limits import complain_of_steps
from tensorama.engine.contract.slices import Pace
from tensorama.engine.ops.quantization import MICROSOFT
from tensorama.engine.registry import op
from tensorama.errors import OperatorError

Array = np.ndarray
_METRICS = ("sqeuclidean", "euclidean")
_diagonals = Pace(1e5)  # per second


@op("CDist", since=1, domain=MICROSOFT)
@contract.sliced
def pairwise_distances(
    a: Array, b: Array, *, metric: str = "sqeuclidean"
) -> contract.Slices[Array]:
    """The distance of every row of a from every row of b, or its square.

    a (M,N), b (K,N) → (M,K).  |a − b|² = |a|² + |b|² − 2·a·b
    """
    if metric not in _METRICS:
        raise OperatorError(f'metric is "{metric}"; it can be {" or ".join(_METRICS)}')
    if a.ndim != 2 or b.ndim != 2:
        raise OperatorError("A and B must be matrices")
    if a.shape[1] != b.shape[1]:
        raise OperatorError(f"A has {a.shape[1]} columns, B has {b.shape[1]}")
    product = yield from contract.matmul_slices(a, b.T)
    square = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * product
    square = np.maximum(square, 0)  # rounding could make it negative
    return np.asarray(np.sqrt(square) if metric == "euclidean" else square, a.dtype)


@op("DynamicTimeWarping", since=1, domain=MICROSOFT)
@contract.sliced
def dynamic_time_warping(x: Array) -> contract.Slices[Array]:
    """The cheapest way through a matrix of costs, from its first cell to its last.

    x (M,N) or (1,M,N) → (2,steps), int32: row and column of each cell on the way. A step goes to
    the next row, the next column, or both. Whisper lays words along seconds so.
    """
    costs = x[0] if x.ndim == 3 and len(x) == 1 else x
    if costs.ndim != 2:
        raise OperatorError("a matrix of costs was expected")
    m, n = costs.shape
    complain_of_steps(m + n)
    best = np.full((m + 1, n + 1), np.inf, costs.dtype)  # of all ways to a cell
    best[0, 0] = 0
    for diagonal in range(2, m + n + 1 if costs.size else 0):
        started = perf_counter()
        i = np.arange(max(1, diagonal - n), min(m, diagonal - 1) + 1)
        j = diagonal - i
        before = np.minimum(np.minimum(best[i - 1, j - 1], best[i - 1, j]), best[i, j - 1])
        best[i, j] = costs[i - 1, j - 1] + before
        if _diagonals.learn(1, perf_counter() - started):
            yield
    return np.array(_way_back(best), np.int32).T.reshape(2, -1)[:, ::-1]


def _way_back(best: Array) -> list[tuple[int, int]]:
    """The cells of the cheapest way, the last first."""
    i, j = (size - 1 for size in best.shape)
    way = []
    while i > 0 and j > 0:
        way.append((i - 1, j - 1))
        both, row, column = best[i - 1, j - 1], best[i - 1, j], best[i, j - 1]
        if both < row and both < column:
            i, j = i - 1, j - 1
        elif row < both and row < column:
            i -= 1
        else:
            j -= 1
    return way
