"""Framing against the server side of the `websockets` library, however the bytes are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from myna.speech.errors import ConnectionLost, UsageError
from myna.transport.frames import Frames
from myna.transport.protocols import HandshakeRefused, Target


def pair(**options):
    """A client whose request was answered, the server, and the answer, not fed yet."""
    client = Frames(Target("ws://localhost/tts/websocket?a=1", {"X-Mine": "1"}, **options))
    server = ServerProtocol()
    server.receive_data(client.outgoing())
    [request] = server.events_received()
    assert (request.path, request.headers["X-Mine"]) == ("/tts/websocket?a=1", "1")
    server.send_response(server.accept(request))
    return client, server, b"".join(server.data_to_send())


frames = st.one_of(
    st.tuples(st.just("text"), st.text(max_size=200)),
    st.tuples(st.just("binary"), st.binary(max_size=70_000)),
    st.tuples(st.just("fragments"), st.lists(st.text(max_size=50), min_size=2, max_size=4)),
    st.tuples(st.just("ping"), st.binary(max_size=20)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(frames, max_size=8), st.lists(st.integers(0, 2**20), max_size=10))
def test_messages_come_out_however_the_bytes_are_cut(sent, cuts):
    client, server, stream = pair()
    expected, pings = [], []
    for kind, content in sent:
        if kind == "text":
            server.send_text(content.encode())
            expected.append(content.encode())
        elif kind == "binary":
            server.send_binary(content)
            expected.append(content)
        elif kind == "ping":
            server.send_ping(content)
            pings.append(content)
        else:
            for number, part in enumerate(content):
                last = number == len(content) - 1
                send = server.send_continuation if number else server.send_text
                send(part.encode(), fin=last)
                if not last:
                    server.send_ping(b"between")
                    pings.append(b"between")
            expected.append("".join(content).encode())
    stream += b"".join(server.data_to_send())
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    heard = []
    for start, end in itertools.pairwise(edges):
        if start != end:
            heard += client.feed(stream[start:end])
    assert heard == expected and client.open
    server.receive_data(client.outgoing())
    assert [frame.data for frame in server.events_received() if frame.opcode is Opcode.PONG] == pings


def test_text_and_audio_leave_as_what_they_are():
    client, server, answer = pair()
    client.feed(answer)
    for data in ("finalize", b"\x00\xff", bytes(70_000)):
        client.send(data)
    server.receive_data(client.outgoing())
    sent = [(frame.opcode, bytes(frame.data)) for frame in server.events_received()]
    assert sent == [
        (Opcode.TEXT, b"finalize"),
        (Opcode.BINARY, b"\x00\xff"),
        (Opcode.BINARY, bytes(70_000)),
    ]


def test_a_server_may_speak_and_leave_with_its_handshake():
    client, server, stream = pair()
    server.send_text(b"no")
    server.send_close(1008, "invalid request")
    heard = client.feed(stream + b"".join(server.data_to_send()))
    assert heard == [b"no"] and client.shaken and not client.open
    assert client.failure is None and client.loss().code == 1008


def test_goodbye():
    client, server, stream = pair()
    client.feed(stream)
    server.send_text(b"last words")
    server.send_close(1000, "connection idle timeout")
    assert client.feed(b"".join(server.data_to_send())) == [b"last words"]
    assert client.over and not client.open
    loss = client.loss()
    assert (loss.code, loss.reason) == (1000, "connection idle timeout")
    server.receive_data(client.outgoing())
    assert server.close_rcvd is not None and server.close_rcvd.code == 1000
    with pytest.raises(ConnectionLost):
        client.send("too late")


@pytest.mark.parametrize("fast", [True, False])
def test_a_message_over_the_limit_ends_the_connection(fast):
    client, server, stream = pair(max_size=1000)
    client.feed(stream)
    if not fast:
        server.send_text(b"x" * 900, fin=False)
        server.send_continuation(b"x" * 900, fin=True)
    else:
        server.send_text(b"x" * 1001)
    assert client.feed(b"".join(server.data_to_send())) == []
    assert client.over and client.loss().code == 1009


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"\x81\x85mask!hello", 1002), (b"\xf1\x01x", 1002), (b"\x80\x01x", 1002), (b"\x8b\x00", 1002)],
)
def test_what_breaks_the_protocol_ends_the_connection(raw, code):
    client, _, stream = pair()
    client.feed(stream)
    assert client.feed(raw) == [] and client.over and client.loss().code == code


def test_the_end_of_the_stream_without_goodbye():
    client, _, stream = pair()
    client.feed(stream)
    client.end_of_stream()
    assert client.over and client.loss().code == 1006


def test_a_refusal_has_status_headers_and_body():
    client = Frames(Target("ws://localhost/"))
    for part in (b"HTTP/1.1 401 Unauth", b"orized\r\nX-A: b\r\nContent-Length: 5\r\n\r\nso", b"rry"):
        client.feed(part)
    failure = client.failure
    assert isinstance(failure, HandshakeRefused) and not client.open
    assert (failure.status, failure.body) == (401, b"sorry") and ("X-A", "b") in failure.headers


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 101 Odd\r\n\r\n", b"x" * 70_000])
def test_a_peer_that_speaks_something_else(answer):
    client = Frames(Target("ws://localhost/"))
    client.feed(answer)
    client.end_of_stream()
    assert isinstance(client.failure, ConnectionLost) and not client.open


def test_compression_on_request():
    from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

    client = Frames(Target("ws://localhost/", compression="deflate"))
    server = ServerProtocol(extensions=[ServerPerMessageDeflateFactory()])
    server.receive_data(client.outgoing())
    server.send_response(server.accept(server.events_received()[0]))
    server.send_text(b"hello" * 1000)
    stream = b"".join(server.data_to_send())
    assert len(stream) < 1000 and client.feed(stream) == [b"hello" * 1000]
    client.send("back" * 1000)
    server.receive_data(client.outgoing())
    [frame] = server.events_received()
    assert isinstance(frame, Frame) and frame.data == b"back" * 1000
    with pytest.raises(UsageError):
        Frames(Target("ws://localhost/", compression="zip"))
