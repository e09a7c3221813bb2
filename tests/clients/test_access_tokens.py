"""Access tokens that the official clients make and speak with, and a key of which too much is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.program import myna
from tests.clients.hearing import check_speech
from tests.clients.official import SCRIPTS, Client, run
from tests.serving import Server, serving

pytestmark = pytest.mark.timeout(240)

GRANTING = [
    Client("2.0.17", ("granting2.py",)),
    Client("3.2.0", ("granting34.py",)),
    Client("4.2.0", ("granting34.py",)),
]
SECOND, THIRD, FOURTH = GRANTING

Granted = Callable[[Client], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server with keys of its library: one for everything, and one for a context at a time."""

    server: Server
    key: str
    small: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    data = tmp_path_factory.mktemp("guarded")
    with serving("--data", str(data)) as server:
        keys = [
            myna("keys", "create", name, "--data", data, *options).stdout.decode().strip()
            for name, *options in (("all",), ("small", "--contexts", "1"))
        ]
        yield Guarded(server, *keys)


@pytest.fixture(scope="module")
def granted(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Granted:
    """Give what the programs of a client reported; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"granted-{client.version}-")
            command = [client.python, SCRIPTS / client.scripts[0], str(guarded.server.port), folder]
            made[client] = run(
                command, folder, CARTESIA_API_KEY=guarded.key, CARTESIA_SMALL_KEY=guarded.small
            )
        return made[client]

    return of


def each(*clients: Client) -> pytest.MarkDecorator:
    """Run a test for these clients."""
    return pytest.mark.parametrize(
        "client",
        [
            pytest.param(client, marks=pytest.mark.xdist_group("granted"), id=client.version)
            for client in clients or GRANTING
        ],
    )


@each()
def test_every_program_runs(client: Client, granted: Granted) -> None:
    reports = granted(client)
    assert set(reports) == set(client.examples())
    spoken = 0
    for name, report in reports.items():
        assert "error" not in report, f"{name}: {report['error']}"
        if "audio" in report:
            check_speech(report)
            spoken += 1
    assert spoken >= 3


@each()
@pytest.mark.parametrize(
    "name",
    ["a_token_for_listening_does_not_speak", "a_token_lists_no_voices", "a_token_makes_no_token"],
)
def test_what_a_token_does_not_grant_is_forbidden(client: Client, name: str, granted: Granted) -> None:
    report = granted(client)[name]
    assert report["status"] == 403, report
    assert report["type"] == ("ApiError" if client is SECOND else "PermissionDeniedError")


@each()
def test_a_socket_is_forbidden_before_it_opens(client: Client, granted: Granted) -> None:
    report = granted(client)["a_token_without_grants_opens_no_socket"]
    assert report["type"] is not None
    assert "403" in report["message"] or "ermission" in report["message"] or "orbidden" in report["message"]


@each()
def test_a_token_lives_an_hour_at_most(client: Client, granted: Granted) -> None:
    assert granted(client)["a_token_for_too_long"]["status"] == 400


@each(THIRD, FOURTH)
def test_a_changed_token_is_unknown(client: Client, granted: Granted) -> None:
    report = granted(client)["a_token_that_somebody_changed"]
    assert (report["type"], report["status"]) == ("AuthenticationError", 401)


@each(THIRD, FOURTH)
def test_a_full_key_is_a_rate_limit(client: Client, granted: Granted) -> None:
    report = granted(client)["a_full_key"]
    assert (report["status"], report["retry_after"]) == (429, "1")
    assert "1 in work at once" in report["message"]
    assert report["after"] > 1000
