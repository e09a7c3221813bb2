"""`Myna()`: the same calls, answered by this process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest

import myna
from myna.client import AsyncMyna, Myna
from myna.client.sync import local
from myna.testing.provider import Script, ScriptedProvider
from tests.client.driving import Lifted, collect

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050}
WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 22050}


@pytest.fixture
def provider(monkeypatch):
    """The provider that the next client makes."""
    made = ScriptedProvider(Script(word_seconds=0.2))
    monkeypatch.setattr("myna.providers.local.LocalProvider", lambda: made)
    return made


def here(side):
    return Lifted(Myna()) if side == "sync" else AsyncMyna()


def request(provider, text="one two three", output_format=RAW, **more):
    return {
        "model_id": "sonic-latest",
        "voice": provider.speakers[0].id,
        "transcript": text,
        "output_format": output_format,
        **more,
    }


@pytest.mark.usefixtures("no_leaks", "no_tasks_left")
class TestCalls:
    async def test_generate(self, side, provider, tmp_path):
        client = here(side)
        response = await client.tts.generate(**request(provider, output_format=WAV))
        assert response.status_code == 200 and response.headers["content-type"] == "audio/wav"
        assert response.headers["x-request-id"]
        (tmp_path / "read.wav").write_bytes(await response.read())
        await response.write_to_file(tmp_path / "written.wav")
        await client.close()
        for name in ("read.wav", "written.wav"):
            with wave.open(str(tmp_path / name)) as file:
                assert file.getnframes() == pytest.approx(0.6 * 22050, rel=0.1)
                assert np.abs(np.frombuffer(file.readframes(10**6), np.int16)).max() > 1000

    async def test_a_streamed_body_comes_as_it_is_made(self, side, provider):
        client = here(side)
        async with client.tts.with_streaming_response.generate(**request(provider)) as response:
            pieces = [piece async for piece in response.iter_bytes()]
        assert len(pieces) > 2 and sum(map(len, pieces)) == pytest.approx(0.6 * 44100, rel=0.1)
        async with client.tts.with_streaming_response.generate(**request(provider, "one " * 500)) as response:
            async for piece in response.iter_bytes():
                assert piece
                break
        await client.close()

    async def test_events(self, side, provider):
        client = here(side)
        stream = await client.tts.generate_sse(
            **request(provider), add_timestamps=True, add_phoneme_timestamps=True, context_id="q"
        )
        events = await collect(stream)
        await client.close()
        kinds = [event.type for event in events]
        assert kinds[-1] == "done" and {"chunk", "timestamps", "phoneme_timestamps"} <= set(kinds)
        assert {event.context_id for event in events} == {"q"}
        words = [word for event in events if event.type == "timestamps" for word in event.timestamps.words]
        assert words == ["one", "two", "three"]

    async def test_a_live_connection(self, side, provider):
        client = here(side)
        async with client.tts.websocket_connect() as connection:
            contexts = [
                connection.context(voice=provider.speakers[0].id, output_format=RAW) for _ in range(3)
            ]
            for context in contexts:
                await context.push("one ")
                await context.push("two", add_timestamps=True)
                await context.flush()
                await context.push(" three")
                await context.no_more_inputs()
            for events in await asyncio.gather(*(collect(context.receive()) for context in contexts)):
                assert [event.type for event in events if event.type != "chunk"] == ["flush_done", "done"]
                size = sum(len(event.audio or b"") for event in events if event.type == "chunk")
                assert size == pytest.approx(0.6 * 44100, rel=0.1)
        await client.close()

    async def test_cancelling_and_leaving_frees_the_engine(self, side, provider):
        client = here(side)
        connection = await client.tts.websocket_connect().enter()
        voice = provider.speakers[0].id
        cancelled = connection.context(voice=voice, output_format=RAW)
        await cancelled.push("one " * 5000, continue_=False)
        async for event in cancelled.receive():
            assert event.type == "chunk"
            break
        await cancelled.cancel()
        after = connection.context(voice=voice, output_format=RAW)
        await after.push("one", continue_=False)
        assert (await collect(after.receive()))[-1].type == "done"
        left = connection.context(voice=voice, output_format=RAW)
        await left.push("one " * 5000, continue_=False)
        await connection.close()
        with pytest.raises(myna.ConnectionLost):
            await collect(left.receive())
        await client.close()

    async def test_what_is_wrong_is_the_same_typed_error(self, side, provider):
        client = here(side)
        good = request(provider)
        for change, kind in (
            ({"voice": "nobody"}, myna.VoiceNotFound),
            ({"output_format": {"container": "ogg", "sample_rate": 1}}, myna.UnsupportedFormat),
            ({"transcript": " "}, myna.InvalidRequest),
            ({"language": "en", "locale": "en-GB"}, myna.BadRequestError),
            ({"model_id": None}, myna.BadRequestError),
        ):
            with pytest.raises(kind) as caught:
                await client.tts.generate(**{**good, **change})
            assert caught.value.status_code == 400 and caught.value.request_id
            with pytest.raises(kind):
                await client.tts.generate_sse(**{**good, **change})
        with pytest.raises(myna.NotFoundError) as caught:
            await client.voices.get("nobody")
        assert isinstance(caught.value, myna.VoiceNotFound)
        with pytest.raises(myna.NotOffered):
            await client.get("/datasets", cast_to=dict)
        with pytest.raises(myna.NotFoundError):
            await client.get("/nowhere", cast_to=dict)
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice="nobody")
            await context.push("x")
            [event] = await collect(context.receive())
            assert (event.type, event.status_code, event.error_code) == ("error", 400, "voice_not_found")
        await client.close()

    async def test_an_engine_that_fails_or_stalls(self, side, provider):
        provider.script = Script(
            failures={"two": myna.EngineCrashed("The engine fell over.")}, stalls={"three"}
        )
        client = here(side).with_options(max_retries=0, timeout=0.4)
        with pytest.raises(myna.InternalServerError, match="fell over"):
            await client.tts.generate(**request(provider, "two"))
        events = await collect(await client.tts.generate_sse(**request(provider, "one two")))
        assert events[-1].type == "error"
        with pytest.raises(myna.APITimeoutError):
            await client.tts.generate(**request(provider, "three"))
        with pytest.raises(myna.APITimeoutError):
            await collect(await client.tts.generate_sse(**request(provider, "one three")))
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=provider.speakers[0].id, output_format=RAW)
            await context.push("one three", continue_=False)
            with pytest.raises(myna.APITimeoutError):
                await collect(context.receive())
        await client.close()

    async def test_voices_and_status(self, side, provider):
        client = here(side)
        names = [voice.name async for voice in client.voices.list(limit=2)]
        assert names == [voice.name for voice in provider.speakers]
        first = provider.speakers[0]
        assert (await client.voices.get(first.id)).name == first.name
        assert (await client.voices.get(first.name)).id == first.id
        assert (await client.get_status()).version == "2026-08-14"
        older = client.with_options(default_headers={"Cartesia-Version": "2024-06-10"})
        assert len((await older.voices.get(first.id)).embedding) == 192
        await client.close()

    async def test_a_slow_reader_suspends_its_speech(self, side, provider):
        client = here(side)
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=provider.speakers[0].id, output_format=RAW)
            await context.push("one " * 20_000, continue_=False)
            async for event in context.receive():
                assert event.type == "chunk"
                await asyncio.sleep(1.0)
                break
            board = getattr(connection, "plain", connection)._board
            assert board.held < 16 * 2**20
        await client.close()


@pytest.mark.usefixtures("no_leaks")
class TestTheLoopThread:
    def test_it_is_shared_and_ends_with_the_last_client(self, provider):
        first, second = Myna(), Myna()
        first.tts.generate(**request(provider))
        second.tts.generate(**request(provider))
        assert [thread.name for thread in threading.enumerate()].count("myna-loop") == 1
        first.close()
        second.tts.generate(**request(provider))
        second.close()
        second.close()
        assert "myna-loop" not in [thread.name for thread in threading.enumerate()]
        with pytest.raises(myna.UsageError, match="closed"):
            second.tts.generate(**request(provider))

    def test_clients_in_many_threads(self, provider):
        client, lengths = Myna(), []

        def speak():
            lengths.append(len(client.tts.generate(**request(provider)).read()))

        threads = [threading.Thread(target=speak) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        client.close()
        assert len(set(lengths)) == 1 and len(lengths) == 8

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
    def test_a_forked_child_begins_anew(self, provider):
        client = Myna()
        expected = client.tts.generate(**request(provider)).read()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                same = client.tts.generate(**request(provider)).read() == expected
                status = 0 if same and local._shared.process == os.getpid() else 2
                client.close()
            finally:
                os._exit(status)
        deadline = time.monotonic() + 30
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                pytest.fail("the child hangs")
            time.sleep(0.02)
        assert os.waitstatus_to_exitcode(ended[1]) == 0
        assert client.tts.generate(**request(provider)).read() == expected
        client.close()


REQUEST = """
    model_id="espeak", voice="Wren", transcript="Good evening.",
    output_format={"container": "wav", "encoding": "pcm_s16le", "sample_rate": 22050},
"""
PROGRAMS = {
    "Myna": f"print(len(myna.Myna().tts.generate({REQUEST}).read()))",
    "Cartesia": f"print(len(myna.Cartesia().tts.generate({REQUEST}).read()))",
    "AsyncMyna": f"""
import asyncio
async def main():
    response = await myna.AsyncMyna().tts.generate({REQUEST})
    print(len(await response.read()))
asyncio.run(main())
""",
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_that_never_closes_ends_all_the_same(kind, tmp_path):
    warnings = "default::DeprecationWarning" if kind == "AsyncMyna" else "error"
    ended = subprocess.run(
        [sys.executable, "-W", warnings, "-c", f"import myna\n{PROGRAMS[kind]}"],
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PYTHONPATH": str(Path(myna.__file__).parents[1])},
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 20_000
    assert ended.stderr == ""


SOUND = 'model_id="espeak", voice="Wren", output_format=' + str(RAW)
LONG = f'{SOUND}, transcript="Good evening to all of you. " * 100'
MIDDLES = {
    "raised": f"""
for event in myna.Myna().tts.generate_sse({LONG}):
    raise SystemExit(3)
""",
    "in a thread": f"""
import threading, time
begun = threading.Event()
def read():
    for event in myna.Myna().tts.generate_sse({LONG}):
        begun.set()
        time.sleep(0.05)
threading.Thread(target=read, daemon=True).start()
begun.wait(30)
raise SystemExit(3)
""",
    "connected": f"""
connection = myna.Myna().tts.websocket_connect().__enter__()
context = connection.context({SOUND})
context.push("Good evening to all of you. " * 100)
for event in context.receive():
    raise SystemExit(3)
""",
}


@pytest.mark.parametrize("kind", MIDDLES)
def test_a_program_that_ends_in_the_middle_of_speech_ends_quietly(kind, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", f"import myna\n{MIDDLES[kind]}"],
        capture_output=True,
        text=True,
        timeout=9,  # less than what the loop's thread would wait for itself
        env={**os.environ, "PYTHONPATH": str(Path(myna.__file__).parents[1])},
        cwd=tmp_path,
    )
    assert (ended.returncode, ended.stderr) == (3, "")


@pytest.mark.usefixtures("no_leaks", "no_tasks_left")
async def test_say_chooses_everything(side, tmp_path):
    client = here(side)
    await (await client.say("Good evening.")).write_to_file(tmp_path / "evening.wav")
    await client.close()
    with wave.open(str(tmp_path / "evening.wav")) as file:
        assert (file.getframerate(), file.getsampwidth()) == (24000, 2)
        assert 0.5 < file.getnframes() / 24000 < 3


async def test_what_was_read_is_no_longer_held(side, provider):
    client = here(side)
    async with client.tts.websocket_connect() as connection:
        context = connection.context(voice=provider.speakers[0].id, output_format=RAW)
        await context.push("one two three", continue_=False)
        await collect(context.receive())
        with pytest.raises(TimeoutError):
            await connection.recv(timeout=0.01)
        board = getattr(connection, "plain", connection)._board
        board.settle(board._inboxes[context.context_id])
        assert board.held == 0
    await client.close()
