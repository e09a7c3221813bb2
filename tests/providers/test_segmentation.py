"""Segments: where text is cut, how long it is held, and that a word is never parted."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.engines.protocols import PhonemeSpan
from myna.providers.local.segmentation import (
    HOLD,
    LONGEST,
    LONGEST_HOLD,
    OPENING,
    End,
    Flush,
    Pause,
    Segment,
    Segmenter,
)
from myna.speech.requests import Delivery


def push(segmenter: Segmenter, text: str, now: float) -> None:
    segmenter.arrive(len(text), now)
    segmenter.text(text, now)


def segments(text: str, *, unspaced: bool = False) -> list[Segment]:
    segmenter = Segmenter(max_delay=3.0, unspaced=unspaced)
    push(segmenter, text, 0.0)
    segmenter.finish()
    taken = []
    while isinstance(segment := segmenter.take(0.0, 5.0 if taken else -1.0), Segment):
        taken.append(segment)
    assert segment == End()
    return taken


def texts(text: str, *, unspaced: bool = False) -> list[str]:
    return [segment.text for segment in segments(text, unspaced=unspaced)]


def test_a_short_text_is_one_segment() -> None:
    assert segments("Hello there, how are you today?") == [
        Segment("Hello there, how are you today?", Delivery(), (), (), continues=False, continued=False)
    ]


@pytest.mark.parametrize(
    "together",
    [
        "Mr. Smith",
        "Dr. J. R. Jones",
        "3.14 and 1,000.50",
        "e.g. this one",
        "https://example.com/a?b=c.d",
        "at 5 p.m. sharp",
        "wait... what",
        "“Really?”",
        "No. 5",
        "z.B. heute",
    ],
)
def test_what_is_not_cut_after_a_first_sentence(together: str) -> None:
    filler = "This is the sentence that fills the room. "
    taken = texts(f"{filler}{'So it is: ' * 4}{together} it says. {filler * 8}")
    assert any(together in text for text in taken)


def test_a_long_text_begins_with_a_short_segment_and_is_cut_at_sentences() -> None:
    sentence = "The quick brown fox jumps over the lazy dog and sleeps. "
    taken = segments(sentence * 40)
    assert len(taken[0].text) <= OPENING[0]
    assert all(segment.text.endswith("sleeps. ") and not segment.continues for segment in taken)
    assert max(len(segment.text) for segment in taken) > LONGEST // 2


def test_a_sentence_without_end_is_cut_between_words_and_goes_on() -> None:
    taken = segments("word " * 300)
    assert all(len(segment.text) <= LONGEST and segment.text.endswith("word ") for segment in taken)
    assert [segment.continues for segment in taken] == [True] * (len(taken) - 1) + [False]
    assert [segment.continued for segment in taken] == [False] + [True] * (len(taken) - 1)


def test_a_word_without_end_is_cut() -> None:
    assert max(map(len, texts("a" * 5000))) <= LONGEST
    assert "".join(texts("a" * 5000)) == "a" * 5000


def test_numbers_without_end_are_cut_between_them() -> None:
    assert all(text.endswith("12345 ") for text in texts("12345 " * 200))


def test_chinese_is_cut_at_its_own_marks() -> None:
    taken = texts(
        "我来到北京清华大学，今天天气很好。你好！我们去吃3.14个苹果吧，iPhone15很贵。" * 4, unspaced=True
    )
    assert all(text[-1] in "。！，" for text in taken)
    assert max(map(len, taken)) <= LONGEST // 3 + 1


def test_thai_is_cut_at_its_spaces_and_clusters_stay_whole() -> None:
    assert all(text.endswith(" ") for text in texts("เราไปกินข้าวกันเถอะ " * 20, unspaced=True))
    for text in texts("เราไปกินข้าวกันเถอะ" * 20, unspaced=True):
        assert text[0] not in "ัิะาำ่้"
        assert text[-1] not in "เแโใไ"


def test_the_first_segment_goes_after_four_words() -> None:
    segmenter = Segmenter(max_delay=3.0)
    push(segmenter, "one two three four", 0.0)
    assert segmenter.take(0.0, -1.0) is None
    push(segmenter, "teen five", 0.05)
    segment = segmenter.take(0.05, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "one two three fourteen "
    assert segment.continues


def test_the_first_segment_goes_at_a_clause() -> None:
    segmenter = Segmenter(max_delay=3.0)
    push(segmenter, "Well,", 0.0)
    segment = segmenter.take(0.0, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "Well,"
    assert segment.continues


def test_a_decimal_split_in_two_stays_one_number() -> None:
    segmenter = Segmenter(max_delay=0.0)
    push(segmenter, "Pi is 3.", 0.0)
    first = segmenter.take(0.0, -1.0)
    assert isinstance(first, Segment)
    assert first.text == "Pi is "
    push(segmenter, "14 or so", 0.1)
    second = segmenter.take(0.1, 0.5)
    assert isinstance(second, Segment)
    assert second.text == "3.14 or "


def test_the_beginning_of_a_word_is_held_for_a_while() -> None:
    segmenter = Segmenter(max_delay=0.0)
    push(segmenter, "Hel", 0.0)
    assert segmenter.take(0.0, -1.0) is None
    assert segmenter.wake_at(0.0, -1.0) == pytest.approx(HOLD)
    segment = segmenter.take(HOLD, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "Hel"


def test_the_beginning_of_a_word_is_held_longer_where_tokens_come_slowly() -> None:
    segmenter = Segmenter(max_delay=0.0)
    for step in range(10):
        push(segmenter, "ab", step * 0.2)
    assert segmenter.take(1.8 + HOLD, -1.0) is None
    assert isinstance(segmenter.take(1.8 + LONGEST_HOLD, -1.0), Segment)


def test_a_finished_sentence_is_not_held_longer_than_usual() -> None:
    segmenter = Segmenter(max_delay=3.0)
    for step in range(10):
        push(segmenter, "ab." if step == 9 else "ab ", step * 0.2)
    while segmenter.take(1.8, -1.0):
        pass
    segment = segmenter.take(1.8 + HOLD + 1e-6, 0.1)
    assert isinstance(segment, Segment)
    assert segment.text.endswith("ab.")


def test_whole_sentences_are_not_held() -> None:
    segmenter = Segmenter(max_delay=0.0)
    push(segmenter, "It is late in the evening.", 0.0)
    segment = segmenter.take(0.0, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "It is late in the evening."
    push(segmenter, "Its length in meters is 3.", 1.0)
    number = segmenter.take(1.0, 1.0)
    assert isinstance(number, Segment)
    assert number.text == "Its length in meters is "


def test_text_goes_when_its_delay_is_over() -> None:
    segmenter = Segmenter(max_delay=1.0)
    push(segmenter, "only two ", 0.0)
    assert segmenter.take(0.9, -1.0) is None
    assert segmenter.wake_at(0.9, -1.0) == pytest.approx(1.0)
    assert isinstance(segmenter.take(1.0, -1.0), Segment)


def test_a_delay_of_zero_takes_each_run_of_words_at_once() -> None:
    segmenter = Segmenter(max_delay=0.0)
    push(segmenter, "It is ", 0.0)
    segment = segmenter.take(0.0, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "It is "


def test_later_segments_wait_while_audio_is_ahead() -> None:
    segmenter = Segmenter(max_delay=30.0)
    push(segmenter, "one two three four ", 0.0)
    assert isinstance(segmenter.take(0.0, -1.0), Segment)
    push(segmenter, "five six, seven ", 0.1)
    assert segmenter.take(0.1, 3.0) is None
    assert segmenter.wake_at(0.1, 3.0) == pytest.approx(0.1 + HOLD)
    assert segmenter.wake_at(0.3, 3.0) == pytest.approx(1.3)
    clause = segmenter.take(1.2, 1.9)
    assert isinstance(clause, Segment)
    assert clause.text == "five six, "
    assert segmenter.take(1.2, 1.0) is None
    words = segmenter.take(1.8, 0.4)
    assert isinstance(words, Segment)
    assert words.text == "seven "


def test_a_number_waits_for_its_unit() -> None:
    segmenter = Segmenter(max_delay=3.0)
    push(segmenter, "It costs about $5 ", 0.0)
    first = segmenter.take(0.0, -1.0)
    assert isinstance(first, Segment)
    assert first.text == "It costs about "
    assert segmenter.take(0.1, 0.2) is None
    push(segmenter, "million now ", 0.2)
    second = segmenter.take(0.2, 0.1)
    assert isinstance(second, Segment)
    assert second.text == "$5 million now "


def test_pause_flush_and_end_come_in_their_places() -> None:
    segmenter = Segmenter(max_delay=3.0)
    push(segmenter, "I am", 0.0)
    segmenter.pause(1.5)
    push(segmenter, " here", 0.0)
    segmenter.flush()
    segmenter.flush()
    push(segmenter, "Bye", 0.0)
    segmenter.finish()
    taken = []
    while True:
        taken.append(segmenter.take(0.0, 3.0))
        if taken[-1] == End():
            break
    before, pause, after, flush, bye, _ = taken
    assert isinstance(before, Segment)
    assert before.continues
    assert pause == Pause(1.5)
    assert isinstance(after, Segment)
    assert after.continued
    assert not after.continues
    assert flush == Flush(2)
    assert isinstance(bye, Segment)
    assert not bye.continued


def test_delivery_holds_from_its_place_on() -> None:
    segmenter = Segmenter(max_delay=3.0)
    push(segmenter, "slow ", 0.0)
    segmenter.deliver(Delivery(speed=1.5))
    push(segmenter, "fast", 0.0)
    segmenter.finish()
    first, second = segmenter.take(0.0, -1.0), segmenter.take(0.0, 1.0)
    assert isinstance(first, Segment)
    assert isinstance(second, Segment)
    assert (first.delivery.speed, second.delivery.speed) == (1.0, 1.5)
    assert first.continues
    assert second.continued


def test_spans_move_with_their_text() -> None:
    segmenter = Segmenter(max_delay=0.0)
    segmenter.text("Code ", 0.0)
    segmenter.text("AB 12", 0.0, spelled=True)
    segmenter.text(" and ", 0.0)
    segmenter.pronounce("kæt", 0.0)
    segmenter.finish()
    segment = segmenter.take(0.0, -1.0)
    assert isinstance(segment, Segment)
    assert segment.text == "Code AB 12 and kæt"
    assert segment.spelled == ((5, 10),)
    assert segment.phonemes == (PhonemeSpan(15, 18, "kæt"),)


def test_a_long_span_is_cut_with_its_text() -> None:
    segmenter = Segmenter(max_delay=0.0)
    segmenter.text("A1 " * 200, 0.0, spelled=True)
    segmenter.finish()
    while isinstance(segment := segmenter.take(0.0, 3.0), Segment):
        assert segment.spelled == ((0, len(segment.text)),)


def test_much_text_is_cut_in_time_that_grows_with_it() -> None:
    segmenter = Segmenter(max_delay=3.0)
    for _ in range(100_000):
        push(segmenter, "a ", 0.0)
    segmenter.finish()
    count = 0
    while isinstance(segmenter.take(0.0, 3.0), Segment):
        count += 1
    assert count < 1500


PIECES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            ["Hello", " ", ", ", "world", ". ", "3", ".14", "你好。", "Mr. ", "\n\n", "a" * 300, "สวัส"]
        ),
    ),
    max_size=25,
)


@given(PIECES, st.data(), st.booleans(), st.sampled_from([0.0, 0.3, 3.0]))
def test_no_character_is_lost_and_no_segment_is_too_long(
    pieces: list[str], data: st.DataObject, unspaced: bool, delay: float
) -> None:
    segmenter = Segmenter(max_delay=delay, unspaced=unspaced)
    now, ahead, taken, flushes = 0.0, -1.0, list[Segment](), 0
    for piece in pieces:
        now += data.draw(st.sampled_from([0.0, 0.05, 0.2, 2.0]))
        push(segmenter, piece, now)
        match data.draw(st.integers(0, 8)):
            case 0:
                segmenter.flush()
                flushes += 1
            case 1:
                segmenter.pause(0.1)
        ahead = data.draw(st.sampled_from([-3.0, 0.0, 0.4, 1.0, 5.0]))
        while (item := segmenter.take(now, ahead)) is not None:
            flushes -= item.times if isinstance(item, Flush) else 0
            taken.extend([item] if isinstance(item, Segment) else [])
        wake = segmenter.wake_at(now, ahead)
        assert wake is None or wake > now
    segmenter.finish()
    while (item := segmenter.take(now, ahead)) != End():
        flushes -= item.times if isinstance(item, Flush) else 0
        taken.extend([item] if isinstance(item, Segment) else [])
    assert "".join(segment.text for segment in taken) == "".join(pieces)
    assert flushes == 0
    assert segmenter.waiting == 0
    assert all(0 < len(segment.text) <= LONGEST + 8 or not segment.text.isascii() for segment in taken)


@given(PIECES, st.sampled_from([0.0, 3.0]))
def test_waiting_until_told_always_gives_all_whole_words(pieces: list[str], delay: float) -> None:
    segmenter = Segmenter(max_delay=delay)
    push(segmenter, "".join(pieces), 0.0)
    now, steps = 0.0, 0
    while True:
        if segmenter.take(now, -now) is None:
            wake = segmenter.wake_at(now, -now)
            if wake is None:
                break
            now = wake
        steps += 1
        assert steps < 200
    assert segmenter.waiting == 0


@dataclass
class Listener:
    """Plays what is spoken at a steady rate of words and counts where it ran dry."""

    first: float | None = None
    ends: float = 0.0
    underruns: int = 0
    taken: list[str] = field(default_factory=list)

    def hear(self, segment: Segment, now: float, *, latency: float = 0.03, pace: float = 2.9) -> None:
        if self.first is None:
            self.first = self.ends = now + latency
        self.underruns += now + latency > self.ends
        self.ends = max(self.ends, now + latency) + len(segment.text.split()) / pace
        self.taken.append(segment.text)


STORY = (
    "The harbour was quiet that morning, and a thin mist lay over the water. Nobody had expected the old ship"
    " to come back after so many years, yet there it was, with patched sails and a tired crew. Children ran"
    " along the quay; their mothers called after them. By noon the whole town stood at the landing, waiting"
    " for someone to say the first word. It was the captain's dog that broke the silence, and all laughed. "
)


def tokens(seed: int, rate: float) -> Iterable[tuple[float, str]]:
    """Pieces of 1-8 characters with uneven gaps, as a language model sends them."""
    chance, position, now = random.Random(seed), 0, 0.0
    while position < len(STORY):
        size = chance.randint(1, 8)
        yield now, STORY[position : position + size]
        position += size
        now += chance.gammavariate(2.0, 0.5 / rate)


def listen(seed: int, rate: float) -> Listener:
    segmenter, listener, now = Segmenter(max_delay=3.0), Listener(), 0.0

    def ahead() -> float:
        return listener.ends - now if listener.first is not None else -10.0

    def drain() -> None:
        while isinstance(segment := segmenter.take(now, ahead()), Segment):
            listener.hear(segment, now)

    for time, token in tokens(seed, rate):
        while (wake := segmenter.wake_at(now, ahead())) is not None and wake < time:
            now = wake
            drain()
        now = time
        push(segmenter, token, now)
        drain()
    segmenter.finish()
    drain()
    return listener


@pytest.mark.parametrize("rate", [5.0, 20.0, 60.0])
def test_tokens_of_a_language_model_are_spoken_soon_and_whole(rate: float) -> None:
    heard = [listen(seed, rate) for seed in range(60)]
    for run in heard:
        assert "".join(run.taken) == STORY
        assert [word for text in run.taken for word in text.split()] == STORY.split()
    if rate >= 20.0:
        first = sorted(run.first or 0.0 for run in heard)
        assert first[len(first) // 2] < 0.35
        assert sum(run.underruns for run in heard) == 0
