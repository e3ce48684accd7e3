"""Arrays out of files: as numpy writes them, tables with commas, lists in JSON, safetensors."""

from __future__ import annotations

import io
import json

import numpy as np

from tensorama.errors import FeedError
from tensorama.inputs.ways.safetensors import tensors_in
from tensorama.onnxfile.notes import read_json
from tensorama.phrases import phrase

ENDINGS = (".npy", ".npz", ".csv", ".json", ".safetensors")


def arrays_in(name: str, data: bytes) -> dict[str, np.ndarray]:
    """The arrays in a file by their names; a single one has the name "".

    Raises FeedError with one sentence for what is none, or holds objects.
    """
    ending = name[name.rfind(".") :].lower()
    try:
        found = _read(ending, data)
    except (ValueError, OSError, KeyError, EOFError, TypeError, json.JSONDecodeError) as error:
        raise FeedError(phrase(
            "{name} could not be read as numbers: it is damaged, or holds something else.",
            name=name,
        )) from error  # fmt: skip
    found = {k: array for k, array in found.items() if array.dtype.kind in "biuf" and array.size}
    if not found:
        raise FeedError(phrase("{name} holds no numbers.", name=name))
    return found


def _read(ending: str, data: bytes) -> dict[str, np.ndarray]:
    if ending == ".csv":
        text = data.decode("utf-8-sig")
        skip = int(not _is_row(text.partition("\n")[0]) and "\n" in text.strip())
        return {"": np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, skiprows=skip)}
    if ending == ".safetensors":
        return tensors_in(data)
    if ending == ".json":
        said = read_json(data.decode("utf-8-sig"))
        if isinstance(said, dict):
            return {str(name): np.asarray(value) for name, value in said.items()}
        return {"": np.asarray(said)}
    loaded = np.load(io.BytesIO(data), allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return {"": loaded}
    return {name: loaded[name] for name in loaded.files}


def _is_row(line: str) -> bool:
    """Whether a line of a table holds numbers, not what its columns are called."""
    try:
        return bool([float(field) for field in line.split(",")])
    except ValueError:
        return False
