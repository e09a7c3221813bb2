"""Audio and a provider that changes voices brought together, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from myna.conversation import Dubbing, Watch
from myna.conversation.dubbing import BACKLOG_BYTES
from myna.conversation.sockets import live
from myna.speech.errors import EngineCrashed
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.changing.lifecycle import CHANGING
from myna.wire.cartesia.live.actions import LiveMessage
from myna.wire.cartesia.messages import Chunk, Done, Error

pytestmark = pytest.mark.usefixtures("no_tasks_left")

QUERY = {"voice": "Ada", "encoding": "pcm_s16le", "sample_rate": "16000"}
TONE = (np.sin(np.arange(16000) / 20) * 12000).astype("<i2")
SECOND = TONE.tobytes()
Make = Callable[..., Dubbing]


class Counting(Watch):
    def __init__(self) -> None:
        self.seconds = 0.0

    def audio(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Dubbing] = []

    def dubbing(
        provider: ScriptedProvider, *, watch: Watch | None = None, idle: float = 20.0, **query: str
    ) -> Dubbing:
        pairs = list({**QUERY, **query}.items())
        begun = live(provider, CHANGING, pairs, request_id="r", idle=idle, watch=watch)
        assert isinstance(begun, Dubbing)
        made.append(begun)
        return begun

    yield dubbing
    for each in made:
        await each.aclose()


async def hear(dubbing: Dubbing) -> tuple[list[LiveMessage], Close]:
    """All messages, and the close."""
    heard: list[LiveMessage] = []
    async with asyncio.timeout(10):
        while not isinstance(message := await dubbing.next(), Close):
            heard.append(message)
    return heard, message


def audio(heard: list[LiveMessage]) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else each.data for each in heard if isinstance(each, Chunk | bytes)
    )


async def feed(dubbing: Dubbing, *messages: bytes | str) -> None:
    for message in messages:
        await dubbing.receive(message)


async def test_what_is_changed_is_told(make: Make) -> None:
    watch = Counting()
    dubbing = make(ScriptedProvider(), watch=watch)
    hearing = asyncio.create_task(hear(dubbing))
    await feed(dubbing, SECOND[:1], SECOND[1:2000], b"", SECOND[2000:], "done", SECOND, "done")
    heard, close = await hearing
    *chunks, done = heard
    assert isinstance(done, Done) and (close.code, close.reason) == (1000, "")
    assert all(isinstance(each, Chunk) and each.sample_rate == 16000 for each in chunks)
    assert np.array_equal(np.frombuffer(audio(heard), "<i2"), -TONE)
    assert watch.seconds == pytest.approx(1.0), "audio after the last command counts for nothing"


async def test_binary_and_another_format(make: Make) -> None:
    dubbing = make(
        ScriptedProvider(), output="binary", output_encoding="pcm_f32le", output_sample_rate="48000"
    )
    hearing = asyncio.create_task(hear(dubbing))
    await feed(dubbing, SECOND, "done")
    *frames, done = (await hearing)[0]
    assert all(isinstance(each, bytes) for each in frames) and isinstance(done, Done)
    samples = np.frombuffer(audio(list(frames)), "<f4")
    assert len(samples) == 48000
    assert np.allclose(samples[300:-300:3], -TONE[100:-100] / 32768, atol=0.001), "each sample in its place"


async def test_who_does_not_take_makes_the_engine_wait(make: Make) -> None:
    provider = ScriptedProvider()
    dubbing = make(provider)
    feeding = asyncio.create_task(feed(dubbing, *[SECOND] * 60, "done"))
    await asyncio.sleep(0.3)
    assert not feeding.done()
    assert provider.changings[0].seconds < 2 * BACKLOG_BYTES / 32000 + 10
    heard, close = await hear(dubbing)
    await feeding
    assert (len(audio(heard)), close.code) == (60 * 32000, 1000)


@pytest.mark.parametrize("word", ["cancel", "close", ' "cancel"\n'])
async def test_cancelling_waits_for_nothing(make: Make, word: str) -> None:
    provider = ScriptedProvider()
    dubbing = make(provider)
    feeding = asyncio.create_task(feed(dubbing, *[SECOND] * 60))
    await asyncio.sleep(0.05)
    assert not feeding.done()
    await dubbing.receive(word)
    heard, close = await hear(dubbing)
    await feeding
    assert provider.changings[0].ended
    assert [type(each) for each in heard] == [Done] and close.code == 1000


async def test_cancelling_after_the_last_audio(make: Make) -> None:
    provider = ScriptedProvider(Script(disguise=Disguise(delay=0.2)))
    dubbing = make(provider)
    await feed(dubbing, SECOND, "done", "cancel", "cancel")
    heard, close = await hear(dubbing)
    assert len(audio(heard)) < 32000 and isinstance(heard[-1], Done) and close.code == 1000


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"voice": ""}, "invalid_request"),
        ({"voice": "nobody"}, "voice_not_found"),
        ({"encoding": "mp3"}, "unsupported_format"),
        ({"sample_rate": "1"}, "unsupported_format"),
        ({"output_encoding": "pcm_s32le"}, "unsupported_format"),
        ({"output_sample_rate": "11025"}, "unsupported_format"),
        ({"output": "mp3"}, "invalid_request"),
    ],
)
async def test_what_cannot_begin(make: Make, query: dict[str, str], code: str) -> None:
    provider = ScriptedProvider()
    (error,), close = await hear(make(provider, **query))
    assert isinstance(error, Error) and (error.error_code, error.request_id) == (code, "r")
    assert close.code == 1008 and all(each.ended for each in provider.changings)


async def test_a_failure_ends_it_behind_what_was_changed(make: Make) -> None:
    failing = Disguise(failure=(0.5, EngineCrashed("The process ended.")))
    dubbing = make(ScriptedProvider(Script(disguise=failing)))
    await feed(dubbing, SECOND)
    heard, close = await hear(dubbing)
    assert 16000 <= len(audio(heard)) < 18000 and isinstance(heard[-1], Error)
    assert (close.code, close.reason) == (1011, "changing failed")


async def test_draining_gives_what_is_left(make: Make) -> None:
    dubbing = make(ScriptedProvider())
    await feed(dubbing, SECOND)
    dubbing.drain()
    heard, close = await hear(dubbing)
    assert len(audio(heard)) == 32000 and isinstance(heard[-1], Done)
    assert (close.code, close.reason) == (1001, "server shutting down")


async def test_silence_ends_it(make: Make) -> None:
    dubbing = make(ScriptedProvider(), idle=0.05)
    heard, close = await hear(dubbing)
    assert (heard, close.code, close.reason) == ([], 1000, "connection idle timeout")


@pytest.mark.parametrize("text", ["", "finalize", "{}", '{"type":"done"}', "x" * 99999])
async def test_text_that_is_no_command(make: Make, text: str) -> None:
    dubbing = make(ScriptedProvider())
    await feed(dubbing, text, SECOND, "done")
    (error, *_), close = await hear(dubbing)
    assert isinstance(error, Error) and error.status_code == 400 and error.message
    assert "done, close or cancel" in error.message and close.code == 1000
