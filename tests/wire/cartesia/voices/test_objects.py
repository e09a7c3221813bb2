from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import UNSET, to_builtins

from myna.speech.access import Caller
from myna.speech.pages import Page
from myna.testing.voices import scripted_voice
from myna.wire.cartesia.versions import VERSIONS
from myna.wire.cartesia.voices.objects import OLDEST, VoiceView

ANN = Caller("ann")
MINE = replace(scripted_voice("Mine", language="en-GB"), owner="ann", is_public=False, tagline="Calm")
LATEST = VERSIONS[-1]


def test_a_voice_of_ones_own() -> None:
    shown = to_builtins(VoiceView(LATEST, ANN).one(MINE))
    assert shown["user_id"] == "ann"
    assert (shown["is_owner"], shown["is_public"]) == (True, False)
    assert (shown["access"], shown["visibility"]) == ("private", "owner")
    assert (shown["language"], shown["country"], shown["tagline"]) == ("en", "GB", "Calm")
    assert shown["created_at"] == "2026-01-28T00:00:00Z"
    assert shown["locales"] == [{"locale": "en-GB", "is_native": True}]
    assert not {"accent", "embedding", "is_starred", "preview_file_url"} & shown.keys()


def test_a_voice_of_somebody_else() -> None:
    shown = to_builtins(VoiceView(LATEST, Caller("bob")).one(replace(MINE, is_public=True)))
    assert (shown["is_owner"], shown["access"], shown["visibility"]) == (False, "public", "all")


def test_a_built_in_voice_is_nobodys() -> None:
    shown = to_builtins(VoiceView(LATEST, ANN).one(replace(MINE, owner=None, gender=None)))
    assert (shown["user_id"], shown["is_owner"], shown["gender"]) == (None, False, None)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_gets_embeddings(version: str) -> None:
    view = VoiceView(version)
    assert (view.one(MINE).embedding is not UNSET) == (version <= "2024-11-13")
    assert (view.listed(MINE).embedding is not UNSET) == (version == OLDEST)
    assert len(VoiceView(version, expand={"embedding"}).listed(MINE).embedding) == 192  # type: ignore[arg-type]


def test_fields_that_are_asked_for() -> None:
    expand = {"is_starred", "preview_file_url", "novelty"}
    shown = VoiceView(LATEST, expand=expand, base_url="https://here:1").one(MINE, id="alias")
    assert (shown.id, shown.is_starred) == ("alias", False)
    assert shown.preview_file_url == f"https://here:1/voices/{MINE.id}/preview"


def test_accents_are_locales_behind_the_native_one() -> None:
    voice = replace(
        MINE, language="en-US-nyc", accent="new-york", accents=("british", "mexican", "southern-us")
    )
    shown = to_builtins(VoiceView(LATEST).one(voice))
    assert shown["accent"] == "new-york"
    assert [(each["locale"], each["is_native"]) for each in shown["locales"]] == [
        ("en-US", True), ("en-GB", False), ("es-MX", False),
    ]  # fmt: skip
    assert shown["country"] == "US"


def test_norwegian_is_a_language_of_the_wire() -> None:
    assert VoiceView(LATEST).one(replace(MINE, language="nb-NO")).language == "no"


def test_a_voice_that_was_made() -> None:
    assert set(to_builtins(VoiceView(LATEST, ANN).made(MINE))) == {
        "id", "user_id", "is_public", "access", "visibility", "name", "tagline", "description", "created_at",
        "language",
    }  # fmt: skip
    assert "embedding" in to_builtins(VoiceView(OLDEST, ANN).made(MINE))


def test_pages() -> None:
    view = VoiceView(LATEST)
    assert to_builtins(view.page(Page(())))["next_page"] is None
    assert view.page(Page([MINE], has_more=True)).next_page == MINE.id
    assert view.page(Page([MINE])).next_page is None
