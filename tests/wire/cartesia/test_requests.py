from __future__ import annotations

from typing import Any

import msgspec
import pytest

from myna.speech.access import Caller
from myna.speech.errors import InvalidRequest, MynaError, UnsupportedFormat
from myna.speech.formats import OutputFormat
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.delivery import delivery_of
from myna.wire.cartesia.messages import GenerationRequest, RawFormat
from myna.wire.cartesia.requests import output_format, speech_request, spoken_text

ADA = VoiceChoice("694f9389-aac1-45b6-b726-9d9369183238")
NUMBERS = tuple(number / 192 for number in range(192))


def fields(**changes: Any) -> GenerationRequest:
    return msgspec.convert({"model_id": "sonic-3", "voice": {"id": ADA.id}, **changes}, GenerationRequest)


def asked(version: str = "2026-08-14", **changes: Any) -> SpeechRequest:
    return speech_request(fields(**changes), version)


def test_everything_arrives() -> None:
    request = asked(
        language="en", normalization="de-DE", duration=2, max_buffer_delay_ms=120.4, add_timestamps=True,
        add_phoneme_timestamps=True, use_normalized_timestamps=True,
        generation_config={"speed": 1.2, "volume": 0.5, "emotion": "angry"},
    )  # fmt: skip
    assert request == SpeechRequest(
        voice=ADA, model="sonic-3", language="en", normalization="de-DE", duration=2.0,
        max_buffer_delay_ms=120, word_timestamps=True, phoneme_timestamps=True, normalized_timestamps=True,
        delivery=Delivery(speed=1.2, volume=0.5, emotion="angry"),
    )  # fmt: skip


@pytest.mark.parametrize("voice", [ADA.id, {"id": ADA.id}, {"mode": "id", "id": ADA.id}])
def test_ways_to_name_a_voice(voice: object) -> None:
    assert asked(voice=voice).voice == ADA


def test_the_caller_and_the_dictionary() -> None:
    caller = Caller("someone")
    request = speech_request(fields(pronunciation_dict_id="pdict_1"), "2026-08-14", caller)
    assert (request.caller, request.pronunciation_dict_id) == (caller, "pdict_1")
    assert asked(pronunciation_dict_id="").pronunciation_dict_id is None


@pytest.mark.parametrize("version", ["2024-06-10", "2025-11-04"])
def test_embeddings(version: str) -> None:
    ben = list(NUMBERS)
    assert asked(version, voice={"embedding": ben}).voice == VoiceChoice(embedding=NUMBERS)
    assert asked(version, voice={"mode": "embedding", "embedding": ben}).voice.embedding == NUMBERS
    assert asked(version, voice={"id": ADA.id, "embedding": ben}).voice == ADA
    with pytest.raises(InvalidRequest, match="192"):
        asked(version, voice={"embedding": ben[:10]})


def test_embeddings_ended() -> None:
    with pytest.raises(InvalidRequest, match="ended"):
        asked("2026-03-01", voice={"embedding": list(NUMBERS)})


@pytest.mark.parametrize(
    ("version", "given", "expected"),
    [
        ("2025-04-16", None, 0), ("2025-11-04", None, 3000), ("2026-08-14", 0, 0),
        ("2026-08-14", -5, 0), ("2024-06-10", 9000, 5000),
    ],
)  # fmt: skip
def test_buffer_delay(version: str, given: int | None, expected: int) -> None:
    assert asked(version, max_buffer_delay_ms=given).max_buffer_delay_ms == expected


@pytest.mark.parametrize(
    ("changes", "kind", "match"),
    [
        ({"model_id": None}, InvalidRequest, "model_id"),
        ({"voice": None}, InvalidRequest, "voice is missing"),
        ({"voice": {"mode": "id"}}, InvalidRequest, "voice is missing"),
        ({"language": "en", "locale": "en-GB"}, InvalidRequest, "exclude"),
        ({"language": "no such thing"}, InvalidRequest, "not a language"),
        ({"normalization": "??"}, InvalidRequest, "normalization"),
        ({"duration": 0}, InvalidRequest, "duration"),
        ({"duration": -1.5}, InvalidRequest, "duration"),
        ({"speed": "ludicrous"}, InvalidRequest, "slow, normal or fast"),
        ({"speed": 1.1}, InvalidRequest, "generation_config"),
        ({"generation_config": {"speed": 0.59}}, InvalidRequest, "0.6 to 1.5"),
        ({"generation_config": {"volume": 2.01}}, InvalidRequest, "0.5 to 2"),
        ({"voice": {"id": ADA.id, "__experimental_controls": {"speed": 1.1}}}, InvalidRequest, "-1 to 1"),
        ({"voice": {"id": ADA.id, "__experimental_controls": {"speed": "warp"}}}, InvalidRequest, "slowest"),
        (
            {"voice": {"id": ADA.id, "__experimental_controls": {"emotion": ["anger:much"]}}},
            InvalidRequest,
            "colon",
        ),
    ],
)  # fmt: skip
def test_refusals(changes: dict[str, Any], kind: type[MynaError], match: str) -> None:
    with pytest.raises(MynaError, match=match) as error:
        asked(**changes)
    assert type(error.value) is kind


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ({}, Delivery()),
        ({"speed": "", "emotion": []}, Delivery()),
        ({"speed": 1}, Delivery(speed=1.5)),
        ({"emotion": ["anger:high", "sadness"]}, Delivery(emotion="angry", emotion_level=1.5)),
        ({"emotion": "", "speed": ""}, Delivery()),
        ({"emotion": "curiosity:lowest"}, Delivery(emotion="curious", emotion_level=0.25)),
        ({"emotion": ["curiosity:lowest"]}, Delivery(emotion="curious", emotion_level=0.25)),
    ],
)  # fmt: skip
def test_controls_of_the_first_generations(controls: dict[str, Any], expected: Delivery) -> None:
    assert delivery_of(fields(voice={"id": ADA.id, "__experimental_controls": controls})) == expected


def test_speeds_multiply_and_the_newer_emotion_wins() -> None:
    delivery = delivery_of(
        fields(
            speed="slow",
            voice={"id": ADA.id, "__experimental_controls": {"speed": "fastest", "emotion": ["anger"]}},
            generation_config={"emotion": "happy"},
        )
    )
    assert delivery == Delivery(speed=pytest.approx(0.8 * 1.5), emotion="happy")


def test_transcripts() -> None:
    assert spoken_text(fields(transcript=" x ")) == " x "
    for nothing in (None, "", " \n\t"):
        with pytest.raises(InvalidRequest, match="transcript"):
            spoken_text(fields(transcript=nothing))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("raw", "pcm_alaw", 8000, 1), OutputFormat("raw", "pcm_alaw", 8000)),
        (("wav", "pcm_f32le", 48000, None), OutputFormat("wav", "pcm_f32le", 48000)),
        (("mp3", "", 44100, 32000), OutputFormat("mp3", None, 44100, 32000)),
    ],
)
def test_formats(given: tuple[Any, ...], expected: OutputFormat) -> None:
    container, encoding, sample_rate, bit_rate = given
    raw = RawFormat(container=container, encoding=encoding, sample_rate=sample_rate, bit_rate=bit_rate)
    assert output_format(raw, "bytes") == expected


@pytest.mark.parametrize(
    "given",
    [
        RawFormat(container="ogg", encoding="pcm_s16le", sample_rate=8000),
        RawFormat(container="raw", encoding="pcm_s16le", sample_rate=44099),
        RawFormat(container="raw", sample_rate=8000),
        RawFormat(container="wav", encoding="mp3", sample_rate=8000),
        RawFormat(container="mp3", sample_rate=8000),
        RawFormat(container="mp3", sample_rate=8000, bit_rate=1),
    ],
)
def test_formats_that_do_not_exist(given: RawFormat) -> None:
    with pytest.raises(UnsupportedFormat, match="output_format"):
        output_format(given, "bytes")


@pytest.mark.parametrize("container", ["wav", "mp3"])
def test_streams_take_raw_only(container: str) -> None:
    given = RawFormat(container=container, encoding="pcm_s16le", sample_rate=8000, bit_rate=32000)
    with pytest.raises(UnsupportedFormat, match="/tts/bytes"):
        output_format(given, "stream")
    with pytest.raises(InvalidRequest, match="missing"):
        output_format(None, "stream")
