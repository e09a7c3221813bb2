"""Voices that are made of recordings, and words that a dictionary says, on real engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from myna.audio.containers import wav_header
from myna.engines.pool import WorkerPool
from myna.library import Library
from myna.providers.local import LocalProvider, catalogue
from myna.speech.access import LOCAL
from myna.speech.dictionaries import Pronunciation
from myna.speech.embedding import similarity
from myna.speech.errors import ClipRejected
from myna.speech.events import AudioChunk, Failed, PhonemeTimes, WordTimes
from myna.speech.formats import OutputFormat
from myna.speech.pages import Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import CloneDraft, LocalizeDraft, VoiceChoice, VoiceFilter
from tests.sound import Sound
from tests.voicing import quick_pitch, semitones

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCES = (
    "The harbour was quiet that morning, and a thin mist lay over the water. Nobody had expected the old ship"
    " to come back after so many years."
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    workers = WorkerPool(workers=2)
    await workers.start()
    yield workers
    await workers.aclose()


@pytest_asyncio.fixture(loop_scope="module")
async def provider(pool: WorkerPool, tmp_path: Path) -> AsyncIterator[LocalProvider]:
    with Library.open(tmp_path / "data") as library:
        provider = LocalProvider(pool=pool, library=library)
        yield provider
        await provider.aclose()


async def heard(
    provider: LocalProvider, voice: VoiceChoice, text: str = SENTENCES, **options: object
) -> tuple[Sound, list[WordTimes | PhonemeTimes]]:
    speech = provider.speak(SpeechRequest(voice=voice, **options))  # type: ignore[arg-type]
    speech.push(text)
    speech.finish()
    chunks, times = [], []
    async for event in speech.events():
        assert not isinstance(event, Failed), event
        if isinstance(event, AudioChunk):
            chunks.append(event)
        elif isinstance(event, WordTimes | PhonemeTimes):
            times.append(event)
    return Sound(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].sample_rate), times


def recorded(sound: Sound, path: Path) -> Path:
    data = np.clip(np.rint(sound.samples * 32767), -32768, 32767).astype("<i2").tobytes()
    path.write_bytes(wav_header(OutputFormat("wav", "pcm_s16le", sound.rate), len(data)) + data)
    return path


async def test_a_clone_sounds_like_its_clip_and_stays_so(
    provider: LocalProvider, pool: WorkerPool, tmp_path: Path
) -> None:
    otis = catalogue.find("Otis")
    source, _ = await heard(provider, VoiceChoice(otis.id))
    clip = recorded(source, tmp_path / "clip.wav")
    made = await provider.voices.clone(CloneDraft("Copy"), clip, LOCAL)
    assert made.gender == "masculine"
    sound, _ = await heard(provider, VoiceChoice(made.id))
    assert abs(semitones(quick_pitch(sound), quick_pitch(source))) < 2.0
    again = await provider.voices.embed(recorded(sound, tmp_path / "again.wav"), enhance=False, caller=LOCAL)
    wren, _ = await heard(provider, VoiceChoice("Wren"))
    other = await provider.voices.embed(recorded(wren, tmp_path / "wren.wav"), enhance=False, caller=LOCAL)
    assert similarity(again, made.embedding) > similarity(other, made.embedding) + 0.2
    reopened = LocalProvider(pool=pool, data=tmp_path / "data")
    same, _ = await heard(reopened, VoiceChoice("copy"))
    await reopened.aclose()
    assert np.array_equal(same.samples, sound.samples)


async def test_a_clone_speaks_other_languages_and_accents(provider: LocalProvider, tmp_path: Path) -> None:
    source, _ = await heard(provider, VoiceChoice("Otis"))
    made = await provider.voices.clone(CloneDraft("Copy"), recorded(source, tmp_path / "clip.wav"), LOCAL)
    for asked, text in (
        ({"language": "fr"}, "Le matin, nous marchons le long de la rivière."),
        ({"accent": "british"}, "I asked for half a bath after dancing."),
    ):
        voice = await provider.voices.localize(LocalizeDraft(made.id, "There", **asked), LOCAL)
        sound, _ = await heard(provider, VoiceChoice(voice.id), text)
        assert len(sound.samples) > sound.rate
        assert abs(semitones(quick_pitch(sound), made.timbre.pitch_hz)) < 3.0


async def test_what_is_no_speech_makes_no_voice(provider: LocalProvider, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(scale=0.05, size=5 * 16000).astype(np.float32)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF, but no sound")
    for clip in (recorded(Sound(noise, 16000), tmp_path / "noise.wav"), broken):
        with pytest.raises(ClipRejected):
            await provider.voices.clone(CloneDraft("x"), clip, LOCAL)
    assert not (await provider.voices.page(VoiceFilter(is_owner=True), Span(), LOCAL)).items


@pytest.mark.parametrize("model", ["espeak", "flite"])
async def test_a_dictionary_is_heard(provider: LocalProvider, pool: WorkerPool, model: str) -> None:
    if model not in pool.engines:
        pytest.skip(f"this machine lacks {model}")
    items = [Pronunciation("nginx", "engine ex"), Pronunciation("cat", "<<d|ɑ|ɡ>>")]
    kept = await provider.dictionaries.create("Names", "", items, LOCAL)

    async def sounds(text: str, **options: str) -> tuple[str, list[str]]:
        _, times = await heard(
            provider, VoiceChoice("Wren"), text, model=model, word_timestamps=True, phoneme_timestamps=True,
            **options,
        )  # fmt: skip
        phonemes = [each for event in times if isinstance(event, PhonemeTimes) for each in event.phonemes]
        words = [each for event in times if isinstance(event, WordTimes) for each in event.words]
        return "".join(phonemes), words

    plain, _ = await sounds("My cat has nginx.")
    said, words = await sounds("My cat has nginx.", pronunciation_dict_id=kept.id)
    assert words == ["My", "cat", "has", "nginx."]
    assert said != plain
    assert "kæt" in plain.replace("ˈ", "") and "kæt" not in said.replace("ˈ", "")
    spelled, _ = await sounds("My <<d|ɑ|ɡ>> has engine ex.")
    assert said == spelled
