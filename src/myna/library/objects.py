"""The clips that voices were made of, as objects of a store that is reached by URL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from myna.library.clips import Owned
from myna.speech.errors import LibraryUnavailable, NotFound, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "s3a", "gs", "az", "azure")
"""Kinds of stores, as the first part of a URL."""


class Objects:
    """Clips in a bucket of S3 or of what speaks like it, Google Cloud Storage or Azure.

    An object appears when all of it was sent: there are no half-made ones.
    """

    settles = False

    def __init__(self, url: str, library_id: str) -> None:
        """Use a store; nothing is sent yet.

        Args:
            url: `s3://BUCKET/PREFIX`, with settings of the store as its query (`?endpoint=…&region=…`);
                credentials come from the environment, as with the store's own tools.
            library_id: under which the clips are kept, beside those of other libraries.

        Raises:
            UsageError: no such kind of store, or the URL cannot be read.
        """
        self._store = _store(url, library_id)

    def adding(self) -> contextlib.AbstractContextManager[object]:
        """See `Clips`."""
        return contextlib.nullcontext()

    def put(self, id: str, source: Path | bytes) -> None:
        """See `Clips`."""
        with _told():
            # in one request, which leaves no parts behind when it ends early
            self._store.put(id, source, use_multipart=False)

    def get(self, id: str) -> bytes:
        """See `Clips`."""
        with _told():
            return bytes(self._store.get(id).bytes())

    def remove(self, id: str) -> None:
        """See `Clips`."""
        with _told(), contextlib.suppress(FileNotFoundError):
            self._store.delete(id)

    def sweep(self, owned: Owned, older_than_seconds: float) -> int:
        """See `Clips`."""
        removed = 0
        newest = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        with _told():
            for objects in self._store.list(chunk_size=500):
                # listed before the database is asked: what got a voice in between is seen to have one
                old = [found["path"] for found in objects if found["last_modified"] <= newest]
                kept = owned(old)
                if orphans := [path for path in old if path not in kept]:
                    self._store.delete(orphans)
                    removed += len(orphans)
        return removed

    def close(self) -> None:
        """See `Clips`."""


def _store(url: str, library_id: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise UsageError(
            f"Cannot keep clips at a URL of kind {parts.scheme[:40]!r}: give s3://BUCKET/PREFIX."
        )
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise UsageError("Clips in an object store need a library: pip install 'myna[s3]'.") from None
    config: Any = dict(parse_qsl(parts.query))
    place = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/{library_id}"
    try:
        return from_url(
            place,
            config=config,
            client_options={
                "timeout": "60s",
                "connect_timeout": "5s",
                "allow_http": config.get("endpoint", "").startswith("http://"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    except (BaseError, ValueError, TypeError):
        raise UsageError(
            "The URL of the clips cannot be used: give s3://BUCKET/PREFIX, and no other settings behind it "
            "than those of the store (endpoint, region)."
        ) from None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell of errors of the store without its addresses, which may hold credentials."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except FileNotFoundError:
        raise NotFound("The clip of this voice, or the bucket of all clips, is gone.") from None
    except BaseError as error:
        refused = isinstance(error, PermissionDeniedError | UnauthenticatedError)
        raise LibraryUnavailable(
            "The store of the clips refuses this server's credentials: tell its operator."
            if refused
            else "The store of the clips cannot be used at the moment.",
            retry_after=1.0,
        ) from None
