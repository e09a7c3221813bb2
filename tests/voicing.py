"""Rendering voices and comparing how they sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Utterance
from myna.providers.local import LocalProvider
from myna.providers.local.sentences import sentence
from myna.speech.events import AudioChunk, Failed
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import Voice
from tests.sound import Samples, Sound, levels

BANDS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A voice saying the sentence of its language.

    Attributes:
        pitch_hz: median fundamental frequency.
        loudness_db: RMS of the frames that hold speech, in dB of full scale.
        envelope: level in mel bands from 100 Hz to 7 kHz, in dB around the mean; shape (24,).
    """

    voice: Voice
    engine: str
    sound: Sound
    pitch_hz: float
    loudness_db: float
    envelope: NDArray[np.float64]

    @property
    def off_pitch(self) -> float:
        """Semitones above the pitch that the catalogue promises."""
        return semitones(self.pitch_hz, self.voice.timbre.pitch_hz)


def semitones(one_hz: float, other_hz: float) -> float:
    """How much higher the one is."""
    return float(12 * np.log2(one_hz / other_hz))


def timbre_distance(one: Heard, other: Heard) -> float:
    """Root mean square over the bands of the difference of two envelopes, in dB."""
    return float(np.sqrt(np.mean((one.envelope - other.envelope) ** 2)))


def quick_pitch(sound: Sound) -> float:
    """Median fundamental frequency in Hz, within 1 % of `tests.sound.pitch` in a tenth of its time."""
    import pyworld

    samples = np.ascontiguousarray(sound.samples, dtype=np.float64)
    f0, _ = pyworld.dio(samples, sound.rate, f0_floor=50.0, f0_ceil=500.0, speed=4, frame_period=10.0)
    return float(np.median(f0[f0 > 0]))


def loudness(sound: Sound) -> float:
    """RMS of the frames within 40 dB of the loudest, in dB of full scale."""
    frames = levels(sound, 20)
    spoken = frames[frames > frames.max() - 40]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10))))


def envelope(sound: Sound) -> NDArray[np.float64]:
    """Long-term spectrum in mel bands, in dB around its mean."""
    size = round(0.032 * sound.rate)
    frames = np.lib.stride_tricks.sliding_window_view(sound.samples, size)[:: size // 2]
    spectrum = np.mean(np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2, axis=0)
    edges = np.linspace(_mel(np.array(100.0)), _mel(np.array(7000.0)), BANDS + 2)
    places = _mel(np.fft.rfftfreq(size, 1 / sound.rate))
    rising = (places - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - places) / (edges[2:] - edges[1:-1])[:, None]
    bands = 10 * np.log10(np.clip(np.minimum(rising, falling), 0, None) @ spectrum + 1e-12)
    return np.asarray(bands - bands.mean())


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log1p(hz / 700)


async def hear(pool: WorkerPool, voices: Iterable[Voice], engine: str) -> list[Heard]:
    """Let each voice say the sentence of its language."""
    heard = []
    for voice in voices:
        text = sentence(voice.language)
        sound = await render(pool, engine, Utterance(text, voice.language, voice.timbre))
        heard.append(Heard(voice, engine, sound, quick_pitch(sound), loudness(sound), envelope(sound)))
    return heard


async def render(pool: WorkerPool, engine: str, utterance: Utterance) -> Sound:
    """All audio of an utterance."""
    parts, rate = [], 0
    async for event in pool.synthesize(engine, utterance):
        if isinstance(event, Pcm):
            parts.append(event.data)
            rate = event.sample_rate
    return Sound(np.frombuffer(b"".join(parts), "<i2").astype(np.float32) / 32768, rate)


async def speak(provider: LocalProvider, model: str, voice: Voice, text: str, delivery: Delivery) -> Sound:
    """What the provider says, with its gain."""
    speech = provider.speak(SpeechRequest(voice=voice, model=model, delivery=delivery))
    speech.push(text)
    speech.finish()
    parts: list[Samples] = []
    rate = 0
    async for event in speech.events():
        assert not isinstance(event, Failed), event
        if isinstance(event, AudioChunk):
            parts.append(event.samples * np.float32(event.gain))
            rate = event.sample_rate
    return Sound(np.concatenate(parts), rate)
