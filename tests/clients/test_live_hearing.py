"""Live listening with the official clients of three generations, against a real server and its engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import sound
from tests.clients.conftest import KEY
from tests.clients.official import Client
from tests.serving import Server

TEXT = "The quick brown fox jumps over the lazy dog."
CLIENTS = [
    Client("2.0.17", ("hearing2.py",)),
    Client("3.2.0", ("hearing34.py",)),
    Client("4.2.0", ("hearing34.py",)),
]

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("live-hearing")]
Told = Callable[[Client], dict[str, Any]]


@pytest.fixture(scope="module")
def recording(keyed_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speech of this server's own, as raw audio with a little silence around it."""
    asked = {
        "model_id": "sonic-3",
        "transcript": TEXT,
        "voice": {"mode": "id", "id": "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000},
        "language": "en",
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.post(
        f"{keyed_server.url}/tts/bytes", json=asked, headers=headers, timeout=30, trust_env=False
    )
    assert answer.status_code == 200, answer.text
    path = tmp_path_factory.mktemp("said") / "said.pcm"
    path.write_bytes(bytes(9600) + answer.content + bytes(9600))
    return path


@pytest.fixture(scope="module")
def told(keyed_server: Server, recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a client's programs report; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"live-{client.version}-")
            made[client] = client.run(keyed_server.port, KEY, folder, RECORDING=str(recording))
        return made[client]

    return of


@pytest.mark.parametrize(
    ("client", "name"), [(client, name) for client in CLIENTS for name in client.examples()],
    ids=lambda value: value.version if isinstance(value, Client) else str(value),
)  # fmt: skip
def test_every_program_hears_what_was_said(client: Client, name: str, told: Told) -> None:
    report = told(client)[name]
    assert "error" not in report, report["error"]
    if "text" not in report:
        return
    said, heard = sound.words(TEXT), sound.words(report["text"])
    assert len(set(said) & set(heard)) >= 5, f"{heard} has too little of what was said"
    assert report["ids"] == 1
    types = report["types"]
    if "turn" in name:
        assert (types[0], types[-1]) == ("connected", "turn.end")
        assert types.index("turn.start") < types.index("turn.end")
        assert report["finals"] == (2 if name == "turns_concurrent" else 1)
    else:
        assert types[-1] == "done" and report["finals"] >= 1
        assert "flush_done" in types or name == "endpointing"


def test_what_was_final_by_itself_came_without_being_asked_for(told: Told) -> None:
    report = told(CLIENTS[0])["endpointing"]
    assert report["finals"] >= 2 and "flush_done" not in report["types"]
    starts = [word["start"] for word in report["words"]]
    assert starts == sorted(starts) and starts[-1] > 3, "times go on over the whole stream"


def test_errors_reach_the_clients_as_they_read_them(told: Told) -> None:
    assert "nobody" in told(CLIENTS[0])["unknown_model"]["message"]
    for client in CLIENTS[1:]:
        assert told(client)["wrong_thresholds"]["errors"] == [400]
