"""Events and models as users see them."""

from __future__ import annotations

import base64
import json

import pytest

from myna.client.events import event_of, parse_event
from myna.client.models import Voice
from myna.wire.cartesia import messages
from tests.client.peers import chunk, error


def test_a_chunk_has_its_audio_in_every_generations_form():
    event = parse_event(chunk("a", b"\x01\x02", flush_id=3))
    assert (event.type, event.context_id, event.done, event.status_code) == ("chunk", "a", False, 206)
    assert (event.audio, event["audio"], event.data) == (b"\1\2", b"\1\2", base64.b64encode(b"\1\2").decode())
    assert (event.step_time, event.flush_id) == (1.5, 3)
    assert event.to_dict()["data"] == event.data and json.loads(event.to_json())["flush_id"] == 3
    assert "audio" in event and event.get("nothing", 7) == 7 and "step_time" in list(event.keys())
    with pytest.raises(KeyError):
        event["nothing"]
    with pytest.raises(AttributeError):
        _ = event.nothing
    assert parse_event(chunk("a", b"")).audio is None


def test_what_is_missing_is_none():
    event = parse_event('{"type": "chunk", "data": ""}')
    assert (event.context_id, event.flush_id, event.step_time) == (None, None, 0.0)
    assert parse_event('{"type": "timestamps"}').word_timestamps is None


def test_times_can_be_read_by_attribute_and_by_key():
    event = parse_event(
        '{"type": "timestamps", "context_id": "a",'
        ' "word_timestamps": {"words": ["a", "b"], "start": [0, 1], "end": [1, 2]}}'
    )
    times = event.word_timestamps
    assert times.words == ["a", "b"] and times["start"] == [0, 1] and times.end == [1, 2]
    assert event.timestamps == times and times.to_dict()["words"] == ["a", "b"]
    phonemes = parse_event(
        '{"type": "phoneme_timestamps", "phoneme_timestamps": {"phonemes": ["a"], "start": [0], "end": [1]}}'
    ).timestamps
    assert phonemes.phonemes == ["a"] and "PhonemeTimes" in repr(phonemes)
    with pytest.raises(KeyError):
        phonemes["words"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"title": "Unknown voice", "message": "No."}, "Unknown voice: No."),
        ({"error": "Unknown voice: No."}, "Unknown voice: No."),
        ({"error": "x", "title": "T", "message": "M", "doc_url": "http://d"}, "T: M"),
    ],
)
def test_errors_of_every_generation(fields, text):
    event = parse_event(json.dumps({"type": "error", "done": True, **fields}))
    assert event.error == text and event.terminal and event.doc_url == fields.get("doc_url")


def test_events_that_never_were_json_look_the_same():
    made = event_of(messages.Chunk(context_id="a", data=b"\1\2", step_time=1.5))
    read = parse_event(chunk("a", b"\1\2"))
    assert made == read and made.audio == read.audio and parse_event(made.raw) == read
    assert made.model_extra == {} and "2 bytes" not in repr(made)


def test_nothing_of_the_audio_is_in_a_repr():
    event = parse_event(chunk("a", bytes(1000)))
    assert len(repr(event)) < 200 and "1000 bytes" in repr(event)
    assert "voice_not_found" in repr(parse_event(error("a")))


def test_a_voice_keeps_what_it_does_not_know():
    voice = Voice(
        {
            "id": "v",
            "created_at": "2026-01-02T03:04:05Z",
            "locales": [{"locale": "en-GB", "is_native": True}],
            "accent": "southern-us",
            "mood": 1,
        }
    )
    assert voice.locales[0].locale == "en-GB" and voice.accent == "southern-us"
    assert voice.mood == voice["mood"] == 1 and voice.model_extra == {"mood": 1}
    assert voice.to_dict()["created_at"] == "2026-01-02T03:04:05Z" and voice.created_at.tzinfo is not None
    assert voice.get("nothing") is None and "mood" in list(voice.keys())
    assert voice.model_fields_set == {"id", "created_at", "locales", "accent", "mood"}
    assert json.loads(voice.to_json())["mood"] == 1
    with pytest.raises(AttributeError):
        _ = voice.nothing
    with pytest.raises(KeyError):
        voice["tagline"]
    assert Voice({"id": "v", "created_at": "yesterday"}).created_at == "yesterday"
