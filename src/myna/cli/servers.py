"""The server that a command talks to: a remote one, or this machine itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from myna.client import AsyncMyna, Myna
    from myna.providers.protocols import Provider


@dataclass(frozen=True, slots=True)
class Server:
    """Where speech comes from; without `base_url` it is this machine.

    Attributes:
        base_url: of a server.
        api_key: for that server.
        data: folder of this machine's library; None for this user's.
    """

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    data: Path | None = None

    @property
    def is_here(self) -> bool:
        """Whether this machine speaks itself."""
        return not self.base_url

    def client(self) -> Myna:
        """A synchronous client."""
        from myna.client import Myna

        return Myna(**self._place())

    def asynchronous(self) -> AsyncMyna:
        """An asynchronous client."""
        from myna.client import AsyncMyna

        return AsyncMyna(**self._place())

    def provider(self) -> Provider:
        """The engines of this machine, for what a client does not tell, such as progress."""
        from myna.providers.local.provider import LocalProvider

        return LocalProvider(data=self.data)

    def _place(self) -> dict[str, Any]:
        return {"data": self.data} if self.is_here else {"base_url": self.base_url, "api_key": self.api_key}
