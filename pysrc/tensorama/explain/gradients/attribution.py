"""Which cells made a number what it is: six answers, each of which can be checked.

A gradient says what a tiny step would change; gradient × value takes that for the cell's share.
Both look at one place only. Integrated gradients go from nothing to the input and add up on the
way, so that their shares must add up to what the number has changed by: what is missing stands
beside them. SmoothGrad is the mean of gradients around the input. Grad-CAM says where in a layer.
Occlusion needs no gradient: it covers a part and looks at what the number does. `sanity` has how to
test a map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from tensorama.boundary import told
from tensorama.engine import Trace
from tensorama.engine.contract import whole
from tensorama.engine.contract.slices import Parts, part
from tensorama.errors import FeedError
from tensorama.explain.gradients.backward import wide
from tensorama.explain.gradients.question import Attribution, Question
from tensorama.explain.gradients.reverse import Influence
from tensorama.phrases import phrase

Array = np.ndarray
Method = Callable[..., Parts[Attribution]]
CLOSE = 0.01  # of the difference that integrated gradients must account for, what may be missing


@told("Looking for what made this number")
def attribute(
    trace: Trace, tensor: str, index: Sequence[int], method: str = "gradient", **options: Any
) -> Attribution:
    """Which cells made a number of a run what it is, and by how much.

    tensor, index: the cell. method: a name in METHODS; what each takes beside that is told there.
    """
    return whole(attribute_slices(trace, tensor, index, method, **options))


def attribute_slices(
    trace: Trace, tensor: str, index: Sequence[int], method: str = "gradient", **options: Any
) -> Parts[Attribution]:
    """As `attribute`, with pauses."""
    if method not in METHODS:
        raise FeedError(
            phrase(
                'There is no method "{method}"; there are {known}.',
                method=method,
                known=", ".join(METHODS),
            )
        )
    return (yield from METHODS[method](Question.of(trace, tensor, index), **options))


def gradient(ask: Question) -> Parts[Attribution]:
    """What a tiny step of each cell would change, in every layer."""
    found = yield from ask.influence(ask.trace)
    return ask.answered("gradient", found, shares=False, dark=found.dark)


def gradient_times_value(ask: Question) -> Parts[Attribution]:
    """Each cell's value times its gradient, in every layer."""
    found = yield from ask.influence(ask.trace)
    maps = {}
    for name in found:
        maps[name] = found[name] * wide(ask.trace.weight_or_tensor(name))
        yield None
    return ask.answered("gradient_times_value", maps, dark=found.dark)


def integrated_gradients(
    ask: Question,
    at: str | None = None,
    baseline: float | Array = 0.0,
    steps: int = 24,
    most: int = 384,
) -> Parts[Attribution]:
    """The gradient along the straight way from a baseline to the input, times how far it was.

    at: where to attribute, the inputs of floats by default. steps: how many places on the way;
    twice as many as long as more than a hundredth is missing, at most `most`.
    """
    ends = {name: wide(ask.trace[name]) for name in ask.asked(at)}
    starts = {name: filled(end, baseline) for name, end in ends.items()}
    empty = yield from part(ask.run(starts), 0, 0)
    difference = ask.value - ask.answer(empty)
    while True:
        sums = {name: np.zeros_like(end) for name, end in ends.items()}
        for number in range(steps):
            place = (number + 0.5) / steps
            between = {
                n: starts[n] + (ends[n] - starts[n]) * ends[n].dtype.type(place) for n in ends
            }
            found = yield from part(ask.slopes(between), number / steps, 1 / steps)
            _complain_if_dark(found, ends)
            for name in ends:
                sums[name] += found.get(name, 0) / steps
        maps = {name: total * (ends[name] - starts[name]) for name, total in sums.items()}
        gap = difference - sum(float(share.sum(dtype=np.float64)) for share in maps.values())
        if abs(gap) <= CLOSE * abs(difference) or 2 * steps > most:
            break
        steps *= 2
    return ask.answered("integrated_gradients", maps, difference=difference, gap=gap)


def smoothgrad(
    ask: Question, at: str | None = None, samples: int = 24, noise: float = 0.15, seed: int = 0
) -> Parts[Attribution]:
    """The mean of the gradients at inputs with a little noise on them.

    noise: its deviation, as a share of the span of the values.
    """
    ends = {name: wide(ask.trace[name]) for name in ask.asked(at)}
    random = np.random.default_rng(seed)
    sums = {name: np.zeros_like(end) for name, end in ends.items()}
    for number in range(samples):
        around = {
            name: end + (random.standard_normal(end.shape) * noise * np.ptp(end)).astype(end.dtype)
            for name, end in ends.items()
        }
        found = yield from part(ask.slopes(around), number / samples, 1 / samples)
        _complain_if_dark(found, ends)
        for name in ends:
            sums[name] += found.get(name, 0) / samples
    return ask.answered("smoothgrad", sums, shares=False)


def grad_cam(ask: Question, layer: str | None = None) -> Parts[Attribution]:
    """Where in a layer something speaks for the number: its channels, weighed and added up.

    layer: a tensor (N,C,*D), by default the last with places in it; → (N,1,*D). Of (N,T,D) the last
    axis are the channels; → (N,T,1). A channel's weight is its mean gradient; below 0 is cut off.
    """
    found = yield from ask.influence(ask.trace)
    if layer is None:
        places = [n for n in ask.trace if n in found and _places(ask.trace[n]) > 1]
        kept = [name for name in places if name not in ask.trace.feeds and name != ask.tensor]
        if not kept:
            raise FeedError(
                phrase("No layer behind this number has places in it: name one as `layer`.")
            )
        layer = kept[-1]
    _complain_if_dark(found, [layer])
    if layer not in found or found[layer].ndim < 3:
        raise FeedError(
            phrase(
                '"{layer}" has no channels with places that this number depends on.', layer=layer
            )
        )
    value, slope = wide(ask.trace[layer]), found[layer]
    channels, where = (2, (1,)) if value.ndim == 3 else (1, tuple(range(2, value.ndim)))
    weights = slope.mean(axis=where, keepdims=True)
    spoken = np.maximum((weights * value).sum(axis=channels, keepdims=True), 0)
    return ask.answered("grad_cam", {layer: spoken})


def _places(value: Any) -> int:
    """How many places a layer (N,C,*D) has."""
    return int(np.prod(value.shape[2:])) if np.ndim(value) > 3 else 0


def occlusion(
    ask: Question,
    at: str | None = None,
    window: int | Sequence[int] | None = None,
    stride: int | Sequence[int] | None = None,
    baseline: float | Array = 0.0,
) -> Parts[Attribution]:
    """How much the number falls when a part is covered; a cell's share is the mean of its parts.

    Of (N,C,*D) a window slides over *D, else along the axis behind the first. window: a seventh of
    each side, or one cell; stride: half of that.
    """
    maps = {}
    for name in ask.asked(at):
        value = wide(ask.trace[name])
        cover, total = filled(value, baseline), np.zeros(value.shape, np.float64)
        times = np.zeros(value.shape, np.int64)
        covers = [*_covers(value, window, stride)]
        for number, place in enumerate(covers):
            covered = value.copy()
            covered[place] = cover[place]
            other = yield from part(ask.run({name: covered}), number / len(covers), 1 / len(covers))
            total[place] += ask.value - ask.answer(other)
            times[place] += 1
        maps[name] = (total / np.maximum(times, 1)).astype(value.dtype)
    return ask.answered("occlusion", maps)


def _covers(
    value: Array, window: int | Sequence[int] | None, stride: int | Sequence[int] | None
) -> Iterator[tuple[slice, ...]]:
    """What is covered at a time; together all cells."""
    picture = value.ndim > 3
    axes = tuple(range(2, value.ndim)) if picture else (min(1, value.ndim - 1),)
    sides = [value.shape[axis] for axis in axes]
    spans = _each(window, [-(-side // (7 if picture else 64)) for side in sides])
    steps = _each(stride, [max(1, span // 2) for span in spans])
    starts = []
    for side, span, step in zip(sides, spans, steps, strict=True):
        last = max(0, side - span)
        starts.append(sorted({*range(0, last, step), last}))
    for place in product(*starts):
        covered = [slice(None)] * value.ndim
        for axis, first, span in zip(axes, place, spans, strict=True):
            covered[axis] = slice(first, first + span)
        yield tuple(covered)


def _each(given: int | Sequence[int] | None, otherwise: Sequence[int]) -> list[int]:
    """One number for each axis, at least 1."""
    if given is None:
        return [max(1, size) for size in otherwise]
    sizes = [given] * len(otherwise) if isinstance(given, int) else [*given]
    if len(sizes) != len(otherwise) or min(sizes, default=1) < 1:
        raise FeedError(
            phrase(
                "{count} sizes from 1 on were expected, {came} came.",
                count=len(otherwise),
                came=str(given),
            )
        )
    return sizes


def filled(like: Array, baseline: float | Array) -> Array:
    """A baseline in the shape of a tensor."""
    try:
        return np.broadcast_to(np.asarray(baseline, like.dtype), like.shape).copy()
    except ValueError:
        raise FeedError(
            phrase(
                "A baseline of the shape {shape} does not fit {wanted}.",
                shape=str(np.shape(baseline)),
                wanted=str(like.shape),
            )
        ) from None


def _complain_if_dark(found: Influence, names: Sequence[str] | Mapping[str, Any]) -> None:
    """FeedError if a gradient that is needed is behind a node without a rule."""
    for dark in found.dark:
        for name in names:
            if name in dark.tensors:
                raise FeedError(
                    phrase(
                        '{reason} So "{name}" is dark; "occlusion" needs no gradient.',
                        reason=dark.sentence,
                        name=name,
                    )
                )


METHODS: Mapping[str, Method] = {
    method.__name__: method
    for method in (
        gradient, gradient_times_value, integrated_gradients, smoothgrad, grad_cam, occlusion,
    )
}  # fmt: skip
