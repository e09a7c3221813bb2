"""`myna serve`."""

from __future__ import annotations

import logging

from myna.server.run import serve as run
from myna.server.settings import Settings


def serve(settings: Settings, log_level: str) -> int:
    """Serve until a signal ends it; the exit status.

    Args:
        settings: what the server is told.
        log_level: name of the least severe messages that are logged.
    """
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return run(settings)
