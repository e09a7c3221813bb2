from __future__ import annotations

import pytest

from myna.speech.access import Caller
from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.formats import OutputFormat
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.forms import format_of
from myna.wire.cartesia.infills import EMOTION, SPEED, infill_speech

PARTS = [("model_id", "sonic-2"), ("language", "en"), ("transcript", " and so "), ("voice_id", "Ada")]


def test_who_speaks_and_what() -> None:
    speech, text = infill_speech(PARTS, "2025-11-04", Caller("key"))
    assert text == " and so "
    assert (speech.model, speech.language, speech.voice) == ("sonic-2", "en", VoiceChoice("Ada"))
    assert speech.caller == Caller("key")
    assert speech.delivery.speed == 1.0 and speech.delivery.emotion is None


@pytest.mark.parametrize(("value", "factor"), [("1", 1.5), ("-1.0", 1 / 1.5), ("fastest", 1.5), ("", 1.0)])
@pytest.mark.parametrize("version", ["2024-06-10", "2024-11-13", "2026-08-14"])
def test_the_controls_of_the_first_generations(version: str, value: str, factor: float) -> None:
    given = [*PARTS, (SPEED, value), (EMOTION, "curiosity:low"), (EMOTION, "anger:highest")]
    delivery = infill_speech(given, version)[0].delivery
    assert delivery.speed == pytest.approx(factor)
    assert (delivery.emotion, delivery.emotion_level) == ("angry", 2.0)


def test_one_emotion_comes_without_brackets() -> None:
    given = [*PARTS, (EMOTION.removesuffix("[]"), "sadness")]
    assert infill_speech(given, "2024-11-13")[0].delivery.emotion == "sad"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("voice_id", " ", "voice_id is missing"), ("model_id", "", "model_id is missing"),
        ("transcript", " ", "transcript is empty"), ("language", "english!", "is not a language"),
        (SPEED, "2", "from -1 to 1"), (SPEED, "nan", "from -1 to 1"),
        (EMOTION, "anger:very", "after the colon"),
    ],
)  # fmt: skip
def test_what_cannot_be(name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        infill_speech([*PARTS, (name, value)], "2024-11-13")


@pytest.mark.parametrize("name", ["voice_id", "model_id", "transcript"])
def test_what_must_be_there(name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{name} is missing"):
        infill_speech([part for part in PARTS if part[0] != name], "2026-08-14")


def form(**fields: str) -> dict[str, str]:
    return {f"output_format[{name}]": value for name, value in fields.items()}


@pytest.mark.parametrize(
    ("given", "format"),
    [
        (form(container="raw", encoding="pcm_mulaw", sample_rate="8000"),
         OutputFormat("raw", "pcm_mulaw", 8000)),
        (form(container="wav", encoding="pcm_s16le", sample_rate="44100", bit_rate="huge"),
         OutputFormat("wav", "pcm_s16le", 44100)),
        (form(container="mp3", encoding="pcm_s16le", sample_rate="44100", bit_rate="128000"),
         OutputFormat("mp3", None, 44100, 128000)),
    ],
)  # fmt: skip
def test_formats(given: dict[str, str], format: OutputFormat) -> None:
    assert format_of({**given, "transcript": "x"}.items()) == format


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "output_format is missing"),
        (form(container="wav", encoding="pcm_s16le"), r"\[sample_rate\] is missing"),
        (form(encoding="pcm_s16le", sample_rate="44100"), r"\[container\] is missing"),
        (form(container="raw", sample_rate="44100"), "encoding is missing"),
        (form(container="mp3", sample_rate="44100"), "bit_rate is missing"),
        (form(container="wav", encoding="pcm_s16le", sample_rate="fast"), "whole number"),
        (form(container="wav", encoding="pcm_s16le", sample_rate="9" * 5000), "whole number"),
        (form(container="wav", encoding="pcm_s16le", sample_rate="11025"), "sample_rate cannot be '11025'"),
        (form(container="ogg", encoding="pcm_s16le", sample_rate="48000"), "container cannot be 'ogg'"),
    ],
)  # fmt: skip
def test_formats_that_cannot_be(given: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        format_of(given.items())


def test_a_format_that_cannot_be_has_its_own_error() -> None:
    with pytest.raises(UnsupportedFormat):
        format_of(form(container="wav", encoding="pcm_s16le").items())
