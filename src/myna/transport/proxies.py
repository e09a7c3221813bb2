"""Through the HTTP proxy that the environment names, as HTTP clients go too."""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from myna.speech.errors import ConnectionLost, UsageError
from myna.transport.deadlines import Deadline

_LONGEST_ANSWER = 2**16


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `credentials` is the value of `Proxy-Authorization`, or empty."""

    host: str
    port: int
    credentials: str = field(default="", repr=False)


def proxy_for(url: str) -> Proxy | None:
    """The proxy between here and a ws or wss URL; None where there is none.

    WSS_PROXY, HTTPS_PROXY and ALL_PROXY are read for wss, WS_PROXY, HTTP_PROXY and ALL_PROXY for ws, in
    this order; NO_PROXY names hosts that are reached without.

    Raises:
        UsageError: the proxy is not an HTTP proxy.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    parts = urlsplit(url)
    order = ("wss", "https", "all") if parts.scheme == "wss" else ("ws", "http", "all")
    found = next((proxies[name] for name in order if proxies.get(name)), None)
    if found is None or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    if "://" not in found:
        found = f"http://{found}"
    proxy = urlsplit(found)
    if proxy.scheme != "http" or not proxy.hostname:
        raise UsageError(
            f"WebSockets go through http proxies only, not {proxy.scheme!r}; set NO_PROXY or WSS_PROXY."
        )
    credentials = ""
    if proxy.username is not None:
        pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        credentials = "Basic " + b64encode(pair.encode()).decode()
    return Proxy(proxy.hostname, proxy.port or 80, credentials)


def tunnel(proxy: Proxy, host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to `host` that goes through `proxy`.

    Raises:
        OSError: the proxy cannot be reached, or not in time.
        ConnectionLost: the proxy refuses.
    """
    sock = socket.create_connection((proxy.host, proxy.port), timeout=deadline.left())
    try:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if proxy.credentials:
            lines.append(f"Proxy-Authorization: {proxy.credentials}")
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
            sock.settimeout(deadline.left() or 0.001)
            if not (more := sock.recv(4096)):
                break
            answer += more
        status = answer.partition(b"\r\n")[0].decode("latin-1", errors="replace")
        if status.split(" ")[1:2] != ["200"]:
            raise ConnectionLost(f"The proxy {proxy.host}:{proxy.port} refused: {status[:80]!r}.")
    except BaseException:
        sock.close()
        raise
    return sock
