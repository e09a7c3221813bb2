"""The voices of this machine: built-in ones and those in a library, found, listed, made and changed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from myna.engines.protocols import Finding
from myna.library import Library
from myna.providers.local import LocalProvider, catalogue
from myna.speech import embedding
from myna.speech.access import Caller
from myna.speech.errors import (
    ClipRejected,
    InvalidRequest,
    MynaError,
    NotFound,
    PermissionDenied,
    UsageError,
    VoiceNotFound,
)
from myna.speech.events import Done, Failed, SpeechEvent
from myna.speech.pages import Page, Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import (
    CloneDraft,
    Likeness,
    LocalizeDraft,
    Voice,
    VoiceChanges,
    VoiceChoice,
    VoiceDraft,
    VoiceFilter,
)
from tests.providers.pools import TonePool

ANN, BOB = Caller("ann"), Caller("bob")
WREN, CALLOWAY = catalogue.find("Wren"), catalogue.find("Calloway")
BETWEEN = embedding.mix([(WREN.embedding, 0.4), (CALLOWAY.embedding, 0.6)])
FOUND = Finding(Likeness(BETWEEN, b"more"), 140.0, "masculine", 9.0, 7.5, 30.0)
ALL = VoiceFilter()
RECORDING = b"not looked into here"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "data") as library:
        yield library


@pytest.fixture
def pool() -> TonePool:
    return TonePool()


@pytest.fixture
async def provider(library: Library, pool: TonePool) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=pool, library=library)
    yield provider
    await provider.aclose()


@pytest.fixture
def clip(tmp_path: Path, pool: TonePool) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(RECORDING)
    pool.findings[str(path)] = FOUND
    return path


def draft(name: str = "Mine", **changes: object) -> VoiceDraft:
    return VoiceDraft(name, "A voice.", BETWEEN, **changes)  # type: ignore[arg-type]


def ids(page: Page[Voice]) -> list[str]:
    return [voice.id for voice in page.items]


async def said(
    provider: LocalProvider, voice: VoiceChoice | Voice, caller: Caller = ANN, **options: str
) -> SpeechEvent:
    """The last event of a few words."""
    speech = provider.speak(SpeechRequest(voice=voice, caller=caller, **options))  # type: ignore[arg-type]
    speech.push("Hello there.")
    speech.finish()
    async with asyncio.timeout(20):
        return [event async for event in speech.events()][-1]


async def test_a_voice_that_was_made_is_found_listed_and_speaks(
    provider: LocalProvider, pool: TonePool
) -> None:
    voices = provider.voices
    made = await voices.create(draft(tagline="New"), ANN)
    assert (made.owner, made.language, made.is_public) == ("ann", "en-US", False)
    assert made.embedding == embedding.speakable(BETWEEN)
    for choice in (made.id, "mine", " MÍNE "):
        assert await voices.find(VoiceChoice(choice), ANN) == made
    assert ids(await voices.page(ALL, Span(1), ANN)) == [made.id]
    for choice in (made.id, "Mine"):
        assert await said(provider, VoiceChoice(choice)) == Done()
    engine, utterance = pool.said[-1]
    assert engine == ("flite" if made.timbre.flite_base else "espeak")
    assert (utterance.likeness, utterance.timbre) == (made.likeness, made.timbre)


async def test_voices_of_others(provider: LocalProvider) -> None:
    voices = provider.voices
    private = await voices.create(draft(), ANN)
    public = await voices.create(draft("Ours", is_public=True), ANN)
    with pytest.raises(VoiceNotFound):
        await voices.find(VoiceChoice(private.id), BOB)
    failed = await said(provider, VoiceChoice(private.id), BOB)
    assert isinstance(failed, Failed) and isinstance(failed.error, VoiceNotFound)
    assert await said(provider, VoiceChoice(private.id), ANN) == Done()
    failed = await said(provider, VoiceChoice(private.id), BOB)  # remembered by now, but not for Bob
    assert isinstance(failed, Failed) and isinstance(failed.error, VoiceNotFound)
    assert await voices.find(VoiceChoice(public.id), BOB) == public
    with pytest.raises(VoiceNotFound):  # names are one's own
        await voices.find(VoiceChoice("Ours"), BOB)
    assert ids(await voices.page(ALL, Span(1), BOB)) == [public.id]
    assert await voices.page(VoiceFilter(is_owner=True), Span(10), BOB) == Page([], has_more=False)
    for change in (
        voices.update(private.id, VoiceChanges(name="x"), BOB),
        voices.delete(private.id, BOB),
        voices.preview(private.id, BOB),
        voices.add_accents(private.id, ["british"], BOB),
        voices.remove_accent(private.id, "british", BOB),
        voices.localize(LocalizeDraft(private.id, "x", language="fr"), BOB),
        voices.mix([(VoiceChoice(private.id), 1.0)], BOB),
        voices.create(draft(base_voice_id=private.id), BOB),
        voices.update("unknown", VoiceChanges(name="x"), BOB),
        voices.delete("Mine", ANN),
    ):
        with pytest.raises(VoiceNotFound):
            await change
    for denied in (
        voices.update(public.id, VoiceChanges(name="x"), BOB),
        voices.delete(public.id, BOB),
        voices.add_accents(public.id, ["british"], BOB),
        voices.remove_accent(public.id, "british", BOB),
        voices.delete(WREN.id, ANN),
        voices.update(WREN.aliases[0], VoiceChanges(name="x"), ANN),
    ):
        with pytest.raises(PermissionDenied):
            await denied


async def test_update_and_delete_hold_for_speech_at_once(provider: LocalProvider) -> None:
    voices = provider.voices
    made = await voices.create(draft(), ANN)
    assert await said(provider, VoiceChoice(made.id)) == Done()
    changed = await voices.update(
        made.id, VoiceChanges(name="Other", gender=None, sets_gender=True, accent="british"), ANN
    )
    assert (changed.name, changed.accent) == ("Other", "british")
    assert await voices.find(VoiceChoice(made.id), ANN) == changed
    with pytest.raises(InvalidRequest, match="no accent of en-US"):
        await voices.update(made.id, VoiceChanges(accent="mexican"), ANN)
    with pytest.raises(InvalidRequest, match="257 characters"):
        await voices.update(made.id, VoiceChanges(name="x" * 257), ANN)
    await voices.delete(made.id, ANN)
    failed = await said(provider, VoiceChoice(made.id))
    assert isinstance(failed, Failed) and isinstance(failed.error, VoiceNotFound)


async def test_another_process_s_changes_are_seen(provider: LocalProvider, tmp_path: Path) -> None:
    made = await provider.voices.create(draft(), ANN)
    assert (await provider.voices.find(VoiceChoice(made.id), ANN)).name == "Mine"
    with Library.open(tmp_path / "data") as other:
        other.voices.update(made.id, VoiceChanges(name="Other"))
    assert (await provider.voices.find(VoiceChoice(made.id), ANN)).name == "Other"


async def test_a_voice_that_is_known_is_not_asked_for_again(
    provider: LocalProvider, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await provider.voices.create(draft(), ANN)
    await provider.voices.find(VoiceChoice(made.id), ANN)
    asked: list[str] = []
    monkeypatch.setattr(library.voices, "get", asked.append)
    for _ in range(3):
        assert await said(provider, VoiceChoice(made.id)) == Done()
    assert asked == []


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_go_through_all_voices_in_both_directions(provider: LocalProvider, limit: int) -> None:
    voices = provider.voices
    made = [await voices.create(draft(f"Voice {number}"), ANN) for number in range(8)]
    everything = [voice.id async for voice in voices.all(ANN)]
    assert everything == [voice.id for voice in reversed(made)] + [voice.id for voice in catalogue.voices()]
    there: list[str] = []
    while True:
        cursor = there[-1] if there else None
        page = await voices.page(ALL, Span(limit, starting_after=cursor), ANN)
        there += ids(page)
        assert page.has_more == (len(there) < len(everything))
        if not page.items:
            break
    assert there == everything
    back: list[str] = [everything[-1]]
    while True:
        page = await voices.page(ALL, Span(limit, ending_before=back[0]), ANN)
        back = ids(page) + back
        assert page.has_more == (len(back) < len(everything))
        if not page.items:
            break
    assert back == everything


async def test_what_is_listed(provider: LocalProvider) -> None:
    voices = provider.voices
    made = await voices.create(draft("Ärger", gender="feminine"), ANN)

    async def listed(wanted: VoiceFilter, **span: str) -> list[str]:
        return ids(await voices.page(wanted, Span(100, **span), ANN))  # type: ignore[arg-type]

    assert await listed(VoiceFilter(is_owner=True)) == [made.id]
    assert made.id not in await listed(VoiceFilter(is_owner=False))
    assert await listed(VoiceFilter(q="arger")) == [made.id]
    assert await listed(VoiceFilter(q=WREN.name.upper())) == [WREN.id]
    women = [voice.id for voice in catalogue.voices() if voice.gender == "feminine"]
    assert await listed(VoiceFilter(gender="feminine")) == [made.id, *women]
    assert await listed(VoiceFilter(is_starred=True)) == []
    assert await listed(ALL, starting_after="unknown") == await listed(ALL, ending_before="unknown") == []
    assert await listed(ALL, starting_after=catalogue.voices()[-1].id) == []
    # a cursor need not be in the filtered list
    assert await listed(VoiceFilter(is_owner=True), ending_before=WREN.id) == [made.id]
    assert (await listed(ALL, starting_after=WREN.aliases[0])) == (await listed(ALL, starting_after=WREN.id))


async def test_a_second_draft_with_the_same_key_gives_the_first_voice(
    provider: LocalProvider, clip: Path
) -> None:
    voices = provider.voices
    first = await voices.create(draft(idempotency_key="k"), ANN)
    again = await voices.create(draft("Other", idempotency_key="k"), ANN)
    assert again == first
    assert (await voices.create(draft(idempotency_key="k"), BOB)).id != first.id
    cloned = [await voices.clone(CloneDraft("C", idempotency_key="c"), clip, ANN) for _ in range(2)]
    assert cloned[0].id == cloned[1].id


async def test_clone(provider: LocalProvider, pool: TonePool, clip: Path, library: Library) -> None:
    asked = CloneDraft("Me", "My own voice.", transcript="Hello.", enhance=True, consent=True)
    made = await provider.voices.clone(asked, clip, ANN)
    assert made.gender == "masculine"
    assert made.likeness == FOUND.likeness
    assert made.provenance is not None
    assert made.provenance.cloned_by == "ann" and made.provenance.consent
    assert made.provenance.clip_sha256 == hashlib.sha256(RECORDING).hexdigest()
    assert library.voices.clip(made.id) == RECORDING
    examined = pool.examined[-1]
    assert (examined.path, examined.enhance, examined.transcript) == (str(clip), True, "Hello.")
    assert await said(provider, VoiceChoice(made.id)) == Done()
    assert pool.said[-1][1].likeness == FOUND.likeness


async def test_clones_that_are_refused(
    provider: LocalProvider, pool: TonePool, clip: Path, library: Library
) -> None:
    pool.findings[str(clip)] = ClipRejected("Too short.")
    for refused, kind in (
        (CloneDraft("x"), ClipRejected),
        (CloneDraft("x", language="xx"), InvalidRequest),
        (CloneDraft("x", accent="nowhere"), InvalidRequest),
        (CloneDraft("x", language="de", accent="british"), InvalidRequest),
        (CloneDraft("x" * 300), InvalidRequest),
        (CloneDraft("x", base_voice_id="unknown"), VoiceNotFound),
    ):
        with pytest.raises(MynaError) as caught:
            await provider.voices.clone(refused, clip, ANN)
        assert type(caught.value) is kind
    with pytest.raises(ClipRejected):
        await provider.voices.embed(clip, enhance=False, caller=ANN)
    with pytest.raises(ClipRejected, match="cannot be read"):
        await provider.voices.clone(CloneDraft("x"), clip.parent / "missing", ANN)
    strict = LocalProvider(pool=pool, library=library, require_consent=True)
    with pytest.raises(PermissionDenied, match="consent"):
        await strict.voices.clone(CloneDraft("x"), clip, ANN)
    with pytest.raises(PermissionDenied, match="consent"):
        await strict.voices.embed(clip, enhance=False, caller=ANN)
    await strict.aclose()
    assert await provider.voices.page(VoiceFilter(is_owner=True), Span(), ANN) == Page([], has_more=False)


async def test_clones_without_consent_are_not_brought_in(
    provider: LocalProvider, pool: TonePool, library: Library, clip: Path, tmp_path: Path
) -> None:
    strict = LocalProvider(pool=pool, library=library, require_consent=True)
    try:
        for consent in (False, True):
            made = await provider.voices.clone(CloneDraft("x", consent=consent), clip, ANN)
            parcel = tmp_path / f"{made.id}.zip"
            parcel.write_bytes(await provider.voices.export(made.id, ANN))
            if consent:
                assert (await strict.voices.import_(parcel, ANN, anew=True)).provenance == made.provenance
            else:
                with pytest.raises(PermissionDenied, match="agreed"):
                    await strict.voices.import_(parcel, ANN, anew=True)
        assert await strict.voices.embed(clip, enhance=False, caller=ANN, consent=True) == made.embedding
    finally:
        await strict.aclose()


async def test_embeddings_speak(provider: LocalProvider, pool: TonePool, clip: Path) -> None:
    vector = await provider.voices.embed(clip, enhance=False, caller=ANN)
    assert vector == FOUND.likeness.embedding
    assert await said(provider, VoiceChoice(embedding=vector)) == Done()
    likeness = pool.said[-1][1].likeness
    assert likeness is not None and likeness.embedding == embedding.speakable(vector)
    assert await said(provider, VoiceChoice(embedding=vector), language="de") == Done()
    assert pool.said[-1][1].language == "de-DE"
    assert await said(provider, VoiceChoice(embedding=WREN.embedding)) == Done()
    assert pool.said[-1][1].timbre == WREN.timbre
    assert await said(provider, VoiceChoice(embedding=(1.0,) * 192)) == Done()
    with pytest.raises(InvalidRequest, match="192"):
        provider.speak(SpeechRequest(voice=VoiceChoice(embedding=(1.0,))))


async def test_mix(provider: LocalProvider, clip: Path) -> None:
    voices = provider.voices
    made = await voices.clone(CloneDraft("Me"), clip, ANN)
    parts = [(VoiceChoice(made.id), 1.0), (VoiceChoice("Wren"), 2.0), (VoiceChoice(embedding=BETWEEN), 1.0)]
    mixed = await voices.mix(parts, ANN)
    near = [embedding.similarity(mixed, one) for one in (WREN.embedding, BETWEEN, CALLOWAY.embedding)]
    assert near[0] > near[2]
    for wrong in ([], [(VoiceChoice("Wren"), 0.0)], [(VoiceChoice(embedding=(1.0,)), 1.0)]):
        with pytest.raises(InvalidRequest):
            await voices.mix(wrong, ANN)


async def test_create_refuses(provider: LocalProvider) -> None:
    for wrong in (
        VoiceDraft("x", "", (1.0,)),
        VoiceDraft("x", "", (float("nan"),) * 192),
        draft(language="no such"),
        draft(language="xx"),
        draft("x" * 257),
    ):
        with pytest.raises(InvalidRequest):
            await provider.voices.create(wrong, ANN)


async def test_a_base_voice_gives_its_timbre_to_a_new_one(provider: LocalProvider) -> None:
    otis = catalogue.find("Otis")
    made = await provider.voices.create(draft(base_voice_id=otis.id), ANN)
    assert made.timbre.flite_base == otis.timbre.flite_base
    assert made.timbre.formant_scale == otis.timbre.formant_scale


@pytest.mark.parametrize(
    ("asked", "language", "accent"),
    [
        ({"language": "fr"}, "fr-FR", "parisian"),
        ({"language": "en", "dialect": "uk"}, "en-GB", "british"),
        ({"language": "pt", "dialect": "eu"}, "pt-PT", "european-portuguese"),
        ({"accent": "new-york"}, "en-US-nyc", "new-york"),
        ({"accent": "mexican", "language": "es"}, "es-MX", "mexican"),
        ({"language": "cy"}, "cy", None),
    ],
)
async def test_localize(
    provider: LocalProvider, pool: TonePool, clip: Path, asked: dict[str, str],
    language: str, accent: str | None,
) -> None:  # fmt: skip
    source = await provider.voices.clone(CloneDraft("Me"), clip, ANN)
    made = await provider.voices.localize(
        LocalizeDraft(source.id, "Moi", speaker_gender="feminine", **asked),
        ANN,  # type: ignore[arg-type]
    )
    assert (made.name, made.language, made.accent, made.gender) == ("Moi", language, accent, "feminine")
    assert made.likeness == source.likeness and made.id != source.id
    assert await said(provider, VoiceChoice(made.id)) == Done()
    assert (pool.said[-1][1].language, pool.said[-1][1].likeness) == (language, source.likeness)


async def test_a_built_in_voice_can_be_localized(provider: LocalProvider, pool: TonePool) -> None:
    made = await provider.voices.localize(LocalizeDraft("Wren", "Roitelet", language="fr"), ANN)
    assert made.likeness is not None and made.likeness.embedding == WREN.embedding
    assert (made.owner, made.aliases) == ("ann", ())
    assert await said(provider, made) == Done()
    assert (pool.said[-1][0], pool.said[-1][1].language) == ("espeak", "fr-FR")


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"language": "en", "dialect": "br"}, {"language": "xx"}, {"accent": "singaporean"},
        {"accent": "Parisian"}, {"accent": "british", "language": "fr"},
        {"accent": "british", "dialect": "us"},
    ],
)  # fmt: skip
async def test_localize_refuses(provider: LocalProvider, asked: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        await provider.voices.localize(LocalizeDraft("Wren", "x", **asked), ANN)  # type: ignore[arg-type]


async def test_accents(provider: LocalProvider, pool: TonePool) -> None:
    voices = provider.voices
    made = await voices.create(draft(), ANN)
    await voices.update(made.id, VoiceChanges(accent="british"), ANN)
    changed = await voices.add_accents(made.id, ["mexican", "australian", "mexican", "british"], ANN)
    assert changed.accents == ("mexican", "australian")
    for asked, spoken in (
        ({}, "en-GB"), ({"language": "en"}, "en-GB"), ({"language": "en-AU"}, "en-AU"),
        ({"language": "es"}, "es-MX"), ({"language": "en-US"}, "en-US"), ({"language": "de"}, "de"),
    ):  # fmt: skip
        assert await said(provider, VoiceChoice(made.id), **asked) == Done()
        assert pool.said[-1][1].language == spoken
        if spoken in ("en-GB", "en-AU"):
            assert pool.said[-1][0] == "espeak"
    for wrong in (["nowhere"], ["new-york"], ["singaporean"]):
        with pytest.raises(InvalidRequest):
            await voices.add_accents(made.id, wrong, ANN)
    many = ["castilian", "parisian", "hindi", "italian", "japanese", "korean", "mandarin", "polish"]
    with pytest.raises(InvalidRequest, match="10"):
        await voices.add_accents(made.id, many, ANN)
    assert len((await voices.add_accents(made.id, many[:-1], ANN)).accents) == 9
    left = await voices.remove_accent(made.id, "mexican", ANN)
    assert "mexican" not in left.accents and len(left.accents) == 8
    with pytest.raises(NotFound):
        await voices.remove_accent(made.id, "mexican", ANN)


async def test_preview(provider: LocalProvider, pool: TonePool) -> None:
    made = await provider.voices.create(draft(), ANN)
    first = await provider.voices.preview(made.id, ANN)
    with wave.open(io.BytesIO(first)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22050, 1, 2)
        assert file.getnframes() > 22050
    count = len(pool.said)
    assert await provider.voices.preview(made.id, ANN) == first
    assert len(pool.said) == count
    await provider.voices.update(made.id, VoiceChanges(accent="british"), ANN)
    await provider.voices.preview(made.id, ANN)
    assert len(pool.said) > count
    assert await provider.voices.preview("Wren", BOB)


@asynccontextmanager
async def using(data: Path) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=TonePool(), data=data)
    try:
        yield provider
    finally:
        await provider.aclose()


async def test_export_and_import(provider: LocalProvider, clip: Path, tmp_path: Path) -> None:
    made = await provider.voices.clone(CloneDraft("Mine"), clip, ANN)
    parcel = tmp_path / "parcel"
    parcel.write_bytes(await provider.voices.export(made.id, ANN))
    with pytest.raises(InvalidRequest, match="here already"):
        await provider.voices.import_(parcel, ANN)
    second = await provider.voices.import_(parcel, BOB, anew=True)
    assert (second.owner, second.likeness) == ("bob", made.likeness) and second.id != made.id
    await provider.voices.delete(made.id, ANN)
    again = await provider.voices.import_(parcel, ANN)
    assert again == made
    assert await provider.voices.find(VoiceChoice(made.id), ANN) == made
    for id, kind in ((WREN.id, PermissionDenied), (second.id, VoiceNotFound), ("none", VoiceNotFound)):
        with pytest.raises(kind):
            await provider.voices.export(id, ANN)
    parcel.write_bytes(b"something else")
    with pytest.raises(InvalidRequest, match="parcel"):
        await provider.voices.import_(parcel, ANN)


async def test_a_library_is_opened_only_when_needed(tmp_path: Path) -> None:
    data = tmp_path / "mine"
    async with using(data) as provider:
        assert await said(provider, VoiceChoice("Wren")) == Done()
        assert len((await provider.voices.page(ALL, Span(5), ANN)).items) == 5
        with pytest.raises(VoiceNotFound):
            await provider.voices.find(VoiceChoice("nobody"), ANN)
        with pytest.raises(NotFound):
            await provider.dictionaries.get("pdict_1", ANN)
        assert not data.exists()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("myna library")]
        made = await provider.voices.create(draft(), ANN)
        assert data.exists()
    async with using(data) as provider:
        assert await provider.voices.find(VoiceChoice(made.id), ANN) == made
        await provider.aclose()
        with pytest.raises(UsageError):
            await provider.voices.find(VoiceChoice("nobody"), ANN)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("myna library")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_the_library_for_itself(tmp_path: Path) -> None:
    provider = LocalProvider(pool=TonePool(), data=tmp_path / "data")
    with asyncio.Runner() as runner:
        made = runner.run(provider.voices.create(draft(), ANN))
        child = os.fork()
        if child == 0:
            failed = 1
            try:
                again = asyncio.run(provider.voices.find(VoiceChoice(made.id), ANN))
                asyncio.run(provider.voices.create(draft("Child"), ANN))
                asyncio.run(provider.aclose())
                failed = 0 if again == made else 1
            finally:
                os._exit(failed)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert runner.run(provider.voices.find(VoiceChoice("Child"), ANN)).owner == "ann"
        runner.run(provider.voices.delete(made.id, ANN))
        runner.run(provider.aclose())


async def test_text_that_comes_while_a_voice_is_looked_up_is_spoken_in_order(
    provider: LocalProvider, library: Library, pool: TonePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await provider.voices.create(draft(), ANN)
    asked, go_on = threading.Event(), threading.Event()
    get = library.voices.get

    def slowly(id: str) -> Voice:
        asked.set()
        assert go_on.wait(20)
        return get(id)

    monkeypatch.setattr(library.voices, "get", slowly)
    speech = provider.speak(SpeechRequest(voice=VoiceChoice(made.id), caller=ANN))
    speech.push("One two. ")
    listening = asyncio.create_task(anext(speech.events()))
    await asyncio.to_thread(asked.wait, 20)
    speech.push("Three four. ")
    with pytest.raises(InvalidRequest, match="wait to be spoken"):
        speech.push("word " * 100_000)
    speech.push("Five.")
    assert pool.said == []
    go_on.set()
    await listening
    speech.finish()
    speech.cancel()
    assert pool.said[0][1].text.startswith("One two.")


async def test_cancelling_while_a_voice_is_looked_up_ends_at_once(
    provider: LocalProvider, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await provider.voices.create(draft(), ANN)
    asked, go_on = threading.Event(), threading.Event()

    def slowly(id: str) -> Voice:
        asked.set()
        assert go_on.wait(20)
        return made

    monkeypatch.setattr(library.voices, "get", slowly)
    speech = provider.speak(SpeechRequest(voice=VoiceChoice(made.id), caller=ANN))

    async def listen() -> list[SpeechEvent]:
        return [event async for event in speech.events()]

    listening = asyncio.create_task(listen())
    await asyncio.to_thread(asked.wait, 20)
    speech.cancel()
    assert await listening == [Done()]
    go_on.set()
