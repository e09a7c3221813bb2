"""What holds for every socket that takes audio while it is spoken."""

from __future__ import annotations

import httpx
import pytest
import websockets

from myna.server.settings import Limits, Settings
from myna.testing.provider import Script
from myna.testing.server import Running
from tests.server.conftest import until
from tests.server.sockets import CHANGING, FORMAT, MANUAL, TURNS, connected, hear

PATHS = (MANUAL, TURNS, CHANGING)
UNKNOWN = {
    MANUAL: ("model=nothing", "model_not_found"),
    TURNS: ("model=nothing", "model_not_found"),
    CHANGING: ("voice=nobody", "voice_not_found"),
}
KNOWN = {MANUAL: "model=ink-2", TURNS: "model=ink-2", CHANGING: "voice=Ada"}


async def serves(server: Running, path: str) -> None:
    """Somebody who comes now is served."""
    async with connected(server, path) as socket:
        await socket.send(bytes(1600))
        await socket.send("close" if path == TURNS else "done")
        assert (await hear(socket))[1] == 1000


async def refused(server: Running, path: str, query: str, code: str) -> str:
    """What cannot begin is told after the upgrade; its title."""
    async with connected(server, path, query) as socket:
        (error,), closed, _ = await hear(socket)
    assert (error["type"], error["status_code"], error["error_code"], closed) == ("error", 400, code, 1008)
    assert error["error"] == f"{error['title']}: {error['message']}" and error["request_id"]
    return str(error["title"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("script", [Script(models=frozenset({"ink-2"}))], indirect=True)
async def test_what_cannot_begin_is_told_after_the_upgrade(server: Running, path: str) -> None:
    unknown, code = UNKNOWN[path]
    await refused(server, path, f"{unknown}&{FORMAT}", code)
    await refused(server, path, f"{KNOWN[path]}&encoding=pcm_s16le", "invalid_request")
    await refused(server, path, FORMAT, "invalid_request")
    query = f"{KNOWN[path]}&encoding=mp3&sample_rate=8000"
    assert await refused(server, path, query, "unsupported_format") == "Unsupported input format"


@pytest.mark.parametrize("path", PATHS)
async def test_without_an_upgrade(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 426
    told = (await http.get("/openapi.json")).json()["x-sockets"][path]
    asked = KNOWN[path].split("=")[0]
    assert {asked, "encoding", "sample_rate"} <= {each["name"] for each in told["parameters"]}
    assert f"WS {path}" in (await http.get("/docs")).text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "settings", [Settings(limits=Limits(sockets=1)), Settings(limits=Limits(contexts=1))], indirect=True
)
async def test_too_many_are_refused_before_the_upgrade(server: Running, path: str) -> None:
    async with connected(server, path):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with connected(server, path):
                pass
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["retry-after"]
    await until(lambda: not server.house.sockets)
    await serves(server, path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("settings", [Settings(limits=Limits(listening_idle_seconds=0.3))], indirect=True)
async def test_a_socket_that_sends_nothing_is_closed(server: Running, path: str) -> None:
    async with connected(server, path) as socket:
        heard, code, reason = await hear(socket)
    assert [each["type"] for each in heard] == (["connected"] if path == TURNS else [])
    assert (code, reason) == (1000, "connection idle timeout")
