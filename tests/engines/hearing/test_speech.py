"""Sessions over recorded speech, with the network and the recogniser that are built in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode_all
from myna.audio.detection import RATE
from myna.engines.hearing.session import Session
from myna.engines.protocols import Hearing, Recognizer
from myna.engines.sphinx.recognizer import load
from myna.speech.listening import Endpointing, Final, HeardEvent, Partial, TurnEnd, Turns, TurnStart
from tests.engines.hearing.scripted import Samples, ScriptedRecognizer


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    pytest.importorskip("pocketsphinx", reason="PocketSphinx has no wheel for this Python here")
    return load()


def of(corpus: Path, name: str) -> Samples:
    return decode_all(corpus / name, RATE, most_seconds=60.0).samples


def told(recognizer: Recognizer, ends: Endpointing | Turns, samples: Samples, piece: int) -> list[HeardEvent]:
    events: list[HeardEvent] = []
    session = Session(recognizer, Hearing("sphinx", endpointing=ends), events.append)
    for at in range(0, len(samples), piece):
        session.feed(samples[at : at + piece])
    session.finish()
    return events


@pytest.mark.parametrize("name", ["silence_4s.flac", "noise_pink_5s.flac", "noise_room_6s.flac"])
def test_nothing_is_heard_where_nobody_speaks(corpus: Path, name: str) -> None:
    for ends in (Endpointing(0.5), Turns(0.5, 0.4, 0.3)):
        recognizer = ScriptedRecognizer()
        assert told(recognizer, ends, of(corpus, name), 1600) == []
        assert recognizer.hearer.fed == []


def test_speech_is_written_down(corpus: Path, recognizer: Recognizer) -> None:
    samples = np.concatenate([of(corpus, "en_g_brooklyn.wav"), np.zeros(RATE, np.float32)])
    events = told(recognizer, Endpointing(0.5), samples, 1600)
    (final,) = [event for event in events if isinstance(event, Final)]
    assert final.text == "how old is the brooklyn bridge"
    assert final.reviewed
    assert any(isinstance(event, Partial) for event in events)
    assert 0.0 < final.words[0].start < final.words[-1].end < 2.0


def test_a_turn_is_written_down(corpus: Path, recognizer: Recognizer) -> None:
    samples = np.concatenate([of(corpus, "en_g_brooklyn.wav"), np.zeros(RATE, np.float32)])
    events = told(recognizer, Turns(), samples, 1600)
    assert isinstance(events[0], TurnStart)
    assert events[-1] == TurnEnd("how old is the brooklyn bridge", events[-1].words)
