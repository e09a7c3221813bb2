"""Who is next: a queue in which nobody stands behind another's whole crowd."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

_SOON = 0.5
"""Seconds before it is due at which something counts as urgent."""
_REMEMBERED = 4096
"""Clients that are kept in mind although nothing of theirs waits or is served."""


@dataclass(slots=True, eq=False)
class Ticket(Generic[T]):
    """A place in the queue.

    Attributes:
        client: whose it is.
        due: time by which it has to be served, in seconds.
        item: what waits; None once it was served or has left.
    """

    client: str
    due: float
    number: int
    item: T | None

    def __lt__(self, other: Ticket[T]) -> bool:
        return (self.due, self.number) < (other.due, other.number)


@dataclass(slots=True)
class _Group:
    """What is known of a group: how many clients it has here, what they have on servers and have had."""

    clients: int = 0
    served: int = 0
    had: float = 0.0


@dataclass(slots=True)
class _Client(Generic[T]):
    """What is known of a client: its tickets as a heap, what it has on servers, and what it has had."""

    group: _Group
    waiting: list[Ticket[T]] = field(default_factory=list)
    served: int = 0
    had: float = 0.0


class FairQueue(Generic[T]):
    """A queue of several clients for a few equal servers; time is an argument.

    What is urgent goes first, and in it the client with the least on servers now; among equal ones the
    client that has had least of them since they began to compete. Within a client, and of what is not
    urgent, the earliest due is first. Whoever pauses saves nothing up.

    A client is named `group/name`. Groups compete in the same way, and clients within their group: more
    clients get a group no more.
    """

    def __init__(self) -> None:
        self._clients: dict[str, _Client[T]] = {}
        self._groups: dict[str, _Group] = {}
        self._numbers = count()
        self._size = 0
        self._clock = 0.0
        """What the client served last had had, in seconds: a newcomer counts as having had as much."""
        self._group_clock = 0.0
        """The same of its group."""

    def __len__(self) -> int:
        return self._size

    def push(self, client: str, due: float, item: T) -> Ticket[T]:
        """Stand in line."""
        ticket = Ticket(client, due, next(self._numbers), item)
        heappush(self._client(client).waiting, ticket)
        self._size += 1
        return ticket

    def remove(self, ticket: Ticket[T]) -> None:
        """Leave the line; nothing happens to a ticket that is not in it."""
        if ticket.item is None:
            return
        ticket.item = None
        self._size -= 1
        client = self._clients[ticket.client]
        client.waiting.remove(ticket)
        heapify(client.waiting)
        self._forget(ticket.client)

    def pop(self, now: float) -> tuple[str, T] | None:
        """Take out whoever is next, with its client, which is served from now on; None where nobody waits."""
        if not self._size:
            return None
        key = self._next(now + _SOON)
        ticket = heappop(self._clients[key].waiting)
        self._size -= 1
        item, ticket.item = ticket.item, None
        assert item is not None
        self.begin(key)
        return key, item

    def begin(self, key: str) -> None:
        """A server has begun to serve a client."""
        client = self._client(key)
        client.had = self._clock = max(client.had, self._clock)
        client.served += 1
        group = client.group
        group.had = self._group_clock = max(group.had, self._group_clock)
        group.served += 1

    def end(self, key: str, seconds: float) -> None:
        """A server is free again after so many seconds for a client."""
        client = self._clients[key]
        client.served -= 1
        client.had += seconds
        client.group.served -= 1
        client.group.had += seconds
        self._forget(key)

    def clear(self) -> list[T]:
        """Take out all who wait."""
        items: list[T] = []
        self._size = 0
        for client in self._clients.values():
            for ticket in client.waiting:
                if ticket.item is not None:
                    items.append(ticket.item)
                ticket.item = None
            client.waiting.clear()
        self._tidy()
        return items

    def _client(self, key: str) -> _Client[T]:
        known = self._clients.get(key)
        if known is None:
            group = self._groups.setdefault(key.partition("/")[0], _Group())
            group.clients += 1
            known = self._clients[key] = _Client(group)
        return known

    def _next(self, soon: float) -> str:
        """Whose ticket is next; what is due by `soon` is urgent."""
        clock, group_clock, found = self._clock, self._group_clock, ""
        best: tuple[float, ...] = ()
        for key, client in self._clients.items():
            if not client.waiting:
                continue
            first = client.waiting[0]
            due = first.due
            if due <= soon:
                group, had = client.group, client.had
                rank: tuple[float, ...] = (
                    0,
                    group.served,
                    group.had if group.had > group_clock else group_clock,
                    client.served,
                    had if had > clock else clock,
                    due,
                    first.number,
                )
            else:
                rank = (1, due, first.number)
            if not best or rank < best:
                best, found = rank, key
        return found

    def _forget(self, key: str) -> None:
        """Drop what is no longer needed: nothing is where nobody competes."""
        client = self._clients[key]
        if client.waiting or client.served:
            return
        if self._size and client.had <= self._clock:
            self._drop(key)
        elif not self._size or len(self._clients) > _REMEMBERED:
            self._tidy()

    def _tidy(self) -> None:
        for key in [key for key, client in self._clients.items() if not (client.waiting or client.served)]:
            self._drop(key)

    def _drop(self, key: str) -> None:
        group = self._clients.pop(key).group
        group.clients -= 1
        if not group.clients:
            del self._groups[key.partition("/")[0]]
