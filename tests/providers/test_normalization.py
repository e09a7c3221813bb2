"""Numbers, money, dates and times as they are spoken, and the way back to what was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.providers.local.normalization import normalize
from myna.providers.local.numerals import number
from myna.speech.languages import WIRE_LANGUAGES


def spoken(text: str, language: str = "en", mode: str = "auto") -> str:
    return normalize(text, language=language, mode=mode).text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("21 apples", "twenty one apples"),
        (
            "It has 1,234,567 stars.",
            "It has one million two hundred thirty four thousand five hundred sixty seven stars.",
        ),
        ("Pi is 3.14.", "Pi is three point one four."),
        ("-5 degrees", "minus five degrees"),
        ("the 21st of May", "the twenty first of May"),
        ("$5", "five dollars"),
        ("$1", "one dollar"),
        ("$3.50, please", "three dollars and fifty cents, please"),
        ("£0.99", "ninety nine pence"),
        ("$1.2 million now", "one point two million dollars now"),
        ("$5bn", "five billion dollars"),
        ("5€", "five euros"),
        ("25% off", "twenty five percent off"),
        ("3.5 %", "three point five percent"),
        ("in 1984", "in nineteen eighty four"),
        ("in 2005", "in two thousand five"),
        ("in 1492 he", "in fourteen ninety two he"),
        ("1492 ships", "one thousand four hundred ninety two ships"),
        ("the 1990s", "the nineteen nineties"),
        ("1914–1918", "nineteen fourteen to nineteen eighteen"),
        ("March 5, 2024", "March fifth, twenty twenty four"),
        ("March 5th", "March fifth"),
        ("5 March 2024", "fifth March twenty twenty four"),
        ("3/5/2024", "March fifth twenty twenty four"),
        ("2024-03-05", "March fifth twenty twenty four"),
        ("at 5:30", "at five thirty"),
        ("at 5:05 p.m.", "at five oh five p.m."),
        ("5:00pm", "five p m"),
        ("5pm", "five p m"),
        ("7:00", "seven o'clock"),
        ("call 555-123-4567", "call five five five, one two three, four five six seven"),
        ("(555) 123-4567", "five five five one two three, four five six seven"),
        ("12345678901", "one two three four five six seven eight nine zero one"),
        ("007", "zero zero seven"),
        ("5 km", "five kilometers"),
        ("1kg", "one kilogram"),
        ("20°C", "twenty degrees Celsius"),
        ("60 mph.", "sixty miles per hour."),
        ("1/2", "one half"),
        ("5-10 people", "five to ten people"),
        ("version 1.2.3", "version one point two point three"),
        ("#1", "number one"),
        ("3 < 5", "three less than five"),
        ("a<b", "a less than b"),
        ("R&D", "R and D"),
        ("https://a.example/b?c=3&d=4", "https://a.example/b?c=3&d=4"),
        ("me+1@example.com", "me+1@example.com"),
        ("B2B and 3D", "B2B and 3D"),
        ("nothing here", "nothing here"),
        ("**bold**, *it* is", "bold, it is"),
        ("3*4 and 3 * 4", "three times four and three times four"),
        ("# Title", "Title"),
        ("* item\n• item", "item\nitem"),
        ("_so_ snake_case `x`", "so snake_case x"),
        ("see [this](https://example.com/a_b).", "see [this."),
        ("| a | b |", "  a   b  "),
        ("*", "*"),
    ],
)
def test_english(written: str, said: str) -> None:
    assert spoken(written) == said


def test_british_dates_and_numbers() -> None:
    assert spoken("3/5/2024", "en-GB") == "the third of May twenty twenty four"
    assert spoken("105", "en-GB") == "one hundred and five"
    assert spoken("3/5/2024", "en-US", mode="en-GB") == "the third of May twenty twenty four"


def test_off_leaves_everything() -> None:
    assert spoken("$5 at 5:30", mode="off") == "$5 at 5:30"


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Ich habe 21 Äpfel.", "Ich habe einundzwanzig Äpfel."),
        ("de", "am 3. Mai, 3,14 und 25 %", "am 3. Mai, 3,14 und 25 %"),
        ("fr", "21 pommes", "vingt et un pommes"),
        ("es-MX", "42", "cuarenta y dos"),
        ("no", "8", "åtte"),
        ("ja", "21", "21"),
        ("zh", "21个", "21个"),
        ("hi", "21", "21"),
    ],
)
def test_other_languages(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize("language", WIRE_LANGUAGES)
def test_no_language_fails_on_numbers(language: str) -> None:
    for value in (0, 1, 21, 100, 1999, 10**6, 10**14):
        words = number(value, language)
        assert words is None or not re.search(r"[0-9]", words)


def test_protected_spans_stay() -> None:
    assert normalize("12 and 12", language="en", protected=[(7, 9)]).text == "twelve and 12"


def test_every_word_leads_back() -> None:
    said = normalize("I paid $3.50, on March 5, 2024!", language="en")
    assert said.text == "I paid three dollars and fifty cents, on March fifth, twenty twenty four!"

    def written(words: str) -> str:
        start = said.text.index(words)
        begin, end = said.written(start, start + len(words))
        return "I paid $3.50, on March 5, 2024!"[begin:end]

    assert written("paid") == "paid"
    assert written("three") == written("dollars") == written("fifty cents") == "$3.50"
    assert written("cents,") == "$3.50,"
    assert written("on") == "on"
    assert written("fifth") == "5"
    assert written("twenty four!") == "2024!"


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["$", "5", "1,000", ".", "3.14", " ", "March ", "%", "km", ":30", "-", "th", "/", "€", "°C"]
        ),
        st.text(alphabet="0123456789.,:-/$%& ab", max_size=8),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)


@given(PIECES, st.sampled_from(["en", "en-GB", "de", "fr", "ja"]))
def test_any_text_is_aligned(text: str, language: str) -> None:
    said = normalize(text, language=language)
    done = here = 0
    for start, end, first, last in said.changes:
        assert start >= done
        assert text[done:start] == said.text[here:first]
        assert end > start
        assert last >= first
        done, here = end, last
    assert text[done:] == said.text[here:]
    for position in range(len(said.text)):
        start, end = said.written(position, position + 1)
        assert 0 <= start < end <= len(text)


@given(PIECES)
def test_words_lead_back_to_words(text: str) -> None:
    said = normalize(text, language="en")
    covered = {i for found in re.finditer(r"\S+", said.text) for i in range(*said.written(*found.span()))}
    assert covered >= {i for i, char in enumerate(text) if char.isalnum()}
