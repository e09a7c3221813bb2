"""Samples to bytes and back: 32-bit float, 16-bit integer and the two companded forms of G.711."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from myna.speech.formats import ENCODINGS, Encoding
from myna.speech.listening import INPUT_ENCODINGS

_FULL_SCALE = 32768.0
_HIGHEST = 32767.0 / _FULL_SCALE
_ULAW_BIAS = 33
_ULAW_CLIP = 8158


def encode(samples: NDArray[np.float32], encoding: Encoding) -> bytes:
    """Turn samples of shape (n,), full scale ±1.0, into little-endian bytes.

    Integer forms are rounded to nearest and saturate; NaN becomes silence in them.

    Raises:
        ValueError: no such encoding.
    """
    if encoding == "pcm_s16le":
        return to_int16(samples).astype("<i2", copy=False).tobytes()
    if encoding == "pcm_f32le":
        return np.asarray(samples, dtype="<f4").tobytes()
    if encoding == "pcm_mulaw":
        return _compressor("mulaw").take(to_int16(samples).view(np.uint16)).tobytes()
    if encoding == "pcm_alaw":
        return _compressor("alaw").take(to_int16(samples).view(np.uint16)).tobytes()
    raise ValueError(f"unknown encoding {encoding!r}; there are {', '.join(ENCODINGS)}")


def decode(data: bytes, encoding: str) -> NDArray[np.float32]:
    """Turn bytes of one of `INPUT_ENCODINGS` into samples of shape (n,), full scale ±1.0.

    Raises:
        ValueError: no such encoding, or `data` ends inside a sample.
    """
    if encoding == "pcm_s16le":
        return from_int16(np.frombuffer(data, dtype="<i2"))
    if encoding == "pcm_f32le":
        return np.frombuffer(data, dtype="<f4").astype(np.float32)
    if encoding == "pcm_s32le":
        return np.frombuffer(data, dtype="<i4").astype(np.float32) / np.float32(2147483648.0)
    if encoding == "pcm_f16le":
        return np.frombuffer(data, dtype="<f2").astype(np.float32)
    if encoding == "pcm_mulaw":
        return from_int16(_expander("mulaw").take(np.frombuffer(data, dtype=np.uint8)))
    if encoding == "pcm_alaw":
        return from_int16(_expander("alaw").take(np.frombuffer(data, dtype=np.uint8)))
    raise ValueError(f"unknown encoding {encoding!r}; there are {', '.join(INPUT_ENCODINGS)}")


def to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Round samples of full scale ±1.0 to 16 bits; beyond full scale they saturate."""
    if len(samples) and not (samples.max() <= _HIGHEST and samples.min() >= -1.0):
        samples = np.clip(np.nan_to_num(samples), -1.0, _HIGHEST)
    scaled = np.multiply(samples, _FULL_SCALE, dtype=np.float32)
    return np.rint(scaled, out=scaled).astype(np.int16)


def from_int16(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Scale 16-bit samples to ±1.0; exact, so that `to_int16` gives them back."""
    return samples * np.float32(1.0 / _FULL_SCALE)


@cache
def _compressor(law: str) -> NDArray[np.uint8]:
    """The code of every 16-bit sample, indexed by the sample's bits as an unsigned number."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    return _to_mulaw(samples) if law == "mulaw" else _to_alaw(samples)


@cache
def _expander(law: str) -> NDArray[np.int16]:
    """The 16-bit sample of every code."""
    codes = np.arange(256, dtype=np.int32)
    return _from_mulaw(codes) if law == "mulaw" else _from_alaw(codes)


def _to_mulaw(samples: NDArray[np.int32]) -> NDArray[np.uint8]:
    linear = samples >> 2
    magnitude = np.minimum(np.abs(linear), _ULAW_CLIP) + _ULAW_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    codes: NDArray[np.int32] = code ^ np.where(linear < 0, 0x7F, 0xFF)
    return codes.astype(np.uint8)


def _from_mulaw(codes: NDArray[np.int32]) -> NDArray[np.int16]:
    plain = codes ^ 0xFF
    segment = (plain >> 4) & 0x07
    magnitude = ((((plain & 0x0F) << 1) + _ULAW_BIAS) << segment) - _ULAW_BIAS
    return (np.where(plain & 0x80, -magnitude, magnitude) << 2).astype(np.int16)


def _to_alaw(samples: NDArray[np.int32]) -> NDArray[np.uint8]:
    linear = samples >> 3
    magnitude = np.where(linear < 0, ~linear, linear)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    codes: NDArray[np.int32] = code ^ np.where(linear < 0, 0x55, 0xD5)
    return codes.astype(np.uint8)


def _from_alaw(codes: NDArray[np.int32]) -> NDArray[np.int16]:
    plain = codes ^ 0x55
    segment = (plain >> 4) & 0x07
    step = ((plain & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(plain & 0x80, magnitude, -magnitude).astype(np.int16)
