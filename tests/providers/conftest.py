"""A local provider with a library of its own and a pool that makes tones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from myna.library import Library
from myna.providers.local import LocalProvider
from tests.providers.drafts import FOUND, RECORDING
from tests.providers.pools import TonePool


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "data") as library:
        yield library


@pytest.fixture
def pool() -> TonePool:
    return TonePool()


@pytest.fixture
async def provider(library: Library, pool: TonePool) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=pool, library=library)
    yield provider
    await provider.aclose()


@pytest.fixture
def clip(tmp_path: Path, pool: TonePool) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(RECORDING)
    pool.findings[str(path)] = FOUND
    return path
