"""A model that comes in several files: its graph in one, its weights in others beside it.

Which other files a graph needs, which of the files at hand those are, and what is said when one is
not there. Names are paths with "/" below the folder that the model lies in.
https://onnx.ai/onnx/repo-docs/ExternalData.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from tensorama.errors import FileFormatError, MissingFileError
from tensorama.onnxfile.messages import TensorProto
from tensorama.onnxfile.values import Bytes, ReadExternal
from tensorama.phrases import counted, joined, phrase

_MODEL, _ARCHIVE, _WEIGHTS = ".onnx", ".zip", (".data", ".onnx_data", ".weight", ".weights")
_ALIGNED = 8  # bytes: where numpy likes numbers to begin
_LISTED = 3  # names that a sentence lists; of more it tells how many
_ONE_FILE = phrase("export the model as one file: torch.onnx.export(…, external_data=False)")


def needed(tensors: Iterable[TensorProto]) -> tuple[str, ...]:
    """The other files that tensors lie in, each once, in the order of their first use."""
    found: dict[str, None] = {}
    for tensor in tensors:
        if tensor.data_location == 1:
            for entry in tensor.external_data:
                if entry.key == "location" and entry.value:
                    found[entry.value] = None
    return tuple(found)


def plain(location: str) -> str:
    """A file's name as a path below the model's folder. Raises FileFormatError if it leaves it."""
    path = PurePosixPath(location)
    if path.is_absolute() or ".." in path.parts or "\0" in location or not path.parts:
        raise outside(location)
    return str(path)


def outside(location: str) -> FileFormatError:
    """What is said of a file that no model may ask for."""
    name = location.replace("\0", "\\0")
    return FileFormatError(
        phrase("The weights' file \"{name}\" lies outside the model's folder.", name=name)
    )


def the_model(names: Collection[str]) -> str:
    """Which of several files is the model, or an archive of one.

    Raises FileFormatError where that cannot be told, MissingFileError where there are weights only.
    """
    seen = [name for name in names if _is_seen(name)]
    for ending in (_MODEL, _ARCHIVE):
        models = [name for name in seen if name.lower().endswith(ending)]
        if len(models) > 1:
            raise FileFormatError(
                phrase(
                    "{count} models came together, {names}: give one of them, with the files of "
                    "its weights.",
                    count=len(models),
                    names=_listed(sorted(models)),
                )
            )
        if models:
            return models[0]
    if len(seen) == 1 and not seen[0].lower().endswith(_WEIGHTS):
        return seen[0]
    if seen and all(name.lower().endswith(_WEIGHTS) for name in seen):
        raise MissingFileError(
            counted(
                "{names} holds weights only: give the .onnx file that they belong to as well.",
                "{names} hold weights only: give the .onnx file that they belong to as well.",
                len(seen),
                names=_listed(sorted(seen)),
            )
        )
    raise FileFormatError(
        phrase("There is no .onnx file among the {count} files that came.", count=len(names))
    )


def _is_seen(name: str) -> bool:
    """Whether a file is one that a person put there; systems add hidden ones."""
    path = PurePosixPath(name)
    return not path.name.startswith(".") and "__MACOSX" not in path.parts


def at_hand(location: str, model: str, names: Iterable[str]) -> str | None:
    """Which of the files at hand is meant by a location in a model; None if none is.

    That is the one in its place below the model's folder, else the only one of its last name.
    """
    path = plain(location)
    names = [*names]
    wanted = str(PurePosixPath(model).parent / path)
    alike = [name for name in names if PurePosixPath(name).name == PurePosixPath(path).name]
    return wanted if wanted in names else alike[0] if len(alike) == 1 else None


def missing(locations: Collection[str], advice: str = "") -> MissingFileError:
    """What is said when files of weights are not there; the advice is to give all of them."""
    many = len(locations) > 1
    files = counted("another file", "{count} other files", len(locations))
    advice = advice or (phrase("give all together") if many else phrase("give both together"))
    return MissingFileError(
        phrase(
            "This model keeps its weights in {files}, {names}: {advice}, or {other}.",
            files=files,
            names=_listed(locations),
            advice=advice,
            other=_ONE_FILE,
        ),
        tuple(locations),
    )


def from_files(files: Mapping[str, Bytes]) -> ReadExternal:
    """Read weights from these files, by the names that the model has for them."""

    def read_external(location: str, offset: int, length: int | None) -> Bytes:
        if location not in files:
            raise missing([location])
        whole = memoryview(files[location])
        stop = len(whole) if length is None else offset + length
        if stop > len(whole):
            raise cut_off(location, stop, len(whole))
        part = whole[offset:stop]
        return bytearray(part) if offset % _ALIGNED else part

    return read_external


def cut_off(location: str, expected: int, came: int) -> FileFormatError:
    """What is said of a file of weights that ends too soon."""
    return FileFormatError(
        phrase(
            'The weights\' file "{location}" is cut off: {expected} bytes were expected, '
            "{came} came.",
            location=location,
            expected=expected,
            came=came,
        )
    )


def _listed(names: Collection[str]) -> str:
    quoted = [f'"{name}"' for name in [*names][:_LISTED]]
    if len(names) > _LISTED:
        listed = joined(", ", quoted)
        return phrase("{names} and {count} more", names=listed, count=len(names) - _LISTED)
    return joined(" and ", filter(None, [joined(", ", quoted[:-1]), quoted[-1]]))
