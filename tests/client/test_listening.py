"""Connections that listen, on both clients, against servers that do what a test tells them."""

from __future__ import annotations

import asyncio
import json
from inspect import isawaitable
from urllib.parse import parse_qsl, urlsplit

import pytest

import myna
from myna.client.handlers import Handlers
from myna.client.heard import parse_heard
from tests.client.driving import client_of, collect
from tests.client.hearing import AUDIO, listen, manual, said, transcript, turns
from tests.client.peers import Talk, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")


async def test_audio_goes_in_as_it_is_and_texts_come_out(side):
    with peer(listen) as server:
        client = client_of(side, base_url=server.url, api_key="secret")
        asked = {"language": "en", "keyterm": ["Ada", "Grace Hopper"], "min_volume": 0.1}
        async with manual(client, **asked, extra_query={"x": 1}) as connection:
            await connection.send_raw(AUDIO)
            await connection.send_raw(memoryview(AUDIO))
            await connection.finalize()
            await connection.send_raw(AUDIO)
            await connection.send("close")
            events = await collect(connection)
            assert connection.ended
            with pytest.raises(myna.UsageError, match="last command"):
                await connection.send_raw(AUDIO)
        await client.close()
    assert server.heard == [AUDIO, AUDIO, "finalize", AUDIO, "close"]
    assert [event.type for event in events if event.type != "transcript"] == ["flush_done", "done"]
    assert "".join(event.text for event in events if event.get("is_final")) == " word word word"
    assert {event.request_id for event in events} == {"r"}
    address = urlsplit(server.paths[0])
    assert address.path == "/stt/websocket"
    assert dict(parse_qsl(address.query)) == {
        "encoding": "pcm_s16le",
        "model": "ink-whisper",
        "sample_rate": "16000",
        "language": "en",
        "keyterm": "Grace Hopper",
        "min_volume": "0.1",
        "x": "1",
    }
    assert address.query.count("keyterm=") == 2
    assert server.headers[0]["authorization"] == "Bearer secret"


async def test_turns(side):
    async def script(talk: Talk) -> None:
        await talk.say(said("connected"))
        talk.heard += [await talk.socket.recv(), await talk.socket.recv(), await talk.socket.recv()]
        await talk.say(said("turn.start"), said("turn.update", transcript="Two"))
        await talk.say(said("turn.eager_end", transcript="Two"), said("turn.resume"))
        await talk.say(said("turn.update", transcript="Two of"), said("turn.end", transcript="Two of them."))

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with turns(client, turn_end_threshold=0.1, turn_end_timeout_ms=700) as connection:
            with pytest.raises(myna.UsageError, match="no command"):
                await connection.send("finalize")
            await connection.configure(end_timeout_ms=900)
            await connection.send_raw(AUDIO)
            await connection.send({"type": "close"})
            events = await collect(connection)
        await client.close()
    config, audio, close = server.heard
    assert json.loads(config) == {"type": "config", "turn": {"end_timeout_ms": 900}}
    assert (audio, json.loads(close)) == (AUDIO, {"type": "close"})
    assert [event.type for event in events] == [
        "connected",
        *(f"turn.{name}" for name in ("start", "update", "eager_end", "resume", "update", "end")),
    ]
    assert events[-1].transcript == events[-1]["transcript"] == "Two of them."
    address = urlsplit(server.paths[0])
    assert address.path == "/stt/turns/websocket"
    assert "turn_end_threshold=0.1" in address.query and "turn_end_timeout_ms=700" in address.query


async def test_sending_and_receiving_at_once(side):
    with peer(listen) as server:
        client = client_of(side, base_url=server.url)
        async with manual(client) as connection:

            async def send() -> None:
                for _ in range(300):
                    await connection.send_raw(AUDIO)
                await connection.send("close")

            _, events = await asyncio.gather(send(), collect(connection))
        await client.close()
    assert len(events) == 302 and events[-1].type == "done"
    assert events[-2].text == " word" * 300


async def test_unknown_events_and_fields_are_kept(side):
    async def script(talk: Talk) -> None:
        words = [{"word": "a", "start": 0.1, "end": 0.2, "confidence": 0.9}]
        await talk.say(transcript("a", words=words, mood="sunny"), said("laughter", at=1.5), said("done"))

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with manual(client) as connection:
            first = connection.parse_event(await connection.recv_bytes())
            second = await connection.recv()
        await client.close()
    assert first.model_extra == {"mood": "sunny"} and first.mood == first["mood"] == "sunny"
    assert (first.words[0].word, first.words[0]["start"], first.words[0].confidence) == ("a", 0.1, 0.9)
    assert (second.type, second.at, second["at"]) == ("laughter", 1.5, 1.5)


async def test_commands_may_be_given_before_the_connection_is_open(side):
    with peer(listen) as server:
        client = client_of(side, base_url=server.url)
        connecting = manual(client, max_queue_size=20)
        for command in ("finalize", "close"):
            kept = connecting.send(command)
            if isawaitable(kept):
                await kept
        with pytest.raises(myna.WebSocketQueueFullError):
            for _ in range(9):
                kept = connecting.send("finalize")
                if isawaitable(kept):
                    await kept
        async with connecting as connection:
            await collect(connection)
        await client.close()
    assert server.heard[:2] == ["finalize", "close"]


class TestHandlers:
    async def test_events_are_handed_to_those_who_want_them(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(transcript("a"), transcript("b"), said("done"))

        finals, every, first = [], [], []
        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            connecting = manual(client)
            assert connecting.on("transcript", finals.append) is not None

            @connecting.on("event")
            def any_event(event):
                every.append(event.type)

            async with connecting as connection:
                connection.once("transcript", first.append)
                connection.on("done", any_event)
                connection.off("done", any_event)
                await connection.dispatch_events()
            await client.close()
        assert [event.text for event in finals] == ["a", "b"]
        assert [event.text for event in first] == ["a"]
        assert every == ["transcript", "transcript", "done"]

    async def test_handlers_for_asyncio_are_awaited(self):
        async def script(talk: Talk) -> None:
            await talk.say(transcript("a"), said("done"))

        heard = []

        async def handler(event):
            await asyncio.sleep(0)
            heard.append(event.text)

        with peer(script) as server:
            async with myna.AsyncMyna(base_url=server.url) as client:
                async with manual(client).on("transcript", handler) as connection:
                    await connection.dispatch_events()
        assert heard == ["a"]

    async def test_an_error_that_nobody_handles_is_raised(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(said("error", title="Bad", message="No."))
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection, asyncio.timeout(5):
                with pytest.raises(myna.CartesiaError, match="Bad: No") as caught:
                    await connection.dispatch_events()
                assert caught.value.request_id == "r"
            await client.close()

    def test_a_handler_that_was_added_twice_is_removed_once(self):
        handlers = Handlers()
        for _ in range(2):
            handlers.add("done", print, once=False)
        handlers.remove("done", print)
        handlers.remove("nothing", print)
        assert handlers.take(parse_heard('{"type": "done"}')) == [print]
