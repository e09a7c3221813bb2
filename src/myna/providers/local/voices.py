"""The voices of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

from myna.providers.local import catalogue
from myna.speech.access import Caller
from myna.speech.errors import VoiceNotFound
from myna.speech.pages import Page, Span, page_of
from myna.speech.voices import Voice, VoiceChoice, VoiceFilter


class LocalVoices:
    """The built-in voices."""

    def at_once(self, choice: VoiceChoice) -> Voice | None:
        """The voice where that is known without looking anything up, else None.

        Raises:
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        if not choice.id:
            return catalogue.nearest(choice.embedding)
        try:
            return catalogue.find(choice.id)
        except VoiceNotFound:
            return None

    async def find(self, choice: VoiceChoice, caller: Caller) -> Voice:
        """The voice with this id, alias or name, or the voice that an embedding describes.

        Raises:
            VoiceNotFound: there is none.
            InvalidRequest: an embedding of the wrong length, or not of finite numbers.
        """
        return self.at_once(choice) or catalogue.find(choice.id)

    async def page(self, wanted: VoiceFilter, span: Span, caller: Caller) -> Page[Voice]:
        """A part of the voices, newest first, then by id."""
        return page_of(
            catalogue.voices(), span, id=lambda voice: voice.id, wanted=lambda voice: matches(voice, wanted)
        )

    async def all(self, caller: Caller) -> AsyncIterator[Voice]:
        """Every voice, newest first."""
        for voice in catalogue.voices():
            yield voice


def matches(voice: Voice, wanted: VoiceFilter) -> bool:
    """Whether a built-in voice is one of those that are wanted."""
    if wanted.is_owner or wanted.is_starred or wanted.gender not in (None, voice.gender):
        return False
    return wanted.q.casefold() in f"{voice.name}\n{voice.description}\n{voice.id}".casefold()
