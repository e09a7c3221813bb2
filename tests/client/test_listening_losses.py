"""Connections that listen and are lost: what is told, and what is begun again."""

from __future__ import annotations

import asyncio
import gc

import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.hearing import AUDIO, listen, manual, said, transcript
from tests.client.peers import Talk, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")


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
