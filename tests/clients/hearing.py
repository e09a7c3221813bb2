"""The audio of a program's report, and what must hold of all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests import sound
from tests.sound import Sound


def read(report: dict[str, Any]) -> Sound:
    """What was heard; WAV may say a length that was not known when it began."""
    data = Path(report["audio"]).read_bytes()
    if report["container"] == "raw":
        return sound.of_raw(data, report["encoding"], report["sample_rate"])
    if report["container"] == "wav":
        heard = sound.of_wav(data, streamed=True)
        assert sound.wav_header(data).encoding == report["encoding"]
    else:
        heard = sound.of_file(data)
    assert heard.rate == report["sample_rate"]
    return heard


def check_speech(report: dict[str, Any]) -> None:
    """The audio is a voice, in the format asked for, of a length that fits the text, and came in pieces."""
    heard, text = read(report), report["text"]
    assert np.isfinite(heard.samples).all()
    assert len(text) / 30 < heard.duration < len(text) / 6 + 1.0, f"{heard.duration:.2f} s for {text!r}"
    assert -40 < sound.decibels(sound.rms(heard)) < -6
    assert sound.peak(heard) <= 1.0
    assert sound.clipped_share(heard) < 0.001
    voiced = sound.pitch_track(heard)
    assert len(voiced) * 0.005 > 0.2 * heard.duration
    assert 60 < np.median(voiced) < 400
    if report["streamed"] and heard.duration > 0.5:
        assert len(report["sizes"]) >= 3, "it came in one piece"
        assert report["times"][0] < report["times"][-1] <= report["ended"]
