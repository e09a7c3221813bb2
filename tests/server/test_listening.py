"""`WS /stt/websocket` and `WS /stt/turns/websocket` over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import numpy as np
import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineCrashed
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running, serve_here
from tests.server.conftest import until
from tests.server.sockets import MANUAL, QUERIES, TURNS, connected, hear

WORD = (np.ones(1600) * 20000).astype("<i2").tobytes()
SILENCE = bytes(len(WORD))


def finals(heard: list[dict[str, Any]]) -> str:
    return "".join(each["text"] for each in heard if each["type"] == "transcript" and each["is_final"])


async def one_word(server: Running) -> None:
    """Another client is served all the while."""
    async with connected(server, MANUAL) as socket:
        await socket.send(WORD)
        await socket.send("done")
        heard, code, _ = await hear(socket)
        assert (finals(heard), code) == ("the", 1000)


async def test_a_whole_conversation(server: Running) -> None:
    async with connected(server, MANUAL) as socket:
        for size in (1, 3, 1001):
            await socket.send(WORD[:size])
        await socket.send(WORD[1005:])
        await socket.send("finalize\n")
        await socket.send([WORD[:7], WORD[7:]])
        await socket.send('"close"')
        heard, code, reason = await hear(socket)
    kinds = [each["type"] for each in heard if each.get("is_final") is not False]
    assert kinds == ["transcript", "flush_done", "transcript", "done"]
    assert (finals(heard), code, reason) == ("the quick", 1000, "")
    assert len({each["request_id"] for each in heard}) == 1
    first = next(each for each in heard if each["type"] == "transcript" and each["is_final"])
    assert first["words"] == [{"word": "the", "start": 0.0, "end": 0.2}]
    assert (first["language"], first["duration"]) == ("en", 0.2)


async def test_turns(server: Running) -> None:
    async with connected(server, TURNS, f"{QUERIES[TURNS]}&turn_end_timeout_ms=700&keyterm=a+b") as socket:
        await socket.send(json.dumps({"type": "config", "turn": {"start_threshold": 0.9}}))
        await socket.send(WORD * 2 + SILENCE * 4 + WORD)
        await socket.send(json.dumps({"type": "close"}))
        heard, code, _ = await hear(socket)
    assert heard[0]["type"] == "connected"
    assert [each["transcript"] for each in heard if each["type"] == "turn.end"] == ["the quick", " brown"]
    assert code == 1000


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"type":"config"}', "{" * 9999, "\x00"])
async def test_text_that_is_no_command_leaves_the_socket_open(server: Running, text: str) -> None:
    async with connected(server, MANUAL) as socket:
        await socket.send(WORD)
        await socket.send(text)
        await socket.send("done")
        heard, code, _ = await hear(socket)
    assert [each["status_code"] for each in heard if each["type"] == "error"] == [400]
    assert (finals(heard), code) == ("the", 1000)


async def test_frames_too_large_floods_of_small_ones_and_odd_ones(server: Running) -> None:
    async with connected(server, MANUAL) as large:
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await large.send(bytes(10_000_000))
            while True:
                await asyncio.wait_for(large.recv(), 10)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    async with connected(server, MANUAL) as small:
        for at in range(3203):
            await small.send(WORD[at % len(WORD) : at % len(WORD) + 1])
        await asyncio.gather(small.send("done"), one_word(server))
        heard, code, _ = await hear(small)
        assert (finals(heard), code) == ("the", 1000)
    async with connected(server, MANUAL) as whole:
        await whole.send(WORD * 1000)  # 3.2 MB
        await whole.send("done")
        heard, _, _ = await hear(whole)
        assert len(finals(heard).split()) == 1000


@pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.5))], indirect=True)
async def test_pings_are_answered_while_audio_waits(server: Running, provider: ScriptedProvider) -> None:
    async with connected(server, MANUAL, ping_interval=None) as socket:
        for _ in range(300):
            await socket.send(WORD)
        pong = await socket.ping()
        async with asyncio.timeout(5):
            await pong
        assert provider.listenings[0].seconds < 30.0, "half of it is unheard yet"
        socket.transport.abort()


@pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.02))], indirect=True)
async def test_a_client_that_goes_is_noticed_while_it_is_not_read(
    server: Running, provider: ScriptedProvider
) -> None:
    async with connected(server, MANUAL) as socket:

        async def flood() -> None:
            while True:
                await socket.send(WORD * 100)

        flooding = asyncio.create_task(flood())
        await until(lambda: bool(provider.listenings) and provider.listenings[0].seconds > 1.0)
        await asyncio.sleep(0.3)
        assert not flooding.done() and not provider.listenings[0].ended
        socket.transport.abort()
        with pytest.raises(websockets.ConnectionClosed):
            await flooding
    before = asyncio.get_running_loop().time()
    await until(lambda: provider.listenings[0].ended and not server.house.sockets)
    assert asyncio.get_running_loop().time() - before < 5, "what was sent before is not worked off"


@pytest.mark.parametrize("settings", [Settings(limits=Limits(stall_seconds=0.5))], indirect=True)
@pytest.mark.parametrize("script", [Script(hearsay=Hearsay(words=("the", "long" * 1000)))], indirect=True)
async def test_a_client_that_never_reads_is_dropped(server: Running, provider: ScriptedProvider) -> None:
    async with connected(server, MANUAL, max_queue=1, close_timeout=0.1, ping_interval=None) as deaf:

        async def flood() -> None:
            while True:
                await deaf.send(WORD * 50)
                await deaf.send("finalize")

        flooding = asyncio.create_task(flood())
        await one_word(server)
        await until(lambda: bool(provider.listenings) and provider.listenings[0].ended)
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(flooding, 20)
    await one_word(server)


@pytest.mark.parametrize(
    "script", [Script(hearsay=Hearsay(failures={3: EngineCrashed("The process ended.")}))], indirect=True
)
async def test_the_death_of_an_engine(server: Running) -> None:
    async with connected(server, MANUAL) as socket:
        await socket.send(WORD)
        await socket.send("finalize")
        await socket.send(WORD * 5)
        heard, code, _ = await hear(socket)
    assert (finals(heard), heard[-1]["type"], heard[-1]["status_code"], code) == ("the", "error", 500, 1011)


async def test_shutting_down_makes_final_what_was_heard(provider: ScriptedProvider) -> None:
    async with serve_here(provider) as server:
        async with connected(server, MANUAL) as manual, connected(server, TURNS) as turns:
            await manual.send(WORD * 2)
            await turns.send(WORD)
            await until(lambda: len(provider.listenings) == 2)
            await until(lambda: all(each.seconds for each in provider.listenings))
            server.house.drain()
            heard, code, reason = await hear(manual)
            assert (finals(heard), heard[-1]["type"]) == ("the quick", "done")
            assert (code, reason) == (1001, "server shutting down")
            heard, code, _ = await hear(turns)
            assert (heard[-1]["type"], heard[-1]["transcript"], code) == ("turn.end", "the", 1001)
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with connected(server, MANUAL):
                    pass
            assert refused.value.response.status_code == 503


async def test_fifty_at_once(server: Running) -> None:
    async def one(number: int) -> None:
        async with connected(server, MANUAL) as socket:
            for _ in range(number):
                await socket.send(WORD)
            await socket.send("done")
            heard, code, _ = await hear(socket)
            assert (len(finals(heard).split()), code) == (number, 1000)

    await asyncio.gather(*map(one, range(1, 51)))
    assert not server.house.admission.contexts
    numbers = server.house.metrics.text().decode()
    assert "myna_listenings 0.0" in numbers and "myna_listenings_begun_total 50.0" in numbers
    seconds = re.search(r"^myna_heard_seconds_total (.+)$", numbers, re.MULTILINE)
    assert seconds and float(seconds[1]) == pytest.approx(sum(range(51)) * 0.2)
