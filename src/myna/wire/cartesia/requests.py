"""From the wire's fields to what a provider is asked for: everything that is checked is checked here."""

from __future__ import annotations

import math
import re
from typing import Literal, cast

from myna.speech.access import LOCAL, Caller
from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.formats import Container, Encoding, OutputFormat, check
from myna.speech.requests import SpeechRequest
from myna.speech.voices import EMBEDDING_SIZE, VoiceChoice
from myna.wire.cartesia.delivery import delivery_of
from myna.wire.cartesia.messages import GenerationRequest, RawFormat, SpeechFields, VoiceSpecifier
from myna.wire.cartesia.versions import default_buffer_delay_ms

MAX_BUFFER_DELAY_MS = 5000
"""Largest `max_buffer_delay_ms`; more is taken as this."""

EMBEDDINGS_UNTIL = "2025-11-04"
"""Newest version that takes a voice as an embedding."""

_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")


def speech_request(fields: SpeechFields, version: str, caller: Caller = LOCAL) -> SpeechRequest:
    """What the fields ask for, whatever the text; the provider finds the voice and the dictionary.

    Raises:
        InvalidRequest: a field is missing or has a value that does not exist.
    """
    if not fields.model_id:
        raise InvalidRequest("model_id is missing; name a model such as sonic-latest.")
    return SpeechRequest(
        voice=_voice(fields.voice, version),
        model=fields.model_id,
        language=_language(fields),
        delivery=delivery_of(fields),
        normalization=_normalization(fields.normalization),
        duration=_duration(fields.duration),
        max_buffer_delay_ms=_buffer_delay(fields, version),
        word_timestamps=bool(fields.add_timestamps),
        phoneme_timestamps=bool(fields.add_phoneme_timestamps),
        normalized_timestamps=bool(fields.use_normalized_timestamps),
        pronunciation_dict_id=fields.pronunciation_dict_id or None,
        caller=caller,
    )


def spoken_text(fields: SpeechFields) -> str:
    """The transcript of a request that must have one.

    Raises:
        InvalidRequest: it is missing or blank.
    """
    if fields.transcript is None:
        raise InvalidRequest("transcript is missing; send the text to speak.")
    if not fields.transcript.strip():
        raise InvalidRequest("transcript is empty; send the text to speak.")
    return fields.transcript


def output_format(given: RawFormat | None, door: Literal["bytes", "stream"]) -> OutputFormat:
    """The format asked for; a `stream` of events takes raw audio only.

    Raises:
        InvalidRequest: it is missing.
        UnsupportedFormat: a part of it is missing, does not exist or is not allowed at this door.
    """
    if given is None:
        raise InvalidRequest("output_format is missing; send its container, encoding and sample_rate.")
    if door == "stream" and given.container in ("wav", "mp3"):
        raise UnsupportedFormat(
            f"output_format.container {given.container!r} cannot be sent as events; "
            "use 'raw' here, or /tts/bytes for files."
        )
    mp3 = given.container == "mp3"
    return check(
        OutputFormat(
            container=cast(Container, given.container),
            encoding=None if mp3 else cast("Encoding | None", given.encoding),
            sample_rate=given.sample_rate,
            bit_rate=given.bit_rate if mp3 else None,
        )
    )


def _voice(given: str | VoiceSpecifier | None, version: str) -> VoiceChoice:
    specifier = VoiceSpecifier(id=given) if isinstance(given, str) else given or VoiceSpecifier()
    if specifier.id:
        return VoiceChoice(id=specifier.id)
    embedding = specifier.embedding
    if embedding is None:
        raise InvalidRequest("voice is missing; give the id of a voice, see GET /voices.")
    if version > EMBEDDINGS_UNTIL:
        raise InvalidRequest(
            f"voice.embedding ended with version {EMBEDDINGS_UNTIL}; give the id of a voice, see GET /voices."
        )
    if len(embedding) != EMBEDDING_SIZE:
        raise InvalidRequest(f"voice.embedding has {len(embedding)} numbers; it must have {EMBEDDING_SIZE}.")
    return VoiceChoice(embedding=tuple(embedding))


def _language(fields: SpeechFields) -> str | None:
    if fields.language and fields.locale:
        raise InvalidRequest("language and locale exclude each other; give one of them.")
    tag = fields.locale or fields.language or None
    if tag is not None and not _TAG.match(tag):
        raise InvalidRequest(f"{tag[:40]!r} is not a language; use a code such as en or en-GB.")
    return tag.replace("_", "-") if tag else None


def _normalization(value: str | None) -> str:
    if not value:
        return "auto"
    if value not in ("auto", "off") and not _TAG.match(value):
        raise InvalidRequest(
            f"normalization cannot be {value[:40]!r}; use auto, off or a locale such as en-GB."
        )
    return value


def _duration(value: float | None) -> float | None:
    if value is not None and not (value > 0 and math.isfinite(value)):
        raise InvalidRequest(f"duration cannot be {value:g}; give the most seconds of audio, above 0.")
    return value


def _buffer_delay(fields: SpeechFields, version: str) -> int:
    value = fields.max_buffer_delay_ms if isinstance(fields, GenerationRequest) else None
    if value is None:
        return default_buffer_delay_ms(version)
    return round(min(max(value, 0.0), MAX_BUFFER_DELAY_MS))
