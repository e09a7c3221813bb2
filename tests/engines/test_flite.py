from __future__ import annotations

import pytest

from myna.engines.flite.phones import ipa, phones
from myna.engines.flite.text import read
from myna.engines.protocols import PhonemeSpan, Utterance
from myna.engines.silence import SENTENCE_PAUSE
from myna.speech.errors import EngineError
from myna.speech.voices import Timbre
from tests.engines.desk import MAN, WOMAN, Desk
from tests.sound import band_level, centroid, onset, peak, pitch, rms, word_error_rate

TEXT = "The quick brown fox jumps over the lazy dogs near the river bank. We were away a year ago."
BASES = {
    "slt": WOMAN,
    "rms": MAN,
    "awb": Timbre(122.0, formant_scale=1.03, flite_base="awb"),
    "kal16": Timbre(95.0, formant_scale=0.97, flite_base="kal16"),
}


@pytest.mark.parametrize("base", BASES)
def test_a_timbre_has_its_pitch_and_level(flite: Desk, base: str) -> None:
    spoken = flite.say("flite", TEXT, timbre=BASES[base])
    assert pitch(spoken.speech) == pytest.approx(BASES[base].pitch_hz, rel=0.06)
    assert 0.05 < rms(spoken.speech) < 0.2
    assert peak(spoken.sound) < 1.0


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("factor", [0.85, 1.25])
def test_pitch_is_a_factor(flite: Desk, base: str, factor: float) -> None:
    usual, changed = (
        pitch(flite.say("flite", TEXT, timbre=BASES[base], pitch=f).speech) for f in (1.0, factor)
    )
    assert changed / usual == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("factor", [0.6, 0.8, 1.25, 1.6])
def test_speed_is_a_factor(flite: Desk, factor: float) -> None:
    usual, changed = (flite.say("flite", TEXT, speed=f).speech.duration for f in (1.0, factor))
    assert usual / changed == pytest.approx(factor, rel=0.06)


def test_size_changes_the_resonances_alone(flite: Desk) -> None:
    sounds = [
        flite.say("flite", TEXT, timbre=Timbre(110.0, formant_scale=s, flite_base="rms")).speech
        for s in (0.9, 1.0, 1.15)
    ]
    centres = [centroid(sound) for sound in sounds]
    assert centres == sorted(centres) and centres[2] > 1.1 * centres[0]
    for sound in sounds:
        assert pitch(sound) == pytest.approx(110.0, rel=0.06)
        assert sound.duration == pytest.approx(sounds[1].duration, rel=0.03)


def test_brightness_is_heard(flite: Desk) -> None:
    dark, bright = (
        flite.say("flite", TEXT, timbre=Timbre(110.0, brightness=b, flite_base="rms")).speech
        for b in (-2.0, 2.0)
    )
    assert band_level(bright, 2000, 7000) > band_level(dark, 2000, 7000) + 6
    assert rms(bright) == pytest.approx(rms(dark), rel=0.5)


@pytest.mark.parametrize("base", BASES)
def test_the_same_request_gives_the_same_bytes(flite: Desk, base: str) -> None:
    first = flite.say("flite", TEXT, timbre=BASES[base])
    flite.say("flite", "Something else in between.", timbre=BASES["slt"], stop_after=2)
    flite.say("flite", "And once more.", timbre=BASES[base], pitch=1.3, speed=0.8)
    assert flite.say("flite", TEXT, timbre=BASES[base]).digest == first.digest


def test_the_first_audio_comes_before_the_end(flite: Desk) -> None:
    spoken = flite.say("flite", TEXT)
    assert len(spoken.buffers) > 5
    assert 2048 <= len(spoken.buffers[0].data) < 4000, "little enough to come soon, enough to last"


def test_speech_begins_at_once_and_ends_in_a_pause(flite: Desk) -> None:
    spoken = flite.say("flite", "Are you going there today?")
    assert onset(spoken.sound) < 0.05
    assert spoken.sound.duration - spoken.speech.duration == pytest.approx(SENTENCE_PAUSE, abs=0.05)


def test_every_written_word_has_its_time(flite: Desk) -> None:
    text = "It cost $1,234.50 — of the “best” kind, e.g. this-one (naïve) in Zürich at 10:30am! It was £5."
    spoken = flite.say("flite", text, word_times=True, phoneme_times=True)
    assert [word for word, _, _ in spoken.words] == text.split()
    moments = [moment for _, start, end in spoken.words for moment in (start, end)]
    assert moments == sorted(moments)
    assert moments[-1] <= spoken.sound.duration
    assert all(0 <= p.start < p.end <= spoken.sound.duration for p in spoken.phonemes)


def test_a_span_in_ipa_is_pronounced_so(flite: Desk) -> None:
    spans = (PhonemeSpan(4, 7, "kˈæt"), PhonemeSpan(12, 15, "dɔɡ"))
    spoken = flite.say("flite", "say xyz and qrs now", phonemes=spans, phoneme_times=True, word_times=True)
    assert "kæt" in spoken.ipa and "dɔɡ" in spoken.ipa
    assert [word for word, _, _ in spoken.words] == ["say", "xyz", "and", "qrs", "now"]
    assert "kæt" not in flite.say("flite", "say mynaba", phoneme_times=True).ipa


def test_a_spelled_span_is_read_character_by_character(flite: Desk) -> None:
    spoken = flite.say("flite", "code AB-1 ok", spelled=((5, 9),), phoneme_times=True, word_times=True)
    assert "eɪbidæʃwʌn" in spoken.ipa
    assert [word for word, _, _ in spoken.words] == ["code", "AB-1", "ok"]


def test_it_is_understood(flite: Desk) -> None:
    text = "the old man walked down to the river and looked at the water for a long time"
    assert word_error_rate(flite.say("flite", text, timbre=MAN).sound, text) < 0.35


def test_other_languages_and_voices_are_refused(flite: Desk) -> None:
    with pytest.raises(EngineError, match="English only"):
        flite.say("flite", "Hallo", "de")
    with pytest.raises(EngineError, match="no voice"):
        flite.say("flite", "Hello", timbre=Timbre(100.0, flite_base="../x"))


@pytest.mark.parametrize(
    "text", ["...", "—", "🙂", "(", "你好", "\0", "a" * 400, "1" * 200, "'s", "%s%n", "<s>"]
)
def test_odd_text_leaves_the_worker_alive(flite: Desk, text: str) -> None:
    spoken = flite.say("flite", text)
    assert spoken.sound.duration > 0


def test_a_long_text_is_spoken_clause_by_clause() -> None:
    text = "Dr. Smith went home. " * 3 + "It rained, " * 30 + "and then it stopped."
    reading = read(Utterance(text, "en", MAN))
    clauses = list(reading.clauses())
    assert "".join(reading.text[start:end] for start, end in clauses) == text
    assert "Dr. Smith went home. " in {reading.text[start:end] for start, end in clauses}
    assert max(end - start for start, end in clauses) < 160


def test_a_text_without_marks_is_broken_between_words() -> None:
    text = "on and on " * 100
    clauses = list(read(Utterance(text, "en", MAN)).clauses())
    assert len(clauses) > 3
    assert all(text[start - 1] == " " for start, _ in clauses[1:])


def test_an_endless_word_is_broken() -> None:
    reading = read(Utterance("x" * 500, "en", MAN))
    assert max(map(len, reading.text.split())) < 50
    assert reading.text.replace(" ", "") == "x" * 500


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("“so” — it’s", '"so" ,  it\'s'),
        ("Zürich, Łódź", "Zurich, Lodz"),
        ("Москва", "moskva"),
        ("20°", "20 degrees "),
        ("かな", "kana"),
        ("世界", "  "),
        ("tab\there", "tab here"),
        ("e\u0301", "e"),
        ("fi", "fi"),
    ],
)
def test_what_flite_cannot_read_is_written_otherwise(written: str, read_as: str) -> None:
    reading = read(Utterance(written, "en", MAN))
    assert reading.text == read_as
    assert len(reading.origin) == len(reading.text)


def test_currency_is_read_behind_its_number() -> None:
    assert read(Utterance("for £5.50 now", "en", MAN)).text.split() == ["for", "5.50", "pounds", "now"]


def test_ipa_and_phones_agree() -> None:
    assert phones("həlˈoʊ") == ["hh", "ax0", "l", "ow1"]
    assert phones("tʃɜːtʃ") == ["ch", "er1", "ch"]
    assert phones("☃") == []
    assert [ipa(phone) for phone in ("sh", "ng", "pau")] == ["ʃ", "ŋ", ""]
