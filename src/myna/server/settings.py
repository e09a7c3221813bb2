"""What a server is told at its start."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from myna.library.place import default_data_folder
from myna.speech.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what one server takes on; sizes in bytes, times in seconds.

    Attributes:
        body: size of a JSON body.
        frame: size of a WebSocket message; a larger one closes the socket with 1009.
        upload: size of a form with files.
        upload_seconds: time for sending one, of which none longer than `header_seconds` may be silent.
        uploads: forms that come in at once.
        headers: size of a request's line and headers.
        header_seconds: time for sending them, and for sending the body after them.
        transcript: characters of one transcript.
        contexts: streams of speech at once, over all connections.
        contexts_per_socket: streams of speech at once on one WebSocket.
        sockets: WebSockets at once.
        stall_seconds: time for which a client may take nothing of what is sent to it.
        context_expiry: silence after which an open context is closed.
        idle_seconds: silence after which a WebSocket is closed.
        drain_seconds: time for speech to end after the first signal to stop.
    """

    body: int = 1 << 20
    frame: int = 1 << 20
    upload: int = 200 << 20
    upload_seconds: float = 900.0
    uploads: int = 32
    headers: int = 64 << 10
    header_seconds: float = 20.0
    transcript: int = 500_000
    contexts: int = 1000
    contexts_per_socket: int = 256
    sockets: int = 1000
    stall_seconds: float = 120.0
    context_expiry: float = 5.0
    idle_seconds: float = 300.0
    drain_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how a server answers.

    Attributes:
        host, port: where to listen; port 0 takes a free one.
        keys: API keys of which a client must show one; none lets everybody in, on loopback only.
        data: folder for what is kept.
        tls: "self-signed" makes a certificate and speaks TLS with it.
        workers: engine processes; None for one per core.
        cors_origins: web pages that may call; "*" is any.
        limits: what is taken on.
        access_log: whether to log each request.
        clone_from_links: whether voices may be cloned from links, "public" ones or, where everybody who may
            call is trusted with this machine's network, "any".
    """

    host: str = "127.0.0.1"
    port: int = 8000
    keys: tuple[str, ...] = field(default=(), repr=False)
    data: Path = field(default_factory=default_data_folder)
    tls: Literal["self-signed"] | None = None
    workers: int | None = None
    cors_origins: tuple[str, ...] = ("*",)
    limits: Limits = Limits()
    access_log: bool = True
    clone_from_links: Literal["public", "any"] | None = None

    def check(self) -> None:
        """Refuse what would be unsafe or cannot work.

        Raises:
            UsageError: open to other machines without a key, an empty key, or no such port.
        """
        if not 0 <= self.port <= 65535:
            raise UsageError(f"There is no port {self.port}; choose one from 0 to 65535.")
        if any(not key.strip() for key in self.keys):
            raise UsageError("An API key is empty; give one with characters in it.")
        if not self.keys and not is_loopback(self.host):
            raise UsageError(
                f"Refusing to serve {self.host} to other machines without an API key: "
                "add --api-key KEY, or listen on 127.0.0.1."
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
