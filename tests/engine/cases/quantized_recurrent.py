"""LSTMs with 8-bit weights: directions, lengths, starts, scales for all or for each column."""

import numpy as np

from engine.cases import Case, case, normal, uniform

_T, _N, _I, _H = 5, 2, 4, 3


def _lstm(
    direction: str = "forward",
    kind: str = "int8",
    columns: bool = False,
    lengths: tuple[int, ...] | None = None,
    start: bool = False,
    peepholes: bool = False,
    **more,
) -> Case:
    """Weights of 7 bits, which no processor rounds; zero points only where one holds for all."""
    d = 2 if direction == "bidirectional" else 1
    middle, reach = (0, 60) if kind == "int8" else (125, 100)

    def stored(rows: int, seed: int) -> list:
        low, high = middle - reach, middle + reach
        several = (d, 4 * _H) if columns else (d,)
        shift = 0 if columns else 4
        return [
            uniform(d, rows, 4 * _H, low=low, high=high, dtype=kind, seed=seed),
            uniform(*several, low=0.003, high=0.006, seed=seed),
            uniform(*several, low=middle - shift, high=middle + shift + 1, dtype=kind, seed=seed),
        ]

    w, r = stored(_I, 1), stored(_H, 2)
    return case(
        "DynamicQuantizeLSTM",
        normal(_T, _N, _I),
        w[0],
        r[0],
        normal(d, 8 * _H, seed=3, scale=0.3),
        None if lengths is None else np.array(lengths, np.int32),
        *(normal(d, _N, _H, seed=seed) if start else None for seed in (4, 5)),
        normal(d, 3 * _H, seed=6) if peepholes else None,
        *w[1:],
        *r[1:],
        domain="com.microsoft",
        opset=1,
        outputs=3,
        constants=(1, 2, 3, 7, 8, 9, 10, 11),
        hidden_size=_H,
        direction=direction,
        **more,
    )


CASES = [
    *(
        _lstm(direction, kind, start=start)
        for direction in ("forward", "reverse", "bidirectional")
        for kind in ("int8", "uint8")
        for start in (False, True)
    ),
    _lstm(columns=True),
    _lstm("bidirectional", columns=True, peepholes=True),
    # What stands behind the end of the longest sequence is not seen, not even by the scale
    *(
        _lstm(direction, lengths=lengths)
        for direction in ("forward", "bidirectional")
        for lengths in ((5, 3), (2, 4))
    ),
    _lstm(clip=1.5, input_forget=1),
    _lstm(
        activations=["HardSigmoid", "Relu", "Tanh"],
        activation_alpha=[0.3, 0.0, 0.0],
        activation_beta=[0.4, 0.0, 0.0],
    ),
]
