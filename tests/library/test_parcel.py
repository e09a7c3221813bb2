"""A voice goes to another machine whole, and nothing else comes in by that way."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.library import Library, parcel
from myna.speech.errors import InvalidRequest, VoiceNotFound
from myna.speech.voices import Timbre, Voice
from tests.library.making import full, voice
from tests.library.place import Place

FULL = replace(
    full(), aliases=("one", "two-3"), timbre=Timbre(100 * (0.1 + 0.2), 1 / 3, 1.1, -2.5, 0.9, "slt", "warm")
)


def test_a_voice_moves(place: Place, tmp_path: Path) -> None:
    with place.open() as library:
        library.voices.add(FULL, clip=b"RIFF" + bytes(range(256)))
        packed = library.export(FULL.id)
        with Library.open(tmp_path / "other") as other:
            assert other.import_(packed, "ben") == other.voices.get(FULL.id) == replace(FULL, owner="ben")
            assert other.voices.clip(FULL.id) == library.voices.clip(FULL.id)
            assert other.export(FULL.id) == packed


def test_a_voice_without_anything_moves(library: Library, tmp_path: Path) -> None:
    library.voices.add(voice(1))
    path = tmp_path / "voice.zip"
    path.write_bytes(library.export(voice(1).id))
    library.voices.delete(voice(1).id)
    assert library.import_(path, None) == replace(voice(1), owner=None)
    assert library.voices.clip(voice(1).id) is None
    with pytest.raises(VoiceNotFound):
        library.export("nobody")


def test_a_voice_that_is_here_already(library: Library) -> None:
    library.voices.add(FULL, clip=b"clip")
    packed = library.export(FULL.id)
    with pytest.raises(InvalidRequest, match="is here already"):
        library.import_(packed, "ben")
    second = library.import_(packed, "ben", anew=True)
    assert second.id != FULL.id
    assert replace(second, id=FULL.id, owner="ana", created_at=FULL.created_at) == FULL
    assert library.voices.clip(second.id) == b"clip"


def test_what_is_stored_under_any_text_stays_in_its_place() -> None:
    """The only names inside are fixed: nothing of a voice becomes a path."""
    with zipfile.ZipFile(io.BytesIO(parcel.pack(replace(FULL, name="../../x"), b"clip"))) as opened:
        assert opened.namelist() == ["voice.json", "clip"]


def repacked(change: Callable[[dict[str, Any]], object], voice: Voice = FULL) -> bytes:
    """A parcel of which `voice.json` was changed."""
    with zipfile.ZipFile(io.BytesIO(parcel.pack(voice, None))) as opened:
        told = json.loads(opened.read("voice.json"))
    change(told)
    return zipped({"voice.json": json.dumps(told).encode()})


def zipped(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.clear(),
        lambda told: told.update(version=2),
        lambda told: told.update(format="another"),
        lambda told: told.update(owner="ana"),
        lambda told: told.update(id="../../etc/passwd"),
        lambda told: told.update(id=""),
        lambda told: told.update(name=""),
        lambda told: told.update(name="x" * 2000),
        lambda told: told.update(name=7),
        lambda told: told.update(name="nul \0"),
        lambda told: told.update(language="not a language"),
        lambda told: told.update(gender="other"),
        lambda told: told.update(embedding=told["embedding"][:-1]),
        lambda told: told.update(embedding=[1e400] * 192),
        lambda told: told.update(embedding=[None] * 192),
        lambda told: told["likeness"].update(embedding=[]),
        lambda told: told["likeness"].update(detail="not base64!"),
        lambda told: told["timbre"].update(pitch_hz=1e9),
        lambda told: told["timbre"].update(rate=0),
        lambda told: told["timbre"].update(flite_base="/lib/x.so"),
        lambda told: told["timbre"].pop("pitch_hz"),
        lambda told: told.update(created_at="0001-01-01T00:00:00+14:00"),
        lambda told: told["provenance"].update(clip_sha256="no hash"),
    ],
)
def test_changed_parcels_are_refused(library: Library, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InvalidRequest):
        library.import_(repacked(change), "ana")
    assert library.voices.count("ana") == 0


def test_no_voice_comes_from_the_future(library: Library) -> None:
    packed = repacked(lambda told: told.update(created_at="9999-12-31T23:59:59Z"))
    assert library.import_(packed, "ana").created_at - datetime.now(UTC) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"clip": b"x"},
        {"voice.json": b"{}", "clip": b"", "more": b""},
        {"voice.json": b"\xff\xfe"},
        {"voice.json": b"[" * 100_000},
        {"../voice.json": b"{}"},
        {"voice.json": b" " * (parcel.MAX_TOLD_BYTES + 1)},
    ],
    ids=range(7),
)
def test_other_files_are_refused(library: Library, entries: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        library.import_(zipped(entries), "ana")


def test_files_that_cannot_be_read(library: Library, tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InvalidRequest, match="cannot be read"):
            library.import_(path, "ana")
    for content in (b"", b"PK\x05\x06" + bytes(18), b"RIFF" * 100):
        with pytest.raises(InvalidRequest):
            library.import_(content, "ana")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "MAX_CLIP_BYTES", 1 << 20)
    packed = zipped({"voice.json": b"{}", "clip": bytes(50 << 20)})
    assert len(packed) < 1 << 20
    with pytest.raises(InvalidRequest, match="too large"):
        parcel.unpack(packed, "ana")
    monkeypatch.setattr(parcel, "MAX_TOLD_BYTES", 1 << 10)
    with pytest.raises(InvalidRequest, match="larger than any voice"):
        parcel.unpack(bytes(2 << 20), "ana")


PACKED = parcel.pack(FULL, b"RIFF" + bytes(2000))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_is_told_or_does_no_harm(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(PACKED) - 1))
    if data.draw(st.booleans()):
        damaged = PACKED[:place]
    else:
        damaged = PACKED[:place] + bytes([data.draw(st.integers(0, 255))]) + PACKED[place + 1 :]
    try:
        unpacked, clip = parcel.unpack(damaged, FULL.owner)
    except InvalidRequest:
        return
    # only bytes that say nothing, such as the time of an entry, may differ
    assert unpacked == FULL
    assert clip in (b"RIFF" + bytes(2000), None)
