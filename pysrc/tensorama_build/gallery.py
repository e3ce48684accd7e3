"""The gallery: a card for each network that is there, with a picture drawn from the network itself.

`gallery.json` is a list of cards in the order in which they stand:

    {"name": "lenet", "model": "./models/lenet/lenet.onnx", "size": 248722, "licence": "MIT",
     "picture": "./gallery/lenet.svg", "title": {"en": "LeNet-5", …},
     "says": …, "try": …, "figure": …}

A card whose network is not there is left out.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .cards import Card, read_card
from .output import Output, Part, fingerprint

FILE = "gallery.json"
# What the pictures are drawn by; the rest of the package changes none of them.
_DRAWING = ("app/poster.py", "inputs", "layers", "scene")


def drawing(package: Path) -> list[str]:
    """What pictures depend on beside the network."""
    return [fingerprint(package / name) for name in _DRAWING]


def pictures(models: Path, package: Path) -> list[Part]:
    """A part of the build for each picture, so that only those are drawn anew that changed."""
    return [
        Part(
            f"picture of {path.parent.name}",
            fingerprint(path, *_photos(path), *drawing(package)),
            lambda output, path=path: draw(output, path),  # type: ignore[misc]
        )
        for path in sorted(models.glob("*/*.onnx"))
        if path.name == read_card(path.with_name("card.md")).file
    ]


def _photos(model: Path) -> list[Path]:
    """What may lie beside a network for it to look at."""
    return sorted(model.parent.glob("*.png"))


def draw(output: Output, path: Path) -> None:
    """Draw the picture of a card, of the network as a visitor finds it."""
    from tensorama import load  # numpy costs time: only when there is something to draw
    from tensorama.app.poster import card_picture, first_feeds

    from .photo import read_png

    model = load(path)
    beside = {photo.name: read_png(photo.read_bytes()) for photo in _photos(path)}
    picture = card_picture(model, first_feeds(model, beside))
    output.write(f"gallery/{path.parent.name}.svg", picture.encode())


def add_gallery(output: Output, models: Path) -> None:
    """Write the cards of all networks that were built."""
    there = {name for name in output.before if name.startswith("models/") and "/" in name[7:]}
    cards = [read_card(models / name / "card.md") for name in {n.split("/")[1] for n in there}]
    told = [
        described(card, output.read(f"models/{card.name}/{card.file}"))
        for card in in_order(cards)
        if f"models/{card.name}/{card.file}" in there
    ]
    output.write(FILE, as_json([*told, *elsewhere(models)]))


def elsewhere(models: Path) -> list[dict[str, Any]]:
    """The cards of networks that stay where they are: on another host, asked of when opened."""
    cards = in_order(read_card(path) for path in models.glob("*/card.md"))
    return [
        {
            "name": card.name,
            "model": card.fields["address"],
            "size": int(card.fields["size"]),
            "digest": card.fields["sha256"],
            "licence": card.fields["licence"],
            **card.said(),
        }
        for card in cards
        if "address" in card.fields
    ]


def packed(dist: Path, models: Path, given: Mapping[str, bytes]) -> bytes:
    """The list for a page of one file, with the pictures in it. given: files by their path."""
    cards = []
    for path, data in given.items():
        name = path.split("/")[1]
        if path == f"models/{name}/{name}.onnx":
            card = described(read_card(models / name / "card.md"), data)
            picture = dist / "gallery" / f"{name}.svg"
            svg = base64.b64encode(picture.read_bytes()).decode() if picture.is_file() else ""
            cards.append(card | {"picture": svg and f"data:image/svg+xml;base64,{svg}"})
    return as_json(cards)


def in_order(cards: Iterable[Card]) -> list[Card]:
    """As they stand in the gallery."""
    return sorted(cards, key=lambda card: (card.order, card.name))


def described(card: Card, model: bytes) -> dict[str, Any]:
    """What the page is told of one network."""
    return {
        "name": card.name,
        "model": f"./models/{card.name}/{card.file}",
        "picture": f"./gallery/{card.name}.svg",
        "size": len(model),
        "licence": licence(model),
        **card.said(),
    }


def licence(model: bytes) -> str:
    """The licence that a file names; empty for none."""
    from tensorama import load

    return str(load(model).metadata.get("license", ""))


def as_json(cards: Iterable[Mapping[str, Any]]) -> bytes:
    """The file that the page reads."""
    return json.dumps([*cards], ensure_ascii=False, separators=(",", ":")).encode()
