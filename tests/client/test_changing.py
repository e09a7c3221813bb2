"""`voice_changer` and `change`, on both clients, against servers that do what a test tells them."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import json
import threading
import time
from contextlib import aclosing
from urllib.parse import parse_qsl, urlsplit

import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.peers import Reply, Talk, error, http_peer, peer
from tests.client.sounds import RATE, speech, wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

AUDIO = speech(0.1)
CLIP = wav(speech(0.5))
FORMAT = {
    "output_format_container": "raw",
    "output_format_encoding": "pcm_s16le",
    "output_format_sample_rate": 16000,
}
LIVE = {"voice_id": "Ada", "encoding": "pcm_s16le", "sample_rate": RATE}
REFUSAL = {"error_code": "voice_not_found", "title": "Unknown voice", "message": "No voice has this id."}


def sse(*events, named=True):
    return [
        (f"event: {fields.get('type')}\n" if named else "").encode()
        + b"data: "
        + json.dumps(fields).encode()
        + b"\n\n"
        for fields in events
    ]


def chunk(audio=AUDIO, **fields):
    data = base64.b64encode(audio).decode()
    return {"data": data, "done": False, "sample_rate": RATE, "status_code": 206, "step_time": 1.0, **fields}


class TestRecordings:
    async def test_the_call_and_what_it_gives(self, side, tmp_path):
        with http_peer(lambda asked: Reply(200, {"content-type": "audio/wav"}, CLIP)) as server:
            client = client_of(side, base_url=server.url)
            changer = client.voice_changer
            response = await changer.generate(
                clip=("me.wav", CLIP, "audio/wav"), voice_id="Ada", **FORMAT, extra_query={"encoding": "x"}
            )
            await response.write_to_file(tmp_path / "changed.wav")
            assert await response.read() == CLIP == (tmp_path / "changed.wav").read_bytes()
            mp3 = {"output_format_container": "mp3", "output_format_bit_rate": 32000}
            await changer.change_voice_bytes(clip=CLIP, voice_id="Ada", output_format_encoding=None, **mp3)
            assert await (await client.change(CLIP, voice="Ada")).read() == CLIP
            assert b"".join(await collect(changer.bytes(clip=CLIP, voice_id="Ada", **FORMAT))) == CLIP
            async with changer.with_streaming_response.generate(clip=CLIP, voice_id="Ada") as streamed:
                await streamed.stream_to_file(tmp_path / "streamed.wav")
            raw = await changer.with_raw_response.generate(clip=CLIP, voice_id="Ada")
            assert raw.headers["content-type"] == "audio/wav" and await raw.read() == CLIP
            await client.close()
        assert (tmp_path / "streamed.wav").read_bytes() == CLIP
        asked, second, third, *_ = server.asked
        assert (asked.method, asked.path) == ("POST", "/voice-changer/bytes?encoding=x")
        assert asked.headers["accept"] == "audio/wav"
        texts = {name: part.text for name, part in asked.form.items() if name != "clip"}
        assert texts == {
            "voice[id]": "Ada",
            "output_format[container]": "raw",
            "output_format[encoding]": "pcm_s16le",
            "output_format[sample_rate]": "16000",
        }
        assert (asked.form["clip"].data, asked.form["clip"].filename) == (CLIP, "me.wav")
        assert set(second.form) == {
            "clip",
            "voice[id]",
            "output_format[container]",
            "output_format[bit_rate]",
        }
        assert third.form["output_format[sample_rate]"].text == "24000"

    async def test_a_file_in_every_form(self, side, tmp_path):
        path = tmp_path / "me.wav"
        path.write_bytes(CLIP)
        with http_peer(lambda asked: Reply(200, body=b"..")) as server, path.open("rb") as opened:
            client = client_of(side, base_url=server.url)
            for clip in (CLIP, bytearray(CLIP), path, str(path), opened, io.BytesIO(CLIP), ("x", path)):
                await client.voice_changer.generate(clip=clip, voice_id="Ada", **FORMAT)
            for wrong in (tmp_path, "nowhere.wav", 7, io.StringIO("text")):
                with pytest.raises(myna.UsageError):
                    await client.voice_changer.generate(clip=wrong, voice_id="Ada", **FORMAT)
            with pytest.raises(myna.UsageError, match="clip is missing"):
                await client.voice_changer.generate(voice_id="Ada", **FORMAT)
            await client.close()
        assert [asked.form["clip"].data for asked in server.asked] == [CLIP] * 7

    @pytest.mark.parametrize("typed", [True, False], ids=["typed", "newest form"])
    async def test_events(self, side, typed):
        more = ({"type": "chunk"}, {"type": "done"}) if typed else ({}, {})
        events = [chunk(**more[0]), chunk(AUDIO[:10], **more[0], new=7)]
        events.append({"done": True, "status_code": 200, **more[1]})
        reply = Reply(200, {"content-type": "text/event-stream"}, pieces=sse(*events, named=typed))
        with http_peer(lambda asked: reply) as server:
            client = client_of(side, base_url=server.url)
            request = {"clip": CLIP, "voice_id": "Ada", **FORMAT}
            async with await client.voice_changer.generate_sse(**request) as stream:
                got = await collect(stream)
            assert [event.type for event in got] == ["chunk", "chunk", "done"]
            assert [event.audio for event in got[:2]] == [AUDIO, AUDIO[:10]]
            assert (got[0].sample_rate, got[0]["sample_rate"], got[0].step_time) == (RATE, RATE, 1.0)
            assert got[1].new == 7 and got[1].data == base64.b64encode(AUDIO[:10]).decode()
            assert (got[2].done, got[2].status_code, got[2].terminal) == (True, 200, True)
            assert [event.type for event in await collect(client.voice_changer.sse(**request))][-1] == "done"
            again = await client.voice_changer.change_voice_sse(**request)
            assert len(await collect(again)) == 3
            async with client.voice_changer.with_streaming_response.generate_sse(**request) as response:
                assert response.headers["content-type"] == "text/event-stream"
            await client.close()
        assert server.asked[0].path == "/voice-changer/sse"
        assert server.asked[0].headers["accept"] == "text/event-stream"

    async def test_errors_are_typed(self, side):
        def refuse(asked):
            return Reply(400, {"content-type": "application/json"}, json.dumps(REFUSAL).encode())

        with http_peer(refuse) as server:
            client = client_of(side, base_url=server.url)
            for call in (client.voice_changer.generate, client.voice_changer.generate_sse):
                with pytest.raises(myna.VoiceNotFound, match="No voice has this id") as caught:
                    await call(clip=CLIP, voice_id="x", **FORMAT)
                assert isinstance(caught.value, myna.BadRequestError)
            await client.close()

    async def test_a_stream_that_breaks_off_or_ends_in_an_error(self, side):
        failed = {"type": "error", "done": True, "title": "Failed", "message": "It fell.", "status_code": 500}
        replies = [sse(chunk(type="chunk"), failed), sse(chunk()), [b"data: nonsense\n\n"]]
        with http_peer(lambda asked: Reply(200, pieces=replies[len(server.asked) - 1])) as server:
            client = client_of(side, base_url=server.url, max_retries=0)
            request = {"clip": CLIP, "voice_id": "Ada", **FORMAT}
            events = await collect(await client.voice_changer.generate_sse(**request))
            assert (events[-1].type, events[-1].error) == ("error", "Failed: It fell.")
            with pytest.raises(myna.ConnectionLost, match="before its last event"):
                await collect(await client.voice_changer.generate_sse(**request))
            with pytest.raises(myna.ProtocolViolation):
                await collect(await client.voice_changer.generate_sse(**request))
            await client.close()


async def invert(talk: Talk) -> None:
    """Give all audio back, byte by byte upside down, until `done`."""
    async for message in talk.socket:
        talk.heard.append(message)
        if message == "done":
            await talk.say(json.dumps({"type": "done", "done": True, "status_code": 206}))
            return
        await talk.say(json.dumps(chunk(upside_down(message), type="chunk")))


def upside_down(audio):
    return bytes(byte ^ 255 for byte in audio)


def spoken(seconds=0.5, step=1001):
    audio = speech(seconds)
    return [audio[at : at + step] for at in range(0, len(audio), step)]


class TestLive:
    async def test_a_stream_in_and_a_stream_out(self, side):
        with peer(invert) as server:
            client = client_of(side, base_url=server.url, api_key="secret")
            asked = {**LIVE, "output_encoding": "pcm_f32le", "output_sample_rate": 8000}
            stream = client.voice_changer.stream(iter(spoken()), **asked, extra_query={"x": 1})
            assert b"".join(await collect(stream)) == upside_down(speech(0.5))
            assert stream.ended
            await client.close()
        assert server.heard == [*spoken(), "done"]
        address = urlsplit(server.paths[0])
        assert address.path == "/voice-changer/websocket"
        assert dict(parse_qsl(address.query)) == {
            "voice": "Ada",
            "encoding": "pcm_s16le",
            "sample_rate": str(RATE),
            "output_encoding": "pcm_f32le",
            "output_sample_rate": "8000",
            "x": "1",
        }
        assert server.headers[0]["authorization"] == "Bearer secret"

    async def test_sending_and_receiving_at_once(self, side):
        with peer(invert) as server:
            client = client_of(side, base_url=server.url)
            async with client.voice_changer.stream(**LIVE) as stream:

                async def send():
                    for piece in spoken():
                        await stream.send(piece)
                    await stream.send(b"")
                    await stream.finish()
                    await stream.finish()

                _, changed = await asyncio.gather(send(), collect(stream))
                assert await stream.recv() == b""
                with pytest.raises(myna.UsageError, match="end of the audio"):
                    await stream.send(AUDIO)
            await client.close()
        assert b"".join(changed) == upside_down(speech(0.5))
        assert server.heard[-2:] == [b"", "done"]

    async def test_much_that_is_sent_before_anything_is_read(self, side):
        audio = speech(120)
        with peer(invert) as server:
            client = client_of(side, base_url=server.url)
            async with client.voice_changer.stream(**LIVE) as stream, asyncio.timeout(30):
                await stream.send(audio)
                await stream.finish()
                changed = await collect(stream)
            await client.close()
        assert b"".join(changed) == upside_down(audio)

    async def test_a_source_is_taken_as_fast_as_what_comes_of_it(self, side):
        taken = 0

        def source():
            nonlocal taken
            while True:
                taken += 1
                yield bytes(2**16)

        with peer(invert) as server:
            client = client_of(side, base_url=server.url)
            async with aclosing(aiter(client.voice_changer.stream(source(), **LIVE))) as changed:
                assert await anext(changed)
                await asyncio.sleep(0.7)
                before = taken
                await asyncio.sleep(0.3)
                assert taken == before < 10
                for _ in range(2 * before):
                    await anext(changed)
                assert taken > before
            await client.close()
        assert server.connections == 1

    async def test_breaking_off_ends_the_source_and_the_connection(self, side):
        ended = threading.Event()

        def source():
            try:
                while True:
                    time.sleep(0.01)
                    yield AUDIO
            finally:
                ended.set()

        gone = threading.Event()

        async def script(talk):
            try:
                await invert(talk)
            finally:
                gone.set()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            async with aclosing(aiter(client.voice_changer.stream(source(), **LIVE))) as changed:
                async for _ in changed:
                    break
            assert await asyncio.to_thread(ended.wait, 5)
            assert await asyncio.to_thread(gone.wait, 5)
            await client.close()

    async def test_a_source_that_fails_says_so_itself(self, side):
        def source():
            yield AUDIO
            raise OSError("The microphone is gone.")

        with peer(invert) as server:
            client = client_of(side, base_url=server.url)
            async with asyncio.timeout(5):
                with pytest.raises(OSError, match="microphone is gone"):
                    await collect(client.voice_changer.stream(source(), **LIVE))
                with pytest.raises(myna.UsageError, match="not str"):
                    await collect(client.voice_changer.stream(["text"], **LIVE))
            await client.close()

    async def test_what_the_server_refuses_is_typed_wherever_it_shows(self, side):
        async def refuse(talk):
            await talk.say(error(None))
            await talk.socket.close(1008, "invalid request")

        with peer(refuse) as server:
            client = client_of(side, base_url=server.url)
            async with asyncio.timeout(5):
                with pytest.raises(myna.VoiceNotFound, match="No voice has this id") as caught:
                    await collect(client.voice_changer.stream(iter(spoken()), **LIVE))
                assert isinstance(caught.value, myna.BadRequestError) and caught.value.status_code == 400
                async with client.voice_changer.stream(**LIVE) as stream:
                    with pytest.raises(myna.VoiceNotFound):
                        while True:
                            await stream.send(AUDIO)
                            await asyncio.sleep(0.01)
                    with pytest.raises(myna.VoiceNotFound):
                        await stream.finish()
                    with pytest.raises(myna.VoiceNotFound):
                        await stream.recv()
            await client.close()

    async def test_an_end_before_its_time_comes_after_the_audio(self, side):
        async def leave(talk):
            await talk.socket.recv()
            await talk.say(json.dumps(chunk(type="chunk")))
            await talk.socket.close(1001, "server shutting down")

        with peer(leave) as server:
            client = client_of(side, base_url=server.url)
            async with client.voice_changer.stream(**LIVE) as stream, asyncio.timeout(5):
                await stream.send(AUDIO)
                assert await stream.recv() == AUDIO
                with pytest.raises(myna.WebSocketConnectionClosedError, match="1001") as caught:
                    await stream.recv()
                assert caught.value.code == 1001
                with pytest.raises(myna.WebSocketConnectionClosedError):
                    await stream.send(AUDIO)
            await client.close()

    async def test_a_server_that_owes_and_says_nothing(self, side):
        with peer(Talk.hold_all) as server:
            client = client_of(side, base_url=server.url, timeout=0.4)
            async with asyncio.timeout(8):
                for seconds, finishes in ((3.0, False), (0.1, True)):
                    async with client.voice_changer.stream(**LIVE) as stream:
                        await stream.send(speech(seconds))
                        if finishes:
                            await stream.finish()
                        with pytest.raises(myna.APITimeoutError, match=r"nothing for 0\.4 s"):
                            await stream.recv()
                async with client.voice_changer.stream(**LIVE) as stream:
                    await stream.send(speech(0.1))
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(asyncio.shield(collect_later(stream)), 0.8)
                    with pytest.raises(myna.APITimeoutError):
                        await stream.recv(timeout=0.1)
            await client.close()

    async def test_a_server_that_takes_nothing_in(self, side):
        stuck = threading.Event()

        async def script(talk):
            await asyncio.to_thread(stuck.wait, 20)

        with peer(script, max_queue=1) as server:
            client = client_of(side, base_url=server.url, timeout=0.3)
            async with asyncio.timeout(15):
                async with client.voice_changer.stream(**LIVE) as stream:
                    with pytest.raises(myna.APITimeoutError, match="took nothing in"):
                        while True:
                            await stream.send(bytes(2**20))
                    stuck.set()
            await client.close()

    async def test_what_makes_no_sense_is_an_error(self, side):
        async def talk_nonsense(talk):
            await talk.say("nonsense")
            await talk.hold_all()

        with peer(talk_nonsense) as server:
            client = client_of(side, base_url=server.url)
            async with client.voice_changer.stream(**LIVE) as stream, asyncio.timeout(5):
                with pytest.raises(myna.ProtocolViolation):
                    await stream.recv()
            with pytest.raises(myna.UsageError):
                client.voice_changer.stream(**LIVE, websocket_connection_options={"colour": 1})
            await client.close()

    async def test_closing_lets_a_reader_go_and_is_the_end(self, side):
        with peer(Talk.hold_all) as server:
            client = client_of(side, base_url=server.url)
            stream = client.voice_changer.stream(**LIVE)
            async with asyncio.timeout(10):
                await stream.send(AUDIO)
                reading = asyncio.create_task(stream.recv())
                await asyncio.sleep(0.2)
                await stream.close()
                with pytest.raises(myna.ConnectionLost, match="closed here"):
                    await reading
                await stream.close()
                with pytest.raises(myna.ConnectionLost):
                    await stream.send(AUDIO)
                unused = client.voice_changer.stream(**LIVE)
                await unused.close()
                with pytest.raises(myna.ConnectionLost, match="closed here"):
                    await unused.recv()
            await client.close()
        assert server.connections == 1

    async def test_nobody_is_there(self, side):
        client = client_of(side, base_url="http://localhost:1")
        with pytest.raises(myna.APIConnectionError):
            await collect(client.voice_changer.stream(iter(spoken()), **LIVE))
        await client.close()

    async def test_a_stream_that_nobody_holds_ends(self, side, eventually, monkeypatch):
        monkeypatch.setattr("myna.client.sync.keeper._ROUND", 0.1)
        gone = threading.Event()

        def source():
            while not gone.is_set():
                time.sleep(0.01)
                yield AUDIO

        async def script(talk):
            try:
                await invert(talk)
            finally:
                gone.set()

        with peer(script) as server:
            client = client_of(side, base_url=server.url)
            stream = client.voice_changer.stream(source(), **LIVE)
            assert await stream.recv()
            del stream
            for _ in range(50):
                gc.collect()
                if gone.is_set():
                    break
                await asyncio.sleep(0.1)
            assert gone.is_set()
            await client.close()


async def collect_later(stream):
    async with aclosing(aiter(stream)) as audio:
        return [piece async for piece in audio]
