from __future__ import annotations

import asyncio

import pytest

from myna.conversation.making import RETRY_SECONDS, UNMARKED_RETRY_SECONDS, Attempt, Making
from myna.speech.errors import InvalidRequest, Overloaded, VoiceNotFound
from myna.speech.voices import IDEMPOTENCY_SECONDS

pytestmark = pytest.mark.usefixtures("no_tasks_left")

FIRST, AGAIN = Attempt("k", 0.0), Attempt("k", 600.0)


class TestAttempt:
    def test_a_key_of_the_client_stands_for_all_else(self) -> None:
        one = Attempt.of({"idempotency-key": "a"}, "create", b"x")
        assert one == Attempt.of({"idempotency-key": "a", "x-stainless-retry-count": "1"}, "create", b"y")
        assert one.window_seconds == IDEMPOTENCY_SECONDS
        assert one.key != Attempt.of({"idempotency-key": "b"}, "create", b"x").key
        assert one.key != Attempt.of({}, "a").key

    @pytest.mark.parametrize(
        ("headers", "window"),
        [
            ({}, 0.0), ({"x-stainless-retry-count": "0"}, 0.0),
            ({"x-stainless-retry-count": "2"}, RETRY_SECONDS),
            ({"x-stainless-retry-count": "many"}, 0.0),
            ({"x-stainless-retry-count": "9" * 9999}, RETRY_SECONDS),
            ({"x-fern-sdk-name": "cartesia"}, UNMARKED_RETRY_SECONDS), ({"idempotency-key": " "}, 0.0),
        ],
    )  # fmt: skip
    def test_windows(self, headers: dict[str, str], window: float) -> None:
        assert Attempt.of(headers, "x").window_seconds == window

    def test_the_content_is_the_key_otherwise(self) -> None:
        assert Attempt.of({}, "a", b"b").key == Attempt.of({"x-stainless-retry-count": "1"}, "a", "b").key
        assert Attempt.of({}, "ab", "c").key != Attempt.of({}, "a", "bc").key

    def test_a_key_is_bounded(self) -> None:
        with pytest.raises(InvalidRequest, match="Idempotency-Key"):
            Attempt.of({"idempotency-key": "x" * 256})


class Work:
    """Something slow that counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()

    def __call__(self) -> asyncio.Future[int]:
        self.begun += 1
        return asyncio.ensure_future(self._do(self.begun))

    async def _do(self, number: int) -> int:
        await self.gate.wait()
        return number


async def test_a_retry_joins_the_try_that_goes_on() -> None:
    making, work = Making(), Work()
    tries = [asyncio.create_task(making.make("ann", attempt, work)) for attempt in (FIRST, AGAIN, AGAIN)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*tries) == [1, 1, 1]


async def test_others_do_not() -> None:
    making, work = Making(), Work()
    tries = [
        asyncio.create_task(making.make(owner, attempt, work))
        for owner, attempt in (("ann", FIRST), ("ann", FIRST), ("bob", AGAIN), ("ann", Attempt("l", 600.0)))
    ]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*tries) == [1, 2, 3, 4]
    assert await making.make("ann", AGAIN, work) == 5, "what has ended is for those who keep it"


async def test_who_goes_stops_nothing() -> None:
    making, work = Making(), Work()
    first = asyncio.create_task(making.make("ann", FIRST, work))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    again = asyncio.create_task(making.make("ann", AGAIN, work))
    await asyncio.sleep(0)
    work.gate.set()
    assert await again == 1
    assert work.begun == 1


async def test_errors_reach_everybody() -> None:
    making = Making()

    async def fails() -> int:
        await asyncio.sleep(0)
        raise VoiceNotFound("none")

    tries = [asyncio.create_task(making.make("ann", attempt, fails)) for attempt in (FIRST, AGAIN)]
    assert [type(each) for each in await asyncio.gather(*tries, return_exceptions=True)] == [
        VoiceNotFound
    ] * 2


async def test_only_so_many_at_once() -> None:
    making, work = Making(most=2), Work()
    tries = [asyncio.create_task(making.make("ann", Attempt(str(n), 0.0), work)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await making.make("ann", FIRST, work)
    joined = asyncio.create_task(making.make("ann", Attempt("1", 600.0), work))
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*tries, joined) == [1, 2, 2]
    assert await making.make("ann", FIRST, work) == 3


async def test_the_end_waits_and_then_gives_up() -> None:
    making, work = Making(), Work()
    trying = asyncio.create_task(making.make("ann", FIRST, work))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.02, work.gate.set)
    await making.aclose(20)
    assert await trying == 1
    endless = Work()
    trying = asyncio.create_task(making.make("ann", FIRST, endless))
    await asyncio.sleep(0)
    await making.aclose(0.01)
    await asyncio.wait({trying})
    assert trying.cancelled()
