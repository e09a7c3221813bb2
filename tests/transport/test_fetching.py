"""Links of users, followed on real sockets of this machine, and those that are not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from myna.speech.errors import InvalidRequest
from myna.transport.fetching import Fetching, _is_public

CLIP = b"RIFF" + bytes(1000)


def answer(status: str = "200 OK", body: bytes = CLIP, length: int | None = None, **headers: str) -> bytes:
    size = len(body) if length is None else length
    told = {"content_length": str(size), "content_type": "audio/wav", **headers}
    lines = [f"HTTP/1.1 {status}", *[f"{name.replace('_', '-')}: {value}" for name, value in told.items()]]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def site(pages: dict[str, bytes]) -> AsyncIterator[Callable[[str], str]]:
    """A server of these pages; one that is not among them is never answered."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            heads.append(head)
            page = pages.get(head.split(" ")[1])
            if page is not None:
                writer.write(page)
                await writer.drain()
            else:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def link(path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{port}{path}"

    link.heads = heads  # type: ignore[attr-defined]
    try:
        yield link
    finally:
        server.close()
        await server.wait_closed()


HERE = Fetching(most_bytes=2000, seconds=20, private=True)


async def test_a_recording(tmp_path: Path) -> None:
    async with site({"/clip.wav?x=1": answer()}) as link:
        await HERE(link("/clip.wav?x=1#part"), tmp_path / "clip")
        assert (tmp_path / "clip").read_bytes() == CLIP
        head = link.heads[0].lower()  # type: ignore[attr-defined]
        assert f"host: {link('').removeprefix('http://')}" in head
        assert "authorization" not in head and "cookie" not in head


async def test_a_name_is_looked_up_once_and_kept_in_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def lookup(host: str, port: int, *rest: Any, **options: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async with site({"/clip": answer()}) as link:
        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        await HERE(link("/clip", "clips.example"), tmp_path / "clip")
        assert "host: clips.example:" in link.heads[0].lower()  # type: ignore[attr-defined]
    assert [host for host in asked if host != "127.0.0.1"] == ["clips.example"]


async def test_it_leads_on(tmp_path: Path) -> None:
    async with site(
        {
            "/a": answer("302 Found", b"", location="/b"),
            "/b": answer("307 x", b"", location="clip"),
            "/clip": answer(),
        }
    ) as link:
        await HERE(link("/a"), tmp_path / "clip")
        assert (tmp_path / "clip").read_bytes() == CLIP


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (answer("404 Not Found"), "404"),
        (answer(content_type="text/html"), "text/html"),
        (answer(content_encoding="gzip"), "give one to a recording"),
        (answer(length=1 << 40), "more than 2000 bytes"),
        (answer(body=bytes(5000)), "more than 2000 bytes"),
        (answer(body=bytes(10), length=500), "broke off"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: audio/wav\r\n\r\n" + bytes(100_000), "more than 2000 bytes"),
        (answer("302 Found", b"", location="/here"), "leads on"),
        (answer("302 Found", b"", location="file:///etc/passwd"), "whole http"),
        (answer("302 Found", b"", location="http://[::1"), "could not be followed"),
        (answer("302 Found", b"", location="http://user:pass@127.0.0.1/"), "password"),
        (b"nonsense\r\n\r\n", "could not be followed"),
    ],
)  # fmt: skip
async def test_what_is_no_recording(page: bytes, told: str, tmp_path: Path) -> None:
    async with site({"/here": page}) as link:
        with pytest.raises(InvalidRequest, match=told):
            await HERE(link("/here"), tmp_path / "clip")


async def test_nobody_answers(tmp_path: Path, free_port: int) -> None:
    with pytest.raises(InvalidRequest, match="could not be followed"):
        await HERE(f"http://127.0.0.1:{free_port}/", tmp_path / "clip")
    async with site({}) as link:
        with pytest.raises(InvalidRequest, match=r"within 0\.2 seconds"):
            await Fetching(2000, seconds=0.2, private=True)(link("/silence"), tmp_path / "clip")


@pytest.mark.parametrize(
    "link",
    [
        "", "clip.wav", "/clip.wav", "ftp://example.org/clip", "file:///etc/passwd", "http://", "http:///clip",
        "https://example.org:99999/", "http://[::1", "javascript:1", f"http://example.org/{'x' * 3000}",
    ],
)  # fmt: skip
async def test_what_is_no_link(link: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="whole http"):
        await HERE(link, tmp_path / "clip")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",
     "169.254.169.254", "192.168.1.1", "100.64.0.1", "[fe80::1]", "[fd00::1]", "224.0.0.1"],
)  # fmt: skip
async def test_addresses_that_are_not_public(host: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="public address"):
        await Fetching(2000)(f"http://{host}/clip", tmp_path / "clip")


async def test_a_public_link_cannot_lead_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is checked: only the first of them is taken for public here."""
    checked: Iterator[bool] = iter([True, False])
    monkeypatch.setattr("myna.transport.fetching._is_public", lambda address: next(checked))
    async with site({"/a": answer("302 Found", b"", location="/clip"), "/clip": answer()}) as link:
        with pytest.raises(InvalidRequest, match="public address"):
            await Fetching(2000)(link("/a"), tmp_path / "clip")
        assert len(link.heads) == 1  # type: ignore[attr-defined]


async def test_one_address_that_is_not_public_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lookup(host: str, port: int, *rest: Any, **options: Any) -> Any:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(InvalidRequest, match="public address"):
        await Fetching(2000)("http://clips.example/clip", tmp_path / "clip")


async def test_an_unknown_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: object, **options: object) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(InvalidRequest, match="not known"):
        await Fetching(2000)("http://clips.example/clip", tmp_path / "clip")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("::ffff:93.184.215.14", True),
        ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("::", False),
        ("2001:0:53aa:64c:0:0:80ff:fffe", False), ("ff02::1", False), ("198.18.0.1", False),
        ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert _is_public(address) is public
