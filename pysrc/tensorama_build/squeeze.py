"""A package as two files: its first module, and all the rest as one archive that this unpacks.

A wheel compresses file by file, and a hundred small modules that speak the same language are more
than half as large again that way as in one piece. So the rest travels as a single archive that is
compressed as a whole, and the first import lays it out beside the first module.
"""

import ast
import io
import json
import lzma
import zipfile

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
READABLE_FILE = 0o100644 << 16
# For text: the four letters before one tell most of it, and where it stands tells nothing.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]
REST = "rest.xz"

UNPACK = f"""
import json as _json, lzma as _lzma, pathlib as _pathlib
_rest = _pathlib.Path(__file__).with_name("{REST}")
if _rest.exists():
    _sizes, _, _data = _lzma.decompress(_rest.read_bytes()).partition(b"\\n")
    _data = memoryview(_data)
    for _name, _size in _json.loads(_sizes):
        _file = _rest.parent / _name
        _file.parent.mkdir(parents=True, exist_ok=True)
        _file.write_bytes(_data[:_size])
        _data = _data[_size:]
    _rest.unlink()
    del _data
"""


def squeezed(files: dict[str, bytes], package: str) -> dict[str, bytes]:
    """The same package in two files. `package` is its folder; paths are below site-packages.

    The first module must not import from `__future__`. Files outside the package stay as they are.
    """
    first = f"{package}/__init__.py"
    rest = {
        path.removeprefix(f"{package}/"): data
        for path, data in files.items()
        if path.startswith(f"{package}/") and path != first
    }
    outside = {path: data for path, data in files.items() if not path.startswith(f"{package}/")}
    return outside | {
        first: with_unpacking(files[first].decode()).encode(),
        f"{package}/{REST}": packed(rest),
    }


def packed(files: dict[str, bytes]) -> bytes:
    """Files as one archive, as `UNPACK` reads it."""
    return lzma.compress(_joined(files), filters=FILTERS)


def _joined(files: dict[str, bytes]) -> bytes:
    """All files one after the other, like beside like, behind a line of their names and sizes.

    A zip file would be longer by the checksums of each, which nothing can compress.
    """
    order = sorted(files, key=lambda name: (name.rpartition(".")[2], name))
    sizes = json.dumps([(name, len(files[name])) for name in order], separators=(",", ":"))
    return b"\n".join([sizes.encode(), b"".join(files[name] for name in order)])


def with_unpacking(source: str) -> str:
    """The first module, with the unpacking right after its docstring."""
    lines = source.splitlines(keepends=True)
    body = ast.parse(source).body
    documented = ast.get_docstring(ast.Module(body, [])) is not None
    place = body[0].end_lineno or 0 if documented else 0
    return "".join([*lines[:place], UNPACK, *lines[place:]])


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The bytes of a zip file that depend on nothing but its contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=9) as target:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = READABLE_FILE
            entry.compress_type = method
            target.writestr(entry, data)
    return buffer.getvalue()
