"""Gaps filled by the engines, as one hears them: through the client, in this process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import myna
from tests.sound import Sound, active_level, longest_silence, of_wav, pitch_track

LEFT, RIGHT = "The ferry leaves at nine in the morning", "and there is coffee on the upper deck."
TEXT = "if the wind is not too strong,"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[myna.Myna]:
    with myna.Myna(data=tmp_path_factory.mktemp("data")) as client:
        yield client


def said(client: myna.Myna, voice: str, text: str, rate: int) -> bytes:
    format = {"container": "wav", "encoding": "pcm_f32le", "sample_rate": rate}
    asked = {"model_id": "espeak", "voice": voice, "transcript": text, "output_format": format}
    return client.tts.generate(**asked).read()


def pitch(sound: Sound) -> float:
    return float(np.median(pitch_track(sound)))


def test_a_gap_between_recordings_of_different_rates(client: myna.Myna, tmp_path: Path) -> None:
    left, right = said(client, "Calloway", LEFT, 22050), said(client, "Calloway", RIGHT, 48000)
    (tmp_path / "left.wav").write_bytes(left)
    response = client.tts.infill(
        left_audio=tmp_path / "left.wav",
        right_audio=io.BytesIO(right),
        model_id="espeak",
        voice_id="Wren",
        transcript=TEXT,
        output_format={"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44100},
    )
    heard, before, other = of_wav(response.read()), of_wav(left), of_wav(said(client, "Wren", TEXT, 44100))
    assert heard.rate == 44100
    assert active_level(heard) == pytest.approx(active_level(before), abs=2)
    assert pitch(heard) == pytest.approx(pitch(before), rel=0.15)
    assert pitch(other) > 1.4 * pitch(before)
    assert heard.duration == pytest.approx(other.duration, abs=0.6)
    assert longest_silence(heard) < 0.5


@pytest.mark.parametrize("left", [b"no audio at all", b""])
def test_recordings_that_cannot_be_read(client: myna.Myna, left: bytes) -> None:
    format = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 16000}
    asked = {"model_id": "espeak", "voice_id": "Wren", "transcript": "x", "output_format": format}
    with pytest.raises(myna.BadRequestError, match="recording"):
        client.tts.infill(left_audio=left, **asked)
