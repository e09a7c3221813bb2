from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from myna.engines.protocols import Word
from myna.engines.words import WordClock, spaced, tokens


def _run(
    text: str, reports: list[tuple[int, float]], end: float, language: str = "en"
) -> list[tuple[str, float, float]]:
    clock = WordClock(text, language)
    words: list[Word] = []
    for position, time in reports:
        words.extend(clock.begins(position, time))
    words.extend(clock.ends(end))
    return [(text[word.text_start : word.text_end], word.start, word.end) for word in words]


def test_words_end_where_the_next_begins() -> None:
    assert _run("one two", [(0, 0.0), (4, 1.0)], 3.0) == [("one", 0.0, 1.0), ("two", 1.0, 3.0)]


def test_several_engine_words_in_one_written_word_are_merged() -> None:
    assert _run("$5.20 now", [(0, 0.0), (1, 0.4), (3, 0.9), (6, 2.0)], 3.0) == [
        ("$5.20", 0.0, 2.0),
        ("now", 2.0, 3.0),
    ]


def test_words_that_the_engine_joins_share_the_time_by_length() -> None:
    words = _run("of the cat", [(0, 0.0), (7, 1.0)], 2.0)
    assert words == [("of", 0.0, 0.4), ("the", 0.4, 1.0), ("cat", 1.0, 2.0)]


def test_a_lone_dash_has_no_duration() -> None:
    assert _run("yes — no", [(0, 0.0), (6, 1.0)], 2.0) == [
        ("yes", 0.0, 1.0),
        ("—", 1.0, 1.0),
        ("no", 1.0, 2.0),
    ]


def test_a_sign_whose_name_is_read_has_its_time() -> None:
    clock = WordClock("7 - 3", "en")
    words = [*clock.begins(0, 0.0)]
    clock.sounds()
    words += clock.begins(2, 1.0)
    clock.sounds()
    clock.pauses(1.8)
    words += clock.begins(4, 2.0)
    assert [(word.start, word.end) for word in words] == [(0.0, 1.0), (1.0, 1.8)]


def test_a_pause_ends_a_word_unless_it_goes_on() -> None:
    clock = WordClock("one two", "en")
    assert list(clock.begins(0, 0.0)) == []
    clock.pauses(0.2)
    clock.sounds()
    clock.pauses(0.5)
    (first,) = clock.begins(4, 1.0)
    assert (first.start, first.end) == (0.0, 0.5)


def test_without_spaces_the_engine_says_where_words_begin() -> None:
    assert not spaced("zh-CN") and not spaced("ja") and spaced("ko")
    assert _run("你好世界", [(0, 0.0), (2, 1.0)], 2.0, "zh") == [("你好", 0.0, 1.0), ("世界", 1.0, 2.0)]


@given(
    st.text(alphabet="ab1—. \n", max_size=30),
    st.lists(st.tuples(st.integers(-3, 40), st.floats(0, 1)), max_size=20),
    st.sampled_from(["en", "th"]),
)
def test_every_written_word_has_a_time_and_times_never_decrease(
    text: str, steps: list[tuple[int, float]], language: str
) -> None:
    time, reports = 0.0, []
    for position, step in steps:
        time += step
        reports.append((position, time))
    words = _run(text, reports, time + 1.0, language)
    if language == "en":
        assert [word for word, _, _ in words] == [text[slice(*token)] for token in tokens(text)]
    assert "".join(word for word, _, _ in words) == "".join(text.split())
    moments = [moment for _, start, end in words for moment in (start, end)]
    assert moments == sorted(moments)
