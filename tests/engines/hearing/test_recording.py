"""Files written down: what is cut where, what is told, what is refused."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from myna.audio import endpointing
from myna.engines.hearing.recording import write_down
from myna.engines.hearing.stretches import LONGEST_SECONDS, Cutter, Stretch
from myna.engines.protocols import Heard, Recording
from myna.speech.errors import AudioRejected, EngineError
from myna.speech.listening import Final, InputFormat, Progress
from tests.audio.recordings import FORMS, Form, recorded
from tests.engines.hearing.program import Recognizer
from tests.engines.hearing.scripted import LoudNetwork, Samples, noise, silence, word

RATE = 16_000


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpointing, "SpeechNetwork", LoudNetwork)


def saved(path: Path, *parts: Samples) -> Path:
    samples = np.concatenate(parts) if parts else silence(0)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def told(path: Path, **how: object) -> list[Final | Progress]:
    events: list[Final | Progress] = []
    write_down(Recording(str(path), "sphinx", **how), Recognizer(), events.append)  # type: ignore[arg-type]
    return events


def finals(events: list[Final | Progress]) -> list[Final]:
    return [event for event in events if isinstance(event, Final)]


def words(*numbers: int) -> Samples:
    return np.concatenate([word(number) for number in numbers])


def stretches(samples: Samples, cut: int = 1600) -> list[Stretch]:
    cutter = Cutter(LoudNetwork())

    def all_() -> Iterator[Stretch]:
        for at in range(0, len(samples), cut):
            yield from cutter.push(samples[at : at + cut])
        yield from cutter.finish()

    return list(all_())


def test_a_pause_makes_two_finals_with_times_of_the_recording(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.wav", silence(1.024), words(1, 2), silence(2.048), words(3), silence(0.512))
    events = told(path)
    first, second = finals(events)
    assert (first.text, second.text) == ("w1 w2", " w3")
    assert first.words[0].start == pytest.approx(1.024, abs=0.01)
    assert second.words[0].start == pytest.approx(1.024 + 0.512 + 2.048, abs=0.01)
    assert first.start < 1.024 < first.until < second.start < second.until
    last = events[-1]
    assert isinstance(last, Progress)
    assert last.seconds == last.total == pytest.approx(4.352, abs=0.001)


def test_progress_never_goes_back(tmp_path: Path) -> None:
    events = told(saved(tmp_path / "a.wav", *([words(1), silence(7.0)] * 3)))
    seconds = [event.seconds for event in events if isinstance(event, Progress)]
    assert seconds == sorted(seconds)
    assert len(seconds) >= 5
    assert all(
        event.total and event.total >= event.seconds for event in events if isinstance(event, Progress)
    )


def test_silence_and_noise_have_an_empty_transcript(tmp_path: Path) -> None:
    assert not finals(told(saved(tmp_path / "a.wav", silence(3.0))))
    assert not finals(told(saved(tmp_path / "b.wav", silence(0.512), noise(3.0), silence(0.512))))


@pytest.mark.parametrize("seconds", [27.0, 29.0, 61.0, 120.0])
def test_speech_without_a_pause_is_cut_all_the_same(seconds: float) -> None:
    speech = np.concatenate([word(number % 60) for number in range(round(seconds / 0.256))])
    found = stretches(np.concatenate([silence(0.512), speech, silence(2.048)]))
    lengths = [len(stretch.samples) / RATE for stretch in found]
    assert max(lengths) <= LONGEST_SECONDS + 0.01
    assert 0.0 <= sum(lengths) - len(speech) / RATE < 0.7
    ends = [stretch.start + len(stretch.samples) / RATE for stretch in found]
    assert [stretch.start for stretch in found[1:]] == pytest.approx(ends[:-1], abs=1e-6)


def test_long_speech_is_cut_at_its_short_pauses() -> None:
    sentence = np.concatenate([words(*range(20)), silence(0.4)])
    found = stretches(np.concatenate([silence(0.512), *([sentence] * 12), silence(1.0)]))
    assert len(found) >= 3
    for stretch in found[:-1]:
        assert np.abs(stretch.samples[-RATE // 10 :]).max() == 0.0
    assert all(14 <= len(stretch.samples) / RATE <= LONGEST_SECONDS for stretch in found[:-1])


@pytest.mark.parametrize("cut", [1, 511, 513, 100_000])
def test_no_cut_of_the_stream_changes_a_stretch(cut: int) -> None:
    speech = np.concatenate([silence(0.2), words(1, 2), silence(1.536), words(3)])
    if cut == 1:
        speech = speech[: RATE // 2]
    usual, found = stretches(speech), stretches(speech, cut)
    assert [stretch.start for stretch in usual] == [stretch.start for stretch in found]
    assert [stretch.samples.tobytes() for stretch in usual] == [
        stretch.samples.tobytes() for stretch in found
    ]


def test_raw_audio_is_written_down_with_its_format(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    speech = np.concatenate([silence(0.512), words(4, 5), silence(0.512)])
    path.write_bytes((speech * 32767).astype("<i2").tobytes())
    (final,) = finals(told(path, format=InputFormat("pcm_s16le", RATE)))
    assert final.text == "w4 w5"


@pytest.mark.parametrize(
    "form", [form for form in FORMS if str(form).startswith(("mp3 ", "flac flac 1"))], ids=str
)
def test_compressed_recordings_are_written_down(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(recorded(np.concatenate([silence(0.512), words(4, 5), silence(0.512)]), form))
    assert isinstance(told(path)[-1], Progress)


def test_a_truncated_file_gives_what_can_be_heard(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.wav", words(1), silence(1.536), words(2), silence(3.0))
    path.write_bytes(path.read_bytes()[: 44 + 2 * RATE * 2 + 1])
    assert [final.text for final in finals(told(path))] == ["w1", " w2"]


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no audio at all" * 100, bytes(10_000)])
def test_what_is_no_recording_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(AudioRejected, match=r"(?i)send"):
        told(path)


def test_a_wav_file_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioRejected, match="no sound"):
        told(saved(tmp_path / "a.wav"))


@pytest.mark.parametrize("raw", [False, True])
def test_a_recording_that_is_too_long_is_refused(raw: bool, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.wav", words(1), silence(30.0))
    format = InputFormat("pcm_s16le", RATE) if raw else None
    with pytest.raises(AudioRejected, match="longer than 10 seconds"):
        told(path, most_seconds=10.0, format=format)


def test_a_recogniser_that_fails_keeps_what_was_final(tmp_path: Path) -> None:
    class Failing(Recognizer):
        def transcribe(self, samples: Samples, language: str | None, keyterms: tuple[str, ...]) -> Heard:
            heard = super().transcribe(samples, language, keyterms)
            if any(found.text == "w2" for found in heard.words):
                raise EngineError("it failed")
            return heard

    path = saved(tmp_path / "a.wav", words(1), silence(2.048), words(2), silence(1.0))
    events: list[Final | Progress] = []
    with pytest.raises(EngineError, match="it failed"):
        write_down(Recording(str(path), "sphinx"), Failing(), events.append)
    assert [final.text for final in finals(events)] == ["w1"]


def test_languages_without_spaces_get_none(tmp_path: Path) -> None:
    class Japanese(Recognizer):
        def transcribe(self, samples: Samples, language: str | None, keyterms: tuple[str, ...]) -> Heard:
            return Heard(super().transcribe(samples, language, keyterms).words, "ja")

    events: list[Final | Progress] = []
    path = saved(tmp_path / "a.wav", words(1, 2), silence(2.048), words(3))
    write_down(Recording(str(path), "sphinx", language="ja"), Japanese(), events.append)
    assert [final.text for final in finals(events)] == ["w1w2", "w3"]
