"""This machine's engines behind the calls of a server, without a server and without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from myna.audio.containers import seal_wav
from myna.audio.encoder import Encoder
from myna.conversation import Audition, Conversation, Dubbing, speak_once
from myna.conversation.calls import JSON, Answer, Asked, Call, once
from myna.conversation.forms import read_form
from myna.conversation.making import Making
from myna.conversation.sockets import LIVE, live
from myna.conversation.table import calls
from myna.speech.errors import InvalidRequest, MynaError, NotFound, NotOffered
from myna.speech.events import AudioChunk, WordTimes
from myna.wire.cartesia.codec import decode_body, encode_sse
from myna.wire.cartesia.errors import error_event, http_error
from myna.wire.cartesia.events import phoneme_timestamps, word_timestamps
from myna.wire.cartesia.messages import BytesRequest, Chunk, Done, ServerMessage, SseRequest
from myna.wire.cartesia.requests import output_format, speech_request, spoken_text
from myna.wire.cartesia.server import ServerConnection as SpeakingConnection
from myna.wire.cartesia.versions import DEFAULT_VERSION, resolve

if TYPE_CHECKING:
    from myna.providers.protocols import Provider

FINISH_SECONDS = 10.0
"""Time for voices that are being made to be complete at the end."""

_NEVER_SECONDS = 1e9
"""In this process nobody is closed for being silent."""
_PREFIXES = ("/voices", "/tts", "/stt", "/infill", "/voice-changer", "/access-token", "/datasets")


class Desk:
    """Answers calls as a server would, from a provider in this process.

    Attributes:
        provider: what speaks.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._making = Making()
        self._calls = calls(provider, self._making)
        self._ready = False

    async def ready(self) -> None:
        """Load and start what speaks, beside the event loop rather than on it; idempotent."""
        if not self._ready:
            await self.provider.start()
            self._ready = True

    async def aclose(self) -> None:
        """End what is being made and close the provider."""
        await self._making.aclose(FINISH_SECONDS)
        await self.provider.aclose()

    async def answer(self, asked: Asked, form: AsyncIterator[bytes] | None = None) -> Answer:
        """Answer one call; what is wrong with it becomes an answer too.

        Args:
            asked: the call.
            form: its body, where that is a form, in pieces as they are read.
        """
        request_id, version = str(uuid4()), DEFAULT_VERSION
        try:
            version = resolve(asked.headers.get("cartesia-version"))
            asked = replace(asked, version=version, request_id=request_id)
            answer = await self._route(asked, form, request_id)
        except MynaError as error:
            status, headers, body = http_error(error, version, request_id)
            if not error.retryable:
                headers["x-should-retry"] = "false"
            answer = Answer(status, headers, body)
        answer.headers["x-request-id"] = request_id
        return answer

    async def talk(
        self, path: str, query: Sequence[tuple[str, str]], version: str | None
    ) -> Conversation | Audition | Dubbing:
        """Begin a live connection, as the WebSocket of `path` would with this query.

        What is wrong with what is asked for is told by the connection.

        Raises:
            InvalidRequest: there is no such version.
        """
        await self.ready()
        known, lifecycle = resolve(version), LIVE.get(path)
        if lifecycle is None:
            now = asyncio.get_running_loop().time()
            return Conversation(self.provider, SpeakingConnection(known, now=now))
        return live(self.provider, lifecycle, query, request_id=str(uuid4()), idle=_NEVER_SECONDS)

    async def _route(self, asked: Asked, form: AsyncIterator[bytes] | None, request_id: str) -> Answer:
        place = (asked.method, asked.path.rstrip("/") or "/")
        if place == ("POST", "/tts/bytes"):
            return await self._bytes(asked, asked.version)
        if place == ("POST", "/tts/sse"):
            return await self._sse(asked, asked.version, request_id)
        if place == ("GET", "/"):
            return Answer(
                200, {"content-type": JSON}, msgspec.json.encode({"ok": True, "version": asked.version})
            )
        if found := self._calls.find(asked.method, asked.path):
            return await self._called(found[0], replace(asked, places=found[1]), form)
        if place == ("POST", "/access-token"):
            raise NotOffered("Tokens are shown to servers, and this is none; give the client a base_url.")
        if asked.path.startswith(_PREFIXES):
            raise NotOffered(f"This machine's engines do not offer {asked.method} {asked.path}.")
        raise NotFound(f"There is no {asked.path}; see the list of calls.")

    async def _called(self, call: Call, asked: Asked, pieces: AsyncIterator[bytes] | None) -> Answer:
        if not call.files:
            return await call.answer(asked)
        if call.long:
            await self.ready()
        kind = asked.headers.get("content-type", "")
        async with await read_form(pieces or once(asked.body), kind, call.files) as form:
            return await call.answer(replace(asked, body=b"", form=form))

    async def _bytes(self, asked: Asked, version: str) -> Answer:
        await self.ready()
        fields = decode_body(asked.body, BytesRequest)
        format = output_format(fields.output_format, "bytes")
        encoder = Encoder(format)

        async def audio() -> AsyncGenerator[bytes, None]:
            heard = False
            async with aclosing(self._events(fields, version)) as events:
                async for event in events:
                    if isinstance(event, AudioChunk):
                        heard = True
                        if data := encoder.encode(event):
                            yield data
            if heard and (data := encoder.finish()):
                yield data

        pieces = audio()
        first = await _first(pieces)
        headers = {"content-type": format.media_type}
        if not asked.whole:
            return Answer(200, headers, _chain(first, pieces))
        data = first + b"".join([piece async for piece in pieces])
        return Answer(200, headers, seal_wav(data) if format.container == "wav" else data)

    async def _sse(self, asked: Asked, version: str, request_id: str) -> Answer:
        await self.ready()
        fields = decode_body(asked.body, SseRequest)
        encoder = Encoder(output_format(fields.output_format, "stream"))
        context_id = fields.context_id

        async def messages() -> AsyncGenerator[ServerMessage, None]:
            last, heard = perf_counter(), False
            async with aclosing(self._events(fields, version)) as events:
                async for event in events:
                    if isinstance(event, WordTimes):
                        yield word_timestamps(context_id, event)
                    elif not isinstance(event, AudioChunk):
                        yield phoneme_timestamps(context_id, event)
                    elif data := encoder.encode(event):
                        now, heard = perf_counter(), True
                        yield Chunk(context_id=context_id, data=data, step_time=round((now - last) * 1000, 3))
                        last = now
            if heard and (data := encoder.finish()):
                yield Chunk(context_id=context_id, data=data)
            if heard:
                yield Done(context_id=context_id, status_code=200)

        async def told() -> AsyncGenerator[bytes, None]:
            begun = False
            try:
                async with aclosing(messages()) as said:
                    async for message in said:
                        begun = True
                        yield encode_sse(message)
            except MynaError as error:
                if not begun:
                    raise
                yield encode_sse(error_event(error, context_id=context_id, request_id=request_id))

        pieces = told()
        first = await _first(pieces)
        return Answer(200, {"content-type": "text/event-stream"}, _chain(first, pieces))

    def _events(self, fields: BytesRequest | SseRequest, version: str) -> _Events:
        text = spoken_text(fields)
        return speak_once(self.provider, speech_request(fields, version), text)


if TYPE_CHECKING:
    from myna.speech.events import PhonemeTimes

    _Events = AsyncGenerator[AudioChunk | WordTimes | PhonemeTimes, None]


async def _first(pieces: AsyncIterator[bytes]) -> bytes:
    """The first piece: whatever is wrong with the call shows before it.

    Raises:
        InvalidRequest: there is none.
    """
    async for piece in pieces:
        return piece
    raise InvalidRequest("transcript holds nothing that can be spoken; send words or a break.")


async def _chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
