from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from myna.conversation import forms
from myna.conversation.forms import Form, read_form
from myna.speech.errors import InvalidRequest, Overloaded
from tests.wire.test_multipart import KIND, form

CLIP = bytes(range(256)) * 100
BIG = os.urandom(64) * (forms.HELD // 16)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def pieces(body: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]
        await asyncio.sleep(0)


def left(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("clip", [b"", b"x", CLIP, BIG])
async def test_what_goes_in_comes_out(clip: bytes, folder: Path) -> None:
    body = form(
        [("name", None, "Zoë".encode()), ("clip", "../../etc/a b.wav", clip), ("on", "upload", b"true")]
    )
    async with await read_form(pieces(body), KIND, ("clip",)) as read:
        assert read.texts == {"name": "Zoë", "on": "true"}
        upload = read.files["clip"]
        assert (upload.filename, upload.size) == ("a b.wav", len(clip))
        assert upload.sha256 == sha256(clip).hexdigest()
        assert await asyncio.to_thread(upload.path.read_bytes) == clip
        assert upload.path.stat().st_mode & 0o077 == 0 or upload.path.parent.stat().st_mode & 0o077 == 0
        assert upload.path.is_relative_to(folder)
        if clip:
            assert read.file("clip") == upload
        else:
            with pytest.raises(InvalidRequest, match="clip is empty"):
                read.file("clip")
    assert left(folder) == []


async def test_texts_need_no_folder(folder: Path) -> None:
    async with await read_form(pieces(form([("name", None, b"Ada")])), KIND, ("clip",)) as read:
        assert left(folder) == []
        with pytest.raises(InvalidRequest, match="clip is missing"):
            read.file("clip")


async def test_the_last_of_several_texts(folder: Path) -> None:
    body = form([("name", None, b"Ada"), ("name", None, b"Ben")])
    assert (await read_form(pieces(body), KIND, ())).texts == {"name": "Ben"}


@pytest.mark.parametrize(
    "body",
    [
        form([("clip", "a", BIG)])[:-20],
        form([("clip", "a", BIG), ("clip", "b", BIG)]),
        form([("clip", "a", BIG), ("name", None, b"x" * 100_000)]),
        form([("clip", "a", BIG), *[("name", None, b"x")] * 256]),
        form([("clip", "a", BIG)]).replace(b"--abc123--", b"garbage", 1),
    ],
)
async def test_what_is_refused_leaves_nothing(body: bytes, folder: Path) -> None:
    with pytest.raises(InvalidRequest):
        await read_form(pieces(body), KIND, ("clip",))
    assert left(folder) == []


async def test_whoever_stops_leaves_nothing(folder: Path) -> None:
    never = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield form([("clip", "a", BIG)])[:-20]
        await never.wait()

    reading = asyncio.create_task(read_form(endless(), KIND, ("clip",)))
    while not left(folder):
        await asyncio.wait({reading}, timeout=0.001)
    reading.cancel()
    await asyncio.wait({reading})
    assert left(folder) == []


async def test_a_client_that_goes_is_no_full_disk(folder: Path) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield form([("clip", "a", BIG)])[:-20]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await read_form(breaks(), KIND, ("clip",))
    assert left(folder) == []


async def test_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(forms._File, "_flush", full)
    with pytest.raises(Overloaded):
        await read_form(pieces(form([("clip", "a", BIG)])), KIND, ("clip",))
    assert left(folder) == []


async def test_a_form_can_be_taken_over(folder: Path) -> None:
    read = await read_form(pieces(form([("clip", "a", CLIP)])), KIND, ("clip",))
    taken = read.take()
    await read.close()
    assert read.files == {}
    assert await asyncio.to_thread(taken.file("clip").path.read_bytes) == CLIP
    await taken.close()
    await taken.close()
    assert left(folder) == []


async def test_a_folder_without_a_form(folder: Path) -> None:
    async with Form() as own:
        assert own.folder() == own.folder()
        assert left(folder) == [own.folder()]
    assert left(folder) == []
