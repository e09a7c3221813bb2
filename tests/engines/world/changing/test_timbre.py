"""What turns one timbre into another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.bands import CENTRES, mel
from myna.engines.world.cepstra import drawn
from myna.engines.world.changing.target import Target, measure
from myna.engines.world.changing.timbre import Timbre, loudness, timbre


def voice(corpus: Path, name: str) -> Target:
    return measure(
        np.concatenate(list(decode(corpus / name, CHANGING_RATE, most_seconds=60))).astype(np.float32)
    )


@pytest.fixture(scope="module")
def man(corpus: Path) -> Target:
    return voice(corpus, "en_vctk_p226_011.flac")


@pytest.fixture(scope="module")
def woman(corpus: Path) -> Target:
    return voice(corpus, "en_vctk_p225_003.flac")


@pytest.fixture(scope="module")
def found(man: Target, woman: Target) -> Timbre:
    return timbre(man, woman)


def test_the_long_term_spectrum_comes_near_to_the_target(found: Timbre, man: Target, woman: Target) -> None:
    before = drawn(man.sample.cepstra[man.sample.voiced])
    after = before + found.gains(before, [""] * len(before))
    wanted = drawn(woman.sample.cepstra[woman.sample.voiced])

    def spectrum(levels: np.ndarray) -> np.ndarray:
        mean = 10 * np.log10((10 ** (levels / 10)).mean(axis=0))
        return mean - mean.mean()

    off = [np.abs(spectrum(each) - spectrum(wanted)).mean() for each in (before, after)]
    assert off[1] < off[0] / 2


def test_speech_stays_about_as_loud(found: Timbre, man: Target) -> None:
    before = drawn(man.sample.cepstra[man.sample.voiced])
    after = before + found.gains(before, [""] * len(before))
    assert abs(float(np.median(loudness(after) - loudness(before)))) < 4


def test_faint_sounds_get_more_of_the_same(found: Timbre, man: Target) -> None:
    vowels = drawn(man.sample.cepstra[man.sample.voiced])
    vowels -= loudness(vowels)[:, None]
    unlike = [
        (found.gains(vowels + found.loud + off, [""] * len(vowels)) - found.size.gains(vowels, [])).std(0)
        for off in (8.0, -12.0)
    ]
    middle = (CENTRES > mel(400.0)) & (CENTRES < mel(3000.0))
    assert unlike[1][middle].mean() < 0.8 * unlike[0][middle].mean()


def test_noise_is_not_raised(found: Timbre) -> None:
    noise = found.floor[None] + 2
    assert found.gains(noise, [""]).max() < 2


def test_above_what_a_recording_holds_nothing_is_raised(man: Target, woman: Target) -> None:
    narrow = replace(man, sample=replace(man.sample, bands=40))
    gains = timbre(narrow, woman).gains(drawn(man.sample.cepstra), [""])
    assert gains[:, 40:].max() <= 0 < gains[:, :40].max()


def test_what_speech_still_lacks_is_added(found: Timbre, man: Target, woman: Target) -> None:
    dull = replace(woman.sample, cepstra=woman.sample.cepstra.copy())
    dull.cepstra[:, 1] += 60
    loud = drawn(man.sample.cepstra[man.sample.voiced])
    tilted = found.corrected(dull, woman.sample).gains(loud, []) - found.gains(loud, [])
    high, low = (tilted[:, each].mean() for each in (CENTRES > mel(3000.0), CENTRES < mel(800.0)))
    assert high > 0.5 > low and high - low > 2
