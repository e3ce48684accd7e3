"""The engine's SIMD kernel: WebAssembly text written by Python, assembled at build time.

`text` is the small language it is written in. `products`, `integers`, `folds`, `pictures`, `cells`,
`shares`, `quantized`, `norms`, `pairs`, `recurrent` and `boxes` are what it can do, `replay` does
many of these in a row. `module` makes the file that a page loads. There is no C toolchain anywhere.
"""

from .module import assemble, files, kernel

__all__ = ["assemble", "files", "kernel"]
