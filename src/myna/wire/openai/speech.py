"""`POST /v1/audio/speech`: what is asked for, and the events of a stream."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
from msgspec import Struct

from myna.speech.access import LOCAL, Caller
from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.formats import OutputFormat
from myna.speech.languages import normalize_tag
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import VoiceChoice
from myna.wire.openai.models import SPEAKING
from myna.wire.openai.voices import STAND_INS

SAMPLE_RATE = 24_000
"""Of all formats, in Hz."""
FORMATS = {
    "mp3": OutputFormat("mp3", None, SAMPLE_RATE, 128_000),
    "opus": OutputFormat("ogg", None, SAMPLE_RATE, 64_000),
    "aac": OutputFormat("aac", None, SAMPLE_RATE, 96_000),
    "flac": OutputFormat("flac", None, SAMPLE_RATE),
    "wav": OutputFormat("wav", "pcm_s16le", SAMPLE_RATE),
    "pcm": OutputFormat("raw", "pcm_s16le", SAMPLE_RATE),
}
SLOWEST, FASTEST = 0.25, 4.0
TOKENS_PER_SECOND = 10
"""What a second of audio counts in `usage`; a word of text counts as one."""


class VoiceReference(Struct, kw_only=True):
    """A voice by its id."""

    id: str


class SpeechBody(Struct, kw_only=True):
    """The body: the voice is one of OpenAI's names, or an id or a name of Myna's.

    `language` is Myna's own addition; `instructions` are read by no engine here.
    """

    input: str
    model: str
    voice: str | VoiceReference
    response_format: str | None = None
    speed: float | None = None
    stream_format: str | None = None
    instructions: str | None = None
    language: str | None = None


class Usage(Struct, kw_only=True):
    """What was used, by Myna's own count: words, and tenths of a second."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    type: str = "tokens"


class AudioDelta(Struct, kw_only=True, tag_field="type", tag="speech.audio.delta"):
    """More audio."""

    audio: bytes


class AudioDone(Struct, kw_only=True, tag_field="type", tag="speech.audio.done"):
    """There is no more."""

    usage: Usage


def spoken_text(body: SpeechBody, most: int) -> str:
    """The text.

    Raises:
        InvalidRequest: it is empty, or has more than `most` characters.
    """
    if not body.input.strip():
        raise InvalidRequest("input is empty; send the text to speak.")
    if len(body.input) > most:
        raise InvalidRequest(f"input has {len(body.input)} characters; send at most {most} at once.")
    return body.input


def speech_request(body: SpeechBody, caller: Caller = LOCAL) -> SpeechRequest:
    """What the body asks for, whatever the text.

    Raises:
        InvalidRequest: a field is empty or has a value that cannot be.
    """
    if not body.model.strip():
        raise InvalidRequest("model is empty; name one such as tts-1.")
    voice = (body.voice if isinstance(body.voice, str) else body.voice.id).strip()
    if not voice:
        raise InvalidRequest("voice is empty; name one such as alloy, see GET /v1/audio/voices.")
    speed = 1.0 if body.speed is None else body.speed
    if not (math.isfinite(speed) and SLOWEST <= speed <= FASTEST):
        raise InvalidRequest(f"speed cannot be {speed:g}; give a number from {SLOWEST:g} to {FASTEST:g}.")
    return SpeechRequest(
        voice=VoiceChoice(id=STAND_INS.get(voice, voice)),
        model=SPEAKING.get(body.model.strip(), body.model.strip()),
        language=normalize_tag(body.language) if body.language else None,
        delivery=Delivery(speed=speed),
        caller=caller,
    )


def output_format(body: SpeechBody) -> OutputFormat:
    """The format that is asked for.

    Raises:
        UnsupportedFormat: there is no such one.
    """
    name = body.response_format or "mp3"
    if name not in FORMATS:
        raise UnsupportedFormat(f"response_format cannot be {name[:40]!r}; use one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def media_type(body: SpeechBody) -> str:
    """The `Content-Type` of the audio."""
    return "audio/pcm" if body.response_format == "pcm" else output_format(body).media_type


def stream_format(body: SpeechBody) -> Literal["audio", "sse"]:
    """How the audio is sent.

    Raises:
        InvalidRequest: there is no such way.
    """
    if body.stream_format == "sse":
        return "sse"
    if body.stream_format not in (None, "", "audio"):
        raise InvalidRequest(f"stream_format cannot be {body.stream_format[:40]!r}; use audio or sse.")
    return "audio"


def usage(words: int, seconds: float, *, spoken: bool) -> Usage:
    """What so many words of text and seconds of audio count; `spoken` where the audio is what was made."""
    sound = math.ceil(seconds * TOKENS_PER_SECOND)
    given, made = (words, sound) if spoken else (sound, words)
    return Usage(input_tokens=given, output_tokens=made, total_tokens=words + sound)


def event(data: Struct) -> bytes:
    """An object as a server-sent event."""
    return b"data: " + msgspec.json.encode(data) + b"\n\n"
