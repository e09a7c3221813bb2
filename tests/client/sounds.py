"""Audio that scripted listeners hear words in: 16 kHz, 16 bits."""

from __future__ import annotations

import io
import wave

import numpy as np

RATE = 16000
LIVE = {"model": "ink-whisper", "encoding": "pcm_s16le", "sample_rate": RATE}
"""What a connection is opened with."""


def speech(seconds: float) -> bytes:
    """Sound in which each 0.2 s are a word."""
    wave_form = np.sin(np.arange(round(seconds * RATE)) * 0.3) * 12000
    return wave_form.astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def wav(audio: bytes) -> bytes:
    """As the content of a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(audio)
    return written.getvalue()
