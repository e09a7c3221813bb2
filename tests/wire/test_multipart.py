from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech.errors import InvalidRequest
from myna.wire.multipart import MultipartReader, PartBegun, PartData, PartEnded, PartEvent

BOUNDARY = "abc123"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
PARTS = [("name", None, b"Ada"), ("clip", "a b.wav", bytes(range(256)) * 3), ("empty", None, b"")]


def form(parts: list[tuple[str, str | None, bytes]], boundary: str = BOUNDARY) -> bytes:
    body = b""
    for name, filename, content in parts:
        told = f'; filename="{filename}"' if filename is not None else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n'.encode()
        body += b"Content-Type: audio/wav\r\n" if filename else b""
        body += b"\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def read(body: bytes, kind: str = KIND, size: int = 1 << 20) -> list[PartEvent]:
    reader = MultipartReader(kind)
    events: list[PartEvent] = []
    for at in range(0, len(body), size):
        events += reader.feed(body[at : at + size])
    reader.finish()
    return events


def collected(events: list[PartEvent]) -> list[tuple[str, str | None, bytes]]:
    parts: list[tuple[str, str | None, bytes]] = []
    for event in events:
        if isinstance(event, PartBegun):
            parts.append((event.name, event.filename, b""))
        elif isinstance(event, PartData):
            name, filename, before = parts.pop()
            parts.append((name, filename, before + event.data))
        else:
            assert isinstance(event, PartEnded)
    return parts


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1 << 20])
@pytest.mark.parametrize("kind", [KIND, f'multipart/form-data; charset=utf-8; boundary="{BOUNDARY}"'])
def test_parts_come_out_as_they_went_in(size: int, kind: str) -> None:
    events = read(form(PARTS), kind, size)
    assert collected(events) == PARTS
    assert next(e for e in events if isinstance(e, PartBegun) and e.filename).content_type == "audio/wav"


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_the_first_line_is_the_boundary_where_the_header_names_none(size: int) -> None:
    assert collected(read(form(PARTS), "multipart/form-data", size)) == PARTS


@given(
    contents=st.lists(st.binary(max_size=300), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
def test_any_content_in_any_pieces(contents: list[bytes], sizes: list[int]) -> None:
    boundary = "x" * 30
    parts: list[tuple[str, str | None, bytes]] = [(str(n), None, each) for n, each in enumerate(contents)]
    body = form(parts, boundary)
    reader = MultipartReader(f"multipart/form-data; boundary={boundary}")
    events: list[PartEvent] = []
    at, turn = 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)]
        events += reader.feed(body[at : at + size])
        at, turn = at + size, turn + 1
    reader.finish()
    assert collected(events) == parts


def test_what_follows_the_end_is_ignored() -> None:
    assert collected(read(form(PARTS) + b"good bye")) == PARTS


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        form(PARTS)[:-10],
        b"--other\r\n\r\n",
        b"--abc123\r\nno colon\r\n\r\nx\r\n--abc123--\r\n",
        b'--abc123\r\nContent-Disposition: form-data; filename="x"\r\n\r\nx\r\n--abc123--\r\n',
        b"--abc123\r\nContent-Type: text/plain\r\n\r\nx\r\n--abc123--\r\n",
        b"--abc123\r\n" + b"X-Long: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--abc123--\r\n",
        b"--abc123\r\n" + b"X-Many: y\r\n" * 1000 + b"\r\nx\r\n--abc123--\r\n",
    ],
)
@pytest.mark.parametrize("kind", [KIND, "multipart/form-data"])
def test_what_is_no_form(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read(body, kind)


def test_boundaries_are_bounded() -> None:
    with pytest.raises(InvalidRequest):
        MultipartReader(f"multipart/form-data; boundary={'x' * 300}")
    with pytest.raises(InvalidRequest):
        read(b"--" + b"x" * 300)


@given(st.binary(max_size=400))
def test_noise_is_refused_or_read_but_never_breaks(noise: bytes) -> None:
    try:
        read(noise)
        read(form(PARTS) + noise)
        read(noise + form(PARTS), "multipart/form-data", 9)
    except InvalidRequest:
        pass
