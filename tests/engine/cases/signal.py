"""Waves."""

import numpy as np

from engine.cases import case, normal, scalar


def _dft(x):
    waves = np.fft.fft(x[..., 0] + 1j * x[..., 1], axis=-1)
    return np.stack((waves.real, waves.imag), axis=-1)


CASES = [
    *(
        case(
            "DFT", normal(2, 10, 3, parts), length, opset=17, axis=axis, rtol=1e-4, atol=1e-4, **how
        )
        for parts, how in ((1, {}), (2, {}), (2, {"inverse": 1}), (1, {"onesided": 1}))
        for axis in (1, 2)
        for length in (None, scalar(8, "int64"), scalar(16, "int64"))
    ),
    *(
        case("DFT", normal(2, 9, parts), None, axis, opset=20, rtol=1e-4, atol=1e-4, **how)
        for parts, how in ((1, {}), (2, {}), (2, {"inverse": 1}), (1, {"onesided": 1}))
        for axis in (scalar(1, "int64"), scalar(-2, "int64"))
    ),
    # onnxruntime crashes when the axis is left out
    case("DFT", normal(2, 8, 2, dtype="float64"), opset=20, expected=_dft),
    case(
        "DFT",
        normal(2, 5, 2),
        opset=20,
        inverse=1,
        onesided=1,
        expected=lambda x: np.fft.irfft(x[..., 0] + 1j * x[..., 1], axis=1)[..., None],
    ),
    *(
        case(
            "STFT",
            normal(2, 32, 1),
            scalar(step, "int64"),
            window,
            length,
            opset=17,
            rtol=1e-4,
            atol=1e-4,
            **how,
        )
        for step in (4, 7)
        for window, length in (
            (normal(8), None),
            (normal(8), scalar(8, "int64")),
            (None, scalar(16, "int64")),
        )
        for how in ({}, {"onesided": 0})
    ),
    *(
        case(name, scalar(size, "int64"), opset=17, periodic=periodic, **kind)
        for name in ("HannWindow", "HammingWindow", "BlackmanWindow")
        for size in (10, 5, 2)
        for periodic in (0, 1)
        for kind in ({}, {"output_datatype": 11})
    ),
    *(
        case(
            "MelWeightMatrix",
            *(scalar(v, "int64") for v in (bins, length, rate)),
            scalar(low),
            scalar(high),
            opset=17,
        )
        for bins, length, rate, low, high in (
            (8, 16, 8192, 0.0, 4096.0),
            (10, 64, 16000, 20.0, 7600.0),
            (20, 32, 8000, 100.0, 3900.0),
        )
    ),
]
