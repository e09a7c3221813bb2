"""`POST /v1/audio/speech`, and what of OpenAI's API cannot be done here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from myna.server.asgi import read_json, start_reply, unless_gone
from myna.server.front import Visit
from myna.server.house import House
from myna.server.sounding import Sounding, nothing_to_speak
from myna.speech.errors import MynaError, NotOffered
from myna.wire.cartesia.codec import decode_body
from myna.wire.openai.errors import error_body
from myna.wire.openai.speech import (
    AudioDelta,
    AudioDone,
    SpeechBody,
    event,
    media_type,
    output_format,
    speech_request,
    spoken_text,
    stream_format,
    usage,
)

EVENT_BYTES = 32 * 1024
"""Most audio in one event."""


class SpeechDoor:
    """Answers with audio as it is made, or with events that hold it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit: Visit = scope["visit"]
        limits = self._house.limits
        with self._house.guest(visit) as guest:
            guest.check_room()
            data = await read_json(visit.headers, receive, limits.body, limits.header_seconds)
            body = decode_body(data, SpeechBody)
            text = spoken_text(body, limits.transcript)
            request, format = speech_request(body, visit.caller), output_format(body)
            sounding = Sounding(self._house, request, text, format, guest)
            if stream_format(body) == "sse":
                work = self._events(sounding, len(text.split()), visit, send)
            else:
                work = sounding.send(send, field="input", media_type=media_type(body))
            await unless_gone(receive, guest.served(work))

    async def _events(self, sounding: Sounding, words: int, visit: Visit, send: Send) -> None:
        try:
            async with aclosing(_told(sounding, words)) as events:
                async for data in events:
                    if not visit.started:
                        await start_reply(
                            send, 200, {"content-type": "text/event-stream", "cache-control": "no-cache"}
                        )
                    await self._send(data, send)
        except MynaError as error:
            if not visit.started:
                raise
            await self._send(event(error_body(error)), send)
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, data: bytes, send: Send) -> None:
        async with asyncio.timeout(self._house.limits.stall_seconds):
            await send({"type": "http.response.body", "body": data, "more_body": True})


async def _told(sounding: Sounding, words: int) -> AsyncGenerator[bytes, None]:
    heard = False
    async with aclosing(sounding.pieces()) as pieces:
        async for piece in pieces:
            heard = True
            for at in range(0, len(piece), EVENT_BYTES):
                yield event(AudioDelta(audio=piece[at : at + EVENT_BYTES]))
    if not heard:
        raise nothing_to_speak("input")
    yield event(AudioDone(usage=usage(words, sounding.seconds, spoken=True)))


async def no_translation(request: Request) -> Response:
    """No engine here translates."""
    raise NotOffered(
        "Nothing here translates; write the recording down with /v1/audio/transcriptions, "
        "and have the text translated."
    )
