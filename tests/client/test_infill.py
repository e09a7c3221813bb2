"""`tts.infill` and `infill.bytes` in the forms of all generations, on both clients."""

from __future__ import annotations

import inspect
import io
import json

import numpy as np
import pytest

import myna
from myna.client.infilled import asked_of
from myna.testing.provider import ScriptedProvider
from tests.client.driving import client_of, collect
from tests.client.peers import Reply, http_peer
from tests.client.sounds import RATE, silence, speech, wav
from tests.sound import of_file, of_wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

LEFT, RIGHT = wav(speech(0.5)), wav(silence(0.3) + speech(0.2))
INFILL = wav(speech(0.25))
FORMAT = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": RATE}
SAID = {"model_id": "sonic-2", "language": "en", "transcript": "and so on"}
ASKED = {**SAID, "voice_id": "Ada", "output_format": FORMAT}
CONTROLS = {"speed": "fast", "emotion": ["anger:high", "curiosity"]}


@pytest.fixture
def paths(tmp_path):
    for name, data in (("left.wav", LEFT), ("right.wav", RIGHT)):
        (tmp_path / name).write_bytes(data)
    return str(tmp_path / "left.wav"), tmp_path / "right.wav"


@pytest.fixture
def server():
    with http_peer(lambda asked: Reply(200, {"content-type": "audio/wav"}, INFILL)) as server:
        yield server


def texts(asked):
    return {name: part.text for name, part in asked.form.items() if not name.endswith("_audio")}


class TestFiles:
    """Generations three and four."""

    async def test_the_call_and_what_it_gives(self, side, server, tmp_path):
        client = client_of(side, base_url=server.url)
        response = await client.tts.infill(
            left_audio=("l.wav", LEFT, "audio/wav"), right_audio=RIGHT, **ASKED, extra_query={"a": 1}
        )
        assert await response.read() == INFILL
        await response.write_to_file(tmp_path / "infill.wav")
        async with client.tts.with_streaming_response.infill(right_audio=RIGHT, **ASKED) as streamed:
            await streamed.stream_to_file(tmp_path / "streamed.wav")
        raw = await client.with_raw_response.tts.infill(left_audio=LEFT, **{**ASKED, "language": None})
        assert raw.headers["content-type"] == "audio/wav" and await raw.read() == INFILL
        await client.close()
        assert (tmp_path / "infill.wav").read_bytes() == (tmp_path / "streamed.wav").read_bytes() == INFILL
        first, second, third = server.asked
        assert (first.method, first.path) == ("POST", "/infill/bytes?a=1")
        assert texts(first) == {
            **SAID,
            "voice_id": "Ada",
            "output_format[container]": "wav",
            "output_format[encoding]": "pcm_s16le",
            "output_format[sample_rate]": str(RATE),
        }
        assert first.headers["cartesia-version"] == "2026-08-14"
        assert (first.form["left_audio"].filename, first.form["left_audio"].data) == ("l.wav", LEFT)
        assert first.form["right_audio"].data == RIGHT
        assert "left_audio" not in second.form and "right_audio" not in third.form
        assert "language" not in third.form

    async def test_a_file_in_every_form(self, side, server, paths):
        client = client_of(side, base_url=server.url)
        for file in (LEFT, bytearray(LEFT), *paths, io.BytesIO(LEFT), ("x", paths[1])):
            await client.tts.infill(left_audio=file, **ASKED)
        for wrong in ("nowhere.wav", 7, io.StringIO("text")):
            with pytest.raises(myna.UsageError):
                await client.tts.infill(left_audio=wrong, **ASKED)
        await client.close()
        assert len(server.asked) == 6

    async def test_a_voice_in_every_form(self, side, server):
        client = client_of(side, base_url=server.url)
        for voice in ("Ada", {"id": "Ada"}, {"mode": "id", "id": "Ada", "__experimental_controls": CONTROLS}):
            await client.tts.infill(left_audio=LEFT, voice=voice, output_format=FORMAT, **SAID)
        await client.tts.infill(left_audio=LEFT, experimental_voice_controls=CONTROLS, **ASKED)
        with pytest.raises(ValueError, match="voices with an id only"):
            embedding = {"mode": "embedding", "embedding": [0.0] * 192}
            await client.tts.infill(left_audio=LEFT, voice=embedding, **SAID)
        with pytest.raises(TypeError, match="'vioce'"):
            await client.tts.infill(left_audio=LEFT, vioce="Ada")
        await client.close()
        assert [asked.form["voice_id"].text for asked in server.asked] == ["Ada"] * 4
        for asked in server.asked[2:]:
            assert asked.headers["cartesia-version"] == "2024-11-13"
            assert asked.form["voice[__experimental_controls][speed]"].text == "fast"

    async def test_without_recordings(self, side, server):
        client = client_of(side, base_url=server.url)
        with pytest.raises(ValueError, match="both missing"):
            await client.tts.infill(**ASKED)
        await client.close()
        assert not server.asked


class TestPaths:
    """Generations one and two."""

    async def test_speech_and_all_three_as_one(self, side, server, paths):
        client = client_of(side, base_url=server.url)
        left, right = paths
        speech, whole = await client.tts.infill(left_audio_path=left, right_audio_path=right, **ASKED)
        assert speech == INFILL
        samples = np.concatenate([of_wav(each).samples for each in (LEFT, INFILL, RIGHT)])
        assert (of_wav(whole).samples == samples).all()
        for one in ({"left_audio_path": left}, {"right_audio_path": left, "left_audio_path": None}):
            _, whole = await client.tts.infill(**one, **ASKED)
            assert of_wav(whole).duration == pytest.approx(0.75)
        await client.close()
        assert server.asked[0].form["left_audio"].data == LEFT
        assert server.asked[0].form["right_audio"].data == RIGHT

    @pytest.mark.parametrize("rate", [8000, 44100])
    async def test_rates_and_containers_differ(self, side, server, paths, rate):
        client = client_of(side, base_url=server.url)
        for format in (
            {"container": "mp3", "sample_rate": 44100, "bit_rate": 128000, "encoding": "pcm_s16le"},
            {"container": "wav", "sample_rate": rate, "encoding": "pcm_f32le"},
        ):
            asked = {**ASKED, "output_format": format}
            _, whole = await client.tts.infill(left_audio_path=paths[0], right_audio_path=paths[1], **asked)
            assert of_file(whole).duration == pytest.approx(1.25, abs=0.1)
        await client.close()

    async def test_what_cannot_be(self, side, server, paths):
        client = client_of(side, base_url=server.url)
        left = paths[0]
        infill = client.tts.infill
        for wrong in (
            {"left_audio_path": None},
            {"left_audio_path": None, "right_audio_path": None},
            {"left_audio_path": ""},
            {"left_audio_path": "nowhere.wav"},
            {"left_audio_path": left, "right_audio": RIGHT},
            {"left_audio_path": left, "output_format": {**FORMAT, "container": "raw"}},
            {"left_audio_path": left, "voice_id": None, "voice": {"mode": "embedding", "embedding": [1.0]}},
        ):
            with pytest.raises(ValueError):
                await infill(**{**ASKED, **wrong})
        with pytest.raises(ValueError, match="give left_audio"):
            await client.tts.with_raw_response.infill(left_audio_path=left, **ASKED)
        await client.close()
        assert not server.asked

    async def test_what_cannot_be_put_together(self, side, paths):
        with http_peer(lambda asked: Reply(200, {}, b"no audio")) as server:
            client = client_of(side, base_url=server.url)
            with pytest.raises(ValueError, match=r"^Failed to concatenate audio segments: "):
                await client.tts.infill(left_audio_path=paths[0], **ASKED)
            with pytest.raises(ValueError, match=r"^Failed to concatenate audio segments: "):
                await client.tts.infill(left_audio_path=paths[0], **{**ASKED, "output_format": {}})
            await client.close()

    async def test_a_refusal(self, side, paths):
        refusal = {"error_code": "voice_not_found", "title": "Unknown voice", "message": "No voice."}
        answer = Reply(400, {"content-type": "application/json"}, json.dumps(refusal).encode())
        with http_peer(lambda asked: answer) as server:
            client = client_of(side, base_url=server.url)
            with pytest.raises(myna.VoiceNotFound):
                await client.tts.infill(left_audio_path=paths[0], **ASKED)
            await client.close()


class TestSecondGeneration:
    """`infill.bytes`."""

    async def test_nothing_is_asked_before_the_first_piece(self, side, server):
        client = client_of(side, base_url=server.url)
        pieces = client.infill.bytes(
            left_audio=LEFT,
            right_audio=RIGHT,
            voice_id="Ada",
            output_format_container="mp3",
            output_format_sample_rate=44100,
            output_format_bit_rate=128000,
            output_format_encoding=None,
            voice_experimental_controls_speed=0.5,
            voice_experimental_controls_emotion=["anger:high", "curiosity"],
            **SAID,
        )
        assert not server.asked
        assert b"".join(await collect(pieces)) == INFILL
        await client.close()
        [asked] = server.asked
        assert texts(asked) == {
            **SAID,
            "voice_id": "Ada",
            "output_format[container]": "mp3",
            "output_format[sample_rate]": "44100",
            "output_format[bit_rate]": "128000",
            "voice[__experimental_controls][speed]": "0.5",
            "voice[__experimental_controls][emotion][]": "curiosity",
        }

    def test_zero_is_a_speed(self):
        assert asked_of({"voice_experimental_controls_speed": 0}) == {
            "experimental_voice_controls": {"speed": 0}
        }


async def test_in_this_process(side, monkeypatch, paths):
    provider = ScriptedProvider()
    monkeypatch.setattr("myna.providers.local.LocalProvider", lambda **options: provider)
    client = client_of(side)
    response = await client.tts.infill(left_audio=paths[0], **ASKED)
    data = await response.read()
    assert of_wav(data).duration == pytest.approx(0.6, abs=0.01)
    speech, whole = await client.tts.infill(left_audio_path=paths[0], right_audio_path=paths[1], **ASKED)
    assert speech == data and of_wav(whole).duration == pytest.approx(1.6, abs=0.01)
    with pytest.raises(myna.VoiceNotFound):
        await client.tts.infill(left_audio=LEFT, **{**ASKED, "voice_id": "nobody"})
    await client.close()
    assert [asked.text for asked in provider.infills] == ["and so on"] * 3


def test_all_classes_have_it():
    for kind in (myna.Myna, myna.AsyncMyna, myna.Cartesia, myna.AsyncCartesia):
        client = kind(api_key="sk", base_url="http://127.0.0.1:9")
        waits = "Async" in kind.__name__
        assert inspect.iscoroutinefunction(client.tts.infill) == waits
        assert inspect.isasyncgenfunction(client.infill.bytes) == waits
