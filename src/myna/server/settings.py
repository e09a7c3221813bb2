"""What a server is told at its start."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from myna.engines.protocols import LONGEST_RECORDING
from myna.library.place import default_data_folder
from myna.speech.errors import UsageError
from myna.wire.cartesia.live.connection import IDLE_SECONDS

SECRET_CHARACTERS = 32
"""Least length of what access tokens are signed with."""


def _token_secret() -> str | None:
    return os.environ.get("MYNA_TOKEN_SECRET") or None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what one server takes on; sizes in bytes, times in seconds.

    Attributes:
        body: size of a JSON body.
        frame: size of a WebSocket message; a larger one closes the socket with 1009.
        audio_frame: size of a message with audio to be listened to, as of `frame`.
        upload: size of a form with files.
        upload_seconds: time for sending one, of which none longer than `header_seconds` may be silent.
        recording: size of a form with a recording to be written down.
        recording_seconds: time for sending one.
        uploads: forms that come in at once.
        headers: size of a request's line and headers.
        header_seconds: time for sending them, and for sending the body after them.
        transcript: characters of one transcript.
        contexts: texts, live streams and recordings in work at once, over all connections.
        contexts_per_socket: streams of speech at once on one WebSocket.
        sockets: WebSockets at once.
        contexts_per_key: the same with one key that has no limit of its own.
        sockets_per_key: the same for WebSockets; None for ten times the key's streams of speech.
        requests_per_minute: the same for requests of any kind within a minute; None for as many as come.
        stall_seconds: time for which a client may take nothing of what is sent to it.
        context_expiry: silence after which an open context is closed.
        idle_seconds: silence after which a WebSocket is closed.
        listening_idle_seconds: the same for one that listens.
        drain_seconds: time for speech to end after the first signal to stop.
    """

    body: int = 1 << 20
    frame: int = 1 << 20
    audio_frame: int = 4 << 20
    upload: int = 200 << 20
    upload_seconds: float = 900.0
    recording: int = 2 << 30
    recording_seconds: float = 3600.0
    uploads: int = 32
    headers: int = 64 << 10
    header_seconds: float = 20.0
    transcript: int = 500_000
    contexts: int = 1000
    contexts_per_socket: int = 256
    sockets: int = 1000
    contexts_per_key: int = 256
    sockets_per_key: int | None = None
    requests_per_minute: int | None = None
    stall_seconds: float = 120.0
    context_expiry: float = 5.0
    idle_seconds: float = 300.0
    listening_idle_seconds: float = IDLE_SECONDS
    drain_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how a server answers.

    Attributes:
        host, port: where to listen; port 0 takes a free one.
        keys: API keys of which a client must show one; none lets everybody in, on loopback only.
        data: folder for what is kept.
        tls: "self-signed" makes a certificate and speaks TLS with it.
        database: where voices, dictionaries, keys and usage are kept (`postgresql://…`); None for the data
            folder.
        clips: where recordings are kept (`s3://…`); None for the data folder.
        token_secret: what access tokens are signed with; None for a secret that is made once and kept in
            the data folder.
        clone_from_urls: whether clips may be fetched from where a client says: from "public" addresses or,
            where everybody who may call is trusted with this machine's network, from "any".
        require_consent: whether voices are cloned only where the consent of the speaker is declared.
        workers: engine processes; None for one per core.
        any_model: whether unknown model ids are taken for the default.
        whisper_models: names and folders of Whisper models that clients may ask for, beside those that
            everybody knows.
        longest_recording: seconds of the longest recording that is written down.
        cors_origins: web pages that may call; "*" is any.
        limits: what is taken on.
        access_log: whether to log each request.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    keys: tuple[str, ...] = field(default=(), repr=False)
    data: Path = field(default_factory=default_data_folder)
    tls: Literal["self-signed"] | None = None
    database: str | None = field(default=None, repr=False)
    clips: str | None = field(default=None, repr=False)
    token_secret: str | None = field(default_factory=_token_secret, repr=False)
    clone_from_urls: Literal["public", "any"] | None = None
    require_consent: bool = False
    workers: int | None = None
    any_model: bool = False
    whisper_models: tuple[str, ...] = ()
    longest_recording: float = LONGEST_RECORDING
    cors_origins: tuple[str, ...] = ("*",)
    limits: Limits = Limits()
    access_log: bool = True

    def check(self, *, keyed: bool = False) -> None:
        """Refuse what would be unsafe or cannot work.

        Args:
            keyed: whether there are keys beside those of the settings.

        Raises:
            UsageError: open to other machines without a key, an empty key, a secret that can be guessed,
                or no such port.
        """
        if not 0 <= self.port <= 65535:
            raise UsageError(f"There is no port {self.port}; choose one from 0 to 65535.")
        if any(not key.strip() for key in self.keys):
            raise UsageError("An API key is empty; give one with characters in it.")
        if self.token_secret is not None and len(self.token_secret) < SECRET_CHARACTERS:
            raise UsageError(
                f"MYNA_TOKEN_SECRET is too short: give at least {SECRET_CHARACTERS} random characters."
            )
        if not (self.keys or keyed or is_loopback(self.host)):
            raise UsageError(
                f"Refusing to serve {self.host} to other machines without an API key: make one with "
                "`myna keys create NAME`, add --api-key KEY, or listen on 127.0.0.1."
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
