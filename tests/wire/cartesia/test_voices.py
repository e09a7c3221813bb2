from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech.errors import InvalidRequest
from myna.testing.voices import scripted_voice
from myna.wire.cartesia.voices import VoiceObject, VoiceQuery, voice_object

VOICES = [scripted_voice(f"Voice {number}", age=number) for number in range(25)]


def show(voice: object) -> VoiceObject:
    return voice_object(voice, "2026-08-14")  # type: ignore[arg-type]


@given(st.integers(1, 40))
def test_following_the_last_id_reaches_every_voice_and_then_nothing(limit: int) -> None:
    seen: list[str] = []
    query = {"limit": str(limit)}
    while data := VoiceQuery.parse(query).page(VOICES, show).data:
        seen += [voice.id for voice in data]
        query["starting_after"] = seen[-1]
    assert seen == [voice.id for voice in VOICES]


def test_next_page_leads_to_the_end() -> None:
    first = VoiceQuery.parse({"limit": "20"}).page(VOICES, show)
    assert (first.has_more, first.next_page) == (True, VOICES[19].id)
    second = VoiceQuery.parse({"limit": "20", "starting_after": str(first.next_page)}).page(VOICES, show)
    assert (len(second.data), second.has_more, second.next_page) == (5, False, None)


def test_ending_before() -> None:
    page = VoiceQuery.parse({"limit": "3", "ending_before": VOICES[5].id}).page(VOICES, show)
    assert [voice.id for voice in page.data] == [voice.id for voice in VOICES[2:5]]
    assert page.has_more


@pytest.mark.parametrize("cursor", ["starting_after", "ending_before"])
def test_an_unknown_cursor_gives_nothing(cursor: str) -> None:
    assert VoiceQuery.parse({cursor: "unknown"}).page(VOICES, show).data == []


def test_filters() -> None:
    def count(**query: str) -> int:
        return len(VoiceQuery.parse({"limit": "100", **query}).page(VOICES, show).data)

    assert count(q="VOICE 24") == 1
    assert count(q=VOICES[3].id[:13]) == 1
    assert count(gender="feminine") == 0
    assert count(is_owner="true") == 0
    assert count(is_owner="false") == 25
    assert count(limit="1000") == 25
    assert count(limit="-3") == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "many"},
        {"is_owner": "maybe"},
        {"gender": "other"},
        {"starting_after": "a", "ending_before": "b"},
    ],
)
def test_refusals(query: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        VoiceQuery.parse(query)


def test_the_object() -> None:
    voice = scripted_voice("Ada", language="en-GB")
    old = voice_object(voice, "2024-06-10")
    assert isinstance(old.embedding, list) and len(old.embedding) == 192
    new = voice_object(voice, "2026-08-14", expand={"is_starred", "preview_file_url"}, id="alias")
    assert (new.id, new.language, new.country) == ("alias", "en", "GB")
    assert (new.locales[0].locale, new.locales[0].is_native) == ("en-GB", True)
    assert (new.is_starred, new.preview_file_url) == (False, None)
    assert new.created_at.endswith("Z")
    assert not isinstance(new.embedding, list)
