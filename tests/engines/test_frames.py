from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.engines import frames
from myna.engines.protocols import Pcm, Phoneme, PhonemeSpan, Utterance, Word
from myna.speech.voices import Timbre

UTTERANCE = Utterance(
    "Grüße, 世界",
    "de",
    Timbre(101.5, 0.9, 1.1, -0.5, 1.02, "slt", "x"),
    speed=1.25,
    phonemes=(PhonemeSpan(0, 5, "ɡʁyːsə"),),
    spelled=((7, 9),),
    continues=True,
    word_times=True,
)


def _open(frame: bytes) -> tuple[int, bytes]:
    length, kind = frames.HEADER.unpack_from(frame)
    payload = frame[frames.HEADER.size :]
    assert len(payload) == length
    return kind, payload


def test_a_job_arrives_as_it_was_sent() -> None:
    job = frames.Job(7, "espeak", UTTERANCE)
    kind, payload = _open(frames.speak(job))
    assert kind == frames.SPEAK
    assert frames.read_job(payload) == job


def test_small_messages_arrive_as_they_were_sent() -> None:
    assert frames.read_number(_open(frames.stop(3))[1]) == 3
    assert frames.read_number(_open(frames.done(4_000_000_000))[1]) == 4_000_000_000
    ready = frames.Ready(("espeak",), {"flite": "not installed"})
    assert frames.read_ready(_open(frames.ready(ready))[1]) == ready
    failure = frames.Failure(9, "no", unexpected=True)
    assert frames.read_failure(_open(frames.failed(failure))[1]) == failure


@given(st.binary(max_size=5000), st.integers(1, 192_000))
def test_audio_arrives_as_it_was_sent(data: bytes, rate: int) -> None:
    kind, payload = _open(frames.pcm(rate, data))
    assert frames.read_event(kind, memoryview(payload)) == Pcm(data, rate)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.floats(0, 1e6), st.floats(0, 1e6), st.text())
def test_times_arrive_as_they_were_sent(start: int, end: int, since: float, until: float, ipa: str) -> None:
    word = Word(start, end, since, until)
    phoneme = Phoneme(ipa.encode("utf-8", "ignore").decode(), since, until)
    for event in (word, phoneme):
        kind, payload = _open(frames.times(event))
        assert frames.read_event(kind, memoryview(payload)) == event


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind 99"):
        frames.read_event(99, memoryview(b""))
