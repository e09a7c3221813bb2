"""Processes that die while they change voices, and a server that is told to stop: what clients hear of it."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest
import websockets

from tests.faults.test_listening import speech
from tests.serving import Server, serving

VOICE = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
QUERY = f"voice={VOICE}&encoding=pcm_s16le&sample_rate=16000"

pytestmark = pytest.mark.timeout(180)


async def change(
    server: Server, audio: bytes, disturb: Callable[[], None] | None = None
) -> tuple[bytes, dict[str, Any], int | None]:
    """Send, wait for the first audio, disturb, then go on; what came, what ended it, and how it closed."""
    came, last = b"", {}
    async with websockets.connect(f"{server.ws_url}/voice-changer/websocket?{QUERY}", proxy=None) as socket:
        await socket.send(audio)
        try:
            async with asyncio.timeout(60):
                while True:
                    last = json.loads(await socket.recv())
                    if last["type"] != "chunk":
                        continue
                    if not came:
                        if disturb is not None:
                            disturb()
                        else:
                            await socket.send("done")
                    came += base64.b64decode(last["data"])
        except websockets.ConnectionClosed:
            return came, last, socket.close_code


async def test_a_changing_process_that_is_killed_then_a_server_that_stops() -> None:
    with serving() as server:
        audio = await asyncio.to_thread(speech, server)

        def kill() -> None:
            children = psutil.Process(server.process.pid).children(recursive=True)
            victims = [child for child in children if "myna.engines.changing.worker" in child.cmdline()]
            assert victims
            for victim in victims:
                victim.kill()

        came, last, code = await change(server, audio * 20, kill)
        assert 0 < len(came) < len(audio * 20), "what came before stays"
        assert (last["status_code"], last["error_code"], code) == (500, "engine_error", 1011)

        came, last, code = await change(server, audio)
        assert (last["type"], code, len(came)) == ("done", 1000, len(audio))

        stops = lambda: server.process.send_signal(signal.SIGTERM)  # noqa: E731
        came, last, code = await change(server, audio, stops)
        assert (last["type"], code, len(came)) == ("done", 1001, len(audio))
        assert await asyncio.to_thread(server.process.wait, 30) == 0
