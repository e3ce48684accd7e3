"""Pictures in another size: each cell gets what it gave to the cells that were mixed from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensorama.engine.contract import Slices, matmul_slices, sliced
from tensorama.engine.ops.resize import Along, Method, older_method, planned, taps_of
from tensorama.explain.gradients.backward import Backward
from tensorama.explain.gradients.rule import Gradients, differentiates

Array = np.ndarray


@differentiates("Resize", "Upsample")
@sliced
def resize(at: Backward) -> Slices[Gradients]:
    """Along each axis the matrix of the taps, turned around."""
    given = at.attributes
    if at.op == "Resize" and at.opset >= 11:
        method = Method(
            given["mode"], given["coordinate_transformation_mode"], given["nearest_mode"],
            given["cubic_coeff_a"], bool(given["exclude_outside"]), bool(given["antialias"]),
        )  # fmt: skip
        policy = given["keep_aspect_ratio_policy"]
        plan = planned(at.x, at.input(1), at.input(2), at.input(3), given["axes"], policy)
    else:
        scales = at.input(1)
        scales = np.array(given["scales"], np.float32) if scales is None else scales
        plan, method = planned(at.x, None, scales, None), older_method(given["mode"])
    return ((yield from _back(at.dy, plan, method)),)


def _back(dy: Array, plan: Sequence[Along], method: Method) -> Slices[Array]:
    crop = method.transformation == "tf_crop_and_resize"
    found = dy
    for along in plan:
        if not crop and along.before == along.after and along.scale == 1:
            continue
        index, weights, beyond = taps_of(method, along)
        matrix = np.zeros((along.after, along.before), dy.dtype)
        np.add.at(matrix, (np.arange(along.after)[:, None], index), weights.astype(dy.dtype))
        if beyond is not None:  # these places were filled with a number
            matrix[beyond] = 0
        turned = np.moveaxis(found, along.axis, -1)
        flat = np.ascontiguousarray(turned).reshape(-1, along.after)
        mixed = yield from matmul_slices(flat, matrix)
        shape = (*turned.shape[:-1], along.before)
        found = np.moveaxis(mixed.reshape(shape), -1, along.axis)
    return found
