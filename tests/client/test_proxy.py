"""Live connections through the HTTP proxy that the environment names."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

import myna
from myna.speech.errors import UsageError
from myna.transport.proxies import Proxy, proxy_for
from tests.client.driving import client_of, collect
from tests.client.peers import echo_speech, peer

VOICE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(autouse=True)
def no_proxies_from_outside(monkeypatch):
    for name in ("ws", "wss", "http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".upper(), raising=False)


@contextlib.contextmanager
def proxy(port_behind, answer=b"HTTP/1.1 200 Connection established\r\n\r\n"):
    """A proxy that leads every tunnel to one port; gives its own port and the requests it got."""
    ready, asked, ended = threading.Event(), [], []

    async def pipe(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            writer.close()

    async def serve_one(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer)
        if b" 200 " not in answer:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", port_behind)
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    async def main():
        server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        ended.extend([lambda: loop.call_soon_threadsafe(stop.set), server.sockets[0].getsockname()[1]])
        ready.set()
        await stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="proxy")
    thread.start()
    assert ready.wait(10)
    try:
        yield ended[1], asked
    finally:
        ended[0]()
        thread.join(10)


@pytest.mark.usefixtures("no_leaks", "no_tasks_left")
async def test_a_tunnel(side, monkeypatch):
    with peer(echo_speech) as server, proxy(int(server.url.rpartition(":")[2])) as (port, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://me:pa%20ss@127.0.0.1:{port}")
        client = client_of(side, base_url="http://speech.example.com")
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            assert len(await collect(context.receive())) == 4
        await client.close()
    assert asked[0].startswith("CONNECT speech.example.com:80 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cGEgc3M=" in asked[0]


@pytest.mark.usefixtures("no_leaks", "no_tasks_left")
async def test_a_proxy_that_refuses(side, monkeypatch):
    with proxy(1, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as (port, _):
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{port}")
        client = client_of(side, base_url="https://speech.example.com")
        with pytest.raises(myna.APIConnectionError, match="407"):
            await client.tts.websocket_connect().enter()
        await client.close()


def test_which_proxy(monkeypatch):
    assert proxy_for("wss://a.example.com/x") is None
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    monkeypatch.setenv("HTTP_PROXY", "http://plain:2")
    assert proxy_for("wss://a.example.com/x") == Proxy("all", 1)
    assert proxy_for("ws://a.example.com/x") == Proxy("plain", 2)
    monkeypatch.setenv("NO_PROXY", "localhost,.example.com")
    assert proxy_for("wss://a.example.com/x") is None
    assert proxy_for("ws://localhost:80/x") is None
    assert proxy_for("wss://other.org/x") == Proxy("all", 1)
    monkeypatch.setenv("WSS_PROXY", "socks5://s:1")
    with pytest.raises(UsageError, match="socks5"):
        proxy_for("wss://other.org/x")
