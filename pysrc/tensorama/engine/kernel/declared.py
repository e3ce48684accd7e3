"""What each function of the kernel takes, and which memory it touches behind every address.

The functions themselves are written by `tensorama_build.kernel`, which takes their parameters from
here; `door` refuses a call whose arrays are smaller than is declared. The words of a signature:

    n           a whole number from 0 on;  n+ from 1 on;  n~ bytes to walk, backwards if negative
    alpha:f32   a float
    x<f4[a b]   the address of a·b cells of that type that are read, or (x>f4) written; other types
                are f2, i4, i8, u1 (bytes with a sign or without) and b1 (bytes of anything)
    x<f4?[a]    the same, where 0 is passed if there is none
    x<f4[a@s b] a rows of b cells that begin s bytes apart
    x<i4[a]|b   a cells with numbers of 0 … b − 1

Where a count is 0 nothing is touched. A function is told by its place in this table when it is
played (see `program`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

OWN_BYTES = 1 << 19  # of the scratch memory, of which products need some less
FAR = 1 << 30  # below this are all numbers, so that the sum of two is an int32


class Declared(NamedTuple):
    """A signature; the numbers whose product is the work of a call; what else must hold."""

    signature: str
    work: str
    needs: tuple[str, ...] = ()


_SCRATCH = f"scratch>f4[{OWN_BYTES // 4}]"
_PICTURE = "height width kh+ kw+ sh+ sw+ dh dw top left out_width+"
# where a kernel stands is worked out in int32
_ACROSS = (f"kw * dw + left + width < {FAR}", f"out_width * sw + kw * dw < {FAR}")
_DOWN = f"kh * dh + top + height < {FAR}"
_BEND = Declared("x<f4[n] y>f4[n] n", "n")
_FOLD = Declared(
    f"x<f4[-(-maps//per) height width] {_PICTURE} out_height y>f4[maps out_height out_width]"
    " maps per+ w<f4?[maps kh kw] bias<f4?[maps]",
    "kh kw out_width out_height maps",
    (*_ACROSS, _DOWN, f"out_height * sh + kh * dh < {FAR}"),
)
_ALONG = Declared("x<f4[rows n] y>f4[rows n] rows n", "rows n")
_MIDDLE = Declared("x<f4[outer n inner] y>f4[outer n inner] outer n inner", "outer n inner")
_PAIR = Declared(
    "x<f4[n2@x2 n1@x1 n0@x0] x2~ x1~ x0~ y<f4[n2@y2 n1@y1 n0@y0] y2~ y1~ y0~"
    " z>f4[n2 n1 n0] n2 n1 n0",
    "n2 n1 n0",
)
# scales and zero points: one for each plane in turns, or along the cells of a plane
_PLANES, _TURNS = "planes channels+ size along", "channels+max(size-1,0)*along"
_STEPS = "y_t~ steps n hidden across"
_ROOM = f"room>f4[n*(across+hidden)+max(n*hidden,across)] {_SCRATCH}"
_STATES = "wx<f4[steps@wx_t n across] wx_t~ h<f4?[n hidden]"
_WEIGHTS = "r<f4[across hidden] rb<f4?[across]"


def _made(*names: str) -> str:
    """What a recurrent network writes at each step."""
    return " ".join(f"{name}>f4[steps@y_t n hidden]" for name in names)


DECLARED: Mapping[str, Declared] = {
    "gemm": Declared(
        "a<f4[m@a_row k@a_column] a_row~ a_column~ b<f4[k@b_row n@b_column] b_row~ b_column~"
        f" c>f4[m@c_row n] c_row~ m n k bias<f4?[m] {_SCRATCH}",
        "m n k",
    ),
    "conv": Declared(
        f"x<f4[-(-k//(kh*kw)) height width] {_PICTURE} w<f4[m k] bias<f4?[m] y>f4[m@y_row p1]"
        f" y_row~ m k p0 p1 {_SCRATCH}",
        "m k p1",
        (*_ACROSS, _DOWN, f"p1 // out_width * sh + kh * dh < {FAR}"),
    ),
    "dots": Declared("a<f4[m@a_row k] a_row~ x<f4[k] y>f4[m] m k", "m k"),
    "mix": Declared("x<f4[k] b<f4[k@b_row n] b_row~ y>f4[n] n k", "n k"),
    "int_gemm": Declared(
        "a<u1[m@a_row k@a_column] a_row~ a_column~ a_zero<u1?[m@a_step] a_step~ a_flip"
        " b<u1[k@b_row n@b_column] b_row~ b_column~ b_zero<u1?[n@b_step] b_step~ b_flip"
        f" c>i4[m@c_row n] c_row~ m n k {_SCRATCH}",
        "m n k",
    ),
    "int_conv": Declared(
        f"x<u1[-(-k//(kh*kw)) height width] {_PICTURE} x_zero<u1?[1] x_flip"
        " w<u1[m k] w_zero<u1?[m@w_step] w_step~ w_flip y>i4[m@y_row p1] y_row~ m k p0 p1"
        f" {_SCRATCH}",
        "m k p1",
        (*_ACROSS, _DOWN, f"p1 // out_width * sh + kh * dh < {FAR}"),
    ),
    "depthwise": _FOLD._replace(signature=_FOLD.signature.replace("w<f4?", "w<f4")),
    "largest": _FOLD,
    "total": _FOLD,
    "relu": _BEND,
    "clip": Declared(f"{_BEND.signature} low:f32 high:f32", "n"),
    "leaky_relu": Declared(f"{_BEND.signature} alpha:f32", "n"),
    "hard_sigmoid": Declared(f"{_BEND.signature} alpha:f32 beta:f32", "n"),
    "hard_swish": _BEND,
    "elu": Declared(f"{_BEND.signature} alpha:f32", "n"),
    **dict.fromkeys(("sqrt", "abs", "neg", "floor", "ceil", "nearest", "reciprocal"), _BEND),
    **dict.fromkeys(("exp", "sigmoid", "tanh", "erf", "gelu", "gelu_tanh"), _BEND),
    "silu": Declared(f"{_BEND.signature} alpha:f32", "n"),
    "scale_shift": Declared(
        "x<f4[planes size] y>f4[planes size] planes channels+ size"
        " factor<f4[min(planes,channels)] shift<f4[min(planes,channels)]",
        "planes size",
    ),
    "softmax": _ALONG,
    "means": Declared("x<f4[rows n] y>f4[rows] rows n", "rows n"),
    "normalize": Declared(
        f"{_ALONG.signature} scale<f4?[n] shift<f4?[n] mean>f4?[rows] inverse>f4[rows] centre"
        " epsilon:f32",
        "rows n",
    ),
    "widen": Declared("x<f2[n] y>f4[n] n", "n"),
    **dict.fromkeys(("add", "sub", "mul", "div", "shown"), _PAIR),
    "copy": Declared(
        "x<f4[n2@x2 n1@x1 n0@x0] x2~ x1~ x0~ y>f4[n2@y2 n1@y1 n0@y0] y2~ y1~ y0~ n2 n1 n0",
        "n2 n1 n0",
    ),
    "dequantize": Declared(
        f"x<u1[planes size] y>f4[planes size] {_PLANES} scale<f4[{_TURNS}] zero<u1?[{_TURNS}] flip",
        "planes size",
        ("along <= 1",),
    ),
    "quantize": Declared(
        f"x<f4[planes size] y>u1[planes size] {_PLANES} scale<f4[{_TURNS}] zero<u1?[{_TURNS}] flip",
        "planes size",
        ("along <= 1",),
    ),
    "requantize": Declared(
        f"x<i4[planes size] y>u1[planes size] {_PLANES} bias<i4?[{_TURNS}] factor<f4[{_TURNS}]"
        " zero<u1?[1] flip",
        "planes size",
        ("along <= 1",),
    ),
    "dynamic_quantize": Declared("x<f4[n] y>u1[n] n scale>f4[1] zero>u1[1]", "n"),
    "floats": Declared("x<i4[n] y>f4[n] n", "n"),
    "floats_of_wide": Declared("x<i8[n] y>f4[n] n", "n"),
    "gather": Declared(
        "x<b1[outer size row] y>b1[outer count row] outer size+ count row"
        " indices<b1[count wide] wide failed>b1[4]",
        "outer count row",
        ("wide == 4 or wide == 8",),
    ),
    "suppress": Declared(
        "boxes<f4[all 4] all order>i4[count]|all count limit overlap:f32 found>i4[2]", "count"
    ),
    "taps": Declared(
        "x<f4[outer before inner] y>f4[outer after inner] outer before after inner"
        " index<i4[after count]|before weights<f4[after count] count",
        "outer after inner count",
    ),
    "paint": Declared(
        "painted<f4[maps kh kw height width] maps kh kw height width sh sw+ dh dw top~ left~"
        " y>f4[maps out_height out_width] out_height out_width bias<f4?[maps]",
        "maps kh kw height width",
        (
            f"kh * dh + height * sh + abs(top) < {FAR}",
            f"kw * dw + width * sw + out_width + abs(left) < {FAR}",
        ),
    ),
    "softmax_across": _MIDDLE,
    "log_softmax": _MIDDLE,
    "rnn": Declared(
        f"{_STATES} {_WEIGHTS} {_made('y')} {_STEPS} {_ROOM}",
        "steps n hidden across",
        ("across >= hidden",),
    ),
    "lstm": Declared(
        f"{_STATES} c<f4?[n hidden] {_WEIGHTS} {_made('y', 'i', 'o', 'k', 'g', 'cell')} {_STEPS}"
        f" {_ROOM}",
        "steps n hidden across",
        ("across >= 4 * hidden",),
    ),
    "gru": Declared(
        f"{_STATES} {_WEIGHTS} {_made('y', 'z', 'q', 'cand')} {_STEPS} linear {_ROOM}",
        "steps n hidden across",
        ("across >= 3 * hidden",),
    ),
}
