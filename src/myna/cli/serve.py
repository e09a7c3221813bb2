"""`myna serve`."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from myna.providers.local import LocalProvider
from myna.server.run import serve as run
from myna.server.settings import Settings


def serve(
    *,
    host: str,
    port: int,
    keys: tuple[str, ...],
    tls: str | None,
    data: Path | None,
    workers: int | None,
    any_model: bool,
    origins: tuple[str, ...],
    log_level: str,
) -> int:
    """Serve until a signal ends it; the exit status.

    Args:
        host: address to listen on.
        port: 0 takes a free one.
        keys: API keys that clients must show.
        tls: "self-signed", or None for plain HTTP.
        data: folder for what is kept; None for the user's own.
        workers: engine processes; None for one per core.
        any_model: whether unknown model ids are taken for the default.
        origins: web origins that may call; "*" is any.
        log_level: name of the least severe messages that are logged.
    """
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    provider = LocalProvider(workers=workers, any_model=any_model)
    settings = Settings(
        host=host,
        port=port,
        keys=keys,
        tls="self-signed" if tls else None,
        workers=workers,
        cors_origins=origins,
    )
    return run(settings if data is None else replace(settings, data=data), provider)
