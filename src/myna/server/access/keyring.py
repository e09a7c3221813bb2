"""The keys that are good: those of the command line, and those in the library."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from myna.server.access.credentials import is_token
from myna.server.access.tokens import Tokens
from myna.speech.access import LOCAL_OWNER, Key
from myna.speech.errors import NotFound

if TYPE_CHECKING:
    from myna.library import Library

T = TypeVar("T")

GIVEN = "command line"
"""Name of the keys that came with the command line."""


class Keyring:
    """Finds keys by their secret or their id; what was found is good until something was written.

    Keys of the command line share the local owner: they are one person's ways in. Each has an id of its
    own, the same after every start, so that limits, usage and tokens are those of the key.
    """

    def __init__(self, given: Sequence[str], tokens: Tokens, library: Library | None = None) -> None:
        now = datetime.now(UTC)
        self._given = [
            (_digest(secret), Key(f"given_{tokens.mark(secret)}", GIVEN, LOCAL_OWNER, now))
            for secret in given
        ]
        self._library = library
        self._threads: ThreadPoolExecutor | None = None
        self._found: dict[bytes, Key] = {}
        self._known: dict[str, Key] = {}
        self._generation: int | None = None
        self._asked = False
        self.needed = bool(given)
        """Whether a key has to be shown: from the first key on, also after the last was revoked."""

    async def refresh(self) -> None:
        """Learn whether keys are needed, and forget what was found where it may have changed.

        Raises:
            Overloaded: the library cannot be used at the moment.
        """
        if self._library is None:
            return
        generation = self._library.generation()
        if generation is None or generation != self._generation:
            self._found.clear()
            self._known.clear()
            self._generation = generation
            self._asked = False
        if not (self.needed or self._asked):
            if await self._ask(self._any):
                self.needed = True
            else:
                self._asked = generation is not None and generation == self._generation

    async def find(self, secret: str) -> Key | None:
        """The key with this secret; None where there is none, or it was revoked. After `refresh`."""
        digest = _digest(secret)
        found: Key | None = None
        for known, key in self._given:
            if hmac.compare_digest(digest, known):
                found = key
        # a table of digests tells nothing by its timing: nobody can choose what a digest begins with
        if found is not None or self._library is None or (found := self._found.get(digest)) is not None:
            return found
        if is_token(secret):  # no key of the library looks so: asking would take longer than reading it
            return None
        keys, generation = self._library.keys, self._generation
        found = await self._ask(lambda: keys.find(secret))
        if found is not None and generation is not None and generation == self._generation:
            self._found[digest] = found
        return found

    async def get(self, id: str) -> Key | None:
        """The key with this id; None where there is none, or it was revoked. After `refresh`."""
        for _, key in self._given:
            if key.id == id:
                return key
        if self._library is None or id in self._known:
            return self._known.get(id)
        keys, generation = self._library.keys, self._generation
        try:
            found = await self._ask(lambda: keys.get(id))
        except NotFound:
            return None
        if found.revoked_at is not None:
            return None
        if generation is not None and generation == self._generation:
            self._known[id] = found
        return found

    def close(self) -> None:
        """Wait for what is asked at the moment; idempotent."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown()

    def _any(self) -> bool:
        assert self._library is not None
        return bool(self._library.keys.list())

    async def _ask(self, question: Callable[[], T]) -> T:
        """Ask the library in a thread of its own: behind long work of others, every request would wait."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, "myna-keys")
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
