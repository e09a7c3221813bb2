"""Official clients over TLS with the server's own certificate: sockets take wss unless told otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import KEY
from tests.clients.hearing import check_speech
from tests.clients.official import JAVASCRIPT, ROOT, SCRIPTS, SECURE, run
from tests.serving import Server, serving

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("tls")]


@dataclass(frozen=True, slots=True)
class Secure:
    """A server that speaks TLS, and the file by which clients come to trust it."""

    server: Server
    certificate: str


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    data = tmp_path_factory.mktemp("data")
    with serving("--api-key", KEY, "--tls", "self-signed", "--data", str(data)) as server:
        yield Secure(server, server.awaited(r"SSL_CERT_FILE=(\S+)"))


def test_python(secure: Secure, tmp_path: Path) -> None:
    assert secure.server.scheme == "https"
    command = [
        SECURE.python,
        SCRIPTS / SECURE.scripts[0],
        str(secure.server.port),
        tmp_path,
    ]
    reports = run(command, tmp_path, CARTESIA_API_KEY=KEY, SSL_CERT_FILE=secure.certificate)
    for name, report in reports.items():
        assert "error" not in report, f"{name}: {report['error']}"
    check_speech(reports["streaming_inputs"])
    assert len(reports["voices"]["voices"]) >= 40


def javascript(program: str, secure: Secure, folder: Path) -> dict[str, Any]:
    """What a program with the official JavaScript client reports."""
    node, modules = shutil.which("node"), ROOT / ".venvs" / "cartesia-js" / "node_modules"
    if node is None or not modules.exists():
        pytest.skip("the JavaScript client is not installed: it needs node and npm, then `make clients`")
    return run(
        [node, JAVASCRIPT / program, str(secure.server.port), folder],
        folder,
        CARTESIA_API_KEY=KEY,
        NODE_EXTRA_CA_CERTS=secure.certificate,
        NODE_PATH=str(modules),
    )


def test_javascript(secure: Secure, tmp_path: Path) -> None:
    reports = javascript("programs.cjs", secure, tmp_path)
    for name, report in reports.items():
        assert "error" not in report, f"{name}: {report['error']}"
    check_speech(reports["generate"])
    check_speech(reports["websocket"])
    assert reports["websocket"]["types"][-1] == "done"
    assert len(set(reports["voices"]["voices"])) == len(reports["voices"]["voices"]) >= 40
    assert sum(reports["voices"]["sizes"]) == len(reports["voices"]["voices"])
    assert reports["error"] == {"status": 404, "name": "NotFoundError"}


def test_javascript_keeps_voices(secure: Secure, tmp_path: Path) -> None:
    report = javascript("keeping.cjs", secure, tmp_path)
    assert "error" not in report, report["error"]
    assert (report["made"]["name"], report["updated"]["name"]) == ("New voice", "Another name")
    assert report["own"] == [report["made"]["id"]]
    assert (report["localized"]["language"], report["gone"], report["builtIn"]) == ("de", 404, 403)
    assert report["dictionary"]["items"][0]["alias"] == "win"
    assert report["dictionaryGone"] == 404


def test_javascript_makes_tokens(secure: Secure, tmp_path: Path) -> None:
    reports = javascript("granting.cjs", secure, tmp_path)
    for name, report in reports.items():
        assert "error" not in report, f"{name}: {report['error']}"
        if "audio" in report:
            check_speech(report)
        else:
            assert report == {"status": 403, "name": "PermissionDeniedError"}, name
    assert sum("audio" in report for report in reports.values()) == 2


def test_javascript_is_heard(secure: Secure, tmp_path: Path) -> None:
    report = javascript("hearing.cjs", secure, tmp_path)
    assert "error" not in report, report["error"]
    finals = [message for message in report["manual"] if message.get("is_final")]
    assert [message["type"] for message in report["manual"]][-2:] == ["flush_done", "done"]
    ends = [message for message in report["turns"] if message["type"] == "turn.end"]
    assert (report["turns"][0]["type"], len(ends)) == ("connected", 1)
    for text in ("".join(message["text"] for message in finals), ends[0]["transcript"]):
        assert {"quick", "brown", "fox"} <= set(text.lower().split()), text
