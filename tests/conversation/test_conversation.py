"""Contexts and speech brought together, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from myna.conversation import Conversation, Watch
from myna.conversation.conversation import OUTBOX_LIMIT
from myna.conversation.stream import BACKLOG_BYTES, LARGEST_BYTES, MESSAGE_BYTES
from myna.speech.errors import EngineError, InvalidRequest, Overloaded
from myna.speech.requests import Delivery
from myna.testing.provider import Script, ScriptedProvider
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.messages import Chunk, Done, Error, FlushDone, GenerationRequest, ServerMessage
from myna.wire.cartesia.server import ServerConnection

pytestmark = pytest.mark.usefixtures("no_tasks_left")

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050}
Make = Callable[..., Conversation]


def request(id: str | None = "a", text: str = "Hello there.", **fields: Any) -> GenerationRequest:
    known = {"model_id": "m", "voice": "Ada", "output_format": RAW, "context_id": id, "transcript": text}
    return msgspec.convert({**known, **fields}, GenerationRequest)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Conversation] = []

    def conversation(
        provider: ScriptedProvider, *, watch: Watch | None = None, **limits: Any
    ) -> Conversation:
        now = asyncio.get_running_loop().time()
        made.append(Conversation(provider, ServerConnection("2026-08-14", now=now, **limits), watch=watch))
        return made[-1]

    yield conversation
    for each in made:
        await each.aclose()


async def hear(conversation: Conversation, ends: int = 1) -> list[ServerMessage]:
    """All messages up to so many terminal ones."""
    heard: list[ServerMessage] = []
    while ends:
        message = await asyncio.wait_for(conversation.next(), 10)
        assert not isinstance(message, Close), message
        heard.append(message)
        ends -= message.done
    return heard


def audio(messages: list[ServerMessage], id: str | None = "a") -> bytes:
    return b"".join(m.data for m in messages if isinstance(m, Chunk) and m.context_id == id)


async def test_one_text(make: Make) -> None:
    conversation = make(ScriptedProvider())
    conversation.receive(request(add_timestamps=True))
    heard = await hear(conversation)
    assert heard[-1] == Done(context_id="a")
    assert len(audio(heard)) == round(0.4 * 22050) * 2
    assert [m.word_timestamps.words for m in heard if m.type == "timestamps"] == [["Hello"], ["there."]]  # type: ignore[union-attr]
    assert conversation.contexts == 0


async def test_pieces_are_joined_verbatim(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    for piece in ("Hel", "lo th", "ere. "):
        conversation.receive(request(text=piece, **{"continue": True}))
    conversation.receive(request(text="", **{"continue": False}))
    await hear(conversation)
    assert provider.speeches[0].text == "Hello there. "
    assert len(provider.speeches) == 1


async def test_contexts_take_turns(make: Make) -> None:
    conversation = make(ScriptedProvider(Script(word_seconds=1.0, chunk_seconds=0.8)))
    ids = [f"c{number}" for number in range(5)]
    for id in ids:
        conversation.receive(request(id, "one two three four five six seven eight"))
    heard = await hear(conversation, ends=5)
    order = [m.context_id for m in heard if isinstance(m, Chunk)]
    for id in ids:
        places = [place for place, each in enumerate(order) if each == id]
        gaps = [later - earlier for earlier, later in pairwise(places)]
        assert max(gaps) <= 2 * len(ids), "a context had to wait for too many turns of others"
        assert len(audio(heard, id)) == 8 * 22050 * 2


async def test_waiting_audio_is_put_together_and_bounded(make: Make) -> None:
    provider = ScriptedProvider(Script(word_seconds=0.5, chunk_seconds=0.01))
    conversation = make(provider)
    conversation.receive(request(text="word " * 200))
    await asyncio.sleep(0.2)
    assert not provider.speeches[0].ended, "a client that takes nothing must suspend its speech"
    first = await conversation.next()
    assert isinstance(first, Chunk)
    assert len(first.data) <= MESSAGE_BYTES
    assert len(first.data) > 441 * 2
    heard = await hear(conversation)
    assert all(len(m.data) <= MESSAGE_BYTES for m in heard if isinstance(m, Chunk))
    assert len(first.data) + len(audio(heard)) == 200 * 11025 * 2


async def test_a_client_that_takes_nothing_holds_a_bounded_amount(make: Make) -> None:
    provider = ScriptedProvider(Script(word_seconds=0.1))
    conversation = make(provider)
    conversation.receive(request(text="word " * 1000))
    await asyncio.sleep(0.2)
    spoken = provider.speeches[0].spoken_seconds
    await asyncio.sleep(0.1)
    assert provider.speeches[0].spoken_seconds == spoken
    assert spoken * 22050 * 2 < BACKLOG_BYTES + 3 * 4410


async def test_cancel_drops_what_waits_and_frees_the_speech(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.receive(request(text="word " * 500))
    conversation.receive(request("b", "still here"))
    assert isinstance(await conversation.next(), Chunk)
    conversation.receive(GenerationRequest(context_id="a", cancel=True))
    assert provider.speeches[0].cancelled
    heard = await hear(conversation, ends=2)
    assert [m.type for m in heard if m.context_id == "a"] == ["done"]
    assert len(audio(heard, "b")) == 2 * 4410 * 2


async def test_flush(make: Make) -> None:
    conversation = make(ScriptedProvider())
    conversation.receive(request(text="Hello", **{"continue": True}))
    conversation.receive(request(text="", flush=True, **{"continue": True}))
    conversation.receive(request(text="you"))
    heard = await hear(conversation)
    flush = next(m for m in heard if isinstance(m, FlushDone))
    place = heard.index(flush)
    assert flush.flush_id == 1
    assert len(audio(heard[:place])) == len(audio(heard[place:])) == 4410 * 2
    assert {m.flush_id for m in heard[:place] if isinstance(m, Chunk)} == {1}
    assert {m.flush_id for m in heard[place:] if isinstance(m, Chunk)} == {2}


async def test_a_failure_ends_its_context_only(make: Make) -> None:
    provider = ScriptedProvider(Script(failures={"bang": EngineError("broken")}))
    conversation = make(provider)
    conversation.receive(request("a", "one bang two"))
    conversation.receive(request("b"))
    heard = await hear(conversation, ends=2)
    ends = {m.context_id: m for m in heard if m.done}
    assert isinstance(ends["a"], Error) and ends["a"].status_code == 500
    assert isinstance(ends["b"], Done)
    assert len(audio(heard, "a")) == 4410 * 2
    assert provider.live == 0


async def test_a_provider_that_breaks_its_promise(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(ScriptedProvider):
        def speak(self, request: Any) -> Any:
            raise ZeroDivisionError

    conversation = make(Broken())
    conversation.receive(request())
    (error,) = await hear(conversation)
    assert isinstance(error, Error) and error.error_code == "engine_error"
    assert "ZeroDivisionError" in caplog.text
    assert "division" not in str(error.message)


@pytest.mark.parametrize(
    "wrong",
    [
        {"voice": "nobody"},
        {"model_id": None},
        {"output_format": None},
        {"output_format": {**RAW, "container": "wav"}},
    ],
)
async def test_a_context_that_cannot_begin(make: Make, wrong: dict[str, Any]) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.receive(request(**wrong))
    (error,) = await hear(conversation)
    assert isinstance(error, Error) and (error.context_id, error.status_code) == ("a", 400)
    assert (conversation.contexts, provider.live) == (0, 0)
    assert not any(speech.spoken_seconds for speech in provider.speeches)


async def test_delivery_may_change_with_later_text(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.receive(request(text="One ", generation_config={"speed": 0.8}, **{"continue": True}))
    conversation.receive(request(text="two ", generation_config={}, **{"continue": True}))
    conversation.receive(request(text="three.", generation_config={"volume": 2.0}))
    await hear(conversation)
    speech = provider.speeches[0]
    assert speech.request.delivery == Delivery(speed=0.8)
    assert speech.deliveries == [Delivery(volume=2.0)]


async def test_an_invalid_change_ends_the_context(make: Make) -> None:
    provider = ScriptedProvider(Script(stalls=frozenset({"One"})))
    conversation = make(provider)
    conversation.receive(request(text="One ", **{"continue": True}))
    conversation.receive(request(text="two", generation_config={"speed": 9}))
    (error,) = await hear(conversation)
    assert isinstance(error, Error) and error.status_code == 400
    assert provider.live == 0


async def test_too_much_text(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.receive(request(text="x" * 1_000_001))
    (error,) = await hear(conversation)
    assert isinstance(error, Error) and error.status_code == 400
    assert provider.live == 0


async def test_expiry_speaks_what_is_left(make: Make) -> None:
    conversation = make(ScriptedProvider(), expiry=0.05)
    conversation.receive(request(text="Hello there", **{"continue": True}))
    heard = await hear(conversation)
    assert heard[-1] == Done(context_id="a")
    assert len(audio(heard)) == 2 * 4410 * 2


async def test_a_context_with_waiting_audio_does_not_expire(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider, expiry=0.05)
    conversation.receive(request(text="Hello ", **{"continue": True}))
    await asyncio.sleep(0.2)
    conversation.receive(request(text="there."))
    await hear(conversation)
    assert len(provider.speeches) == 1


async def test_idle_close(make: Make) -> None:
    conversation = make(ScriptedProvider(), idle=0.05)
    conversation.receive(request())
    await hear(conversation)
    assert await asyncio.wait_for(conversation.next(), 5) == Close(1000, "connection idle timeout")
    assert await conversation.next() == Close(1000, "connection idle timeout")


async def test_drain_lets_speech_end(make: Make) -> None:
    conversation = make(ScriptedProvider(Script(delay=0.02)))
    conversation.receive(request())
    conversation.drain()
    conversation.receive(request("late"))
    heard = await hear(conversation, ends=2)
    ends = {m.context_id: m for m in heard if m.done}
    assert isinstance(ends["a"], Done)
    assert isinstance(ends["late"], Error)
    assert await conversation.next() == Close(1001, "server shutting down")


async def test_drain_of_silence_closes_at_once(make: Make) -> None:
    conversation = make(ScriptedProvider())
    conversation.drain()
    assert await conversation.next() == Close(1001, "server shutting down")


async def test_closing_frees_everything(make: Make) -> None:
    provider = ScriptedProvider(Script(stalls=frozenset({"wait"})))
    conversation = make(provider)
    for number in range(20):
        conversation.receive(request(str(number), "wait here"))
    await asyncio.sleep(0)
    await conversation.aclose()
    assert provider.live == 0
    assert isinstance(await conversation.next(), Close)
    conversation.receive(request())
    assert provider.live == 0


async def test_a_client_that_reads_no_answers_is_let_go(make: Make) -> None:
    conversation = make(ScriptedProvider())
    for _ in range(OUTBOX_LIMIT + 1):
        conversation.reject(InvalidRequest("no"))
    for _ in range(OUTBOX_LIMIT):
        assert not isinstance(await conversation.next(), Close)
    assert await conversation.next() == Close(1008, "too many unread answers")


async def test_the_watch_is_told_and_may_refuse(make: Make) -> None:
    class Gate(Watch):
        inside, heard, waited = 0, 0.0, 0

        def enter(self) -> None:
            if self.inside == 1:
                raise Overloaded("full", retry_after=1)
            self.inside += 1

        def leave(self) -> None:
            self.inside -= 1

        def first_audio(self, seconds: float) -> None:
            self.waited += 1

        def audio(self, seconds: float) -> None:
            self.heard += seconds

    gate = Gate()
    conversation = make(ScriptedProvider(), watch=gate)
    conversation.receive(request("a"))
    conversation.receive(request("b"))
    heard = await hear(conversation, ends=2)
    refused = next(m for m in heard if m.done and m.context_id == "b")
    assert isinstance(refused, Error) and (refused.status_code, refused.error_code) == (
        429,
        "concurrency_limited",
    )
    assert (gate.inside, gate.waited) == (0, 1)
    assert gate.heard == pytest.approx(0.4)


async def test_large_pieces_are_cut_between_samples(make: Make) -> None:
    conversation = make(ScriptedProvider(Script(word_seconds=3.0, chunk_seconds=3.0)))
    conversation.receive(request(text="one", output_format={**RAW, "encoding": "pcm_f32le"}))
    heard = await hear(conversation)
    sizes = [len(m.data) for m in heard if isinstance(m, Chunk)]
    assert len(sizes) > 1 and max(sizes) <= LARGEST_BYTES
    assert all(size % 4 == 0 for size in sizes)
    assert sum(sizes) == 3 * 22050 * 4


async def test_flushes_that_nobody_reads_are_all_answered_later(make: Make) -> None:
    conversation = make(ScriptedProvider())
    conversation.receive(request(text="word ", **{"continue": True}))
    for _ in range(1000):
        conversation.receive(request(text="", flush=True, **{"continue": True}))
    conversation.receive(request(text=""))
    heard = await hear(conversation)
    assert [m.flush_id for m in heard if isinstance(m, FlushDone)] == list(range(1, 1001))


async def test_a_message_that_waited_does_not_inherit_the_text_of_one_that_failed(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.receive(request(None, "first"))
    conversation.receive(request(None, "second", voice="nobody"))
    conversation.receive(request(None, "third"))
    heard = await hear(conversation, ends=3)
    assert [m.type for m in heard if m.done] == ["done", "error", "done"]
    assert [speech.text for speech in provider.speeches] == ["first", "second", "third"]
    assert not provider.speeches[1].spoken_seconds


async def test_nothing_begins_after_the_end(make: Make) -> None:
    provider = ScriptedProvider()
    conversation = make(provider)
    conversation.end(1008, "enough")
    conversation.receive(request())
    assert await conversation.next() == Close(1008, "enough")
    assert provider.speeches == []
