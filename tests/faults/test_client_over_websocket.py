"""What goes wrong on a live connection, on both clients: nothing hangs, nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import time

import psutil
import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.peers import Talk, chunk, done, echo_speech, error, peer

pytestmark = [
    pytest.mark.usefixtures("no_leaks", "no_tasks_left"),
    pytest.mark.parametrize("side", ["sync", "aio"]),
]

VOICE = "11111111-2222-4333-8444-555555555555"
PATIENCE = 20.0
"""Seconds after which a test takes a wait for a hang."""


@contextlib.asynccontextmanager
async def connected(side, server, options=None, **settings):
    client = client_of(side, base_url=server.url, **settings)
    async with client.tts.websocket_connect(websocket_connection_options=options or {}) as connection:
        yield connection
    await client.close()


async def within(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE)


@pytest.mark.parametrize("code", [1000, 1001, 1011, None])
async def test_the_server_closes_in_the_middle_of_a_context(side, code):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id), chunk(context_id))
        if code is None:
            talk.socket.transport.abort()
        else:
            await talk.socket.close(code, "as told")

    heard = []
    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            with pytest.raises(myna.ConnectionLost) as caught:
                async for event in context.receive():
                    heard.append(event.type)
            assert isinstance(caught.value, myna.WebSocketConnectionClosedError)
    assert heard == ["chunk", "chunk"]
    assert caught.value.code == (code or 1006) and caught.value.context_id == context.context_id


async def test_an_error_without_context_id_reaches_whoever_waits(side):
    async def script(talk: Talk) -> None:
        await talk.hear()
        await talk.hear()
        await talk.say(error(None, "Not JSON."))
        await echo_speech(talk)

    with peer(script) as server:
        async with connected(side, server) as connection:
            contexts = [connection.context(voice=VOICE) for _ in range(2)]
            for context in contexts:
                await context.push("x")
            for context in contexts:
                [event] = await within(collect(context.receive()))
                assert (event.type, event.context_id, event.message) == ("error", None, "Not JSON.")
            after = connection.context(voice=VOICE)
            await after.push("y", continue_=False)
            assert len(await within(collect(after.receive()))) == 4


@pytest.mark.parametrize("answers", [True, False])
async def test_cancel_lets_whoever_receives_go(side, answers):
    begun = threading.Event()

    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id))
        begun.set()
        assert (await talk.hear()) == {"context_id": context_id, "cancel": True}
        if answers:
            await talk.say(chunk(context_id), done(context_id))
        await echo_speech(talk)

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            receiving = asyncio.ensure_future(collect(context.receive()))
            await asyncio.to_thread(begun.wait, PATIENCE)
            await asyncio.sleep(0.05)
            await context.cancel()
            await within(receiving)
            assert await within(collect(context.receive())) == []
            other = connection.context(voice=VOICE)
            await other.push("y", continue_=False)
            assert [event.type for event in await within(collect(other.receive()))][-1] == "done"
            assert await within(collect(context.receive())) == []


async def test_leaving_fifty_contexts_early(side):
    async def script(talk: Talk) -> None:
        while True:
            message = await talk.hear()
            context_id = message["context_id"]
            if message.get("cancel"):
                await talk.say(done(context_id))
            else:
                await talk.say(*(chunk(context_id) for _ in range(20)))

    with peer(script) as server:
        async with connected(side, server) as connection:
            for _ in range(50):
                context = connection.context(voice=VOICE)
                await context.push("x")
                async for event in context.receive():
                    assert event.type == "chunk" and event.context_id == context.context_id
                    break
            del context, event
            gc.collect()
            last = connection.context(voice=VOICE)
            await last.push("y")
            async for event in last.receive():
                assert event.context_id == last.context_id
                break
            await asyncio.sleep(0.3)
            await last.push("z")
            board = getattr(connection, "plain", connection)._board
            assert len(board._inboxes) <= 2
            assert board.held < 2**20
        cancelled = [message for message in server.heard if message.get("cancel")]
    assert len(cancelled) >= 48


@pytest.mark.parametrize("same", [True, False])
async def test_the_next_push_after_an_idle_close_connects_again(side, same):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id), done(context_id))
        if talk.number == 1:
            await talk.socket.close(1000, "connection idle timeout")
        else:
            await talk.hold()

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            assert len(await within(collect(context.receive()))) == 2
            await asyncio.sleep(0.2)
            if not same:
                context = connection.context(voice=VOICE)
            await context.push("y")
            assert [event.type for event in await within(collect(context.receive()))] == ["chunk", "done"]
    assert server.connections == 2


async def test_an_open_context_survives_an_idle_close(side):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id))
        if talk.number == 1:
            await talk.socket.close(1000, "connection idle timeout")
        else:
            await talk.say(done(context_id))
            await talk.hold()

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            async for event in context.receive():
                assert event.type == "chunk"
                break
            await asyncio.sleep(0.2)
            await context.push("y")
            assert [event.type for event in await within(collect(context.receive()))] == ["chunk", "done"]


async def test_a_loss_that_nobody_saw_is_told_to_the_next_push(side):
    async def script(talk: Talk) -> None:
        if talk.number == 1:
            await talk.hear()
            talk.socket.transport.abort()
        else:
            await echo_speech(talk)

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            await asyncio.sleep(0.2)
            with pytest.raises(myna.ConnectionLost):
                await context.push("y")
            fresh = connection.context(voice=VOICE)
            await fresh.push("z", continue_=False)
            assert len(await within(collect(fresh.receive()))) == 4


async def test_a_stalled_server_is_given_up(side):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id))
        await talk.hold()

    with peer(script) as server:
        async with connected(side, server, timeout=0.3) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            heard = []
            with pytest.raises(TimeoutError) as caught:
                async for event in context.receive():
                    heard.append(event.type)
            assert heard == ["chunk"]
            assert isinstance(caught.value, myna.DeadlineExceeded)
            assert isinstance(caught.value, myna.APITimeoutError)
            patient = connection.context(voice=VOICE, timeout=0.1)
            with pytest.raises(TimeoutError):
                await collect(patient.receive())


async def test_waiting_for_ones_own_text_has_no_deadline(side):
    with peer(echo_speech) as server:
        async with connected(side, server, timeout=0.2) as connection:
            context = connection.context(voice=VOICE)
            receiving = asyncio.ensure_future(collect(context.receive()))
            await asyncio.sleep(0.5)
            await context.push("x", continue_=False)
            assert len(await within(receiving)) == 4


async def test_a_server_that_never_answers_the_handshake(side):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = client_of(side, base_url=f"127.0.0.1:{listener.getsockname()[1]}", timeout=0.3)
        with pytest.raises(myna.APITimeoutError):
            await within(client.tts.websocket_connect().enter())
        await client.close()


async def test_a_server_that_takes_nothing_in(side):
    release = threading.Event()

    async def script(talk: Talk) -> None:
        talk.socket.transport.pause_reading()
        await asyncio.to_thread(release.wait, PATIENCE)

    with peer(script, max_size=None) as server:
        async with connected(side, server, {"close_timeout": 0.2}, timeout=0.5) as connection:
            context = connection.context(voice=VOICE)
            with pytest.raises(myna.APITimeoutError):
                for _ in range(200):
                    await within(context.push("x" * 2**20))
            release.set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, myna.AuthenticationError), (402, myna.APIStatusError), (429, myna.RateLimitError)],
)
async def test_a_refused_handshake_is_a_typed_error(side, status, kind):
    def refuse(connection, request):
        return connection.respond(status, "Refused: for a reason.\n")

    with peer(echo_speech, process_request=refuse) as server:
        client = client_of(side, base_url=server.url)
        with pytest.raises(kind, match="for a reason") as caught:
            await client.tts.websocket_connect().enter()
        assert caught.value.status_code == status
        await client.close()


@pytest.mark.parametrize("message", ["{", "[]", '{"type": "chunk", "data": "not base64!"}', '{"type": 7}'])
async def test_nonsense_from_the_server_is_a_violation(side, message):
    async def script(talk: Talk) -> None:
        await talk.hear()
        await talk.say(message)
        await talk.hold()

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            with pytest.raises(myna.ProtocolViolation):
                await within(collect(context.receive()))


async def test_a_message_that_is_too_large_ends_the_connection(side):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        with contextlib.suppress(Exception):
            await talk.say(chunk(context_id, bytes(200_000)))
        await talk.hold()

    with peer(script) as server:
        async with connected(side, server, {"max_size": 100_000}) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            with pytest.raises(myna.ConnectionLost) as caught:
                await within(collect(context.receive()))
            assert caught.value.code == 1009


async def test_closing_while_another_receives(side):
    with peer(echo_speech) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            receiving = asyncio.ensure_future(collect(context.receive()))
            await asyncio.sleep(0.1)
            await connection.close()
            with pytest.raises(myna.ConnectionLost):
                await within(receiving)
            with pytest.raises(myna.ConnectionLost):
                await context.push("y")
            await connection.close()


async def test_a_slow_reader_makes_the_server_wait(side):
    sent = 0
    pieces, size = 4000, 65536

    async def script(talk: Talk) -> None:
        nonlocal sent
        context_id = (await talk.hear())["context_id"]
        message = chunk(context_id, bytes(size))
        for _ in range(pieces):
            await talk.say(message)
            sent += 1
        await talk.say(done(context_id))
        await talk.hold()

    process = psutil.Process()
    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            before = process.memory_info().rss
            read = grown = 0
            async for event in context.receive():
                if event.type == "chunk":
                    read += 1
                if read < 20:
                    await asyncio.sleep(0.05)
                    grown = max(grown, process.memory_info().rss - before)
                elif read == 20:
                    assert sent < pieces / 3, "the server did not have to wait"
            assert read == pieces
    assert grown < 64 * 2**20


async def test_contexts_that_nobody_reads_are_bounded_too(side, monkeypatch):
    monkeypatch.setattr("myna.client.switchboard.TOO_MUCH", 2**20)

    async def script(talk: Talk) -> None:
        unread = (await talk.hear())["context_id"]
        read = (await talk.hear())["context_id"]
        for _ in range(60):
            await talk.say(chunk(unread, bytes(32768)))
        await talk.say(chunk(read), done(read))
        await talk.hold()

    with peer(script) as server:
        async with connected(side, server) as connection:
            unread, read = connection.context(voice=VOICE), connection.context(voice=VOICE)
            await unread.push("x")
            await read.push("y")
            assert len(await within(collect(read.receive()))) == 2
            with pytest.raises(myna.WebSocketQueueFullError):
                await within(collect(unread.receive()))
            assert getattr(connection, "plain", connection)._board.held <= 2**20


async def test_pings_are_answered_while_nobody_reads(side, monkeypatch):
    monkeypatch.setattr("myna.client.sync.connection._IDLE", 0.05)
    monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.05)
    with peer(echo_speech, ping_interval=0.2, ping_timeout=0.6) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await asyncio.sleep(2.0)
            await context.push("x", continue_=False)
            assert len(await within(collect(context.receive()))) == 4
    assert server.connections == 1


async def test_a_peer_that_gives_no_sign_of_life_is_given_up(side, monkeypatch):
    monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.05)
    release = threading.Event()

    async def script(talk: Talk) -> None:
        await talk.hear()
        talk.socket.transport.pause_reading()
        await asyncio.to_thread(release.wait, PATIENCE)

    options = {"ping_interval": 0.2, "ping_timeout": 0.2, "close_timeout": 0.2}
    with peer(script) as server:
        async with connected(side, server, options) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            with pytest.raises(myna.ConnectionLost, match="sign of life"):
                await within(collect(context.receive()))
            release.set()


async def test_a_cancelled_task_leaves_everything_as_it_was(side):
    if side == "sync":
        pytest.skip("threads cannot be cancelled")

    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await asyncio.sleep(0.2)
        await talk.say(chunk(context_id), done(context_id))
        await talk.hold()

    with peer(script) as server:
        async with connected(side, server) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x")
            receiving = asyncio.ensure_future(collect(context.receive()))
            await asyncio.sleep(0.05)
            receiving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await receiving
            assert [event.type for event in await within(collect(context.receive()))] == ["chunk", "done"]


async def test_many_threads_and_tasks_share_one_connection(side):
    with peer(echo_speech) as server:
        async with connected(side, server) as connection:

            async def speak() -> int:
                total = 0
                for _ in range(5):
                    context = connection.context(voice=VOICE)
                    await context.push("x", continue_=False)
                    total += len(await collect(context.receive()))
                return total

            began = time.monotonic()
            assert await within(asyncio.gather(*(speak() for _ in range(8)))) == [20] * 8
            assert time.monotonic() - began < PATIENCE
