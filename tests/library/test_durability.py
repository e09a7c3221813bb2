"""A kill at any moment loses nothing that was answered, and leaves nothing half done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.library.durability import kill_again_and_again
from tests.library.place import Place

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are started by fork")


def test_killed_twenty_times(tmp_path: Path) -> None:
    ledger = kill_again_and_again(Place(tmp_path / "data"), 20, 1, tmp_path)
    assert ledger.counts["clone"] and ledger.counts["update"] and ledger.counts["delete"]
    assert ledger.counts["kept"] + ledger.counts["undone"], "no kill came in the middle of anything"


def test_killed_while_far_from_its_database_and_clips(
    tmp_path: Path, postgresql: Callable[[], str], s3: Callable[[], str]
) -> None:
    import psycopg

    url = postgresql()
    place = Place(tmp_path / "data", f"{url}&application_name=writer", s3())

    def gone() -> None:
        """A server goes on with what it was sent, though who sent it is dead."""
        deadline = time.monotonic() + 20
        with psycopg.connect(url, autocommit=True) as connection:
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'writer'"
            while connection.execute(count).fetchone() != (0,):
                assert time.monotonic() < deadline
                time.sleep(0.01)

    ledger = kill_again_and_again(place, 5, 2, tmp_path, gone=gone)
    assert ledger.counts["clone"]
