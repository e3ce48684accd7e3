"""Waves: the discrete Fourier transform, its short-time form, windows and the mel scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tensorama.engine.ops.shape import axis_of
from tensorama.engine.registry import op
from tensorama.errors import OperatorError
from tensorama.onnxfile.types import to_type

Array = np.ndarray


@op("DFT", since=20)
def dft(
    x: Array,
    dft_length: Array | None = None,
    axis: Array | None = None,
    *,
    inverse: int = 0,
    onesided: int = 0,
) -> Array:
    """Take a signal apart into waves, or put it together again.

    x (…,1) real or (…,2) real and imaginary → (…,2), or (…,1) for the onesided inverse
    y[k] = Σₙ x[n]·exp(∓2πi·kn/N);  the inverse divides by N. Onesided keeps k ≤ N/2.
    https://onnx.ai/onnx/operators/onnx__DFT.html
    """
    if x.ndim < 2 or x.shape[-1] not in (1, 2):
        raise OperatorError("the last axis holds 1 real or 2 (real, imaginary) values")
    place = axis_of(-2 if axis is None else int(axis.item()), x.ndim)
    if place == x.ndim - 1:
        raise OperatorError("the last axis holds the real and imaginary parts, not a signal")
    length = None if dft_length is None else int(dft_length.item())
    if length is not None and length < 1:
        raise OperatorError(f"dft_length is {length}, it must be positive")
    if onesided and not inverse and x.shape[-1] == 2:
        raise OperatorError("a onesided transform takes real values, complex ones came")
    precise = x.astype(np.float64 if x.dtype == np.float64 else np.float32, copy=False)
    if onesided and inverse:
        return np.fft.irfft(_complex(precise), length, axis=place)[..., None].astype(x.dtype)
    if onesided:
        waves = np.fft.rfft(precise[..., 0], length, axis=place)
    else:
        transform = np.fft.ifft if inverse else np.fft.fft
        waves = transform(_complex(precise), length, axis=place)
    return _parts(waves, x.dtype)


def _complex(x: Array) -> Array:
    """(…,1) or (…,2) → complex (…)"""
    return x[..., 0] if x.shape[-1] == 1 else x[..., 0] + 1j * x[..., 1]


def _parts(waves: Array, dtype: np.dtype) -> Array:
    """complex (…) → (…,2)"""
    return np.stack((waves.real, waves.imag), axis=-1).astype(dtype, copy=False)


@op("DFT", since=17)
def dft_along_attribute(
    x: Array,
    dft_length: Array | None = None,
    *,
    axis: int = 1,
    inverse: int = 0,
    onesided: int = 0,
) -> Array:
    """DFT of opsets 17-19: the axis is an attribute."""
    return dft(x, dft_length, np.array(axis), inverse=inverse, onesided=onesided)


@op("STFT", since=17)
def stft(
    signal: Array,
    frame_step: Array,
    window: Array | None = None,
    frame_length: Array | None = None,
    *,
    onesided: int = 1,
) -> Array:
    """Take each short stretch of a signal apart into waves.

    signal (N,L,1 or 2), window (W) → (N,frames,W or W/2+1,2);  frames = ⌊(L-W)/step⌋ + 1
    https://onnx.ai/onnx/operators/onnx__STFT.html
    """
    if signal.ndim != 3 or signal.shape[2] not in (1, 2):
        raise OperatorError("signal must have the shape (N,L,1) or (N,L,2)")
    length = signal.shape[1] if window is None else window.shape[0]
    if frame_length is not None:
        if window is not None and frame_length.item() != length:
            raise OperatorError(f"frame_length is {frame_length.item()}, the window has {length}")
        length = int(frame_length.item())
    step = int(frame_step.item())
    if step <= 0 or not 0 < length <= signal.shape[1]:
        raise OperatorError(
            f"frames of {length} values, {step} apart, do not fit a signal of {signal.shape[1]}"
        )
    frames = sliding_window_view(signal, length, axis=1)[:, ::step]
    frames = frames.transpose(0, 1, 3, 2)  # (N,frames,W,1 or 2)
    if window is not None:
        frames = frames * window[:, None]
    return dft(frames, onesided=onesided)


def _window(size: Array, weights: Sequence[float], output_datatype: int, periodic: int) -> Array:
    """A sum of cosines over one period: Σ wₖ·cos(2πk·n/N), with alternating signs."""
    count = int(size.item())
    if count < 0:
        raise OperatorError(f"a window cannot have {count} values")
    angle = 2 * math.pi * np.arange(count) / max(1, count if periodic else count - 1)
    y = sum(w * (-1) ** k * np.cos(k * angle) for k, w in enumerate(weights))
    return to_type(np.asarray(y), output_datatype)


@op("HannWindow", since=17, own_types=True)
def hann_window(size: Array, *, output_datatype: int = 1, periodic: int = 1) -> Array:
    """A bump that starts and ends at 0: ½ - ½·cos(2πn/N)."""
    return _window(size, (0.5, 0.5), output_datatype, periodic)


@op("HammingWindow", since=17, own_types=True)
def hamming_window(size: Array, *, output_datatype: int = 1, periodic: int = 1) -> Array:
    """A bump on a small step: 25/46 - 21/46·cos(2πn/N)."""
    return _window(size, (25 / 46, 21 / 46), output_datatype, periodic)


@op("BlackmanWindow", since=17, own_types=True)
def blackman_window(size: Array, *, output_datatype: int = 1, periodic: int = 1) -> Array:
    """A narrow bump: 0.42 - 0.5·cos(2πn/N) + 0.08·cos(4πn/N)."""
    return _window(size, (0.42, 0.5, 0.08), output_datatype, periodic)


@op("MelWeightMatrix", since=17, own_types=True)
def mel_weight_matrix(
    num_mel_bins: Array,
    dft_length: Array,
    sample_rate: Array,
    lower_edge_hertz: Array,
    upper_edge_hertz: Array,
    *,
    output_datatype: int = 1,
) -> Array:
    """Triangles that gather the waves of a DFT as an ear does: (dft_length/2+1, mel bins).

    mel = 2595·log₁₀(1 + hertz/700)
    https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html
    """
    mels, length = int(num_mel_bins.item()), int(dft_length.item())
    low, high = (
        2595 * math.log10(1 + float(e.item()) / 700) for e in (lower_edge_hertz, upper_edge_hertz)
    )
    edges = low + np.arange(mels + 2) * ((high - low) / (mels + 2))
    hertz = 700 * (10 ** (edges / 2595) - 1)
    bins = np.floor((length + 1) * hertz / int(sample_rate.item())).astype(np.int64)
    lower, center, upper = bins[:-2], bins[1:-1], bins[2:]
    wave = np.arange(length // 2 + 1)[:, None]
    rising = np.where(center == lower, 1.0, (wave - lower) / np.maximum(center - lower, 1))
    falling = (upper - wave) / np.maximum(upper - center, 1)
    y = np.where((wave >= lower) & (wave <= center), rising, 0)
    y = np.where((wave >= center) & (wave < upper), falling, y)
    return to_type(y, output_datatype)
