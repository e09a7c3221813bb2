"""Those who look into recordings: each in a process of its own, beside the workers that speak."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable

from myna.engines.connection import EXAMINER, Connection
from myna.engines.link import timed_out
from myna.engines.protocols import Examination, Finding
from myna.speech.errors import EngineCrashed, EngineTimeout, MynaError, Overloaded

_BACKLOG = 32
"""Most examinations that wait."""
_PATIENCE = 120.0
"""Most seconds that one waits."""
_LONGEST = 300.0
"""Most seconds that one takes, whatever signs of life it gives."""


class Examiners:
    """Runs examinations, a few at a time, each in a new process that is ended with it.

    They do not take the workers of those who speak, and the system lets them stand behind on its
    processors. A process that dies or hangs costs one more attempt.
    """

    def __init__(self, most: int, deadline: float, bury: Callable[[subprocess.Popen[bytes]], None]) -> None:
        """Prepare.

        Args:
            most: how many may run at once.
            deadline: seconds without a sign of life after which one is ended.
            bury: takes over a process that was killed.
        """
        self._free = asyncio.Semaphore(most)
        self._waiting = 0
        self._deadline = deadline
        self._bury = bury
        self._workers: set[Connection] = set()
        self._end: MynaError | None = None

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the examinations that run."""
        return tuple(worker.process.pid for worker in self._workers if worker.process is not None)

    @property
    def waiting(self) -> int:
        """Examinations that wait."""
        return self._waiting

    async def examine(self, examination: Examination) -> Finding:
        """Look into a recording; a cancelled call ends the process at once.

        Raises:
            ClipRejected: no voice can be made of it; the message says why.
            EngineError: it could not be examined.
            EngineCrashed: two processes died over it.
            EngineTimeout: likewise they hung.
            Overloaded: too many recordings wait, or this one waited too long.
        """
        if self._waiting >= _BACKLOG:
            raise Overloaded("Too many recordings wait to be examined; try again.", retry_after=5.0)
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded("Nobody was free in time to examine this; try again.", retry_after=5.0) from None
        finally:
            self._waiting -= 1
        try:
            try:
                return await self._attempt(examination)
            except (EngineCrashed, EngineTimeout):
                return await self._attempt(examination)
        finally:
            self._free.release()

    def close(self, error: MynaError) -> None:
        """End all examinations in `error`, those that wait and those that are still to come."""
        self._end = error
        for worker in tuple(self._workers):
            worker.kill(error)

    def let_go(self) -> None:
        """After a fork, in the child: leave the processes to the parent."""
        for worker in self._workers:
            worker.close_in_child()

    async def _attempt(self, examination: Examination) -> Finding:
        if self._end is not None:
            raise self._end
        news = asyncio.Event()
        worker = Connection(lambda _: news.set(), lambda _: news.set(), EXAMINER)
        self._workers.add(worker)
        try:
            await worker.start(self._deadline)
            async with asyncio.timeout(_LONGEST):
                await self._news(worker, news)
                turn = worker.examine(examination)
                while not turn.ended:
                    await self._news(worker, news)
        except TimeoutError:
            raise EngineTimeout(f"The recording was not examined within {_LONGEST:g} s.") from None
        except OSError as error:
            raise EngineCrashed(f"A worker process cannot be started: {error}.") from None
        finally:
            self._workers.discard(worker)
            worker.kill(EngineCrashed("The examination was ended."))
            if worker.process is not None:
                self._bury(worker.process)
        if turn.finding is None:
            raise turn.error or EngineCrashed(
                "The recording's examination ended without a result; try again."
            )
        return turn.finding

    async def _news(self, worker: Connection, news: asyncio.Event) -> None:
        """Wait until the worker is up, has answered, or is gone; end it when it gives no sign of life."""
        loop = asyncio.get_running_loop()
        while not news.is_set():
            left = self._deadline if worker.expires is None else worker.expires - loop.time()
            if left <= 0:
                worker.kill(timed_out(self._deadline))
                break
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                continue
        news.clear()
