"""Recordings of any length: how much of them is looked at before the first audio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myna.engines.changing import recording
from myna.engines.changing.protocols import CHANGING_RATE, Conversion
from myna.speech.errors import AudioRejected, ClipRejected
from myna.speech.listening import InputFormat, Progress
from tests.audio.recordings import wav

Samples = NDArray[np.float32]
SECONDS = 12
SOUND = (0.5 * np.sin(np.arange(SECONDS * CHANGING_RATE) / 7)).astype(np.float32)


class Watched:
    """Gives back what it gets, and keeps count; nobody speaks in less than `speech` seconds."""

    def __init__(self, speech: float = 0.0) -> None:
        self.studied = 0
        self.before = 0
        self.pushed: list[Samples] = []
        self._speech = speech

    def study(self, samples: Samples) -> None:
        self.studied += len(samples)

    def push(self, samples: Samples) -> Samples:
        if self.studied < self._speech * CHANGING_RATE:
            raise ClipRejected("Nobody is heard speaking.")
        self.pushed.append(samples)
        return samples

    def finish(self) -> Samples:
        return np.zeros(0, np.float32)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(SOUND, CHANGING_RATE))
    return path


def converted(path: Path, changer: Watched, **options: object) -> tuple[Samples, list[Progress]]:
    told: list[Samples] = []
    progress: list[Progress] = []
    recording.convert(Conversion(str(path), b"", **options), changer, told.append, progress.append)  # type: ignore[arg-type]
    return np.concatenate(told), progress


def test_a_recording_of_usual_length_is_studied_to_its_end(clip: Path) -> None:
    changer = Watched()
    told, progress = converted(clip, changer)
    assert changer.studied == len(told) == len(SOUND)
    assert progress[-1] == Progress(SECONDS, SECONDS)


def test_of_a_long_one_only_the_beginning_is_studied(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_STUDIED", 3.0)
    changer = Watched()
    told, progress = converted(clip, changer)
    assert 3 * CHANGING_RATE <= changer.studied < 5 * CHANGING_RATE
    assert len(told) == len(SOUND)
    reached = [each.seconds for each in progress]
    assert reached == sorted(reached)
    assert {each.total for each in progress} == {SECONDS}


def test_more_of_it_is_studied_where_nobody_speaks_at_first(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_STUDIED", 3.0)
    told, _ = converted(clip, Watched(speech=9.0))
    assert np.allclose(told, SOUND, atol=0.03)
    silent = Watched(speech=SECONDS + 1)
    with pytest.raises(ClipRejected):
        converted(clip, silent)
    assert silent.studied == len(SOUND)


def test_one_that_is_too_long_is_refused_before_any_audio(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_STUDIED", 3.0)
    changer = Watched()
    with pytest.raises(AudioRejected):
        converted(clip, changer, most_seconds=10.0)
    assert not changer.pushed


@pytest.mark.parametrize("whole", [True, False])
def test_a_recording_beside_zero_comes_to_lie_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    monkeypatch.setattr(recording, "_check_spoken", lambda conversion, step: None)
    path = tmp_path / "raw"
    path.write_bytes((SOUND * 0.5 + np.float32(0.4)).astype("<f4").tobytes())
    told, _ = converted(path, Watched(), format=InputFormat("pcm_f32le", CHANGING_RATE), whole=whole)
    assert abs(told[CHANGING_RATE:].mean()) < 0.002
    assert np.allclose(told[CHANGING_RATE:], SOUND[CHANGING_RATE:] * 0.5, atol=0.02)
