"""Voices, tried out."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from myna.audio.containers import wav_header
from myna.audio.encoder import Encoder
from myna.providers.local.sentences import sentence
from myna.providers.protocols import Speech
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.formats import OutputFormat
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from myna.speech.events import SpeechEvent

_RAW = OutputFormat("raw", "pcm_s16le", 22050)
_WAV = OutputFormat("wav", "pcm_s16le", 22050)
_REMEMBERED = 32
"""Previews that are kept in memory; each takes about 200 KB."""


class Previews:
    """WAV files of a sentence in each voice's own language; the latest are remembered."""

    def __init__(self, speak: Callable[[SpeechRequest], Speech]) -> None:
        """`speak` begins a stream of speech."""
        self._speak = speak
        self._remembered: OrderedDict[Voice, bytes] = OrderedDict()

    async def of(self, voice: Voice) -> bytes:
        """A sentence by this voice.

        Raises:
            MynaError: it cannot be spoken.
        """
        known = self._remembered.get(voice)
        if known is None:
            speech = self._speak(SpeechRequest(voice=voice))
            known = self._remembered[voice] = await wav_of(speech, sentence(voice.language))
        self._remembered.move_to_end(voice)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return known


async def wav_of(speech: Speech, text: str) -> bytes:
    """A text as a stream of speech speaks it, the content of a WAV file.

    Raises:
        MynaError: it cannot be spoken.
    """
    data = await samples_of(speech, text)
    if not data:
        raise EngineError("This voice made no sound.")
    return wav(data)


async def samples_of(speech: Speech, text: str, most_seconds: float = math.inf) -> bytes:
    """The same without a container; nothing where the text holds nothing to be spoken.

    Raises:
        InvalidRequest: it takes longer than `most_seconds`.
        MynaError: it cannot be spoken.
    """
    speech.push(text)
    speech.finish()
    encoder, pieces = Encoder(_RAW), []
    async with aclosing(cast("AsyncGenerator[SpeechEvent, None]", speech.events())) as events:
        async for event in events:
            if isinstance(event, AudioChunk):
                pieces.append(encoder.encode(event))
                if event.start > most_seconds:
                    raise InvalidRequest(
                        f"This takes longer than {most_seconds:g} s to say: send it in parts."
                    )
            elif isinstance(event, Failed):
                raise event.error
            elif isinstance(event, Done) and pieces:
                pieces.append(encoder.finish())
    return b"".join(pieces)


def wav(samples: bytes) -> bytes:
    """What `samples_of` gives as the content of a WAV file."""
    return wav_header(_WAV, len(samples)) + samples
