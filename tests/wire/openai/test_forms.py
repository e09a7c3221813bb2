from __future__ import annotations

from typing import Any

import msgspec
import pytest

from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.listening import Final, Progress, TimedWord
from myna.speech.transcripts import Transcript
from myna.wire.openai.transcriptions import MOST_TERMS, OpenAiTranscriptionForm, done, told


def form(**parts: Any) -> OpenAiTranscriptionForm:
    return OpenAiTranscriptionForm.of([("model", "whisper-1"), *parts.items()])


def heard(*finals: Final, seconds: float = 3.0) -> Transcript:
    transcript = Transcript()
    for event in (*finals, Progress(seconds, seconds)):
        transcript.add(event)
    return transcript


HELLO = Final("Hello", (TimedWord("Hello", 0.1, 0.4),), 0.0, 1.0)
WORLD = Final(" world.", (TimedWord("world.", 1.20049, 1.6),), 1.0, 2.0, "de")


@pytest.mark.parametrize(
    ("prompt", "terms"),
    [
        ("", ()),
        ("ZyntriQix, Digique Plus,ZyntriQix", ("ZyntriQix", "Digique Plus")),
        ("The transcript is about OpenAI which makes technology like DALL-E.", ()),
        (", ".join(f"term {number}" for number in range(MOST_TERMS + 1)), ()),
        ("a" * 200, ()),
    ],
)
def test_names_in_a_prompt(prompt: str, terms: tuple[str, ...]) -> None:
    assert form(prompt=prompt).keyterms == terms


@pytest.mark.parametrize(
    ("given", "meant"), [("", ""), ("en", "en"), ("English", "en"), ("DE_at", "de-AT"), (" french ", "fr")]
)
def test_languages(given: str, meant: str) -> None:
    assert form(language=given).language == meant


@pytest.mark.parametrize(
    ("given", "streams"), [("", False), ("true", True), ("True", True), ("false", False)]
)
def test_streams(given: str, streams: bool) -> None:
    assert form(stream=given).streams is streams


def test_what_cannot_be() -> None:
    with pytest.raises(UnsupportedFormat, match="nobody is told apart"):
        form(response_format="diarized_json")
    with pytest.raises(InvalidRequest, match="model is missing"):
        OpenAiTranscriptionForm.of([])
    with pytest.raises(InvalidRequest, match="word or segment"):
        form(**{"timestamp_granularities[]": "sentence"})


def test_silence_has_an_answer_in_every_format() -> None:
    nothing = heard()
    answers = {
        name: told(nothing, form(response_format=name), "r")
        for name in ("json", "verbose_json", "text", "srt", "vtt")
    }
    assert (answers["text"], answers["srt"], answers["vtt"]) == (b"\n", b"", b"WEBVTT\n")
    assert msgspec.json.decode(answers["json"])["text"] == ""
    verbose = msgspec.json.decode(answers["verbose_json"])
    assert (verbose["segments"], verbose["duration"], verbose["language"]) == ([], 3.0, "english")


def test_what_is_detected_goes_before_what_was_said_to_be_spoken() -> None:
    verbose = msgspec.json.decode(
        told(heard(HELLO, WORLD), form(response_format="verbose_json", language="en"), "")
    )
    assert verbose["language"] == "german"
    assert [(part["id"], part["start"], part["end"]) for part in verbose["segments"]] == [
        (0, 0.1, 0.4),
        (1, 1.2, 1.6),
    ]


def test_the_last_event_of_a_stream_has_all_of_the_text() -> None:
    last = done(heard(HELLO, WORLD))
    assert (last.text, last.usage.output_tokens, last.usage.input_tokens) == ("Hello world.", 2, 30)
