"""Fixtures that every test may ask for."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from tests.serving import Server, serving

SETTLE = 5.0
"""Seconds in which what a test started must be gone after it."""


def pytest_xdist_auto_num_workers() -> int:
    """Three processes of tests for two processors: much of the time they wait for others."""
    return max(3 * (psutil.cpu_count() or 1) // 2, 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages take longest: begun last, they would be waited for."""
    items.sort(key=lambda item: "docs" not in item.path.parts)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: who looks for garbage need not look there."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def stay_on_this_machine() -> Iterator[None]:
    """Refuse connections to any other machine, whatever a test does."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]).partition("%")[0]
            if host != "localhost" and not _loopback(host):
                raise ConnectionRefusedError(f"tests stay on this machine; refused: {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


@pytest.fixture(autouse=True)
def no_keys_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the user's own settings and data."""
    for name in list(os.environ):
        if name.startswith(("MYNA_", "CARTESIA_")) and name != "MYNA_CORPUS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MYNA_DATA", str(tmp_path_factory.getbasetemp() / f"data-{uuid4()}"))


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of recorded speech that MYNA_CORPUS names."""
    folder = os.environ.get("MYNA_CORPUS")
    if not folder:
        pytest.skip("MYNA_CORPUS is not set: no recorded speech on this machine")
    path = Path(folder)
    assert (path / "manifest.tsv").is_file(), f"MYNA_CORPUS has no manifest.tsv: {path}"
    return path


@pytest.fixture(scope="session")
def myna_server() -> Iterator[Server]:
    """One `myna serve` on a free port of 127.0.0.1, open to everybody, for all tests that leave it whole."""
    with serving() as server:
        yield server


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """Fail when this process has more open files, threads or children after the test than before."""
    gc.collect()
    before = _holdings()
    yield
    deadline = time.monotonic() + SETTLE
    while leaked := _more(before, _holdings()):
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + "; ".join(leaked))
        gc.collect()
        time.sleep(0.02)


@pytest.fixture
async def no_tasks_left() -> AsyncIterator[None]:
    """Fail when asyncio tasks are left after an asynchronous test."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    deadline = time.monotonic() + SETTLE
    while left := {task for task in left if not task.done()}:
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + ", ".join(sorted(repr(task) for task in left)))
        await asyncio.sleep(0.02)


def _holdings() -> dict[str, list[str]]:
    return {
        "open files": _open_files(),
        # the event loop's own executor ends with its loop, after this look
        "threads": [t.name for t in threading.enumerate() if not t.name.startswith("asyncio_")],
        "child processes": [f"{child.pid} {child.name()}" for child in psutil.Process().children()],
    }


def _open_files() -> list[str]:
    names = []
    for fd in os.listdir("/dev/fd"):
        try:
            os.fstat(int(fd))
        except OSError:  # the descriptor of this very listing, closed by now
            continue
        try:
            names.append(f"{fd} -> {os.readlink(f'/dev/fd/{fd}')}")
        except OSError:  # only Linux has links here
            names.append(fd)
    return names


def _more(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    return [
        f"{kind}: {sorted(set(now) - set(before[kind]))}"
        for kind, now in after.items()
        if len(now) > len(before[kind])
    ]


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until a condition holds; fail when it does not within a generous time."""

    def wait(condition: Callable[[], bool], within: float = 20.0) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    return wait
