"""What both kinds of WebSocket share about TCP and TLS."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from myna.speech.errors import ConnectionLost, DeadlineExceeded, MynaError
from myna.transport.deadlines import Deadline
from myna.transport.protocols import Target
from myna.transport.proxies import proxy_for, tunnel

if TYPE_CHECKING:
    from ssl import SSLContext


def prepare(sock: socket.socket) -> None:
    """Send small messages at once, and let the kernel notice peers that have vanished."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        with suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def tls_settings(target: Target) -> SSLContext:
    """The TLS settings for this target; `SSL_CERT_FILE` names further trusted certificates."""
    if target.ssl is not None:
        return target.ssl
    import ssl

    return ssl.create_default_context()


def busy_errors(target: Target) -> tuple[type[OSError], ...]:
    """What a socket of this target raises when it would have to wait."""
    if not target.url.startswith("wss:"):
        return (BlockingIOError,)
    import ssl

    return (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def open_socket(target: Target, host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to `host`, through the proxy of the environment where there is one.

    Raises:
        OSError: there is no way, or not in time.
        ConnectionLost: the proxy refuses.
    """
    proxy = proxy_for(target.url)
    if proxy is not None:
        return tunnel(proxy, host, port, deadline)
    return socket.create_connection((host, port), timeout=deadline.left())


def too_late(target: Target) -> DeadlineExceeded:
    """The error for a connection that was not there in time."""
    return DeadlineExceeded(f"No connection to {_place(target)} within {target.open_timeout} s.")


def no_connection(target: Target, error: OSError) -> MynaError:
    """The error for a connection that failed."""
    if isinstance(error, TimeoutError):
        return too_late(target)
    return ConnectionLost(
        f"No connection to {_place(target)} ({error}); check that the server runs and the address is right."
    )


def _place(target: Target) -> str:
    return target.url.partition("?")[0]
