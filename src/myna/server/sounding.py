"""A text as audio over HTTP, as it is made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Send

from myna.audio.containers import seal_wav
from myna.audio.encoder import Encoder
from myna.conversation import speak_once
from myna.server.access.guest import Guest
from myna.server.ahead import ReadAhead
from myna.server.asgi import reply, start_reply
from myna.server.house import House
from myna.speech.errors import InvalidRequest
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat
from myna.speech.requests import SpeechRequest

WAV_TEXT = 200
"""Characters of a text short enough to wait for all of its WAV file, which then has true sizes."""

WAV_PATIENCE = 0.025
"""Seconds after the first audio for that wait."""


class Sounding:
    """One text on its way out.

    Attributes:
        seconds: of audio that were made so far.
    """

    def __init__(
        self, house: House, request: SpeechRequest, text: str, format: OutputFormat, guest: Guest
    ) -> None:
        self.seconds = 0.0
        self._house = house
        self._request = request
        self._text = text
        self._format = format
        self._guest = guest

    async def send(self, send: Send, *, field: str = "transcript", media_type: str | None = None) -> None:
        """Answer with the audio; the answer begins with the first of it.

        Args:
            send: of the request.
            field: what the wire calls the text, for errors.
            media_type: `Content-Type`; None for that of the format.

        Raises:
            MynaError: nothing can be spoken, or the speech has failed.
        """
        async with ReadAhead(self.pieces()) as audio:
            first = await audio.next()
            if first is None:
                raise nothing_to_speak(field)
            head = {"content-type": media_type or self._format.media_type}
            ready = [first]
            if self._format.container == "wav" and len(self._text) <= WAV_TEXT:
                ready += await audio.collect(WAV_PATIENCE)
                if audio.ended:
                    await reply(send, 200, head, seal_wav(b"".join(ready)))
                    return
            await start_reply(send, 200, head)
            piece: bytes | None = b"".join(ready)
            while piece is not None:
                async with asyncio.timeout(self._house.limits.stall_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await audio.next()
            await send({"type": "http.response.body", "body": b""})

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The audio; none where there is nothing to speak."""
        begun, heard = time.perf_counter(), False
        encoder = Encoder(self._format)
        spoken = speak_once(self._house.provider, self._request, self._text, self._guest)
        async with aclosing(spoken) as events:
            async for event in events:
                if isinstance(event, AudioChunk):
                    if not heard:
                        self._guest.first_audio(time.perf_counter() - begun)
                        heard = True
                    seconds = len(event.samples) / event.sample_rate
                    self.seconds += seconds
                    self._guest.audio(seconds)
                    if data := encoder.encode(event):
                        yield data
        if heard and (data := encoder.finish()):
            yield data


def nothing_to_speak(field: str) -> InvalidRequest:
    """The error of a text of which nothing sounds."""
    return InvalidRequest(f"{field} holds nothing that can be spoken; send words or a break.")
