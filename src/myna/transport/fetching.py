"""Files that links of users lead to, without letting them lead into the network that this machine is in."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from myna.speech.errors import InvalidRequest

if TYPE_CHECKING:
    import httpx

MOST_REDIRECTS = 3

_KINDS = ("audio/", "video/", "application/ogg", "application/octet-stream", "binary/octet-stream")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetching:
    """Brings recordings from links; each is one call.

    The address is looked up once and then connected to as it is, so that a name cannot lead elsewhere after
    it was checked; every redirection is checked like the link itself. Proxies are not used.

    Attributes:
        most_bytes: size of a file.
        seconds: time for all of it.
        private: whether addresses that are not public ones of the internet are allowed.

    Example:
        >>> fetch = Fetching(most_bytes=50_000_000)
        >>> await fetch("https://example.com/clip.wav", Path("clip"))
    """

    most_bytes: int
    seconds: float = 30.0
    private: bool = False

    async def __call__(self, link: str, into: Path) -> None:
        """Write what `link` leads to into a new file.

        Raises:
            InvalidRequest: no link to a recording, not a public one, too large, or not there in time.
        """
        try:
            async with asyncio.timeout(self.seconds):
                await self._fetch(link, into)
        except TimeoutError:
            raise InvalidRequest(f"link did not give its file within {self.seconds:g} seconds.") from None

    async def _fetch(self, link: str, into: Path) -> None:
        import httpx

        # the certificates are the system's, as for every other client of this program
        async with httpx.AsyncClient(trust_env=False, timeout=self.seconds, verify=_certificates()) as client:
            for _ in range(MOST_REDIRECTS + 1):
                request = await self._request(client, link)
                try:
                    response = await client.send(request, stream=True)
                except (httpx.HTTPError, ssl.SSLError, OSError) as error:
                    raise InvalidRequest(
                        f"link could not be followed: {type(error).__name__}; check that it is reachable."
                    ) from None
                try:
                    if not response.has_redirect_location:
                        await self._save(response, into)
                        return
                    link = urljoin(link, response.headers["location"])
                except (httpx.HTTPError, ValueError) as error:
                    raise InvalidRequest(f"link broke off: {type(error).__name__}; try again.") from None
                finally:
                    await response.aclose()
        raise InvalidRequest(f"link leads on more than {MOST_REDIRECTS} times; give the last address.")

    async def _request(self, client: httpx.AsyncClient, link: str) -> httpx.Request:
        import httpx

        host, port, shown = _place(link)
        address = await self._address(host, port)
        url = httpx.URL(link).copy_with(host=address, fragment=None)
        headers = {"host": shown, "accept": "audio/*, video/*;q=0.9", "accept-encoding": "identity"}
        return client.build_request("GET", url, headers=headers, extensions={"sni_hostname": host})

    async def _address(self, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise InvalidRequest(f"link names a host that is not known: {host[:80]!r}.") from None
        addresses = [str(each[4][0]).partition("%")[0] for each in found]
        if not self.private and not all(map(_is_public, addresses)):
            raise InvalidRequest("link does not lead to a public address; upload the recording instead.")
        return addresses[0]

    async def _save(self, response: httpx.Response, into: Path) -> None:
        if response.status_code != 200:
            raise InvalidRequest(f"link answered with status {response.status_code} instead of a recording.")
        kind = response.headers.get("content-type", "application/octet-stream").strip().lower()
        if not kind.startswith(_KINDS) or response.headers.get("content-encoding", "identity") != "identity":
            raise InvalidRequest(f"link leads to {kind[:60]!r}; give one to a recording.")
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self.most_bytes:
            raise self._too_large()
        size = 0
        with await asyncio.to_thread(into.open, "xb") as file:
            async for piece in response.aiter_raw(64 << 10):
                size += len(piece)
                if size > self.most_bytes:
                    raise self._too_large()
                await _write(file, piece)

    def _too_large(self) -> InvalidRequest:
        return InvalidRequest(f"link leads to more than {self.most_bytes} bytes; give a smaller recording.")


async def _write(file: BinaryIO, piece: bytes) -> None:
    """Write in a thread; whoever is cancelled meanwhile waits for it."""
    writing = asyncio.ensure_future(asyncio.to_thread(file.write, piece))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})
        raise


def _place(link: str) -> tuple[str, int, str]:
    """Host, port, and both as the header says them.

    Raises:
        InvalidRequest: no link to a host by HTTP, or one with a password.
    """
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        raise InvalidRequest(f"link cannot be {link[:80]!r}; give a whole http or https address.") from None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or len(link) > 2000:
        raise InvalidRequest(f"link cannot be {link[:80]!r}; give a whole http or https address.")
    if "@" in parts.netloc:
        raise InvalidRequest("link cannot hold a user or password; give one that needs none.")
    return host, port or (443 if parts.scheme == "https" else 80), parts.netloc


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in _TRANSLATED:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
