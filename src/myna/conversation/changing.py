"""The calls that say recordings with another voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import cast

from myna.audio.containers import seal_wav
from myna.audio.encoder import Encoder
from myna.conversation.calls import AUDIO, Answer, Asked, Call
from myna.conversation.forms import Form
from myna.conversation.patience import Patient
from myna.conversation.transcribing import EVENTS
from myna.conversation.watch import Watch
from myna.providers.protocols import Provider
from myna.speech.changing import ConversionEvent, ConversionRequest
from myna.speech.errors import ClipRejected, MynaError
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat
from myna.wire.cartesia.changing.forms import ChangingForm, read_changing
from myna.wire.cartesia.codec import encode, encode_sse
from myna.wire.cartesia.errors import error_event
from myna.wire.cartesia.messages import Chunk, Done, ServerMessage
from myna.wire.cartesia.transcriptions import HEADERLESS

CLIP = "clip"
"""Name of the part that is the recording."""
COMMENT = b": it is being changed\n\n"
"""What is said before the first event, and means nothing there."""
PIECE_SECONDS = 0.25
"""Most audio that is encoded and sent at once."""
WAV_SECONDS = 30.0
"""Audio of a WAV file that is waited for: a file up to this length says its true sizes."""
_AHEAD = 4
"""Pieces that may wait for the client; then the engine waits too."""

Pieces = AsyncGenerator[bytes, None]
"""Encoded audio, as it is made."""


class ChangingCalls:
    """Answers the calls that change the voice in recordings."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def table(self) -> Iterator[Call]:
        """The calls."""
        kind, *also = AUDIO
        yield Call(
            "POST", "/voice-changer/bytes", self._bytes, "Say a recording with another voice",
            takes=ChangingForm, files=(CLIP,), gives=kind, also=tuple(also), query=HEADERLESS, long=True,
        )  # fmt: skip
        yield Call(
            "POST", "/voice-changer/sse", self._sse, "The same as server-sent events, at once",
            takes=ChangingForm, files=(CLIP,), gives=EVENTS, query=HEADERLESS, long=True,
        )  # fmt: skip

    async def _bytes(self, asked: Asked) -> Answer:
        form, request, format = _wanted(asked, whole=True)
        audio = sealed(self._changed(request, format, asked.watch), format, whole=asked.whole)
        answer = Patient(audio, b"", form.take().close, ahead=_AHEAD)
        while not await answer.begin():
            pass  # audio has no place for anything that means nothing
        headers = {"content-type": format.media_type}
        return Answer(200, headers, await answer.whole() if asked.whole else answer)

    async def _sse(self, asked: Asked) -> Answer:
        form, request, format = _wanted(asked, whole=False)
        written = _writer(asked.headers)

        async def events() -> Pieces:
            last, told = perf_counter(), False
            try:
                async with aclosing(self._changed(request, format, asked.watch)) as audio:
                    async for data in audio:
                        now = perf_counter()
                        step_time, last = round((now - last) * 1000, 3), now
                        told = True
                        yield written(Chunk(data=data, sample_rate=format.sample_rate, step_time=step_time))
            except MynaError as error:
                if not (begun or told):
                    raise
                yield written(error_event(error, context_id=None, request_id=asked.request_id))
            else:
                yield written(Done(status_code=200))

        begun = False
        answer = Patient(events(), COMMENT, form.take().close, ahead=_AHEAD)
        await answer.begin(COMMENT)
        begun = True
        return Answer(200, {"content-type": EVENTS, "cache-control": "no-cache"}, answer)

    async def _changed(self, request: ConversionRequest, format: OutputFormat, watch: Watch) -> Pieces:
        """The recording with its new voice; closing it early frees the engine."""
        encoder, heard = Encoder(format), False
        events = cast("AsyncGenerator[ConversionEvent, None]", self._provider.convert(request))
        async with aclosing(events):
            async for event in events:
                watch.going()
                if not isinstance(event, AudioChunk):
                    continue
                for piece in cut(event):
                    heard = True
                    watch.audio(len(piece.samples) / piece.sample_rate)
                    if data := encoder.encode(piece):
                        yield data
                    await asyncio.sleep(0)  # encoding must not keep the others from running
        if not heard:
            raise ClipRejected("clip holds no audio; send a recording in which somebody speaks.")
        if data := encoder.finish():
            yield data


def cut(chunk: AudioChunk) -> Iterator[AudioChunk]:
    """A chunk in pieces that are small enough to be sent at once."""
    size = max(round(PIECE_SECONDS * chunk.sample_rate), 1)
    if len(chunk.samples) <= size:
        yield chunk
        return
    for at in range(0, len(chunk.samples), size):
        start = chunk.start + at / chunk.sample_rate
        yield AudioChunk(chunk.samples[at : at + size], chunk.sample_rate, start, chunk.gain)


async def sealed(audio: Pieces, format: OutputFormat, *, whole: bool = False) -> Pieces:
    """Audio whose WAV header tells the true sizes, where there is no more of it than can be waited for.

    Args:
        audio: in pieces as it is made; closed with this.
        format: of it.
        whole: wait for all of it, however long.
    """
    most = WAV_SECONDS * format.sample_rate * format.bytes_per_sample
    held: bytearray | None = bytearray() if format.container == "wav" else None
    async with aclosing(audio):
        async for piece in audio:
            if held is None:
                yield piece
                continue
            held += piece
            if len(held) > most and not whole:
                yield bytes(held)
                held = None
    if held:
        yield seal_wav(bytes(held))


def _wanted(asked: Asked, *, whole: bool) -> tuple[Form, ConversionRequest, OutputFormat]:
    form = cast(Form, asked.form)
    clip = form.file(CLIP)
    voice, output, given = read_changing(form.every, asked.query)
    request = ConversionRequest(voice, clip.path, given, whole=whole, caller=asked.caller)
    return form, request, output


def _writer(headers: Mapping[str, str]) -> Callable[[ServerMessage], bytes]:
    """How events are written: Cartesia's Python client of the second generation reads each line as JSON."""
    language, name = headers.get("x-fern-language", ""), headers.get("x-fern-sdk-name", "")
    if (language, name) == ("Python", "cartesia"):
        return lambda message: encode(message) + b"\n\n"
    return encode_sse
