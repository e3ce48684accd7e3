"""Chance: normal and uniform noise, and draws from probabilities.

The same model and inputs always give the same noise: a node without a seed uses a fixed one.
Values agree with other runtimes in their distribution only, as the specification has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.engine.contract.pieces import LARGE, parts
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import element_type, to_type, unmarked

Array = np.ndarray


def _generator(seed: float | None) -> np.random.RandomState:
    """A generator for a seed, which ONNX stores as a float32.

    RandomState, because numpy promises that its numbers stay the same in later versions.
    """
    bits = np.float32(0 if seed is None else seed).view(np.uint32)
    return np.random.RandomState(int(bits))


def _drawn(shape: Sequence[int], draw: Callable[[int], Array]) -> Slices[Array]:
    """A tensor of numbers that are drawn one after the other, some at a time."""
    y = np.empty(tuple(shape), draw(0).dtype)
    for part in parts(y):
        part[...] = draw(part.size)
        if y.size >= LARGE:
            yield
    return y


@op("RandomNormal", since=1, own_types=True)
@sliced
def random_normal(
    *,
    dtype: int = 1,
    mean: float = 0.0,
    scale: float = 1.0,
    seed: float | None = None,
    shape: Sequence[int],
) -> Slices[Array]:
    """Noise around a mean, with the standard deviation `scale`."""
    normal = _generator(seed).standard_normal
    return (yield from _drawn(shape, lambda n: to_type(mean + scale * normal(n), dtype)))


@op("RandomNormalLike", since=1, own_types=True)
@sliced
def random_normal_like(
    x: Array,
    *,
    dtype: int | None = None,
    mean: float = 0.0,
    scale: float = 1.0,
    seed: float | None = None,
) -> Slices[Array]:
    """Normal noise in the shape of x."""
    normal, number = _generator(seed).standard_normal, dtype or element_type(x)
    return (yield from _drawn(x.shape, lambda n: to_type(mean + scale * normal(n), number)))


@op("RandomUniform", since=1, own_types=True)
@sliced
def random_uniform(
    *,
    dtype: int = 1,
    high: float = 1.0,
    low: float = 0.0,
    seed: float | None = None,
    shape: Sequence[int],
) -> Slices[Array]:
    """Noise that lies evenly between low and high."""
    even = _generator(seed).random_sample
    return (yield from _drawn(shape, lambda n: to_type(low + (high - low) * even(n), dtype)))


@op("RandomUniformLike", since=1, own_types=True)
@sliced
def random_uniform_like(
    x: Array,
    *,
    dtype: int | None = None,
    high: float = 1.0,
    low: float = 0.0,
    seed: float | None = None,
) -> Slices[Array]:
    """Uniform noise in the shape of x."""
    even, number = _generator(seed).random_sample, dtype or element_type(x)
    return (yield from _drawn(x.shape, lambda n: to_type(low + (high - low) * even(n), number)))


@op("Bernoulli", since=15, own_types=True)
@sliced
def bernoulli(x: Array, *, dtype: int | None = None, seed: float | None = None) -> Slices[Array]:
    """Throw a coin for each value: 1 with the probability that x says."""
    even, number = _generator(seed).random_sample, dtype or element_type(x)
    shares, done = unmarked(x).reshape(-1), 0

    def thrown(n: int) -> Array:
        nonlocal done
        done += n
        return to_type(even(n) < shares[done - n : done], number)

    return (yield from _drawn(x.shape, thrown))


@op("Multinomial", since=7, own_types=True)
def multinomial(
    x: Array, *, dtype: int = 6, sample_size: int = 1, seed: float | None = None
) -> Array:
    """Draw classes by their probabilities. x (N,C) log-probabilities → (N,sample_size)"""
    if x.ndim != 2 or x.shape[1] == 0:
        raise OperatorError("x must have the shape (N,C) with at least one class")
    top = x.max(axis=1, keepdims=True).astype(np.float64)
    shares = np.cumsum(np.exp(x.astype(np.float64) - top), axis=1)
    draws = _generator(seed).random_sample((x.shape[0], sample_size)) * shares[:, -1:]
    classes = (draws[:, :, None] >= shares[:, None, :]).sum(axis=2)
    return to_type(np.minimum(classes, x.shape[1] - 1), dtype)
