from __future__ import annotations

import io
import struct
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.audio.intake import Intake, read
from myna.speech.errors import AudioRejected, UnsupportedFormat
from myna.speech.listening import INPUT_ENCODINGS, InputFormat

S16 = InputFormat("pcm_s16le", 16_000)
FORMATS = [
    InputFormat(encoding, rate)
    for encoding, rate in zip(
        (*INPUT_ENCODINGS, "pcm_s16le"), (16_000, 44_100, 48_000, 8_000, 8_000, 24_000, 44_101), strict=True
    )
]


def taken(format: InputFormat, *pieces: bytes) -> np.ndarray:
    intake = Intake(format)
    return np.concatenate([*(intake.push(piece) for piece in pieces), intake.finish()])


def encoded(encoding: str, samples: np.ndarray) -> bytes:
    if encoding in ("pcm_mulaw", "pcm_alaw"):
        from myna.audio.encodings import encode

        return encode(samples.astype(np.float32), encoding)  # type: ignore[arg-type]
    scale = {"pcm_s16le": ("<i2", 32767), "pcm_s32le": ("<i4", 2147483000), "pcm_f16le": ("<f2", 1)}
    kind, factor = scale.get(encoding, ("<f4", 1))
    return (samples * factor).astype(kind).tobytes()


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 / rate * np.arange(round(seconds * rate)))


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_a_tone_is_the_same_tone_in_every_format(format: InputFormat) -> None:
    heard = taken(format, encoded(format.encoding, tone(format.sample_rate)))
    assert heard.dtype == np.float32
    assert abs(len(heard) - 16_000) <= 1
    middle = slice(2000, 14_000)
    assert np.abs(heard[middle] - tone(16_000)[middle]).max() < 0.02


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.binary(max_size=3000),
    st.lists(st.integers(0, 3000), max_size=12),
    st.booleans(),
)
def test_no_cut_changes_a_sample(format: InputFormat, data: bytes, cuts: list[int], header: bool) -> None:
    if header:
        data = wav(data)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    whole, cut = taken(format, data), taken(format, *pieces)
    assert whole.tobytes() == cut.tobytes()
    assert np.isfinite(whole).all()
    assert np.abs(whole).max(initial=0.0) < 1.5


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut_off() -> None:
    format = InputFormat("pcm_f32le", 16_000)
    values = np.array([np.nan, np.inf, -np.inf, 3.0, -1e30, 0.25], dtype="<f4")
    assert taken(format, values.tobytes()).tolist() == [0.0, 0.0, 0.0, 1.0, -1.0, 0.25]


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_usual_rates_are_heard_within_five_milliseconds(rate: int) -> None:
    intake = Intake(InputFormat("pcm_s16le", rate))
    out = sum(len(intake.push(bytes(2 * (rate // 50)))) for _ in range(50))
    assert 1.0 - out / 16_000 < 0.005 + 1 / 50 * (rate % 50 > 0)


def test_sound_above_what_can_be_heard_does_not_come_back_as_other_sound() -> None:
    high = 0.5 * np.sin(2 * np.pi * 10_000 / 48_000 * np.arange(48_000))
    heard = taken(InputFormat("pcm_s16le", 48_000), encoded("pcm_s16le", high))
    assert np.abs(heard[1000:-1000]).max() < 0.001


def wav(data: bytes, *, chunks: bytes = b"", size: int | None = None) -> bytes:
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22_050, 44_100, 2, 16)
    body = b"WAVE" + fmt + chunks + b"data" + struct.pack("<I", len(data) if size is None else size)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + body + data


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize("chunks", [b"", b"LIST" + struct.pack("<I", 5) + b"abcde\0"])
def test_a_wav_header_is_left_out_and_the_declared_format_counts(step: int, chunks: bytes) -> None:
    sound = encoded("pcm_s16le", tone(16_000, 0.05))
    data = wav(sound, chunks=chunks, size=0)
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert taken(S16, *pieces).tobytes() == taken(S16, sound).tobytes()


@pytest.mark.parametrize("data", [b"RIFF", b"RIFFabcdWAVE", b"RIFF1234AVI LIST", b"RI", b"R" * 400])
def test_what_only_looks_like_a_header_is_audio(data: bytes) -> None:
    assert len(taken(S16, data)) == len(data) // 2


def test_a_header_without_an_end_is_not_waited_for() -> None:
    intake = Intake(S16)
    start = b"RIFF\0\0\0\0WAVE" + b"LIST" + struct.pack("<I", 1 << 31)
    assert len(intake.push(start + bytes(1000))) == (len(start) + 1000) // 2


@pytest.mark.parametrize("wrong", [InputFormat("mp3", 16_000), InputFormat("pcm_s16le", 100)])
def test_formats_that_do_not_exist_are_refused(wrong: InputFormat) -> None:
    with pytest.raises(UnsupportedFormat):
        Intake(wrong)


def test_a_file_is_read_a_piece_at_a_time(tmp_path: Path) -> None:
    sound = tone(16_000, 10.0)
    path = tmp_path / "audio.raw"
    path.write_bytes(encoded("pcm_s16le", sound) + b"\1")
    pieces = list(read(path, S16, most_seconds=11))
    assert len(pieces) > 5
    assert sum(map(len, pieces)) == 160_000
    with pytest.raises(AudioRejected, match="longer than 9 seconds"):
        list(read(path, S16, most_seconds=9))


@pytest.mark.parametrize("content", [b"", b"\1", wav(b"")])
def test_a_file_without_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "audio.raw"
    path.write_bytes(content)
    with pytest.raises(AudioRejected, match="no audio in this file"):
        list(read(path, S16, most_seconds=9))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioRejected, match="cannot be opened"):
        list(read(tmp_path / "nothing", S16, most_seconds=9))


def test_headers_of_the_standard_library_are_known() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, 16_000, 0, "NONE", ""))
        made.writeframes(b"\1\2" * 8)
    assert taken(S16, file.getvalue()).tobytes() == taken(S16, b"\1\2" * 8).tobytes()
