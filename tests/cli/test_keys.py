"""`myna keys`, beside a server that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
import websockets.sync.client

from tests.cli.program import inside, myna, said
from tests.serving import Server, serving

SECRET = re.compile(rb"sk_myna_[0-9a-f]{16}_[0-9a-f]{64}\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    with serving("--data", str(data)) as running:
        yield running


def made(data: Path, name: str, *options: str) -> str:
    result = inside("keys", "create", name, "--data", data, *options)
    assert result.returncode == 0, result.stderr
    assert SECRET.fullmatch(result.stdout), "the key alone, for scripts to capture"
    return result.stdout.decode().strip()


def listed(data: Path) -> list[dict[str, Any]]:
    return json.loads(inside("keys", "list", "--json", "--data", data).stdout)


def status(server: Server, secret: str | None, path: str = "/voices") -> int:
    headers = {} if secret is None else {"x-api-key": secret}
    return httpx.get(server.url + path, headers=headers, timeout=30, trust_env=False).status_code


def test_made_listed_and_revoked_while_a_server_runs(
    server: Server, data: Path, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    assert status(server, None) == 200
    secret = made(data, "The radio", "--contexts", "2", "--scope", "tts", "--scope", "tokens")
    assert (status(server, None), status(server, secret)) == (401, 200)
    (entry,) = listed(data)
    assert (entry["name"], entry["contexts"], entry["scopes"]) == ("The radio", 2, ["tts", "tokens"])
    assert entry["owner"] == entry["id"]
    address = f"{server.ws_url}/tts/websocket?api_key={secret}"
    with websockets.sync.client.connect(address, proxy=None) as socket:
        revoked = inside("keys", "revoke", entry["id"], "--data", data)
        assert (revoked.returncode, revoked.stdout) == (0, b"")
        assert "no longer good" in said(revoked)
        assert status(server, secret) == 401
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            socket.recv(timeout=30)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    eventually(lambda: listed(data)[0]["usage"]["requests"] == 2)
    assert listed(data)[0]["last_used_at"] and listed(data)[0]["revoked_at"]


def test_the_list_is_for_people_and_for_scripts(data: Path) -> None:
    assert "There are no keys" in said(inside("keys", "list", "--data", data))
    secret = made(data, "one", "--owner", "team")
    made(data, "two")
    rows = inside("keys", "list", "--data", data).stdout.decode().splitlines()
    assert [row.split("\t")[1:3] for row in rows] == [["one", "good"], ["two", "good"]]
    assert [entry["owner"] == "team" for entry in listed(data)] == [True, False]
    digest = secret.rpartition("_")[2]
    assert all(digest not in text for text in ("\n".join(rows), json.dumps(listed(data))))


def test_what_cannot_be_done_says_why(data: Path) -> None:
    unknown = inside("keys", "revoke", "key_0000", "--data", data)
    assert (unknown.returncode, "myna keys list" in said(unknown)) == (1, True)
    for wrong in (["--contexts", "0"], ["--scope", "everything"], ["--requests", "-1"]):
        result = inside("keys", "create", "x", "--data", data, *wrong)
        assert (result.returncode, result.stdout) == (2, b"")
    assert myna("keys", "create", "x\udcff", "--data", data).returncode != 0
    assert listed(data) == []


def test_a_key_of_the_library_opens_a_server_to_other_machines(data: Path) -> None:
    refused = myna("serve", "--host", "0.0.0.0", "--port", "0", "--data", data)
    assert refused.returncode == 2
    assert "myna keys create" in said(refused) and "--api-key" in said(refused)
    secret = made(data, "first")
    with serving("--host", "0.0.0.0", "--data", str(data)) as server:
        url = f"http://127.0.0.1:{server.port}/voices"
        for shown, expected in ((secret, 200), ("wrong", 401), ("", 401)):
            answer = httpx.get(url, headers={"x-api-key": shown}, timeout=30, trust_env=False)
            assert answer.status_code == expected
        assert "No API key is set" not in server.said()


def test_one_folder_has_one_server(server: Server, data: Path) -> None:
    second = myna("serve", "--port", "0", "--data", data)
    assert (second.returncode, second.stdout) == (1, b"")
    assert len(second.stderr.decode().strip().splitlines()) == 1
    assert str(server.process.pid) in said(second) and "--data" in said(second)
    made(data, "still possible")


def test_no_secret_is_written_anywhere(data: Path, eventually: Callable[[Callable[[], bool]], None]) -> None:
    given = "given-secret-0123456789"
    told: list[str] = []
    with serving("--data", str(data), "--log-level", "debug", env={"MYNA_SERVER_KEYS": given}) as server:
        kept = made(data, "kept")
        with httpx.Client(base_url=server.url, timeout=30, trust_env=False) as http:
            answer = http.post("/access-token", json={"grants": {"tts": True}}, headers={"x-api-key": kept})
            token = answer.json()["token"]
            secrets = (given, kept, token)
            for secret in secrets:
                for headers, query in (
                    ({"authorization": f"Bearer {secret}"}, ""),
                    ({"x-api-key": secret}, ""),
                    ({}, f"?api_key={secret}"),
                    ({}, f"?access_token={secret}"),
                    ({"x-api-key": secret + "x"}, ""),
                    ({"x-api-key": secret}, "/" + kept),
                ):
                    for path in ("/voices", "/tts/bytes", "/nowhere"):
                        told.append(http.get(path + query, headers=headers).text)
                        told.append(http.post(path + query, headers=headers, content=b"{").text)
                address = f"{server.ws_url}/tts/websocket?access_token={secret}"
                with websockets.sync.client.connect(address, proxy=None) as socket:
                    socket.send("{")
                    told.append(str(socket.recv(timeout=30)))
            told.append(http.get("/metrics", headers={"x-api-key": kept}).text)
        eventually(lambda: listed(data)[0]["usage"]["requests"] > 0)
        server.stop()
        log = server.said()
    assert "status=401" in log and "status=200" in log
    # an error about a path may say the path to the one who sent it
    errors = "\n".join(text for text in told if "nothing at" not in text and "No voice" not in text)
    files = {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert {"myna.db", "token-secret"} <= files.keys()
    for secret in secrets:
        assert secret not in log
        assert secret not in errors
        tail = secret[-20:].encode()
        assert [
            name for name, content in files.items() if secret.encode() in content or tail in content
        ] == []
