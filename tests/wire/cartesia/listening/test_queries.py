"""The query of the sockets that listen."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.listening import MANUAL as UNASKED
from myna.speech.listening import Endpointing, InputFormat, Turns
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS
from myna.wire.cartesia.listening.queries import listening_request
from myna.wire.cartesia.live.lifecycle import Lifecycle

NEEDED = "model=ink-2&encoding=pcm_s16le&sample_rate=16000"


def read(query: str, lifecycle: Lifecycle = MANUAL):  # type: ignore[no-untyped-def]
    return listening_request(parse_qsl(f"{NEEDED}&{query}", keep_blank_values=True), lifecycle)


def test_as_little_as_can_be() -> None:
    asked = read("")
    assert (asked.model, asked.language, asked.endpointing, asked.keyterms) == ("ink-2", "en", UNASKED, ())
    assert asked.format == InputFormat("pcm_s16le", 16000)
    assert read("", TURNS).endpointing == Turns()


def test_as_the_second_generation_joins_it() -> None:
    query = (
        "model=ink-whisper&api_key=sk_car_x&cartesia_version=2024-11-13&encoding=pcm_mulaw&sample_rate=8000"
        "&language=en&min_volume=0.1&max_silence_duration_secs=2"
    )
    asked = listening_request(parse_qsl(query), MANUAL)
    assert asked.format == InputFormat("pcm_mulaw", 8000)
    assert asked.endpointing == Endpointing(2.0, 0.1)


def test_keyterms() -> None:
    asked = read("keyterm=Mount%20Everest&keyterm=a+b&keyterm=&keyterm[]=c&keyterm=%20%C3%A9%20")
    assert asked.keyterms == ("Mount Everest", "a b", "c", "é")
    assert len(read("&".join(["keyterm=abcdefghijkl"] * 100)).keyterms) == 100


def test_turns() -> None:
    asked = read("turn_start_threshold=0.7&turn_end_timeout_ms=1000.0&language=de", TURNS)
    assert asked.endpointing == Turns(start_threshold=0.7, end_timeout_ms=1000)
    assert asked.language == "de"
    assert read("turn_start_threshold=7").endpointing == UNASKED, "of the other socket"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("model=", None), ("encoding=", None),
        ("sample_rate=x", "sample_rate"), ("sample_rate=16000.5", "sample_rate"),
        ("sample_rate=nan", "sample_rate"),
        ("min_volume=2", "min_volume"), ("min_volume=-0.1", "min_volume"), ("min_volume=loud", "min_volume"),
        ("max_silence_duration_secs=-1", "max_silence"), ("max_silence_duration_secs=inf", "max_silence"),
        ("&".join(["keyterm=a"] * 101), "keyterms"), ("keyterm=" + "a" * 1201, "keyterms"),
    ],
)  # fmt: skip
def test_what_cannot_be(query: str, name: str | None) -> None:
    if name is None:  # an empty value is none
        assert read(query).model == "ink-2"
        return
    with pytest.raises(InvalidRequest, match=name):
        read(query)


@pytest.mark.parametrize(
    "query", ["encoding=mp3", "encoding=PCM_S16LE", "sample_rate=0", "sample_rate=999999999999"]
)
def test_formats_that_cannot_be(query: str) -> None:
    with pytest.raises(UnsupportedFormat):
        read(query)


@pytest.mark.parametrize(
    "query",
    [
        "turn_start_threshold=0.4", "turn_start_threshold=0.95", "turn_end_threshold=0",
        "turn_eager_end_threshold=0.2", "turn_end_timeout_ms=600", "turn_end_timeout_ms=12000",
        "turn_end_threshold=0.4", "turn_end_timeout_ms=1e400",
    ],
)  # fmt: skip
def test_thresholds_that_cannot_be(query: str) -> None:
    with pytest.raises(InvalidRequest):
        read(query, TURNS)
