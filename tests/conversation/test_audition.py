"""Audio and a provider that listens brought together, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from myna.conversation import Audition, Watch
from myna.conversation.live import BACKLOG
from myna.speech.errors import EngineCrashed, InvalidRequest, ModelNotFound
from myna.speech.listening import Turns
from myna.testing.listening import Hearsay, ScriptedListening
from myna.testing.provider import Script, ScriptedProvider
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS
from myna.wire.cartesia.listening.messages import HeardError, HeardMessage, Transcript
from myna.wire.cartesia.listening.server import ServerConnection
from myna.wire.cartesia.live.lifecycle import Lifecycle

pytestmark = pytest.mark.usefixtures("no_tasks_left")

QUERY = (("model", "ink-2"), ("encoding", "pcm_s16le"), ("sample_rate", "8000"))
WORD = (np.ones(1600) * 20000).astype("<i2").tobytes()
"""The sound of one word."""
Make = Callable[..., Audition]


class Counting(Watch):
    def __init__(self) -> None:
        self.seconds = 0.0

    def heard(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Audition] = []

    def audition(
        provider: ScriptedProvider,
        lifecycle: Lifecycle = MANUAL,
        *,
        watch: Watch | None = None,
        idle: float = 20.0,
        query: tuple[tuple[str, str], ...] = QUERY,
    ) -> Audition:
        now = asyncio.get_running_loop().time()
        connection = ServerConnection(lifecycle, query, now=now, request_id="r", idle=idle)
        made.append(Audition(provider, connection, watch=watch))
        return made[-1]

    yield audition
    for each in made:
        await each.aclose()


async def hear(audition: Audition) -> tuple[list[HeardMessage], Close]:
    """All messages, and the close."""
    heard: list[HeardMessage] = []
    async with asyncio.timeout(10):
        while not isinstance(message := await audition.next(), Close):
            heard.append(message)
    return heard, message


def finals(heard: list[HeardMessage]) -> str:
    return "".join(each.text for each in heard if isinstance(each, Transcript) and each.is_final)


async def test_what_is_heard_is_told(make: Make) -> None:
    watch = Counting()
    audition = make(ScriptedProvider(), watch=watch)
    for piece in (WORD[:1001], WORD[1001:], WORD, b""):
        await audition.receive(piece)
    await audition.receive("finalize")
    await audition.receive(WORD)
    await audition.receive("done")
    await audition.receive(WORD)
    heard, close = await hear(audition)
    assert [each.type for each in heard if not each.interim] == [
        "transcript",
        "flush_done",
        "transcript",
        "done",
    ]
    assert (finals(heard), close.code) == ("the quick brown", 1000)
    assert watch.seconds == pytest.approx(0.6), "audio after the last command counts for nothing"
    assert await audition.next() == close


async def test_turns_and_their_thresholds(make: Make) -> None:
    provider = ScriptedProvider()
    audition = make(provider, TURNS)
    await audition.receive('{"type":"config","turn":{"end_timeout_ms":700}}')
    await audition.receive(WORD + bytes(len(WORD) * 4))
    await audition.receive('{"type":"close"}')
    heard, close = await hear(audition)
    kinds = [each.type for each in heard]
    assert kinds == ["connected", "turn.start", "turn.update", "turn.eager_end", "turn.end"]
    assert close.code == 1000
    assert provider.listenings[0].request.endpointing == Turns()


@pytest.mark.parametrize(
    ("query", "error"),
    [(QUERY[:2], InvalidRequest), ((*QUERY, ("model", "none")), ModelNotFound)],
)
async def test_what_cannot_begin(make: Make, query: tuple[tuple[str, str], ...], error: type) -> None:
    audition = make(ScriptedProvider(Script(models=frozenset({"ink-2"}))), query=query)
    await audition.receive(WORD)
    (told,), close = await hear(audition)
    assert isinstance(told, HeardError)
    assert (told.status_code, told.error_code, close.code) == (400, error.error_code, 1008)


async def test_the_death_of_the_engine_keeps_what_was_final(make: Make) -> None:
    crash = EngineCrashed("The listening process ended.")
    audition = make(ScriptedProvider(Script(hearsay=Hearsay(failures={3: crash}))))
    await audition.receive(WORD)
    await audition.receive("finalize")
    await audition.receive(WORD * 2)
    heard, close = await hear(audition)
    assert finals(heard) == "the"
    error = heard[-1]
    assert isinstance(error, HeardError) and (error.status_code, error.message) == (500, crash.message)
    assert close.code == 1011


@pytest.mark.parametrize("method", ["feed", "finalize", "finish"])
async def test_an_input_that_fails_waits_for_what_was_heard(
    make: Make, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    audition = make(ScriptedProvider())
    await audition.receive(WORD)
    await audition.receive("finalize")

    async def broken(self: ScriptedListening, *given: object) -> None:
        self.cancel()
        raise EngineCrashed("gone")

    monkeypatch.setattr(ScriptedListening, method, broken)
    await audition.receive({"feed": WORD, "finalize": "finalize", "finish": "done"}[method])
    heard, close = await hear(audition)
    assert isinstance(heard[-1], HeardError) or heard[-1].type == "done"
    assert close.code in (1000, 1011)


async def test_a_client_that_takes_nothing_is_not_listened_to(make: Make) -> None:
    provider = ScriptedProvider()
    audition = make(provider)
    fed = 0

    async def feed() -> None:
        nonlocal fed
        while True:
            await audition.receive(WORD)
            await audition.receive("finalize")
            fed += 1

    feeding = asyncio.create_task(feed())
    before = -1
    while fed != before:
        before = fed
        for _ in range(50):
            await asyncio.sleep(0)
    assert BACKLOG / 4 < fed < BACKLOG * 4
    for _ in range(BACKLOG):
        await asyncio.wait_for(audition.next(), 10)
    for _ in range(50):
        await asyncio.sleep(0)
    assert fed > before
    audition.end(1008, "enough")
    await asyncio.sleep(0.01)
    feeding.cancel()
    _, close = await hear(audition)
    assert close == Close(1008, "enough")
    assert provider.listenings[0].ended


async def test_interim_texts_make_way_for_the_newest(make: Make) -> None:
    audition = make(ScriptedProvider())
    for _ in range(500):
        await audition.receive(WORD)
        await asyncio.sleep(0)
    await audition.receive("done")
    heard, _ = await hear(audition)
    assert len(heard) <= 5
    assert len(finals(heard).split()) == 500


async def test_the_end_frees_who_waits_to_be_heard(make: Make) -> None:
    provider = ScriptedProvider(Script(hearsay=Hearsay(delay=60.0)))
    audition = make(provider)
    feeding = asyncio.create_task(audition.receive(WORD * 500))
    await asyncio.sleep(0.05)
    assert not feeding.done(), "it should wait: nothing is taken"
    audition.end(1008, "this API key is no longer good")
    await asyncio.wait_for(feeding, 5)
    heard, close = await hear(audition)
    assert (heard, close.code) == ([], 1008)
    assert provider.listenings[0].ended


async def test_draining_makes_final_what_came(make: Make) -> None:
    audition = make(ScriptedProvider())
    await audition.receive(WORD * 3)
    audition.drain()
    audition.drain()
    await audition.receive(WORD)
    heard, close = await hear(audition)
    assert finals(heard) == "the quick brown"
    assert (heard[-1].type, close.code) == ("done", 1001)


async def test_idle_close_and_what_is_not_idle(make: Make) -> None:
    audition = make(ScriptedProvider(), idle=0.2)
    for _ in range(6):
        await asyncio.sleep(0.1)
        await audition.receive(b"")
    loop = asyncio.get_running_loop()
    before = loop.time()
    _, close = await hear(audition)
    assert close == Close(1000, "connection idle timeout")
    assert 0.15 < loop.time() - before < 5
    slow = make(ScriptedProvider(Script(hearsay=Hearsay(delay=0.5))), idle=0.1)
    await slow.receive(WORD)
    await slow.receive("finalize")
    heard, close = await hear(slow)
    assert [each.type for each in heard if not each.interim] == ["transcript", "flush_done"]
    assert close.code == 1000
