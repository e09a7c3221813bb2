"""The pool on the event loops that Myna runs on."""

from __future__ import annotations

import asyncio

import pytest

from myna.engines.pool import WorkerPool
from myna.engines.protocols import Utterance
from tests.engines.desk import MAN, Spoken

TEXT = "The quick brown fox jumps over the lazy dogs near the river bank. "


def test_uvloop_and_asyncio_give_the_same() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> str:
        pool = WorkerPool(workers=1)
        await pool.start()
        stream = pool.synthesize("espeak", Utterance(TEXT * 9, "en-US", MAN))
        await anext(stream)
        await stream.aclose()
        utterance = Utterance(TEXT, "en-US", MAN)
        spoken = Spoken(utterance, [event async for event in pool.synthesize("espeak", utterance)])
        await pool.aclose()
        return spoken.digest

    assert uvloop.run(main()) == asyncio.run(main())
