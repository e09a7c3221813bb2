"""The worker processes that speak, and the fair way to them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine

from myna.engines.connection import Connection
from myna.engines.fairness import FairQueue
from myna.engines.link import timed_out
from myna.engines.protocols import EngineEvent, Utterance
from myna.speech.errors import EngineCrashed, EngineError, EngineTimeout, Overloaded, UsageError

_WATCH = 0.25
"""Seconds between two looks at deadlines."""
_LONGEST = 20_000
"""Most characters of an utterance: an hour of speech is asked for in pieces."""
_PATIENCE = 30.0
"""Most seconds an utterance waits for a free worker."""
_BACKLOG = 1024
"""Most utterances that wait for a worker."""
_MOST_SPARE = 10.0
"""Seconds of audio ahead beyond which nobody has to stand further behind."""
_FRUITLESS = 3
"""Starts in a row without a worker that comes up, after which the pool says so instead of waiting."""
_LONGEST_REST = 5.0
"""Most seconds between two attempts to start a worker."""


class Speakers:
    """Worker processes, each speaking one utterance at a time.

    Utterances wait their turn in order of need, the clients among each other on equal terms. A worker that
    dies, hangs or fails costs at most the utterance on it, and is replaced at once; an utterance of which
    nothing was handed out yet is taken up by another worker.

    Attributes:
        size: how many workers there are to be.
        restarts: workers replaced since the start.
        utterances: utterances begun since the start.
        engines: names of the engines that this machine has; known after `start`.
        missing: those that it lacks, each with the reason; likewise.
    """

    def __init__(self, workers: int | None, deadline: float) -> None:
        """Prepare; `start` starts them.

        Args:
            workers: how many processes; None for as many as there are cores.
            deadline: seconds without a sign of life after which a busy worker is ended.
        """
        self.size = workers or os.cpu_count() or 1
        self._deadline = deadline
        self._workers: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._waiting = FairQueue[asyncio.Future[Connection]]()
        self._serving: dict[Connection, tuple[str, float]] = {}
        """Whom each busy worker serves, and since when."""
        self._up: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._dead: list[subprocess.Popen[bytes]] = []
        self._fruitless = 0
        self._closed = False
        self.engines: frozenset[str] = frozenset()
        self.missing: dict[str, str] = {}
        self.restarts = 0
        self.utterances = 0

    @property
    def busy(self) -> int:
        """Workers with an utterance on them."""
        return sum(worker.turn is not None for worker in self._workers)

    @property
    def waiting(self) -> int:
        """Utterances that wait for a worker."""
        return len(self._waiting)

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        return tuple(w.process.pid for w in self._workers if w.process is not None and w.ready is not None)

    async def start(self) -> None:
        """Start the workers and wait for the first; idempotent.

        Raises:
            UsageError: they were closed.
            EngineCrashed: no worker comes up.
        """
        if self._closed:
            raise UsageError("This pool is closed; make a new one.")
        if self._up is None:
            self._up = asyncio.get_running_loop().create_future()
            for _ in range(self.size):
                self._spawn()
            self._run(self._watch())
        await asyncio.shield(self._up)

    async def close(self) -> None:
        """End all workers, and what is on them; `reap` collects the processes."""
        self._closed = True
        self._refuse(closed)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in tuple(self._workers):
            worker.kill(closed())
        if self._up is not None and not self._up.done():
            self._up.set_exception(closed())
            self._up.exception()

    async def synthesize(
        self, engine: str, utterance: Utterance, *, spare: float = 0.0, client: str = ""
    ) -> AsyncGenerator[EngineEvent, None]:
        """Speak `utterance` on a worker; closing the generator frees the worker at once.

        Args:
            engine: name of the engine.
            utterance: what it speaks.
            spare: seconds for which the listener has audio still to hear. Whose audio ends first gets the
                next free worker.
            client: on whose behalf, as `group/name`: see `FairQueue`.

        Raises:
            EngineError: the engine cannot speak this text, or this machine does not have it.
            EngineCrashed: the worker died with some of the utterance handed out, or twice without.
            EngineTimeout: the worker hung, likewise.
            Overloaded: too many utterances wait, or this one waited too long.
        """
        await self.start()
        if engine not in self.engines:
            reason = self.missing.get(engine, "there is no engine of this name")
            raise EngineError(f"The engine {engine!r} is not available here: {reason.rstrip('.')}.")
        if len(utterance.text) > _LONGEST:
            raise EngineError(f"An utterance has at most {_LONGEST} characters; send the text in sentences.")
        self.utterances += 1
        for attempt in (1, 2):
            worker = await self._acquire(spare, client)
            turn = worker.speak(engine, utterance)
            untouched = True
            try:
                while True:
                    while turn.events:
                        event = turn.events.popleft()
                        worker.taken(turn, event)
                        untouched = False
                        yield event
                    if turn.ended:
                        break
                    await turn.wait()
            finally:
                worker.abandon(turn)
            if turn.error is None:
                return
            again = isinstance(turn.error, EngineCrashed | EngineTimeout) and untouched and attempt == 1
            if not again or self._closed:
                raise turn.error

    async def _acquire(self, spare: float, client: str) -> Connection:
        """The next idle worker, in order of need and then of fairness."""
        loop = asyncio.get_running_loop()
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                self._waiting.begin(client)
                self._serving[worker] = client, loop.time()
                return worker
        self._admit()
        future: asyncio.Future[Connection] = loop.create_future()
        due = loop.time() + min(max(spare, 0.0), _MOST_SPARE)
        ticket = self._waiting.push(client, due, future)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await future
        except BaseException as error:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._release(future.result())
                self._offer(future.result())
            else:
                self._waiting.remove(ticket)
            if isinstance(error, TimeoutError):
                raise Overloaded("No engine became free in time; try again.", retry_after=1.0) from None
            raise

    def _admit(self) -> None:
        if self._closed:
            raise closed()
        if self._fruitless >= _FRUITLESS and not self._workers:
            raise _barren()
        if len(self._waiting) >= _BACKLOG:
            raise Overloaded("Too many texts are waiting to be spoken; try again.", retry_after=1.0)

    def _offer(self, worker: Connection) -> None:
        """Give an idle worker to whoever is next."""
        now = asyncio.get_running_loop().time()
        while (first := self._waiting.pop(now)) is not None:
            client, future = first
            if not future.done():
                self._serving[worker] = client, now
                future.set_result(worker)
                return
            self._waiting.end(client, 0.0)
        self._idle.append(worker)

    def _release(self, worker: Connection) -> None:
        """Count what a client has had of a worker that serves it no longer."""
        client, since = self._serving.pop(worker, ("", None))
        if since is not None:
            self._waiting.end(client, asyncio.get_running_loop().time() - since)

    def _ready(self, worker: Connection) -> None:
        assert worker.ready is not None
        self._fruitless = 0
        self.engines, self.missing = frozenset(worker.ready.engines), worker.ready.missing
        if self._up is None or (self._up.done() and self._up.exception() is not None):
            self._up = asyncio.get_running_loop().create_future()
        if not self._up.done():
            self._up.set_result(None)
        self._offer(worker)

    def _free(self, worker: Connection) -> None:
        """A worker has ended its utterance, or its life."""
        self._release(worker)
        if not worker.lost:
            self._offer(worker)
            return
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.process is not None:
            self.bury(worker.process)
        if self._closed:
            return
        self.restarts += 1
        if worker.ready is None:
            self._fruitless += 1
            self._despair()
        self._spawn()

    def _despair(self) -> None:
        """Tell those who wait when no worker comes up at all."""
        if self._fruitless < _FRUITLESS or any(worker.ready for worker in self._workers):
            return
        if self._up is not None and not self._up.done():
            self._up.set_exception(_barren())
            self._up.exception()
        self._refuse(_barren)

    def _refuse(self, error: Callable[[], EngineError]) -> None:
        """Tell all who wait that no worker comes."""
        for future in self._waiting.clear():
            if not future.done():
                future.set_exception(error())

    def _spawn(self) -> None:
        worker = Connection(self._ready, self._free)
        self._workers.add(worker)
        rest = min(_LONGEST_REST, 0.1 * 2**self._fruitless) if self._fruitless else 0.0
        self._run(self._start(worker, rest))

    async def _start(self, worker: Connection, rest: float) -> None:
        if rest:
            await asyncio.sleep(rest)
        try:
            await worker.start(self._deadline)
        except OSError as error:
            worker.kill(EngineCrashed(f"A worker process cannot be started: {error}."))

    async def _watch(self) -> None:
        """End workers that give no sign of life, and bury the dead."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_WATCH, self._deadline / 4))
            now = loop.time()
            for worker in tuple(self._workers):
                if worker.expires is not None and now > worker.expires:
                    worker.kill(timed_out(self._deadline))
            self.reap()

    def bury(self, process: subprocess.Popen[bytes]) -> None:
        """Have `reap` collect a process that was killed."""
        self._dead.append(process)

    def reap(self) -> bool:
        """Collect ended processes; whether some are left."""
        self._dead[:] = [process for process in self._dead if process.poll() is None]
        return bool(self._dead)

    def let_go(self) -> None:
        """After a fork, in the child: leave the workers to the parent."""
        self._closed = True
        for worker in self._workers:
            worker.close_in_child()

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def closed() -> EngineCrashed:
    """Why work ends when its pool is closed."""
    return EngineCrashed("The pool of workers was closed.")


def _barren() -> EngineCrashed:
    return EngineCrashed("The engine's workers do not start; run `myna doctor`.")
