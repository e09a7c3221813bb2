"""`POST /tts/bytes` and `POST /tts/sse`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from myna.audio.encoder import Encoder
from myna.conversation import speak_once
from myna.server.access.guest import Guest
from myna.server.asgi import read_json, start_reply, unless_gone
from myna.server.front import Visit
from myna.server.house import House
from myna.server.sounding import Sounding, nothing_to_speak
from myna.speech.errors import InvalidRequest, MynaError
from myna.speech.events import AudioChunk, WordTimes
from myna.speech.formats import OutputFormat
from myna.speech.requests import SpeechRequest
from myna.wire.cartesia.codec import decode_body, encode_sse
from myna.wire.cartesia.errors import error_event
from myna.wire.cartesia.events import phoneme_timestamps, word_timestamps
from myna.wire.cartesia.messages import BytesRequest, Chunk, Done, ServerMessage, SpeechFields, SseRequest
from myna.wire.cartesia.requests import output_format, speech_request, spoken_text
from myna.wire.cartesia.server import MAX_CONTEXT_ID


class BytesDoor:
    """Answers with audio as it is made."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit: Visit = scope["visit"]
        with self._house.guest(visit) as guest:
            guest.check_room()
            fields = decode_body(await _json(scope, receive, self._house), BytesRequest)
            format = output_format(fields.output_format, "bytes")
            request, text = _asked(fields, visit, self._house)
            sounding = Sounding(self._house, request, text, format, guest)
            await unless_gone(receive, guest.served(sounding.send(send)))


class SseDoor:
    """Answers with server-sent events."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        visit: Visit = scope["visit"]
        with self._house.guest(visit) as guest:
            guest.check_room()
            fields = decode_body(await _json(scope, receive, self._house), SseRequest)
            format = output_format(fields.output_format, "stream")
            if fields.context_id is not None and len(fields.context_id) > MAX_CONTEXT_ID:
                raise InvalidRequest(
                    f"context_id is longer than {MAX_CONTEXT_ID} characters; use a short one."
                )
            request, text = _asked(fields, visit, self._house)
            events = self._events(request, text, format, fields.context_id, guest)
            await unless_gone(receive, self._serve(events, visit, fields.context_id, guest, send))

    async def _serve(
        self,
        events: AsyncGenerator[ServerMessage, None],
        visit: Visit,
        context_id: str | None,
        guest: Guest,
        send: Send,
    ) -> None:
        try:
            await guest.served(self._send_all(events, visit, send))
        except MynaError as error:
            if not visit.started:
                raise
            broken = error_event(error, context_id=context_id, request_id=visit.request_id)
            await self._send_event(broken, send)
        await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, events: AsyncGenerator[ServerMessage, None], visit: Visit, send: Send) -> None:
        async with aclosing(events):
            async for event in events:
                if not visit.started:
                    await start_reply(
                        send, 200, {"content-type": "text/event-stream", "cache-control": "no-cache"}
                    )
                await self._send_event(event, send)

    async def _send_event(self, event: ServerMessage, send: Send) -> None:
        async with asyncio.timeout(self._house.limits.stall_seconds):
            await send({"type": "http.response.body", "body": encode_sse(event), "more_body": True})

    async def _events(
        self,
        request: SpeechRequest,
        text: str,
        format: OutputFormat,
        context_id: str | None,
        guest: Guest,
    ) -> AsyncGenerator[ServerMessage, None]:
        begun = last = time.perf_counter()
        heard = False
        encoder = Encoder(format)
        async with aclosing(speak_once(self._house.provider, request, text, guest)) as events:
            async for event in events:
                if isinstance(event, WordTimes):
                    yield word_timestamps(context_id, event)
                elif isinstance(event, AudioChunk):
                    now = time.perf_counter()
                    if not heard:
                        guest.first_audio(now - begun)
                        heard = True
                    guest.audio(len(event.samples) / event.sample_rate)
                    if data := encoder.encode(event):
                        step_time, last = round((now - last) * 1000, 3), now
                        yield Chunk(context_id=context_id, data=data, step_time=step_time)
                else:
                    yield phoneme_timestamps(context_id, event)
        if not heard:
            raise nothing_to_speak("transcript")
        if data := encoder.finish():
            yield Chunk(context_id=context_id, data=data)
        yield Done(context_id=context_id, status_code=200)


async def _json(scope: Scope, receive: Receive, house: House) -> bytes:
    visit: Visit = scope["visit"]
    return await read_json(visit.headers, receive, house.limits.body, house.limits.header_seconds)


def _asked(fields: SpeechFields, visit: Visit, house: House) -> tuple[SpeechRequest, str]:
    text = spoken_text(fields)
    if len(text) > house.limits.transcript:
        raise InvalidRequest(
            f"transcript has {len(text)} characters; send at most {house.limits.transcript} at once."
        )
    return speech_request(fields, visit.version, visit.caller), text
