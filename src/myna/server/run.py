"""From settings to a server that answers, and its orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from myna.providers.protocols import Provider
from myna.server.app import create_app
from myna.server.guarded import guarded, guarded_socket
from myna.server.house import House
from myna.server.settings import Settings
from myna.server.tls import self_signed
from myna.speech.errors import MynaError, UsageError

if TYPE_CHECKING:
    from myna.library import Library

OK, CANNOT_START, REFUSED = 0, 1, 2
"""Exit codes of `serve`."""

FINISH_SECONDS = 1.0
"""Time for what was stopped to notice it."""

PING_SECONDS = 20.0
PONG_SECONDS = 100.0
"""Time for the answer to a ping; a slow reader sees the ping late."""


def serve(settings: Settings, provider: Provider | None = None) -> int:
    """Serve until a signal ends it; the exit code. Prints one line with the URL once it answers.

    The first SIGTERM or SIGINT lets speech end, the second ends at once.
    """
    _log_to_stderr()
    try:
        library = _library(settings)
    except UsageError as error:
        return _complain(error.message, CANNOT_START)
    with library:
        try:
            settings.check(keyed=bool(library.keys.list()))
            listener = bind(settings)
        except UsageError as error:
            return _complain(error.message, REFUSED)
        except OSError as error:
            return _complain(_why_not(settings, error), CANNOT_START)
        with listener:
            try:
                server = Server(settings, provider or _local(settings, library), listener, library)
            except MynaError as error:
                return _complain(error.message, CANNOT_START)
            except OSError as error:
                return _complain(
                    f"Cannot keep a certificate in {settings.data}: {error.strerror}.", CANNOT_START
                )
            return server.run_to_end()


class Server(uvicorn.Server):
    """Uvicorn with a ready line, and with speech that may end before the sockets do."""

    def __init__(
        self,
        settings: Settings,
        provider: Provider,
        listener: socket.socket,
        library: Library | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self.settings = settings
        self._listener = listener
        self._quiet = quiet
        self._certificate = self_signed(settings.data / "tls", settings.host) if settings.tls else None
        app = create_app(provider, settings, library)
        self.house: House = app.state.house
        super().__init__(_config(app, settings, self._certificate))

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://{host}:{self._listener.getsockname()[1]}"

    def run_to_end(self) -> int:
        """Serve on a fresh event loop; the exit code."""
        try:
            self.run(sockets=[self._listener])
        except SystemExit as error:
            if self.house.failure is not None:
                return _complain(f"Cannot start: {self.house.failure}", CANNOT_START)
            return error.code if isinstance(error.code, int) else CANNOT_START
        return OK

    async def begin(self) -> None:
        """Answer on the running event loop and leave the signals of the process alone."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup([self._listener])
        await self.on_tick(0)

    async def finish(self) -> None:
        """End what `begin` began, at once."""
        self.force_exit = True
        for server in self.servers:
            server.close()
        self.house.drain()
        self.house.evict()
        until = asyncio.get_running_loop().time() + FINISH_SECONDS
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.tasks and asyncio.get_running_loop().time() < until:
            await asyncio.wait(set(self.server_state.tasks), timeout=0.1)
            for connection in list(self.server_state.connections):
                connection.shutdown()
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so."""
        await super().startup(sockets)
        if not self.should_exit and not self._quiet:
            gc.collect()
            gc.freeze()  # what is here stays; looking through it again would only delay speech
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take on nothing new, let speech end within its time, then close."""
        for server in self.servers:
            server.close()
        self.house.drain()
        await self._await_quiet()
        self.house.evict()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.house.emptied(), 0.0 if self.force_exit else 1.0)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving; unlike uvicorn's, a drained server ends with code 0."""
        try:
            known = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        except ValueError:  # not the main thread
            known = {}
        try:
            yield
        finally:
            for each, handler in known.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the second ends at once."""
        if self.should_exit:
            self.force_exit = True
            self.config.timeout_graceful_shutdown = 0
        self.should_exit = True

    async def _await_quiet(self) -> None:
        emptied = asyncio.ensure_future(self.house.emptied())
        until = asyncio.get_running_loop().time() + self.settings.limits.drain_seconds
        while not emptied.done() and not self.force_exit and asyncio.get_running_loop().time() < until:
            await asyncio.wait({emptied}, timeout=0.1)
        emptied.cancel()

    def _announce(self) -> None:
        sys.stdout.write(f"Myna is ready at {self.url}\n")
        sys.stdout.flush()
        if not self.house.keyring.needed:
            _say("No API key is set: every program on this machine may use it.")
        if self._certificate:
            _say(f"The certificate is its own; let clients trust it: SSL_CERT_FILE={self._certificate[0]}")


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _config(app: Any, settings: Settings, certificate: tuple[Any, Any] | None) -> uvicorn.Config:
    limits = settings.limits
    return uvicorn.Config(
        app,
        loop="auto",
        http=guarded(limits),
        ws=guarded_socket(limits),
        ws_max_size=limits.frame,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=certificate[1] if certificate else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )


def bind(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say; `OSError` where it cannot."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # only of sockets that say TCP do event loops send small answers at once
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host.strip("[]"), settings.port))
        listener.listen(2048)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _why_not(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Cannot listen on {settings.host}: port {settings.port} is taken by another program; "
            "choose another with --port, or --port 0 for a free one."
        )
    reason = (error.strerror or str(error)).lower()
    return (
        f"Cannot listen on {settings.host} port {settings.port}: {reason}; choose others with --host, --port."
    )


def _library(settings: Settings) -> Library:
    from myna.library import Library

    return Library.open(settings.data, database=settings.database, clips=settings.clips, serving=True)


def _local(settings: Settings, library: Library) -> Provider:
    from myna.providers.local import LocalProvider

    return LocalProvider(
        workers=settings.workers,
        any_model=settings.any_model,
        library=library,
        require_consent=settings.require_consent,
        longest_recording=settings.longest_recording,
        whisper_models=settings.whisper_models,
    )


def _log_to_stderr() -> None:
    """Where the program has set up no logging of its own."""
    if not logging.getLogger("myna").hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s level=%(levelname)s logger=%(name)s %(message)s"))
        logging.getLogger("myna").addHandler(handler)


def _complain(message: str, code: int) -> int:
    _say(message)
    return code


def _say(line: str) -> None:
    sys.stderr.write(f"myna: {line}\n")
    sys.stderr.flush()


logging.getLogger("uvicorn").addHandler(logging.NullHandler())
