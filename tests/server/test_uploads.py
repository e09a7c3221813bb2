"""Forms with files: who sends too much, too slowly, half or nonsense."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from myna.conversation import forms
from myna.server import guarded
from myna.server.calls import Uploads
from myna.server.settings import Limits, Settings
from myna.speech.errors import Overloaded, PermissionDenied
from myna.testing.provider import ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import LATEST, until
from tests.server.test_guarded import address, exchange
from tests.transport.test_fetching import answer as recording
from tests.transport.test_fetching import site

CLIP = bytes(range(256)) * 40
FIELDS = {"name": "Mine", "language": "en"}
BOUNDED = Settings(
    limits=Limits(upload=1 << 20, header_seconds=0.5, upload_seconds=1.5, uploads=2, drain_seconds=5.0)
)

bounded = pytest.mark.parametrize("settings", [BOUNDED], indirect=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Uploads go where the test can see what is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(guarded, "UNWANTED_SECONDS", 0.5)
    return tmp_path


def left(folder: Path) -> list[str]:
    return os.listdir(folder)


def version(value: str) -> dict[str, str]:
    return {"cartesia-version": value}


async def clone(http: httpx.AsyncClient, value: str = LATEST, **parts: Any) -> httpx.Response:
    files = {"clip": parts.pop("clip", ("clip.wav", CLIP))}
    return await http.post("/voices/clone", headers=version(value), files=files, data={**FIELDS, **parts})


async def embedding(http: httpx.AsyncClient, clip: bytes = CLIP) -> list[float]:
    answer = await http.post("/voices/clone/clip", files={"clip": clip}, data={"enhance": "true"})
    assert answer.status_code == 200, answer.text
    found: list[float] = answer.json()["embedding"]
    return found


class TestClone:
    async def test_latest(self, http: httpx.AsyncClient, folder: Path) -> None:
        made = (await clone(http, tagline="t", accent="british", consent="true")).json()
        assert (made["name"], made["language"], made["access"], made["tagline"]) == (
            "Mine",
            "en",
            "private",
            "t",
        )
        voice = (await http.get(f"/voices/{made['id']}", headers=version(LATEST))).json()
        assert (voice["accent"], voice["is_owner"]) == ("british", True)
        await until(lambda: left(folder) == [])

    async def test_second_generation(self, http: httpx.AsyncClient) -> None:
        made = (await clone(http, "2024-11-13", mode="stability", enhance="true", description="d")).json()
        assert {"id", "user_id", "is_public", "name", "description", "created_at", "language"} <= made.keys()

    async def test_oldest_with_empty_name(self, http: httpx.AsyncClient) -> None:
        parts = {"name": "", "description": "", "mode": "similarity", "transcript": "x", "enhance": "true"}
        made = (await clone(http, "2024-06-10", **parts)).json()
        assert (made["name"], len(made["embedding"])) == ("Unnamed voice", 192)

    async def test_enhance_as_a_file(self, http: httpx.AsyncClient) -> None:
        files = {"clip": ("c.wav", CLIP), "enhance": ("upload", b"true")}
        answer = await http.post("/voices/clone/clip", headers=version("2024-06-10"), files=files)
        assert answer.json() == {"embedding": await embedding(http)}

    async def test_a_clip_without_a_filename_and_no_boundary_in_the_header(
        self, http: httpx.AsyncClient
    ) -> None:
        body = b'--x\r\nContent-Disposition: form-data; name="clip"\r\n\r\n' + CLIP + b"\r\n--x--\r\n"
        kind = {"content-type": "multipart/form-data"}
        answer = await http.post("/voices/clone/clip", headers=kind, content=body)
        assert answer.json() == {"embedding": await embedding(http)}

    async def test_the_flow_of_the_first_generation(self, http: httpx.AsyncClient) -> None:
        found = await embedding(http)
        fields = {"name": "N", "description": "d", "embedding": found, "language": "en"}
        made = (await http.post("/voices", headers=version("2024-06-10"), json=fields)).json()
        assert made["embedding"] == found

    async def test_what_the_provider_says(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, folder: Path
    ) -> None:
        async def refuses(*_: object) -> Any:
            raise PermissionDenied("Declare consent.")

        provider.voices.clone = refuses  # type: ignore[method-assign]
        answer = await clone(http)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")
        await until(lambda: left(folder) == [])

    async def test_a_retry_makes_no_second_voice(self, http: httpx.AsyncClient, folder: Path) -> None:
        async def tried(count: str) -> str:
            files = {"clip": ("clip.wav", CLIP)}
            headers = {"x-stainless-retry-count": count}
            made = await http.post("/voices/clone", headers=headers, files=files, data=FIELDS)
            id: str = made.json()["id"]
            return id

        first = await tried("0")
        assert await tried("1") == first
        assert await tried("0") != first
        await until(lambda: left(folder) == [])


@pytest.mark.parametrize(
    ("files", "fields", "told"),
    [
        (None, FIELDS, "multipart/form-data"),
        ({"other": b"x"}, FIELDS, "clip is missing"),
        ({"clip": b""}, FIELDS, "clip is empty"),
        ({"clip": CLIP}, {"language": "en"}, "name is missing"),
        ({"clip": CLIP}, {"name": "N"}, "language is missing"),
        ({"clip": CLIP}, {**FIELDS, "accent": "x"}, "accent"),
        ({"clip": CLIP}, {**FIELDS, "description": "x" * 70_000}, "description is larger"),
        ([("clip", CLIP), ("clip", CLIP)], FIELDS, "clip comes twice"),
        ([("clip", CLIP), *[(f"f{n}", b"x") for n in range(300)]], FIELDS, "more than 256 parts"),
    ],
)
async def test_refusals(http: httpx.AsyncClient, folder: Path, files: Any, fields: Any, told: str) -> None:
    answer = await http.post("/voices/clone", headers=version(LATEST), files=files, data=fields)
    assert answer.status_code == (415 if files is None else 400)
    assert told in answer.json()["message"]
    await until(lambda: left(folder) == [])


@pytest.mark.parametrize("kind", ["application/json", "", "audio/wav"])
async def test_another_kind_of_body(http: httpx.AsyncClient, kind: str) -> None:
    answer = await http.post("/voices/clone/clip", headers={"content-type": kind}, content=b"{}")
    assert answer.status_code == 415


@bounded
async def test_too_large(http: httpx.AsyncClient, folder: Path) -> None:
    assert (await clone(http, clip=b"x" * (1 << 21))).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="clip"; filename="x"\r\n\r\n'
        for _ in range(40):
            yield b"x" * (64 << 10)

    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert (await http.post("/voices/clone", headers=headers, content=pieces())).status_code == 413
    await until(lambda: left(folder) == [])


def _head(path: str = "/voices/clone", length: int = 1 << 19) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f'Content-Length: {length}\r\n\r\n--b\r\nContent-Disposition: form-data; name="clip"\r\n\r\n'
    ).encode()


@bounded
async def test_an_upload_that_stands_still(server: Running, folder: Path) -> None:
    assert (await exchange(server, _head())).startswith(b"HTTP/1.1 408 ")
    await until(lambda: left(folder) == [])


@bounded
async def test_an_upload_that_trickles(server: Running, folder: Path) -> None:
    reader, writer = await asyncio.open_connection(*address(server))
    writer.write(_head())
    answering = asyncio.create_task(reader.readline())
    while not answering.done():
        writer.write(b"x")
        await asyncio.wait({answering}, timeout=0.1)
    assert (await answering).startswith(b"HTTP/1.1 408 ")
    writer.transport.abort()
    await until(lambda: left(folder) == [])


@bounded
async def test_so_many_at_once(http: httpx.AsyncClient, server: Running) -> None:
    writers = [(await asyncio.open_connection(*address(server)))[1] for _ in range(2)]
    for writer in writers:
        writer.write(_head())
    answer = await clone(http)
    while answer.status_code == 200:  # the first two are on their way in
        answer = await clone(http)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    for writer in writers:
        writer.transport.abort()
    while answer.status_code == 429:
        await asyncio.sleep(0.02)
        answer = await clone(http)
    assert answer.status_code == 200


async def test_a_client_that_vanishes_leaves_nothing(server: Running, folder: Path) -> None:
    _, writer = await asyncio.open_connection(*address(server))
    writer.write(_head(length=64 << 20) + b"x" * (forms.HELD * 3))
    await until(lambda: left(folder) != [])
    writer.transport.abort()
    await until(lambda: not left(folder))


async def test_a_clone_is_finished_without_its_client(
    server: Running, provider: ScriptedProvider, http: httpx.AsyncClient, folder: Path
) -> None:
    original, gate, begun = provider.voices.clone, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> Any:
        begun.set()
        await gate.wait()
        return await original(*arguments)

    provider.voices.clone = slow  # type: ignore[method-assign]
    asking = asyncio.create_task(clone(http))
    await begun.wait()
    asking.cancel()
    await asyncio.wait({asking})
    assert left(folder) != [], "the clip is needed still"
    gate.set()
    await until(lambda: not left(folder))
    assert [voice["name"] for voice in (await http.get("/voices?is_owner=true")).json()["data"]] == ["Mine"]


async def test_an_answered_upload_cannot_go_on_for_ever(server: Running) -> None:
    reader, writer = await asyncio.open_connection(*address(server))
    writer.write(_head("/nowhere", 1 << 40))
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(20):
            while True:
                writer.write(b"x" * 10_000)
                await writer.drain()
                await asyncio.sleep(0)


async def test_memory_stays_small(server: Running, http: httpx.AsyncClient) -> None:
    await embedding(http)
    size, process = 96 << 20, psutil.Process()

    async def pieces() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="clip"; filename="x"\r\n\r\n'
        for _ in range(size >> 16):
            yield bytes(1 << 16)
            held.append(process.memory_info().rss)
        yield b"\r\n--b"  # and no end: it is not looked into

    held = [process.memory_info().rss]
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = await http.post("/voices/clone/clip", headers=headers, content=pieces(), timeout=60)
    assert answer.status_code == 400
    assert max(held) - held[0] < size // 4


async def test_what_killed_processes_left_is_removed(folder: Path) -> None:
    running = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        other = await asyncio.create_subprocess_exec("true")
        await other.wait()
        for pid in (os.getpid(), running.pid, other.pid):
            (folder / f"myna-upload-{pid}-abc").mkdir()
        (folder / "myna-upload-x").mkdir()
        forms.sweep()
        assert set(left(folder)) == {
            f"myna-upload-{os.getpid()}-abc", f"myna-upload-{running.pid}-abc", "myna-upload-x",
        }  # fmt: skip
    finally:
        running.kill()
        await running.wait()


class TestLinks:
    """`/voices/clone/url`, where it is switched on; what is followed and what not is transport's."""

    async def test_off(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/voices/clone/url?link=http://127.0.0.1/clip", headers=version(LATEST))
        assert (answer.status_code, answer.json()["error_code"]) == (403, "forbidden")

    @pytest.mark.parametrize("settings", [Settings(clone_from_urls="any")], indirect=True)
    async def test_any(self, http: httpx.AsyncClient, folder: Path) -> None:
        async with site({"/clip": recording(body=CLIP)}) as link:
            asked = {"link": link("/clip")}
            answer = await http.post("/voices/clone/url", params=asked, json={})
            assert answer.json() == {"embedding": await embedding(http)}
        assert (await http.post("/voices/clone/url")).status_code == 400
        await until(lambda: left(folder) == [])

    @pytest.mark.parametrize("settings", [Settings(clone_from_urls="public")], indirect=True)
    async def test_public(self, http: httpx.AsyncClient, folder: Path) -> None:
        async with site({"/clip": recording(body=CLIP)}) as link:
            answer = await http.post("/voices/clone/url", params={"link": link("/clip")})
        assert (answer.status_code, "public address" in answer.text) == (400, True)
        await until(lambda: left(folder) == [])


def test_one_key_cannot_take_all_places() -> None:
    uploads = Uploads(4)
    with uploads.one("a"), uploads.one("a"):
        with pytest.raises(Overloaded), uploads.one("a"):
            pass
        with uploads.one("b"), uploads.one(None), pytest.raises(Overloaded), uploads.one("c"):
            pass
        with uploads.one("b"):
            pass
    with uploads.one(None), uploads.one(None), uploads.one(None), uploads.one(None):
        with pytest.raises(Overloaded), uploads.one(None):
            pass
