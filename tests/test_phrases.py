"""A phrase is English text that can be said in another language."""

from __future__ import annotations

import copy

from tensorama.errors import FileFormatError, TensoramaError
from tensorama.phrases import Phrase, counted, joined, phrase, sentences, spoken, word

CHINESE = {
    "{name} of {count:,}": "{count:,} 之 {name}",
    "residual block": "残差块",
    "{count} layers": "{count} 层",
    ", ": "，",
}


def test_a_phrase_is_its_english() -> None:
    words = phrase("{name} of {count:,}", name="fc1", count=1200)
    assert words == "fc1 of 1,200"
    assert {words: 1}["fc1 of 1,200"] == 1


def test_a_phrase_is_said_with_its_values() -> None:
    words = phrase("{name} of {count:,}", name=phrase("residual block"), count=1200)
    assert spoken(words, CHINESE) == "1,200 之 残差块"
    assert spoken(words, {}) == "residual block of 1,200"


def test_what_is_no_phrase_stays_what_it_is() -> None:
    assert spoken("residual block", CHINESE) == "residual block"  # a name out of a file
    assert spoken(phrase("unknown"), CHINESE) == "unknown"


def test_one_thing_is_spoken_of_in_the_singular() -> None:
    words = [counted("{count} layer", "{count} layers", count) for count in (0, 1, 2)]
    assert words == ["0 layers", "1 layer", "2 layers"]
    assert [spoken(word, CHINESE) for word in words] == ["0 层", "1 层", "2 层"]


def test_a_row_is_said_part_by_part() -> None:
    words = joined(", ", [phrase("residual block"), "Conv"])
    assert words == "residual block, Conv"
    assert spoken(words, CHINESE) == "残差块，Conv"
    assert joined(", ", []) == ""


def test_a_phrase_can_be_copied() -> None:
    words = phrase("{count} layers", count=3)
    assert spoken(copy.deepcopy(words), CHINESE) == "3 层"
    assert isinstance(copy.copy(words), Phrase)


def test_an_error_keeps_its_phrase() -> None:
    error = FileFormatError(phrase("residual block"))
    assert str(error) == "residual block"
    assert spoken(error.sentence, CHINESE) == "残差块"
    assert TensoramaError().sentence == ""


def test_a_word_is_looked_up_as_it_stands() -> None:
    assert word("bias") == "bias"
    assert spoken(word("bias"), {"bias": "偏置"}) == "偏置"
    assert spoken(word("conv{1}"), {"bias": "偏置"}) == "conv{1}"
    assert word(phrase("at {n}", n=1)).values == {"n": 1}


def test_sentences_stand_behind_one_another_as_the_language_has_it() -> None:
    said = sentences([phrase("One."), "", phrase("Two."), phrase("Three.")])
    assert said == "One. Two. Three."
    chinese = {"One.": "一。", "Two.": "二。", "Three.": "三。", "{first} {then}": "{first}{then}"}
    assert spoken(said, chinese) == "一。二。三。"
    assert sentences([]) == ""
