from __future__ import annotations

import pytest


@pytest.fixture(params=["sync", "aio"])
def side(request: pytest.FixtureRequest) -> str:
    """For threads and for asyncio."""
    return request.param
