from __future__ import annotations

import io
import os
import random
import socket
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode, decode_all
from myna.speech.errors import AudioRejected
from tests.audio.recordings import FORMS, Form, Samples, film, recorded, tone, wav

MOST = 60.0


def heard(data: bytes, rate: int = 16_000, most_seconds: float = MOST) -> Samples:
    return decode_all(io.BytesIO(data), rate, most_seconds=most_seconds).samples


def amplitude(samples: Samples, rate: int, hz: float) -> float:
    """How strong a tone is in the middle of the samples."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    wave = np.exp(2j * np.pi * hz / rate * np.arange(len(middle))) * np.hanning(len(middle))
    return float(2 * np.abs(middle @ wave) / np.hanning(len(middle)).sum())


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_sounds_as_it_was_recorded(form: Form) -> None:
    data = recorded(tone(1.5, form.rate), form)
    decoded = decode_all(io.BytesIO(data), 16_000, most_seconds=MOST)
    assert decoded.native_rate == (48_000 if form.codec == "libopus" else form.rate)
    assert decoded.seconds == pytest.approx(1.5, abs=0.12 if form.lossy else 0.001)
    assert amplitude(decoded.samples, 16_000, 440.0) == pytest.approx(0.5, abs=0.04 if form.lossy else 0.002)
    assert form.lossy or decoded.peak == pytest.approx(0.5, abs=0.002)
    assert decoded.samples.dtype == np.float32


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 48_000])
def test_any_rate_can_be_asked_for(rate: int) -> None:
    samples = heard(wav(tone(1.0, 44_100), 44_100), rate)
    assert len(samples) == pytest.approx(rate, abs=2)
    assert amplitude(samples, rate, 440.0) == pytest.approx(0.5, abs=0.005)


def test_stereo_is_the_mean_of_both() -> None:
    left, right = tone(1.0, 16_000, 440.0), tone(1.0, 16_000, 1000.0, 0.3)
    samples = heard(recorded(np.stack([left, right]), Form("wav", "pcm_s16le", layout="stereo")))
    np.testing.assert_allclose(samples, (left + right) / 2, atol=1e-4)


def test_surround_is_heard_from_the_middle_without_the_bass() -> None:
    """Front left, front right, centre, bass, side left, side right."""
    hertz = (300.0, 500.0, 700.0, 50.0, 900.0, 1100.0)
    channels = np.stack([tone(1.0, 16_000, hz, 0.9) for hz in hertz])
    samples = heard(recorded(channels, Form("flac", "flac", layout="5.1")))
    left, right, centre, bass, *sides = (amplitude(samples, 16_000, hz) for hz in hertz)
    assert left == pytest.approx(right, rel=0.01) == pytest.approx(0.7071 * centre, rel=0.01)
    assert sides == pytest.approx([0.5 * centre] * 2, rel=0.01)
    assert bass < 0.01 * centre
    assert np.abs(samples).max() <= 0.9


def test_it_comes_as_a_stream() -> None:
    data = recorded(tone(20.0, 16_000), Form("flac", "flac"))
    parts = list(decode(io.BytesIO(data), 24_000, most_seconds=MOST))
    assert len(parts) > 20
    assert max(map(len, parts)) < 24_000
    np.testing.assert_array_equal(np.concatenate(parts), heard(data, 24_000))


def test_a_long_recording_takes_no_more_memory_than_a_short_one() -> None:
    data = recorded(np.zeros(300 * 16_000, dtype=np.float32), Form("flac", "flac"))
    heard(wav(tone(1.0, 16_000)))  # what is imported and made once
    file = io.BytesIO(data)
    tracemalloc.start()
    try:
        seconds = sum(len(part) for part in decode(file, 16_000, most_seconds=1000.0)) / 16_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds == pytest.approx(300.0)
    assert most < 2 << 20, "all of it would be 19 MB"


def test_a_path_and_an_open_file_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(tone(1.0, 16_000)))
    with path.open("rb") as file:
        opened = decode_all(file, 16_000, most_seconds=MOST).samples
    assert len(opened) == 16_000
    np.testing.assert_array_equal(opened, decode_all(path, 16_000, most_seconds=MOST).samples)


def test_the_sound_of_a_film_is_heard() -> None:
    assert amplitude(heard(film(sound=True)), 16_000, 440.0) == pytest.approx(0.5, abs=0.05)


def test_a_silent_film_has_no_sound() -> None:
    with pytest.raises(AudioRejected, match="no sound"):
        heard(film(sound=False))


@pytest.mark.parametrize("name", ["\xff\xfe broken", "Ünïcode"])
def test_tags_in_any_encoding_do_not_matter(name: str) -> None:
    tag = b"TIT2" + struct.pack(">IH", 1 + len(name.encode("latin-1", "replace")), 0)
    tag += b"\x03" + name.encode("latin-1", "replace")
    header = b"ID3\x03\x00\x00" + struct.pack(">I", len(tag))
    data = header + tag + recorded(tone(1.0, 16_000), Form("mp3", "mp3"))
    assert len(heard(data)) > 14_000


@pytest.mark.parametrize("scale", [32768.0, 4.0])
def test_floats_beyond_full_scale_keep_their_shape(scale: float) -> None:
    samples = scale * tone(1.0, 16_000)
    samples[5:8] = np.nan, np.inf, -np.inf
    body = samples.tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(body),
        b"WAVE",
        b"fmt ",
        16,
        3,
        1,
        16_000,
        64_000,
        4,
        32,
        b"data",
        len(body),
    )
    decoded = heard(head + body)
    assert np.isfinite(decoded).all()
    assert amplitude(decoded, 16_000, 440.0) == pytest.approx(0.5 * scale, rel=0.01)


# --- longer than allowed ------------------------------------------------------------------------------


def test_a_recording_that_is_too_long_is_refused_once_that_is_known() -> None:
    """A file of 600 kB that holds an hour."""
    data = recorded(np.zeros(3600 * 8_000, dtype=np.float32), Form("flac", "flac", 8_000))
    assert len(data) < 1_000_000
    count = 0
    with pytest.raises(AudioRejected, match="longer than 2 minutes"):
        for part in decode(io.BytesIO(data), 8_000, most_seconds=120.0):
            count += len(part)
    assert count <= 120 * 8_000


def test_what_a_file_claims_is_not_believed() -> None:
    data = bytearray(wav(tone(1.0, 16_000)))
    place = data.index(b"data") + 4
    data[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
    data[4:8] = struct.pack("<I", 0xFFFFFFF0)
    assert len(heard(bytes(data))) == 16_000


# --- broken and hostile ones --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\0" * 100_000,
        b"Dear Sir, this is no recording. " * 500,
        b"<html><body>404</body></html>",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"fLaC" + b"\0" * 1000,
        b"OggS" + b"\xff" * 1000,
        b"PK\x03\x04" + bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"1\n00:00:01,000 --> 00:00:02,000\nSubtitles.\n",
        random.Random(3).randbytes(200_000),
    ],
    ids=["empty", "byte", "zeros", "text", "html", "riff", "flac", "ogg", "zip", "png", "srt", "random"],
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(AudioRejected):
        heard(data)


def test_lists_of_other_files_are_refused_and_nothing_of_them_is_opened(tmp_path: Path) -> None:
    """By file, by address, by relative name, whatever the name of the list."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(1.0, 16_000)))
    before = os.stat(secret).st_atime_ns
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/secret.wav"
        targets = [
            str(secret),
            f"file://{secret}",
            "secret.wav",
            url,
            f"concat:{secret}|{secret}",
            f"subfile,,start,0,end,0,,:{secret}",
        ]
        for target in targets:
            for text in (
                f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
                f"#EXTM3U\n{target}\n",
                f"ffconcat version 1.0\nfile '{target}'\n",
                "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
                f'<?xml version="1.0"?><MPD><Period><AdaptationSet><Representation><BaseURL>{target}'
                "</BaseURL></Representation></AdaptationSet></Period></MPD>",
                target,
            ):
                for name in ("clip.wav", "clip.m3u8", "clip.ffconcat", "clip.sdp"):
                    path = tmp_path / name
                    path.write_text(text)
                    with pytest.raises(AudioRejected):
                        decode_all(path, 16_000, most_seconds=MOST)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert os.stat(secret).st_atime_ns == before


@pytest.mark.parametrize("source", ["http://127.0.0.1:9/a.wav", "concat:a|b", "/dev/zero", "."])
def test_a_source_is_a_regular_file_and_nothing_else(source: str) -> None:
    with pytest.raises(AudioRejected):
        decode_all(source, 16_000, most_seconds=MOST)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names here")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AudioRejected):
        decode_all(tmp_path / "pipe", 16_000, most_seconds=MOST)


@pytest.mark.parametrize("rate", [1, 3999, 400_000, 0xFFFFFFFF])
def test_impossible_rates_are_refused(rate: int) -> None:
    data = bytearray(wav(tone(1.0, 16_000)))
    data[24:28] = struct.pack("<I", rate)
    with pytest.raises(AudioRejected):
        heard(bytes(data))


def test_a_crowd_of_channels_is_refused() -> None:
    data = bytearray(wav(tone(1.0, 16_000)))
    data[22:24] = struct.pack("<H", 200)
    data[32:34] = struct.pack("<H", 400)
    with pytest.raises(AudioRejected, match="channels"):
        heard(bytes(data))


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_of_a_file_that_ends_early_its_beginning_is_heard_or_nothing(form: Form) -> None:
    data = recorded(tone(3.0, form.rate), form)
    for share in (0.02, 0.3, 0.7):
        try:
            samples = heard(data[: int(share * len(data))])
        except AudioRejected:
            at_the_end = form.container in ("ipod", "mp4")
            in_large_pages = form.container == "ogg"
            assert share < 0.1 or at_the_end or in_large_pages
        else:
            assert 0 < len(samples) < 3.1 * 16_000


@pytest.mark.parametrize("form", FORMS[::3], ids=str)
def test_broken_bytes_end_in_sound_or_in_a_typed_error(form: Form) -> None:
    data, chance = recorded(tone(1.0, form.rate), form), random.Random(7)
    for _ in range(15):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 10, 200))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            samples = heard(bytes(broken))
        except AudioRejected:
            continue
        assert np.isfinite(samples).all()
        assert len(samples) <= MOST * 16_000 * 12


def test_a_scratch_in_the_middle_costs_only_itself() -> None:
    data = bytearray(recorded(tone(10.0, 16_000), Form("flac", "flac")))
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    assert 8.0 < len(heard(bytes(data))) / 16_000 <= 10.0
