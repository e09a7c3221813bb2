"""The guards around every test guard."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from tests.conftest import _holdings, _more


def test_open_files_threads_and_children_are_seen() -> None:
    before = _holdings()
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="left behind")
    thread.start()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        found = "\n".join(_more(before, _holdings()))
        assert "left behind" in found
        assert str(child.pid) in found
        assert "open files" in found
    finally:
        release.set()
        thread.join()
        child.communicate(b"\n")
    assert _more(before, _holdings()) == []


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as client, pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        client.connect(("192.0.2.1", 80))


def test_a_clean_test_passes_the_leak_check(no_leaks: None, free_port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", free_port)) as server,
        socket.create_connection(server.getsockname()),
    ):
        pass


async def test_tasks_are_watched(no_leaks: None, no_tasks_left: None) -> None:
    import asyncio

    await asyncio.create_task(asyncio.sleep(0))
