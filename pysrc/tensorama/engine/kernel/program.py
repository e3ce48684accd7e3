"""A row of the kernel's calls written down as numbers, which the kernel plays in one go.

    words of a call: number of the function, then for each argument: base, value
    words of a look at the clock: 0

What an argument becomes is `table[base] + value`. Base 0 is nothing, so plain numbers (and the bits
of floats) stand as they are; base 1 is the block into which results go, base 2 the scratch memory;
what follows are arrays, whose addresses the table takes up before each play. `replay`, which plays
this, is written in `tensorama_build.kernel.replay`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

PLAIN, BLOCK, SCRATCH = range(3)  # bases
CLOCK = 0
_PICTURE_CELLS = (3, 4, 11, 12, 14)
# The functions that can be played, numbered from 1 in this order; and which of their arguments
# multiply to the work that a call is: how often its innermost loop computes a cell or a product.
FUNCTIONS: Mapping[str, tuple[int, ...]] = {
    "gemm": (8, 9, 10),
    "conv": (16, 17, 19),
    "dots": (4, 5),
    "mix": (4, 5),
    "int_gemm": (14, 15, 16),
    "int_conv": (20, 21, 23),
    "depthwise": _PICTURE_CELLS,
    "largest": _PICTURE_CELLS,
    "total": _PICTURE_CELLS,
    "relu": (2,),
    "clip": (2,),
    "leaky_relu": (2,),
    "hard_sigmoid": (2,),
    "hard_swish": (2,),
    "elu": (2,),
    **dict.fromkeys(("sqrt", "abs", "neg", "floor", "ceil", "nearest", "reciprocal"), (2,)),
    "exp": (2,),
    "sigmoid": (2,),
    "tanh": (2,),
    "erf": (2,),
    "gelu": (2,),
    "gelu_tanh": (2,),
    "silu": (2,),
    "scale_shift": (2, 4),
    "softmax": (2, 3),
    "means": (2, 3),
    "normalize": (2, 3),
    "widen": (2,),
    "add": (9, 10, 11),
    "sub": (9, 10, 11),
    "mul": (9, 10, 11),
    "div": (9, 10, 11),
    "shown": (9, 10, 11),
    "copy": (8, 9, 10),
    "dequantize": (2, 4),
    "quantize": (2, 4),
    "requantize": (2, 4),
    "dynamic_quantize": (2,),
    "floats": (2,),
    "floats_of_wide": (2,),
    "gather": (2, 4, 5),
    "suppress": (2,),
    "taps": (2, 4, 5, 8),
    "paint": (1, 2, 3, 4, 5),
    "softmax_across": (2, 3, 4),
    "log_softmax": (2, 3, 4),
    "rnn": (7, 8, 9, 10),
    "lstm": (13, 14, 15, 16),
    "gru": (10, 11, 12, 13),
}
_NUMBERS = {name: number for number, name in enumerate(FUNCTIONS, CLOCK + 1)}

Place = tuple[int, int]  # base, offset in bytes


def work(name: str, arguments: Sequence[Any]) -> int:
    """How much a call computes: products or cells."""
    return prod(arguments[place] for place in FUNCTIONS[name])


class Program:
    """Calls as words, and the arrays that they work on."""

    def __init__(self, scratch: np.ndarray) -> None:
        self._words: list[int] = []
        self.fixed: dict[int, np.ndarray] = {SCRATCH: scratch}  # arrays by base, the same each time
        self.bases = SCRATCH + 1
        self.looks = 0  # at the clock

    def base(self, array: np.ndarray | None = None) -> int:
        """A new base: for this array, or for one that comes with each play."""
        if array is not None:
            self.fixed[self.bases] = array
        self.bases += 1
        return self.bases - 1

    def call(self, name: str, arguments: Sequence[Place | int | float]) -> None:
        """Write down a call; addresses as places."""
        self._words.append(_NUMBERS[name])
        for argument in arguments:
            if isinstance(argument, tuple):
                self._words += argument
            else:
                self._words += (PLAIN, _bits(argument))

    def look(self) -> None:
        """Write down a look at the clock."""
        self._words.append(CLOCK)
        self.looks += 1

    @property
    def words(self) -> np.ndarray:
        """The program as the kernel reads it."""
        return np.array(self._words, np.int64).astype(np.int32)


def _bits(number: int | float) -> int:
    if isinstance(number, float):
        return int.from_bytes(struct.pack("<f", number), "little", signed=True)
    return int(number)
