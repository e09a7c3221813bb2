import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech.listening import TimedWord
from myna.speech.subtitles import CUE_WIDTH, LINE_WIDTH, LONGEST, Cue, cues, srt, vtt

TEXT = (
    "It was the best of times, it was the worst of times. She said: “Go!” "
    "And then, without another word and without looking back at any of us, he went away into the night."
)


def timed(text, pace=0.3, gap=0.05):
    return [TimedWord(word, i * pace, (i + 1) * pace - gap) for i, word in enumerate(text.split())]


def test_cues_break_at_sentences_and_hold_every_word_once():
    made = cues(timed(TEXT))
    assert made[0].lines == ("It was the best of times,", "it was the worst of times.")
    assert made[1].lines == ("She said: “Go!”",)
    assert " ".join(line for cue in made for line in cue.lines) == TEXT


def test_a_pause_ends_a_cue():
    words = [TimedWord("Yes", 0.0, 0.4), TimedWord("indeed", 1.5, 2.0)]
    assert [cue.lines for cue in cues(words)] == [("Yes",), ("indeed",)]


def test_a_short_cue_stays_a_while_but_not_into_the_next():
    words = [TimedWord("Yes.", 0.0, 0.2), TimedWord("No.", 0.5, 0.7)]
    assert cues(words) == [Cue(0.0, 0.5, ("Yes.",)), Cue(0.5, 1.5, ("No.",))]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["今日は", "いい", "天気", "です。"], "今日はいい天気です。"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["我", "用", "Python", "写", "程序。"], "我用Python写程序。"),
        (["안녕", "하세요"], "안녕 하세요"),
    ],
)
def test_words_are_joined_as_their_script_is_written(words, line):
    timed = [TimedWord(word, i / 4, i / 4 + 0.2) for i, word in enumerate(words)]
    assert cues(timed)[0].lines == (line,)


def test_one_endless_word_is_a_cue_of_its_own():
    made = cues([TimedWord("so", 0, 0.1), TimedWord("x" * 200, 0.1, 3), TimedWord("then", 3, 3.2)])
    assert [cue.lines for cue in made] == [("so",), ("x" * 200,), ("then",)]


def test_srt_is_numbered_and_vtt_is_escaped():
    made = [Cue(0.0, 1.25, ("a < b & c",)), Cue(3661.5, 3662.0, ("d", "e"))]
    assert srt(made) == (
        "1\n00:00:00,000 --> 00:00:01,250\na < b & c\n\n2\n01:01:01,500 --> 01:01:02,000\nd\ne\n"
    )
    assert vtt(made) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\na &lt; b &amp; c\n\n01:01:01.500 --> 01:01:02.000\nd\ne\n"
    )
    assert srt([]) == ""
    assert vtt([]).startswith("WEBVTT")


words = st.lists(
    st.tuples(
        st.text(st.characters(categories=("L", "P", "N")), min_size=1, max_size=20),
        st.floats(0, 1.5),
        st.floats(0, 2),
    ),
    max_size=60,
)


@given(words)
def test_whatever_the_words_cues_are_monotone_complete_and_readable(parts):
    made, now = [], 0.0
    for text, gap, length in parts:
        made.append(TimedWord(text, now + gap, now + gap + length))
        now += gap + length
    result = cues(made)
    assert "".join(line for cue in result for line in cue.lines).replace(" ", "") == "".join(
        word.text for word in made
    )
    for cue in result:
        assert 0 <= cue.start <= cue.end
        assert len(cue.lines) <= 2
        assert sum(map(len, cue.lines)) <= CUE_WIDTH
        assert max(map(len, cue.lines)) <= LINE_WIDTH or len(cue.lines) == 1
    for one, following in pairwise(result):
        assert one.end <= following.start
    assert all(cue.end - cue.start <= LONGEST + 2 for cue in result)
    assert len(re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> ", srt(result), re.M)) == len(result)
