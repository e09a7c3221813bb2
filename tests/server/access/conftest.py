"""A library with keys, and a server that asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from myna.library import Library
from myna.server.settings import Settings
from myna.testing.provider import ScriptedProvider
from myna.testing.server import Running, serve_here
from tests.server.conftest import http, provider, script

__all__ = ["http", "provider", "script"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder."""
    return tmp_path / "data"


@pytest.fixture
def library(data: Path) -> Iterator[Library]:
    """The library as the server has it open."""
    with Library.open(data, serving=True) as opened:
        yield opened


@pytest.fixture
def keeper(data: Path, library: Library) -> Iterator[Library]:
    """The same library as another program has it open."""
    with Library.open(data) as opened:
        yield opened


@pytest.fixture
def settings(request: pytest.FixtureRequest, data: Path) -> Settings:
    """What the server is told; a test may give others."""
    return replace(getattr(request, "param", Settings()), data=data)


@pytest.fixture
async def server(provider: ScriptedProvider, settings: Settings, library: Library) -> AsyncIterator[Running]:
    """A server over the library."""
    async with serve_here(provider, settings, library) as running:
        yield running
