"""The calls that write recordings down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import cast

import msgspec

from myna.conversation.calls import JSON, Answer, Asked, Call
from myna.conversation.forms import Form
from myna.conversation.patience import Patient
from myna.providers.protocols import Provider
from myna.speech.errors import MynaError
from myna.speech.listening import Final, Progress, TranscriptionEvent, TranscriptionRequest
from myna.speech.transcripts import Transcript
from myna.wire.cartesia.listening.messages import Transcript as TranscriptMessage
from myna.wire.cartesia.transcriptions import (
    HEADERLESS,
    TranscriptionForm,
    input_format,
    transcript_message,
)
from myna.wire.openai import transcriptions as openai
from myna.wire.openai.errors import error_body
from myna.wire.openai.models import LISTENING
from myna.wire.openai.speech import event as sse
from myna.wire.openai.transcriptions import (
    OpenAiTranscriptionForm,
    Transcription,
    VerboseTranscription,
)

FILE = "file"
"""Name of the part that is the recording."""
BLANK = b"\n"
"""What is said before an answer, and means nothing there."""
COMMENT = b": it is being listened to\n\n"
"""The same for events."""
EVENTS = "text/event-stream"
OPENAI_PATHS = ("/audio/transcriptions", "/v1/audio/transcriptions")
"""OpenAI's clients come with and without the version, as their base URL is."""

Events = AsyncGenerator[TranscriptionEvent, None]
"""What a provider tells of a recording."""

_OTHER_KINDS = tuple(kind for kind in {*openai.MEDIA_TYPES.values(), EVENTS} if kind != JSON)


class TranscriptionCalls:
    """Answers the calls on recordings.

    A recording that takes long is answered with status 200 and blank lines before the answer itself, so
    that clients do not give up. What goes wrong after that breaks the answer off.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def table(self) -> Iterator[Call]:
        """The calls."""
        yield Call(
            "POST", "/stt", self._transcribe, "Write a recording down",
            takes=TranscriptionForm, files=(FILE,), gives=(TranscriptMessage,), query=HEADERLESS, long=True,
        )  # fmt: skip
        for path in OPENAI_PATHS:
            yield Call(
                "POST", path, self._transcribe_openai, "Write a recording down for OpenAI's clients",
                takes=OpenAiTranscriptionForm, files=(FILE,), gives=(Transcription, VerboseTranscription),
                also=_OTHER_KINDS, query=HEADERLESS, long=True,
            )  # fmt: skip

    async def _transcribe(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        wanted = TranscriptionForm.of(form.every)
        request = TranscriptionRequest(
            path=form.file(FILE).path,
            format=input_format(dict(asked.query)),
            model=wanted.model,
            language=wanted.language,
            caller=asked.caller,
        )

        def told(heard: Transcript) -> bytes:
            message = transcript_message(
                heard,
                language=wanted.language,
                words=bool(wanted.timestamp_granularities),
                request_id=asked.request_id,
            )
            return msgspec.json.encode(message)

        return await written(self._heard(request, asked), form.take(), told)

    async def _transcribe_openai(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        wanted = OpenAiTranscriptionForm.of(form.every)
        request = TranscriptionRequest(
            path=form.file(FILE).path,
            format=input_format({**form.texts, **dict(asked.query)}),
            model=LISTENING.get(wanted.model, wanted.model),
            language=wanted.language or None,
            keyterms=wanted.keyterms,
            caller=asked.caller,
        )
        if wanted.streams:
            return await streamed(self._heard(request, asked), form.take())

        def told(heard: Transcript) -> bytes:
            return openai.told(heard, wanted, asked.request_id)

        head = openai.VTT_HEAD if wanted.response_format == "vtt" else b""
        kind = openai.MEDIA_TYPES[wanted.response_format]
        return await written(self._heard(request, asked), form.take(), told, kind=kind, head=head)

    async def _heard(self, request: TranscriptionRequest, asked: Asked) -> Events:
        """What is heard; closing it early frees the engine. The watch is told how much was listened to."""
        heard = 0.0
        events = cast("Events", self._provider.transcribe(request))
        async with aclosing(events):
            async for event in events:
                until = event.seconds if isinstance(event, Progress) else event.until
                if until > heard:
                    asked.watch.heard(until - heard)
                    heard = until
                yield event


async def written(
    events: Events,
    form: Form,
    told: Callable[[Transcript], bytes],
    *,
    kind: str = JSON,
    head: bytes = b"",
) -> Answer:
    """The answer that holds a whole transcript, begun before it is complete where that takes long.

    Args:
        events: what is heard.
        form: the upload that holds the recording; closed once it is not needed.
        told: the transcript as it is answered.
        kind: media type of that.
        head: what it begins with in any case; no blank may come before.

    Raises:
        MynaError: it could not be written down.
    """

    async def pieces() -> AsyncGenerator[bytes, None]:
        heard = Transcript()
        async with aclosing(events):
            async for event in events:
                heard.add(event)
        data = told(heard)
        yield data.removeprefix(head) if begun else data

    begun = False
    answer = Patient(pieces(), BLANK, form.close)
    headers = {"content-type": kind}
    if await answer.begin(head):
        return Answer(200, headers, await answer.whole())
    begun = True
    return Answer(200, headers, answer)


async def streamed(events: Events, form: Form) -> Answer:
    """The answer that tells each stretch of a transcript when it is heard, as server-sent events.

    Args:
        events: what is heard.
        form: the upload that holds the recording; closed once it is not needed.

    Raises:
        MynaError: it could not be written down, and nothing of it was told.
    """

    async def pieces() -> AsyncGenerator[bytes, None]:
        heard = Transcript()
        try:
            async with aclosing(events):
                async for event in events:
                    heard.add(event)
                    if isinstance(event, Final):
                        yield sse(openai.TextDelta(delta=event.text))
        except MynaError as error:
            if not begun:
                raise
            yield sse(error_body(error))
        else:
            yield sse(openai.done(heard))

    begun = False
    answer = Patient(pieces(), COMMENT, form.close)
    await answer.begin(COMMENT)
    begun = True
    return Answer(200, {"content-type": EVENTS, "cache-control": "no-cache"}, answer)
