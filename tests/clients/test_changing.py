"""The voice changer of the official clients. What changes voices is scripted: it turns audio upside down."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myna.server.settings import Settings
from myna.testing.provider import ScriptedProvider
from myna.testing.server import serve_here
from myna.testing.voices import scripted_voice
from tests import sound
from tests.clients.conftest import KEY
from tests.clients.official import JAVASCRIPT, ROOT, Client, run
from tests.server.test_changing import CLIP, TONE

CLIENTS = [Client(version, ("changing.py",)) for version in ("2.0.17", "3.2.0", "4.2.0")]
VOICE = "694f9389-aac1-45b6-b726-9d9369183238"

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("changing")]
Told = Callable[[Client], dict[str, Any]]


async def _run(folder: Path, program: Callable[[int, str], dict[str, Any]]) -> dict[str, Any]:
    """What a program reports of a server of its own; it is given the port and a recording."""
    (recording := folder / "recording.wav").write_bytes(CLIP)
    provider = ScriptedProvider(voices=[replace(scripted_voice("Ada"), id=VOICE)])
    async with serve_here(provider, Settings(keys=(KEY,), data=folder / "data")) as server:
        port = int(server.url.rpartition(":")[2])
        return await asyncio.to_thread(program, port, str(recording))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a client's programs report; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"changing-{client.version}-")
            made[client] = asyncio.run(
                _run(folder, lambda port, path: client.run(port, KEY, folder, RECORDING=path))
            )
        return made[client]

    return of


def check(report: dict[str, Any]) -> None:
    """The audio is the recording, upside down."""
    data = Path(report["audio"]).read_bytes()
    if report["container"] == "mp3":
        assert sound.of_file(data).duration == pytest.approx(1.0, abs=0.1)
        return
    heard = sound.of_raw(data, "pcm_s16le", 16000) if report["container"] == "raw" else sound.of_wav(data)
    assert np.allclose(heard.samples, -TONE / 32768, atol=1e-4)


@pytest.mark.parametrize(
    ("client", "name"), [(client, name) for client in CLIENTS for name in client.examples()],
    ids=lambda value: value.version if isinstance(value, Client) else str(value),
)  # fmt: skip
def test_every_program_runs(client: Client, name: str, told: Told) -> None:
    report = told(client)[name]
    assert "error" not in report, report["error"]
    if "audio" in report:
        check(report)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.version)
def test_events(client: Client, told: Told) -> None:
    report = told(client)["events"]
    assert report["events"] > 3 and report["steps"]
    assert (report["rates"], report["statuses"], report["last"]) == ([16000], [206], [True, 200])


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.version)
def test_what_is_refused(client: Client, told: Told) -> None:
    reports = told(client)
    assert set(reports["clips"]["sizes"].values()) == {2 * len(TONE)}
    kind = "ApiError" if client.version.startswith("2.") else "BadRequestError"
    assert len(reports["rejected"]["found"]) == 6
    for name, found in reports["rejected"]["found"].items():
        assert found == [kind, 400], name


def test_javascript(tmp_path: Path) -> None:
    node, modules = shutil.which("node"), ROOT / ".venvs" / "cartesia-js" / "node_modules"
    if node is None or not modules.exists():
        pytest.skip("the JavaScript client is not installed: it needs node and npm, then `make clients`")

    def program(port: int, recording: str) -> dict[str, Any]:
        command: list[str | Path] = [node, JAVASCRIPT / "changing.cjs", str(port)]
        variables = {"CARTESIA_API_KEY": KEY, "RECORDING": recording, "NODE_PATH": str(modules)}
        return run(command, tmp_path, **variables)

    report = asyncio.run(_run(tmp_path, program))
    assert "error" not in report, report["error"]
    assert (report["bytes"], report["size"]) == (2 * len(TONE), 2 * len(TONE))
    assert report["events"][-1] is True and len(report["events"]) > 3
    assert report["older"] == 58 + len(TONE)
