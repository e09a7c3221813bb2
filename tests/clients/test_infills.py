"""Gaps filled by the official clients of all generations. What speaks is scripted: each word is a tone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from myna.server.settings import Settings
from myna.speech.changing import InfillRequest
from myna.testing.provider import ScriptedProvider
from myna.testing.server import serve_here
from myna.testing.voices import scripted_voice
from tests import sound
from tests.client.sounds import silence, speech, wav
from tests.clients.conftest import KEY
from tests.clients.hearing import read
from tests.clients.official import Client

CLIENTS = [Client(version, ("infilling.py",)) for version in ("1.4.0", "2.0.17", "3.2.0", "4.2.0")]
VOICE = "694f9389-aac1-45b6-b726-9d9369183238"
LEFT, RIGHT = wav(speech(1.0)), wav(silence(0.2) + speech(0.3))
SECONDS = 9 * 0.2
"""Of the words of the programs."""

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("infills")]


@dataclass(frozen=True)
class Told:
    """What the programs of a client report, and what was asked of the provider."""

    reports: dict[str, Any]
    infills: list[InfillRequest]


Tell = Callable[[Client], Told]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Tell:
    """The programs of a client run at the first call."""
    made: dict[Client, Told] = {}

    async def run(client: Client, folder: Path) -> Told:
        for name, data in (("left.wav", LEFT), ("right.wav", RIGHT)):
            (folder / name).write_bytes(data)
        variables = {"LEFT": str(folder / "left.wav"), "RIGHT": str(folder / "right.wav")}
        provider = ScriptedProvider(voices=[replace(scripted_voice("Ada"), id=VOICE)])
        async with serve_here(provider, Settings(keys=(KEY,), data=folder / "data")) as server:
            port = int(server.url.rpartition(":")[2])
            reports = await asyncio.to_thread(client.run, port, KEY, folder, **variables)
        return Told(reports, provider.infills)

    def of(client: Client) -> Told:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"infilling-{client.version}-")
            made[client] = asyncio.run(run(client, folder))
        return made[client]

    return of


CASES = [(client, name) for client in CLIENTS for name in client.examples() if name != "rejected"]


@pytest.mark.parametrize(("client", "name"), CASES, ids=[f"{c.version}-{name}" for c, name in CASES])
def test_a_program(client: Client, name: str, told: Tell) -> None:
    report = told(client).reports[name]
    assert "error" not in report, report["error"]
    if "skipped" in report:
        pytest.skip(report["skipped"])
    heard = read(report)
    assert heard.duration == pytest.approx(SECONDS, abs=0.1)
    if report["container"] == "wav":
        data = Path(report["audio"]).read_bytes()
        header = sound.wav_header(data)
        assert header.data_size == len(data) - header.data_offset
    if "whole" in report:
        whole = sound.of_file(Path(report["whole"]).read_bytes())
        around = {"only_left": 1.0, "only_right": 0.5}.get(name, 1.5)
        assert whole.duration == pytest.approx(heard.duration + around, abs=0.2 if name == "mp3" else 0.01)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.version)
def test_what_is_asked_for(client: Client, told: Tell) -> None:
    asked = told(client)
    both, left, right, *rest = asked.infills
    assert [(each.left is not None, each.right is not None) for each in (both, left, right)] == [
        (True, True),
        (True, False),
        (False, True),
    ]
    assert all(each.speech.model == "sonic-2" and each.speech.language == "en" for each in asked.infills)
    assert {each.text for each in asked.infills} == {"and so they walked down to the old harbour"}
    lively = [each.speech.delivery for each in rest if each.speech.delivery.speed != 1.0]
    if client.version[0] in "12":
        assert [(each.emotion, each.emotion_level, each.speed > 1) for each in lively] == [
            ("happy", 1.5, True)
        ]
    else:
        assert not lively


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.version)
def test_errors(client: Client, told: Tell) -> None:
    found = told(client).reports["rejected"]["found"]
    early, late = {
        "1": ("ValueError", "ValueError"), "2": ("ValueError", "ApiError"),
        "3": ("BadRequestError", "BadRequestError"), "4": ("BadRequestError", "BadRequestError"),
    }[client.version[0]]  # fmt: skip
    assert (found["sides"][0], found["voice"][0]) == (early, late)
    assert "voice" in found["voice"][1]
