"""All calls that are answered here, for every door."""

from __future__ import annotations

from collections.abc import Iterator

from myna.conversation.calls import Answer, Asked, Call, Calls
from myna.conversation.changing import ChangingCalls
from myna.conversation.dictionaries import DictionaryCalls
from myna.conversation.infilling import InfillCalls
from myna.conversation.listing import ListingCalls
from myna.conversation.making import Making
from myna.conversation.transcribing import TranscriptionCalls
from myna.conversation.voices import Fetch, VoiceCalls
from myna.providers.protocols import Provider
from myna.wire.cartesia.accents import AccentList, LocaleList, accent_list, locale_list


def calls(provider: Provider, making: Making, fetch: Fetch | None = None) -> Calls:
    """The calls on what a provider keeps, and those on recordings.

    Args:
        provider: what is asked.
        making: where voices and dictionaries are made once.
        fetch: brings clips from links; None where that is switched off.
    """
    return Calls(
        [
            *VoiceCalls(provider.voices, making, fetch).table(),
            *_catalogue(),
            *TranscriptionCalls(provider).table(),
            *ChangingCalls(provider).table(),
            *InfillCalls(provider).table(),
            *ListingCalls(provider).table(),
            *DictionaryCalls(provider.dictionaries, making).table(),
        ]
    )


def _catalogue() -> Iterator[Call]:
    yield Call("GET", "/accents", _accents, "List accents", gives=(AccentList,))
    yield Call("GET", "/locales", _locales, "List locales and their accents", gives=(LocaleList,))


async def _accents(asked: Asked) -> Answer:
    return Answer.of(accent_list())


async def _locales(asked: Asked) -> Answer:
    return Answer.of(locale_list())
