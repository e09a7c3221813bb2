"""What a client is set to, as its users see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myna.client.sentinels import NotGiven
from myna.client.settings import Settings

if TYPE_CHECKING:
    import httpx

    from myna.client.calls import TimeoutParam


class Configured:
    """The settings of a client as attributes.

    Attributes:
        settings: all of them; a value that is replaced and never changed.
    """

    settings: Settings

    @property
    def api_key(self) -> str | None:
        """The key; may be set anew."""
        return self.settings.api_key

    @api_key.setter
    def api_key(self, value: str | None) -> None:
        self.settings = self.settings.changed(api_key=value)

    @property
    def token(self) -> str | None:
        """The access token; may be set anew."""
        return self.settings.token

    @token.setter
    def token(self, value: str | None) -> None:
        self.settings = self.settings.changed(token=value)

    @property
    def base_url(self) -> httpx.URL:
        """The base URL of HTTP calls."""
        import httpx

        return httpx.URL(self.settings.url(""))

    @property
    def websocket_base_url(self) -> str | None:
        """The base URL of WebSockets; None without a server."""
        address = self.settings.address
        return None if address is None else address.websocket

    @property
    def timeout(self) -> TimeoutParam:
        """The timeout of calls that bring none."""
        if isinstance(self.settings.timeout, NotGiven):
            from myna.client.defaults import DEFAULT_TIMEOUT

            return DEFAULT_TIMEOUT
        return self.settings.timeout

    @property
    def max_retries(self) -> int:
        """How often a failed request is sent again."""
        return self.settings.max_retries

    @property
    def default_headers(self) -> dict[str, str]:
        """The headers of every request."""
        return self.settings.all_headers()

    @property
    def default_query(self) -> dict[str, object]:
        """The query of every request."""
        return self.settings.all_query()
