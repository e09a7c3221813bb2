"""What all doors of one server share: the provider, who is inside, and whether it is closing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from myna.providers.protocols import Provider
from myna.server.access.admission import Admission
from myna.server.access.gate import Gate
from myna.server.access.guest import Guest
from myna.server.access.keyring import Keyring
from myna.server.access.tally import Tally
from myna.server.access.tokens import Tokens
from myna.server.access.upkeep import Upkeep
from myna.server.metrics import Metrics
from myna.server.refusals import ShuttingDown
from myna.server.settings import Settings
from myna.speech.access import KeyLimits

if TYPE_CHECKING:
    from myna.library import Library
    from myna.server.front import Visit


class House:
    """Knows who is inside and what they do, and empties itself.

    Without a library the keys are those of the settings, and what is used is counted nowhere.

    Attributes:
        gate: who may come in.
        tokens: makes access tokens.
        keyring: which keys are good.
        admission: how much is going on.
        tally: what was used, until it is kept.
    """

    def __init__(self, provider: Provider, settings: Settings, library: Library | None = None) -> None:
        """Prepare; `open` gets ready.

        Raises:
            UsageError: the secret of access tokens cannot be kept.
        """
        self.provider = provider
        self.settings = settings
        self.limits = settings.limits
        self.tokens = _tokens(settings, library)
        self.keyring = Keyring(settings.keys, self.tokens, library)
        self.gate = Gate(self.keyring, self.tokens)
        self.admission = Admission(settings.limits)
        self.tally = Tally(library)
        self.metrics = Metrics(self._restarts)
        self.ready = False
        self.draining = False
        self.failure: BaseException | None = None
        self._guests: dict[str | None, set[Guest]] = {}
        self._upkeep = Upkeep(
            self.keyring, self.tally, self.admission, lambda: list(self._guests), self.expel
        )
        self._empty = asyncio.Event()
        self._empty.set()

    async def open(self) -> None:
        """Get ready; what prevents it is kept as `failure`."""
        try:
            await self.keyring.refresh()
            await self.provider.start()
        except BaseException as error:
            self.failure = error
            raise
        self._upkeep.start()
        self.ready, self.draining = True, False

    async def aclose(self) -> None:
        """Keep what was used; nobody is let in any more. Idempotent."""
        await self._upkeep.stop()
        self.keyring.close()

    @property
    def sockets(self) -> int:
        """WebSockets that are open."""
        return self.admission.sockets

    @property
    def quiet(self) -> bool:
        """Whether nothing is spoken and no socket is open."""
        return self._empty.is_set()

    @contextmanager
    def guest(self, visit: Visit) -> Iterator[Guest]:
        """Receive who wants to speak; what they have begun ends with their key."""
        guest = Guest(self, visit.caller, visit.limits)
        inside = self._guests.setdefault(guest.key_id, set())
        inside.add(guest)
        try:
            yield guest
        finally:
            inside.discard(guest)
            if not inside and self._guests.get(guest.key_id) is inside:
                del self._guests[guest.key_id]

    def count_request(self, key_id: str | None, limits: KeyLimits) -> None:
        """Admit a request.

        Raises:
            Overloaded: the key has made too many within a minute.
        """
        self.admission.request(key_id, limits)
        self.tally.add(key_id, requests=1)

    def check_open(self) -> None:
        """Refuse what is new while shutting down.

        Raises:
            ShuttingDown: it is.
        """
        if self.draining:
            raise ShuttingDown

    def expel(self, key_id: str | None) -> None:
        """End everything that goes on with a key; None: without one."""
        for guest in list(self._guests.get(key_id, ())):
            guest.expel()

    def drain(self) -> None:
        """Take on nothing new; sockets close when their speech has ended."""
        self.draining = True
        for guest in self._everybody():
            guest.drain()

    def evict(self) -> None:
        """Close all sockets now."""
        for guest in self._everybody():
            guest.evict()

    async def emptied(self) -> None:
        """Wait until nobody is inside."""
        await self._empty.wait()

    def note(self) -> None:
        """Look whether somebody is inside."""
        if self.admission.contexts or self.admission.sockets:
            self._empty.clear()
        else:
            self._empty.set()

    def _everybody(self) -> list[Guest]:
        return [guest for guests in self._guests.values() for guest in guests]

    def _restarts(self) -> float:
        pool = getattr(self.provider, "pool", None)
        return float(sum(getattr(each, "restarts", 0) for each in (pool, *getattr(pool, "beside", ()))))


def _tokens(settings: Settings, library: Library | None) -> Tokens:
    if settings.token_secret:
        return Tokens(settings.token_secret)
    return Tokens(secrets.token_hex(32)) if library is None else Tokens.of_folder(settings.data)
