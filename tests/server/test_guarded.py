"""Clients that send too much or too slowly before their request is complete."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.testing.provider import ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import body, until

HASTY = Settings(limits=Limits(headers=8192, header_seconds=0.3))

hasty = pytest.mark.parametrize("settings", [HASTY], indirect=True)


def address(server: Running) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


async def exchange(server: Running, *pieces: bytes, wait: float = 0.0) -> bytes:
    """Send the pieces and read until the server closes."""
    reader, writer = await asyncio.open_connection(*address(server))
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(wait)
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@hasty
async def test_slow_headers(server: Running) -> None:
    assert (await exchange(server, b"GET / HTTP/1.1\r\nhost: x\r\n")).startswith(b"HTTP/1.1 408 ")


@hasty
async def test_the_second_request_of_a_connection_has_its_time_too(server: Running) -> None:
    first = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    answers = await exchange(server, first, b"GET / HTTP/1.1\r\n", wait=0.05)
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answers


@hasty
async def test_headers_that_trickle(server: Running) -> None:
    pieces = [b"GET / HTTP/1.1\r\n", *[b"x-%d: y\r\n" % number for number in range(40)]]
    assert (await exchange(server, *pieces, wait=0.02)).startswith(b"HTTP/1.1 408 ")


@hasty
async def test_silence_is_closed_without_a_word(server: Running) -> None:
    assert await exchange(server) == b""


@hasty
async def test_slow_body(server: Running) -> None:
    head = b"POST /tts/bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\nconnection: close\r\n\r\n{"
    assert (await exchange(server, head)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
        b"GET / HTTP/1.1\r\nx: " + b"y" * 200_000,
    ],
)
@hasty
async def test_large_headers(server: Running, head: bytes) -> None:
    assert (await exchange(server, head)).startswith(b"HTTP/1.1 431 ")


@hasty
async def test_what_is_not_http(server: Running) -> None:
    assert (await exchange(server, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


@hasty
async def test_the_next_request_on_the_same_connection(server: Running) -> None:
    once = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answers = await exchange(server, once, once, last, wait=0.25)
    assert answers.count(b"HTTP/1.1 200 OK") == 3


STALLING = Settings(limits=Limits(stall_seconds=0.3))


@pytest.mark.parametrize("settings", [STALLING], indirect=True)
@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_a_client_that_reads_nothing_is_dropped(
    server: Running, provider: ScriptedProvider, path: str
) -> None:
    content = json.dumps(body(transcript="word " * 90_000)).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(content)}\r\n\r\n"
    with socket.create_connection(address(server)) as deaf:
        deaf.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(deaf, head.encode() + content)
        await until(lambda: bool(provider.speeches) and not provider.live)
        await until(lambda: not server.server.server_state.connections)


@pytest.mark.parametrize("settings", [STALLING], indirect=True)
async def test_a_socket_that_reads_nothing_is_dropped(server: Running, provider: ScriptedProvider) -> None:
    async with websockets.connect(
        f"{server.ws_url}/tts/websocket", proxy=None, max_queue=1, close_timeout=0.1
    ) as deaf:
        await deaf.send(json.dumps(body(context_id="a", transcript="word " * 90_000)))
        await until(lambda: bool(provider.speeches) and not provider.live)
        await until(lambda: not server.server.server_state.connections)
