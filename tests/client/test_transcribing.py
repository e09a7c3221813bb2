"""`stt.transcribe` and `transcribe`, on both clients: over HTTP and in this process."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
import tracemalloc

import pytest

import myna
from myna.client import AsyncMyna, Myna
from myna.speech.listening import Final, TimedWord
from myna.testing.provider import ScriptedProvider
from tests.client.driving import Lifted, client_of
from tests.client.peers import Reply, http_peer
from tests.client.sounds import silence, speech, wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

RECORDING = wav(speech(0.6) + silence(0.4))
HEARD = {
    "type": "transcript",
    "text": "Two of them.",
    "language": "en",
    "duration": 1.9,
    "request_id": "r1",
    "words": [{"word": "Two", "start": 0.1, "end": 0.4, "confidence": 0.5}],
}
JSON = {"content-type": "application/json"}


def answer(asked):
    return Reply(200, JSON, json.dumps(HEARD).encode())


async def test_the_call_and_what_it_gives(side):
    with http_peer(answer) as server:
        client = client_of(side, base_url=server.url)
        heard = await client.stt.transcribe(
            file=("speech.wav", RECORDING, "audio/wav"),
            model="ink-whisper",
            language="en",
            timestamp_granularities=["word"],
        )
        await client.stt.transcribe(
            file=b"raw", model="m", encoding="pcm_s16le", sample_rate=16000, extra_body={"hint": "x"}
        )
        await client.stt.transcribe(b"raw")
        await client.close()
    first, second, third = server.asked
    assert (first.method, first.path) == ("POST", "/stt")
    form = first.form
    assert (form["file"].data, form["file"].filename) == (RECORDING, "speech.wav")
    assert form["timestamp_granularities[]"].text == "word"
    assert (form["model"].text, form["language"].text) == ("ink-whisper", "en")
    assert second.path == "/stt?encoding=pcm_s16le&sample_rate=16000"
    assert second.form["hint"].text == "x" and set(third.form) == {"file", "model"}
    assert third.form["model"].text == "ink-whisper"
    assert (heard.text, heard.duration, heard.language, heard.request_id) == ("Two of them.", 1.9, "en", "r1")
    assert (heard.type, heard.is_final, heard["text"]) == ("transcript", None, "Two of them.")
    [word] = heard.words
    assert (word.word, word.start, word.end, word.confidence) == ("Two", 0.1, 0.4, 0.5)


async def test_responses_with_their_headers(side):
    with http_peer(answer) as server:
        client = client_of(side, base_url=server.url)
        raw = await client.stt.with_raw_response.transcribe(file=RECORDING)
        assert raw.headers["content-type"] == "application/json"
        assert (await raw.parse() if side == "aio" else raw.plain.parse()).text == "Two of them."
        async with client.stt.with_streaming_response.transcribe(file=RECORDING) as response:
            assert json.loads(await response.read()) == HEARD
        assert (await client.transcribe(RECORDING, language="de")).text == "Two of them."
        await client.close()
    assert server.asked[-1].form["language"].text == "de"


async def test_signs_of_life_keep_a_long_call_alive(side):
    def slowly():
        for _ in range(8):
            time.sleep(0.15)
            yield b" \n"
        yield json.dumps(HEARD).encode()

    with http_peer(lambda asked: Reply(200, JSON, pieces=slowly())) as server:
        client = client_of(side, base_url=server.url, timeout=0.6, max_retries=0)
        assert (await client.stt.transcribe(file=RECORDING)).text == "Two of them."
        await client.close()


async def test_a_server_that_stalls_or_breaks_off(side):
    stalled = threading.Event()
    replies = [Reply(wait=stalled), Reply(200, JSON, pieces=[b" \n", b'{"text"'], cut=True), Reply(lost=True)]
    with http_peer(lambda asked: replies[len(server.asked) - 1]) as server:
        client = client_of(side, base_url=server.url, timeout=0.3, max_retries=0)
        async with asyncio.timeout(5):
            with pytest.raises(myna.APITimeoutError):
                await client.stt.transcribe(file=RECORDING)
            for _ in range(2):
                with pytest.raises(myna.APIConnectionError):
                    await client.stt.transcribe(file=RECORDING)
        stalled.set()
        await client.close()


async def test_a_refusal(side):
    body = json.dumps({"error_code": "model_not_found", "title": "Model not found", "message": "No."})
    with http_peer(lambda asked: Reply(400, JSON, body.encode())) as server:
        client = client_of(side, base_url=server.url)
        with pytest.raises(myna.ModelNotFound) as caught:
            await client.stt.transcribe(file=RECORDING, model="nope")
        assert isinstance(caught.value, myna.BadRequestError)
        await client.close()


class Dictaphone(ScriptedProvider):
    """Notes what it is given, and fails or takes its time where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.seconds = 0.0
        self.error: Exception | None = None

    async def transcribe(self, request):
        self.sizes.append(request.path.stat().st_size)
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        yield Final("one", (TimedWord("one", 0.0, 0.2),), 0.0, 0.2)


@pytest.fixture
def provider(monkeypatch):
    """The provider that the next client makes."""
    made = Dictaphone()
    monkeypatch.setattr("myna.providers.local.LocalProvider", lambda: made)
    return made


def here(side, **settings):
    return Lifted(Myna(**settings)) if side == "sync" else AsyncMyna(**settings)


class TestHere:
    async def test_whatever_a_file_is_given_as(self, side, provider, tmp_path):
        path = tmp_path / "speech.wav"
        path.write_bytes(RECORDING)
        client = here(side)
        with path.open("rb") as opened:
            opened.seek(10)
            for file in (RECORDING, path, str(path), opened, ("mine.wav", RECORDING), ("p.wav", path)):
                heard = await client.stt.transcribe(file=file, timestamp_granularities=["word"])
                assert heard.text == "one" and heard.words[0].word == "one" and heard.request_id
        for wrong in (tmp_path, "nowhere.wav", 7, b""):
            with pytest.raises((myna.UsageError, myna.BadRequestError)):
                await client.stt.transcribe(file=wrong)
        with path.open() as text, pytest.raises(myna.UsageError):
            await client.stt.transcribe(file=text)
        await client.close()
        assert provider.sizes == [len(RECORDING)] * 3 + [len(RECORDING) - 10] + [len(RECORDING)] * 2

    async def test_a_file_that_cannot_be_read_says_so_itself(self, side, provider):
        class Broken:
            name = "broken.wav"

            def read(self, size=-1):
                raise OSError("The disk is gone.")

        client = here(side)
        with pytest.raises(OSError, match="disk is gone"):
            await client.stt.transcribe(file=Broken())
        await client.close()

    async def test_a_recording_that_takes_long(self, side, provider, monkeypatch):
        monkeypatch.setattr("myna.conversation.patience.PATIENCE_SECONDS", 0.1)
        monkeypatch.setattr("myna.conversation.patience.BEAT_SECONDS", 0.1)
        provider.seconds = 1.0
        client = here(side, timeout=0.5)
        assert (await client.transcribe(RECORDING)).text == "one"
        provider.error = myna.EngineCrashed("It fell over.")
        async with asyncio.timeout(5):
            with pytest.raises(myna.EngineCrashed):
                await client.transcribe(RECORDING)
        await client.close()

    async def test_an_engine_that_says_nothing(self, side, provider):
        provider.seconds = 30.0
        client = here(side, timeout=0.3, max_retries=0)
        async with asyncio.timeout(5):
            with pytest.raises(myna.APITimeoutError):
                await client.transcribe(RECORDING)
        await client.close()

    async def test_a_large_file_is_never_held_as_a_whole(self, side, provider, tmp_path):
        path, size = tmp_path / "long.wav", 32 * 2**20
        with path.open("wb") as file:
            file.truncate(size)
        client = here(side)
        await client.transcribe(RECORDING)
        gc.collect()
        tracemalloc.start()
        try:
            await client.transcribe(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        await client.close()
        assert provider.sizes[-1] == size
        assert peak < size / 4, peak
