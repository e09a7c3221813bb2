"""Opening: safely, by one server, and only what this version understands."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from myna.library import Library, migrations, tables
from myna.library.place import DATABASE
from myna.speech.access import Usage
from myna.speech.errors import LibraryUnavailable, NotFound, Overloaded, UsageError
from myna.speech.voices import VoiceChanges
from tests.library.making import full, voice
from tests.library.place import Place

ROOT = Path(__file__).parents[2]
SERVER = """
import sys, pathlib
from myna.library import Library
library = Library.open(pathlib.Path(sys.argv[1]), serving=True)
print("open", flush=True)
sys.stdin.read()
"""


def test_what_was_kept_is_there_again(place: Place) -> None:
    with place.open(serving=True) as library:
        library.voices.add(full(), clip=b"clip")
    for serving in (True, False):
        with place.open(serving=serving) as library:
            assert library.voices.get(full().id) == full()
            assert library.voices.clip(full().id) == b"clip"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    mask = os.umask(0o000)
    try:
        with Library.open(tmp_path / "data", serving=True) as library:
            library.voices.add(voice(1), clip=b"clip")
            kept = sorted((tmp_path / "data").rglob("*"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_file()}
            folders = [path for path in [tmp_path / "data", *kept] if path.is_dir()]
            assert {"myna.db", "myna.db-wal"} <= modes.keys()
            assert set(modes.values()) == {0o600}, modes
            assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    finally:
        os.umask(mask)


def test_one_server_at_a_time(place: Place) -> None:
    with place.open(serving=True) as first:
        with pytest.raises(UsageError, match=f"process {os.getpid()}"):
            place.open(serving=True)
        with place.open() as beside:  # as the command line does
            beside.voices.add(voice(1))
        assert first.voices.get(voice(1).id) == voice(1)
    place.open(serving=True).close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_server_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as server:
        try:
            assert server.stdout is not None and server.stdout.readline() == b"open\n"
            with pytest.raises(UsageError, match=f"process {server.pid}"):
                Library.open(tmp_path, serving=True)
        finally:
            server.send_signal(signal.SIGKILL)
    Library.open(tmp_path, serving=True).close()


def test_closing_gives_everything_back(place: Place, no_leaks: None) -> None:
    library = place.open(serving=True)
    library.voices.add(voice(1), clip=b"clip")
    library.close()
    library.close()


def test_a_refused_open_gives_everything_back(tmp_path: Path, no_leaks: None) -> None:
    (tmp_path / "myna.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(UsageError, match="cannot be opened: file is not a database"):
        Library.open(tmp_path, serving=True)
    (tmp_path / "myna.db").unlink()
    Library.open(tmp_path, serving=True).close()


@pytest.mark.parametrize("content", [b"", b"a file"])
def test_a_data_folder_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(UsageError, match="data folder"):
        Library.open(tmp_path / "data")


def test_a_newer_database_is_refused(place: Place) -> None:
    with place.open() as library:
        engine = library.voices._database.engine
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match=r"newer version of Myna \(revision 9999\)"):
        place.open()


def test_many_may_make_it_at_once(place: Place) -> None:
    start = threading.Barrier(4)
    failures: list[Exception] = []

    def make(number: int) -> None:
        try:
            start.wait(10)
            with place.open() as library:
                library.voices.add(voice(number))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with place.open() as library:
        assert library.voices.count("ana") == 4


def test_the_steps_make_the_tables(place: Place) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory.from_config(migrations.config()).walk_revisions()
    assert tuple(step.revision for step in steps)[::-1] == migrations.REVISIONS
    with place.open() as library, library.voices._database.engine.connect() as connection:
        if place.database is None:  # Alembic cannot compare indices here; SQLite keeps all as it was written
            fresh = sa.create_engine("sqlite://")
            tables.metadata.create_all(fresh)
            with fresh.connect() as other:
                assert written(connection) == written(other)
            fresh.dispose()
        else:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, tables.metadata) == []


def written(connection: sa.Connection) -> dict[str, str]:
    """The statements that made the tables and indices, without their spaces."""
    rows = connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: "".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def test_the_library_is_light_until_it_is_opened() -> None:
    program = (
        "import sys; import myna.library; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'sqlalchemy', 'alembic', 'obstore', 'psycopg', 'msgspec'}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"


def test_an_up_to_date_database_needs_no_alembic(tmp_path: Path) -> None:
    Library.open(tmp_path).close()
    program = (
        "import pathlib, sys; from myna.library import Library; "
        "Library.open(pathlib.Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("mysql://root@127.0.0.1/myna", "of this kind"),
        ("host=/run user=me password=s3cret", "of this kind"),
        ("postgresql://user:s3cret@127.0.0.1:notaport/myna", "cannot be read"),
        ("postgresql://user:s3cret@127.0.0.1:1/myna", "cannot be opened"),
    ],
)
def test_database_urls_that_do_not_work(tmp_path: Path, database: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        Library.open(tmp_path, database=database)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("clips", ["ftp://host/x", "s3:///prefix", "clips", "s3://bucket/x?no_such=1"])
def test_clip_urls_that_do_not_work(tmp_path: Path, clips: str) -> None:
    with pytest.raises(UsageError):
        Library.open(tmp_path, clips=clips)
    Library.open(tmp_path, serving=True).close()


def test_a_store_of_clips_that_is_away(tmp_path: Path, free_port: int) -> None:
    clips = f"s3://bucket/x?endpoint=http://127.0.0.1:{free_port}&region=us-east-1"
    with Library.open(
        tmp_path, clips=f"{clips}&access_key_id=testing&secret_access_key=s3cret", serving=True
    ) as library:
        with pytest.raises(Overloaded) as refused:
            library.voices.add(voice(1), clip=b"clip")
        assert refused.value.status_code == 503
        assert "s3cret" not in str(refused.value)
        assert library.voices.count("ana") == 0
        assert library.voices.add(voice(1)) == voice(1)


def test_a_bucket_that_does_not_exist(tmp_path: Path, s3: Callable[[], str]) -> None:
    with (
        Library.open(tmp_path, clips=s3().replace("s3://myna-", "s3://other-")) as library,
        pytest.raises(NotFound, match="bucket"),
    ):
        library.voices.add(voice(1), clip=b"clip")


def test_a_database_that_stays_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myna.library.database.BUSY_SECONDS", 0.05)
    with Library.open(tmp_path) as library:
        library.voices.add(voice(1))
        other = sqlite3.connect(tmp_path / "myna.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded) as busy:
            library.voices.add(voice(2), clip=b"clip")
        assert busy.value.status_code == 503
        assert busy.value.retryable
        assert library.voices.get(voice(1).id) == voice(1)  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert library.voices.sweep(0) == 0
        assert library.voices.add(voice(2)) == voice(2)


def test_a_full_disk_keeps_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.voices.add(voice(1))
        database = library.voices._database

        @sa.event.listens_for(database.engine, "checkout")
        def limit(connection: sqlite3.Connection, *others: object) -> None:
            connection.execute("PRAGMA max_page_count=1")  # SQLite keeps to the pages that there are

        with pytest.raises(Overloaded):
            library.voices.add(full(), clip=b"clip")
        sa.event.remove(database.engine, "checkout", limit)
        assert library.voices.count("ana") == 1
        assert library.voices.sweep(0) == 0


def test_a_folder_of_clips_that_takes_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path, serving=True) as library:
        library.voices.add(voice(1), clip=b"clip")
        [folder] = (path for path in (tmp_path / "clips").iterdir() if path.is_dir())
        folder.rename(tmp_path / "away")
        with pytest.raises(LibraryUnavailable, match="folder of the clips") as refused:
            library.voices.add(full(), clip=b"clip")
        assert (refused.value.status_code, refused.value.error_code) == (503, "library_unavailable")
        assert refused.value.title == "Service unavailable"
        assert library.voices.count("ana") == 1
        (tmp_path / "away").rename(folder)
        assert library.voices.add(full(), clip=b"clip") == full()


@pytest.mark.parametrize("serving", [True, False])
def test_locks_that_cannot_be_opened(tmp_path: Path, serving: bool) -> None:
    with Library.open(tmp_path) as library:
        library.voices.add(voice(1), clip=b"clip")
    [lock] = (tmp_path / "clips").glob("*.lock")
    for path in (lock, tmp_path / "serving.lock"):
        path.unlink(missing_ok=True)
        path.mkdir()
    if serving:
        with pytest.raises(UsageError, match=r"serving\.lock cannot be opened"):
            Library.open(tmp_path, serving=True)
    else:
        with Library.open(tmp_path) as library, pytest.raises(LibraryUnavailable, match=r"\.lock cannot"):
            library.voices.add(full(), clip=b"clip")


FORKING = """
import os, sys, pathlib
from myna.library import Library
from tests.library.making import voice
library = Library.open(pathlib.Path(sys.argv[1]))
for number in range(5):
    library.voices.add(voice(number))
seen = library.generation()
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        assert library.generation() is not None
        for number in range(5):
            library.voices.add(voice(100 * (child + 1) + number), clip=b"clip")
        os._exit(0)
    children.append(pid)
for number in range(50, 60):
    library.voices.add(voice(number))
assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
assert library.generation() != seen
print(library.voices.count("ana"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_uses_connections_of_its_own(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", FORKING, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (told.returncode, told.stdout) == (0, "30\n"), told.stderr
    connection = sqlite3.connect(tmp_path / "myna.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_restarted_postgresql_costs_nothing(tmp_path: Path, postgresql: Callable[[], str]) -> None:
    import psycopg

    url = postgresql()
    with Library.open(tmp_path, database=f"{url}&application_name=cut") as library:
        library.voices.add(voice(1))
        with psycopg.connect(url, autocommit=True) as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'cut'"
            ).fetchall()
        assert cut and all(done for (done,) in cut)
        assert library.voices.add(voice(2)) == voice(2)
        assert library.voices.get(voice(1).id) == voice(1)


def test_generation_tells_of_every_writer(tmp_path: Path) -> None:
    with Library.open(tmp_path) as one, Library.open(tmp_path) as other:
        one.voices.add(voice(1))
        seen = one.generation()
        assert seen is not None
        one.voices.get(voice(1).id)
        assert one.generation() == seen
        other.voices.update(voice(1).id, VoiceChanges(name="New"))
        later = one.generation()
        assert later != seen
        one.voices.update(voice(1).id, VoiceChanges(name="Newer"))
        assert one.generation() not in (seen, later)


def test_generation_of_a_shared_database_is_unknown(tmp_path: Path, postgresql: Callable[[], str]) -> None:
    with Library.open(tmp_path, database=postgresql()) as library:
        assert library.generation() is None


def test_a_library_of_the_first_revision_keeps_its_usage(tmp_path: Path) -> None:
    from alembic import command

    engine = sa.create_engine(f"sqlite:///{tmp_path / DATABASE}")
    made = migrations.config()
    with engine.begin() as connection:
        made.attributes["connection"] = connection
        command.upgrade(made, "0001")
        connection.execute(sa.text("INSERT INTO usage VALUES ('', 739000, 3, 20, 1.5)"))
    engine.dispose()
    with Library.open(tmp_path) as library:
        (used,) = library.usage.of(None, date.fromordinal(739000))
        assert (used.requests, used.audio_seconds, used.heard_seconds) == (3, 1.5, 0.0)
        library.usage.add([Usage(None, used.day, heard_seconds=2.0)])
        (used,) = library.usage.of(None, used.day)
        assert (used.requests, used.heard_seconds) == (3, 2.0)
