"""One voice as one file, to be moved to another machine.

A parcel is a ZIP file with one or two entries: `voice.json`, which says all that is kept of the voice as a
`Told`, and `clip`, the recording it was made of, byte for byte. The same voice always gives the same parcel.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from myna.speech.errors import InvalidRequest
from myna.speech.languages import normalize_tag
from myna.speech.voices import EMBEDDING_SIZE, Gender, Likeness, Provenance, Timbre, Voice

MAX_CLIP_BYTES = 256 << 20
"""Largest clip; ten minutes of any usual recording are less."""

MAX_TOLD_BYTES = 32 << 20
"""Largest `voice.json`."""

_TOLD, _CLIP = "voice.json", "clip"
_HEADERS_BYTES = 4096
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)
"""What `zipfile` raises for files that are damaged, encrypted or compressed in ways it does not know."""

_Id = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
_Part = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_.+-]{1,64}$")]
_Name = Annotated[str, Meta(min_length=1, max_length=1000)]
_Text = Annotated[str, Meta(max_length=20_000)]
_Embedding = Annotated[tuple[float, ...], Meta(min_length=EMBEDDING_SIZE, max_length=EMBEDDING_SIZE)]


class _Timbre(msgspec.Struct, forbid_unknown_fields=True):
    pitch_hz: Annotated[float, Meta(ge=20, le=2000)]
    pitch_range: Annotated[float, Meta(ge=0, le=10)]
    formant_scale: Annotated[float, Meta(ge=0.2, le=5)]
    brightness: Annotated[float, Meta(ge=-60, le=60)]
    rate: Annotated[float, Meta(ge=0.05, le=20)]
    flite_base: _Part | None
    espeak_variant: _Part | None


class _Likeness(msgspec.Struct, forbid_unknown_fields=True):
    embedding: _Embedding
    detail: bytes


class _Provenance(msgspec.Struct, forbid_unknown_fields=True):
    cloned_by: _Text
    cloned_at: datetime
    clip_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    consent: bool


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """What `voice.json` holds: the fields of `speech.voices.Voice`, and what kind of file this is."""

    format: Literal["myna voice"]
    version: Literal[1]
    id: _Id
    name: _Name
    description: _Text
    tagline: _Text
    language: _Part
    gender: Gender | None
    created_at: datetime
    is_public: bool
    aliases: Annotated[tuple[_Id, ...], Meta(max_length=100)]
    accent: _Part | None
    accents: Annotated[tuple[_Part, ...], Meta(max_length=100)]
    timbre: _Timbre
    embedding: _Embedding
    likeness: _Likeness | None
    provenance: _Provenance | None


def pack(voice: Voice, clip: bytes | None) -> bytes:
    """The parcel of a voice; its owner stays behind."""
    told = {"format": "myna voice", "version": 1, **msgspec.to_builtins(voice)}
    del told["owner"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parcel:
        _write(parcel, _TOLD, msgspec.json.format(msgspec.json.encode(told), indent=1), zipfile.ZIP_DEFLATED)
        if clip is not None:
            _write(parcel, _CLIP, clip, zipfile.ZIP_STORED)
    return file.getvalue()


def unpack(parcel: Path | bytes, owner: str | None) -> tuple[Voice, bytes | None]:
    """The voice of a parcel, now of `owner`, and its clip.

    Raises:
        InvalidRequest: the file cannot be read, is damaged or too large, is no parcel, or holds a voice that
            cannot be spoken with.
    """
    content, clip = _read(parcel)
    try:
        told = msgspec.json.decode(content, type=Told)
    except msgspec.ValidationError as error:
        raise InvalidRequest(
            f"The parcel was made by another version of Myna, or changed ({error}); export the voice anew."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidRequest(
            f"The parcel is damaged: {_TOLD} cannot be read; export the voice anew."
        ) from None
    return _voice(told, owner), clip


def _voice(told: Told, owner: str | None) -> Voice:
    likeness = None if told.likeness is None else Likeness(told.likeness.embedding, told.likeness.detail)
    provenance = None
    if (known := told.provenance) is not None:
        at = _moment(known.cloned_at)
        provenance = Provenance(known.cloned_by, at, known.clip_sha256, consent=known.consent)
    measured = likeness.embedding if likeness is not None else ()
    if not all(map(math.isfinite, (*told.embedding, *measured))):
        raise InvalidRequest("The parcel holds an embedding that is not of finite numbers.")
    return Voice(
        id=told.id,
        name=told.name,
        description=told.description,
        language=normalize_tag(told.language),
        gender=told.gender,
        timbre=Timbre(**msgspec.structs.asdict(told.timbre)),
        # a voice of the future would stand above all others for good
        created_at=min(_moment(told.created_at), datetime.now(UTC)),
        embedding=told.embedding,
        tagline=told.tagline,
        is_public=told.is_public,
        aliases=told.aliases,
        owner=owner,
        likeness=likeness,
        accent=told.accent,
        accents=told.accents,
        provenance=provenance,
    )


def _moment(told: datetime) -> datetime:
    try:
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest("The parcel holds a time that does not exist.") from None


def _read(parcel: Path | bytes) -> tuple[bytes, bytes | None]:
    file = io.BytesIO(parcel) if isinstance(parcel, bytes) else parcel
    try:
        size = len(parcel) if isinstance(parcel, bytes) else parcel.stat().st_size
        if size > MAX_CLIP_BYTES + MAX_TOLD_BYTES + _HEADERS_BYTES:
            raise InvalidRequest("The parcel is larger than any voice; it cannot be one.")
        with zipfile.ZipFile(file) as opened:
            entries = {entry.filename: entry for entry in opened.infolist()}
            if len(entries) != len(opened.infolist()) or not {_TOLD} <= entries.keys() <= {_TOLD, _CLIP}:
                raise InvalidRequest("The file is no parcel of a voice: it holds something else.")
            told = _entry(opened, entries[_TOLD], MAX_TOLD_BYTES)
            clip = _entry(opened, entries[_CLIP], MAX_CLIP_BYTES) if _CLIP in entries else None
    except _BROKEN as error:
        if isinstance(error, OSError) and error.strerror:
            raise InvalidRequest(f"The parcel cannot be read: {error.strerror}.") from None
        raise InvalidRequest("The file is no parcel of a voice, or damaged; export the voice anew.") from None
    return told, clip


def _entry(parcel: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    with parcel.open(entry) as file:  # what the entry says of its own size is not trusted
        content = file.read(limit + 1)
        if len(content) > limit:
            raise InvalidRequest(f"The parcel is too large: its {entry.filename} is over {limit >> 20} MiB.")
        return content


def _write(parcel: zipfile.ZipFile, name: str, content: bytes, compression: int) -> None:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o600 << 16
    parcel.writestr(entry, content, compression)
