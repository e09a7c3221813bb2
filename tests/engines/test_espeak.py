from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from myna.engines.espeak.languages import VOICES
from myna.engines.protocols import Pcm, PhonemeSpan, Utterance
from myna.engines.silence import SENTENCE_PAUSE
from myna.speech.errors import EngineError
from myna.speech.voices import Timbre
from tests.engines.desk import MAN, WOMAN, Desk, desk
from tests.engines.scripts import FOREIGN, sentence
from tests.sound import Sound, band_level, centroid, click, melody, onset, peak, pitch

TEXT = (
    "The quick brown fox jumps over the lazy dogs near the river bank. "
    "We were away a year ago, and nobody knew where our money was."
)
LOUD = Timbre(238.0, 1.2, 1.2, 2.0)


def test_the_first_audio_comes_before_the_end(worker: Desk) -> None:
    spoken = worker.say("espeak", TEXT)
    sizes = [len(buffer.data) for buffer in spoken.buffers]
    assert len(sizes) > 3
    assert sizes[0] < 9000 < max(sizes), "a small first buffer, then larger ones"
    assert {buffer.sample_rate for buffer in spoken.buffers} == {22050}
    assert not any(size % 2 for size in sizes)


def test_speech_begins_at_once_and_ends_in_a_pause(worker: Desk) -> None:
    spoken = worker.say("espeak", "Hello there, how are you today?")
    assert onset(spoken.sound) < 0.03
    assert spoken.sound.duration - spoken.speech.duration == pytest.approx(SENTENCE_PAUSE, abs=0.03)


@pytest.mark.parametrize("hz", [80.0, 110.0, 150.0, 200.0, 260.0])
@pytest.mark.parametrize(
    ("language", "text"),
    [("en-US", TEXT), ("de", "Wir waren ein Jahr lang in Hamburg und niemand wusste davon.")],
)
def test_a_timbre_has_its_pitch(worker: Desk, hz: float, language: str, text: str) -> None:
    assert pitch(worker.say("espeak", text, language, Timbre(hz)).speech) == pytest.approx(hz, rel=0.04)


@pytest.mark.parametrize("factor", [0.7, 0.9, 1.2, 1.5])
def test_pitch_is_a_factor(worker: Desk, factor: float) -> None:
    usual, changed = (pitch(worker.say("espeak", TEXT, pitch=f).speech) for f in (1.0, factor))
    assert changed / usual == pytest.approx(factor, rel=0.03)


@pytest.mark.parametrize("factor", [0.5, 0.7, 0.9, 1.2, 1.5, 2.0])
def test_speed_is_a_factor(worker: Desk, factor: float) -> None:
    usual, changed = (worker.say("espeak", TEXT, speed=f).speech.duration for f in (1.0, factor))
    assert usual / changed == pytest.approx(factor, rel=0.08)


def test_range_widens_the_melody_and_leaves_the_pitch(worker: Desk) -> None:
    sounds = [worker.say("espeak", TEXT, pitch_range=f).speech for f in (0.0, 0.5, 1.0, 1.6)]
    melodies = [melody(sound) for sound in sounds]
    assert melodies == sorted(melodies) and melodies[0] < 0.5 < 2 * melodies[1] < 2 * melodies[3]
    assert all(pitch(sound) == pytest.approx(MAN.pitch_hz, rel=0.04) for sound in sounds)


def test_size_and_brightness_are_heard(worker: Desk) -> None:
    small, large = (
        worker.say("espeak", TEXT, timbre=Timbre(140.0, formant_scale=s)).speech for s in (1.2, 0.9)
    )
    assert centroid(small) > 1.1 * centroid(large)
    bright, dark = (
        worker.say("espeak", TEXT, timbre=Timbre(140.0, brightness=b)).speech for b in (2.0, -2.0)
    )
    assert band_level(bright, 2000, 8000) > band_level(dark, 2000, 8000) + 3


def test_the_same_request_gives_the_same_bytes_in_every_language(worker: Desk) -> None:
    chance = random.Random(5)
    requests = []
    for voice in sorted(VOICES):
        timbre = (MAN, WOMAN, LOUD)[len(voice) % 3]
        speed = (1.0, 1.3, 0.7, 2.5)[len(requests) % 4]
        requests.append(Utterance(sentence(voice) + FOREIGN, voice, timbre, speed=speed))
    first: dict[Utterance, str] = {}
    differing = []
    for _ in range(2):
        chance.shuffle(requests)
        for request in requests:
            digest = worker.speak("espeak", request).digest
            if first.setdefault(request, digest) != digest:
                differing.append(request.language)
            if chance.random() < 0.2:
                worker.say("espeak", TEXT, timbre=LOUD, stop_after=chance.choice([1, 2, 3]))
    assert not differing


def test_two_workers_give_the_same_bytes(worker: Desk) -> None:
    with desk() as other:
        for engine in set(worker.ready.engines) & set(other.ready.engines):
            worker.say(engine, "Something else before.", timbre=WOMAN)
        assert worker.say(engine, TEXT).digest == other.say(engine, TEXT).digest


def test_times_change_nothing_in_the_sound(worker: Desk) -> None:
    plain = worker.say("espeak", TEXT)
    assert not plain.words and not plain.phonemes
    assert worker.say("espeak", TEXT, word_times=True, phoneme_times=True).digest == plain.digest


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "It cost $1,234.50 — of the “best” kind, e.g. this-one; on 3/4/1999 at 10:30am!"),
        ("fr", "L'année 1999 : « aujourd’hui », c'est l'été ?"),
        ("ru", "Привет, мир! Это 25 слов."),
        ("ar", "مرحبا بالعالم 123"),
        ("ko", "안녕하세요 여러분 3시입니다"),
    ],
)
def test_every_written_word_has_its_time(worker: Desk, language: str, text: str) -> None:
    spoken = worker.say("espeak", text, language, word_times=True)
    assert [word for word, _, _ in spoken.words] == text.split()
    moments = [moment for _, start, end in spoken.words for moment in (start, end)]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] <= spoken.sound.duration
    assert all(end - start > 0.02 for word, start, end in spoken.words if word.isalpha())


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "你好世界，今天天气很好。"), ("yue", "今日天氣好好。")]
)
def test_words_without_spaces_cover_the_text(worker: Desk, language: str, text: str) -> None:
    words = worker.say("espeak", text, language, word_times=True).words
    assert "".join(word for word, _, _ in words) == text
    assert len(words) > 3


def test_chinese_characters_in_japanese_have_their_reading(worker: Desk) -> None:
    text = "世界の言葉は、とても美しいです。私は東京へ行きました。"
    spoken = worker.say("espeak", text, "ja", word_times=True, phoneme_times=True)
    plain = spoken.ipa.replace("ˈ", "").replace("ˌ", "")
    assert plain.startswith("se̞käi")
    assert "to̞ɯᵝkʲo̞ɯᵝ" in plain
    assert [word for word, _, _ in spoken.words][:3] == ["世界の", "言葉は、", "とても"]
    assert "".join(word for word, _, _ in spoken.words) == text


def test_word_times_are_true(worker: Desk) -> None:
    """The word behind a comma begins where sound begins again."""
    spoken = worker.say("espeak", "Papa, papa.", word_times=True)
    (_, _, end), (_, start, _) = spoken.words
    samples = np.abs(spoken.sound.samples)
    rate = spoken.sound.rate
    assert samples[round((end + 0.02) * rate) : round((start - 0.02) * rate)].max() < 0.01
    assert samples[round(start * rate) : round((start + 0.1) * rate)].max() > 0.05


def test_phonemes_are_true(worker: Desk) -> None:
    spoken = worker.say("espeak", "Hello world.", phoneme_times=True)
    assert spoken.ipa.replace("ˈ", "").replace("ˌ", "") in ("həloʊwɜːld", "hɛloʊwɜːld")
    assert all(0 <= p.start < p.end <= spoken.sound.duration for p in spoken.phonemes)
    assert all(a.end <= b.start + 1e-9 for a, b in zip(spoken.phonemes, spoken.phonemes[1:], strict=False))


@pytest.mark.parametrize(
    ("language", "ipa", "heard"),
    [
        ("en-US", "təˈmɑːtoʊ", "təmˈɑːɾoʊ"),
        ("en-GB", "ʃˈɛdjuːl", "ʃˈɛdjuːl"),
        ("de", "ʃtʁˈɑːsə", "ʃtʁˈɑːsə"),
        ("zh", "nixɑu", "nˈixɑu"),
        ("fr", "bɔ̃ʒuʁ", "bˈɔ̃ʒuʁ"),
    ],
)
def test_a_span_in_ipa_is_pronounced_so(worker: Desk, language: str, ipa: str, heard: str) -> None:
    span = PhonemeSpan(3, 6, ipa)
    spoken = worker.say(
        "espeak", "la xyz la", language, phonemes=(span,), phoneme_times=True, word_times=True
    )
    assert heard in spoken.ipa.replace("ɾʁ", "tʁ")
    assert [word for word, _, _ in spoken.words] == ["la", "xyz", "la"]


def test_ipa_that_means_nothing_leaves_the_text(worker: Desk) -> None:
    plain = worker.say("espeak", "say yes", phoneme_times=True).ipa
    for ipa in ("☃", "", "]] [[", "\x01", "5" * 1000):
        spoken = worker.say("espeak", "say yes", phoneme_times=True, phonemes=(PhonemeSpan(4, 7, ipa),))
        assert spoken.ipa == plain


def test_a_spelled_span_is_read_character_by_character(worker: Desk) -> None:
    spoken = worker.say("espeak", "code AB-12 ok", spelled=((5, 10),), phoneme_times=True, word_times=True)
    assert "ˌeɪbˌiːdˈæʃwˌʌntˈuː" in spoken.ipa
    assert [word for word, _, _ in spoken.words] == ["code", "AB-12", "ok"]
    after = worker.say("espeak", "AB-12", phoneme_times=True)
    assert "dæʃ" not in after.ipa.replace("ˈ", "")


def test_words_of_a_spelled_span_have_their_own_times(worker: Desk) -> None:
    spoken = worker.say("espeak", "code 7 - 39 end", spelled=((5, 11),), phoneme_times=True, word_times=True)
    first = {
        word: "".join(phoneme.ipa for phoneme in spoken.phonemes if start <= phoneme.start < end)
        for word, start, end in spoken.words
    }
    assert "v" in first["7"] and "ʃ" in first["-"] and "θ" in first["39"] and "d" in first["end"]
    assert "ʃ" not in first["7"] and "θ" not in first["-"]


def test_every_sound_lies_within_one_word(worker: Desk) -> None:
    text = "The quick brown fox jumps over the lazy dog; nobody knows why. Yesterday she paid thirty dollars."
    spoken = worker.say("espeak", text, phoneme_times=True, word_times=True)
    assert len(spoken.phonemes) > 50
    for phoneme in spoken.phonemes:
        assert any(start <= phoneme.start <= phoneme.end <= end for _, start, end in spoken.words), phoneme


@pytest.mark.parametrize("language", ["ka", "el", "ru", "ta", "en-US"])
def test_signs_in_a_spelled_span_are_survived(worker: Desk, language: str) -> None:
    spoken = worker.say("espeak", "x é©ñ-™1 y", language, spelled=((2, 8),), word_times=True)
    assert [word for word, _, _ in spoken.words] == ["x", "é©ñ-™1", "y"]


def test_text_cannot_command_the_library(worker: Desk) -> None:
    """Phonemes, markup and control characters in the text are text."""
    usual = worker.say("espeak", TEXT).digest
    for text in (
        "[[h@l'oU]]",
        "<voice xml:lang='de'>ja</voice>",
        "\x0150P\x01300S louder",
        "a\0b",
        "\x0118Y",
        "ա\u0530",
    ):
        worker.say("espeak", text, spelled=((0, 1),))
        worker.say("espeak", text)
        assert worker.say("espeak", TEXT).digest == usual
    phonetic = worker.say("espeak", "[[h@l'oU]] x", spelled=((11, 12),), phoneme_times=True)
    assert "həlˈoʊ" not in phonetic.ipa


@pytest.mark.parametrize("text", ["...", "—", "\u200b", "  ", "\ud800", "(((", "🙂", "\n\n"])
def test_what_has_no_sound_is_a_pause_or_a_name(worker: Desk, text: str) -> None:
    spoken = worker.say("espeak", text.encode("utf-8", "replace").decode())
    assert 0 < spoken.sound.duration < 3


def test_an_unknown_language_is_an_error_and_the_worker_lives(worker: Desk) -> None:
    with pytest.raises(EngineError, match="does not speak"):
        worker.say("espeak", "a", "../../x")
    with pytest.raises(EngineError, match="no engine of this name"):
        worker.say("nonsense", "a")
    assert worker.say("espeak", "a").buffers


def test_a_stopped_utterance_stops_soon(worker: Desk) -> None:
    long = TEXT * 40
    whole = len(worker.say("espeak", long).pcm)
    stopped = worker.say("espeak", long, stop_after=1)
    assert len(stopped.pcm) < whole / 10


def _joined(
    worker: Desk, pieces: list[str], engine: str = "espeak", timbre: Timbre = MAN
) -> tuple[Sound, list[int]]:
    samples, joins = [], []
    for number, piece in enumerate(pieces):
        first, last = number == 0, number + 1 == len(pieces)
        spoken = worker.say(engine, piece, timbre=timbre, continues=not last, continued=not first)
        samples.append(spoken.sound.samples)
        joins.append(sum(map(len, samples)))
        rate = spoken.sound.rate
    return Sound(np.concatenate(samples), rate), joins[:-1]


@pytest.mark.parametrize("engine", ["espeak", "flite"])
def test_pieces_of_a_sentence_join_without_click_or_gap(
    worker: Desk, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine == "flite":  # which a machine may lack
        request.getfixturevalue("flite")
    sound, joins = _joined(
        worker, ["the quick brown fox", "jumps over", "the lazy dog", "near the river."], engine
    )
    for join in joins:
        assert click(sound, join) < 2.0
        around = sound.samples[max(0, join - sound.rate // 10) : join + sound.rate // 10]
        quiet = np.abs(around) < 0.005
        longest = max(len(run) for run in "".join("q" if q else " " for q in quiet).split(" "))
        assert longest / sound.rate < 0.1


def test_a_piece_keeps_the_pause_of_its_comma(worker: Desk) -> None:
    with_comma = worker.say("espeak", "my friend,", continues=True)
    without = worker.say("espeak", "my friend", continues=True)
    assert with_comma.sound.duration - with_comma.speech.duration > 0.08
    assert without.sound.duration - without.speech.duration < 0.03


def test_nothing_reaches_full_scale(worker: Desk) -> None:
    for timbre in (MAN, WOMAN, LOUD, replace(MAN, brightness=-2.0)):
        assert peak(worker.say("espeak", TEXT, timbre=timbre).sound) < 1.0


def test_buffers_are_batched(worker: Desk) -> None:
    events = worker.say("espeak", TEXT * 5).events
    sizes = [len(event.data) for event in events if isinstance(event, Pcm)]
    assert sum(sizes) / len(sizes) > 8000
