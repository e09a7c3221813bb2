"""What a WebSocket is to the rest of Myna; any library or peer in memory can be one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from myna.speech.errors import ConnectionLost
from myna.wire.cartesia.listening.messages import HeardMessage
from myna.wire.cartesia.messages import ServerEvent

if TYPE_CHECKING:
    from ssl import SSLContext

Message = bytes | ServerEvent | HeardMessage
"""What arrives: JSON from a socket, typed messages from a peer in this very process."""

MAX_MESSAGE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to open a WebSocket.

    Attributes:
        url: ws or wss URL with its query.
        headers: sent with the handshake.
        max_size: largest message taken in, in bytes; None for no limit.
        compression: "deflate" to offer per-message compression, None to save the time.
        extensions, subprotocols: offered to the server.
        open_timeout: seconds for connecting and the handshake.
        close_timeout: seconds for the farewell; afterwards the connection is cut.
        ping_interval: seconds of silence after which the server is asked for a sign of life.
        ping_timeout: seconds for the server to give it.
        ssl: TLS settings for wss; None for the usual ones.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    max_size: int | None = MAX_MESSAGE_BYTES
    compression: str | None = None
    extensions: Sequence[Any] = ()
    subprotocols: Sequence[str] = ()
    open_timeout: float | None = 10.0
    close_timeout: float = 5.0
    ping_interval: float | None = 20.0
    ping_timeout: float | None = 20.0
    ssl: SSLContext | None = None


class HandshakeRefused(ConnectionLost):
    """The server answered the handshake with an HTTP status of its own.

    Attributes:
        status: the HTTP status.
        headers: pairs of name and value.
        body: the beginning of the response's body.
    """

    def __init__(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        super().__init__(
            f"The server refused the WebSocket with status {status}; check the address and the key."
        )
        self.status = status
        self.headers = list(headers)
        self.body = body


class WebSocket(Protocol):
    """One open connection, for threads: any number may send, one at a time may receive.

    A thread that waits in `send` takes in what arrives, where nobody else does, so that a server which
    waits for its own messages to be taken can go on.
    """

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        ...

    def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or bytes as a binary one; waits while the server takes nothing in.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: the server took nothing in for `timeout` seconds.
        """
        ...

    def receive(self, timeout: float | None) -> Sequence[Message]:
        """The messages that have arrived, at least one unless the time is up first; 0 does not wait.

        Raises:
            ConnectionLost: the connection ended and all its messages were taken.
        """
        ...

    def tend(self) -> None:
        """Ask a silent server for a sign of life; give up one that gave none."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye within `close_timeout` and free everything; idempotent."""
        ...

    def abort(self) -> None:
        """Free everything without a goodbye; never waits, may be called by the garbage collector."""
        ...


class AsyncWebSocket(Protocol):
    """One open connection, for asyncio: messages are handed over as they arrive."""

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection ended; None while it is open."""
        ...

    async def send(self, data: str | bytes, timeout: float | None) -> None:
        """Send one message: text, or bytes as a binary one; waits while the server takes nothing in.

        Raises:
            ConnectionLost: the connection ended.
            DeadlineExceeded: the server took nothing in for `timeout` seconds.
        """
        ...

    def post(self, data: str | bytes) -> None:
        """Have one message sent without waiting for it.

        Raises:
            ConnectionLost: the connection ended.
        """
        ...

    def pause(self) -> None:
        """Take nothing in until `resume`; the server has to wait."""
        ...

    def resume(self) -> None:
        """Take messages in again."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye within `close_timeout` and free everything; idempotent."""
        ...

    def abort(self) -> None:
        """Free everything without a goodbye; never waits."""
        ...


OnMessages = Callable[[Sequence[Message]], None]
OnLost = Callable[[ConnectionLost], None]


class Connect(Protocol):
    """Opens WebSockets for threads."""

    def __call__(self, target: Target) -> WebSocket:
        """Connect.

        Raises:
            HandshakeRefused: the server answered with another HTTP status than 101.
            ConnectionLost: no connection could be made.
            DeadlineExceeded: not within `open_timeout`.
        """
        ...


class AsyncConnect(Protocol):
    """Opens WebSockets for asyncio."""

    async def __call__(self, target: Target, on_messages: OnMessages, on_lost: OnLost) -> AsyncWebSocket:
        """Connect; from then on `on_messages` gets what arrives and `on_lost` the end.

        Raises:
            HandshakeRefused: the server answered with another HTTP status than 101.
            ConnectionLost: no connection could be made.
            DeadlineExceeded: not within `open_timeout`.
        """
        ...
