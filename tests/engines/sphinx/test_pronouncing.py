from __future__ import annotations

import pytest

from myna.engines.sphinx.decoding import written
from myna.engines.sphinx.pronouncing import plain, pronunciations, spoken
from myna.engines.sphinx.vocabulary import terms

DICTIONARY = {"new": "N UW", "york": "Y AO R K", "berg": "B ER G", "the": "DH AH", "the(2)": "DH IY"}


@pytest.mark.parametrize(
    ("letters", "phones"),
    [
        ("liddy", "L IH D IY"),
        ("newberg", "N UW B ER G"),
        ("phone", "F OW N"),
        ("nation", "N AE SH AH N"),
        ("quick", "K W IH K"),
        ("cat", "K AE T"),
        ("city", "S IH T IY"),
    ],
)
def test_letters_have_sounds(letters: str, phones: str) -> None:
    assert spoken(letters) == phones


def test_the_dictionary_comes_first_and_makes_up_what_it_lacks() -> None:
    assert pronunciations("The", DICTIONARY.get) == ["DH AH", "DH IY"]
    assert pronunciations("newberg", DICTIONARY.get)[0] == "N UW B ER G"
    assert pronunciations("BBC", DICTIONARY.get)[0] == "B IY B IY S IY"
    assert pronunciations("42 !", DICTIONARY.get) == []


def test_marks_and_accents_are_left_out() -> None:
    assert plain("Müller-Lüdenscheidt’s 3 Straße") == "muller ludenscheidt's strasse"


def test_terms_are_told_as_they_were_written() -> None:
    (york, zyx) = terms(("New York", "new york", "Zyx", "!!"), DICTIONARY.get)
    told = york.told(1.0, 1.6)
    assert [word.text for word in told] == ["New", "York"]
    assert [round(word.start, 2) for word in told] == [1.0, 1.2] and told[-1].end == pytest.approx(1.6)
    assert zyx.written == ("Zyx",) and zyx.ways


@pytest.mark.parametrize(
    ("word", "text"), [("i", "I"), ("i'm(2)", "I'm"), ("the(3)", "the"), ("it's", "it's")]
)
def test_words_are_written_without_marks(word: str, text: str) -> None:
    assert written(word) == text
