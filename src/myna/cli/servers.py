"""The server that a command talks to: a remote one, or this machine itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myna.client import AsyncMyna, Myna


@dataclass(frozen=True, slots=True)
class Server:
    """Where speech comes from; without `base_url` it is this machine."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)

    @property
    def is_here(self) -> bool:
        """Whether this machine speaks itself."""
        return not self.base_url

    def client(self) -> Myna:
        """A synchronous client."""
        from myna.client import Myna

        return Myna() if self.is_here else Myna(base_url=self.base_url, api_key=self.api_key)

    def asynchronous(self) -> AsyncMyna:
        """An asynchronous client."""
        from myna.client import AsyncMyna

        return AsyncMyna() if self.is_here else AsyncMyna(base_url=self.base_url, api_key=self.api_key)
