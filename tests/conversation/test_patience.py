from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from myna.conversation import patience
from myna.conversation.patience import Patient
from myna.speech.errors import EngineError


class Work:
    """Pieces at given times; knows whether it was ended and cleaned up."""

    def __init__(self, *steps: float | bytes | Exception) -> None:
        self.steps = steps
        self.ended = False
        self.cleaned = 0
        self.answer = Patient(self._pieces(), b"-", self._clean)

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, bytes):
                    yield step
                else:
                    await asyncio.sleep(step)
        finally:
            self.ended = True

    async def _clean(self) -> None:
        assert self.ended or self.answer._task.cancelled()
        self.cleaned += 1


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(patience, "BEAT_SECONDS", 0.05)


async def test_what_is_soon_there_is_whole() -> None:
    work = Work(b"a", b"b")
    assert await work.answer.begin(b"head") is True
    assert (await work.answer.whole(), work.cleaned) == (b"ab", 1)


async def test_beats_fill_the_gaps() -> None:
    work = Work(0.18, b"a", 0.13, b"b")
    assert await work.answer.begin(b"head") is False
    pieces = [piece async for piece in work.answer]
    whole = b"".join(pieces)
    assert whole.startswith(b"head-") and whole.endswith(b"b") and b"-a-" in whole
    assert work.cleaned == 1
    with pytest.raises(StopAsyncIteration):
        await anext(work.answer)


async def test_a_failure_before_and_after_the_beginning() -> None:
    early = Work(EngineError("soon"))
    with pytest.raises(EngineError, match="soon"):
        await early.answer.begin()
    assert early.cleaned == 1
    late = Work(0.1, EngineError("late"))
    assert await late.answer.begin() is False
    with pytest.raises(EngineError, match="late"):
        await late.answer.whole()
    assert late.cleaned == 1


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_closing_stops_the_work_however_much_was_taken(taken: int) -> None:
    work = Work(b"a", b"b", 30.0, b"c")
    async with aclosing(work.answer) as answer:
        for _ in range(taken):
            await anext(answer)
    await answer.aclose()
    assert work.cleaned == 1
    assert work.answer._task.done()


async def test_work_waits_for_a_slow_reader() -> None:
    work = Work(*[b"x"] * 1000)
    await asyncio.sleep(0.05)
    assert not work.ended, "all of it was made though nobody took any"
    assert await work.answer.whole() == b"x" * 1000


async def test_cancelled_while_waiting_for_the_first_piece() -> None:
    work = Work(30.0)
    waiting = asyncio.create_task(work.answer.begin())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert work.cleaned == 1 and work.ended
