"""Places for recordings: who gets the next, and what becomes of those who leave."""

from __future__ import annotations

import asyncio

import pytest

from myna.engines.jobs import places
from myna.engines.jobs.places import Places
from myna.speech.errors import Overloaded

pytestmark = pytest.mark.usefixtures("no_tasks_left")


async def test_a_client_with_one_recording_does_not_stand_behind_anothers_crowd() -> None:
    offered = Places(1)
    served: list[str] = []

    async def work(client: str) -> None:
        give_back = await offered.take(client)
        served.append(client)
        await asyncio.sleep(0)
        give_back()

    tasks = [asyncio.create_task(work("one/")) for _ in range(10)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(work("two/")))
    await asyncio.sleep(0)
    assert offered.waiting >= 8
    await asyncio.gather(*tasks)
    assert served.index("two/") <= 2
    assert offered.waiting == 0


async def test_there_are_never_more_than_so_many_whoever_leaves() -> None:
    offered, inside, most = Places(2), 0, 0

    async def work(number: int) -> None:
        nonlocal inside, most
        give_back = await offered.take(f"{number % 3}/")
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.001 * (number % 3))
        inside -= 1
        give_back()
        give_back()

    tasks = [asyncio.create_task(work(number)) for number in range(40)]
    for number, task in enumerate(tasks):
        if number % 4 == 3:
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert most == 2
    for _ in range(2):
        async with asyncio.timeout(1):
            await offered.take("")


async def test_a_place_that_comes_to_somebody_who_leaves_goes_to_the_next() -> None:
    offered = Places(1)
    give_back = await offered.take("")
    first, second = (asyncio.create_task(offered.take("")) for _ in range(2))
    await asyncio.sleep(0)
    give_back()
    first.cancel()
    async with asyncio.timeout(1):
        await second
    assert first.cancelled()


async def test_too_many_and_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_BACKLOG", 1)
    monkeypatch.setattr(places, "_PATIENCE", 0.05)
    offered = Places(1)
    give_back = await offered.take("")
    waiting = asyncio.create_task(offered.take(""))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="Too many"):
        await offered.take("")
    with pytest.raises(Overloaded, match="in time") as caught:
        await waiting
    assert caught.value.retry_after
    give_back()
    async with asyncio.timeout(1):
        await offered.take("")
