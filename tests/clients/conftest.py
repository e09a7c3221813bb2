"""One server with a key for all official clients; each client's programs run once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.official import Client
from tests.serving import Server, serving

KEY = "sk_car_for_the_tests"

Reports = Callable[[Client], dict[str, Any]]


@pytest.fixture(scope="session")
def keyed_server() -> Iterator[Server]:
    with serving("--api-key", KEY) as server:
        yield server


@pytest.fixture(scope="session")
def reports(keyed_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Give what the programs of a client reported; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            folder = tmp_path_factory.mktemp(f"cartesia-{client.version}-")
            made[client] = client.run(keyed_server.port, KEY, folder)
        return made[client]

    return of
