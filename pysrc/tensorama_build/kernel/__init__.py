"""The engine's SIMD kernel: WebAssembly text written by Python, assembled at build time.

`text` is the small language it is written in, `products`, `folds` and `cells` are what it can do,
`module` makes the file that a page loads. There is no C toolchain anywhere.
"""

from .module import assemble, files

__all__ = ["assemble", "files"]
