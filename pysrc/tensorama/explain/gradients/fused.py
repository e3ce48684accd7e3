"""Several layers in one node, as optimizers write them: through the activation, then the layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import Slices, sliced
from tensorama.errors import UnsupportedError
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.convolutions import through_conv
from tensorama.explain.gradients.products import turned_back
from tensorama.explain.gradients.recurrences import slope_of
from tensorama.explain.gradients.rule import Gradients, differentiates
from tensorama.phrases import phrase

Array = np.ndarray


@differentiates("FusedConv", domain="com.microsoft")
@sliced
def fused_conv(at: Backward) -> Slices[Gradients]:
    """Through the activation to what was added, and through the convolution."""
    dy = _before(at, at.attributes["activation_params"])
    gradients = yield from through_conv(at, dy)
    return [*gradients, dy if at.wants(3) else None]


@differentiates("FusedGemm", domain="com.microsoft")
@sliced
def fused_gemm(at: Backward) -> Slices[Gradients]:
    """Through the activation, then as a product."""
    given = at.attributes
    named = (given["activation_alpha"], given["activation_beta"])
    return (yield from turned_back(at, _before(at, [p for p in named if p is not None])))


def _before(at: Backward, parameters: Sequence[float]) -> Array:
    """The gradient of what went into the activation, by what came out of it."""
    name = str(at.attributes["activation"]).lower()
    if not name:
        return at.dy
    if name == "clip":
        low, high = parameters or (-np.inf, np.inf)
        return at.dy * ((at.y > low) & (at.y < high))
    slope = slope_of(name, parameters)
    if slope is None:
        raise UnsupportedError(
            phrase(
                'How "{name}" in {node} changes is not known here.',
                name=name,
                node=at.call.node.label,
            )
        )
    return at.dy * slope(at.y)
