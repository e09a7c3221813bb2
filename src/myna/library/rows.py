"""Values as rows and back."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from myna.speech.dictionaries import Dictionary, Pronunciation
from myna.speech.errors import InvalidRequest
from myna.speech.voices import Likeness, Provenance, Timbre, Voice, fold

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """A time as it is kept; one without a zone is in UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """A time as it was given, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def pack(numbers: Sequence[float]) -> bytes:
    """Numbers as little-endian 64-bit floats, none of them rounded."""
    return struct.pack(f"<{len(numbers)}d", *numbers)


def unpack(data: bytes) -> tuple[float, ...]:
    """The numbers that `pack` was given."""
    return struct.unpack(f"<{len(data) // 8}d", data)


def text(given: str) -> str:
    """A text that every database keeps as it is.

    Raises:
        InvalidRequest: it holds a null character or half of a surrogate pair.
    """
    try:
        if "\0" not in given:
            given.encode()
            return given
    except UnicodeEncodeError:
        pass
    raise InvalidRequest("A text holds a character that cannot be kept: a null or half of a surrogate pair.")


def searched(id: str, name: str, description: str) -> str:
    """All that `VoiceFilter.q` finds of a voice; no hit goes over from one part to the next."""
    return "\n".join(fold(part) for part in (name, description, id))


def of_voice(voice: Voice, clip: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A voice as its row in `voices` and its row in `likenesses`.

    Raises:
        InvalidRequest: see `text`.
    """
    found = voice.provenance
    provenance = found and {
        "cloned_by": text(found.cloned_by),
        "cloned_at": microseconds(found.cloned_at),
        "clip_sha256": text(found.clip_sha256),
        "consent": found.consent,
    }
    likeness = voice.likeness
    return {
        "id": text(voice.id),
        "created_at": microseconds(voice.created_at),
        "owner": voice.owner and text(voice.owner),
        "is_public": voice.is_public,
        "name": text(voice.name),
        "description": text(voice.description),
        "tagline": text(voice.tagline),
        "language": text(voice.language),
        "gender": voice.gender,
        "aliases": [text(alias) for alias in voice.aliases],
        "accent": voice.accent and text(voice.accent),
        "accents": [text(accent) for accent in voice.accents],
        "timbre": {name: getattr(voice.timbre, name) for name in Timbre.__slots__},
        "provenance": sa.null() if provenance is None else provenance,
        "clip": clip,
        "folded_name": fold(voice.name),
        "searched": searched(voice.id, voice.name, voice.description),
    }, {
        "voice_id": voice.id,
        "embedding": pack(voice.embedding),
        "measured": None if likeness is None else pack(likeness.embedding),
        "detail": None if likeness is None else likeness.detail,
    }


def to_voice(row: Any) -> Voice:
    """The voice of a row of both tables; without the column `detail` its likeness is without it too."""
    told = row.provenance
    measured = row.measured
    return Voice(
        id=row.id,
        name=row.name,
        description=row.description,
        language=row.language,
        gender=row.gender,
        timbre=Timbre(**row.timbre),
        created_at=moment(row.created_at),
        embedding=unpack(row.embedding),
        tagline=row.tagline,
        is_public=row.is_public,
        aliases=tuple(row.aliases),
        owner=row.owner,
        likeness=None
        if measured is None
        else Likeness(unpack(measured), bytes(getattr(row, "detail", None) or b"")),
        accent=row.accent,
        accents=tuple(row.accents),
        provenance=None
        if told is None
        else Provenance(
            told["cloned_by"], moment(told["cloned_at"]), told["clip_sha256"], consent=told["consent"]
        ),
    )


def of_dictionary(dictionary: Dictionary) -> dict[str, Any]:
    """A dictionary as its row.

    Raises:
        InvalidRequest: see `text`.
    """
    return {
        "id": dictionary.id,
        "created_at": microseconds(dictionary.created_at),
        "owner": text(dictionary.owner),
        "name": text(dictionary.name),
        "description": text(dictionary.description),
        "items": [
            [text(item.text), text(item.pronunciation), item.case_sensitive] for item in dictionary.items
        ],
        "pinned": dictionary.pinned,
    }


def to_dictionary(row: Any) -> Dictionary:
    """The dictionary of a row."""
    return Dictionary(
        id=row.id,
        name=row.name,
        owner=row.owner,
        created_at=moment(row.created_at),
        description=row.description,
        items=tuple(Pronunciation(*item) for item in row.items),
        pinned=row.pinned,
    )
