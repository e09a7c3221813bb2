from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from myna.engines.fairness import FairQueue, Ticket
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Utterance
from tests.engines.desk import MAN


def served(queue: FairQueue[str], now: float = 0.0) -> list[str]:
    """Everything in the order of a single server that needs a second for each."""
    order = []
    while (first := queue.pop(now)) is not None:
        client, item = first
        order.append(item)
        queue.end(client, 1.0)
    return order


def test_one_client_is_served_in_the_order_of_need_and_then_of_asking() -> None:
    queue = FairQueue[str]()
    for due, item in ((5.0, "d"), (0.0, "a"), (3.0, "c"), (0.0, "b"), (9.0, "e")):
        queue.push("x", due, item)
    assert served(queue) == ["a", "b", "c", "d", "e"]


def test_a_newcomer_does_not_stand_behind_a_crowd() -> None:
    queue = FairQueue[str]()
    for number in range(100):
        queue.push("crowd", 0.0, f"crowd {number}")
    assert queue.pop(0.0) == ("crowd", "crowd 0")
    queue.push("one", 0.1, "one")
    assert queue.pop(0.1) == ("one", "one")


def test_whoever_has_fewer_servers_is_next() -> None:
    queue = FairQueue[str]()
    for client in "aab":
        queue.push(client, 0.0, client)
    assert [queue.pop(0.0) for _ in range(3)] == [("a", "a"), ("b", "b"), ("a", "a")]


def test_time_is_shared_and_not_turns() -> None:
    """The long ones of one client count for as many short ones of the other."""
    queue = FairQueue[str]()
    for _ in range(40):
        queue.push("long", 0.0, "long")
        queue.push("short", 0.0, "short")
    had: Counter[str] = Counter()
    for _ in range(40):
        first = queue.pop(0.0)
        assert first is not None
        queue.end(first[0], {"long": 3.0, "short": 1.0}[first[0]])
        had[first[0]] += {"long": 3, "short": 1}[first[0]]
    assert had["long"] == pytest.approx(had["short"], abs=3)


def test_need_comes_before_fairness() -> None:
    queue = FairQueue[str]()
    queue.push("rested", 8.0, "rested")
    for _ in range(3):
        queue.push("needy", 0.0, "needy")
    assert served(queue) == ["needy"] * 3 + ["rested"]


def test_nothing_is_saved_up_by_waiting() -> None:
    queue = FairQueue[str]()
    for _ in range(20):
        queue.push("early", 0.0, "early")
    for _ in range(10):
        queue.end(queue.pop(0.0)[0], 1.0)  # type: ignore[index]
    for _ in range(10):
        queue.push("late", 0.0, "late")
    assert Counter(served(queue)[:10]) == {"early": 5, "late": 5}


def test_more_clients_get_a_group_no_more_and_share_what_it_gets() -> None:
    queue = FairQueue[str]()
    for _ in range(30):
        for client in ("many/1", "many/2", "many/3", "few/1"):
            queue.push(client, 0.0, client)
    assert Counter(served(queue)[:24]) == {"few/1": 12, "many/1": 4, "many/2": 4, "many/3": 4}


def test_clients_without_a_group_are_one_group() -> None:
    queue = FairQueue[str]()
    for _ in range(10):
        queue.push("/1", 0.0, "one")
    assert queue.pop(0.0) == ("/1", "one")
    queue.push("/2", 0.1, "two")
    assert queue.pop(0.1) == ("/2", "two")


def test_nobody_is_remembered_when_nobody_waits() -> None:
    queue = FairQueue[str]()
    for number in range(1000):
        queue.push(f"client {number}", 0.0, "once")
    served(queue)
    assert not queue._clients and not queue._groups


def test_an_endless_stream_of_newcomers_is_not_remembered_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myna.engines.fairness._REMEMBERED", 50)
    queue = FairQueue[int]()
    queue.push("next 0", 0.0, 0)
    for number in range(1, 1000):
        queue.push(f"next {number}", 0.0, number)
        queue.end(queue.pop(0.0)[0], 1.0)  # type: ignore[index]
        assert len(queue._clients) == len(queue._groups) <= 52


class Machine(RuleBasedStateMachine):
    """Whatever happens: nothing is lost, nothing comes twice, and the counts are right."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = FairQueue[int]()
        self.waiting: dict[int, Ticket[int]] = {}
        self.running: list[str] = []
        self.number = 0
        self.now = 0.0

    clients = st.sampled_from(["a/1", "a/2", "b/1", "/1", "/2"])

    @rule(client=clients, spare=st.floats(0.0, 10.0))
    def push(self, client: str, spare: float) -> None:
        self.number += 1
        self.waiting[self.number] = self.queue.push(client, self.now + spare, self.number)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.waiting)))
        ticket = self.waiting.pop(number)
        self.queue.remove(ticket)
        self.queue.remove(ticket)

    @rule()
    def pop(self) -> None:
        first = self.queue.pop(self.now)
        assert (first is None) == (not self.waiting)
        if first is None:
            return
        client, number = first
        ticket = self.waiting.pop(number)
        assert ticket.client == client
        mine = [other.due for other in self.waiting.values() if other.client == client]
        assert ticket.due <= min(mine, default=ticket.due)
        if ticket.due <= self.now:
            rivals = {other.client for other in self.waiting.values() if other.due <= self.now} - {client}
            assert all(self.group(client) <= self.group(rival) for rival in rivals)
            near = [rival for rival in rivals if rival.partition("/")[0] == client.partition("/")[0]]
            assert all(self.running.count(client) <= self.running.count(rival) for rival in near)
        self.running.append(client)

    def group(self, client: str) -> int:
        """How many are served of the client's group."""
        name = client.partition("/")[0]
        return sum(other.partition("/")[0] == name for other in self.running)

    @rule(client=clients)
    def begin(self, client: str) -> None:
        self.queue.begin(client)
        self.running.append(client)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), seconds=st.floats(0.0, 5.0))
    def end(self, data: st.DataObject, seconds: float) -> None:
        client = data.draw(st.sampled_from(self.running))
        self.running.remove(client)
        self.queue.end(client, seconds)

    @rule(seconds=st.floats(0.0, 4.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def clear(self) -> None:
        assert sorted(self.queue.clear()) == sorted(self.waiting)
        self.waiting.clear()

    @invariant()
    def counts(self) -> None:
        assert len(self.queue) == len(self.waiting)


Machine.TestCase.settings = settings(max_examples=60, deadline=None)
TestMachine = Machine.TestCase


async def test_a_pool_serves_another_client_before_the_rest_of_a_crowd(
    no_tasks_left: None, no_leaks: None
) -> None:
    pool = WorkerPool(workers=1)
    await pool.start()
    finished: list[str] = []

    async def one(client: str) -> None:
        async for _ in pool.synthesize("espeak", Utterance("short", "en-US", MAN), client=client):
            pass
        finished.append(client)

    crowd = [asyncio.create_task(one("crowd")) for _ in range(40)]
    while pool.waiting < 39:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await one("alone")
    assert len(finished) <= 4, finished
    await asyncio.gather(*crowd)
    assert len(finished) == 41
    assert not pool.speakers._waiting._clients
    await pool.aclose()
