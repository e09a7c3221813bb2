from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from myna.engines.espeak.variants import variant
from myna.engines.protocols import Utterance
from myna.speech.voices import Timbre
from tests.engines.desk import MAN, desk

SAME = "The quick brown fox jumps over the lazy dogs."


def _utterance(**timbre: float) -> Utterance:
    return Utterance("any", "en", Timbre(**({"pitch_hz": 110.0} | timbre)))


@pytest.mark.parametrize(
    "timbre",
    [
        {},
        {"pitch_hz": 1e9},
        {"pitch_hz": -5.0},
        {"pitch_range": 99.0},
        {"brightness": 40.0},
        {"brightness": -40.0},
    ],
)
def test_a_variant_has_nothing_that_outlives_an_utterance(timbre: dict[str, float]) -> None:
    lines = dict(line.split(" ", 1) for line in variant(_utterance(**timbre)).splitlines())
    assert lines["flutter"] == "0"
    assert lines["breath"] == "0"
    assert int(lines["roughness"]) >= 8
    assert "klatt" not in lines and "echo" not in lines
    base, top = map(int, lines["pitch"].split())
    assert 20 <= base <= top < 2000
    assert all(0 <= int(number) <= 8000 for number in lines["tone"].split())


def test_a_machine_without_a_place_for_a_cache_speaks_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk() as usual:
        expected = usual.say("espeak", SAME).digest
    (tmp_path / "file").write_text("a file, not a folder")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with desk() as homeless:
        assert homeless.say("espeak", SAME).digest == expected
        assert os.listdir(tmp_path / "tmp")
    assert not os.listdir(tmp_path / "tmp"), "the temporary folder goes with the worker"


def test_workers_that_start_at_once_share_a_new_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with desk() as one, desk() as two, desk() as three:
        digests = {worker.say("espeak", SAME, timbre=MAN).digest for worker in (one, two, three)}
    assert len(digests) == 1
    assert len(os.listdir(tmp_path / "myna")) == 1


def test_two_workers_do_not_hear_each_other_change_the_voice() -> None:
    high, low = Timbre(300.0), Timbre(80.0)
    with desk() as one, desk() as two:
        first = one.say("espeak", SAME, timbre=high).digest
        for _ in range(5):
            two.say("espeak", SAME, timbre=low)
            assert one.say("espeak", SAME, timbre=high).digest == first
