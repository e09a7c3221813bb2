"""Words of the user's text with the times of an engine's words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.engines.protocols import Phoneme, Word
from myna.providers.local.normalization import Spoken, normalize
from myna.providers.local.timeline import Timeline, spaced_words, unspaced_words
from myna.speech.events import PhonemeTimes, WordTimes


def heard(text: str) -> list[Word]:
    """One second for each run between spaces."""
    return [Word(start, end, i, i + 1.0) for i, (start, end) in enumerate(spaced_words(text))]


def times(
    written: str, *, normalized: bool = False, unspaced: bool = False, start: float = 0.0
) -> list[tuple[str, float, float]]:
    spoken = normalize(written, language="en")
    line = Timeline(unspaced=unspaced, normalized=normalized)
    found = line.words(written, spoken, 0, heard(spoken.text), (start, start + 100.0))
    return list(zip(found.words, found.start, found.end, strict=True)) if found else []


def test_words_keep_their_punctuation() -> None:
    assert times('He said: "No!"', start=2.0) == [("He", 2.0, 3.0), ("said:", 3.0, 4.0), ('"No!"', 4.0, 5.0)]


def test_a_number_has_the_time_of_all_its_words() -> None:
    assert times("I have 21 cats.") == [("I", 0, 1), ("have", 1, 2), ("21", 2, 4), ("cats.", 4, 5)]
    assert times("I have 21 cats.", normalized=True)[2:4] == [("twenty", 2, 3), ("one", 3, 4)]


def test_a_unit_behind_a_space_is_its_own_word() -> None:
    assert times("5 km away") == [("5", 0, 1), ("km", 1, 2), ("away", 2, 3)]


def test_a_word_without_sound_has_no_length() -> None:
    line = Timeline(unspaced=False, normalized=False)
    found = line.words("one — two", Spoken("one — two"), 0, [Word(0, 3, 0, 1), Word(6, 9, 1, 2)], (0.0, 2.0))
    assert found == WordTimes(("one", "—", "two"), (0.0, 1.0, 1.0), (1.0, 1.0, 2.0))


def test_one_engine_word_over_several_tokens_is_shared_by_length() -> None:
    line = Timeline(unspaced=True, normalized=False)
    found = line.words("你好吗", Spoken("你好吗"), 0, [Word(0, 3, 0.0, 3.0)], (1.0, 4.0))
    assert found == WordTimes(("你", "好", "吗"), (1.0, 2.0, 3.0), (2.0, 3.0, 4.0))


def test_text_that_was_not_given_to_the_engine_is_counted() -> None:
    line = Timeline(unspaced=False, normalized=False)
    found = line.words(
        "  one two ", Spoken("  one two "), 2, [Word(0, 3, 0, 1), Word(4, 7, 1, 2)], (0.0, 2.0)
    )
    assert found == WordTimes(("one", "two"), (0.0, 1.0), (1.0, 2.0))


def test_nothing_is_told_of_nothing() -> None:
    line = Timeline(unspaced=False, normalized=False)
    assert line.words("  ", Spoken("  "), 0, [], (0.0, 0.0)) is None
    assert line.phonemes([Phoneme("", 0.0, 1.0)], (0.0, 1.0)) is None


def test_words_behind_a_cut_are_left_out() -> None:
    line = Timeline(unspaced=False, normalized=False)
    found = line.words("one two", Spoken("one two"), 0, [Word(0, 3, 0, 1)], (0.0, 1.5), cut=True)
    assert found == WordTimes(("one",), (0.0,), (1.0,))
    assert line.words("three", Spoken("three"), 0, [], (1.5, 1.5), cut=True) is None


def test_phonemes_go_on_from_call_to_call() -> None:
    line = Timeline(unspaced=False, normalized=False)
    assert line.phonemes([Phoneme("a", 0, 1), Phoneme("b", 1, 2)], (0.0, 2.0)) == PhonemeTimes(
        ("a", "b"), (0.0, 1.0), (1.0, 2.0)
    )
    assert line.phonemes([Phoneme("c", -0.5, 9.0)], (2.0, 3.0)) == PhonemeTimes(("c",), (2.0,), (3.0,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("你好，世界。", ["你", "好，", "世", "界。"]),
        ("我有iPhone 15 Pro。", ["我", "有", "iPhone ", "15 ", "Pro。"]),
        ("「はい」、3.14です", ["「は", "い」、", "3.14", "で", "す"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("。。", ["。。"]),
        ("", []),
    ],
)
def test_words_of_scripts_without_spaces(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in unspaced_words(text)] == words


@given(st.text(alphabet="aé1 ,.好は「」。ดีแ\u200d\u0301\n", max_size=30))
def test_words_of_scripts_without_spaces_are_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in unspaced_words(text)) == text


ENGINE_WORDS = st.lists(
    st.builds(
        Word,
        st.integers(0, 40),
        st.integers(0, 40),
        st.floats(-1, 20, allow_nan=False),
        st.floats(-1, 20, allow_nan=False),
    ),
    max_size=8,
)


@given(
    st.lists(st.tuples(st.text(alphabet="ab 1$.,好", max_size=30), ENGINE_WORDS), max_size=5), st.booleans()
)
def test_times_never_go_back_whatever_an_engine_says(
    calls: list[tuple[str, list[Word]]], normalized: bool
) -> None:
    line = Timeline(unspaced=False, normalized=normalized)
    told: list[tuple[float, float]] = []
    for index, (text, words) in enumerate(calls):
        spoken = normalize(text, language="en")
        found = line.words(text, spoken, 0, words, (index * 2.0, index * 2.0 + 2.0))
        if found:
            expected = (spoken.text if normalized else text).split()
            assert list(found.words) == expected
            told += zip(found.start, found.end, strict=True)
    assert all(0.0 <= start <= end <= len(calls) * 2.0 for start, end in told)
    for (start, end), (later, later_end) in pairwise(told):
        assert start <= later
        assert end <= later_end
