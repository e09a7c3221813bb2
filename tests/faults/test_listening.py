"""Processes that die while they listen, and a server that is told to stop: what clients hear of it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest
import websockets

from tests import sound
from tests.serving import Server, serving

TEXT = "The quick brown fox jumps over the lazy dog."
QUERY = "model=ink-2&encoding=pcm_s16le&sample_rate=16000"

pytestmark = pytest.mark.timeout(180)


def speech(server: Server) -> bytes:
    asked = {
        "model_id": "sonic-3",
        "transcript": TEXT,
        "voice": {"mode": "id", "id": "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000},
    }
    answer = httpx.post(f"{server.url}/tts/bytes", json=asked, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    return bytes(9600) + answer.content + bytes(9600)


async def listen(
    server: Server, audio: bytes, disturb: Callable[[], None] | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Send, make it final, then go on; what was told that is no interim text, and how it ended."""
    told: list[dict[str, Any]] = []
    async with websockets.connect(f"{server.ws_url}/stt/websocket?{QUERY}", proxy=None) as socket:
        await socket.send(audio)
        await socket.send("finalize")
        try:
            async with asyncio.timeout(60):
                while True:
                    message = json.loads(await socket.recv())
                    if message.get("is_final") is not False:
                        told.append(message)
                    if message["type"] == "flush_done":
                        await socket.send(audio)
                        if disturb is None:
                            await socket.send("done")
                        else:
                            disturb()
        except websockets.ConnectionClosed:
            return told, socket.close_code


def heard(told: list[dict[str, Any]]) -> list[str]:
    return sound.words("".join(message["text"] for message in told if message["type"] == "transcript"))


async def test_a_listening_process_that_is_killed_then_a_server_that_stops() -> None:
    with serving() as server:
        audio = await asyncio.to_thread(speech, server)

        def kill() -> None:
            children = psutil.Process(server.process.pid).children(recursive=True)
            victims = [child for child in children if "myna.engines.hearing.worker" in child.cmdline()]
            assert victims
            for victim in victims:
                victim.kill()

        told, code = await listen(server, audio, kill)
        assert [message["type"] for message in told] == ["transcript", "flush_done", "error"]
        assert "fox" in heard(told), "what was final stays"
        assert (told[-1]["status_code"], told[-1]["error_code"], code) == (500, "engine_error", 1011)

        told, code = await listen(server, audio)
        assert (told[-1]["type"], code) == ("done", 1000)
        assert heard(told).count("fox") == 2

        told, code = await listen(server, audio, lambda: server.process.send_signal(signal.SIGTERM))
        assert (told[-1]["type"], code) == ("done", 1001)
        assert heard(told).count("fox") >= 1
        assert await asyncio.to_thread(server.process.wait, 30) == 0
