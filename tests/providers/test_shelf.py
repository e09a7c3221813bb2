"""The voices of this machine, found and listed: built-in ones and those in a library."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from myna.library import Library
from myna.providers.local import LocalProvider, catalogue
from myna.speech.errors import InvalidRequest
from myna.speech.events import Done, SpeechEvent
from myna.speech.pages import Span
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice, VoiceChanges, VoiceChoice, VoiceFilter
from tests.providers.drafts import ALL, ANN, WREN, draft, ids, said
from tests.providers.pools import TonePool


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
