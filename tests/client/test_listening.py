"""Connections that listen, on both clients, against servers that do what a test tells them."""

from __future__ import annotations

import asyncio
import gc
import json
from inspect import isawaitable
from urllib.parse import parse_qsl, urlsplit

import pytest

import myna
from myna.client.handlers import Handlers
from myna.client.heard import parse_heard
from tests.client.driving import client_of, collect
from tests.client.peers import Talk, peer
from tests.client.sounds import LIVE, speech

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

AUDIO = speech(0.1)


def said(kind, **fields):
    return json.dumps({"type": kind, "request_id": "r", **fields})


def transcript(text, *, final=True, **fields):
    return said("transcript", text=text, is_final=final, **fields)


async def listen(talk: Talk) -> None:
    """Hear a word in each message, and answer commands as a server does."""
    unsaid = 0
    async for message in talk.socket:
        talk.heard.append(message)
        if isinstance(message, bytes):
            unsaid += 1
            await talk.say(transcript("word " * unsaid, final=False))
            continue
        await talk.say(transcript(" word" * unsaid))
        unsaid = 0
        if message == "finalize":
            await talk.say(said("flush_done"))
        else:
            await talk.say(said("done"))
            return


def manual(client, **more):
    return client.stt.manual_finalize.websocket(**{**LIVE, **more})


def turns(client, **more):
    return client.stt.auto_finalize.websocket(**{**LIVE, "model": "ink-2", **more})


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


class TestWaiting:
    async def test_nobody_is_hurried_as_long_as_nothing_is_owed(self, side):
        async def script(talk: Talk) -> None:
            await asyncio.sleep(0.8)
            await talk.say(transcript("late"))

        with peer(script) as server:
            client = client_of(side, base_url=server.url, timeout=0.25)
            async with manual(client) as connection:
                assert (await connection.recv()).text == "late"
            await client.close()

    @pytest.mark.parametrize("command", ["finalize", "close"])
    async def test_a_server_that_owes_an_answer_has_the_time_of_the_client(self, side, command):
        async def script(talk: Talk) -> None:
            await talk.socket.recv()
            await talk.say(transcript("word", final=False))
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url, timeout=0.3)
            async with manual(client) as connection:
                reading = asyncio.ensure_future(collect(connection))
                await asyncio.sleep(0.5)
                await connection.send(command)
                async with asyncio.timeout(2):
                    with pytest.raises(myna.APITimeoutError, match="nothing for"):
                        await reading
            await client.close()

    async def test_a_time_of_ones_own(self, side):
        with peer(listen) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection:
                async with asyncio.timeout(2):
                    with pytest.raises(TimeoutError, match=r"nothing for 0\.1 s"):
                        await connection.recv(timeout=0.1)
            await client.close()

    async def test_closing_wakes_readers(self, side):
        async def script(talk: Talk) -> None:
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            connection = await manual(client).enter()
            reading = [asyncio.ensure_future(connection.recv()) for _ in range(2)]
            await asyncio.sleep(0.2)
            async with asyncio.timeout(3):
                await connection.close()
                for each in reading:
                    with pytest.raises(myna.ConnectionLost):
                        await each
            with pytest.raises(myna.ConnectionLost, match="closed here"):
                await connection.send_raw(AUDIO)
            await connection.close()
            await client.close()

    async def test_a_server_that_takes_nothing_in_makes_senders_wait_for_a_while(self, side):
        async def script(talk: Talk) -> None:
            await asyncio.sleep(1.5)

        with peer(script, max_queue=1) as server:
            client = client_of(side, base_url=server.url, timeout=0.3)
            options = {"close_timeout": 0.2}
            async with manual(client, websocket_connection_options=options) as connection:
                with pytest.raises(myna.APITimeoutError, match="took nothing in"):
                    await connection.send_raw(bytes(2**26))
            await client.close()

    async def test_a_server_that_waits_to_be_read_can_go_on(self, side):
        """Everything is sent before anything is read, and the server is as stubborn."""

        async def script(talk: Talk) -> None:
            async for message in talk.socket:
                if isinstance(message, str):
                    await talk.say(transcript("all"), said("done"))
                    return

        async def stubborn(talk: Talk) -> None:
            for _ in range(400):
                await talk.say(transcript("x" * 2**15, final=False))
            await script(talk)

        with peer(stubborn, max_queue=1, write_limit=2**14) as server:
            client = client_of(side, base_url=server.url, timeout=8)
            async with manual(client) as connection:
                await connection.send_raw(bytes(2**24))
                await connection.send("close")
                events = await collect(connection)
            await client.close()
        assert [event.text for event in events if event.get("is_final")] == ["all"]
        assert len(events) < 100


class TestLosses:
    async def test_a_server_that_is_gone(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(transcript("so far"))
            await talk.socket.recv()
            talk.socket.transport.abort()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection, asyncio.timeout(5):
                assert (await connection.recv()).text == "so far"
                with pytest.raises(myna.WebSocketConnectionClosedError) as caught:
                    await connection.send_raw(AUDIO)
                    await collect(connection)
                assert caught.value.code == 1006
                with pytest.raises(myna.WebSocketConnectionClosedError) as caught:
                    await connection.send("finalize")
                assert caught.value.unsent_messages == ["finalize"]
                assert not connection.ended
            await client.close()

    async def test_a_close_in_peace_ends_the_iteration_unless_something_is_owed(self, side):
        async def script(talk: Talk) -> None:
            if "owed" in talk.socket.request.path:
                await talk.socket.recv()
            await talk.say(transcript("a", final=False))

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection:
                assert [event.type for event in await collect(connection)] == ["transcript"]
            async with manual(client, extra_query={"owed": 1}) as connection:
                await connection.finalize()
                with pytest.raises(myna.ConnectionLost):
                    await collect(connection)
            await client.close()

    async def test_an_error_is_an_event_and_the_reason_of_what_follows(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(said("error", title="Engine failed", message="It crashed.", status_code=500))
            await talk.socket.close(1011, "listening failed")

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection:
                error = await connection.recv()
                assert (error.error, error.status_code) == ("Engine failed: It crashed.", 500)
                with pytest.raises(myna.ConnectionLost, match=r"1011.*It crashed"):
                    await connection.recv()
            await client.close()

    async def test_what_is_no_event(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(transcript("a"), "[]")
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with manual(client) as connection, asyncio.timeout(5):
                assert (await connection.recv()).text == "a"
                with pytest.raises(myna.ProtocolViolation, match="not an object"):
                    await connection.recv()
            await client.close()

    async def test_a_refused_handshake(self, side):
        def refuse(connection, request):
            return connection.respond(401, '{"title": "Unauthorized"}')

        with peer(listen, process_request=refuse) as server:
            client = client_of(side, base_url=server.url)
            with pytest.raises(myna.AuthenticationError):
                await manual(client).enter()
            await client.close()

    async def test_a_connection_that_nobody_holds_is_closed(self, side, monkeypatch):
        monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.1)
        closed = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def script(talk: Talk) -> None:
            await talk.socket.wait_closed()
            loop.call_soon_threadsafe(closed.set)

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            connecting = manual(client)
            connection = await connecting.enter()
            del connection, connecting
            gc.collect()
            async with asyncio.timeout(5):
                await closed.wait()
            await client.close()


class TestReconnecting:
    async def test_what_was_lost_is_told_and_what_is_owed_is_asked_for_again(self, side):
        async def script(talk: Talk) -> None:
            if talk.number > 1:
                await listen(talk)
                return
            talk.heard.append(await talk.socket.recv())
            await talk.say(transcript("one"))
            talk.heard += [await talk.socket.recv(), await talk.socket.recv()]
            talk.socket.transport.abort()

        told = []

        def on_reconnecting(event):
            told.append(event)
            return {"extra_query": {"again": 1}}

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            connecting = manual(client, on_reconnecting=on_reconnecting, initial_delay=0.01)
            async with connecting as connection, asyncio.timeout(10):
                await connection.send_raw(AUDIO)
                assert (await connection.recv()).text == "one"
                await connection.send_raw(AUDIO)
                await connection.finalize()
                kinds = []
                async for event in connection:
                    kinds.append(event.type)
                    if event.type == "flush_done":
                        await connection.send_raw(AUDIO)
                        await connection.send("close")
            await client.close()
        [event] = told
        assert (event.attempt, event.max_attempts, event.close_code) == (1, 5, 1006)
        assert event.lost_audio_bytes == len(AUDIO)
        assert server.heard == [AUDIO, AUDIO, "finalize", "finalize", AUDIO, "close"]
        assert "again=1" in server.paths[1]
        assert kinds[-1] == "done"

    async def test_giving_up(self, side):
        async def script(talk: Talk) -> None:
            talk.socket.transport.abort()

        tried = []
        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            for answer, tries in ((None, 2), ({"abort": True}, 1)):
                tried.clear()

                def on_reconnecting(event, answer=answer):
                    tried.append(event.attempt)
                    return answer

                connecting = manual(
                    client, on_reconnecting=on_reconnecting, max_retries=2, initial_delay=0.01
                )
                async with connecting as connection, asyncio.timeout(10):
                    with pytest.raises(myna.WebSocketConnectionClosedError):
                        await collect(connection)
                assert tried == list(range(1, tries + 1))
            await client.close()

    async def test_closing_ends_the_tries(self, side):
        async def script(talk: Talk) -> None:
            talk.socket.transport.abort()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            connection = await manual(
                client, on_reconnecting=lambda event: None, initial_delay=30, max_delay=30
            ).enter()
            reading = asyncio.ensure_future(collect(connection))
            await asyncio.sleep(0.3)
            async with asyncio.timeout(5):
                await connection.close()
                with pytest.raises(myna.ConnectionLost):
                    await reading
            await client.close()
        assert server.connections == 1


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


class TestSecondGeneration:
    """`stt.websocket`: dictionaries."""

    async def opened(self, side, client, **more):
        websocket = client.stt.websocket(**more)
        return await websocket if isawaitable(websocket) else websocket

    async def test_sending_and_receiving(self, side):
        with peer(listen) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client, max_silence_duration_secs=0.5)
            await websocket.send(AUDIO)
            await websocket.send("finalize")
            await websocket.send("done")
            heard = await collect(websocket.receive())
            assert await collect(websocket.receive()) == []
            await websocket.send("done")
            assert [each["type"] for each in await collect(websocket.receive())] == ["transcript", "done"]
            with pytest.raises(TypeError):
                await websocket.send(7)
            await websocket.close()
            await client.close()
        assert heard == [
            {"type": "transcript", "request_id": "r", "text": "word ", "is_final": False},
            {"type": "transcript", "request_id": "r", "text": " word", "is_final": True},
            {"type": "flush_done", "request_id": "r"},
            {"type": "transcript", "request_id": "r", "text": "", "is_final": True},
            {"type": "done", "request_id": "r"},
        ]
        assert server.connections == 2 and server.heard[-2:] == ["done", "done"]
        asked = dict(parse_qsl(urlsplit(server.paths[0]).query))
        assert asked == {
            "model": "ink-whisper",
            "language": "en",
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "max_silence_duration_secs": "0.5",
        }

    async def test_transcribing_pieces(self, side):
        with peer(listen) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            heard = await collect(websocket.transcribe(iter([AUDIO, AUDIO]), sample_rate=8000, language=None))
            await client.close()
        assert [each["text"] for each in heard if each.get("is_final")] == [" word word", ""]
        assert server.heard == [AUDIO, AUDIO, "finalize", "done"]
        assert "sample_rate=8000" in server.paths[1] and "language" not in server.paths[1]

    async def test_errors_are_raised(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(said("error", message="No such model."))
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            with pytest.raises(RuntimeError, match=r"^Error transcribing audio: No such model\.$"):
                await collect(websocket.receive())
            await websocket.close()
            await client.close()

    async def test_a_loss_is_told_before_another_connection_is_opened(self, side):
        async def script(talk: Talk) -> None:
            if talk.number == 1:
                await talk.socket.recv()
                talk.socket.transport.abort()
            else:
                await listen(talk)

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            await websocket.send(AUDIO)
            with pytest.raises(myna.ConnectionLost):
                await collect(websocket.receive())
            with pytest.raises(myna.ConnectionLost):
                await websocket.send(AUDIO)
            await websocket.send("done")
            assert (await collect(websocket.receive()))[-1]["type"] == "done"
            await websocket.close()
            await client.close()
        assert server.heard == ["done"]
