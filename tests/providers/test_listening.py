"""Who listens, in which language, and a stream through the provider."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from myna.engines.hearing import available
from myna.engines.listeners import Listeners
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Hearing, Recording
from myna.providers.local import LocalProvider, listening, models
from myna.speech.errors import (
    AudioRejected,
    InvalidRequest,
    ModelNotFound,
    NotOffered,
    UnsupportedFormat,
    UsageError,
)
from myna.speech.events import Done
from myna.speech.listening import (
    Endpointing,
    Final,
    Finalized,
    InputFormat,
    ListeningEvent,
    ListeningRequest,
    Progress,
    TranscriptionRequest,
    Turns,
)
from tests.engines.hearing.program import NAME
from tests.engines.hearing.scripted import silence, word
from tests.providers.pools import TonePool

CLIP = str(Path("a.wav").absolute())
S16 = InputFormat("pcm_s16le", 16_000)
SPEECH = np.concatenate([silence(0.512), word(1), word(2), silence(0.512)])
DATA = (SPEECH * 32767).astype("<i2").tobytes()


@pytest.fixture(autouse=True)
def all_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if everything were installed."""
    monkeypatch.setattr(listening, "missing", lambda name: None)


@pytest.mark.parametrize(
    ("id", "engine", "model"),
    [
        ("ink-whisper", "sphinx", None),
        ("ink-whisper-2025-06-04", "sphinx", None),
        ("ink-2", "sphinx", None),
        (" Whisper-1 ", "sphinx", None),
        ("gpt-4o-transcribe", "sphinx", None),
        ("gpt-4o-mini-transcribe-2025-12-15", "sphinx", None),
        ("sphinx", "sphinx", None),
        ("faster-whisper:small", "whisper", "small"),
        ("whisper:Some/Folder", "whisper", "Some/Folder"),
        ("Faster-Whisper", "whisper", None),
        ("whisper: ", "whisper", None),
    ],
)
def test_ids_of_models_that_listen(id: str, engine: str, model: str | None) -> None:
    assert models.listens(id)
    assert models.listener_of(id) == models.Listener(engine, model)


@pytest.mark.parametrize(
    "id", ["", "sonic-3", "espeak", "ink-3", "ink-whisper-2025-13-04", "sphinx:x", "whispers"]
)
def test_other_ids_are_not_found(id: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not models.listens(id)
    with pytest.raises(ModelNotFound, match="faster-whisper:NAME"):
        models.listener_of(id)
    assert models.listener_of(id, any_model=True) == models.Listener("sphinx")
    assert "stands in" in caplog.text


@pytest.mark.parametrize("named", ["/", "/no/such/folder", "~", ".", "Systran/faster-whisper-base", "Base"])
def test_where_others_ask_only_known_and_allowed_whisper_models_are_heard_with(named: str) -> None:
    wanted = f"faster-whisper:{named}"
    with pytest.raises(ModelNotFound, match="is not offered by this server: ask for one of tiny"):
        models.listener_of(wanted, whisper=())
    with pytest.raises(ModelNotFound, match="not offered"):
        models.listener_of(wanted, whisper=("/other",), any_model=True)
    assert models.listener_of(wanted, whisper=(named,)) == models.Listener("whisper", named)
    assert models.listener_of(wanted) == models.Listener("whisper", named)


@pytest.mark.parametrize("named", [None, *models.WHISPER_SIZES])
def test_known_whisper_models_may_be_asked_for_by_anybody(named: str | None) -> None:
    wanted = f"whisper:{named}" if named else "faster-whisper"
    assert models.listener_of(wanted, whisper=()) == models.Listener("whisper", named)


def test_the_known_whisper_models_are_those_of_the_library() -> None:
    utils = pytest.importorskip("faster_whisper.utils", reason="faster-whisper has no wheels for this Python")
    assert set(models.WHISPER_SIZES) == set(utils.available_models())


def test_a_server_offers_the_whisper_models_that_it_was_told() -> None:
    provider = LocalProvider(pool=TonePool(), whisper_models=["/models/mine"])
    for wanted in ("faster-whisper:/etc", "faster-whisper:/no/such/folder"):
        with pytest.raises(ModelNotFound, match="not offered"):
            provider.listen(ListeningRequest(S16, model=wanted))
        with pytest.raises(ModelNotFound, match="not offered"):
            provider.transcribe(TranscriptionRequest(Path("any.wav"), model=wanted))
        assert not provider.capabilities(wanted, "en").listens
    assert provider.capabilities("faster-whisper:/models/mine", "de").listens


@pytest.mark.parametrize("language", [None, "", "en", "en-GB", "EN_us"])
def test_english_is_heard(language: str | None) -> None:
    assert listening.choose("ink-whisper", language).engine == "sphinx"


@pytest.mark.parametrize("language", ["de", "pt-BR", "xx"])
def test_another_language_is_refused_with_the_name_of_an_engine(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidRequest, match=r"English only.*: ask for the model 'faster-whisper:small'"):
        listening.choose("ink-2", language)
    monkeypatch.setattr(listening, "missing", lambda name: "not here" if name == "whisper" else None)
    with pytest.raises(InvalidRequest, match=r"pip install 'myna\[whisper\]'"):
        listening.choose("sphinx", language)
    with pytest.raises(NotOffered, match="not here"):
        listening.choose("faster-whisper:small", language)


def test_whisper_is_left_to_decide() -> None:
    assert listening.choose("faster-whisper:small", "de") == models.Listener("whisper", "small")


def test_what_is_no_language_tag_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="not a language tag"):
        listening.choose("faster-whisper:small", "English!")


def test_a_machine_without_an_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "missing", lambda name: "PocketSphinx is not installed; install it")
    with pytest.raises(NotOffered, match="PocketSphinx is not installed"):
        listening.choose("ink-whisper", "en")
    provider = LocalProvider(pool=TonePool())
    assert not provider.capabilities("ink-whisper", "en").listens
    assert provider.capabilities("sonic-3", "en").speaks


def test_capabilities_tell_speaking_from_listening() -> None:
    provider = LocalProvider(pool=TonePool())
    heard = provider.capabilities("ink-whisper", "en")
    assert (heard.listens, heard.streams_audio, heard.word_timestamps, heard.speaks) == (
        True,
        True,
        True,
        False,
    )
    assert not provider.capabilities("ink-whisper", "de").listens
    assert provider.capabilities("faster-whisper:base", "de").listens
    spoken = provider.capabilities("sonic-3", "de")
    assert (spoken.speaks, spoken.listens) == (True, False)
    unknown = provider.capabilities("nonsense", "en")
    assert not (unknown.speaks or unknown.listens)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"format": InputFormat("mp3", 16_000)}, UnsupportedFormat),
        ({"format": InputFormat("pcm_s16le", 1)}, UnsupportedFormat),
        ({"model": "sonic-3"}, ModelNotFound),
        ({"language": "fr"}, InvalidRequest),
        ({"keyterms": ("a",) * 101}, InvalidRequest),
        ({"keyterms": ("a" * 1201,)}, InvalidRequest),
        ({"endpointing": Turns(start_threshold=0.2)}, InvalidRequest),
        ({"endpointing": Turns(eager_end_threshold=0.3, end_threshold=0.4)}, InvalidRequest),
    ],
)
async def test_what_cannot_be_is_refused_at_once(changes: dict[str, object], error: type[Exception]) -> None:
    pool = TonePool()
    provider = LocalProvider(pool=pool)
    with pytest.raises(error):
        provider.listen(ListeningRequest(**{"format": S16} | changes))  # type: ignore[arg-type]
    if "endpointing" not in changes:
        with pytest.raises(error):
            provider.transcribe(TranscriptionRequest(Path("a.wav"), **changes))  # type: ignore[arg-type]
    assert not pool.heard


async def test_the_engine_is_asked_for_what_was_asked_for() -> None:
    pool = TonePool()
    provider = LocalProvider(pool=pool, longest_recording=60.0)
    ends = Endpointing(0.5, 0.1)
    provider.listen(ListeningRequest(S16, ends, "ink-2", "en_gb", (" Myna ", "")))
    request = TranscriptionRequest(Path("a.wav"), S16, "whisper:base", "de", ("Star",))
    events = [event async for event in provider.transcribe(request)]
    assert [type(event) for event in events] == [Final, Progress]
    assert pool.heard == [
        Hearing("sphinx", None, "en-GB", ends, ("Myna",)),
        Recording(CLIP, "whisper", "base", "de", S16, ("Star",), 60.0),
    ]


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    pool = WorkerPool(workers=1, listeners=Listeners(live=3, recordings=1, program=NAME))
    provider = LocalProvider(pool=pool)
    yield provider
    await provider.aclose()
    await pool.aclose()


async def heard(stream: listening.LocalListening) -> list[ListeningEvent]:
    async with asyncio.timeout(30):
        return [event async for event in stream.events()]


async def test_bytes_in_any_cut_are_heard(provider: LocalProvider) -> None:
    stream = provider.listen(ListeningRequest(S16))
    reading = asyncio.create_task(heard(stream))  # type: ignore[arg-type]
    for at in range(0, len(DATA), 777):
        await stream.feed(DATA[at : at + 777])
    await stream.finalize()
    await stream.feed(b"\0")
    await stream.finish()
    await stream.finish()
    await stream.feed(DATA)
    events = await reading
    assert [event.text for event in events if isinstance(event, Final)] == ["w1 w2"]
    assert isinstance(events[-2], Finalized)
    assert isinstance(events[-1], Done)


async def test_closing_the_provider_cancels_its_streams(provider: LocalProvider) -> None:
    stream = provider.listen(ListeningRequest(S16))
    reading = asyncio.create_task(heard(stream))  # type: ignore[arg-type]
    await stream.feed(DATA)
    await provider.aclose()
    assert isinstance((await reading)[-1], Done)
    with pytest.raises(UsageError, match="closed"):
        provider.listen(ListeningRequest(S16))
    with pytest.raises(UsageError, match="closed"):
        provider.transcribe(TranscriptionRequest(Path("a.wav")))


async def test_thresholds_that_cannot_be_are_refused_in_the_middle(provider: LocalProvider) -> None:
    stream = provider.listen(ListeningRequest(S16, Turns()))
    with pytest.raises(InvalidRequest):
        await stream.configure(Turns(end_timeout_ms=1))
    stream.cancel()


async def test_a_recording_is_written_down(provider: LocalProvider, tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(DATA)
    events = [event async for event in provider.transcribe(TranscriptionRequest(path))]
    assert [event.text for event in events if isinstance(event, Final)] == ["w1 w2"]
    path.write_bytes(b"")
    with pytest.raises(AudioRejected):
        [event async for event in provider.transcribe(TranscriptionRequest(path))]


def test_recognisers_are_looked_for_without_being_loaded() -> None:
    assert available.missing("sphinx") is None or "PocketSphinx" in str(available.missing("sphinx"))
