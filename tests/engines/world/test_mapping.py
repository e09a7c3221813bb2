from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from myna.engines.world import bases
from myna.engines.world.mapping import mapping_of
from myna.speech import embedding
from myna.speech.errors import InvalidRequest
from myna.speech.voices import Likeness, Timbre

TIMBRE = Timbre(108.0, flite_base="rms")


def heard(count: int = 40) -> np.ndarray:
    """Levels around those of the base, voiced frames and then voiceless ones."""
    traits = bases.traits("flite", TIMBRE)
    noise = np.random.default_rng(3).normal(0, 4, (count, 64))
    voiceless = np.repeat(traits.voiceless, 2)
    return (
        noise
        - 20
        + np.concatenate((np.tile(traits.voiced, (count // 2, 1)), np.tile(voiceless, (count // 2, 1))))
    )


def gains(vector: object, levels: np.ndarray | None = None) -> np.ndarray:
    mapping = mapping_of(Likeness(vector), TIMBRE, "flite")
    levels = heard() if levels is None else levels
    return mapping.gains(levels, [""] * len(levels))


def loudness(levels: np.ndarray) -> np.ndarray:
    from myna.engines.world.bands import CENTRES

    return 10 * np.log10(np.sum(np.exp(CENTRES) * 10 ** (levels / 10), axis=1))


def test_a_base_is_not_moved_to_itself() -> None:
    own = embedding.embed(bases.traits("flite", TIMBRE))
    assert np.abs(gains(own)).max() < 1.0


def test_levels_move_by_what_the_voices_differ() -> None:
    traits = bases.traits("flite", TIMBRE)
    bump = 8 * np.exp(-(((np.arange(64) - 40) / 6) ** 2))
    target = embedding.embed(replace(traits, voiced=tuple(np.array(traits.voiced) + bump)))
    levels = heard()
    moved = gains(target, levels)[:20].mean(axis=0)
    assert moved[40] - moved[10] == pytest.approx(8, abs=1.5)
    assert moved[62] - moved[10] == pytest.approx(0, abs=1.0)


def test_speech_keeps_its_loudness() -> None:
    levels = heard()
    for seed in range(5):
        source = random.Random(seed)
        moved = gains([source.gauss(0, 1) for _ in range(192)], levels)
        louder = loudness(levels + moved) - loudness(levels)
        assert np.abs(louder[:20]).max() < 2.0
        assert np.abs(louder).max() < 9.0


@pytest.mark.parametrize("vector", [[1.0] * 192, [0.0] * 192, [-1e308] * 192, [1e9, -1e9] * 96])
@pytest.mark.parametrize("level", [-110.0, 0.0, 40.0])
def test_nonsense_moves_nothing_too_far(vector: list[float], level: float) -> None:
    moved = gains(vector, heard() + level)
    assert np.isfinite(moved).all()
    assert np.ptp(moved, axis=1).max() < 45


def test_a_broken_embedding_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="not 3"):
        gains((1.0, 2.0, 3.0))


def test_what_the_engine_lacks_is_taken_from_its_usual_voice() -> None:
    for engine, timbre in (
        ("espeak", TIMBRE),
        ("flite", Timbre(100.0)),
        ("other", Timbre(100.0, flite_base="x")),
    ):
        mapping = mapping_of(Likeness((0.0,) * 192), timbre, engine)
        assert np.isfinite(mapping.gains(heard(), [""] * 40)).all()
