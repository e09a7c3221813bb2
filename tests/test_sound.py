"""The measuring tools measure what they say."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests import sound
from tests.sound import Sound

RATE = 16000


def tone(hz: float, seconds: float = 1.0, level: float = 0.5) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 8))
    return Sound((level * harmonics / np.abs(harmonics).max()).astype(np.float32), RATE)


def silence(seconds: float) -> Sound:
    return Sound(np.zeros(round(seconds * RATE), np.float32), RATE)


def joined(*parts: Sound) -> Sound:
    return Sound(np.concatenate([part.samples for part in parts]), RATE)


def wav(data: bytes, *, tag: int = 1, bits: int = 16, size: int | None = None) -> bytes:
    size = len(data) if size is None else size
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, 1, RATE, RATE * bits // 8, bits // 8, bits)
    return (
        struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form + struct.pack("<4sI", b"data", size) + data
    )


@pytest.mark.parametrize("hz", [90.0, 140.0, 260.0])
def test_pitch_is_the_fundamental(hz: float) -> None:
    assert sound.pitch(tone(hz)) == pytest.approx(hz, rel=0.01)


def test_pitch_of_silence_is_nothing() -> None:
    assert sound.pitch(silence(0.5)) == 0.0


def test_levels() -> None:
    square = Sound(np.tile(np.float32([0.25, -0.25]), RATE // 2), RATE)
    assert sound.rms(square) == pytest.approx(0.25)
    assert sound.peak(square) == 0.25
    assert sound.decibels(0.1) == pytest.approx(-20)
    assert sound.clipped_share(square) == 0.0
    assert sound.clipped_share(Sound(np.float32([1.0, 0.0, -1.0, 0.5]), RATE)) == 0.5


def test_onset_and_pauses() -> None:
    speech = joined(silence(0.2), tone(120, 0.5), silence(0.3), tone(120, 0.5), silence(0.4))
    assert sound.onset(speech) == pytest.approx(0.2, abs=0.011)
    assert sound.longest_silence(speech) == pytest.approx(0.3, abs=0.02)
    assert sound.onset(silence(1.0)) == 1.0


def test_a_step_is_a_click_and_a_seam_is_not() -> None:
    smooth = tone(150, 1.0)
    middle = RATE // 2
    assert sound.click(smooth, middle) < 1.5
    broken = Sound(smooth.samples.copy(), RATE)
    broken.samples[middle:] += 0.1
    assert sound.click(broken, middle) > 3.0


def test_wav_says_what_it_holds() -> None:
    samples = np.int16([0, 16384, -32768, 32767]).tobytes()
    found = sound.of_wav(wav(samples))
    assert found.rate == RATE
    assert found.samples.tolist() == [0.0, 0.5, -1.0, pytest.approx(1.0, abs=1e-4)]


def test_wav_with_wrong_sizes_is_refused_unless_streamed() -> None:
    lying = wav(b"\0\0" * 10, size=0x7FFFFFF0)
    with pytest.raises(AssertionError, match="RIFF size"):
        sound.of_wav(lying)
    assert len(sound.of_wav(lying, streamed=True).samples) == 10


@pytest.mark.parametrize("codec", ["mulaw", "alaw"])
def test_companded_tables_agree_with_ffmpeg(codec: str) -> None:
    every_code = bytes(range(256))
    decoded = sound.of_file(wav(every_code, tag={"mulaw": 7, "alaw": 6}[codec], bits=8))
    assert sound.of_raw(every_code, f"pcm_{codec}", RATE).samples.tolist() == decoded.samples.tolist()


def test_edits() -> None:
    assert sound.edits("a b c d".split(), "a x c d e".split()) == 2
    assert sound.edits([], ["a"]) == 1
    assert sound.words("Don't panic: it costs 42!") == ["don't", "panic", "it", "costs", "forty", "two"]


def test_timbre() -> None:
    assert sound.centroid(tone(400)) > sound.centroid(tone(100))
    assert sound.band_level(tone(1000), 900, 1100) > -6.0
    assert sound.melody(tone(120)) < 0.2
    assert sound.melody(joined(tone(100), tone(200))) == pytest.approx(12.0, abs=1.0)


def test_difference() -> None:
    one = tone(120)
    assert sound.difference(one, one) == 0.0
    assert sound.difference(one, Sound(-one.samples, RATE)) == pytest.approx(2.0)
