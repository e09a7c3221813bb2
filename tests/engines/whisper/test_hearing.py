from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myna.engines.whisper import recognizer
from myna.engines.whisper.hearing import WhisperHearer
from tests.engines.whisper.conftest import RATE
from tests.engines.whisper.test_recognizer import text, within

Sound = NDArray[np.float32]


def fed(hearer: WhisperHearer, sound: Sound, piece: int = RATE // 10) -> list[str]:
    """Feed it in pieces; give each partial that differs from the one before."""
    partials = [""]
    for start in range(0, len(sound), piece):
        hearer.feed(sound[start : start + piece])
        words = hearer.partial()
        within(words, (start + piece) / RATE)
        told = " ".join(word.text for word in words)
        if told != partials[-1]:
            partials.append(told)
    return partials[1:]


@pytest.fixture
def hearer(model: Path) -> WhisperHearer:
    hearer = recognizer.load(str(model)).hear("es", ("Mynah",))
    assert isinstance(hearer, WhisperHearer)
    return hearer


def test_a_stream_is_heard_segment_by_segment(
    hearer: WhisperHearer, noise: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myna.engines.whisper.hearing._SHARE", 0.0)  # however slow this machine is
    for _ in range(2):
        hearer.begin()
        assert hearer.partial() == ()
        assert fed(hearer, noise) == ["Hola from Mynah."]
        heard = hearer.final()
        assert text(heard) == "Hola from Mynah." and heard.reviewed and heard.language == "es"


def test_the_samples_may_be_used_again_by_the_caller(hearer: WhisperHearer, noise: Sound) -> None:
    hearer.begin()
    buffer = noise.copy()
    hearer.feed(buffer)
    buffer[:] = 0
    assert text(hearer.final()) == "Hola from Mynah."


def test_a_segment_without_sound_is_nothing(hearer: WhisperHearer) -> None:
    hearer.begin()
    assert hearer.final().words == ()
    hearer.begin()
    hearer.feed(np.zeros(RATE, np.float32))
    assert hearer.final().words == ()


class Counted:
    """A decoder that counts its work, and says how long it takes."""

    def __init__(self, decoder: object, seconds: float) -> None:
        self._decoder = decoder
        self.seconds = seconds
        self.quick = self.whole = 0

    def decode(self, *what: object, quick: bool = False) -> object:
        self.quick += quick
        self.whole += not quick
        return self._decoder.decode(*what, quick=quick)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("seconds", "looks"), [(0.1, 4), (0.5, 3), (1.0, 1), (1.5, 1), (2.0, 0)], ids=str)
def test_partials_cost_a_third_of_the_time_at_most(
    model: Path, noise: Sound, seconds: float, looks: int
) -> None:
    decoder = Counted(recognizer.load(str(model))._decoder, seconds)
    hearer = WhisperHearer(decoder, "en", ())  # type: ignore[arg-type]
    fed(hearer, np.resize(noise, int(4.8 * RATE)))
    assert decoder.quick == looks and decoder.whole == 0


def test_a_review_is_made_once_unless_more_is_said(model: Path, noise: Sound) -> None:
    decoder = Counted(recognizer.load(str(model))._decoder, 0.1)
    hearer = WhisperHearer(decoder, "en", ())  # type: ignore[arg-type]
    hearer.feed(noise)
    hearer.review()  # given up before its first step
    assert decoder.whole == 0
    assert sum(1 for _ in hearer.review()) == 1
    assert text(hearer.final()) == "Hello from Myna."
    assert decoder.whole == 1
    hearer.feed(noise)
    assert len(hearer.final().words) >= 3
    assert decoder.whole == 2


def test_a_slow_model_looks_only_at_what_is_over(model: Path, noise: Sound) -> None:
    decoder = Counted(recognizer.load(str(model))._decoder, 1.0)
    hearer = WhisperHearer(decoder, "en", ())  # type: ignore[arg-type]
    hearer.feed(noise)
    assert sum(1 for _ in hearer.review()) == 0 and decoder.whole == 0
    assert text(hearer.final()) == "Hello from Myna."
    assert decoder.whole == 1
