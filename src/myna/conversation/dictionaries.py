"""The calls on pronunciation dictionaries."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from myna.conversation.calls import NOTHING, Answer, Asked, Call
from myna.conversation.making import Attempt, Making
from myna.providers.kept import Dictionaries
from myna.speech.dictionaries import Dictionary, DictionaryChanges
from myna.speech.errors import NotFound
from myna.wire.cartesia.codec import decode_body
from myna.wire.cartesia.dictionaries import (
    CreateDictionary,
    DictionaryObject,
    DictionaryPage,
    UpdateDictionary,
    dictionary_object,
    dictionary_page,
)
from myna.wire.cartesia.queries import SPAN, span_of

BASE = "/pronunciation-dicts"
_REMEMBERED = 1000
"""Dictionaries that were made last, known when a client tries again."""


class DictionaryCalls:
    """Answers the calls on the dictionaries of a provider."""

    def __init__(self, dictionaries: Dictionaries, making: Making) -> None:
        """Begin.

        Args:
            dictionaries: what is asked.
            making: where dictionaries are made once.
        """
        self._dictionaries = dictionaries
        self._making = making
        self._made: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()

    def table(self) -> Iterator[Call]:
        """The calls."""
        one = (DictionaryObject,)
        yield Call(
            "GET", BASE, self._list, "List pronunciation dictionaries",
            gives=(DictionaryPage,), query=SPAN,
        )  # fmt: skip
        yield Call(
            "POST", BASE, self._create, "Make a pronunciation dictionary",
            takes=CreateDictionary, gives=one,
        )  # fmt: skip
        yield Call("GET", f"{BASE}/{{id}}", self._get, "Get one pronunciation dictionary", gives=one)
        yield Call(
            "PATCH", f"{BASE}/{{id}}", self._update, "Change a pronunciation dictionary",
            takes=UpdateDictionary, gives=one,
        )  # fmt: skip
        yield Call("DELETE", f"{BASE}/{{id}}", self._delete, "Forget a pronunciation dictionary")
        yield Call("POST", f"{BASE}/{{id}}/pin", self._pin, "Pin a pronunciation dictionary", gives=one)
        yield Call(
            "POST", f"{BASE}/{{id}}/unpin", self._unpin, "Unpin a pronunciation dictionary",
            gives=one,
        )  # fmt: skip

    async def _list(self, asked: Asked) -> Answer:
        page = await self._dictionaries.page(span_of(dict(asked.query)), asked.caller)
        return Answer.of(dictionary_page(page))

    async def _create(self, asked: Asked) -> Answer:
        body = decode_body(asked.body, CreateDictionary)
        attempt = Attempt.of(asked.headers, "dictionary", msgspec.json.encode(body))

        async def work() -> Dictionary:
            key = (asked.caller.owner, attempt.key)
            id, made_at = self._made.get(key, ("", -math.inf))
            if time.monotonic() - made_at < attempt.window_seconds:
                with suppress(NotFound):
                    return await self._dictionaries.get(id, asked.caller)
            made = await self._dictionaries.create(body.name, body.described(), body.entries(), asked.caller)
            self._made[key] = (made.id, time.monotonic())
            if len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
            return made

        return _shown(await self._making.make(asked.caller.owner, attempt, work))

    async def _get(self, asked: Asked) -> Answer:
        return _shown(await self._dictionaries.get(asked.places["id"], asked.caller))

    async def _update(self, asked: Asked) -> Answer:
        return await self._change(asked, decode_body(asked.body, UpdateDictionary).changes())

    async def _pin(self, asked: Asked) -> Answer:
        return await self._change(asked, DictionaryChanges(pinned=True))

    async def _unpin(self, asked: Asked) -> Answer:
        return await self._change(asked, DictionaryChanges(pinned=False))

    async def _change(self, asked: Asked, changes: DictionaryChanges) -> Answer:
        return _shown(await self._dictionaries.update(asked.places["id"], changes, asked.caller))

    async def _delete(self, asked: Asked) -> Answer:
        await self._dictionaries.delete(asked.places["id"], asked.caller)
        return Answer(NOTHING, {})


def _shown(dictionary: Dictionary) -> Answer:
    return Answer.of(dictionary_object(dictionary))
