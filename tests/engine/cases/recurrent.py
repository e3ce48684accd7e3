"""RNN, GRU and LSTM: directions, lengths, starts, clipping, activations."""

import numpy as np

from engine.cases import case, normal

_T, _N, _I, _H = 5, 3, 4, 6
_GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
_DIRECTIONS = {"forward": 1, "reverse": 1, "bidirectional": 2}
_LENGTHS = np.array([5, 2, 3], dtype=np.int32)


def _inputs(op: str, d: int, lengths: bool, start: bool, layout: int = 0) -> list:
    """x, w, r, b, sequence_lens, initial_h, and for LSTM initial_c and peepholes."""
    gates = _GATES[op]

    def laid(array):
        return array.swapaxes(0, 1).copy() if layout else array

    given = [
        laid(normal(_T, _N, _I)),
        normal(d, gates * _H, _I, seed=1, scale=0.5),
        normal(d, gates * _H, _H, seed=2, scale=0.5),
        normal(d, 2 * gates * _H, seed=3),
        _LENGTHS if lengths else None,
    ]
    states = [laid(normal(d, _N, _H, seed=4 + i)) for i in range(2 if op == "LSTM" else 1)]
    given += states if start else [None] * len(states)
    return [*given, normal(d, 3 * _H, seed=6)] if op == "LSTM" and start else given


def _recurrent(op: str, direction: str, lengths: bool = False, start: bool = True, **more):
    inputs = _inputs(op, _DIRECTIONS[direction], lengths, start)
    outputs = 3 if op == "LSTM" else 2
    return case(
        op, *inputs, outputs=outputs, hidden_size=_H, direction=direction, **{"opset": 14, **more}
    )


def _activations(op: str, direction: str, names: list[str], alphas: int, betas: int):
    count = {"RNN": 1, "GRU": 2, "LSTM": 3}[op]
    used = (names * 3)[:count] * _DIRECTIONS[direction]
    with_alpha = {"Affine", "LeakyRelu", "ScaledTanh", "HardSigmoid", "Elu", "ThresholdedRelu"}
    with_beta = {"Affine", "ScaledTanh", "HardSigmoid"}
    parameters = {
        "activation_alpha": [0.1 + 0.05 * i for i, n in enumerate(used) if n in with_alpha],
        "activation_beta": [0.2 + 0.05 * i for i, n in enumerate(used) if n in with_beta],
    }
    given = {name: values for name, values in parameters.items() if values}
    return _recurrent(op, direction, activations=used, rtol=1e-4, atol=1e-4, **given)


CASES = [
    *(
        _recurrent(op, direction, lengths, start, opset=opset)
        for op in _GATES
        for direction in _DIRECTIONS
        for lengths in (False, True)
        for start in (False, True)
        for opset in (7, 14)
    ),
    *(
        _recurrent(op, direction, lengths=True, **more)
        for direction in _DIRECTIONS
        for op, more in (
            ("RNN", {"clip": 0.3}),
            ("GRU", {"clip": 0.3}),
            ("LSTM", {"clip": 0.3}),
            ("GRU", {"linear_before_reset": 1}),
            ("GRU", {"linear_before_reset": 1, "clip": 0.2}),
            ("LSTM", {"input_forget": 1}),
        )
    ),
    *(
        _activations(op, direction, names, 1, 1)
        for op in _GATES
        for direction in ("forward", "bidirectional")
        for names in (
            ["HardSigmoid", "ScaledTanh", "Softsign"],
            ["Sigmoid", "LeakyRelu", "ThresholdedRelu"],
            ["HardSigmoid", "Elu", "Affine"],
            ["Sigmoid", "Relu", "Softplus"],
        )
    ),
    # Without biases, and only the last state wanted
    case(
        "LSTM",
        *_inputs("LSTM", 1, False, False)[:3],
        outputs=(False, True, True),
        hidden_size=_H,
        opset=22,
    ),
]
