"""For what connections that listen wait, and how long."""

from __future__ import annotations

import asyncio

import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.hearing import AUDIO, listen, manual, said, transcript
from tests.client.peers import Talk, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")


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
            for _ in range(480):
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
        assert len(events) < 400, "the newest counts; as much as sockets hold may still be on the way"
