from __future__ import annotations

import io

import numpy as np
import pytest

from myna.audio.decoding import blocks
from myna.audio.metering import Block, Meter
from tests.audio.recordings import Samples, wav


def metered(samples: Samples) -> Meter:
    meter = Meter()
    data = wav(np.clip(samples, -1.0, 1.0))
    for _ in meter.watch(blocks(io.BytesIO(data), most_seconds=60.0)):
        pass
    return meter


def test_the_meter_tells_what_was_cut_off_at_any_level() -> None:
    noise = np.random.default_rng(5).standard_normal(80_000).astype(np.float32)
    assert metered(0.1 * noise).clipped < 1e-3
    for level in (1.0, 0.4):
        cut = level * np.clip(noise, -1.0, 1.0)
        assert metered(cut).clipped == pytest.approx(0.317, abs=0.01)
        assert metered(cut).peak == pytest.approx(level, abs=1e-3)


def test_the_meter_forgets_nothing_when_it_gets_louder() -> None:
    meter = Meter()
    data = np.concatenate([np.full(1000, level, dtype=np.float32) for level in (0.3, 3.0, 50.0, 50.0)])
    for _ in meter.watch(iter([Block(part, 16_000) for part in np.split(data, 40)])):
        pass
    assert meter.peak == 50.0
    assert meter.clipped == pytest.approx(0.5)
