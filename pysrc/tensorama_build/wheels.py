"""The wheels in dist/: the package itself, and for articles that make models the ONNX schema.

The page loads the first alone: it reads files by itself (`tensorama.onnxfile.wire`). The schema, a
part of the onnx package, needs the part of protobuf that reads and writes messages.

A wheel is a zip file with a list of its contents. Ours have sorted names, one fixed date and fixed
permissions, so that the same contents give the same bytes.
"""

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .lean import is_asked, lean
from .output import source_files
from .squeeze import archive, packed, squeezed

# What `onnx_ml_pb2` imports of protobuf in pure Python, found by watching it; the rest (compiler,
# JSON, gRPC services, well-known messages, benchmarks) is not needed to read a file.
PROTOBUF_KEPT = (
    "__init__",
    "descriptor",
    "descriptor_database",
    "descriptor_pb2",
    "descriptor_pool",
    "message",
    "message_factory",
    "reflection",
    "runtime_version",
    "symbol_database",
    "text_encoding",
    "text_format",
    "unknown_fields",
    "pyext/__init__",
    "internal/__init__",
    "internal/api_implementation",
    "internal/builder",
    "internal/containers",
    "internal/decoder",
    "internal/encoder",
    "internal/enum_type_wrapper",
    "internal/extension_dict",
    "internal/field_mask",
    "internal/message_listener",
    "internal/python_edition_defaults",
    "internal/python_message",
    "internal/type_checkers",
    "internal/well_known_types",
    "internal/wire_format",
)

# Messages import protobuf's text format, which takes long, and need it only to be printed.
ONNX_INIT = b'''"""The ONNX schema: `onnx_ml_pb2` out of the onnx package, nothing else of it."""
import importlib.util as _util, google.protobuf as _protobuf
if not hasattr(_protobuf, "text_format"):
    _spec = _util.find_spec("google.protobuf.text_format")
    _spec.loader = _util.LazyLoader(_spec.loader)
    _protobuf.text_format = _util.module_from_spec(_spec)
    _spec.loader.exec_module(_protobuf.text_format)
'''


# what a page fetches when it is first needed: file -> rooms, as in `tensorama.app.later`
LATER = {
    "later.xz": (
        "tensorama/explain/",
        "tensorama/app/inspect/",
        "tensorama/app/deeper/",
        "tensorama/figure/",
    ),
    "ways.xz": ("tensorama/inputs/ways/", "tensorama/outputs/readings/", "tensorama/app/ways/"),
}
START = "tensorama_start.py"  # what runs before the package is there
WORDINGS = "tensorama/wordings/"  # a page has them as JSON, beside the wheel


def wheel_name(name: str, version: str) -> str:
    """The file name of a wheel that runs on any Python 3."""
    return f"{name}-{version}-py3-none-any.whl"


def wheel(name: str, version: str, licence: str, files: dict[str, bytes]) -> bytes:
    """The bytes of a wheel with these files, by their path below site-packages."""
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: {licence}\n"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: tensorama\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    rows = [f"{path},{record_hash(data)},{len(data)}" for path, data in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    return archive(files)


def record_hash(data: bytes) -> str:
    """A hash as a wheel's RECORD writes it."""
    digest = hashlib.sha256(data).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def tensorama_wheel(package: Path, version: str, made: dict[str, bytes] | None = None) -> bytes:
    """The package itself with all its data files, but for the rooms that are fetched later.

    package: the folder `tensorama`. made: files that only a build makes, by their path below
    site-packages.
    """
    apart = (WORDINGS, *(room for rooms in LATER.values() for room in rooms))
    files = {path: data for path, data in _package(package) if not path.startswith(apart)}
    start = package.with_name(START)
    files[START] = shipped(START, start.read_bytes())
    return wheel("tensorama", version, "MIT", squeezed(files | (made or {}), "tensorama"))


def later_rooms(package: Path, file: str = "later.xz") -> bytes:
    """The rooms that a page fetches when they are first needed (see `tensorama.app.later`)."""
    rooms = {path: data for path, data in _package(package) if path.startswith(LATER[file])}
    return packed({path.removeprefix("tensorama/"): data for path, data in rooms.items()})


def _package(package: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of the package as a page gets it, by its path below site-packages."""
    for path in source_files(package):
        if path.suffix != ".md":  # for those who read the source
            name = path.relative_to(package.parent).as_posix()
            yield name, shipped(name, path.read_bytes())


def shipped(path: str, data: bytes) -> bytes:
    """A file as the page gets it: Python without comments, everything else as it is."""
    if not path.endswith(".py"):
        return data
    return lean(data.decode("utf-8"), is_asked(path)).encode()


def protobuf_wheel(original: Path, version: str) -> bytes:
    """The part of protobuf that reads messages, from its complete pure-Python wheel."""
    kept = kept_of_protobuf(PROTOBUF_KEPT)
    with zipfile.ZipFile(original) as source:
        names = [name for name in source.namelist() if name in kept]
        files = {name: shipped(name, source.read(name)) for name in names}
    return wheel("protobuf", version, "BSD-3-Clause", squeezed(files, "google/protobuf"))


def kept_of_protobuf(modules: Iterable[str]) -> set[str]:
    """The paths of those modules in the wheel."""
    return {f"google/protobuf/{module}.py" for module in modules}


def onnx_wheel(schema: Path, version: str) -> bytes:
    """The ONNX schema as an `onnx` package that holds only `onnx_ml_pb2`."""
    files = {
        "onnx/__init__.py": ONNX_INIT,
        "onnx/onnx_ml_pb2.py": shipped(schema.name, schema.read_bytes()),
    }
    return wheel("onnx", version, "Apache-2.0", files)
