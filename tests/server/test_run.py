"""A server as a process: its ready line, its refusals, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import websockets.sync.client

from myna.server.tls import self_signed
from tests.server.conftest import body

SERVE = textwrap.dedent("""
    import sys
    from pathlib import Path
    from myna.server.run import serve
    from myna.server.settings import Limits, Settings
    from myna.testing.provider import Script, ScriptedProvider
    limits = Limits(drain_seconds={drain})
    settings = Settings(host="{host}", port={port}, data=Path("{data}"), tls={tls}, limits=limits)
    sys.exit(serve(settings, ScriptedProvider(Script(delay=0.1, stalls=frozenset(["wait"])))))
""")


def command(
    data: Path, *, host: str = "127.0.0.1", port: int = 0, tls: str = "None", drain: float = 5.0
) -> list[str]:
    return [sys.executable, "-c", SERVE.format(data=data, host=host, port=port, tls=tls, drain=drain)]


@contextmanager
def running(arguments: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its URL."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Myna is ready at http"), line
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.communicate(timeout=20)


def stop(process: subprocess.Popen[str], how: int = signal.SIGTERM) -> int:
    process.send_signal(how)
    return process.wait(20)


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=10)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ready_line_and_quiet_end(tmp_path: Path, how: int) -> None:
    with running(command(tmp_path)) as (process, url):
        assert get(url + "/readyz").status_code == 200
        assert stop(process, how) == 0
        assert process.stderr is not None
        assert "No API key is set" in process.stderr.read()


def test_ipv6(tmp_path: Path) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with running(command(tmp_path, host="::1")) as (process, url):
        assert url.startswith("http://[::1]:")
        assert get(url).status_code == 200
        assert stop(process) == 0


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(command(tmp_path, port=port), capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert f"port {port}" in ended.stderr and "--port" in ended.stderr


def test_other_machines_are_refused_without_a_key(tmp_path: Path) -> None:
    ended = subprocess.run(command(tmp_path, host="0.0.0.0"), capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "--api-key" in ended.stderr


def test_the_first_signal_lets_speech_end(tmp_path: Path) -> None:
    with running(command(tmp_path)) as (process, url):
        address = url.replace("http", "ws", 1) + "/tts/websocket"
        idle = websockets.sync.client.connect(address, proxy=None, legacy=True)
        with websockets.sync.client.connect(address, proxy=None) as talking:
            talking.send(json.dumps(body(context_id="a", transcript="one two three four five six")))
            talking.recv(timeout=10)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosedOK) as closed:
                idle.recv(timeout=10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
            heard = []
            with pytest.raises(websockets.ConnectionClosedOK) as ended:
                while True:
                    heard.append(json.loads(talking.recv(timeout=10)))
            assert ended.value.rcvd is not None and ended.value.rcvd.code == 1001
            assert heard[-1]["type"] == "done"
        with pytest.raises(OSError):
            websockets.sync.client.connect(address, proxy=None, legacy=True)
        assert process.wait(20) == 0


def test_speech_without_end_is_ended_after_its_time(tmp_path: Path) -> None:
    with running(command(tmp_path, drain=0.3)) as (process, url):
        address = url.replace("http", "ws", 1) + "/tts/websocket"
        with websockets.sync.client.connect(address, proxy=None) as socket:
            socket.send(json.dumps(body(context_id="a", transcript="one wait")))
            socket.recv(timeout=10)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosedOK) as closed:
                while True:
                    socket.recv(timeout=10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        assert process.wait(20) == 0


def test_the_second_signal_ends_at_once(tmp_path: Path) -> None:
    with running(command(tmp_path, drain=60)) as (process, url):
        address = url.replace("http", "ws", 1) + "/tts/websocket"
        with websockets.sync.client.connect(address, proxy=None, close_timeout=0.1) as socket:
            socket.send(json.dumps(body(context_id="a", transcript="one wait")))
            socket.recv(timeout=10)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def test_bytes_in_the_middle_are_ended_too(tmp_path: Path) -> None:
    with running(command(tmp_path)) as (process, url):
        asked = body(transcript="one two three four")
        with httpx.stream("POST", url + "/tts/bytes", json=asked, trust_env=False, timeout=20) as response:
            pieces = response.iter_raw()
            size = len(next(pieces))
            process.send_signal(signal.SIGTERM)
            size += sum(map(len, pieces))
        assert size == 4 * 3200 * 2
        assert process.wait(20) == 0


def test_self_signed_tls(tmp_path: Path) -> None:
    with running(command(tmp_path, tls="'self-signed'")) as (process, url):
        assert url.startswith("https://127.0.0.1:")
        assert process.stderr is not None
        said = [process.stderr.readline(), process.stderr.readline()]
        hint = next(line for line in said if "SSL_CERT_FILE=" in line)
        certificate = Path(hint.strip().rpartition("SSL_CERT_FILE=")[2])
        trusting = ssl.create_default_context(cafile=certificate)
        for host in ("127.0.0.1", "localhost"):
            there = url.replace("127.0.0.1", host)
            assert httpx.get(there, verify=trusting, trust_env=False).json()["ok"] is True
        with websockets.sync.client.connect(
            url.replace("https", "wss", 1) + "/tts/websocket", ssl=trusting, proxy=None
        ) as socket:
            socket.send(json.dumps(body(context_id="a")))
            socket.recv(timeout=10)
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
        assert stop(process) == 0


class TestCertificate:
    def test_is_kept_and_private(self, tmp_path: Path) -> None:
        first = self_signed(tmp_path / "tls", "127.0.0.1")
        again = self_signed(tmp_path / "tls", "127.0.0.1")
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
        if os.name == "posix":
            assert [stat.S_IMODE(path.stat().st_mode) for path in first] == [0o600, 0o600]

    def test_is_made_anew_for_another_host_or_when_broken(self, tmp_path: Path) -> None:
        certificate, _ = self_signed(tmp_path, "127.0.0.1")
        first = certificate.read_bytes()
        self_signed(tmp_path, "myhost.example")
        second = certificate.read_bytes()
        assert first != second
        certificate.write_bytes(b"nonsense")
        self_signed(tmp_path, "myhost.example")
        assert certificate.read_bytes() not in (first, second, b"nonsense")


async def test_a_provider_that_cannot_start(tmp_path: Path) -> None:
    code = SERVE.replace("ScriptedProvider(Script", "Lame(Script").replace(
        "limits = ",
        "class Lame(ScriptedProvider):\n"
        "    async def start(self): raise RuntimeError('no engine')\n"
        "limits = ",
    )
    arguments = [
        sys.executable,
        "-c",
        code.format(data=tmp_path, host="127.0.0.1", port=0, tls="None", drain=1),
    ]
    ended = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "myna: Cannot start: no engine\n"
