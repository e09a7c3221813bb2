"""Files that go with calls, on both clients."""

from __future__ import annotations

import io
import os
import pathlib
import threading

import httpx
import pytest

import myna
from myna.client import uploads
from tests.client.driving import client_of
from tests.client.peers import Asked, Reply, http_peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

CLIP = os.urandom(200_000)
MADE = Reply(body=b'{"id": "v1", "name": "Me"}')


class Pathlike:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


def given_as(kind: str, folder: pathlib.Path):
    path = folder / "me.wav"
    path.write_bytes(CLIP)
    return {
        "bytes": lambda: CLIP,
        "bytearray": lambda: bytearray(CLIP),
        "memoryview": lambda: memoryview(CLIP),
        "path": lambda: path,
        "text": lambda: str(path),
        "pathlike": lambda: Pathlike(path),
        "file": lambda: path.open("rb"),
        "buffer": lambda: io.BytesIO(CLIP),
        "named": lambda: ("me.wav", CLIP),
        "named file": lambda: ("me.wav", path.open("rb")),
        "typed": lambda: ("me.wav", path, "audio/x-wav"),
        "full": lambda: (None, CLIP, None, {"X-Mine": "1"}),
    }[kind]()


KINDS = [
    *(("bytes", "upload", "application/octet-stream"), ("bytearray", "upload", "application/octet-stream")),
    *(("memoryview", "upload", "application/octet-stream"), ("buffer", "upload", "application/octet-stream")),
    *(("path", "me.wav", "audio/x-wav"), ("text", "me.wav", "audio/x-wav")),
    *(("pathlike", "me.wav", "audio/x-wav"), ("file", "me.wav", "audio/x-wav")),
    *(("named", "me.wav", "audio/x-wav"), ("named file", "me.wav", "audio/x-wav")),
    *(("typed", "me.wav", "audio/x-wav"), ("full", "upload", "application/octet-stream")),
]


@pytest.mark.parametrize(("kind", "name", "media_type"), KINDS)
async def test_a_file_may_be_given_in_many_ways(side, tmp_path, kind, name, media_type):
    replies = [Reply(status=503, headers={"retry-after-ms": "1"}), Reply(lost=True), MADE]
    clip = given_as(kind, tmp_path)
    with http_peer(lambda asked: replies.pop(0)) as server:
        client = client_of(side, base_url=server.url)
        made = await client.voices.clone(clip=clip, name="Me", language="en", enhance=True, description=None)
        await client.close()
    assert made.id == "v1" and len(server.asked) == 3
    for asked in server.asked:
        form = asked.form
        assert form["clip"].data == CLIP and form["clip"].filename == name
        assert form["clip"].headers.get_content_type() in (media_type, "audio/wav", "audio/vnd.wave")
        assert (form["name"].text, form["language"].text, form["enhance"].text) == ("Me", "en", "true")
        assert set(form) == {"clip", "name", "language", "enhance"}
        assert form["clip"].headers["x-mine"] == ("1" if kind == "full" else None)
        assert int(asked.headers["content-length"]) == len(asked.body)
    for file in clip if isinstance(clip, tuple) else (clip,):
        if isinstance(file, io.IOBase):
            assert not file.closed
            file.close()


async def test_a_file_object_is_sent_from_where_it_stands(side, tmp_path):
    replies = [Reply(status=500, headers={"retry-after-ms": "1"}), MADE]
    (tmp_path / "x").write_bytes(CLIP)
    with http_peer(lambda asked: replies.pop(0)) as server, (tmp_path / "x").open("rb") as file:
        file.seek(100)
        client = client_of(side, base_url=server.url)
        await client.voices.clone(file, name="Me")
        await client.close()
    assert [asked.form["clip"].data for asked in server.asked] == [CLIP[100:]] * 2


async def test_what_can_be_read_once_is_sent_once(side):
    def pipe() -> io.BufferedReader:
        reading, writing = os.pipe()

        def pour() -> None:
            with os.fdopen(writing, "wb") as file:
                file.write(CLIP)

        threading.Thread(target=pour).start()
        return os.fdopen(reading, "rb")

    replies = [MADE, Reply(status=503, headers={"retry-after-ms": "1"}), Reply(lost=True)]
    with http_peer(lambda asked: replies.pop(0)) as server:
        client = client_of(side, base_url=server.url)
        with pipe() as file:
            await client.voices.clone(file, name="Me")
        for kind in (myna.InternalServerError, myna.APIConnectionError):
            with pipe() as file, pytest.raises(kind) as caught:
                await client.voices.clone(file, name="Me")
            assert caught.value.__notes__ == [
                "It was not tried again: clip can be read once only; give bytes or a path."
            ]
        await client.close()
    assert [asked.form["clip"].data for asked in server.asked] == [CLIP] * 3
    assert server.asked[0].headers["transfer-encoding"] == "chunked"


async def test_a_redirect_does_not_send_half_a_file(side):
    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return False

    def handle(asked: Asked) -> Reply:
        return MADE if asked.path == "/there" else Reply(status=307, headers={"location": "/there"})

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        await client.voices.clone(io.BytesIO(CLIP), name="Me")
        with pytest.raises(myna.UsageError, match="read once only"):
            await client.voices.clone(Once(CLIP), name="Me")
        await client.close()
    assert server.asked[1].path == "/there" and server.asked[1].form["clip"].data == CLIP


@pytest.mark.parametrize(
    ("clip", "said"),
    [
        ("nowhere.wav", "does not exist"),
        (".", "is not a file"),
        ("x" * 5000, "does not exist"),
        ("a\0b", "does not exist"),
        ("https://example.com/me.wav", "not fetched"),
        (io.StringIO("text"), "binary mode"),
        (None, "NoneType"),
        (17, "int"),
        ({"a": 1}, "dict"),
        ((b"alone",), "tuple of 1"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else type(value).__name__,
)
async def test_what_is_no_file_is_refused_before_anything_is_sent(side, clip, said):
    client = client_of(side, base_url="http://localhost:1", max_retries=0)
    with pytest.raises(myna.UsageError, match=said) as caught:
        await client.voices.clone(clip, name="Me")
    assert isinstance(caught.value, ValueError)
    await client.close()


async def test_a_closed_file_and_one_of_text(side, tmp_path):
    (tmp_path / "x").write_text("text")
    closed = (tmp_path / "x").open("rb")
    closed.close()

    class Odd:
        def read(self, size: int) -> str:
            return "text"

    client = client_of(side, base_url="http://localhost:1", max_retries=0)
    with pytest.raises(myna.UsageError, match="closed"):
        await client.voices.clone(closed, name="Me")
    with (tmp_path / "x").open() as file, pytest.raises(myna.UsageError, match="binary mode"):
        await client.voices.clone(file, name="Me")
    await client.close()
    with http_peer(lambda asked: MADE) as server:
        client = client_of(side, base_url=server.url, max_retries=0)
        with pytest.raises(myna.UsageError, match="binary mode"):
            await client.voices.clone(Odd(), name="Me")
        await client.close()


async def test_a_file_that_goes_away_between_two_tries(side, tmp_path):
    path = tmp_path / "me.wav"
    path.write_bytes(CLIP)

    def handle(asked: Asked) -> Reply:
        path.unlink()
        return Reply(status=503, headers={"retry-after-ms": "1"})

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        with pytest.raises(myna.UsageError, match=r"me\.wav cannot be read"):
            await client.voices.clone(path, name="Me")
        await client.close()


async def test_custom_calls_take_files_too(side):
    with http_peer(lambda asked: Reply(body=b"{}")) as server:
        client = client_of(side, base_url=server.url)
        await client.post(
            "/x",
            cast_to=dict,
            body={"name": "Ada", "format": {"container": "raw"}, "tags": ["a", "b"]},
            files={"one": b"1", "two": ("2.bin", b"2")},
            options={"idempotency_key": "mine"},
        )
        with pytest.raises(myna.UsageError, match="a mapping"):
            await client.post("/x", cast_to=dict, body=b"plain", files={"one": b"1"})
        await client.close()
    [asked] = server.asked
    assert asked.headers["idempotency-key"] == "mine"
    assert asked.form["one"].data == b"1" and asked.form["two"].filename == "2.bin"
    assert asked.form["format[container]"].text == "raw"
    assert asked.body.count(b'name="tags[]"') == 2


def test_the_form_of_nested_fields():
    fields = {"a{}": {"b": [1, "x", None]}, "c": None, "d": httpx.URL("http://x/"), "e": 0.5}
    assert uploads.form_fields(fields) == {"a{}[b][]": [1, "x", "None"], "d": "http://x/", "e": 0.5}
