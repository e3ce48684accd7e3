"""The gallery says what the cards say, and has a picture of each network that is there."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tensorama_build import gallery
from tensorama_build.cards import SAID, read_card
from tensorama_build.output import Output, build_parts

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
CARDS = sorted(MODELS.glob("*/card.md"))


def card(folder: Path, text: str) -> dict[str, dict[str, str]]:
    folder.mkdir(exist_ok=True)
    (folder / "card.md").write_text(text)
    return read_card(folder / "card.md").said()


def test_a_card_says_each_field_in_each_language(tmp_path: Path) -> None:
    text = (
        "---\ntitle: One\ntitle.zh: 一\nsays: Reads: all.\norder: 3\n---\n\n# Another\n\nProse.\n"
    )
    said = card(tmp_path / "one", text)
    assert said["title"] == {"en": "One", "zh": "一"}
    assert said["says"] == {"en": "Reads: all."}
    assert read_card(tmp_path / "one" / "card.md").order == 3


def test_a_card_without_fields_says_what_its_prose_says(tmp_path: Path) -> None:
    text = (
        "# Two\n\nIt **reads** `text`,\nas one does. And more.\n\n## What to try\n\n"
        "Give it a line. Or two.\n\n## Limits\n\nMany.\n"
    )
    said = card(tmp_path / "two", text)
    assert said["title"] == {"en": "Two"}
    assert said["says"] == {"en": "It reads text, as one does."}
    assert said["try"] == {"en": "Give it a line."}


def test_without_a_card_the_folder_gives_the_title(tmp_path: Path) -> None:
    assert read_card(tmp_path / "three" / "card.md").file == "three.onnx"
    assert read_card(tmp_path / "three" / "card.md").said() == {"title": {"en": "three"}}


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_a_card_with_fields_has_all_of_them_in_both_languages(path: Path) -> None:
    if path.read_text("utf-8").startswith("---"):
        said = read_card(path).said()
        assert {field: sorted(texts) for field, texts in said.items()} == {
            field: ["en", "zh"] for field in SAID if field in said
        }
        assert {"title", "says", "try"} <= said.keys()


def test_what_is_built_has_a_card_and_a_picture(tmp_path: Path) -> None:
    lenet = (MODELS / "lenet" / "lenet.onnx").read_bytes()
    (tmp_path / "models" / "lenet").mkdir(parents=True)
    (tmp_path / "models" / "lenet" / "lenet.onnx").write_bytes(lenet)
    card(tmp_path / "models" / "gone", "# Gone\n\nIts network is not there.\n")
    card(tmp_path / "models" / "lenet", "---\ntitle: LeNet\nsays: Reads.\n---\n")
    parts = gallery.pictures(tmp_path / "models", ROOT / "pysrc" / "tensorama")
    assert [part.name for part in parts] == ["picture of lenet"]
    build_parts(parts, tmp_path / "dist", tmp_path / "stamps.json")
    picture = ET.fromstring((tmp_path / "dist" / "gallery" / "lenet.svg").read_text())
    assert len(picture.findall(".//{*}path")) > 50
    output = Output(tmp_path / "dist", ["models/lenet/lenet.onnx", "models/lenet/card.md"])
    (tmp_path / "dist" / "models" / "lenet").mkdir(parents=True)
    (tmp_path / "dist" / "models" / "lenet" / "lenet.onnx").write_bytes(lenet)
    gallery.add_gallery(output, tmp_path / "models")
    told, *others = json.loads((tmp_path / "dist" / "gallery.json").read_text())
    assert told["model"] == "./models/lenet/lenet.onnx"
    assert told["picture"] == "./gallery/lenet.svg"
    assert (told["size"], told["licence"]) == (len(lenet), "MIT")
    assert told["title"] == {"en": "LeNet"}
    assert not others


def test_what_stays_on_another_host_has_its_address_and_hash(tmp_path: Path) -> None:
    fields = "title: Far\nsize: 5\nsha256: ab\nlicence: MIT\naddress: https://example.org/a.onnx"
    card(tmp_path / "far", f"---\n{fields}\n---\n")
    (told,) = gallery.elsewhere(tmp_path)
    assert (told["model"], told["size"], told["digest"]) == ("https://example.org/a.onnx", 5, "ab")
    for far in gallery.elsewhere(MODELS):
        assert far["size"] > 1_000_000
        assert re.fullmatch(r"[0-9a-f]{64}", far["digest"])
