"""The kernel as a file that Emscripten's loader takes for a library of its own kind."""

from __future__ import annotations

from .boxes import add_boxes
from .cells import add_cells
from .folds import add_folds
from .integers import add_integers
from .norms import add_norms
from .pairs import add_pairs
from .pictures import add_pictures
from .products import add_products
from .quantized import add_quantized
from .recurrent import add_recurrent
from .replay import add_replay
from .shares import add_shares
from .text import Module

HEADER = 8  # magic number and version of a WebAssembly file
# Emscripten's dynamic libraries begin with this custom section: here it says that the library
# needs no memory and no table of its own (four zeros in subsection 1).
DYLINK = b"\x00" + bytes([15]) + b"\x08dylink.0" + b"\x01\x04" + b"\x00\x00\x00\x00"


def kernel(relaxed: bool) -> Module:
    """The whole kernel, written."""
    module = Module(relaxed)
    add_products(module)
    add_integers(module)
    add_folds(module)
    add_cells(module)
    add_quantized(module)
    add_norms(module)
    add_pairs(module)
    add_recurrent(module)
    add_boxes(module)
    add_pictures(module)
    add_shares(module)
    add_replay(module)
    return module


def assemble(relaxed: bool) -> bytes:
    """The kernel as a WebAssembly library; `relaxed` multiplies and adds in one step."""
    import wasmtime

    binary = bytes(wasmtime.wat2wasm(kernel(relaxed).text))
    return binary[:HEADER] + DYLINK + binary[HEADER:]


def files() -> dict[str, bytes]:
    """Both variants by their path in the wheel, where `tensorama.engine.kernel` looks for them."""
    variants = {"plain": False, "relaxed": True}
    return {
        f"tensorama/engine/kernel/{name}.wasm": assemble(relaxed)
        for name, relaxed in variants.items()
    }
