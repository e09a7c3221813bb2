"""Users, the voices they ask for, and what is heard of these."""

from __future__ import annotations

import asyncio

from myna.engines.protocols import Finding
from myna.providers.local import LocalProvider, catalogue
from myna.speech import embedding
from myna.speech.access import Caller
from myna.speech.events import SpeechEvent
from myna.speech.pages import Page
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Likeness, Voice, VoiceChoice, VoiceDraft, VoiceFilter

ANN, BOB = Caller("ann"), Caller("bob")
WREN, CALLOWAY = catalogue.find("Wren"), catalogue.find("Calloway")
BETWEEN = embedding.mix([(WREN.embedding, 0.4), (CALLOWAY.embedding, 0.6)])
FOUND = Finding(Likeness(BETWEEN, b"more"), 140.0, "masculine", 9.0, 7.5, 30.0)
ALL = VoiceFilter()
RECORDING = b"not looked into here"


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
