"""Voices in other languages and accents."""

from __future__ import annotations

from pathlib import Path

import pytest

from myna.providers.local import LocalProvider
from myna.speech.errors import InvalidRequest, NotFound
from myna.speech.events import Done
from myna.speech.voices import CloneDraft, LocalizeDraft, VoiceChanges, VoiceChoice
from tests.providers.drafts import ANN, WREN, draft, said
from tests.providers.pools import TonePool


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
