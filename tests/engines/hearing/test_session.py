from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.hearing.session import LONGEST_SECONDS, Session
from myna.engines.protocols import HEARING_RATE, Hearing
from myna.speech.listening import (
    MANUAL,
    Endpointing,
    Final,
    Finalized,
    HeardEvent,
    Partial,
    TurnEagerEnd,
    TurnEnd,
    TurnResume,
    Turns,
    TurnStart,
    TurnUpdate,
)
from tests.engines.hearing.scripted import Room, Samples, ScriptedRecognizer, noise, silence, word


def said(*numbers: int) -> Samples:
    return np.concatenate([word(number) for number in numbers])


def sound(*parts: Samples) -> Samples:
    return np.concatenate(parts)


def transcript(told: list[HeardEvent]) -> str:
    return "".join(event.text for event in told if isinstance(event, Final))


def turns(told: list[HeardEvent]) -> str:
    return "".join(event.text for event in told if isinstance(event, TurnEnd))


# --- final when asked ---------------------------------------------------------------------------------


def test_nothing_is_final_before_it_is_asked_for() -> None:
    room = Room(MANUAL)
    room.live(sound(silence(1), said(1, 2, 3), silence(3), said(4, 5), silence(2)))
    assert not room.of(Final, Finalized)
    assert room.of(Partial)[-1].text == "w1 w2 w3 w4 w5"
    room.session.finalize()
    assert [type(event) for event in room.told[-3:]] == [Final, Final, Finalized]
    assert transcript(room.told) == "w1 w2 w3 w4 w5"
    assert [event.text for event in room.of(Final)] == ["w1 w2 w3", " w4 w5"]


def test_interim_text_is_what_came_since_the_last_final() -> None:
    room = Room(Endpointing(0.5))
    room.live(sound(said(1, 2, 3), silence(1), said(4, 5, 6), silence(1)))
    partials = [event.text for event in room.of(Partial)]
    assert partials[0].startswith("w1?")
    assert any(text.startswith(" w4?") for text in partials)
    assert all(one != other for one, other in pairwise(partials))
    assert transcript(room.told) == "w1 w2 w3 w4 w5 w6"
    assert not room.of(Finalized)


def test_with_nothing_heard_only_the_request_is_answered() -> None:
    room = Room(MANUAL)
    room.session.finalize()
    room.live(silence(2))
    room.session.finalize()
    assert room.told == [Finalized(), Finalized()]
    room.session.finish()
    assert len(room.told) == 2


def test_what_was_fed_is_final_though_the_speech_goes_on() -> None:
    room = Room(MANUAL)
    room.session.feed(sound(said(1, 2), word(3)[:1000]))
    room.session.finalize()
    assert transcript(room.told) == "w1 w2 w3"
    room.session.feed(said(4, 5))
    room.session.finish()
    assert transcript(room.told) == "w1 w2 w3 w4 w5"


def test_words_have_times_in_the_stream() -> None:
    room = Room(Endpointing(0.5))
    room.live(sound(silence(1.024), said(1), silence(1.024), said(2), silence(1.024)))
    first, second = (event.words[0] for event in room.of(Final))
    assert (first.start, first.end) == pytest.approx((1.024, 1.28), abs=0.002)
    assert (second.start, second.end) == pytest.approx((2.304, 2.56), abs=0.002)


def test_a_silence_makes_final_and_not_before() -> None:
    room = Room(Endpointing(1.0))
    room.live(sound(said(1, 2), silence(0.9), said(3, 4), silence(0.9)))
    assert not room.of(Final)
    room.live(silence(0.3))
    assert transcript(room.told) == "w1 w2 w3 w4"


def test_sound_without_words_gives_no_transcript_and_takes_back_what_was_interim() -> None:
    room = Room(Endpointing(0.5))
    room.live(sound(noise(1), silence(2)))
    room.session.finalize()
    assert room.told == [Finalized()]


def test_a_click_is_no_speech() -> None:
    room = Room(Endpointing(0.5))
    room.live(sound(silence(1), noise(0.06), silence(1), noise(0.09), silence(1)))
    assert not room.hearer.fed


def test_a_click_in_a_pause_does_not_make_it_longer() -> None:
    room = Room(Endpointing(0.5))
    room.live(sound(said(1, 2, 3), silence(0.3), noise(0.06), silence(0.3)))
    assert transcript(room.told) == "w1 w2 w3"


def test_languages_without_spaces_have_none() -> None:
    room = Room(Endpointing(0.5), language="ja")
    room.live(sound(said(1, 2), silence(1), said(3), silence(1)))
    assert transcript(room.told) == "w1w2w3"


@pytest.mark.parametrize(("ends", "kind"), [(Endpointing(0.5), Final), (Turns(), TurnEnd)])
def test_a_language_that_is_found_out_is_written_as_it_is(ends: Any, kind: type) -> None:
    room = Room(ends, language=None)
    for language in ("ja", "en"):
        room.hearer.language = language
        room.live(sound(said(1, 2), silence(1), said(3, 4), silence(1)))
    assert [event.text for event in room.of(kind)] == ["w1w2", "w3w4", " w1 w2", " w3 w4"]  # type: ignore[attr-defined]


# --- the second look ----------------------------------------------------------------------------------


def test_a_second_look_is_given_up_where_speech_goes_on() -> None:
    room = Room(Endpointing(0.5), steps=1000)
    room.live(sound(said(1, 2), silence(0.35)), steps=5)
    assert room.hearer.looks > 5
    room.live(said(3), steps=5)
    looked = room.hearer.looks
    room.live(said(4, 5, 6, 7), steps=5)
    assert room.hearer.looks == looked
    assert transcript(room.told) == ""


def test_a_second_look_that_takes_too_long_leaves_what_streamed() -> None:
    room = Room(Endpointing(0.5), steps=1000)
    room.live(sound(silence(1), said(1, 2, 3), silence(1)), steps=2)
    (final,) = room.of(Final)
    assert not final.reviewed
    assert final.text == "w1? w2? w3?"
    assert (room.session.segments, room.session.reviewed) == (1, 0)
    assert room.hearer.looks < 30


def test_nobody_waits_for_a_second_look_that_will_not_end_in_time() -> None:
    room = Room(Endpointing(0.5), steps=30)
    room.live(sound(silence(1), said(1, 2, 3), silence(1)), steps=2)
    looked = room.hearer.looks
    room.live(sound(said(4, 5, 6), silence(1)), steps=2)
    assert [event.reviewed for event in room.of(Final)] == [False, False]
    assert looked - 9 < room.hearer.looks - looked < looked - 4
    room.live(sound(said(7, 8, 9), silence(1)), steps=20)
    assert room.of(Final)[-1].reviewed


def test_a_second_look_has_a_little_more_time_after_the_silence() -> None:
    room = Room(Endpointing(0.5), steps=12)
    room.live(sound(silence(1), said(1, 2, 3), silence(1)), steps=2)
    (final,) = room.of(Final)
    assert final.reviewed
    assert (room.session.segments, room.session.reviewed) == (1, 1)


def test_a_file_that_comes_at_once_is_looked_at_twice() -> None:
    room = Room(Endpointing(0.5), steps=1000)
    for _ in range(3):
        room.session.work()
        room.session.feed(sound(silence(1), said(1, 2, 3), silence(1), said(4, 5), silence(1)))
    room.session.finish()
    assert all(event.reviewed for event in room.of(Final))
    assert transcript(room.told) == " ".join(["w1 w2 w3 w4 w5"] * 3)


# --- hours --------------------------------------------------------------------------------------------


def test_long_speech_is_cut_at_its_pauses_and_no_word_is_lost() -> None:
    room = Room(MANUAL, steps=1)
    numbers = [n % 60 for n in range(400)]
    parts = [sound(said(n), silence(0.16 if n % 10 == 9 else 0.0)) for n in numbers]
    room.session.feed(sound(*parts))
    room.session.finish()
    finals = room.of(Final)
    assert transcript(room.told) == " ".join(f"w{n}" for n in numbers)
    assert all(14 <= event.until - event.start <= LONGEST_SECONDS + 0.1 for event in finals[:-1])


def test_speech_without_any_pause_ends_in_segments_too() -> None:
    room = Room(MANUAL, steps=1)
    room.session.feed(said(*[n % 60 for n in range(500)]))
    room.session.finish()
    assert max(event.until - event.start for event in room.of(Final)) <= LONGEST_SECONDS + 0.2
    assert len(room.of(Final)) >= 4


def test_hours_of_silence_ask_no_network_and_keep_nothing() -> None:
    room = Room(MANUAL)
    for _ in range(60):
        room.session.feed(silence(60))
    assert room.network.asked == 0
    assert not room.told
    assert len(room.session._held) < 20


def test_hours_of_what_may_be_speech_keep_nothing() -> None:
    class Doubtful:
        def __init__(self) -> None:
            self.count = 0

        def reset(self) -> None:
            pass

        def probability(self, frame: Samples) -> float:
            self.count += 1
            return 0.6 if self.count % 8 < 2 else 0.45

    recognizer = ScriptedRecognizer()
    session = Session(recognizer, Hearing("scripted"), lambda event: None, Doubtful())
    for _ in range(20):
        session.feed(noise(10))
        assert sum(len(frame.samples) for frame in session._held) < HEARING_RATE


# --- turns --------------------------------------------------------------------------------------------


def test_a_turn_from_its_start_to_its_end() -> None:
    room = Room(Turns())
    room.live(sound(silence(0.512), said(*range(1, 31)), silence(2)))
    kinds = [type(event) for event in room.told]
    assert kinds[0] is TurnStart
    assert kinds[-2:] == [TurnEagerEnd, TurnEnd]
    assert set(kinds[1:-2]) == {TurnUpdate}
    assert room.of(TurnStart)[0].at == pytest.approx(0.512, abs=0.04)
    (end,) = room.of(TurnEnd)
    assert [entry.text.rstrip("?") for entry in end.words] == [f"w{n}" for n in range(1, 31)]
    assert end.text == " ".join(entry.text for entry in end.words)
    assert end.words[-1].text == "w30"


def test_somebody_who_goes_on_resumes_the_turn() -> None:
    room = Room(Turns())
    room.live(sound(said(1, 2, 3), silence(0.5), said(4, 5), silence(1)))
    kinds = [type(event) for event in room.told if not isinstance(event, TurnUpdate)]
    assert kinds == [TurnStart, TurnEagerEnd, TurnResume, TurnEagerEnd, TurnEnd]
    assert turns(room.told) == "w1 w2 w3 w4 w5"


def test_the_texts_of_turns_go_together() -> None:
    room = Room(Turns())
    room.live(sound(said(1, 2, 3), silence(1), said(4, 5), silence(1)))
    assert [event.text for event in room.of(TurnEnd)] == ["w1 w2 w3", " w4 w5"]
    assert room.of(TurnEagerEnd)[1].text == " w4 w5"


def test_thresholds_change_how_long_a_turn_waits() -> None:
    def seconds(thresholds: Turns) -> float:
        room = Room(thresholds)
        room.live(said(1, 2, 3))
        quiet = 0.0
        while not room.of(TurnEnd):
            room.live(silence(0.1))
            quiet += 0.1
        return quiet

    assert seconds(Turns(0.8, 0.6, 0.5)) < seconds(Turns()) < seconds(Turns(0.8, 0.4, 0.05))
    assert seconds(Turns(0.8, 0.4, 0.05, 640)) < seconds(Turns(0.8, 0.4, 0.05))


def test_thresholds_change_within_a_turn() -> None:
    room = Room(Turns(end_threshold=0.05))
    room.live(sound(said(1, 2, 3), silence(0.9)))
    assert not room.of(TurnEnd)
    room.session.configure(Turns())
    room.live(silence(0.1))
    assert turns(room.told) == "w1 w2 w3"


def test_short_noises_start_no_turn() -> None:
    room = Room(Turns(0.9, 0.6, 0.5))
    room.live(sound(silence(1), noise(0.13), silence(2)))
    room.session.finish()
    assert not room.told


def test_the_end_of_the_stream_ends_the_turn() -> None:
    room = Room(Turns())
    room.live(said(1, 2, 3))
    room.session.finish()
    assert turns(room.told) == "w1 w2 w3"
    room = Room(Turns())
    room.live(sound(said(1, 2, 3), silence(0.5)))
    room.session.finish()
    assert [type(event) for event in room.told[-2:]] == [TurnEagerEnd, TurnEnd]


# --- anything -----------------------------------------------------------------------------------------

AUDIO = st.lists(
    st.one_of(
        st.builds(lambda numbers: said(*numbers), st.lists(st.integers(0, 60), min_size=1, max_size=8)),
        st.floats(0.01, 1.5).map(silence),
        st.floats(0.01, 0.5).map(noise),
    ),
    max_size=8,
).map(lambda parts: sound(silence(0), *parts))
ENDS = st.sampled_from(
    [
        MANUAL,
        Endpointing(0.4),
        Endpointing(1.0, 0.12),
        Turns(),
        Turns(0.5, 0.4, 0.3),
        Turns(0.9, 0.3, 0.05, 640),
    ]
)


@settings(max_examples=60, deadline=None)
@given(AUDIO, ENDS, st.lists(st.integers(0, 20000), max_size=8))
def test_any_cut_gives_the_same_events(audio: Samples, ends: Any, cuts: list[int]) -> None:
    whole, cut = Room(ends), Room(ends)
    whole.session.feed(audio)
    for piece in np.split(audio, np.minimum(np.cumsum(cuts, dtype=int), len(audio))):
        cut.session.feed(piece)
    for room in (whole, cut):
        room.session.finish()
    assert whole.told == cut.told


ACTS = st.lists(
    st.one_of(
        AUDIO,
        st.sampled_from(
            ["finalize", "work", "live", Turns(), Turns(0.6, 0.5, 0.1, 900), Turns(0.5, 0.31, 0.3)]
        ),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(ACTS, ENDS, st.integers(0, 30))
def test_whatever_is_done_events_keep_their_order(acts: list[Any], ends: Any, steps: int) -> None:
    room = Room(ends, steps)
    live = False
    for act in acts:
        if isinstance(act, Turns):
            room.session.configure(act)
        elif isinstance(act, np.ndarray):
            if live:
                room.live(act, steps=2)
            else:
                room.session.feed(act)
        elif act == "finalize":
            room.session.finalize()
        elif act == "work":
            room.session.work()
        else:
            live = not live
    room.session.finish()
    assert len(room.of(Finalized)) == sum(isinstance(act, str) and act == "finalize" for act in acts)
    assert not room.hearer.open
    if isinstance(ends, Turns):
        check_turns_told([event for event in room.told if not isinstance(event, Finalized)])
    else:
        check_transcripts_told(room.told)


def check_transcripts_told(told: list[HeardEvent]) -> None:
    until, seen = 0.0, False
    last: HeardEvent | None = None
    for event in told:
        assert isinstance(event, Partial | Final | Finalized)
        if isinstance(event, Finalized):
            last = None
            continue
        assert event.text == (" " if seen and event.text else "") + " ".join(w.text for w in event.words)
        times = [time for one in event.words for time in (one.start, one.end)]
        assert times == sorted(times)
        assert not times or times[0] >= until - 1e-6
        if isinstance(event, Final):
            assert event.words
            assert event.start <= event.until
            seen, until = True, times[-1]
        elif isinstance(last, Partial):
            assert last.text != event.text
        last = event


def check_turns_told(told: list[HeardEvent]) -> None:
    state, text, seen, until = "idle", "", False, 0.0
    for event in told:
        match state, event:
            case "idle", TurnStart():
                state, text = "speaking", ""
            case "speaking", TurnUpdate():
                assert event.text.startswith(text)
                assert event.text != text
                text = event.text
            case "speaking", TurnEagerEnd():
                assert event.text.startswith(text)
                state, text = "maybe", event.text
            case "maybe", TurnResume():
                state = "speaking"
            case "speaking" | "maybe", TurnEnd():
                assert event.text.startswith(text)
                lead = " " if seen and event.words else ""
                assert event.text == lead + " ".join(entry.text for entry in event.words)
                times = [time for one in event.words for time in (one.start, one.end)]
                assert times == sorted(times)
                assert not times or times[0] >= until - 1e-6
                until = max([until, *times])
                seen = seen or bool(event.text)
                state = "idle"
            case _:
                raise AssertionError(f"{event} in state {state}: {told}")
    assert state == "idle"
