"""What the cards of networks say: the fields at the head of models/NAME/card.md.

    ---
    title: LeNet-5
    title.zh: LeNet-5
    says: Reads a digit that you draw.
    try: Draw a 4 that could be a 9.
    order: 1
    ---

`says` is one sentence, `try` what to do with it, `figure` how good it is; each once in English and,
with the language behind a dot, once in every other. `order` is the place in the gallery, `file`
what is opened where that is not NAME.onnx. A network that stays where it is, on another host, has
`address`, `size`, `sha256` and `licence`. Where a card has no such fields, its heading, its first
sentence and its section "What to try" stand for them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SAID = ("title", "says", "try", "figure")  # in every language
LAST = 50  # the place of a card that does not say which it has
_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_END = re.compile(r"(?<=[.!?])\s")  # of a sentence


@dataclass(frozen=True)
class Card:
    """One card: `name` is its folder's; `fields` as they stand in the file."""

    name: str
    fields: Mapping[str, str]

    def said(self) -> dict[str, dict[str, str]]:
        """What it says, field → language → text."""
        told = {}
        for field in SAID:
            texts = {
                key.partition(".")[2] or "en": text
                for key, text in self.fields.items()
                if key.partition(".")[0] == field
            }
            if texts:
                told[field] = texts
        return told

    @property
    def file(self) -> str:
        """The name of the file that it opens."""
        return self.fields.get("file", f"{self.name}.onnx")

    @property
    def order(self) -> int:
        """Its place in the gallery."""
        return int(self.fields.get("order", LAST))


def read_card(path: Path) -> Card:
    """The card of a model from its card.md."""
    text = path.read_text("utf-8") if path.is_file() else ""
    head = _HEAD.match(text)
    fields = dict(map(_field, head[1].splitlines())) if head else {}
    body = text[head.end() :] if head else text
    return Card(path.parent.name, {"title": path.parent.name} | _in_prose(body) | fields)


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _in_prose(text: str) -> dict[str, str]:
    """Title, first sentence and what to try, where a card says them in prose alone."""
    found = {}
    heading = re.search(r"^# (.+)$", text, re.M)
    if heading:
        found["title"] = heading[1].strip()
        found["says"] = _first(text[heading.end() :])
    advice = re.search(r"^## What to try\n(.+?)(?:\n## |\Z)", text, re.M | re.S)
    if advice:
        found["try"] = _first(advice[1])
    return {key: value for key, value in found.items() if value}


def _first(text: str) -> str:
    """The first sentence of the first paragraph, without marks."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    return _END.split(re.sub(r"[*`]", "", paragraph))[0]
