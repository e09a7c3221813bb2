"""What a server says before it resets the connection, to threads that find it reset while they send."""

from __future__ import annotations

import json
import socket
import struct
from select import POLLERR, POLLHUP, poll
from typing import Any

import pytest

import myna
from myna.client import Myna
from myna.transport.protocols import Target
from myna.transport.sync.websocket import SocketWebSocket, connect
from tests.client.peers import Script, Talk, error, peer

pytestmark = pytest.mark.usefixtures("no_leaks")
REFUSED = json.dumps(
    {
        "type": "error",
        "status_code": 400,
        "error_code": "unsupported_format",
        "title": "Unsupported input format",
        "message": "No such encoding.",
    }
)


def leaving(said: str, *, after: int) -> Script:
    """Say this and goodbye after so many messages, and reset the connection before anybody can answer."""

    async def script(talk: Talk) -> None:
        for _ in range(after):
            await talk.socket.recv()
        await talk.say(said)
        transport, protocol = talk.socket.transport, talk.socket.protocol
        protocol.send_close(1008, "refused")
        transport.write(b"".join(protocol.data_to_send()))
        at_once = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        transport.abort()

    return script


def await_reset(websocket: Any) -> None:
    """Wait until the reset has come, and read nothing."""
    assert isinstance(websocket, SocketWebSocket)
    poller = poll()
    poller.register(websocket._sock, 0)
    [(_, happened)] = poller.poll(20_000)
    assert happened & (POLLERR | POLLHUP)


def test_what_came_before_the_reset_is_read_after_a_message_was_lost() -> None:
    with peer(leaving(REFUSED, after=1)) as server:
        websocket = connect(Target(server.url.replace("http", "ws")))
        websocket.send("one", 5.0)
        await_reset(websocket)
        for _ in range(2):
            with pytest.raises(myna.ConnectionLost) as lost:
                websocket.send("two", 5.0)
            assert (lost.value.code, lost.value.reason) == (1008, "refused")
        assert websocket.receive(0) == [REFUSED.encode()]
        with pytest.raises(myna.ConnectionLost, match="1008: refused"):
            websocket.receive(0)
        websocket.close()


def test_a_refusal_is_raised_where_the_end_of_the_audio_is_told() -> None:
    with peer(leaving(REFUSED, after=1)) as server, Myna(base_url=server.url) as client:
        with client.voice_changer.stream(voice_id="Ada", encoding="pcm_s16le", sample_rate=16000) as stream:
            stream.send(bytes(3200))
            await_reset(stream._socket)
            for told in (stream.finish, stream.recv):
                with pytest.raises(myna.BadRequestError, match="No such encoding"):
                    told()


def test_the_error_of_a_text_is_told_though_another_is_cancelled_too_late() -> None:
    with peer(leaving(error("a"), after=2)) as server, Myna(base_url=server.url) as client:
        with client.tts.websocket_connect() as connection:
            first, second = (
                connection.context(id, voice="Ada", model_id="sonic-3", output_format={"container": "raw"})
                for id in "ab"
            )
            for context in (first, second):
                context.push("Hello.")
            await_reset(connection._socket)
            second.cancel()
            [event] = first.receive()
            assert (event.type, event.error_code) == ("error", "voice_not_found")
