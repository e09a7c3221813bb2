"""The voices that users make on this machine: whose they are, and what can be done with them."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest

from myna.providers.local import LocalProvider, catalogue
from myna.speech import embedding
from myna.speech.errors import InvalidRequest, PermissionDenied, VoiceNotFound
from myna.speech.events import Done, Failed
from myna.speech.pages import Page, Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import CloneDraft, LocalizeDraft, VoiceChanges, VoiceChoice, VoiceDraft, VoiceFilter
from tests.providers.drafts import ALL, ANN, BETWEEN, BOB, CALLOWAY, FOUND, WREN, draft, ids, said
from tests.providers.pools import TonePool


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
