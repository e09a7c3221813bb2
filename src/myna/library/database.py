"""The database: opened, brought up to date, and used in transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from myna.library import migrations, tables
from myna.library.place import DATABASE
from myna.speech.errors import InvalidRequest, LibraryUnavailable, UsageError

BUSY_SECONDS = 15.0
"""How long a write waits for another process's, and a call for a free connection."""

# what is written into the tables is not written into errors
_POOL: dict[str, Any] = {
    "pool_size": 4,
    "max_overflow": 8,
    "pool_timeout": BUSY_SECONDS,
    "hide_parameters": True,
}
_SQLITE = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # survives not only kill -9 but also a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
)
_TIMEOUTS = "-c statement_timeout=30000 -c lock_timeout=15000"
_inherited: list[sqlite3.Connection] = []
"""Connections of a parent process, kept so that nothing closes them here."""

_UPGRADE_LOCK = 0x6D796E61
"""Of PostgreSQL's advisory locks, the one under which a database is brought up to date."""


class Database:
    """An engine of SQLAlchemy, and what differs between the two kinds of database.

    Attributes:
        engine: whose pool of connections is used.
        shared: whether several servers may use it at once: PostgreSQL.
        library_id: the id of the library that is in it.
    """

    def __init__(self, url: str | None, folder: Path) -> None:
        """Open the database, and make or upgrade its tables where needed.

        Args:
            url: `postgresql://…`; None for the SQLite database in `folder`.
            folder: the data folder; it exists.

        Raises:
            UsageError: no such kind of database, it cannot be reached or read, or a newer Myna made it.
        """
        self.shared = url is not None
        self._place = "The database" if url is not None else str(folder / DATABASE)
        self._file = folder / DATABASE
        self._process = os.getpid()
        self._watch: sqlite3.Connection | None = None
        self._watching = threading.Lock()
        self.engine = _postgresql(url) if url is not None else _sqlite(folder / DATABASE)
        try:
            with self._opening():
                self._upgrade()
                with self.reading() as connection:
                    self.library_id: str = connection.execute(sa.select(tables.library.c.id)).scalar_one()
                if url is None:
                    self._watch = self._watcher()
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads, and sees one state of the whole."""
        self._after_fork()
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes: all of it is kept when the block ends, or none.

        Raises:
            InvalidRequest: text that cannot be kept.
            Overloaded: the database cannot be reached or is busy for too long; nothing was kept.
        """
        self._after_fork()
        with self._told(), self.engine.connect() as connection:
            # taken at the start: two that read first and then both write would refuse each other
            with connection.execution_options(myna_begin="BEGIN IMMEDIATE").begin():
                yield connection

    def generation(self) -> int | None:
        """A number that changes with every write of any process; None where only asking tells."""
        self._after_fork()
        with self._watching:
            if self._watch is None:
                return None
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Give back all connections; idempotent."""
        self.engine.dispose()
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None

    def contains(self, column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
        """Whether a column contains a text, each character of which stands for itself."""
        find = sa.func.strpos if self.shared else sa.func.instr
        return find(column, text) > 0

    def _watcher(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )

    def _after_fork(self) -> None:
        """Leave the connections of the parent process to it, and use new ones."""
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        self.engine.dispose(close=False)
        self._watching = threading.Lock()  # a thread that is not here may hold the old one
        if self._watch is not None:
            # not closed: that would free locks of the file, of which the process has one set only
            _inherited.append(self._watch)
            self._watch = self._watcher()

    def _upgrade(self) -> None:
        known = migrations.REVISIONS
        with self.engine.connect() as connection:
            if (found := _revision(connection)) == known[-1]:
                return
        if found is None or found in known:
            with self.engine.connect() as connection:
                with connection.execution_options(myna_begin="BEGIN EXCLUSIVE").begin():
                    if self.shared:
                        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
                    if _revision(connection) != known[-1]:  # else another process was faster
                        migrations.upgrade(connection)
            return
        raise UsageError(
            f"{self._place} is of a newer version of Myna (revision {found[:40]}): update Myna, "
            "or use another data folder or database."
        )

    @contextlib.contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (exc.DBAPIError, sqlite3.Error) as error:
            cause = str(error.orig if isinstance(error, exc.DBAPIError) else error).strip()
            raise UsageError(f"{self._place} cannot be opened: {cause}.") from None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Tell of errors of the database without its statements, parameters and addresses."""
        try:
            yield
        except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            raise LibraryUnavailable(
                "The library cannot be used at the moment: its database is busy, full or out of reach.",
                retry_after=1.0,
            ) from error
        except (exc.DataError, UnicodeEncodeError):
            raise InvalidRequest("A text holds characters that cannot be kept.") from None


def _sqlite(path: Path) -> sa.Engine:
    try:
        # SQLite gives its other files the mode of this one
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}.") from None
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        **_POOL,
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not where sqlite3 guesses
        for pragma in _SQLITE:
            connection.execute(pragma)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("myna_begin", "BEGIN"))

    return engine


def _postgresql(url: str) -> sa.Engine:
    if not url.startswith(("postgresql://", "postgres://")):
        # nothing of it is told: what is no URL may be a password
        raise UsageError("Cannot use a database of this kind: give postgresql://USER:PASSWORD@HOST/NAME.")
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except (exc.ArgumentError, ValueError):
        raise UsageError(
            "The database URL cannot be read: give postgresql://USER:PASSWORD@HOST/NAME."
        ) from None
    given = parsed.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    try:
        return sa.create_engine(
            parsed,
            **_POOL,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": f"{_TIMEOUTS} {options}".strip()},
        )
    except ImportError:
        raise UsageError("PostgreSQL needs its driver: pip install 'myna[postgres]'.") from None


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
