"""The acoustic model of PocketSphinx as a mixture over all phones: how well frames fit to what it knows.

Each phone has 128 Gaussians for the cepstra and as many for their first and second differences; their weights
are those of its context-free states.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myna.engines.sphinx.cepstra import SIZE, Frames
from myna.speech.errors import EngineError

_ORDER = b"\x44\x33\x22\x11"
_STATES = 3
"""Of a phone."""
_LOG_BASE, _SHIFT = 1.0001, 10
"""Weights are stored as powers of the base, without their lowest bits."""
_LEAST_VARIANCE = 1e-4
_MARKS, _MARKS_SHARE = 2, 0.2
"""Noises come before the phones, and are rarer."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Acoustics:
    """The Gaussians, ready to be evaluated.

    Attributes:
        forms: for each stream, the matrix that turns squares and values into exponents.
        offsets: for each stream, the constant of each Gaussian, weight included; shape (phones, densities).
        priors: logarithms of the shares of the phones.
    """

    forms: tuple[Floats, ...]
    offsets: tuple[Floats, ...]
    priors: Floats

    def fit(self, streams: Sequence[Frames]) -> float:
        """Log likelihood of frames, each given by its cepstra and their differences, of shape (n, 13)."""
        total = np.broadcast_to(self.priors, (len(streams[0]), len(self.priors)))
        for values, form, offset in zip(streams, self.forms, self.offsets, strict=True):
            both = np.concatenate([values * values, values], axis=1).astype(np.float32)
            exponents = (both @ form).reshape(len(values), *offset.shape) + offset
            total = total + _log_sum(exponents)
        return float(_log_sum(total).sum())


def differences(frames: Frames) -> tuple[Frames, Frames, Frames]:
    """The frames with the first and second differences that the model hears; edges are held."""
    held = np.concatenate([frames[:1].repeat(3, axis=0), frames, frames[-1:].repeat(3, axis=0)])
    count = len(frames)

    def at(shift: int) -> Frames:
        return np.asarray(held[3 + shift : 3 + shift + count])

    return frames, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))


def read(folder: Path) -> Acoustics:
    """The model of a folder.

    Raises:
        EngineError: it is not such a model.
    """
    try:
        means = _gaussians(folder / "means")
        variances = np.maximum(_gaussians(folder / "variances"), _LEAST_VARIANCE)
        phones, streams, densities, _ = means.shape
        weights = _weights(folder / "sendump", phones, streams, densities)
    except (OSError, ValueError, struct.error) as error:
        raise EngineError(f"The acoustic model in {folder.name} cannot be read: {error}.") from error
    offsets = (
        np.log(weights + 1e-12)
        - 0.5 * np.log(2 * np.pi * variances).sum(-1)
        - 0.5 * (means**2 / variances).sum(-1)
    )
    forms = np.concatenate([-0.5 / variances, means / variances], axis=-1)
    shares = np.ones(phones)
    shares[:_MARKS] = _MARKS_SHARE
    shares /= shares.sum()
    return Acoustics(
        tuple(forms[:, s].reshape(phones * densities, 2 * SIZE).T.astype(np.float32) for s in range(streams)),
        tuple(offsets[:, s].astype(np.float32) for s in range(streams)),
        np.log(shares).astype(np.float32),
    )


def _gaussians(path: Path) -> NDArray[np.float64]:
    """Parameters of shape (phones, streams, densities, 13)."""
    data = path.read_bytes()
    end = re.search(rb"endhdr\n", data)
    if end is None or data[end.end() : end.end() + 4] != _ORDER:
        raise ValueError(f"{path.name} has no header")
    at = end.end() + 4
    phones, streams, densities = struct.unpack_from("<3i", data, at)
    sizes = struct.unpack_from(f"<{streams}i", data, at + 12)
    if set(sizes) != {SIZE}:
        raise ValueError(f"{path.name} is for other features")
    at += 12 + 4 * streams
    (total,) = struct.unpack_from("<i", data, at)
    values = np.frombuffer(data, "<f4", total, at + 4)
    return values.reshape(phones, streams, densities, SIZE).astype(np.float64)


def _weights(path: Path, phones: int, streams: int, densities: int) -> NDArray[np.float64]:
    """Mixture weights of shape (phones, streams, densities)."""
    data = path.read_bytes()
    at = 0
    while size := struct.unpack_from("<i", data, at)[0]:
        at += 4 + size
    codes, states = struct.unpack_from("<2i", data, at + 4)
    if codes != densities:
        raise ValueError(f"{path.name} is for another number of densities")
    stored = np.frombuffer(data, np.uint8, streams * densities * states, len(data) - streams * codes * states)
    own = stored.reshape(streams, densities, states)[:, :, : phones * _STATES].astype(np.float64)
    weights = np.exp(-own * 2**_SHIFT * np.log(_LOG_BASE))
    weights = weights.reshape(streams, densities, phones, _STATES).mean(axis=-1)
    return np.asarray((weights / weights.sum(axis=1, keepdims=True)).transpose(2, 0, 1))


def _log_sum(exponents: Floats) -> Floats:
    most = exponents.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(exponents - most).sum(axis=-1)) + most[..., 0])
