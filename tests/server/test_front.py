"""Keys, versions, ids, logs and browsers: what is the same at every door."""

from __future__ import annotations

import json
import logging
import re
import socket
from pathlib import Path

import httpx
import pytest
import websockets

from myna.server.settings import Settings, is_loopback
from myna.speech.errors import UsageError
from myna.testing.server import Running
from tests.server.conftest import LATEST, Talk, body

KEYED = Settings(keys=("sk_one", "sk_two"))
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")

SHOWN = [
    ({"authorization": "Bearer sk_one"}, ""),
    ({"Authorization": "bearer  sk_two"}, ""),
    ({"X-API-Key": "sk_two"}, ""),
    ({}, "?api_key=sk_one"),
    ({}, "?access_token=sk_one"),
    ({"authorization": "Bearer wrong", "x-api-key": "sk_one"}, ""),
    ({"authorization": "Basic eHg6eXk="}, "?api_key=sk_two"),
]


@pytest.mark.parametrize("settings", [KEYED], indirect=True)
class TestKeys:
    @pytest.mark.parametrize(("headers", "query"), SHOWN)
    @pytest.mark.parametrize("version", ["2024-06-10", LATEST])
    async def test_every_way_on_every_version(
        self, http: httpx.AsyncClient, server: Running, headers: dict[str, str], query: str, version: str
    ) -> None:
        everything = {**headers, "cartesia-version": version}
        assert (await http.get(f"/voices{query}", headers=everything)).status_code == 200
        url = f"{server.ws_url}/tts/websocket{query}"
        async with websockets.connect(url, additional_headers=everything, proxy=None):
            pass

    @pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}, {"authorization": "Bearer"}])
    async def test_none_or_wrong(
        self, http: httpx.AsyncClient, server: Running, headers: dict[str, str]
    ) -> None:
        for method, path in [
            ("GET", "/voices"),
            ("POST", "/tts/bytes"),
            ("GET", "/nowhere"),
            ("GET", "/metrics"),
        ]:
            response = await http.request(method, path, headers={**headers, "cartesia-version": LATEST})
            assert (response.status_code, response.json()["error_code"]) == (401, "unauthorized")
            assert response.headers["www-authenticate"] == "Bearer"
        with pytest.raises(websockets.InvalidStatus) as old:
            await websockets.connect(
                f"{server.ws_url}/tts/websocket?cartesia_version=2024-11-13",
                additional_headers={**headers, "cartesia-version": LATEST},
                proxy=None,
            )
        assert old.value.response.status_code == 401
        assert (old.value.response.body or b"").startswith(b"Unauthorized: ")
        with pytest.raises(websockets.InvalidStatus) as new:
            await websockets.connect(
                f"{server.ws_url}/tts/websocket?cartesia_version={LATEST}",
                additional_headers=headers,
                proxy=None,
            )
        error = json.loads(new.value.response.body or b"")
        assert error["request_id"] == new.value.response.headers["x-request-id"]

    @pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/docs", "/openapi.json"])
    async def test_what_is_open(self, http: httpx.AsyncClient, path: str) -> None:
        assert (await http.get(path)).status_code == 200

    async def test_no_key_reaches_a_log(
        self, http: httpx.AsyncClient, server: Running, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "myna")
        with caplog.at_level(logging.INFO):
            logging.getLogger("httpx").setLevel(logging.WARNING)
            await http.get("/voices?api_key=sk_one&q=x", headers={"x-request-id": "mine"})
            await http.get("/voices?access_token=sk_wrong", headers={"authorization": "Bearer sk_nope"})
            url = f"{server.ws_url}/tts/websocket?api_key=sk_two"
            async with websockets.connect(url, proxy=None):
                pass
        said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("myna"))
        assert "request_id=mine" in said and "status=401" in said
        assert "sk_" not in said


class TestVersions:
    @pytest.mark.parametrize(
        ("given", "served"),
        [(None, "2025-04-16"), ("2024-06-10", "2024-06-10"), ("2025-12-31", "2025-11-04"),
         ("2020-01-01", "2024-06-10"), ("2031-01-01", LATEST)],
    )  # fmt: skip
    async def test_resolution(self, http: httpx.AsyncClient, given: str | None, served: str) -> None:
        headers = {"cartesia-version": given} if given else {}
        assert (await http.get("/", headers=headers)).json() == {"ok": True, "version": served}

    @pytest.mark.parametrize("given", ["latest", "2025-13-01", "2025-1-1", "20250101", "2025-04-16x"])
    async def test_malformed(self, http: httpx.AsyncClient, server: Running, given: str) -> None:
        response = await http.get("/voices", headers={"cartesia-version": given})
        assert response.status_code == 400
        assert "Cartesia-Version" in response.text
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"{server.ws_url}/tts/websocket?cartesia_version={given}", proxy=None)
        assert refused.value.response.status_code == 400

    async def test_the_query_wins_on_sockets_only(self, http: httpx.AsyncClient, server: Running) -> None:
        response = await http.get(f"/?cartesia_version={LATEST}", headers={"cartesia-version": "2024-11-13"})
        assert response.json()["version"] == "2024-11-13"
        async with websockets.connect(
            f"{server.ws_url}/tts/websocket?cartesia_version=2024-11-13",
            additional_headers={"cartesia-version": LATEST},
            proxy=None,
        ) as socket:
            talk = Talk(socket)
            await talk.say(context_id="a", transcript="Hi ", flush=True, **{"continue": True})
            assert (await talk.hear_until("flush_done"))[-1]["flush_id"] == 0


class TestRequestIds:
    async def test_new_ones(self, http: httpx.AsyncClient) -> None:
        ids = {(await http.get("/")).headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3 and all(UUID.match(id) for id in ids)

    async def test_given_ones(self, http: httpx.AsyncClient, server: Running) -> None:
        response = await http.get(
            "/nowhere", headers={"x-request-id": "trace-7:a.b", "cartesia-version": LATEST}
        )
        assert response.headers["x-request-id"] == response.json()["request_id"] == "trace-7:a.b"
        async with websockets.connect(
            f"{server.ws_url}/tts/websocket", additional_headers={"x-request-id": "mine"}, proxy=None
        ) as socket:
            assert socket.response is not None and socket.response.headers["x-request-id"] == "mine"
            await socket.send("{")
            assert (await Talk(socket).hear())["request_id"] == "mine"

    @pytest.mark.parametrize("odd", ["a b", "x" * 129, "a\tb", "<script>", f"sk_myna_{'0' * 16}_{'a' * 64}"])
    async def test_odd_ones_are_replaced(self, http: httpx.AsyncClient, odd: str) -> None:
        assert UUID.match((await http.get("/", headers={"x-request-id": odd})).headers["x-request-id"])


class TestBrowsers:
    async def test_any_page_may_call(self, http: httpx.AsyncClient) -> None:
        preflight = await http.options(
            "/tts/bytes",
            headers={
                "origin": "https://example.org",
                "access-control-request-method": "POST",
                "access-control-request-headers": "x-api-key,cartesia-version,content-type",
            },
        )
        assert preflight.status_code == 200
        assert "x-api-key" in preflight.headers["access-control-allow-headers"].lower()
        for path in ("/", "/nowhere"):
            response = await http.get(path, headers={"origin": "https://example.org"})
            assert response.headers["access-control-allow-origin"] == "*"
            assert "x-request-id" in response.headers["access-control-expose-headers"]

    @pytest.mark.parametrize("settings", [Settings(cors_origins=("https://mine.example",))], indirect=True)
    async def test_only_some_pages(self, http: httpx.AsyncClient) -> None:
        mine = await http.get("/", headers={"origin": "https://mine.example"})
        assert mine.headers["access-control-allow-origin"] == "https://mine.example"
        other = await http.get("/", headers={"origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_methods(http: httpx.AsyncClient) -> None:
    assert (await http.get("/tts/bytes")).status_code == 405
    assert (await http.put("/voices", json={})).status_code == 405
    head = await http.head("/voices")
    assert (head.status_code, head.content) == (200, b"")
    assert (await http.options("/voices")).status_code == 204
    assert (await http.get("/tts/websocket")).status_code == 426


async def test_errors_inside_are_not_shown(
    http: httpx.AsyncClient,
    server: Running,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server.house.provider.voices, "page", lambda *_: 1 / 0)
    response = await http.get("/voices", headers={"cartesia-version": LATEST, "x-request-id": "r5"})
    assert (response.status_code, response.json()["error_code"]) == (500, "internal_error")
    assert "division" not in response.text
    assert "request r5 failed" in caplog.text and "ZeroDivisionError" in caplog.text
    assert (await http.post("/tts/bytes", json=body())).status_code == 200


class TestSettings:
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1", "[::1]"])
    def test_loopback(self, host: str) -> None:
        assert is_loopback(host)
        Settings(host=host).check()

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
    def test_other_machines_need_a_key(self, host: str) -> None:
        with pytest.raises(UsageError, match="--api-key"):
            Settings(host=host).check()
        Settings(host=host, keys=("k",)).check()

    def test_nonsense(self) -> None:
        with pytest.raises(UsageError, match="port"):
            Settings(port=70000).check()
        with pytest.raises(UsageError, match="empty"):
            Settings(keys=(" ",)).check()

    def test_keys_are_not_shown(self) -> None:
        assert "sk_one" not in repr(KEYED)

    def test_the_data_folder_can_be_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("MYNA_DATA", str(tmp_path))
        assert Settings().data == tmp_path


async def test_small_answers_leave_at_once(http: httpx.AsyncClient, server: Running) -> None:
    await http.get("/healthz")
    (connection,) = server.server.server_state.connections
    carrier = connection.transport.get_extra_info("socket")
    assert carrier.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
