"""`stt.websocket` of the second generation, on both clients."""

from __future__ import annotations

from inspect import isawaitable
from urllib.parse import parse_qsl, urlsplit

import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.hearing import AUDIO, listen, said
from tests.client.peers import Talk, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")


class TestSecondGeneration:
    """`stt.websocket`: dictionaries."""

    async def opened(self, side, client, **more):
        websocket = client.stt.websocket(**more)
        return await websocket if isawaitable(websocket) else websocket

    async def test_sending_and_receiving(self, side):
        with peer(listen) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client, max_silence_duration_secs=0.5)
            await websocket.send(AUDIO)
            await websocket.send("finalize")
            await websocket.send("done")
            heard = await collect(websocket.receive())
            assert await collect(websocket.receive()) == []
            await websocket.send("done")
            assert [each["type"] for each in await collect(websocket.receive())] == ["transcript", "done"]
            with pytest.raises(TypeError):
                await websocket.send(7)
            await websocket.close()
            await client.close()
        assert heard == [
            {"type": "transcript", "request_id": "r", "text": "word ", "is_final": False},
            {"type": "transcript", "request_id": "r", "text": " word", "is_final": True},
            {"type": "flush_done", "request_id": "r"},
            {"type": "transcript", "request_id": "r", "text": "", "is_final": True},
            {"type": "done", "request_id": "r"},
        ]
        assert server.connections == 2 and server.heard[-2:] == ["done", "done"]
        asked = dict(parse_qsl(urlsplit(server.paths[0]).query))
        assert asked == {
            "model": "ink-whisper",
            "language": "en",
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "max_silence_duration_secs": "0.5",
        }

    async def test_transcribing_pieces(self, side):
        with peer(listen) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            heard = await collect(websocket.transcribe(iter([AUDIO, AUDIO]), sample_rate=8000, language=None))
            await client.close()
        assert [each["text"] for each in heard if each.get("is_final")] == [" word word", ""]
        assert server.heard == [AUDIO, AUDIO, "finalize", "done"]
        assert "sample_rate=8000" in server.paths[1] and "language" not in server.paths[1]

    async def test_errors_are_raised(self, side):
        async def script(talk: Talk) -> None:
            await talk.say(said("error", message="No such model."))
            await talk.socket.wait_closed()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            with pytest.raises(RuntimeError, match=r"^Error transcribing audio: No such model\.$"):
                await collect(websocket.receive())
            await websocket.close()
            await client.close()

    async def test_a_loss_is_told_before_another_connection_is_opened(self, side):
        async def script(talk: Talk) -> None:
            if talk.number == 1:
                await talk.socket.recv()
                talk.socket.transport.abort()
            else:
                await listen(talk)

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            websocket = await self.opened(side, client)
            await websocket.send(AUDIO)
            with pytest.raises(myna.ConnectionLost):
                await collect(websocket.receive())
            with pytest.raises(myna.ConnectionLost):
                await websocket.send(AUDIO)
            await websocket.send("done")
            assert (await collect(websocket.receive()))[-1]["type"] == "done"
            await websocket.close()
            await client.close()
        assert server.heard == ["done"]
