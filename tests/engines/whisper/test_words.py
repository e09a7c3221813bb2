from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.engines.whisper.words import timed


@dataclass
class Spoken:
    word: str
    start: float = 0.0
    end: float = 1.0


@pytest.mark.parametrize(
    ("code", "said", "heard"),
    [
        ("en", [" Hello,", " Sue."], ["Hello,", "Sue."]),
        ("en", [" well", "-known", " by", " 10", "%", " ♪", " -"], ["well-known", "by", "10%"]),
        ("en", ["Hello", "-", "world"], ["Hello-world"]),
        ("zh", ["你", "好。", "Myna", " X"], ["你", "好。", "Myna", "X"]),
        ("en", [" caf\ufffd", " \ufffd", " \x16ok\n"], ["caf", "ok"]),
        ("en", [], []),
    ],
)
def test_words_as_people_write_them(code: str, said: list[str], heard: list[str]) -> None:
    assert [word.text for word in timed(map(Spoken, said), code, 5.0)] == heard


def test_a_word_of_pieces_lasts_from_the_first_to_the_last() -> None:
    (word,) = timed([Spoken(" well", 1.0, 1.2), Spoken("-known", 1.2, 1.9)], "en", 5.0)
    assert (word.start, word.end) == (1.0, 1.9)


@given(
    st.lists(st.tuples(st.text(max_size=5), st.floats(-5, 50), st.floats(-5, 50)), max_size=20),
    st.sampled_from(["en", "ja"]),
)
def test_whatever_the_times_they_rise_within_the_segment(
    said: list[tuple[str, float, float]], code: str
) -> None:
    words = timed([Spoken(text, np.float64(start), np.float64(end)) for text, start, end in said], code, 9.5)
    starts = [word.start for word in words]
    assert starts == sorted(starts)
    for word in words:
        assert 0.0 <= word.start <= word.end <= 9.5
        assert type(word.start) is float and type(word.end) is float
        assert word.text == word.text.strip() != ""
