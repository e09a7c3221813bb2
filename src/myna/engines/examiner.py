"""A process that looks into one recording and ends.

Started as `python -m myna.engines.examiner FD`, like a worker. The recording is a stranger's file and its
decoders are native code: whatever it does to them, it does to nobody else, with bounded memory and time.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from myna.engines import frames
from myna.engines.inbox import Inbox, end_with
from myna.speech.errors import AudioRejected, EngineError

_NICENESS = 10
"""Speech goes first: its listener waits for every word."""
_MEMORY = 3 << 30
"""Most bytes of address space, where the system can limit it."""
_CPU_SECONDS = 300
_LEAST_SILENCE = 0.2
"""Seconds between two signs of life, at least."""
_BEAT = 1.0


class Pulse:
    """Signs of life: with every step that is made, or by the clock while one long step is."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._last = 0.0

    def __call__(self) -> None:
        """A step was made."""
        now = time.monotonic()
        if now - self._last >= _LEAST_SILENCE:
            self._last = now
            self._channel.sendall(frames.frame(frames.ALIVE, b""))

    @contextmanager
    def by_the_clock(self) -> Iterator[None]:
        """While calculations of our own run, which always end; nothing else may be sent meanwhile."""
        over = threading.Event()

        def beat() -> None:
            with suppress(OSError):
                while not over.wait(_BEAT):
                    self()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def serve(channel: socket.socket) -> None:
    """Take the one examination and answer it."""
    inbox = Inbox(channel)
    channel.sendall(frames.ready(frames.Ready((), {})))
    while not inbox.frames:
        inbox.receive(None)
    _, payload = inbox.frames.popleft()
    try:
        from myna.engines.examining import examine

        answer = frames.found(examine(frames.read_examination(payload), Pulse(channel)))
    except AudioRejected as error:
        answer = frames.failed(frames.Failure(0, error.message, rejected=True))
    except EngineError as error:
        answer = frames.failed(frames.Failure(0, error.message))
    except MemoryError:
        message = "The recording takes too much memory: save or convert it anew, as wav for instance."
        answer = frames.failed(frames.Failure(0, message, rejected=True))
    except ConnectionError:
        raise
    except Exception as error:
        import traceback

        trace = "".join(traceback.format_exception(error, limit=-3))
        answer = frames.failed(frames.Failure(0, trace, unexpected=True))
    channel.sendall(answer)


def restrain() -> None:
    """Stand behind those who speak, and take no more than an examination needs."""
    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    with suppress(ImportError):
        import resource

        for name, most in (("AS", _MEMORY), ("CPU", _CPU_SECONDS), ("CORE", 0)):
            with suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def main(arguments: list[str]) -> int:
    """Examine one recording, asked for on the inherited file descriptor named by the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    restrain()
    channel = socket.socket(fileno=int(arguments[0]))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    with suppress(EOFError, ConnectionError):
        serve(channel)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
