"""The call that speaks between two recordings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from time import perf_counter
from typing import cast

from myna.audio.containers import seal_wav
from myna.audio.encoder import Encoder
from myna.conversation.calls import AUDIO, Answer, Asked, Call
from myna.conversation.forms import Form
from myna.providers.protocols import Provider
from myna.speech.changing import InfillRequest
from myna.speech.errors import InvalidRequest
from myna.speech.events import AudioChunk
from myna.wire.cartesia.forms import format_of
from myna.wire.cartesia.infills import LEFT, RIGHT, InfillForm, infill_speech

MOST_CHARACTERS = 3000
"""Longest transcript: all of it is made before the first of it is sent, while clients wait for a minute."""


class InfillCalls:
    """Answers the call; the audio is complete when the answer begins, so that WAV files have true sizes."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def table(self) -> Iterator[Call]:
        """The call."""
        wav, *others = AUDIO
        yield Call(
            "POST", "/infill/bytes", self._infill, "Speak between two recordings",
            takes=InfillForm, files=(LEFT, RIGHT), spare=(LEFT, RIGHT), gives=wav, also=tuple(others),
            long=True,
        )  # fmt: skip

    async def _infill(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        speech, text = infill_speech(form.every, asked.version, asked.caller)
        if len(text) > MOST_CHARACTERS:
            raise InvalidRequest(
                f"transcript has {len(text)} characters; send at most {MOST_CHARACTERS} at once."
            )
        format = format_of(form.every)
        left, right = _recording(form, LEFT), _recording(form, RIGHT)
        if left is None and right is None:
            raise InvalidRequest(
                f"{LEFT} and {RIGHT} are both missing; send at least one of them as a file part."
            )
        encoder = Encoder(format)
        begun, pieces = perf_counter(), bytearray()
        asked.watch.text(len(text))
        chunks = cast(
            "AsyncGenerator[AudioChunk, None]",
            self._provider.infill(InfillRequest(speech, text, left, right)),
        )
        heard = False
        async with aclosing(chunks):
            async for chunk in chunks:
                if not heard:
                    asked.watch.first_audio(perf_counter() - begun)
                    heard = True
                asked.watch.audio(len(chunk.samples) / chunk.sample_rate)
                pieces += encoder.encode(chunk)
        if not heard:
            raise InvalidRequest("transcript holds nothing that can be spoken; send words or a break.")
        pieces += encoder.finish()
        data = bytes(pieces)
        headers = {"content-type": format.media_type}
        return Answer(200, headers, seal_wav(data) if format.container == "wav" else data)


def _recording(form: Form, name: str) -> Path | None:
    """The recording in this part, which may be missing but not empty."""
    return form.file(name).path if name in form.files else None
