"""Every text of the interface stands in every catalogue; none stands in the program unmarked."""

from __future__ import annotations

import ast
import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tensorama.app.state import LANGUAGES
from tensorama_build.catalogue import as_json, read_po
from tensorama_build.errors import BuildError
from texts.found import (
    EXPLAINING,
    PACKAGE,
    ROOT,
    constants,
    explained,
    glued,
    sources,
    texts,
    unmarked,
)

LANGUAGES_OF = ROOT / "site" / "languages"
CATALOGUES = sorted(path for path in LANGUAGES_OF.glob("*.po") if "." not in path.stem)
EXPLAINED = sorted(LANGUAGES_OF.glob("*.explain.po"))  # what explanations say
SIGNS = {
    ", ",
    "{measure}: {amount}",
    "{what}: {names}",
    "{name}: {label}",
    "{place}: {number}",
    "{wide} × {high}, {low} … {top}",
    "{node}: {fact}.",
    "{first} {then}",
}  # no words, which a language may write in its own way
SPEAKING = ("app", "view", "scene", "figure", "layers", "outputs", "inputs", "onnxfile")
# what is no language of people; what of a file an operator expects in Python's words, and its names
OTHER = {"figure/pdf.py", "figure/svg.py", "inputs/demands.py", "onnxfile/types.py"}


def test_every_language_but_english_has_a_catalogue() -> None:
    others = [code for code in LANGUAGES if code not in ("", "en")]
    assert [path.stem for path in CATALOGUES] == others
    assert [path.stem for path in EXPLAINED] == [f"{code}.explain" for code in others]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_has_every_text_and_no_other(path: Path) -> None:
    entries, wanted = read_po(path.read_text("utf-8")), texts()
    lacking = {text: where for text, where in wanted.items() if not entries.get(text)}
    assert not lacking, f"add them to {path.name}"
    assert not entries.keys() - wanted.keys() - SIGNS, f"take them out of {path.name}"


@pytest.mark.parametrize("path", EXPLAINED, ids=lambda path: path.stem)
def test_a_catalogue_has_every_text_of_explanations_and_no_other(path: Path) -> None:
    entries = read_po(path.read_text("utf-8"))
    lacking = {text: where for text, where in explained().items() if not entries.get(text)}
    assert not lacking, f"add them to {path.name}"
    assert not entries.keys() - constants(EXPLAINING), f"take them out of {path.name}"


@pytest.mark.parametrize(
    "path", sorted(EXPLAINING.rglob("*.py")), ids=lambda path: str(path.relative_to(EXPLAINING))
)
def test_no_text_of_explanations_is_made_of_pieces(path: Path) -> None:
    assert [*glued(ast.parse(path.read_text("utf-8")))] == [], "use gaps, or sentences(…)"


@pytest.mark.parametrize(
    "source",
    [
        'text = f"{a} is above {b}."',
        'text += ", and mirrors it."',
        'Said("Of {count} cells" + (" one is largest." if one else " none is."))',
        'Stage(f"part {number}", 1)',
    ],
)
def test_the_search_for_glued_texts_finds_one(source: str) -> None:
    assert [*glued(ast.parse(source))]


@pytest.mark.parametrize("path", [*CATALOGUES, *EXPLAINED], ids=lambda path: path.stem)
def test_a_translation_says_the_same_values(path: Path) -> None:
    for english, said in read_po(path.read_text("utf-8")).items():
        assert sorted(fields(english)) == sorted(fields(said)), (english, said)


def fields(pattern: str) -> set[tuple[str, str]]:
    return {(name, form or "") for _, name, form, _ in string.Formatter().parse(pattern) if name}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_stands_in_the_program_without_being_marked(path: Path) -> None:
    name = path.relative_to(PACKAGE)
    if name.parts[0] in SPEAKING and name.as_posix() not in OTHER:
        assert [*unmarked(ast.parse(path.read_text("utf-8")))] == [], "use tensorama.phrases"


@pytest.mark.parametrize(
    "source",
    [
        'x = "two words"',
        'x = f"{a} opened now"',
        'element.textContent = "Run"',
        'element.setAttribute("aria-label", "Run")',
        'desk.said.tell("Stopped")',
        'raise FetchError("nothing came")',
    ],
)
def test_the_search_for_texts_finds_one(source: str) -> None:
    assert [*unmarked(ast.parse(source))]


@pytest.mark.parametrize(
    "source", ['x = phrase("two words")', 'raise ValueError("too deep")', '"""A docstring here."""']
)
def test_the_search_for_texts_leaves_others_alone(source: str) -> None:
    assert not [*unmarked(ast.parse(source))]


class Words(HTMLParser):
    """What a person reads in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "title", "strong", "noscript")
        said = ("title", "aria-label", "placeholder", "alt")
        self.read += [value or "" for name, value in attrs if name in said]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "title", "strong", "noscript")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.read.append(data)


@pytest.mark.parametrize("path", [PACKAGE / "app/shell.html", ROOT / "site/index.html"])
def test_no_text_stands_in_a_page_without_being_marked(path: Path) -> None:
    words = Words()
    words.feed(path.read_text("utf-8"))
    assert words.read
    for text in words.read:
        rest = re.sub(r"{{[^}]*}}(?: \((?:Shift \+ )?\w+(?: \w)?\))?|\d×", "", text)  # with the key
        assert not re.search("[A-Za-z]", rest), text


def test_a_script_of_the_page_says_only_what_is_marked() -> None:
    for path in (ROOT / "site").rglob("*.js"):
        script = re.sub(r"//[^\n]*", "", path.read_text("utf-8"))
        script = re.sub(r'\b(?:say|spoken|fail)\(\s*"(?:[^"\\]|\\.)*"', "", script)
        assert not re.search(r'["`][^"`\n]*[a-z]{2,} [a-z]{2,}[^"`\n]*["`]', script), path.name


def test_a_catalogue_is_read_as_gettext_writes_it() -> None:
    po = """
# about all
msgid ""
msgstr ""
"Language: zh\\n"

#. in two parts
msgid "one "
"two"
msgstr "一"
"二"

msgid "{count} layer"
msgid_plural "{count} layers"
msgstr[0] "{count} 层"

msgid "not yet"
msgstr ""
"""
    assert read_po(po) == {"one two": "一二", "{count} layers": "{count} 层", "not yet": ""}
    assert as_json(po).decode() == '{"one two":"一二","{count} layers":"{count} 层"}'


@pytest.mark.parametrize(
    ("po", "sentence"),
    [
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', "A catalogue has this text twice: a"),
        ('msgid "a"\nmsgstr b', "This is no line of a catalogue: msgstr b"),
        ('"a"', 'This is no line of a catalogue: "a"'),
    ],
)
def test_a_broken_catalogue_is_refused(po: str, sentence: str) -> None:
    with pytest.raises(BuildError, match=f"^{re.escape(sentence)}$"):
        read_po(po)
