"""Speech brought near to a likeness, as it comes out of real workers."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
import soxr

from myna.engines.protocols import Emit, Onset, Pcm, Phoneme, Utterance, Word
from myna.engines.world.analysis import measure
from myna.engines.world.bases import timbre_of
from myna.engines.world.converting import Converting
from myna.engines.world.pitch import pitch as tracked
from myna.providers.local import catalogue
from myna.providers.local.sentences import sentence
from myna.speech import embedding
from myna.speech.errors import EngineError
from myna.speech.voices import Likeness, Timbre
from tests.engines.desk import Desk, Spoken
from tests.sound import Sound, click, clipped_share, peak, pitch, rms

TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps by the river all day long."
OTIS, MIO, WREN = (catalogue.find(name) for name in ("Otis", "Mio", "Wren"))
BETWEEN = embedding.mix([(OTIS.embedding, 1.0), (WREN.embedding, 1.0)])
ENGINES = ["espeak", "flite"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "flite":  # which a machine may lack
        request.getfixturevalue("flite")
    return str(request.param)


def utterance(vector: object, text: str = TEXT, language: str = "en-US", **how: object) -> Utterance:
    likeness = Likeness(vector)
    return Utterance(text, language, timbre_of(vector, language), likeness=likeness, **how)


def plain(of: Utterance) -> Utterance:
    return replace(of, likeness=None)


def embedding_of(*sounds: Sound) -> tuple[float, ...]:
    samples = np.concatenate([sound.samples for sound in sounds]).astype(np.float64)
    return measure(samples, sounds[0].rate).likeness.embedding


def test_speech_is_as_long_and_as_loud_as_the_engine_made_it(worker: Desk, engine: str) -> None:
    wanted = utterance(BETWEEN)
    base, near = worker.speak(engine, plain(wanted)), worker.speak(engine, wanted)
    assert len(near.pcm) == len(base.pcm)
    assert {pcm.sample_rate for pcm in near.buffers} == {pcm.sample_rate for pcm in base.buffers}
    assert near.pcm != base.pcm
    assert 0.6 < rms(near.sound) / rms(base.sound) < 1.6
    assert clipped_share(near.sound) < 0.0005


def test_times_are_the_engine_s_own(worker: Desk, engine: str) -> None:
    wanted = utterance(BETWEEN, word_times=True, phoneme_times=True)
    base, near = worker.speak(engine, plain(wanted)), worker.speak(engine, wanted)
    assert near.words == base.words
    assert near.phonemes == base.phonemes
    sent = 0
    for event in near.events:
        if isinstance(event, Pcm):
            sent += len(event.data) // 2
        else:
            assert round(event.end * near.sound.rate) <= sent


def test_sounds_stay_where_they_were(worker: Desk, engine: str) -> None:
    wanted = utterance(BETWEEN)
    one, other = (np.abs(worker.speak(engine, u).sound.samples) for u in (plain(wanted), wanted))
    size = 80
    a, b = (np.log(s[: len(s) // size * size].reshape(-1, size).mean(axis=1) + 1e-3) for s in (one, other))
    a, b = a - a.mean(), b - b.mean()
    match = {shift: float(np.dot(a[9:-9], b[9 + shift : len(b) - 9 + shift])) for shift in range(-8, 9)}
    assert max(match, key=match.__getitem__) == 0
    assert match[0] / np.dot(a[9:-9], a[9:-9]) > 0.8


def test_without_a_likeness_nothing_changes(worker: Desk, engine: str) -> None:
    before = worker.say(engine, TEXT, timbre=WREN.timbre)
    worker.speak(engine, utterance(BETWEEN))
    assert worker.say(engine, TEXT, timbre=WREN.timbre).pcm == before.pcm


def test_the_same_request_gives_the_same_bytes(worker: Desk, engine: str) -> None:
    first = worker.speak(engine, utterance(BETWEEN)).pcm
    worker.speak(engine, utterance(MIO.embedding))
    assert worker.speak(engine, utterance(BETWEEN)).pcm == first


def test_joins_do_not_click(worker: Desk, engine: str) -> None:
    parts = ["The quick brown fox jumps", "over the lazy dog,", "and then it sleeps", "by the river."]
    spoken = [
        worker.speak(
            engine, utterance(BETWEEN, text, continues=text != parts[-1], continued=text != parts[0])
        )
        for text in parts
    ]
    join = 0
    whole = Sound(np.concatenate([each.sound.samples for each in spoken]), spoken[0].sound.rate)
    for each in spoken[:-1]:
        join += len(each.sound.samples)
        assert click(whole, join) < 1.5
    place = 0
    for each in spoken:
        for buffer in each.buffers[:-1]:
            place += len(buffer.data) // 2
            assert click(whole, place) < 2.0
        place += len(each.buffers[-1].data) // 2


@pytest.mark.parametrize("names", [("Otis", "June"), ("Otis", "Wren"), ("Calloway", "June")])
def test_a_mix_speaks_between_its_voices(flite: Desk, names: tuple[str, str]) -> None:
    low, high = (catalogue.find(name) for name in names)
    ends = [flite.say("flite", TEXT, timbre=voice.timbre).sound for voice in (low, high)]
    vector = embedding.mix([(low.embedding, 1.0), (high.embedding, 1.0)])
    middle = flite.speak("flite", utterance(vector)).sound
    lowest, highest = sorted(map(pitch, ends))
    share = math.log(pitch(middle) / lowest) / math.log(highest / lowest)
    assert 0.35 < share < 0.65
    one, other, mixed = (np.array(embedding_of(sound)[24:88]) for sound in (*ends, middle))
    apart = np.linalg.norm(one - other)
    assert np.linalg.norm(mixed - (one + other) / 2) < 0.5 * apart
    assert max(np.linalg.norm(mixed - one), np.linalg.norm(mixed - other)) < 0.85 * apart


def test_weights_move_a_mix(flite: Desk) -> None:
    pitches = []
    for share in (0.2, 0.5, 0.8):
        vector = embedding.mix([(OTIS.embedding, 1 - share), (MIO.embedding, share)])
        pitches.append(pitch(flite.speak("flite", utterance(vector)).sound))
    steps = np.diff(np.log2(pitches))
    assert steps.min() > 0.3


def test_speech_comes_near_to_a_voice_of_the_other_engine(flite: Desk) -> None:
    target = catalogue.find("Liesel").embedding
    wanted = utterance(target)
    before, after = (embedding_of(flite.speak("flite", u).sound) for u in (plain(wanted), wanted))
    assert embedding.similarity(after, target) > embedding.similarity(before, target) + 0.1
    assert math.dist(after[24:88], target[24:88]) < 0.4 * math.dist(before[24:88], target[24:88])


def nonsense() -> dict[str, list[float]]:
    found = {
        "ones": [1.0] * 192,
        "zeros": [0.0] * 192,
        "minus ones": [-1.0] * 192,
        "huge": [1e308] * 192,
        "hugely negative": [-1e300] * 192,
        "tiny": [5e-324] * 192,
        "zigzag": [1e9, -1e9] * 96,
        "stairs": [(i % 16 - 8) * 1e3 for i in range(192)],
    }
    for seed, size in enumerate((0.1, 0.5, 1.0, 3.0, 100.0)):
        source = random.Random(seed)
        found[f"noise {size}"] = [source.gauss(0, size) for _ in range(192)]
    return found


@pytest.mark.parametrize("name", nonsense())
def test_nonsense_speaks(worker: Desk, engine: str, name: str) -> None:
    wanted = utterance(nonsense()[name])
    sound = worker.speak(engine, wanted).sound
    usual = worker.say(engine, TEXT, timbre=replace(wanted.timbre, rate=1.0)).sound
    assert 0.7 < sound.duration / usual.duration < 1.4
    assert 0.01 < rms(sound) < 0.4
    assert 0.05 < peak(sound)
    assert clipped_share(sound) < 0.01
    samples = soxr.resample(sound.samples.astype(np.float64), sound.rate, 16000)
    track = tracked(samples, 16000, len(samples) // 160, 0.01)
    voiced = track[track > 0]
    assert 0.4 < len(voiced) / len(track) < 0.95
    assert abs(12 * math.log2(np.median(voiced) / wanted.timbre.pitch_hz)) < 3.5


@pytest.mark.parametrize("language", ["de", "fr", "zh", "hi"])
def test_a_voice_speaks_other_languages(worker: Desk, language: str) -> None:
    wanted = utterance(WREN.embedding, sentence(language), language)
    base, near = (worker.speak("espeak", u).sound for u in (plain(wanted), wanted))
    assert abs(12 * math.log2(pitch(near) / pitch(base))) < 0.5
    assert abs(12 * math.log2(pitch(near) / WREN.timbre.pitch_hz)) < 2
    assert 0.01 < rms(near) < 0.4


@pytest.mark.parametrize(
    "vector", [(), (1.0,) * 191, (math.nan,) * 192, (math.inf,) * 192], ids=["none", "short", "nan", "inf"]
)
def test_a_broken_likeness_is_an_error_and_the_worker_goes_on(
    worker: Desk, engine: str, vector: tuple
) -> None:
    broken = Utterance(TEXT, "en-US", WREN.timbre, likeness=Likeness(vector))
    with pytest.raises(EngineError, match=r"embedding"):
        worker.speak(engine, broken)
    assert rms(worker.speak(engine, utterance(BETWEEN)).sound) > 0.01


@pytest.mark.parametrize("detail", [b"\x00", b"nonsense" * 100, bytes(range(256)) * 16, b"{}"])
def test_a_broken_detail_is_no_harm(worker: Desk, engine: str, detail: bytes) -> None:
    wanted = utterance(BETWEEN)
    strange = replace(wanted, likeness=Likeness(BETWEEN, detail))
    assert worker.speak(engine, strange).pcm == worker.speak(engine, wanted).pcm


def test_a_stop_takes_effect_at_once(worker: Desk, engine: str) -> None:
    wanted = utterance(BETWEEN, " ".join([TEXT] * 40))
    stopped = worker.speak(engine, wanted, stop_after=1)
    assert stopped.sound.duration < 12
    assert rms(worker.speak(engine, utterance(BETWEEN)).sound) > 0.01


def test_the_first_sound_comes_long_before_the_last(worker: Desk, engine: str) -> None:
    spoken: Spoken = worker.speak(engine, utterance(BETWEEN))
    assert len(spoken.buffers) > 3
    assert len(spoken.buffers[0].data) < 0.3 * len(spoken.pcm)


class Scripted:
    """An engine that says what it is given."""

    name = "espeak"

    def __init__(self, *events: Pcm | Word | Phoneme | Onset) -> None:
        self.events = events
        self.heeded = 0

    def synthesize(self, utterance: Utterance, emit: Emit) -> None:
        for event in self.events:
            self.heeded += 1
            if not emit(event):
                return


SOUND = (np.sin(np.arange(22050) / 20) * 8000).astype("<i2")


def converted(*events: Pcm | Word | Phoneme | Onset) -> list[object]:
    out: list[object] = []

    def emit(event: object) -> bool:
        out.append(event)
        return True

    timbre = Timbre(110.0)
    Converting(Scripted(*events)).synthesize(
        Utterance("x", "en", timbre, likeness=Likeness((0.1,) * 192)), emit
    )
    return out


def samples_of(events: list[object]) -> np.ndarray:
    return np.frombuffer(b"".join(e.data for e in events if isinstance(e, Pcm)), "<i2")


@pytest.mark.parametrize("size", [1, 17, 256, 1324, 9000])
def test_the_engine_s_buffers_make_no_difference(size: int) -> None:
    whole = converted(Pcm(SOUND.tobytes(), 22050))
    pieces = [Pcm(SOUND[i : i + size].tobytes(), 22050) for i in range(0, 4410, size)]
    rest = sum(len(piece.data) for piece in pieces) // 2
    parts = converted(*pieces, Pcm(SOUND[rest:].tobytes(), 22050))
    assert np.abs(samples_of(parts).astype(int) - samples_of(whole)).max() <= 1


def test_what_becomes_louder_than_full_scale_is_turned_down_and_not_cut() -> None:
    loud = (np.sin(np.arange(22050) / 40) * 32767).astype("<i2")
    heard = samples_of(converted(Pcm(loud.tobytes(), 22050)))
    assert len(heard) == len(loud)
    flat = (np.abs(heard[1:]) >= 32767) & (heard[1:] == heard[:-1])
    assert np.abs(heard).max() > 28000
    assert not flat.any()


def test_times_wait_for_their_sound_and_onsets_stay_inside() -> None:
    buffer = Pcm(SOUND[:4410].tobytes(), 22050)
    late = Word(0, 1, 0.9, 1.2)
    events = converted(Onset("a", 0.0), buffer, Word(0, 1, 0.0, 0.2), buffer, Phoneme("a", 0.0, 0.4), late)
    assert not any(isinstance(event, Onset) for event in events)
    assert [event for event in events if not isinstance(event, Pcm)] == [
        Word(0, 1, 0.0, 0.2),
        Phoneme("a", 0.0, 0.4),
        late,
    ]
    first = next(i for i, event in enumerate(events) if isinstance(event, Word))
    assert len(samples_of(events[:first])) >= 4410
    assert len(samples_of(events)) == 8820


def test_an_engine_that_says_nothing_is_no_harm() -> None:
    assert converted() == []
    assert converted(Word(0, 1, 0.0, 0.1)) == [Word(0, 1, 0.0, 0.1)]
    assert len(samples_of(converted(Pcm(SOUND[:3].tobytes(), 22050)))) == 3


def test_the_engine_is_stopped_with_the_next_buffer() -> None:
    buffer = Pcm(SOUND[:4410].tobytes(), 22050)
    scripted = Scripted(*[buffer] * 50)
    wanted = Utterance("x", "en", Timbre(110.0), likeness=Likeness((0.1,) * 192))
    seen: list[object] = []

    def emit(event: object) -> bool:
        seen.append(event)
        return len(seen) < 2

    Converting(scripted).synthesize(wanted, emit)
    assert scripted.heeded == 2
    assert len(seen) == 2
