"""Contexts over a live connection, on both clients."""

from __future__ import annotations

import asyncio

import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.peers import AUDIO, Talk, chunk, done, echo_speech, error, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

FORMAT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}
VOICE = "11111111-2222-4333-8444-555555555555"


async def test_pieces_of_a_text_are_sent_as_one_context_and_its_audio_comes_back(side):
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url, api_key="secret")
        async with client.tts.websocket_connect() as connection:
            context = connection.context(model_id="sonic-3", voice=VOICE, output_format=FORMAT, language="en")
            await context.push("It is ")
            await context.push("late.", generation_config={"speed": 1.2})
            await context.no_more_inputs()
            await context.no_more_inputs()
            events = await collect(context.receive())
        await client.close()
    assert [event.type for event in events] == ["chunk", "chunk", "chunk", "done"]
    assert b"".join(event.audio for event in events[:3]) == AUDIO * 3
    first, second, last = server.heard
    assert first == {
        "context_id": context.context_id,
        "model_id": "sonic-3",
        "transcript": "It is ",
        "voice": VOICE,
        "output_format": FORMAT,
        "continue": True,
        "language": "en",
    }
    assert second["generation_config"] == {"speed": 1.2}
    assert (last["transcript"], last["continue"]) == ("", False)
    assert server.paths == ["/tts/websocket"]
    assert server.headers[0]["authorization"] == "Bearer secret"
    assert server.headers[0]["cartesia-version"] == "2026-08-14"
    assert "sec-websocket-extensions" not in server.headers[0]


async def test_defaults_and_their_suppression(side):
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            context = connection.context("mine", voice=VOICE, add_timestamps=True, max_buffer_delay_ms=0)
            await context.push("a", add_timestamps=None)
            await context.flush()
            await context.send(transcript="b", voice={"id": "other"}, continue_=False, extra_field=7)
            await collect(context.receive())
        await client.close()
    first, flush, last = server.heard
    assert first["model_id"] == "sonic-latest"
    assert first["output_format"] == {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
    assert "add_timestamps" not in first and first["max_buffer_delay_ms"] == 0
    assert flush["flush"] is True and flush["continue"] is True and flush["transcript"] == ""
    assert last["voice"] == {"id": "other"} and last["extra_field"] == 7 and last["add_timestamps"] is True


async def test_what_a_context_refuses(side):
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            context = connection.context("a")
            with pytest.raises(ValueError, match="voice"):
                await context.push("x")
            with pytest.raises(ValueError, match="already exists"):
                connection.context("a")
            await context.push("x", voice=VOICE)
            await context.no_more_inputs()
            with pytest.raises(myna.UsageError, match="no_more_inputs"):
                await context.push("y", voice=VOICE)
            await collect(context.receive())
            again = connection.context("a", voice=VOICE)
            await again.push("z", continue_=False)
            assert len(await collect(again.receive())) == 4
        await client.close()


async def test_an_error_event_is_yielded_and_ends_its_context_only(side):
    async def script(talk: Talk) -> None:
        first = (await talk.hear())["context_id"]
        second = (await talk.hear())["context_id"]
        await talk.say(error(first), chunk(second), done(second))
        await talk.hold()

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            bad, good = connection.context(voice="nobody"), connection.context(voice=VOICE)
            await bad.push("a")
            await good.push("b")
            [event] = await collect(bad.receive())
            assert (event.type, event.status_code, event.error_code) == ("error", 400, "voice_not_found")
            assert event.error == "Unknown voice: No voice has this id."
            assert [event.type for event in await collect(good.receive())] == ["chunk", "done"]
        await client.close()


async def test_two_readers_of_different_contexts_at_once(side):
    async def script(talk: Talk) -> None:
        first = (await talk.hear())["context_id"]
        second = (await talk.hear())["context_id"]
        for number in range(200):
            await talk.say(chunk(first, bytes([1, number])), chunk(second, bytes([2, number])))
        await talk.say(done(second), done(first))
        await talk.hold()

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            contexts = [connection.context(voice=VOICE) for _ in range(2)]
            for context in contexts:
                await context.push("x")
            heard = await asyncio.gather(*(collect(context.receive()) for context in contexts))
        await client.close()
    for mark, events in zip((1, 2), heard, strict=True):
        assert [event.audio for event in events[:-1]] == [bytes([mark, number]) for number in range(200)]
        assert events[-1].type == "done"


async def test_contexts_may_be_read_one_after_the_other(side):
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            contexts = [connection.context(voice=VOICE) for _ in range(5)]
            for context in contexts:
                await context.push("x", continue_=False)
            for context in reversed(contexts):
                assert len(await collect(context.receive())) == 4
        await client.close()


async def test_reading_goes_on_after_a_break(side):
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            async for event in context.receive():
                assert event.type == "chunk"
                break
            assert [event.type for event in await collect(context.receive())] == ["chunk", "chunk", "done"]
        await client.close()


async def test_messages_of_ones_own(side):
    request = {"model_id": "sonic-3", "transcript": "x", "voice": VOICE, "output_format": FORMAT}
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        connection = await client.tts.websocket_connect().enter()
        await connection.send({**request, "context_id": "own", "continue": False})
        event = await connection.recv()
        assert (event.type, event.context_id) == ("chunk", "own")
        raw = await connection.recv_bytes()
        assert connection.parse_event(raw).audio == AUDIO
        assert [(await connection.recv()).type for _ in range(2)] == ["chunk", "done"]
        with pytest.raises(TimeoutError):
            await connection.recv(timeout=0.05)
        await connection.close()
        await client.close()


async def test_iterating_over_the_connection_ends_when_the_server_closes_in_peace(side):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(chunk(context_id), done(context_id))

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            assert [event.type for event in await collect(connection)] == ["chunk", "done"]
        await client.close()


async def test_unknown_fields_and_unknown_events_are_kept(side):
    async def script(talk: Talk) -> None:
        context_id = (await talk.hear())["context_id"]
        await talk.say(
            chunk(context_id, mood="sunny"),
            f'{{"type": "visemes", "context_id": "{context_id}", "shapes": ["A"]}}',
            done(context_id),
        )
        await talk.hold()

    with peer(script) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            first, second, last = await collect(context.receive())
        await client.close()
    assert first.model_extra == {"mood": "sunny"} and first.mood == "sunny" and first["mood"] == "sunny"
    assert (second.type, second.shapes, second["shapes"]) == ("visemes", ["A"], ["A"])
    assert last.model_extra == {}


async def test_the_older_form_of_the_connection(side):
    request = {"model_id": "sonic-2", "transcript": "x", "voice": {"mode": "id", "id": VOICE}}
    with peer(echo_speech) as server:
        client = client_of(side, base_url=server.url)
        websocket = client.tts.websocket()
        if side == "aio":
            websocket = await websocket
        outputs = await websocket.send(**request, output_format=FORMAT)
        if side == "sync":
            outputs = await asyncio.to_thread(list, outputs)
        else:
            outputs = await collect(outputs)
        assert [output.audio for output in outputs] == [AUDIO, AUDIO, AUDIO, None]
        whole = await websocket.send(**request, output_format=FORMAT, context_id="c", stream=False)
        assert (whole.audio, whole.context_id, whole.word_timestamps) == (AUDIO * 3, "c", None)
        await websocket.close()
        await websocket.connect()
        await websocket.close()
        await client.close()
    assert server.connections == 2
