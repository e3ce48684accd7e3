"""How a number falls as more and more is deleted: a small plot, and what it says. No page."""

from __future__ import annotations

import numpy as np

from tensorama.explain.gradients import Deletion
from tensorama.phrases import Phrase, phrase

_WIDE, _HIGH = 220.0, 92.0  # of the plot, in its own units
_NEVER = 1.0  # what was deleted when all was


def plot(fall: Deletion) -> str:
    """The curves as SVG: at random, and by the map."""
    curves = [*fall.random, fall.answers]
    low = float(min(np.min(curve) for curve in curves))
    high = float(max(np.max(curve) for curve in curves))
    lines = [
        f'<polyline class="{"tr-dep-chance" if number < len(fall.random) else "tr-dep-own"}" '
        f'points="{_points(fall.deleted, curve, low, high)}"/>'
        for number, curve in enumerate(curves)
    ]
    zero = _HIGH - (0 - low) / ((high - low) or 1.0) * _HIGH
    axis = f'<path class="tr-dep-axis" d="M0 {zero:.1f}H{_WIDE:g}"/>' if low < 0 < high else ""
    return (
        f'<svg viewBox="-2 -3 {_WIDE + 4:g} {_HIGH + 6:g}" preserveAspectRatio="none" '
        f'aria-hidden="true">{axis}{"".join(lines)}</svg>'
    )


def _points(deleted: np.ndarray, curve: np.ndarray, low: float, high: float) -> str:
    return " ".join(
        f"{x * _WIDE:.1f},{_HIGH - (y - low) / ((high - low) or 1.0) * _HIGH:.1f}"
        for x, y in zip(deleted.tolist(), curve.tolist(), strict=True)
    )


def told(fall: Deletion) -> Phrase:
    """What the curves say."""
    by_map, by_chance = half_gone(fall.deleted, fall.answers), chance(fall)
    if fall.advantage <= 0:
        return phrase(
            "Deleting what this map calls important lets the number fall no faster than deleting "
            "at random: do not trust it here."
        )
    if by_map >= by_chance:
        return phrase(
            "Deleting what this map calls important lets the number fall faster than at random on "
            "the way, but half of it is not gone sooner."
        )
    return phrase(
        "Half of the number is gone with the {part:.0%} of the cells that this map calls most "
        "important; at random it takes {chance:.0%}.", part=by_map, chance=by_chance,
    )  # fmt: skip


def chance(fall: Deletion) -> float:
    """What share has to be deleted at random for half of the number to go, in the mean."""
    return float(np.mean([half_gone(fall.deleted, curve) for curve in fall.random]))


def half_gone(deleted: np.ndarray, answers: np.ndarray) -> float:
    """Which share is deleted when the number is first half way to what it is without anything."""
    half = (answers[0] + answers[-1]) / 2
    below = answers <= half if answers[0] >= answers[-1] else answers >= half
    return float(deleted[below.argmax()]) if below.any() else _NEVER
