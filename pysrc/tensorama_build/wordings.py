"""What every operator does, in words: TOML tables as people write them, JSON as the page reads it.

`tensorama/wordings/FAMILY.toml` has, by operator (`Conv`, `com.microsoft.Gelu`), two sentences in
each language, a formula, and words for the attributes that mean something else there than
elsewhere; `attributes.toml` has those of all others, `groups.toml` what the kinds of groups are.
The page fetches `wordings/index.json`, which has these and says in which family an operator is,
and then that family's file.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from .errors import BuildError
from .output import Output

COMMON = ("attributes", "groups")  # what is told of no single operator
Entry = dict[str, Any]


def read_families(folder: Path) -> dict[str, dict[str, Entry]]:
    """Family → operator → what is said of it. Raises BuildError for one that is told twice."""
    families: dict[str, dict[str, Entry]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in COMMON:
            families[path.stem] = tomllib.loads(path.read_text("utf-8"))
    told: dict[str, str] = {}
    for family, entries in families.items():
        for name in entries:
            if name in told:
                raise BuildError(f"{name} stands in {told[name]}.toml and in {family}.toml")
            told[name] = family
    return families


def read_common(folder: Path) -> dict[str, Entry]:
    """`attributes`: attribute → language → its words, or the words for each of its values.
    `groups`: kind → language → two sentences."""
    return {name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in COMMON}


def add_wordings(output: Output, folder: Path) -> None:
    """Write the index with what is common, and one file for each family."""
    families = read_families(folder)
    index = {name: family for family, entries in families.items() for name in entries}
    output.write("wordings/index.json", _json({"families": index, **read_common(folder)}))
    for family, entries in families.items():
        output.write(f"wordings/{family}.json", _json(entries))


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
