"""Measuring a voice: from clean speech to its embedding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.engines.world import detail
from myna.engines.world.bands import Floats
from myna.engines.world.frames import PERIOD, RATE, Frames, frames
from myna.speech import embedding
from myna.speech.embedding import Traits
from myna.speech.errors import ClipRejected
from myna.speech.voices import Gender, Likeness

_FEWEST = 20
"""Voiced frames below which there is no voice to be measured."""
_BREATHS = 120
"""Most frames whose noise is looked at."""
_PAUSE = 0.10
"""Seconds of silence that part syllables from syllables."""
_DIP = 2.0
"""Decibels between one syllable and the next."""
_LOWEST_WOMAN, _HIGHEST_MAN = 165.0, 150.0
"""Median pitches in Hz beyond which a voice is taken for a woman's or a man's."""

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What speech tells of its speaker.

    Attributes:
        likeness: the embedding, and what else helps to imitate.
        pitch_hz: median fundamental frequency.
        gender: as far as the pitch tells.
    """

    likeness: Likeness
    pitch_hz: float
    gender: Gender


def measure(
    samples: Floats, sample_rate: int, *, transcript: str | None = None, language: str = "en"
) -> Measurement:
    """Measure the voice of a speaker.

    Args:
        samples: mono speech without noise, float64 of shape (n,), full scale 1.0; of more than a minute,
            the first.
        sample_rate: in Hz.
        transcript: what is said, where known.
        language: BCP-47 tag of what is said.

    Returns:
        The same for the same samples, on every run.

    Raises:
        ClipRejected: there is no voice in it.
    """
    heard = frames(samples, sample_rate)
    if int(heard.voiced.sum()) < _FEWEST:
        raise ClipRejected("There is no voice to be measured: send a clip in which somebody speaks.")
    traits = _traits(heard, sample_rate)
    pitch = traits.median_pitch
    gender: Gender = "gender_neutral"
    if pitch >= _LOWEST_WOMAN:
        gender = "feminine"
    elif pitch <= _HIGHEST_MAN:
        gender = "masculine"
    likeness = Likeness(embedding.embed(traits), detail.learnt(heard, pitch))
    return Measurement(likeness, round(pitch, 2), gender)


def _traits(heard: Frames, sample_rate: int) -> Traits:
    octaves = np.log2(heard.pitch[heard.voiced])
    quantiles = 2 ** np.quantile(octaves, (np.arange(16) + 0.5) / 16)
    voiced = _levelled(heard.envelope[heard.voiced])
    voiceless = heard.envelope[heard.voiceless]
    middle = _filled(voiced.mean(axis=0), sample_rate, _average("voiced"))
    if len(voiceless) >= _FEWEST // 2:
        hiss = _filled(_levelled(_halved(voiceless)).mean(axis=0), sample_rate, _average("voiceless"))
    else:
        hiss = _average("voiceless")
    return Traits(
        pitch=_floats(quantiles),
        melody=_floats(_melody(heard)),
        voiced=_floats(middle),
        movement=_floats(_halved(voiced).std(axis=0)),
        voiceless=_floats(hiss),
        breath=_floats(_breath(heard)),
        source=_floats(_source(heard, middle)),
        tempo=_floats(_tempo(heard)),
        articulation=_floats(_articulation(heard)),
    )


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _levelled(envelope: Floats) -> Floats:
    return np.asarray(envelope - envelope.mean(axis=1, keepdims=True))


def _halved(bands: Floats) -> Floats:
    return np.asarray((bands[:, ::2] + bands[:, 1::2]) / 2)


def _average(name: str) -> Floats:
    return np.array(getattr(embedding.traits((0.0,) * 192), name))


def _filled(bands: Floats, sample_rate: int, average: Floats) -> Floats:
    """Bands above what the recording can hold follow the average voice."""
    from myna.engines.world.bands import CENTRES, mel

    centres = CENTRES.reshape(len(bands), -1).mean(axis=1)
    held = centres < mel(0.46 * sample_rate)
    if held.all():
        return bands
    filled = np.where(held, bands, average + (bands - average)[held][-3:].mean())
    return np.asarray(filled - filled.mean())


def _runs(mask: _Mask) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask, [0])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _melody(heard: Frames) -> Floats:
    octaves = np.log2(np.maximum(heard.pitch, 1.0))
    slopes, bends, falls = [], [], []
    for start, end in _runs(heard.voiced):
        line = octaves[start:end]
        if end - start >= 5:
            slopes.append((line[4:] - line[:-4]) / (4 * PERIOD))
            bends.append(np.abs(np.diff(line, 2)))
        if end - start >= 12:
            third = (end - start) // 3
            falls.append(line[-third:].mean() - line[:third].mean())
    voiced = octaves[heard.voiced]
    slope = np.concatenate(slopes) if slopes else np.zeros(1)
    low, high = np.quantile(voiced, [0.1, 0.9])
    quarter = max(len(voiced) // 4, 1)
    return np.array(
        [
            max(high - low, 0.02),
            max(float(np.median(np.abs(slope))), 0.05),
            max(float(np.quantile(np.abs(slope), 0.9)), 0.1),
            np.mean(slope > 0),
            np.mean(falls) if falls else 0.0,
            max(float(np.median(np.concatenate(bends))) if bends else 0.0, 1e-3),
            voiced.mean() - np.median(voiced),
            voiced[-quarter:].mean() - voiced[:quarter].mean(),
        ]
    )


def _breath(heard: Frames) -> Floats:
    """Level of the noise in voiced sounds, in dB below them, in 16 bands."""
    import pyworld

    from myna.engines.world.bands import gather

    places = np.flatnonzero(heard.voiced)
    places = places[:: max(1, -(-len(places) // _BREATHS))]
    pitch = np.ascontiguousarray(np.maximum(heard.pitch[places], 50.0))
    shares = pyworld.d4c(heard.samples, pitch, np.ascontiguousarray(heard.times[places]), RATE)
    bands = 10 * np.log10(np.maximum(shares**2 @ gather(shares.shape[1], RATE).T, 1e-6))
    return np.asarray(bands.reshape(len(places), 16, -1).mean(axis=(0, 2)))


def _source(heard: Frames, middle: Floats) -> Floats:
    from myna.engines.world.bands import CENTRES

    hz = 700 * np.expm1(CENTRES)
    slope = np.polyfit(np.log2(hz[(hz > 500) & (hz < 4000)]), middle[(hz > 500) & (hz < 4000)], 1)[0]
    pitch = heard.pitch[heard.voiced]
    envelope, level = heard.envelope[heard.voiced], heard.level[heard.voiced]
    rows = np.arange(len(pitch))
    first, second = (np.abs(np.log(hz)[None] - np.log(pitch * n)[:, None]).argmin(axis=1) for n in (1, 2))
    faint = heard.level[heard.voiceless]
    pauses = heard.level[~(heard.voiced | heard.voiceless)]
    off = level - level.mean()
    growth = [
        float(np.dot(envelope[:, part].mean(axis=1), off) / max(np.dot(off, off), 1.0))
        for part in (hz < 500, (hz >= 500) & (hz < 2500), hz >= 2500)
    ]
    return np.array(
        [
            slope,
            np.mean(envelope[rows, first] - envelope[rows, second]),
            level.std(),
            level.mean() - faint.mean() if len(faint) else 10.0,
            level.mean() - pauses.mean() if len(pauses) else 35.0,
            *growth,
        ]
    )


def _tempo(heard: Frames) -> Floats:
    speech = heard.voiced | heard.voiceless
    span = np.flatnonzero(speech)
    inside = slice(span[0], span[-1] + 1)
    pauses = [end - start for start, end in _runs(~speech[inside]) if (end - start) * PERIOD > _PAUSE]
    total = max(int(inside.stop - inside.start) - sum(pauses), 1)
    peaks = _syllables(heard)
    gaps = np.diff(peaks) * PERIOD
    gaps = gaps[gaps < 0.6]
    evenness = 1 - min(float(gaps.std() / gaps.mean()), 1.0) if len(gaps) > 2 else 0.5
    whole = inside.stop - inside.start

    def mean(mask: _Mask, least: float) -> float:
        lengths = [(end - start) * PERIOD for start, end in _runs(mask)]
        return max(float(np.mean(lengths)), least) if lengths else least

    return np.array(
        [
            max(len(peaks) / (total * PERIOD), 0.5),
            mean(heard.voiced, 0.03),
            mean(heard.voiceless, 0.01),
            max(float(np.mean(pauses)) * PERIOD if pauses else 0.0, 0.05),
            heard.voiced.sum() / whole,
            heard.voiceless.sum() / whole,
            sum(pauses) / whole,
            evenness,
        ]
    )


def _syllables(heard: Frames) -> NDArray[np.intp]:
    """Frames at which a syllable is loudest."""
    shape = np.hanning(11)[1:-1]
    level = np.convolve(np.maximum(heard.level, heard.level.max() - 45), shape / shape.sum(), "same")
    found: list[int] = []
    valley = np.inf
    for place in range(1, len(level) - 1):
        valley = min(valley, level[place])
        if level[place] < level[place - 1] or level[place] <= level[place + 1] or not heard.voiced[place]:
            continue
        if found and level[place] - valley < _DIP:
            if level[place] > level[found[-1]]:
                found[-1] = place
        elif not found or level[found[-1]] - valley >= _DIP:
            found.append(place)
        elif level[place] > level[found[-1]]:
            found[-1] = place
        valley = level[place]
    return np.array(found, np.intp)


def _articulation(heard: Frames) -> Floats:
    speech = heard.voiced | heard.voiceless
    both = speech[1:] & speech[:-1]
    bands = heard.envelope.reshape(len(speech), 8, -1).mean(axis=2)
    moves = np.abs(np.diff(bands, axis=0))[both]
    return np.asarray(np.maximum(moves.mean(axis=0) / PERIOD if len(moves) else np.full(8, 320.0), 10.0))
