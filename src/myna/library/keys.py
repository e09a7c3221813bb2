"""API keys: made, found by their secret, revoked."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from myna.library import rows
from myna.library.database import Database
from myna.library.tables import keys
from myna.speech.access import SCOPES, Key, KeyLimits
from myna.speech.errors import InvalidRequest, NotFound

_SECRET = re.compile(r"sk_myna_([0-9a-f]{16})_[0-9a-f]{64}", re.ASCII)


class Keys:
    """API keys. A key is shown once, when it is made; what is kept does not give it back.

    A plain SHA-256 of it is kept: behind 256 random bits there is nothing to guess, so a slow hash would
    only make every request slow.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        scopes: Collection[str] = SCOPES,
        limits: KeyLimits | None = None,
        *,
        owner: str | None = None,
    ) -> tuple[Key, str]:
        """Make a key.

        Args:
            name: what to call it.
            scopes: what it is allowed, of `SCOPES`.
            limits: what it may do at once.
            owner: whose voices and dictionaries it sees; None for its own, seen with no other key.

        Returns:
            The key, and its secret, which cannot be had again.

        Raises:
            InvalidRequest: an unknown scope, no scope, a limit below 1, or a text that cannot be kept.
        """
        if unknown := sorted(set(scopes) - set(SCOPES)):
            raise InvalidRequest(f"Unknown scope {unknown[0][:40]!r}; there are {', '.join(SCOPES)}.")
        if not scopes:
            raise InvalidRequest(f"A key needs a scope; there are {', '.join(SCOPES)}.")
        limits = limits or KeyLimits()
        if any(value is not None and value < 1 for value in asdict(limits).values()):
            raise InvalidRequest("The limits of a key are 1 or more; revoke a key that is to do nothing.")
        part = secrets.token_hex(8)
        secret = f"sk_myna_{part}_{secrets.token_hex(32)}"
        id = f"key_{part}"
        key = Key(id, name, owner or id, datetime.now(UTC), frozenset(scopes), limits)
        row = {
            "id": id,
            "digest": _digest(secret),
            "name": rows.text(name),
            "owner": rows.text(key.owner),
            "scopes": sorted(scopes),
            "limits": asdict(limits),
            "created_at": rows.microseconds(key.created_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(keys), row)
        return key, secret

    def find(self, secret: str) -> Key | None:
        """The key with this secret; None where there is none, or it was revoked."""
        # ASCII digits only: what compares equal in one alphabet must not be looked up in another
        if not (shown := _SECRET.fullmatch(secret)):
            return None
        with self._database.reading() as connection:
            row = connection.execute(sa.select(keys).where(keys.c.id == f"key_{shown[1]}")).first()
        kept = bytes(32) if row is None else bytes(row.digest)
        same = hmac.compare_digest(_digest(secret), kept)
        return _key(row) if same and row is not None and row.revoked_at is None else None

    def get(self, id: str) -> Key:
        """The key with this public id, good or revoked.

        Raises:
            NotFound: there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(keys).where(keys.c.id == id)).first()
        if row is None:
            raise _not_found(id)
        return _key(row)

    def list(self, *, revoked: bool = True) -> list[Key]:
        """All keys, oldest first; without the revoked ones on demand."""
        query = sa.select(keys).order_by(keys.c.created_at, keys.c.id)
        with self._database.reading() as connection:
            found = connection.execute(query if revoked else query.where(keys.c.revoked_at.is_(None)))
            return [_key(row) for row in found]

    def revoke(self, id: str) -> Key:
        """Refuse a key from now on; once more is no error.

        Raises:
            NotFound: there is none with this id.
        """
        now = rows.microseconds(datetime.now(UTC))
        with self._database.writing() as connection:
            row = connection.execute(
                sa.update(keys)
                .where(keys.c.id == id)
                .values(revoked_at=sa.func.coalesce(keys.c.revoked_at, now))
                .returning(*keys.c)
            ).first()
        if row is None:
            raise _not_found(id)
        return _key(row)

    def touch(self, used: Mapping[str, datetime]) -> None:
        """Note when keys, by their ids, were last used; to be called now and then, not at each request."""
        if not used:
            return
        statement = (
            sa.update(keys)
            .where(keys.c.id == sa.bindparam("key_id"))
            .where(sa.or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < sa.bindparam("at")))
            .values(last_used_at=sa.bindparam("at"))
        )
        # in one order everywhere: two servers would otherwise wait for each other
        values = [{"key_id": id, "at": rows.microseconds(at)} for id, at in sorted(used.items())]
        with self._database.writing() as connection:
            connection.execute(statement, values)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        owner=row.owner,
        created_at=rows.moment(row.created_at),
        scopes=frozenset(row.scopes),
        limits=KeyLimits(**row.limits),
        revoked_at=None if row.revoked_at is None else rows.moment(row.revoked_at),
        last_used_at=None if row.last_used_at is None else rows.moment(row.last_used_at),
    )


def _not_found(id: str) -> NotFound:
    return NotFound(f"There is no key {id[:64]!r}; `myna keys list` shows which there are.")
