"""The Python door: `Myna` and `AsyncMyna`, and the same under Cartesia's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myna.client.aio.client import AsyncCartesia, AsyncMyna
    from myna.client.sync.client import Cartesia, Myna

__all__ = ["AsyncCartesia", "AsyncMyna", "Cartesia", "Myna"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    side = "aio" if name.startswith("Async") else "sync"
    return getattr(import_module(f"{__name__}.{side}.client"), name)
