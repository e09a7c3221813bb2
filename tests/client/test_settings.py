"""Which end a client talks to, and with which key."""

from __future__ import annotations

import httpx
import pytest

import myna
from myna.client import AsyncCartesia, AsyncMyna, Cartesia, Myna

MYNAS = pytest.mark.parametrize("kind", [Myna, AsyncMyna])
CARTESIAS = pytest.mark.parametrize("kind", [Cartesia, AsyncCartesia])


def end(client):
    address = client.settings.address
    return None if address is None else (address.http, address.websocket)


@MYNAS
def test_a_key_in_the_environment_never_redirects_myna(kind, monkeypatch):
    monkeypatch.setenv("CARTESIA_API_KEY", "secret")
    monkeypatch.setenv("CARTESIA_BASE_URL", "https://example.com")
    monkeypatch.setenv("MYNA_API_KEY", "secret")
    assert end(kind()) is None and end(kind(api_key="given")) is None
    assert kind().websocket_base_url is None


@MYNAS
def test_myna_with_a_server(kind, monkeypatch):
    assert end(kind(base_url="localhost:8000")) == ("http://localhost:8000", "ws://localhost:8000")
    monkeypatch.setenv("MYNA_BASE_URL", "https://speech.example.com/api/")
    monkeypatch.setenv("CARTESIA_API_KEY", "must not leave")
    client = kind()
    assert end(client) == ("https://speech.example.com/api", "wss://speech.example.com/api")
    assert client.api_key is None and "Authorization" not in client.default_headers
    monkeypatch.setenv("MYNA_API_KEY", "mine")
    assert kind().default_headers["Authorization"] == "Bearer mine"
    assert end(kind(base_url=httpx.URL("http://other:1"))) == ("http://other:1", "ws://other:1")


@CARTESIAS
def test_cartesia_goes_to_the_cloud_with_a_key(kind, monkeypatch):
    cloud = ("https://api.cartesia.ai", "wss://api.cartesia.ai")
    assert end(kind()) is None and end(kind(http_client=httpx.Client())) is None
    assert end(kind(api_key="k")) == end(kind(token="t")) == cloud
    monkeypatch.setenv("CARTESIA_API_KEY", "k")
    assert end(kind()) == cloud and kind().default_headers["Authorization"] == "Bearer k"
    assert kind(token="t").default_headers["Authorization"] == "Bearer t"
    monkeypatch.setenv("CARTESIA_BASE_URL", "http://localhost:8000")
    assert end(kind()) == ("http://localhost:8000", "ws://localhost:8000")
    monkeypatch.setenv("MYNA_BASE_URL", "http://elsewhere")
    assert end(kind()) == ("http://localhost:8000", "ws://localhost:8000")


@CARTESIAS
def test_cartesia_with_a_url_needs_no_key(kind):
    client = kind(base_url="http://localhost:8000", websocket_base_url="ws://localhost:9000")
    assert end(client) == ("http://localhost:8000", "ws://localhost:9000")
    assert client.api_key is None
    changed = client.with_options(base_url="https://other.example.com", api_key="k")
    assert end(changed) == ("https://other.example.com", "ws://localhost:9000")
    assert changed.default_headers["Authorization"] == "Bearer k"


@CARTESIAS
def test_headers_from_the_environment(kind, monkeypatch):
    monkeypatch.setenv("CARTESIA_CUSTOM_HEADERS", "X-A: 1\nnonsense\nX-B: 2")
    client = kind(api_key="k", default_headers={"x-b": "3", "cartesia-version": "2025-11-04"})
    headers = {name.lower(): value for name, value in client.default_headers.items()}
    assert (headers["x-a"], headers["x-b"], headers["cartesia-version"]) == ("1", "3", "2025-11-04")
    assert headers["user-agent"].startswith("myna-python/")


def test_keys_are_in_no_repr():
    assert "topsecret" not in repr(Myna(base_url="http://x", api_key="topsecret").settings)


def test_a_key_may_be_set_anew():
    client = Cartesia(api_key="a", token="t")
    client.api_key = None
    assert client.default_headers["Authorization"] == "Bearer t"
    client.token = "u"
    assert (client.token, client.default_headers["Authorization"]) == ("u", "Bearer u")


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://a b", "http://x:port", "://x"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(myna.UsageError):
        Myna(base_url=url or " ")


def test_an_http_client_needs_a_server():
    with pytest.raises(ValueError, match="base_url"):
        Myna(http_client=httpx.Client())


def test_an_unknown_option_of_the_connection_is_refused():
    client = Myna(base_url="http://localhost:1")
    with pytest.raises(ValueError, match="colour"):
        client.tts.websocket_connect(websocket_connection_options={"colour": "red"})
    client.tts.websocket_connect(websocket_connection_options={"max_queue": 3, "write_limit": 9})


def test_the_base_url_is_one_of_httpx():
    assert Myna(base_url="localhost:1/x/").base_url == httpx.URL("http://localhost:1/x/")
    assert Cartesia(api_key="k").timeout == myna.DEFAULT_TIMEOUT
    assert Cartesia(api_key="k", timeout=None).timeout is None


@pytest.mark.parametrize("kind", [myna.Myna, myna.AsyncMyna, myna.Cartesia, myna.AsyncCartesia])
def test_a_data_folder_is_of_this_machine(kind, tmp_path, monkeypatch):
    assert kind(data=str(tmp_path)).settings.data == tmp_path
    assert kind(data=tmp_path).copy(timeout=3.0).settings.data == tmp_path
    assert kind().settings.data is None
    with pytest.raises(myna.UsageError, match="leave one of them out"):
        kind(data=tmp_path, base_url="http://localhost:1")
    monkeypatch.setenv("MYNA_BASE_URL", "http://localhost:1")
    monkeypatch.setenv("CARTESIA_API_KEY", "key")
    with pytest.raises(myna.UsageError, match="leave one of them out"):
        kind(data=tmp_path)
