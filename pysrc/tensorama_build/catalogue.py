"""Catalogues of texts: gettext's PO files as people translate them, JSON as the page reads them.

    #. what a translator should know
    msgid "{count} layer"
    msgid_plural "{count} layers"
    msgstr[0] "{count} 层"

In the page a catalogue is one mapping from English to the other language. A text about a number is
known by its English plural; the languages that there are have one form for all numbers, and a
language with more of them needs the rule for it here and in `tensorama/phrases.py`.
"""

import ast
import json
import re

from .errors import BuildError

_LINE = re.compile(r'(msgid_plural|msgid|msgstr\[0\]|msgstr)?\s*(".*")')


def read_po(text: str) -> dict[str, str]:
    """The entries of a PO file: English (its plural, if it has one) → translation."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        entry: dict[str, str] = {}
        part = ""
        for line in block.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None or not (match[1] or part):
                raise BuildError(f"This is no line of a catalogue: {line}")
            part = match[1] or part
            entry[part] = entry.get(part, "") + ast.literal_eval(match[2])
        english = entry.get("msgid_plural") or entry.get("msgid")
        if english:
            if english in found:
                raise BuildError(f"A catalogue has this text twice: {english}")
            found[english] = entry.get("msgstr[0]") or entry.get("msgstr", "")
    return found


def as_json(po: str) -> bytes:
    """A PO file as the page reads it; what is not translated is said in English."""
    entries = {english: said for english, said in read_po(po).items() if said}
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
