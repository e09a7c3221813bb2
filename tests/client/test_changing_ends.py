"""The same programs that change voices, in this process and with a server, on both clients."""

from __future__ import annotations

import asyncio
import gc
import io
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest

import myna
from myna.client import AsyncMyna, Myna
from myna.client.changed import Throat, event_of_message
from myna.server.settings import Settings
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import serve_here
from tests.client.driving import Lifted, client_of, collect
from tests.client.sounds import RATE, speech, wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

AUDIO = speech(1.0)
LIVE = {"voice_id": "Ada", "encoding": "pcm_s16le", "sample_rate": RATE}
FORMAT = {
    "output_format_container": "raw",
    "output_format_encoding": "pcm_s16le",
    "output_format_sample_rate": RATE,
}


@pytest.fixture
def disguise() -> Disguise:
    return Disguise()


@pytest.fixture(params=["here", "there"])
async def end(side, disguise, request, monkeypatch) -> AsyncIterator[tuple[Any, ScriptedProvider]]:
    """A client of this process, or of a server, and what is behind it."""
    provider = ScriptedProvider(Script(disguise=disguise))
    if request.param == "here":
        monkeypatch.setattr("myna.providers.local.LocalProvider", lambda: provider)
        client = Lifted(Myna()) if side == "sync" else AsyncMyna()
        yield client, provider
        await client.close()
        return
    async with serve_here(provider, Settings()) as server:
        client = client_of(side, base_url=server.url)
        yield client, provider
        await client.close()


def cut(audio: bytes, step: int = 1001) -> list[bytes]:
    return [audio[at : at + step] for at in range(0, len(audio), step)]


def inverted(audio: bytes) -> np.ndarray:
    return -np.frombuffer(audio, "<i2").astype(int)


def assert_inverted(changed: bytes, audio: bytes) -> None:
    np.testing.assert_allclose(np.frombuffer(changed, "<i2").astype(int), inverted(audio), atol=1)


async def test_recordings(end):
    client, provider = end
    response = await client.voice_changer.generate(clip=wav(AUDIO), voice_id="Ada", **FORMAT)
    assert_inverted(await response.read(), AUDIO)
    whole = await client.change(wav(AUDIO), voice="Ada")
    with wave.open(io.BytesIO(await whole.read())) as file:
        assert (file.getframerate(), file.getnframes()) == (24000, 24000)
    events = await collect(
        await client.voice_changer.generate_sse(
            clip=AUDIO, voice_id="Ada", **FORMAT, extra_query={"encoding": "pcm_s16le", "sample_rate": RATE}
        )
    )
    assert [event.type for event in events][-2:] == ["chunk", "done"]
    assert {event.sample_rate for event in events[:-1]} == {RATE}
    assert_inverted(b"".join(event.audio for event in events[:-1]), AUDIO)
    assert [request.whole for request in provider.conversions] == [True, True, False]
    for piece in ("bytes", "sse"):
        changing = getattr(client.voice_changer, piece)(clip=wav(AUDIO), voice_id="Ada", **FORMAT)
        async with aclosing(changing) as pieces:
            async for _ in pieces:
                break


@pytest.mark.parametrize(
    ("clip", "change", "kind"),
    [
        (wav(AUDIO[:200]), {}, myna.BadRequestError),
        (b"no recording", {}, myna.BadRequestError),
        (b"", {}, myna.BadRequestError),
        (wav(AUDIO), {"voice_id": "Nobody"}, myna.VoiceNotFound),
        (wav(AUDIO), {"voice_id": myna.omit}, myna.BadRequestError),
        (wav(AUDIO), {"output_format_encoding": None}, myna.UnsupportedFormat),
        (wav(AUDIO), {"output_format_sample_rate": 7}, myna.UnsupportedFormat),
    ],
    ids=["short", "unreadable", "empty", "unknown voice", "no voice", "no encoding", "no rate"],
)
async def test_what_cannot_be_is_typed_before_any_audio(end, clip, change, kind):
    client, _ = end
    asked = {"voice_id": "Ada", **FORMAT, **change}
    for call in (client.voice_changer.generate, client.voice_changer.generate_sse):
        with pytest.raises(kind):
            await call(clip=clip, **asked)


async def test_a_stream_in_and_a_stream_out(end):
    client, provider = end
    asked = {**LIVE, "output_encoding": "pcm_f32le", "output_sample_rate": 16000}
    changed = b"".join(await collect(client.voice_changer.stream(iter(cut(AUDIO)), **asked)))
    np.testing.assert_allclose(np.frombuffer(changed, "<f4") * 32768, inverted(AUDIO), atol=1)
    assert provider.changings[0].request.format.sample_rate == RATE
    assert provider.changings[0].ended


async def test_sending_and_receiving_at_once(end):
    client, _ = end
    async with client.voice_changer.stream(**LIVE) as stream:

        async def send():
            for piece in cut(AUDIO * 20, 3333):
                await stream.send(piece)
            await stream.finish()

        _, changed = await asyncio.gather(send(), collect(stream))
        assert stream.ended
    assert_inverted(b"".join(changed), AUDIO * 20)


async def test_four_minutes_before_anything_is_read(end):
    client, _ = end
    async with client.voice_changer.stream(**LIVE) as stream, asyncio.timeout(40):
        await stream.send(AUDIO * 240)
        await stream.finish()
        changed = await collect(stream)
    assert_inverted(b"".join(changed), AUDIO * 240)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"voice_id": "Nobody"}, myna.VoiceNotFound),
        ({"encoding": "pcm_s24le"}, myna.UnsupportedFormat),
        ({"sample_rate": 1}, myna.UnsupportedFormat),
        ({"output_encoding": "pcm_s32le"}, myna.UnsupportedFormat),
        ({"voice_id": ""}, myna.BadRequestError),
    ],
)
async def test_a_stream_that_cannot_be_is_typed(end, change, kind):
    client, _ = end
    async with asyncio.timeout(10):
        with pytest.raises(kind):
            await collect(client.voice_changer.stream(iter(cut(AUDIO)), **{**LIVE, **change}))


@pytest.mark.parametrize("disguise", [Disguise(failure=(0.5, myna.EngineCrashed("It fell over.")))])
async def test_an_engine_that_fails_is_told_after_what_it_changed(end):
    client, _ = end
    changed = b""
    async with asyncio.timeout(10):
        with pytest.raises(myna.InternalServerError, match="It fell over"):
            async for audio in client.voice_changer.stream(iter(cut(AUDIO)), **LIVE):
                changed += audio
    assert 16000 <= len(changed) < 17100
    assert_inverted(changed, AUDIO[: len(changed)])


@pytest.mark.parametrize("disguise", [Disguise(delay=1.5)])
async def test_an_engine_that_is_slow_makes_senders_wait_and_readers_give_up(end):
    client, _ = end
    client = client.with_options(timeout=0.3)
    async with asyncio.timeout(20):
        async with client.voice_changer.stream(**LIVE) as stream:
            with pytest.raises(myna.APITimeoutError):
                while True:
                    await stream.send(AUDIO * 10)
        async with client.voice_changer.stream(**LIVE) as stream:
            await stream.send(AUDIO)
            await stream.finish()
            with pytest.raises(myna.APITimeoutError):
                await stream.recv()


async def test_breaking_off_and_forgetting_free_the_engine(end, eventually, monkeypatch):
    monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.1)
    client, provider = end

    def endless():
        while True:
            yield AUDIO

    async with aclosing(aiter(client.voice_changer.stream(endless(), **LIVE))) as changed:
        async for _ in changed:
            break
    stream = client.voice_changer.stream(**LIVE)
    await stream.send(AUDIO)
    del stream
    gc.collect()
    assert len(provider.changings) == 2
    await asyncio.to_thread(eventually, lambda: all(changing.ended for changing in provider.changings))


def test_what_the_server_said_outranks_a_message_that_got_lost():
    throat = Throat({})
    throat.fail(myna.ConnectionLost("The server ended the connection.", code=1008))
    said = (
        b'{"type":"error","status_code":400,"error_code":"unsupported_format","message":"No such encoding."}'
    )
    throat.deliver([event_of_message(said)])
    with pytest.raises(myna.BadRequestError, match="No such encoding"):
        throat.take()


def test_a_source_that_failed_is_told_whatever_the_server_says():
    throat = Throat({})
    throat.fail(RuntimeError("The microphone is gone."))
    throat.deliver([event_of_message(b'{"type":"error","status_code":400,"message":"Too slow."}')])
    with pytest.raises(RuntimeError, match="microphone"):
        throat.take()
