from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.sphinx.cepstra import SIZE, Cepstra

SAMPLES = np.random.default_rng(5).normal(0, 0.1, 8000).astype(np.float32)


@given(st.lists(st.integers(0, 900), max_size=20))
@settings(max_examples=25, deadline=None)
def test_frames_do_not_depend_on_the_cut(sizes: list[int]) -> None:
    cepstra, at, pieces = Cepstra(1.1), 0, [np.zeros((0, SIZE))]
    for size in [*sizes, len(SAMPLES)]:
        pieces.append(cepstra.push(SAMPLES[at : at + size]))
        at += size
    assert np.allclose(np.concatenate(pieces), Cepstra(1.1).push(SAMPLES))


def test_level_is_the_first_of_them_alone() -> None:
    soft, loud = (Cepstra().push(SAMPLES * factor) for factor in (1.0, 4.0))
    difference = np.median(loud - soft, axis=0)
    assert 12 < difference[0] < 16
    assert np.abs(difference[1:]).max() < 0.5


def test_a_warp_moves_resonances() -> None:
    time = np.arange(8000) / 16_000
    low, high = (np.sin(2 * np.pi * hz * time).astype(np.float32) + 0.1 * SAMPLES for hz in (1000.0, 1150.0))
    plain, warped = Cepstra().push(low)[10:].mean(axis=0), Cepstra(1.15).push(high)[10:].mean(axis=0)
    other = Cepstra().push(high)[10:].mean(axis=0)
    assert np.linalg.norm((plain - warped)[1:]) < np.linalg.norm((plain - other)[1:])
