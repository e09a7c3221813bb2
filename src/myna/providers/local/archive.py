"""The library of a provider, opened when it is needed and asked beside the event loop."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from myna.library import Library
from myna.library.place import default_data_folder, has_library
from myna.speech.errors import Overloaded, UsageError

THREADS = 4
"""Calls that are made at once."""
MOST_WAITING = 1000
"""Calls that may wait for a thread."""

_inherited: list[Library] = []
"""Libraries that a parent process opened: a child must not even close them."""

Result = TypeVar("Result")
Key = TypeVar("Key")
Value = TypeVar("Value")


class Archive:
    """Makes the blocking calls of a `Library` in a few threads of its own.

    A library that was not given is opened by the first call, and closed with this. A forked child opens its
    own.
    """

    def __init__(self, library: Library | None = None, data: Path | None = None) -> None:
        """Use `library`, or the one in the folder `data`; without both, the one of this user."""
        self._given = library
        self._data = data
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._own: Library | None = None
        self._opening = Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._waiting = 0

    @property
    def exists(self) -> bool:
        """Whether there is a library; where not, nothing was ever kept, and only a write makes one."""
        return self._opened is not None or has_library(self._data or default_data_folder())

    def generation(self) -> int | None:
        """A number that stays the same as long as nothing is written; None where only asking tells.

        Takes microseconds: it may be called on the event loop.
        """
        return None if self._opened is None or self._closed else self._opened.generation()

    async def ask(self, question: Callable[[Library], Result]) -> Result:
        """What `question` says of the library, which it is given in a thread.

        Raises:
            MynaError: what the library raises.
            Overloaded: too many calls wait.
            UsageError: the library cannot be opened, or this is closed.
        """
        return await self.run(lambda: question(self._open()))

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives in one of the threads.

        Raises:
            Overloaded: too many calls wait.
            UsageError: this is closed.
        """
        if self._closed:
            raise UsageError("This provider is closed; make a new one.")
        if self._process != os.getpid():
            if self._own is not None:
                _inherited.append(self._own)
            self._begin()
        if self._waiting >= MOST_WAITING:
            raise Overloaded("Too many requests wait for the voice library; try again soon.", retry_after=1.0)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="myna library")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    async def aclose(self) -> None:
        """Close what was opened here; idempotent."""
        self._closed = True
        threads, self._threads = self._threads, None
        if threads is None or self._process != os.getpid():
            return
        await asyncio.to_thread(threads.shutdown)
        if self._own is not None:
            self._own.close()

    @property
    def _opened(self) -> Library | None:
        own = self._own if self._process == os.getpid() else None
        return self._given or own

    def _open(self) -> Library:
        if self._given is not None:
            return self._given
        with self._opening:
            if self._own is None:
                self._own = Library.open(self._data or default_data_folder())
            return self._own


class Memory(Generic[Key, Value]):
    """What was read of a library, for as long as nothing is written there by anybody."""

    def __init__(self, archive: Archive, most: int) -> None:
        """Keep `most` values, those that were asked for last."""
        self._archive = archive
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._generation: int | None = None

    def get(self, key: Key) -> Value | None:
        """A value that is still true, else None."""
        if key not in self._values:
            return None
        if self._archive.generation() != self._generation:
            self._values.clear()
            return None
        self._values.move_to_end(key)
        return self._values[key]

    async def read(self, key: Callable[[Value], Key], question: Callable[[Library], Value]) -> Value:
        """Ask the library, and remember the answer under the key that it has."""
        before = self._archive.generation()
        value = await self._archive.ask(question)
        # what is read while somebody writes may be of before or after: such an answer is not kept
        if before is not None and before == self._archive.generation():
            if before != self._generation:
                self._values.clear()
                self._generation = before
            self._values[key(value)] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
