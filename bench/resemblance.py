"""Two unrelated measures of how alike voices are; neither is known to what is measured.

One is the cosine between embeddings of Resemblyzer, a speaker encoder from a model of its own, which lives
in an environment of its own. The other is the classical one of speaker verification: how much likelier
the cepstra of speech are in a Gaussian of the speaker than in one of all speakers.
"""

from __future__ import annotations

import os
import tempfile
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.common import PROGRAMS, ROOT, output_of
from bench.speakers import RATE
from tests.sound import Samples

Vectors = NDArray[np.float64]

_LEVEL = 0.05
_FILTERS, _CEPSTRA = 26, 13
_SPEECH = 30.0
"""Decibels below the loud places of a recording to which it is taken for speech."""


def encoder() -> str | None:
    """The interpreter that has Resemblyzer, if there is one."""
    places = [
        os.environ.get("MYNA_SIMILARITY_PYTHON"),
        str(ROOT / ".venvs" / "similarity" / "bin" / "python"),
    ]
    return next((place for place in places if place and Path(place).exists()), None)


def embeddings(python: str, clips: Sequence[Samples]) -> Vectors:
    """Resemblyzer's embedding of each clip, shape (n, 256)."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, clip in enumerate(clips):
            names.append(str(Path(folder) / f"{number}.wav"))
            write_wav(names[-1], clip)
        listing = Path(folder) / "names"
        listing.write_text("\n".join(names))
        found = output_of([python, str(PROGRAMS / "speaker_embeddings.py"), str(listing)], timeout=1800)
    return np.array(found)


def write_wav(path: str, clip: Samples) -> None:
    """As loud as any other."""
    level = float(np.sqrt(np.mean(clip.astype(float) ** 2)))
    samples = np.clip(clip * (_LEVEL / max(level, 1e-9)), -1, 1)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def cosine(one: Vectors, other: Vectors) -> float:
    """Between the means of two sets of embeddings."""
    a, b = one.mean(axis=0), other.mean(axis=0)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def cepstra(clips: Sequence[Samples]) -> Vectors:
    """Mel cepstra of the frames of speech in clips, shape (n, 12)."""
    return np.concatenate([_cepstra(clip) for clip in clips])


def _cepstra(clip: Samples) -> Vectors:
    size, hop = 400, 160
    frames = np.lib.stride_tricks.sliding_window_view(np.diff(clip.astype(float), prepend=0.0), size)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hamming(size), 512, axis=1)) ** 2 @ _filters().T
    level = 10 * np.log10(power.sum(axis=1) + 1e-12)
    loud = power[level > np.percentile(level, 95) - _SPEECH]
    waves = np.cos(np.pi * np.arange(1, _CEPSTRA)[:, None] * (np.arange(_FILTERS) + 0.5) / _FILTERS)
    return np.asarray(np.log(loud + 1e-10) @ waves.T)


@cache
def _filters() -> Vectors:
    def mel(hz: Vectors) -> Vectors:
        return np.asarray(1127 * np.log1p(hz / 700))

    edges = np.linspace(*mel(np.array([100.0, 7200.0])), _FILTERS + 2)
    places = mel(np.linspace(0, RATE / 2, 257))
    rising = (places - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - places) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


class Gaussian:
    """How cepstra of somebody, or of everybody, are distributed."""

    def __init__(self, frames: Vectors) -> None:
        """Of frames of shape (n, 12)."""
        self._middle = frames.mean(axis=0)
        spread = np.cov(frames.T) + 0.05 * np.eye(frames.shape[1])
        self._inverse = np.linalg.inv(spread)
        self._log_volume = float(np.linalg.slogdet(spread)[1])

    def likelihood(self, frames: Vectors) -> float:
        """Mean logarithm of the likelihood per frame, but for a constant."""
        off = frames - self._middle
        return float(-0.5 * (np.einsum("ni,ij,nj->n", off, self._inverse, off).mean() + self._log_volume))
