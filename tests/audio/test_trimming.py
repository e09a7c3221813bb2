from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from myna.audio.decoding import decode_all
from myna.audio.detection import FRAME, RATE, SpeechDetector, stretches
from myna.audio.trimming import best, levels, normalized, trimmed
from tests.audio.recordings import Samples, tone


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector()


def of(corpus: Path, name: str) -> Samples:
    return decode_all(corpus / name, RATE, most_seconds=600.0).samples


def clips(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "manifest.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def seconds(spans: list[tuple[int, int]]) -> float:
    return sum(end - start for start, end in spans) / RATE


# --- detection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("....", []),
        ("..########..", [(2, 10)]),
        ("..##..######", [(2, 12)]),
        (".####.", []),
        ("#####", [(0, 5)]),
        ("######" + 10 * "." + "######", [(0, 22)]),
        ("######" + 11 * "." + "######", [(0, 6), (17, 23)]),
        ("######++++" + 20 * ".", [(0, 10)]),
        ("++++++++++", []),
    ],
)
def test_stretches_begin_when_it_is_sure_and_end_when_it_is_not(
    text: str, spans: list[tuple[int, int]]
) -> None:
    """`#` is speech, `+` may be, `.` is none."""
    assert stretches(np.array([{"#": 0.9, "+": 0.4, ".": 0.1}[mark] for mark in text])) == spans


def test_every_clip_with_speech_is_speech_and_no_other(corpus: Path, detector: SpeechDetector) -> None:
    for clip in clips(corpus):
        found = seconds(detector.spans(of(corpus, clip["file"])[: 10 * RATE]))
        if clip["kind"] in ("silence", "noise"):
            assert found == 0, clip["file"]
        elif float(clip["seconds"]) >= 1.5:
            assert found >= 1.0, clip["file"]


def test_pauses_are_found_where_they_are(corpus: Path, detector: SpeechDetector) -> None:
    (pauses,) = [clip for clip in clips(corpus) if clip["file"] == "en_pauses_ls367.flac"]
    samples = of(corpus, pauses["file"])
    spans = detector.spans(samples)
    speech = np.zeros(len(samples), dtype=bool)
    for start, end in spans:
        speech[start:end] = True
    assert 0.4 < speech.mean() < 0.75
    loud = np.sqrt(np.mean(samples[speech] ** 2))
    quiet = np.sqrt(np.mean(samples[~speech] ** 2))
    assert loud > 8 * quiet


@pytest.mark.parametrize("gain", [0.003, 0.05])
def test_quiet_speech_is_speech(corpus: Path, detector: SpeechDetector, gain: float) -> None:
    samples = of(corpus, "en_vctk_p225_011.flac")
    usual, quiet = detector.spans(samples), detector.spans(samples * np.float32(gain))
    assert seconds(quiet) == pytest.approx(seconds(usual), rel=0.05)


@pytest.mark.parametrize("kind", ["tone", "chord", "white", "clicks", "saw", "silence"])
def test_what_is_not_speech_is_none(detector: SpeechDetector, kind: str) -> None:
    noise, count = np.random.default_rng(3), 5 * RATE
    samples = {
        "tone": tone(5.0, RATE),
        "chord": sum((tone(5.0, RATE, hz, 0.1) for hz in (220.0, 277.0, 330.0)), np.zeros(count, "f4")),
        "white": 0.1 * noise.standard_normal(count),
        "clicks": 0.5 * (noise.random(count) < 1e-3),
        "saw": 0.3 * (np.arange(count) * 120 / RATE % 1) - 0.15,
        "silence": np.zeros(count),
    }[kind].astype(np.float32)
    assert detector.spans(samples) == []


def test_it_forgets_the_recording_before(corpus: Path, detector: SpeechDetector) -> None:
    samples = of(corpus, "en_g_brooklyn.wav")
    first = detector.probabilities(samples)
    detector.probabilities(of(corpus, "noise_pink_5s.flac"))
    np.testing.assert_array_equal(detector.probabilities(samples), first)


def test_it_tells_of_its_progress(detector: SpeechDetector) -> None:
    steps: list[None] = []
    detector.spans(np.zeros(20 * RATE, dtype=np.float32), lambda: steps.append(None))
    assert len(steps) >= 9


# --- trimming -----------------------------------------------------------------------------------------


def quiet(seconds: float, level: float = 0.001, seed: int = 0) -> Samples:
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return (level * noise).astype(np.float32)


def scene(*parts: Samples) -> tuple[Samples, list[tuple[int, int]]]:
    """Pauses and tones in turn, and where the tones are."""
    spans, at = [], 0
    for index, part in enumerate(parts):
        if index % 2:
            spans.append((at, at + len(part)))
        at += len(part)
    return np.concatenate(parts), spans


def test_what_is_before_behind_and_long_between_is_cut() -> None:
    samples, spans = scene(
        quiet(3), tone(1.0, RATE), quiet(2), tone(1.5, RATE), quiet(0.2), tone(1.0, RATE), quiet(5)
    )
    cut = trimmed(samples, spans)
    assert len(cut) / RATE == pytest.approx(0.15 + 1.0 + 0.3 + 1.5 + 0.2 + 1.0 + 0.15, abs=0.02)
    loud = np.abs(cut) > 0.01
    assert loud.mean() == pytest.approx(3.5 / (len(cut) / RATE), abs=0.02)


def test_joins_do_not_click() -> None:
    samples, spans = scene(
        quiet(1, 0.05), tone(1.0, RATE), quiet(2, 0.05, 1), tone(1.0, RATE), quiet(1, 0.05)
    )
    slow = np.convolve(samples, np.ones(32) / 32, "same").astype(np.float32)
    cut = trimmed(slow, spans)
    assert np.abs(np.diff(cut)).max() <= 1.01 * np.abs(np.diff(slow)).max()


def test_speech_from_end_to_end_stays_as_it_is() -> None:
    samples = tone(2.0, RATE)
    np.testing.assert_array_equal(trimmed(samples, [(0, len(samples))]), samples)
    assert len(trimmed(samples, [])) == 0


@pytest.mark.parametrize("snr_db", [0, 5, 10, 20, 30])
def test_the_noise_is_measured_in_the_pauses(corpus: Path, detector: SpeechDetector, snr_db: int) -> None:
    clean = of(corpus, "es_leo_es.flac")
    speech = detector.spans(clean)
    active = np.concatenate([clean[start:end] for start, end in speech])
    level = np.sqrt(np.mean(active**2)) * 10 ** (-snr_db / 20)
    noisy = clean + quiet(len(clean) / RATE, float(level), 4)[: len(clean)]
    assert levels(noisy, speech).snr_db == pytest.approx(snr_db, abs=1.5)


def test_a_hum_before_the_words_is_not_below_them() -> None:
    words = tone(3.0, RATE) * (np.arange(3 * RATE) // 1600 % 2 == 0)  # a tenth of a second on, one off
    samples = np.concatenate([quiet(2, 0.05), words.astype(np.float32) + quiet(3, 0.001), quiet(1, 0.05)])
    assert levels(samples, [(2 * RATE, 5 * RATE)]).snr_db > 40


def test_clean_pauses_make_a_clean_recording() -> None:
    samples, spans = scene(np.zeros(RATE, "f4"), tone(2.0, RATE), np.zeros(RATE, "f4"))
    found = levels(samples, spans)
    assert found.snr_db == 60.0
    assert found.speech_db == pytest.approx(-9.03, abs=0.1)


def test_the_level_is_brought_to_where_it_belongs() -> None:
    soft = 0.01 * tone(2.0, RATE)
    found = normalized(soft, levels(soft, [(0, len(soft))]).speech_db)
    assert 10 * np.log10(np.mean(found**2)) == pytest.approx(-23.0, abs=0.1)
    peaky = soft.copy()
    peaky[1000] = 0.5
    assert np.abs(normalized(peaky, -80.0)).max() == pytest.approx(0.95)
    assert not normalized(np.zeros(10, dtype=np.float32), -120.0).any()


def test_of_much_speech_the_nearest_is_taken_in_its_order() -> None:
    near, far = tone(20.0, RATE, level=0.4), tone(20.0, RATE, level=0.1)
    samples, spans = scene(quiet(1), far, quiet(1), near, quiet(1), far, quiet(1), near)
    chosen = best(samples, spans, 45.0)
    assert chosen == sorted(chosen)
    assert seconds(chosen) == pytest.approx(45.0)
    inside = [
        any(start >= first and end <= last for first, last in (spans[1], spans[3])) for start, end in chosen
    ]
    assert sum(end - start for (start, end), near in zip(chosen, inside, strict=True) if near) == 40 * RATE
    assert best(samples, spans, 100.0) == spans


def test_frames_are_whole_for_any_length(detector: SpeechDetector) -> None:
    for length in (0, 1, FRAME - 1, FRAME, FRAME + 1):
        samples = np.zeros(length, dtype=np.float32)
        assert len(detector.probabilities(samples)) == -(-length // FRAME)
