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
from myna.speech.listening import TranscriptionEvent, TranscriptionRequest
from myna.speech.transcripts import Transcript
from myna.wire.cartesia.listening.messages import Transcript as TranscriptMessage
from myna.wire.cartesia.transcriptions import (
    HEADERLESS,
    TranscriptionForm,
    input_format,
    transcript_message,
)

FILE = "file"
"""Name of the part that is the recording."""
BLANK = b"\n"
"""What is said before an answer in JSON, and means nothing there."""


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

        return await written(self._provider, request, form.take(), told)


async def written(
    provider: Provider,
    request: TranscriptionRequest,
    form: Form,
    told: Callable[[Transcript], bytes],
    *,
    kind: str = JSON,
) -> Answer:
    """The answer that holds a whole transcript, begun before it is complete where that takes long.

    Args:
        provider: who listens.
        request: what is to be written down.
        form: the upload that holds it; closed once it is not needed.
        told: the transcript as it is answered.
        kind: media type of that.

    Raises:
        MynaError: it could not be written down.
    """

    async def pieces() -> AsyncGenerator[bytes, None]:
        heard = Transcript()
        async with aclosing(heard_of(provider, request)) as events:
            async for event in events:
                heard.add(event)
        yield told(heard)

    answer = Patient(pieces(), BLANK, form.close)
    headers = {"content-type": kind}
    return Answer(200, headers, await answer.whole() if await answer.begin() else answer)


def heard_of(provider: Provider, request: TranscriptionRequest) -> AsyncGenerator[TranscriptionEvent, None]:
    """The events of a recording; closing them frees the engine."""
    return cast("AsyncGenerator[TranscriptionEvent, None]", provider.transcribe(request))
