"""Pronunciation dictionaries: what is found in text, and what is spoken instead, however the text arrives."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from myna.engines.protocols import PhonemeSpan, Utterance
from myna.library import Library
from myna.providers.local import LocalProvider
from myna.providers.local.pronouncing import Lexicon
from myna.providers.local.segmentation import HOLD, End, Segment, Segmenter
from myna.speech.access import Caller
from myna.speech.dictionaries import DictionaryChanges, Pronunciation
from myna.speech.errors import InvalidRequest, NotFound
from myna.speech.events import Done, Failed, SpeechEvent, WordTimes
from myna.speech.pages import Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import VoiceChoice
from tests.providers.pools import TonePool

ANN, BOB = Caller("ann"), Caller("bob")


def lexicon(**entries: str) -> Lexicon:
    return Lexicon(Pronunciation(text.replace("_", " "), said) for text, said in entries.items())


def read(text: str, *items: Pronunciation | tuple[str, str]) -> str:
    """What is said of a text; sounds in slashes."""
    made = [item if isinstance(item, Pronunciation) else Pronunciation(*item) for item in items]
    search = Lexicon(made).search(text)
    assert search.settled == len(text)
    parts, done = [], 0
    for hit in search.hits:
        assert done <= hit.start < hit.end
        parts += [text[done : hit.start], f"/{hit.said.ipa}/" if hit.said.ipa else hit.said.words]
        done = hit.end
    return "".join([*parts, text[done:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat.", "The dog sat."),
        ("Cat, CAT, caT", "dog, CAT, caT"),
        ("cats concatenate a cat's bobcat cat", "cats concatenate a dog's bobcat dog"),
        ("cat-cat (cat) cat_cat", "dog-dog (dog) cat_cat"),
        ("cat\u0301 cat", "cat\u0301 dog"),
        ("", ""),
    ],
)
def test_words_are_replaced_where_they_stand_alone(text: str, expected: str) -> None:
    assert read(text, ("cat", "dog")) == expected


def test_the_longest_entry_counts() -> None:
    items = [("new", "1"), ("new york", "2"), ("new york city", "3"), ("york", "4")]
    assert read("New New york new york city York", *items) == "1 2 3 4"
    assert read("New York", *items) == "1 4"
    assert read("new york cities york city new\nyork", *items) == "2 cities 4 city 2"


def test_capitals() -> None:
    assert read("sql SQL Sql sQL", ("SQL", "sequel")) == "sql sequel Sql sQL"
    assert read("new york New york New York", ("new york", "x")) == "x x New York"
    assert read("sql SQL Sql", Pronunciation("SqL", "x", case_sensitive=False)) == "x x x"
    assert read("Straße STRASSE straße", Pronunciation("STRAßE", "x", case_sensitive=False)) == "x STRASSE x"
    assert read("İzmir İZMİR", Pronunciation("İZMİR", "x", case_sensitive=False)) == "İzmir x"
    assert read("мир Мир", ("мир", "x")) == "x Мир"
    both = (Pronunciation("us", "any", case_sensitive=False), Pronunciation("US", "states"))
    assert read("us US Us", *both) == "any states any"
    assert read("a a", ("a", "1"), ("a", "2")) == "2 2"


def test_scripts_without_spaces_are_replaced_within_running_text() -> None:
    assert read("私は東京都に行く。", ("東京", "とうきょう")) == "私はとうきょう都に行く。"
    assert read("東京都と東京", ("東京", "1"), ("東京都", "2")) == "2と1"
    assert read("ผมชอบกินข้าว", ("กิน", "x")) == "ผมชอบxข้าว"
    assert read("กินี", ("กิน", "x")) == "กินี"  # a vowel sign belongs to the last letter
    assert read("नमस्ते नम", ("नम", "x")) == "नमस्ते x"


def test_signs() -> None:
    assert read("C++ and C++, not C", ("C++", "sea plus plus")) == "sea plus plus and sea plus plus, not C"
    assert read("3.5% of .NET", (".NET", "dot net")) == "3.5% of dot net"


def test_sounds() -> None:
    assert read("A cat.", ("cat", "<<k|æ|t>>")) == "A /kæt/."
    hit = lexicon(Dr_Who="Doctor <<h|u>>").search("Dr Who?").hits[0]
    assert (hit.said.words, hit.said.phonemes) == ("Doctor hu", (PhonemeSpan(7, 9, "hu"),))
    hit = lexicon(SQL="<<ɛ|s>> <<k|juː>>").search("SQL").hits[0]
    assert hit.said.words == "ɛs kjuː"
    assert hit.said.phonemes == (PhonemeSpan(0, 2, "ɛs"), PhonemeSpan(3, 7, "kjuː"))


def test_what_may_go_on_is_left_open() -> None:
    made = lexicon(new_york="x", new_york_city="y", 東京="z", cat="c")
    for text, settled in (
        ("I am new", 5), ("I am new ", 5), ("I am new y", 5), ("I am new york", 5), ("I am new york ", 5),
        ("I am new york.", 14), ("I am newer", 10), ("ca", 0), ("a cat", 2), ("a cat ", 6), ("東", 0),
        ("東京", 2), ("bobca", 5),
    ):  # fmt: skip
        assert made.search(text, more=True).settled == settled, text
    assert made.search("cat", before="b", more=True).settled == 3


ENTRIES = "cat|new york|New york|new york city|york new|city. cat|東京".split("|")
PIECES = [*ENTRIES, *"cats|Cat|new|York|a|東|, |. |-| | |\n".split("|")]
ITEMS = [
    Pronunciation("cat", "dog"),
    Pronunciation("new york", "big apple"),
    Pronunciation("new york city", "big apple town"),
    Pronunciation("york new", "never mind"),
    Pronunciation("city. cat", "over the end"),
    Pronunciation("東京", "tokyo"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def reference(text: str) -> str:
    """The same by one regular expression, for these entries."""
    said = {"cat": "dog", "new york": "big apple", "new york city": "big apple town"}
    said |= {"york new": "never mind", "city. cat": "over the end", "東京": "tokyo"}
    spaced = sorted((key for key in said if key.isascii()), key=len, reverse=True)
    escaped = {key: re.escape(key[1:]).replace(r"\ ", r"\s") for key in spaced}
    forms = "|".join(f"[{key[0]}{key[0].upper()}]{rest}" for key, rest in escaped.items())
    pattern = rf"(?<![a-zA-Z])(?:{forms})(?![a-zA-Z])|東京"
    return re.sub(pattern, lambda found: said[re.sub(r"\s", " ", found[0].lower())], text)


def spoken(segments: list[Segment]) -> str:
    """What segments say one after the other."""
    parts = []
    for segment in segments:
        done = 0
        for hit in segment.hits:
            parts += [segment.text[done : hit.start], hit.said.words]
            done = hit.end
        parts.append(segment.text[done:])
    return "".join(parts)


@settings(deadline=None)
@given(TEXTS)
@example("york new york city")
def test_search_agrees_with_a_regular_expression(text: str) -> None:
    assert read(text, *ITEMS) == reference(text)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.data(), st.sampled_from([0.0, 0.2, 3.0]), st.floats(-1, 4), st.booleans())
def test_however_text_arrives_the_same_is_said(
    text: str, data: st.DataObject, delay: float, ahead: float, unspaced: bool
) -> None:
    segmenter = Segmenter(max_delay=delay, unspaced=unspaced)
    segmenter.lexicon = Lexicon(ITEMS)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=20).map(sorted))
    now, segments = 0.0, []
    for start, end in pairwise([0, *cuts, len(text)]):
        now += data.draw(st.floats(0, HOLD * 0.9))
        segmenter.arrive(end - start, now)
        segmenter.text(text[start:end], now)
        while isinstance(segment := segmenter.take(now, ahead), Segment):
            segments.append(segment)
    segmenter.finish()
    while not isinstance(segment := segmenter.take(now, ahead), End):
        assert isinstance(segment, Segment)
        segments.append(segment)
    assert "".join(segment.text for segment in segments) == text
    assert spoken(segments) == reference(text)


def test_the_beginning_of_an_entry_is_held_for_a_while_only() -> None:
    segmenter = Segmenter(max_delay=0.0)
    segmenter.lexicon = lexicon(new_york="x")
    segmenter.arrive(14, 0.0)
    segmenter.text("We went to new ", 0.0)
    first = segmenter.take(0.0, 0.0)
    assert isinstance(first, Segment) and first.text == "We went to "
    assert segmenter.take(0.0, 0.0) is None
    wake = segmenter.wake_at(0.0, 0.0)
    assert wake is not None and wake <= HOLD
    second = segmenter.take(HOLD, 0.0)
    assert isinstance(second, Segment) and second.text == "new "
    segmenter.text("york.", HOLD)
    segmenter.finish()
    third = segmenter.take(HOLD, 0.0)
    assert isinstance(third, Segment) and (third.text, third.hits) == ("york.", ())


def test_a_word_is_not_parted_from_its_mark() -> None:
    segmenter = Segmenter(max_delay=0.0)
    segmenter.lexicon = lexicon(new_york="x")
    segmenter.arrive(12, 0.0)
    segmenter.text("in new york!", 0.0)
    first = segmenter.take(0.0, 0.0)
    assert isinstance(first, Segment) and first.text == "in "
    assert segmenter.take(0.0, 0.0) is None
    segmenter.text(" ", 0.0)
    second = segmenter.take(0.0, 0.0)
    assert isinstance(second, Segment) and second.text == "new york! "


def test_a_flush_holds_nothing() -> None:
    segmenter = Segmenter(max_delay=3.0)
    segmenter.lexicon = lexicon(new_york="x")
    segmenter.text("new ", 0.0)
    segmenter.flush()
    first = segmenter.take(0.0, 0.0)
    assert isinstance(first, Segment) and first.text == "new "


def test_a_long_entry_is_not_parted() -> None:
    entry = " ".join(["word"] * 20)
    segmenter = Segmenter(max_delay=3.0)
    segmenter.lexicon = Lexicon([Pronunciation(entry, "x")])
    segmenter.text(f"Well, {entry} and so on. {entry}.", 0.0)
    segmenter.finish()
    segments = []
    while isinstance(segment := segmenter.take(0.0, 5.0), Segment):
        segments.append(segment)
    assert spoken(segments) == "Well, x and so on. x."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "data") as library:
        yield library


@pytest.fixture
async def provider(library: Library) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=TonePool(), library=library)
    yield provider
    await provider.aclose()


async def said(
    provider: LocalProvider, pieces: list[str], dictionary: str, caller: Caller = ANN, **options: object
) -> tuple[list[Utterance], list[SpeechEvent]]:
    request = SpeechRequest(
        voice=VoiceChoice("Wren"), caller=caller, pronunciation_dict_id=dictionary, word_timestamps=True
    )
    speech = provider.speak(replace(request, **options))  # type: ignore[arg-type]
    pool = provider.pool
    assert isinstance(pool, TonePool)
    before = len(pool.said)
    for piece in pieces:
        speech.push(piece)
    speech.finish()
    async with asyncio.timeout(20):
        events = [event async for event in speech.events()]
    return [utterance for _, utterance in pool.said[before:]], events


def words(events: list[SpeechEvent]) -> list[str]:
    return [word for event in events if isinstance(event, WordTimes) for word in event.words]


async def made(provider: LocalProvider, *items: tuple[str, str]) -> str:
    kept = await provider.dictionaries.create("D", "", [Pronunciation(*item) for item in items], ANN)
    return kept.id


async def test_words_are_spoken_as_the_dictionary_has_them(provider: LocalProvider) -> None:
    id = await made(provider, ("SQL", "sequel"), ("cat", "<<k|æ|t>>"), ("Dr Who", "Doctor <<h|u>>"))
    text = "Use SQL, 21 times, dear cat. Dr Who?"
    utterances, events = await said(provider, [text], id)
    assert events[-1] == Done()
    assert " ".join(each.text for each in utterances) == "Use sequel, twenty one times, dear cat. Doctor hu?"
    sounds = [(each.text[span.start : span.end], span.ipa) for each in utterances for span in each.phonemes]
    assert sounds == [("cat", "kæt"), ("hu", "hu")]
    assert words(events) == text.split()
    times = [event for event in events if isinstance(event, WordTimes)]
    starts = [start for event in times for start in event.start]
    assert starts == sorted(set(starts))
    _, events = await said(provider, [text], id, normalized_timestamps=True)
    assert words(events) == "Use sequel, twenty one times, dear cat. Doctor hu?".split()
    utterances, _ = await said(provider, [text], id, normalization="off")
    assert "sequel, 21 times" in " ".join(each.text for each in utterances)


MARKED = "<spell>cat</spell> cat <<k|æ|t>>cat <speed ratio='1.2'/>Cat <break time='10ms'/>new york"


@pytest.mark.parametrize(
    "text", [MARKED, "A cat in new york, in New york; new yorkers.", "21 cats cat 1 cat"]
)
async def test_any_split_gives_the_utterances_of_the_whole(provider: LocalProvider, text: str) -> None:
    id = await made(provider, ("cat", "dog"), ("new york", "<<n|j>>"), ("york", "x"))
    whole, events = await said(provider, [text], id)
    for cut in range(1, len(text)):
        split, same = await said(provider, [text[:cut], text[cut:]], id)
        assert split == whole
        assert words(same) == words(events)
    assert (await said(provider, list(text), id))[0] == whole


async def test_markup_says_otherwise(provider: LocalProvider) -> None:
    id = await made(provider, ("cat", "dog"))
    (first, second, third), _ = await said(provider, [MARKED], id)
    assert first.text == "cat dog kætdog" and first.spelled == ((0, 3),)
    assert first.phonemes == (PhonemeSpan(8, 11, "kæt"),)
    assert second.text == "dog" and second.speed == pytest.approx(1.2)
    assert third.text == "new york"


async def test_a_dictionary_is_its_owner_s_and_changes_hold_at_once(provider: LocalProvider) -> None:
    dictionaries = provider.dictionaries
    id = await made(provider, ("cat", "dog"))
    assert (await said(provider, ["cat"], id))[0][0].text == "dog"
    _, events = await said(provider, ["cat"], id, BOB)
    assert isinstance(events[-1], Failed) and isinstance(events[-1].error, NotFound)
    speech = provider.speak(SpeechRequest(voice=VoiceChoice("Wren"), caller=ANN, pronunciation_dict_id=id))
    await dictionaries.update(id, DictionaryChanges(items=(Pronunciation("cat", "cow"),)), ANN)
    assert (await said(provider, ["cat"], id))[0][0].text == "cow"
    speech.push("cat")
    speech.finish()
    pool = provider.pool
    assert isinstance(pool, TonePool)
    assert [event async for event in speech.events()][-1] == Done()
    assert pool.said[-1][1].text == "dog"  # it began before
    for change in (
        dictionaries.get(id, BOB),
        dictionaries.update(id, DictionaryChanges(name="x"), BOB),
        dictionaries.delete(id, BOB),
    ):
        with pytest.raises(NotFound):
            await change
    assert (await dictionaries.page(Span(), BOB)).items == ()
    await dictionaries.delete(id, ANN)
    _, events = await said(provider, ["cat"], id)
    assert isinstance(events[-1], Failed) and isinstance(events[-1].error, NotFound)


async def test_what_no_dictionary_can_hold(provider: LocalProvider) -> None:
    good = Pronunciation("a", "b")
    for name, description, items in (
        ("", "", [good]),
        ("x" * 257, "", [good]),
        ("x", "y" * 4097, [good]),
        ("x", "", [Pronunciation(" ", "b")]),
        ("x", "", [Pronunciation("a", "")]),
        ("x", "", [good, Pronunciation("a" * 101, "b")]),
        ("x", "", [Pronunciation("a", "b" * 101)]),
        ("x", "", [good] * 2001),
    ):
        with pytest.raises(InvalidRequest):
            await provider.dictionaries.create(name, description, items, ANN)
    kept = await provider.dictionaries.create("x", "", [], ANN)
    with pytest.raises(InvalidRequest):
        await provider.dictionaries.update(kept.id, DictionaryChanges(name=" "), ANN)
    with pytest.raises(InvalidRequest, match=r"items\[0\].text"):
        await provider.dictionaries.update(kept.id, DictionaryChanges(items=(Pronunciation("", "b"),)), ANN)
    assert await provider.dictionaries.get(kept.id, ANN) == kept
