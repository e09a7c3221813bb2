"""What OpenAI's clients ask, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import struct
from dataclasses import replace
from typing import Any

import av
import httpx
import pytest

from myna.conversation import patience
from myna.server.settings import Limits, Settings
from myna.speech.errors import EngineError, Overloaded
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from myna.testing.voices import scripted_voice
from myna.wire.openai.voices import STAND_INS
from tests.server.conftest import LATEST, until
from tests.server.test_transcribing import RECORDING, speech, wav

BROKEN = EngineError("broken")
KEYED = Settings(keys=("sk_test",))


@pytest.fixture
def provider(script: Script) -> ScriptedProvider:
    own = [scripted_voice("Ada"), *(replace(scripted_voice(name), id=id) for name, id in STAND_INS.items())]
    return ScriptedProvider(script, own)


async def said(http: httpx.AsyncClient, path: str = "/v1/audio/speech", **fields: Any) -> httpx.Response:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello there.", **fields}
    return await http.post(path, json={name: value for name, value in body.items() if value is not None})


async def heard(
    http: httpx.AsyncClient, path: str = "/v1/audio/transcriptions", file: Any = RECORDING, **data: Any
) -> httpx.Response:
    return await http.post(path, files={"file": ("a.wav", file)}, data={"model": "whisper-1", **data})


def error(answer: httpx.Response) -> dict[str, Any]:
    body = answer.json()
    assert body.keys() == {"error"} and body["error"].keys() == {"message", "type", "param", "code"}
    assert answer.headers["x-request-id"]
    found: dict[str, Any] = body["error"]
    return found


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.split("\n\n") if block.startswith("data: ")]
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


class TestSpeech:
    @pytest.mark.parametrize(
        ("format", "media", "codec"),
        [
            (None, "audio/mpeg", "mp3float"),
            ("mp3", "audio/mpeg", "mp3float"),
            ("opus", "audio/ogg", "opus"),
            ("aac", "audio/aac", "aac"),
            ("flac", "audio/flac", "flac"),
            ("wav", "audio/wav", "pcm_s16le"),
        ],
    )
    async def test_every_format_is_what_it_says(
        self, http: httpx.AsyncClient, format: str | None, media: str, codec: str
    ) -> None:
        answer = await said(http, response_format=format)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        with av.open(io.BytesIO(answer.content)) as file:
            stream = file.streams.audio[0]
            assert stream.codec_context.name.removeprefix("lib") == codec
            seconds = sum(frame.samples for frame in file.decode(stream)) / stream.rate
        assert 0.4 - 1e-3 <= seconds <= 0.52

    async def test_pcm_is_24_khz(self, http: httpx.AsyncClient) -> None:
        answer = await said(http, response_format="pcm")
        assert answer.headers["content-type"] == "audio/pcm"
        assert len(answer.content) == 2 * round(0.4 * 24000)

    async def test_short_wav_has_true_sizes(self, http: httpx.AsyncClient) -> None:
        data = (await said(http, response_format="wav")).content
        assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8

    async def test_what_is_asked_for_reaches_the_engine(
        self, http: httpx.AsyncClient, provider: ScriptedProvider
    ) -> None:
        await said(http, speed=1.5, instructions="Whisper.", language="en-GB", voice={"id": "onyx"})
        request = provider.speeches[-1].request
        assert (request.model, request.delivery.speed, request.language) == ("sonic-latest", 1.5, "en-GB")
        assert request.voice.id == STAND_INS["onyx"]
        await said(http, model="flite", voice="Ada")
        assert (provider.speeches[-1].request.model, provider.speeches[-1].request.voice.name) == (
            "flite",
            "Ada",
        )

    @pytest.mark.parametrize("script", [Script(delay=0.3)], indirect=True)
    @pytest.mark.parametrize("format", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
    async def test_the_first_sound_leaves_before_the_last_is_made(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, format: str
    ) -> None:
        body = {"model": "tts-1", "voice": "nova", "input": "one two three", "response_format": format}
        async with http.stream("POST", "/v1/audio/speech", json=body) as answer:
            async for _ in answer.aiter_raw():
                assert not provider.speeches[0].ended
                break
        await until(lambda: provider.live == 0)

    async def test_events(self, http: httpx.AsyncClient) -> None:
        told = events(await said(http, stream_format="sse", response_format="pcm"))
        assert {event["type"] for event in told[:-1]} == {"speech.audio.delta"}
        audio = b"".join(base64.b64decode(event["audio"]) for event in told[:-1])
        assert len(audio) == 2 * round(0.4 * 24000)
        usage = {"input_tokens": 2, "output_tokens": 4, "total_tokens": 6, "type": "tokens"}
        assert told[-1] == {"type": "speech.audio.done", "usage": usage}

    async def test_long_input_is_taken(self, http: httpx.AsyncClient) -> None:
        answer = await said(http, input=f"{'w' * 40} " * 103, response_format="pcm")
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"input": "  "}, None),
            ({"input": None}, None),
            ({"input": "..."[:0] + "\n"}, None),
            ({"model": None}, None),
            ({"model": ""}, None),
            ({"voice": None}, None),
            ({"voice": ""}, None),
            ({"voice": {"id": ""}}, None),
            ({"voice": 7}, None),
            ({"voice": "nobody"}, "voice"),
            ({"response_format": "ogg"}, "response_format"),
            ({"speed": 0.2}, None),
            ({"speed": 4.1}, None),
            ({"speed": "fast"}, None),
            ({"stream_format": "chunks"}, None),
            ({"language": "no language"}, None),
        ],
    )
    async def test_what_is_wrong(
        self, http: httpx.AsyncClient, change: dict[str, Any], param: str | None
    ) -> None:
        answer = await said(http, **change)
        assert answer.status_code == 400
        told = error(answer)
        assert (told["type"], told["param"]) == ("invalid_request_error", param)

    @pytest.mark.parametrize("settings", [Settings(limits=Limits(transcript=5000))], indirect=True)
    async def test_too_long(self, http: httpx.AsyncClient) -> None:
        answer = await said(http, input="word " * 1001)
        assert (answer.status_code, "5000" in error(answer)["message"]) == (400, True)

    @pytest.mark.parametrize("script", [Script(models=frozenset({"sonic-latest"}))], indirect=True)
    async def test_an_unknown_model(self, http: httpx.AsyncClient) -> None:
        answer = await said(http, model="dall-e-3")
        assert answer.status_code == 404
        told = error(answer)
        assert (told["code"], told["param"]) == ("model_not_found", "model")

    @pytest.mark.parametrize("script", [Script(failures={"bang": BROKEN})], indirect=True)
    async def test_failures(self, http: httpx.AsyncClient) -> None:
        answer = await said(http, input="bang")
        assert (answer.status_code, answer.headers["x-should-retry"]) == (500, "false")
        assert error(answer)["type"] == "server_error"
        with pytest.raises(httpx.RemoteProtocolError):
            await said(http, input="one bang", response_format="pcm")
        told = events(await said(http, input="one bang", stream_format="sse", response_format="pcm"))
        assert told[0]["type"] == "speech.audio.delta"
        assert told[-1]["error"]["message"] == "broken"

    @pytest.mark.parametrize("script", [Script(delay=0.05)], indirect=True)
    @pytest.mark.parametrize("stream_format", ["audio", "sse"])
    async def test_a_client_that_goes_frees_its_speech(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, stream_format: str
    ) -> None:
        body = {"model": "tts-1", "voice": "nova", "input": "word " * 500, "stream_format": stream_format}
        async with http.stream("POST", "/v1/audio/speech", json=body) as answer:
            async for _ in answer.aiter_raw():
                break
        await until(lambda: provider.live == 0)


class TestTranscriptions:
    async def test_json_is_what_both_worlds_read(self, http: httpx.AsyncClient) -> None:
        answer = await heard(http)
        body = answer.json()
        assert body.pop("request_id") == answer.headers["x-request-id"]
        assert body == {
            "text": "the quick brown fox jumps",
            "usage": {"type": "duration", "seconds": 2.2},
            "duration": 2.2,
            "type": "transcript",
            "is_final": True,
            "language": "en",
        }

    async def test_verbose_json(self, http: httpx.AsyncClient) -> None:
        body = (await heard(http, response_format="verbose_json", language="english")).json()
        assert (body["task"], body["language"], body["duration"]) == ("transcribe", "english", 2.2)
        assert "words" not in body
        first, second = body["segments"]
        assert (first["id"], first["text"], second["text"]) == (0, "the quick brown", " fox jumps")
        assert first["start"] == 0.0 and second["start"] == pytest.approx(1.2, abs=0.05)
        assert {
            "end", "seek", "tokens", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob",
        } < first.keys()  # fmt: skip

    @pytest.mark.parametrize(
        ("asked", "given"), [(["word"], {"words"}), (["word", "segment"], {"words", "segments"})]
    )
    async def test_granularities(self, http: httpx.AsyncClient, asked: list[str], given: set[str]) -> None:
        answer = await heard(http, response_format="verbose_json", **{"timestamp_granularities[]": asked})
        body = answer.json()
        assert body.keys() & {"words", "segments"} == given
        assert body["words"][1]["word"] == "quick"
        assert (await heard(http, timestamp_granularities="word")).json()["words"]

    async def test_texts(self, http: httpx.AsyncClient) -> None:
        text = await heard(http, response_format="text")
        assert (text.text, text.headers["content-type"]) == (
            "the quick brown fox jumps\n",
            "text/plain; charset=utf-8",
        )
        srt = (await heard(http, response_format="srt")).text
        assert srt.startswith("1\n00:00:00,000 --> 00:00:0") and "the quick brown" in srt
        vtt = await heard(http, response_format="vtt")
        assert vtt.headers["content-type"].startswith("text/vtt")
        assert vtt.text.startswith("WEBVTT\n\n00:00:00.000 --> ")

    async def test_a_stream(self, http: httpx.AsyncClient) -> None:
        told = events(await heard(http, stream="true", model="gpt-4o-transcribe"))
        assert [event["type"] for event in told] == ["transcript.text.delta"] * 2 + ["transcript.text.done"]
        assert "".join(event.get("delta", "") for event in told) == told[-1]["text"]
        assert told[-1]["text"] == "the quick brown fox jumps"
        assert told[-1]["usage"] == {
            "type": "tokens", "input_tokens": 22, "output_tokens": 5, "total_tokens": 27,
        }  # fmt: skip

    async def test_what_is_asked_for_reaches_the_engine(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        transcribe = provider.transcribe
        monkeypatch.setattr(
            provider, "transcribe", lambda request: seen.append(request) or transcribe(request)
        )
        more = {"keywords[]": ["Zorvath", "Myna"], "temperature": "0.2", "chunking_strategy": "auto"}
        names = "Qubit Fabrics, Zorvath. This is a sentence that goes on for long."
        await heard(http, prompt=names, language="de", model="gpt-transcribe", **more)
        assert seen[0].keyterms == ("Qubit Fabrics", "Zorvath", "Myna")
        assert (seen[0].model, seen[0].language) == ("gpt-4o-transcribe", "de")
        await heard(http, model="sphinx")
        assert (seen[1].model, seen[1].language) == ("sphinx", None)

    async def test_headerless_samples(self, http: httpx.AsyncClient) -> None:
        answer = await heard(http, file=speech(2), encoding="pcm_s16le", sample_rate="16000")
        assert answer.json()["text"] == "the quick"

    async def test_which_format_is_wrong(self, http: httpx.AsyncClient) -> None:
        answer = await heard(http, file=speech(2), encoding="mp3", sample_rate="16000")
        assert (answer.status_code, error(answer)["param"]) == (400, None)
        answer = await heard(http, response_format="yaml")
        assert (answer.status_code, error(answer)["param"]) == (400, "response_format")

    @pytest.mark.parametrize(
        "change",
        [
            {"response_format": "diarized_json"}, {"response_format": "yaml"}, {"model": ""},
            {"timestamp_granularities[]": "phoneme"}, {"stream": "perhaps"}, {"language": "-"},
            {"file": b""}, {"file": RECORDING[:30]}, {"file": b"nothing that sounds"},
        ],
    )  # fmt: skip
    async def test_what_is_wrong(self, http: httpx.AsyncClient, change: dict[str, Any]) -> None:
        answer = await heard(http, **change)
        assert answer.status_code == 400
        assert error(answer)["type"] == "invalid_request_error"

    async def test_no_form(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/v1/audio/transcriptions", json={"model": "whisper-1"})
        assert (answer.status_code, error(answer)["type"]) == (415, "invalid_request_error")

    async def test_translations(self, http: httpx.AsyncClient) -> None:
        answer = await heard(http, "/v1/audio/translations")
        assert (answer.status_code, answer.headers["x-should-retry"]) == (501, "false")
        assert "/v1/audio/transcriptions" in error(answer)["message"]


class TestLongRecordings:
    @pytest.fixture(autouse=True)
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.05)
        monkeypatch.setattr(patience, "BEAT_SECONDS", 0.02)

    @pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.05))], indirect=True)
    @pytest.mark.parametrize("format", ["json", "verbose_json", "text", "srt", "vtt"])
    async def test_blanks_do_no_harm(self, http: httpx.AsyncClient, format: str) -> None:
        answer = await heard(http, response_format=format)
        assert answer.headers["transfer-encoding"] == "chunked"
        start = answer.text.lstrip("\n")
        if format == "vtt":
            assert answer.text.startswith("WEBVTT\n\n\n") and answer.text.count("WEBVTT") == 1
        elif format == "srt":
            assert start.startswith("1\n00:")
        else:
            assert "the quick brown fox jumps" in (json.loads(start)["text"] if "json" in format else start)

    @pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.05))], indirect=True)
    async def test_a_stream_tells_each_stretch_when_it_is_heard(self, http: httpx.AsyncClient) -> None:
        answer = await heard(http, stream="true")
        assert answer.text.startswith(": ")
        assert events(answer)[-1]["text"] == "the quick brown fox jumps"

    @pytest.mark.parametrize(
        "script", [Script(hearsay=Hearsay(delay=0.05, failures={4: BROKEN}))], indirect=True
    )
    async def test_a_stream_that_fails_says_so(self, http: httpx.AsyncClient) -> None:
        told = events(await heard(http, stream="true"))
        assert told[0]["delta"] == "the quick brown"
        assert told[-1]["error"]["message"] == "broken"

    @pytest.mark.parametrize("script", [Script(hearsay=Hearsay(delay=0.05))], indirect=True)
    async def test_a_client_that_goes_frees_the_engine(
        self, server: Running, http: httpx.AsyncClient
    ) -> None:
        data = {"model": "whisper-1", "stream": "true"}
        files = {"file": wav(*[speech(2)] * 40)}
        async with http.stream("POST", "/v1/audio/transcriptions", data=data, files=files) as answer:
            async for _ in answer.aiter_raw():
                assert server.house.admission.contexts == 1
                break
        await until(lambda: server.house.admission.contexts == 0)


@pytest.mark.parametrize("script", [Script(hearsay=Hearsay(failures={1: BROKEN}))], indirect=True)
async def test_a_stream_that_fails_at_once_has_a_status(http: httpx.AsyncClient) -> None:
    answer = await heard(http, stream="true")
    assert (answer.status_code, error(answer)["message"]) == (500, "broken")


class TestLists:
    @pytest.mark.parametrize("prefix", ["", "/v1"])
    async def test_models(self, http: httpx.AsyncClient, prefix: str) -> None:
        listed = (await http.get(f"{prefix}/models")).json()
        assert listed["object"] == "list"
        ids = [model["id"] for model in listed["data"]]
        assert {"tts-1", "gpt-4o-mini-tts", "whisper-1", "gpt-4o-transcribe", "ink-whisper"} <= set(ids)
        one = (await http.get(f"{prefix}/models/tts-1")).json()
        assert one in listed["data"]
        assert one == {"id": "tts-1", "object": "model", "created": one["created"], "owned_by": "myna"}
        speaking = (await http.get(f"{prefix}/audio/models")).json()["models"]
        assert {"id": "tts-1", "name": "tts-1"} in speaking

    @pytest.mark.parametrize("script", [Script(models=frozenset({"whisper-1"}))], indirect=True)
    async def test_models_that_nobody_stands_behind_are_not_listed(self, http: httpx.AsyncClient) -> None:
        ids = {model["id"] for model in (await http.get("/v1/models")).json()["data"]}
        assert "whisper-1" in ids and "tts-1" not in ids
        missing = await http.get("/v1/models/tts-1")
        assert (missing.status_code, error(missing)["code"]) == (404, "model_not_found")

    @pytest.mark.parametrize("prefix", ["", "/v1"])
    async def test_voices(self, http: httpx.AsyncClient, prefix: str) -> None:
        voices = (await http.get(f"{prefix}/audio/voices")).json()["voices"]
        assert [voice["id"] for voice in voices[:13]] == list(STAND_INS)
        assert all(voice["name"] for voice in voices)
        assert "Ada" in [voice["name"] for voice in voices]


class TestErrors:
    @pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/chat/completions"])
    async def test_unknown_paths(self, http: httpx.AsyncClient, path: str) -> None:
        answer = await http.get(path)
        assert (answer.status_code, error(answer)["type"]) == (404, "invalid_request_error")

    async def test_methods(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/audio/speech")
        assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
        assert error(answer)["code"] == "method_not_allowed"

    @pytest.mark.parametrize("settings", [KEYED], indirect=True)
    @pytest.mark.parametrize("path", ["/v1/models", "/models", "/v1/audio/voices", "/v1/nothing"])
    async def test_keys(self, http: httpx.AsyncClient, path: str) -> None:
        for headers in ({}, {"authorization": "Bearer sk_other"}):
            answer = await http.get(path, headers=headers)
            assert (answer.status_code, error(answer)["code"]) == (401, "invalid_api_key")

    @pytest.mark.parametrize("settings", [KEYED], indirect=True)
    async def test_the_headers_of_the_official_client_do_no_harm(self, http: httpx.AsyncClient) -> None:
        headers = {
            "authorization": "Bearer sk_test", "openai-organization": "org", "openai-project": "p",
            "x-stainless-lang": "python", "x-stainless-retry-count": "0", "openai-beta": "realtime=v1",
        }  # fmt: skip
        assert (await http.get("/v1/models", headers=headers)).status_code == 200

    @pytest.mark.parametrize(
        ("settings", "script"), [(Settings(limits=Limits(contexts=1)), Script(delay=0.5))], indirect=True
    )
    async def test_too_much_at_once(self, server: Running, http: httpx.AsyncClient) -> None:
        first = asyncio.create_task(said(http))
        await until(lambda: server.house.admission.contexts == 1)
        for second in (await said(http), await heard(http)):
            assert (second.status_code, second.headers["retry-after"]) == (429, "1")
            assert error(second) == {
                "message": error(second)["message"], "type": "rate_limit_error",
                "param": None, "code": "rate_limit_exceeded",
            }  # fmt: skip
        assert (await first).status_code == 200

    async def test_what_nobody_expected(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(provider, "speak", lambda request: 1 / 0)
        answer = await said(http)
        assert (answer.status_code, error(answer)["type"]) == (500, "server_error")

    async def test_no_room(
        self, http: httpx.AsyncClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(request: object) -> None:
            raise Overloaded("Too many recordings wait.", retry_after=3.5)

        monkeypatch.setattr(provider, "transcribe", refuse)
        answer = await heard(http)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "4")

    async def test_the_bare_path_is_cartesia_s_for_cartesia_s_clients(self, http: httpx.AsyncClient) -> None:
        bad = {"files": {"file": b""}, "data": {"model": "ink-whisper"}}
        version = {"cartesia-version": LATEST}
        theirs = await http.post("/audio/transcriptions", headers=version, **bad)
        assert theirs.json()["error_code"] == "invalid_request"
        assert error(await http.post("/audio/transcriptions", **bad))["type"] == "invalid_request_error"
