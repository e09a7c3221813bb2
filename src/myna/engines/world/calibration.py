"""How the engines' own voices speak: frames of them at several sizes, as their filter hears them.

The file is written by `python -m bench.measured`: for each base and size the frames of half a minute, in
whole numbers of `_UNITS`, which is fine enough to learn a map from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import BinaryIO

import numpy as np

from myna.engines.world.bands import Floats
from myna.engines.world.cepstra import COUNT
from myna.engines.world.regression import Sample

NAME = "calibration.npz"
_UNITS: Floats = np.concatenate(([4.0], np.full(COUNT - 1, 1.5)))
"""What the whole numbers of the file stand for."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A voice of an engine at one size.

    Attributes:
        engine: whose it is.
        base: recording that Flite starts from; empty for eSpeak NG.
        formant_scale: of its timbre.
        sample: its speech.
    """

    engine: str
    base: str
    formant_scale: float
    sample: Sample


@cache
def calibrations() -> tuple[Calibration, ...]:
    """All that were measured."""
    with np.load(BytesIO(files(__package__).joinpath(NAME).read_bytes())) as stored:
        return tuple(_read(key, stored[key]) for key in stored.files)


def _read(key: str, rows: np.ndarray[tuple[int, int], np.dtype[np.int8]]) -> Calibration:
    engine, base, size, period = key.split(" ")
    kind = rows[:, 0]
    sample = Sample(rows[:, 1:] * _UNITS, kind == 1, kind == 2, float(period))
    return Calibration(engine, base, float(size), sample)


def write(file: BinaryIO, found: list[Calibration]) -> None:
    """Write them as `calibrations` reads them."""
    arrays = {
        f"{each.engine} {each.base} {each.formant_scale} {each.sample.period:.6f}": _packed(each.sample)
        for each in found
    }
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def _packed(sample: Sample) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    kind = sample.voiced + 2.0 * sample.voiceless
    rows = np.column_stack((kind, np.rint(sample.cepstra / _UNITS)))
    packed: np.ndarray[tuple[int, int], np.dtype[np.int8]] = np.clip(rows, -127, 127).astype(np.int8)
    return packed
