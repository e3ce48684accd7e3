"""Every operator is told in words that say something, in every language, and its attributes too."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tensorama.app.state import LANGUAGES
from tensorama.engine.registry import REGISTRY
from tensorama.layers.kinds import GROUPS as KINDS_OF_GROUPS
from tensorama_build.errors import BuildError
from tensorama_build.wordings import read_common, read_families

FOLDER = Path(__file__).parents[1] / "pysrc" / "tensorama" / "wordings"
FAMILIES = read_families(FOLDER)
ENTRIES = {name: entry for entries in FAMILIES.values() for name, entry in entries.items()}
COMMON = read_common(FOLDER)
ATTRIBUTES, GROUPS = COMMON["attributes"], COMMON["groups"]
SPOKEN = [*filter(None, LANGUAGES)]
GAPS = {"value", "by"}
ENDS = {"en": (".", "?"), "zh": ("。", "？")}
LEAST = 3  # words of a sentence that say something
# words that tell nothing of what an operator does
FILLER = frozenset(
    """
    a an and apply applies applied as at by calculate calculates compute computes computed
    defined do does for from function given gives in input inputs is it its layer name named of on
    onnx operation operator out output outputs perform performs produce produces result results
    return returns specified specification tensor tensors the these this to value values what
    which with
    """.split()  # noqa: SIM905 (a list of so many words is harder to read)
)
ZH_FILLER = re.compile(
    "计算|执行|进行|应用|输出|输入|结果|算子|运算|操作|张量|函数|返回|给出|定义|指定|一个|这个|[的是在对将把按与和并为其]"
)


def says(sentence: str, name: str) -> int:
    """How many words of a sentence tell something, besides the operator's name."""
    own = {name.rpartition(".")[2].lower()}
    if re.search("[\u4e00-\u9fff]", sentence):
        return len(re.findall("[\u4e00-\u9fff]", ZH_FILLER.sub("", sentence)))
    words = {word.lower() for word in re.findall(r"[\w−∞½]+", sentence)}
    return len(words - FILLER - own)


def known() -> Iterator[tuple[str, set[str]]]:
    """Every operator of the registry with the attributes that any of its versions has."""
    for domain, name in REGISTRY.names():
        attributes: set[str] = set()
        for since in REGISTRY.names()[domain, name]:
            attributes |= set(REGISTRY.find(name, domain, since).attributes)
        yield f"{domain}.{name}" if domain else name, attributes


def test_every_operator_is_told_and_no_other() -> None:
    names = {name for name, _ in known()}
    assert names - ENTRIES.keys() == set()
    assert ENTRIES.keys() - names == set()


@pytest.mark.parametrize("language", SPOKEN)
def test_two_sentences_that_say_something(language: str) -> None:
    poor = {
        name: sentence
        for name, entry in ENTRIES.items()
        for sentence in entry[language]
        if says(sentence, name) < LEAST or not sentence.endswith(ENDS[language])
    }
    assert poor == {}
    assert [name for name, entry in ENTRIES.items() if len(entry[language]) != 2] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Computes the output.",
        "Performs the Conv operation on the input tensor.",
        "Applies the operator to its inputs and returns the result.",
        "对输入张量执行运算并返回结果。",
        "计算输出。",
    ],
)
def test_a_sentence_that_says_nothing_is_found(sentence: str) -> None:
    assert says(sentence, "Conv") < LEAST


@pytest.mark.parametrize("language", SPOKEN)
def test_no_two_operators_share_a_sentence(language: str) -> None:
    first: dict[str, str] = {}
    twice = []
    for name, entry in ENTRIES.items():
        for sentence in entry[language]:
            if sentence in first:
                twice.append((first[sentence], name, sentence))
            first[sentence] = name
    assert twice == []


def test_every_language_is_written_in_its_own_letters() -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    for name, entry in ENTRIES.items():
        assert all(map(chinese.search, entry["zh"])), name
        assert not any(map(chinese.search, entry["en"])), name
        assert not chinese.search(entry.get("formula", "")), f"{name}: a formula is for everybody"
        assert entry.keys() <= {*SPOKEN, "formula", "attributes"}, name


def test_every_attribute_has_words() -> None:
    used: set[str] = set()
    lacking = []
    for name, attributes in known():
        own = ENTRIES[name].get("attributes", {})
        assert own.keys() <= attributes, f"{name} has no {own.keys() - attributes}"
        lacking += [(name, one) for one in attributes - own.keys() - ATTRIBUTES.keys()]
        used |= attributes - own.keys()
    assert lacking == []
    assert ATTRIBUTES.keys() - used == set(), "said of no operator"


def test_words_of_attributes_have_only_gaps_that_are_filled() -> None:
    for where, words in _said_of_attributes():
        assert words.keys() == set(SPOKEN), where
        texts = [words[language] for language in SPOKEN]
        choices = [set(text) if isinstance(text, Mapping) else set() for text in texts]
        assert choices[0] == choices[1], f"{where}: other values in other languages"
        for text in texts:
            for pattern in text.values() if isinstance(text, Mapping) else [text]:
                gaps = {name for _, name, _, _ in string.Formatter().parse(pattern) if name}
                assert gaps <= GAPS, (where, pattern)


def _said_of_attributes() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ATTRIBUTES.items()
    for name, entry in ENTRIES.items():
        for attribute, words in entry.get("attributes", {}).items():
            yield f"{name}.{attribute}", words


def test_every_kind_of_group_is_told() -> None:
    assert GROUPS.keys() == KINDS_OF_GROUPS | {"input"}
    for kind, told in GROUPS.items():
        for language in SPOKEN:
            assert len(told[language]) == 2, kind
            assert all(says(sentence, kind) >= LEAST for sentence in told[language]), kind


def test_an_operator_that_is_told_twice_is_found(tmp_path: Path) -> None:
    for family in ("one", "two"):
        (tmp_path / f"{family}.toml").write_text('[Conv]\nen = ["x"]\n')
    with pytest.raises(BuildError, match=r"Conv stands in one\.toml and in two\.toml"):
        read_families(tmp_path)
