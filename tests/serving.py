"""A real `myna serve` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

START = 30.0
"""Seconds that a server may take until it says that it is ready, on a busy machine."""
STOP = 20.0
"""Seconds that a server may take to drain and end."""

_COMMAND = ("-m", "myna", "serve", "--port", "0")
_URL = re.compile(r"(https?)://([\w.\-\[\]:]+?):(\d+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `log` is the path of what it wrote to standard error."""

    process: subprocess.Popen[str]
    scheme: str
    host: str
    port: int
    log: str

    @property
    def url(self) -> str:
        """Base URL for HTTP."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Base URL for WebSockets."""
        return f"ws{self.scheme[4:]}://{self.host}:{self.port}"

    def said(self) -> str:
        """What it has written to standard error so far."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def awaited(self, pattern: str) -> str:
        """The first group of `pattern` in its standard error, as soon as it is there."""
        deadline = time.monotonic() + START
        while not (found := re.search(pattern, self.said())):
            assert time.monotonic() < deadline, f"the server never said {pattern}:\n{self.said()}"
            time.sleep(0.01)
        return found[1]

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it and give its exit status; it is killed when it does not end in time."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


@contextmanager
def serving(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `myna serve` on a free port with further command line `arguments` until the block ends.

    Its data folder is a fresh one, unless the arguments or `env` name another.
    """
    command = [sys.executable, *_COMMAND, *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MYNA_", "CARTESIA_"))}
    with (
        tempfile.NamedTemporaryFile("w", prefix="myna-serve-", suffix=".log") as log,
        tempfile.TemporaryDirectory(prefix="myna-data-") as data,
    ):
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**clean, "MYNA_DATA": data, **(env or {})},
        )  # fmt: skip
        stdout = process.stdout
        assert stdout is not None
        watchdog = threading.Timer(START, process.kill)
        watchdog.start()
        drain: threading.Thread | None = None
        try:
            found = next((match for line in stdout if (match := _URL.search(line))), None)
            watchdog.cancel()
            if found is None:
                with open(log.name, encoding="utf-8", errors="replace") as said:
                    raise RuntimeError(f"myna serve ended before it was ready:\n{said.read()}")
            drain = threading.Thread(target=stdout.read, daemon=True)
            drain.start()
            server = Server(process, found[1], found[2], int(found[3]), log.name)
            yield server
            server.stop()
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            if drain is not None:
                drain.join(STOP)
            stdout.close()
