from __future__ import annotations

import pytest

from myna.speech.errors import UsageError
from myna.transport.addresses import Address, with_query


@pytest.mark.parametrize(
    ("written", "http", "websocket"),
    [
        ("localhost", "http://localhost", "ws://localhost"),
        ("localhost:8000", "http://localhost:8000", "ws://localhost:8000"),
        ("127.0.0.1:8000/", "http://127.0.0.1:8000", "ws://127.0.0.1:8000"),
        ("127.1.2.3", "http://127.1.2.3", "ws://127.1.2.3"),
        ("[::1]:8000", "http://[::1]:8000", "ws://[::1]:8000"),
        ("me.localhost:1/a/b/", "http://me.localhost:1/a/b", "ws://me.localhost:1/a/b"),
        ("api.cartesia.ai", "https://api.cartesia.ai", "wss://api.cartesia.ai"),
        ("example.com:8443/x", "https://example.com:8443/x", "wss://example.com:8443/x"),
        ("localhost.example.com", "https://localhost.example.com", "wss://localhost.example.com"),
        ("http://example.com", "http://example.com", "ws://example.com"),
        ("https://example.com/p/", "https://example.com/p", "wss://example.com/p"),
        ("ws://localhost:8000", "http://localhost:8000", "ws://localhost:8000"),
        ("wss://example.com", "https://example.com", "wss://example.com"),
        ("HTTP://Example.com:80", "http://Example.com:80", "ws://Example.com:80"),
        (" http://127.0.0.1:5 ", "http://127.0.0.1:5", "ws://127.0.0.1:5"),
    ],
)
def test_every_spelling(written, http, websocket):
    assert Address.of(written) == Address(http, websocket)


def test_websockets_elsewhere():
    address = Address.of("https://a.example.com", "http://localhost:9/p")
    assert address == Address("https://a.example.com", "ws://localhost:9/p")


@pytest.mark.parametrize(
    "written", ["ftp://x", "http://", "", "http://x y", "http://x:0", "http://x:99999", "//"]
)
def test_what_is_no_address(written):
    with pytest.raises(UsageError):
        Address.of(written)


def test_queries():
    assert with_query("ws://x/y", {}) == "ws://x/y"
    assert with_query("ws://x/y", {"a": "1 2", "b": [True, 3]}) == "ws://x/y?a=1%202&b=true&b=3"
    assert with_query("ws://x/y?z=0", {"a": "&"}) == "ws://x/y?z=0&a=%26"
