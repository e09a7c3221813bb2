"""The provider for tests keeps voices and dictionaries as the real one does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from myna.engines.protocols import Finding
from myna.library import Library
from myna.providers.local import LocalProvider
from myna.providers.protocols import Provider
from myna.speech.access import Caller
from myna.speech.dictionaries import DictionaryChanges, Pronunciation
from myna.speech.errors import (
    ClipRejected,
    InvalidRequest,
    MynaError,
    NotFound,
    PermissionDenied,
    VoiceNotFound,
)
from myna.speech.events import Done, Failed
from myna.speech.pages import Page, Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import (
    CloneDraft,
    Likeness,
    LocalizeDraft,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
    VoiceFilter,
)
from myna.testing.provider import ScriptedProvider
from tests.providers.pools import TonePool

ANN, BOB = Caller("ann"), Caller("bob")
NUMBERS = tuple(0.5 - number / 192 for number in range(192))
ALL = VoiceFilter()


@pytest.fixture(params=["scripted", "local"])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    if request.param == "scripted":
        yield ScriptedProvider()
        return
    pool = TonePool()
    pool.findings[str(tmp_path / "clip.wav")] = Finding(
        Likeness(NUMBERS), 150.0, "gender_neutral", 5.0, 5.0, 30.0
    )
    pool.findings[str(tmp_path / "empty.wav")] = ClipRejected("It is empty.")
    with Library.open(tmp_path / "data") as library:
        provider = LocalProvider(pool=pool, library=library)
        yield provider
        await provider.aclose()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "clip.wav").write_bytes(b"sound")
    (tmp_path / "empty.wav").write_bytes(b"")
    return tmp_path / "clip.wav"


async def last(provider: Provider, **options: object) -> Done | Failed:
    asked = {"voice": VoiceChoice(await first_id(provider)), "caller": ANN, **options}
    speech = provider.speak(SpeechRequest(**asked))  # type: ignore[arg-type]
    speech.push("Hello there.")
    speech.finish()
    event = [event async for event in speech.events()][-1]
    assert isinstance(event, Done | Failed)
    return event


async def first_id(provider: Provider) -> str:
    return (await provider.voices.page(ALL, Span(1), ANN)).items[0].id


async def test_voices_are_made_found_changed_and_deleted(provider: Provider, clip: Path) -> None:
    voices = provider.voices
    built_in = await first_id(provider)
    made = await voices.create(VoiceDraft("Mine", "", NUMBERS, idempotency_key="k"), ANN)
    assert await voices.create(VoiceDraft("Again", "", NUMBERS, idempotency_key="k"), ANN) == made
    cloned = await voices.clone(CloneDraft("Clone", accent="british"), clip, ANN)
    assert cloned.provenance is not None and cloned.provenance.cloned_by == "ann"
    localized = await voices.localize(LocalizeDraft(made.id, "Autre", language="fr"), ANN)
    assert localized.language.startswith("fr")
    own = await voices.page(VoiceFilter(is_owner=True), Span(2), ANN)
    assert [voice.id for voice in own.items] == [localized.id, cloned.id] and own.has_more
    rest = await voices.page(VoiceFilter(is_owner=True), Span(2, starting_after=cloned.id), ANN)
    assert [voice.id for voice in rest.items] == [made.id] and not rest.has_more
    before = await voices.page(ALL, Span(1, ending_before=made.id), ANN)
    assert [voice.id for voice in before.items] == [cloned.id] and before.has_more
    assert await voices.page(ALL, Span(starting_after="unknown"), ANN) in (Page(()), Page([]))
    assert [voice.id async for voice in voices.all(ANN)][:3] == [localized.id, cloned.id, made.id]
    assert (await voices.find(VoiceChoice("Mine"), ANN)).id == made.id
    assert (await voices.update(made.id, VoiceChanges(name="Other"), ANN)).name == "Other"
    assert (await voices.add_accents(made.id, ["british"], ANN)).accents == ("british",)
    assert (await voices.remove_accent(made.id, "british", ANN)).accents == ()
    assert len(await voices.mix([(VoiceChoice(made.id), 1.0), (VoiceChoice(built_in), 3.0)], ANN)) == 192
    assert (await voices.preview(made.id, ANN))[:4] == b"RIFF"
    assert await last(provider, voice=VoiceChoice(made.id)) == Done()
    await voices.delete(made.id, ANN)
    failed = await last(provider, voice=VoiceChoice(made.id))
    assert isinstance(failed, Failed) and isinstance(failed.error, VoiceNotFound)


async def test_a_voice_goes_from_one_place_to_another(provider: Provider, tmp_path: Path) -> None:
    voices = provider.voices
    made = await voices.create(VoiceDraft("Mine", "", NUMBERS), ANN)
    parcel = tmp_path / "mine.voice"
    parcel.write_bytes(await voices.export(made.id, ANN))
    with pytest.raises(InvalidRequest):
        await voices.import_(parcel, ANN)
    copy = await voices.import_(parcel, BOB, anew=True)
    assert (copy.owner, copy.name, copy.embedding) == ("bob", made.name, made.embedding)
    assert copy.id != made.id
    await voices.delete(made.id, ANN)
    assert (await voices.import_(parcel, ANN)).id == made.id
    with pytest.raises(VoiceNotFound):
        await voices.export(made.id, BOB)
    with pytest.raises(PermissionDenied):
        await voices.export(await first_built_in(provider), ANN)


async def first_built_in(provider: Provider) -> str:
    return (await provider.voices.page(VoiceFilter(is_owner=False), Span(1), ANN)).items[0].id


async def test_what_is_refused(provider: Provider, clip: Path) -> None:
    voices = provider.voices
    built_in = await first_id(provider)
    private = await voices.create(VoiceDraft("Mine", "", NUMBERS), ANN)
    public = await voices.create(VoiceDraft("Ours", "", NUMBERS, is_public=True), ANN)
    refused: list[tuple[type[MynaError], object]] = [
        (VoiceNotFound, voices.find(VoiceChoice(private.id), BOB)),
        (VoiceNotFound, voices.find(VoiceChoice("Mine"), BOB)),
        (VoiceNotFound, voices.delete(private.id, BOB)),
        (PermissionDenied, voices.delete(public.id, BOB)),
        (PermissionDenied, voices.update(built_in, VoiceChanges(name="x"), ANN)),
        (InvalidRequest, voices.create(VoiceDraft("x", "", (1.0,)), ANN)),
        (InvalidRequest, voices.mix([], ANN)),
        (NotFound, voices.remove_accent(private.id, "british", ANN)),
        (ClipRejected, voices.clone(CloneDraft("x"), clip.parent / "empty.wav", ANN)),
        (ClipRejected, voices.embed(clip.parent / "empty.wav", enhance=False, caller=ANN)),
        (NotFound, provider.dictionaries.get("pdict_1", ANN)),
        (InvalidRequest, provider.dictionaries.create(" ", "", [], ANN)),
        (InvalidRequest, provider.dictionaries.create("x", "", [Pronunciation("", "y")], ANN)),
    ]
    for kind, call in refused:
        with pytest.raises(MynaError) as caught:
            await call  # type: ignore[misc]
        assert type(caught.value) is kind
    failed = await last(provider, pronunciation_dict_id="pdict_1")
    assert isinstance(failed, Failed) and isinstance(failed.error, NotFound)


async def test_dictionaries(provider: Provider) -> None:
    dictionaries = provider.dictionaries
    one = await dictionaries.create("One", "", [Pronunciation("cat", "dog")], ANN)
    two = await dictionaries.create("Two", "second", [], ANN)
    assert [each.id for each in (await dictionaries.page(Span(), ANN)).items] == [two.id, one.id]
    after = await dictionaries.page(Span(1, starting_after=two.id), ANN)
    assert [each.id for each in after.items] == [one.id] and not after.has_more
    changed = await dictionaries.update(one.id, DictionaryChanges(name="1", pinned=True), ANN)
    assert (changed.name, changed.pinned, changed.items) == ("1", True, one.items)
    assert await dictionaries.get(one.id, ANN) == changed
    assert await last(provider, pronunciation_dict_id=one.id) == Done()
    failed = await last(provider, pronunciation_dict_id=one.id, caller=BOB)
    assert isinstance(failed, Failed) and isinstance(failed.error, NotFound)
    await dictionaries.delete(one.id, ANN)
    with pytest.raises(NotFound):
        await dictionaries.get(one.id, ANN)
