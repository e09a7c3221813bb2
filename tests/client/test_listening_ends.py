"""The same programs that listen, in this process and with a server, on both clients."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import pytest

import myna
from myna.client import AsyncMyna, Myna
from myna.server.settings import Settings
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import serve_here
from tests.client.driving import Lifted, client_of, collect
from tests.client.sounds import LIVE, RATE, silence, speech, wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

SENTENCE = speech(0.6) + silence(1.0)


@dataclass
class End:
    """A client, and what is behind it."""

    client: Any
    provider: ScriptedProvider

    def manual(self, **more):
        return self.client.stt.manual_finalize.websocket(**{**LIVE, **more})

    async def second(self, side, **more):
        if side == "aio":
            return await self.client.stt.websocket(**more)
        return await asyncio.to_thread(self.client.stt.websocket, **more)

    def turns(self, **more):
        return self.client.stt.auto_finalize.websocket(**{**LIVE, "model": "ink-2", **more})


@pytest.fixture
def hearsay() -> Hearsay:
    return Hearsay()


@pytest.fixture(params=["here", "there"])
async def end(side, hearsay, request, monkeypatch) -> AsyncIterator[End]:
    """A client of this process, or of a server."""
    provider = ScriptedProvider(Script(hearsay=hearsay))
    if request.param == "here":
        monkeypatch.setattr("myna.providers.local.LocalProvider", lambda: provider)
        client = Lifted(Myna()) if side == "sync" else AsyncMyna()
        yield End(client, provider)
        await client.close()
        return
    async with serve_here(provider, Settings()) as server:
        client = client_of(side, base_url=server.url)
        yield End(client, provider)
        await client.close()


async def test_texts_that_become_final_when_that_is_asked_for(end):
    async with end.manual() as connection:
        await connection.send_raw(SENTENCE[:4001])
        await connection.send_raw(SENTENCE[4001:])
        await connection.finalize()
        await connection.send_raw(SENTENCE)
        await connection.send("close")
        events = await collect(connection)
    finals = [event for event in events if event.get("is_final")]
    assert "".join(event.text for event in finals) == "the quick brown fox jumps over"
    assert [event.type for event in events if not event.get("text")] == ["flush_done", "done"]
    assert [word.word for word in finals[1].words] == ["fox", "jumps", "over"]
    assert finals[1].words[0].start == pytest.approx(1.6, abs=0.05)
    assert len({event.request_id for event in events}) == 1


async def test_texts_that_become_final_by_themselves(end):
    async with end.manual(max_silence_duration_secs=0.5, language="en", keyterm=["Ada"]) as connection:
        await connection.send_raw(SENTENCE * 2)
        finals = []
        async for event in connection:
            if event.is_final:
                finals.append(event.text)
                if len(finals) == 2:
                    break
    assert finals == ["the quick brown", " fox jumps over"]
    assert end.provider.listenings[0].request.keyterms == ("Ada",)


async def test_turns(end):
    async with end.turns(turn_end_timeout_ms=700) as connection:
        assert (await connection.recv()).type == "connected"
        await connection.configure(end_threshold=0.1)
        await connection.send_raw(SENTENCE * 2)
        await connection.send("close")
        events = await collect(connection)
        assert connection.ended
    kinds = [event.type for event in events]
    assert kinds[0] == "turn.start" and kinds[-1] == "turn.end" and "turn.eager_end" in kinds
    ends = [event.transcript for event in events if event.type == "turn.end"]
    assert ends == ["the quick brown", " fox jumps over"]


async def test_much_that_is_sent_before_anything_is_read(end):
    """Five minutes of talk, from a program that does one thing after the other."""
    async with end.manual() as connection, asyncio.timeout(60):
        await connection.send_raw(SENTENCE * 190)
        await connection.send("close")
        events = await collect(connection)
    assert events[-1].type == "done"
    finals = [event for event in events if event.get("is_final")]
    words = "".join(event.text for event in finals).split()
    assert len(words) >= 190 * 3
    assert words == list(islice(cycle(Hearsay().words), len(words)))


async def test_sending_and_receiving_at_once(end):
    async with end.manual(max_silence_duration_secs=0.5) as connection:

        async def send() -> None:
            for _ in range(40):
                await connection.send_raw(SENTENCE)
            await connection.send("close")

        _, events = await asyncio.gather(send(), collect(connection))
    assert len([event for event in events if event.get("is_final")]) == 40
    assert events[-1].type == "done"


async def test_the_second_generation(end, side):
    websocket = await end.second(side, sample_rate=RATE)
    heard = await collect(websocket.transcribe(iter([SENTENCE, SENTENCE])))
    assert [each["type"] for each in heard][-2:] == ["flush_done", "done"]
    assert "".join(each["text"] for each in heard if each.get("is_final")) == "the quick brown fox jumps over"
    await websocket.send(SENTENCE)
    await websocket.send("done")
    assert (await collect(websocket.receive()))[-2]["text"] == "the quick brown"
    await websocket.close()


@pytest.mark.parametrize("change", [{"encoding": "pcm_s24le"}, {"sample_rate": 1}, {"min_volume": 7}])
async def test_what_cannot_be(end, change):
    async with end.manual(**change) as connection, asyncio.timeout(5):
        error = await connection.recv()
        assert (error.type, error.status_code) == ("error", 400)
        with pytest.raises(myna.ConnectionLost, match=f"1008.*{next(iter(change))}"):
            await connection.recv()


@pytest.mark.parametrize("hearsay", [Hearsay(failures={3: myna.EngineCrashed("It fell over.")})])
async def test_an_engine_that_fails(end, side):
    async with end.manual() as connection, asyncio.timeout(5):
        events = []
        with pytest.raises(myna.ConnectionLost, match=r"1011.*It fell over"):
            while True:
                await connection.send_raw(SENTENCE)
                await asyncio.sleep(0.05)
        with pytest.raises(myna.ConnectionLost, match=r"1011.*It fell over"):
            async for event in connection:
                events.append(event)
        assert [event.type for event in events][-2:] == ["transcript", "error"]
        assert events[-2].text == "the quick"
    websocket = await end.second(side)
    with pytest.raises(RuntimeError, match=r"Error transcribing audio: .*It fell over"):
        await collect(websocket.transcribe(iter([SENTENCE])))


async def test_recordings(end):
    heard = await end.client.transcribe(wav(SENTENCE * 2), timestamp_granularities=["word"])
    assert heard.text == "the quick brown fox jumps over"
    assert [word.word for word in heard.words] == heard.text.split()
    assert heard.duration == pytest.approx(3.2, abs=0.01)
    raw = await end.client.stt.transcribe(file=SENTENCE, encoding="pcm_s16le", sample_rate=RATE)
    assert (raw.text, raw.words) == ("the quick brown", None)
    with pytest.raises(myna.BadRequestError):
        await end.client.stt.transcribe(file=b"no recording")
    with pytest.raises(myna.BadRequestError, match="encoding"):
        await end.client.stt.transcribe(file=SENTENCE, encoding="mp7", sample_rate=RATE)


async def test_a_connection_that_nobody_holds_frees_the_engine(end, eventually, monkeypatch):
    monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.1)
    connecting = end.manual()
    connection = await connecting.enter()
    await connection.send_raw(SENTENCE)
    del connection, connecting
    gc.collect()
    await asyncio.to_thread(eventually, lambda: end.provider.listenings[0].ended)


@pytest.mark.parametrize("hearsay", [Hearsay(delay=5.0)])
async def test_an_engine_that_is_slow_makes_senders_wait_and_readers_give_up(end):
    client = end.client.with_options(timeout=0.3)
    connecting = client.stt.manual_finalize.websocket(
        **LIVE, websocket_connection_options={"close_timeout": 0.2}
    )
    async with connecting as connection, asyncio.timeout(30):
        with pytest.raises(myna.APITimeoutError):
            await connection.send_raw(SENTENCE * 2000)
    async with client.stt.manual_finalize.websocket(**LIVE) as connection, asyncio.timeout(5):
        await connection.finalize()
        with pytest.raises(myna.APITimeoutError):
            await connection.recv()


async def test_closing_the_client_ends_its_connections(side, monkeypatch):
    monkeypatch.setattr("myna.providers.local.LocalProvider", ScriptedProvider)
    client = Lifted(Myna()) if side == "sync" else AsyncMyna()
    connection = await client.stt.manual_finalize.websocket(**LIVE).enter()
    reading = asyncio.ensure_future(collect(connection))
    await asyncio.sleep(0.2)
    await client.close()
    async with asyncio.timeout(5):
        with pytest.raises(myna.ConnectionLost):
            await reading
        with pytest.raises(myna.MynaError):
            await connection.send_raw(SENTENCE)
        await connection.close()


async def test_readers_and_senders_may_be_cancelled():
    provider = ScriptedProvider()
    async with serve_here(provider, Settings()) as server, AsyncMyna(base_url=server.url) as client:
        async with client.stt.manual_finalize.websocket(**LIVE) as connection:
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await connection.recv()
            await connection.send_raw(SENTENCE)
            assert (await connection.recv()).text.startswith("the")


async def test_a_spoken_connection_whose_client_is_closed(monkeypatch):
    monkeypatch.setattr("myna.providers.local.LocalProvider", ScriptedProvider)
    client = Myna()
    connection = client.tts.websocket_connect().enter()
    reading = asyncio.ensure_future(asyncio.to_thread(connection.recv))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(client.close)
    async with asyncio.timeout(5):
        with pytest.raises(myna.ConnectionLost):
            await reading
    connection.close()
