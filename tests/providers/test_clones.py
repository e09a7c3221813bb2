"""Voices that are made of recordings, with consent and without."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from myna.library import Library
from myna.providers.local import LocalProvider
from myna.speech.errors import ClipRejected, InvalidRequest, MynaError, PermissionDenied, VoiceNotFound
from myna.speech.events import Done
from myna.speech.pages import Page, Span
from myna.speech.voices import CloneDraft, VoiceChoice, VoiceFilter
from tests.providers.drafts import ANN, FOUND, RECORDING, said
from tests.providers.pools import TonePool


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
