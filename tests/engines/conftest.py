from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines.desk import Desk, desk


@pytest.fixture(scope="session")
def worker() -> Iterator[Desk]:
    """One worker process for all tests that leave it whole."""
    with desk() as one:
        yield one


@pytest.fixture(scope="session")
def flite(worker: Desk) -> Desk:
    """The same worker, on a machine that has Flite."""
    if "flite" not in worker.ready.engines:
        pytest.skip(f"no Flite on this machine: {worker.ready.missing['flite']}")
    return worker
