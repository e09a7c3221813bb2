"""Transcript markup: what is a tag, what is text, and that pieces do not matter."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech import markup
from myna.speech.markup import (
    Break,
    Emotion,
    Event,
    Ignored,
    Nonverbal,
    Parser,
    Pronounce,
    Speed,
    SpellEnd,
    SpellStart,
    Text,
    Volume,
)


def parse(*pieces: str) -> list[Event]:
    parser = Parser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return merged([*events, *parser.close()])


def merged(events: list[Event]) -> list[Event]:
    whole: list[Event] = []
    for event in events:
        last = whole[-1] if whole else None
        if isinstance(event, Text) and isinstance(last, Text):
            whole[-1] = Text(last.start, event.end, last.text + event.text)
        else:
            whole.append(event)
    return whole


def spoken(*pieces: str) -> str:
    return "".join(event.text for event in parse(*pieces) if isinstance(event, Text))


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ('<break time="1s"/>', Break(0, 18, 1.0)),
        ('<break time="200ms" />', Break(0, 22, 0.2)),
        ("<break time='1.5s'  />", Break(0, 22, 1.5)),
        ("<break time=2s/>", Break(0, 16, 2.0)),
        ('<BREAK TIME="1S"/>', Break(0, 18, 1.0)),
        ("<break/>", Break(0, 8, markup.USUAL_BREAK)),
        ('<break time="9999s"/>', Break(0, 21, markup.LONGEST_BREAK)),
        ('<speed ratio="1.2"/>', Speed(0, 20, 1.2)),
        ('<speed ratio="9" />', Speed(0, 19, 1.5)),
        ('<speed ratio="-1"/>', Speed(0, 19, 0.6)),
        ('<volume ratio="0.7"/>', Volume(0, 21, 0.7)),
        ('<volume level="inf"/>', Volume(0, 21, 2.0)),
        ('<emotion value="Angry" />', Emotion(0, 25, "angry")),
        ("</emotion>", Emotion(0, 10, None)),
        ("</speed>", Speed(0, 8, 1.0)),
        ("<<k|æ|t>>", Pronounce(0, 9, ("k", "æ", "t"))),
        ("<<k|æ|t|>>", Pronounce(0, 10, ("k", "æ", "t"))),
        ("[laughter]", Nonverbal(0, 10, "laughter")),
        ("[Sigh]", Nonverbal(0, 6, "sigh")),
        ("<laughter/>", Nonverbal(0, 11, "laughter")),
        ("<pause>", Ignored(0, 7, "<pause>")),
        ("<foo/>", Ignored(0, 6, "<foo/>")),
        ("</foo>", Ignored(0, 6, "</foo>")),
        ('<foo a="1" b=2>', Ignored(0, 15, '<foo a="1" b=2>')),
        ("<<>>", Ignored(0, 4, "<<>>")),
        ('<break time="soon"/>', Ignored(0, 20, '<break time="soon"/>')),
        ('<speed ratio="nan"/>', Ignored(0, 20, '<speed ratio="nan"/>')),
        ("</spell>", Ignored(0, 8, "</spell>")),
    ],
)
def test_a_tag_alone(source: str, event: Event) -> None:
    assert parse(source) == [event]
    assert parse(*source) == [event]


@pytest.mark.parametrize(
    "source",
    [
        "3 < 5",
        "a<b",
        "a<b and c>d",
        "I <3 you",
        "x << 2",
        "cout<<x; y>>z",
        "<joe@example.com>",
        "<https://example.com/a?b=c>",
        "see [1] and [citation needed]",
        "[laugh",
        "5 > 4 and 4 >= 3",
        "<<two words>>",
        "<" + "a" * markup.LONGEST_TAG + ">",
        "[[laugh",
        "<",
        "",
    ],
)
def test_ordinary_text_is_kept(source: str) -> None:
    assert spoken(source) == source
    assert spoken(*source) == source


@pytest.mark.parametrize(
    "source", ["<break time=", '<break time="1s"', "</spell", "<emotion value='sa", "<<k|æ|t"]
)
def test_a_known_tag_that_is_never_finished_is_not_read(source: str) -> None:
    assert spoken("yes " + source) == "yes "
    parser = markup.Parser()
    assert [event.end for event in [*parser.feed("yes "), *parser.feed(source)]] == [4]
    assert parser.is_within_tag
    assert [(event.start, event.end) for event in parser.close()] == [(4, 4 + len(source))]
    assert not parser.is_within_tag and parser.held == 0


def test_spell_with_break_inside() -> None:
    assert parse('My code is <spell>AB<break time="100ms"/>12</spell>, thanks') == [
        Text(0, 11, "My code is "),
        SpellStart(11, 18),
        Text(18, 20, "AB"),
        Break(20, 41, 0.1),
        Text(41, 43, "12"),
        SpellEnd(43, 51),
        Text(51, 59, ", thanks"),
    ]


def test_nested_spell_ends_at_the_first_closing_tag() -> None:
    events = parse("<spell>A<spell>B</spell>C</spell>")
    assert [type(event) for event in events] == [SpellStart, Text, Ignored, Text, SpellEnd, Text, Ignored]


def test_a_tag_inside_a_broken_tag_counts() -> None:
    assert spoken("<<<k|æ|t>>") == "<"
    assert spoken("< <break/>") == "< "


def test_text_before_an_unfinished_tag_is_not_held() -> None:
    parser = Parser()
    assert list(parser.feed("Hello <bre")) == [Text(0, 6, "Hello ")]
    assert parser.held == 4
    assert list(parser.feed('ak time="1s"/>x')) == [Break(6, 24, 1.0), Text(24, 25, "x")]
    assert parser.held == 0


def test_more_may_follow_a_close() -> None:
    parser = Parser()
    assert list(parser.feed("a <b")) == [Text(0, 2, "a ")]
    assert list(parser.close()) == [Text(2, 4, "<b")]
    assert list(parser.feed("<break/>")) == [Break(4, 12, markup.USUAL_BREAK)]


SIGNS = "< > << >> / = \" ' | [ ] break time 1s spell speed ratio 0.9 laughter sigh emotion value a æ 3 . 好"
TAGS = [
    '<break time="1s"/>',
    "<spell>",
    "</spell>",
    "<<k|æ>>",
    "[laughter]",
    "<pause>",
    '<volume level="2" />',
]
FRAGMENTS = st.sampled_from([*SIGNS.split(" "), *TAGS, " ", "\n", "\x00", "\ud800"])
TRANSCRIPTS = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=25).map("".join))


@given(TRANSCRIPTS, st.data())
def test_pieces_do_not_matter_and_nothing_is_lost(source: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(source)), max_size=12)))
    pieces = [source[a:b] for a, b in pairwise([0, *cuts, len(source)])]
    whole = parse(source)
    assert parse(*pieces) == whole
    assert parse(*source) == whole
    assert [event.start for event in whole] == [0, *(event.end for event in whole)][: len(whole)]
    assert (whole[-1].end if whole else 0) == len(source)
    for event in whole:
        if isinstance(event, Text):
            assert event.text == source[event.start : event.end]


@given(st.lists(TRANSCRIPTS, max_size=6))
def test_what_is_held_is_bounded(pieces: list[str]) -> None:
    parser = Parser()
    for piece in pieces:
        list(parser.feed(piece))
        assert parser.held < markup.LONGEST_TAG
